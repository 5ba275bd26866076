"""A script or a page, at the WebSocket."""

from collections.abc import Sequence

from tests.peers import Json, WebSocketPeer
from tests.scenarios.house import House
from tests.scenarios.people.json import JsonPerson
from tests.scenarios.people.person import Message, Refusal


class WebSocketPerson(JsonPerson):
    """A client as docs/protocol.md has it, "How to be a client that loses nothing"."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.peer: WebSocketPeer
        self._answers: dict[int, Json] = {}
        self._shouted: list[int] = []

    async def connect(self, headers: dict[str, str] | None = None) -> Json:
        """Be somebody who has not said a name yet; gives `welcome`."""
        endpoint, port = self._house.endpoint(self.frontend), self._house.port(self.frontend)
        self.peer = await WebSocketPeer.connect(endpoint, port, headers)
        self._connected = True
        return await self.peer.receive()

    async def _identify(self, command: Json) -> None:
        if not self._connected:
            await self.connect()
        await self._log_in(await self.ask(command))

    async def _log_in(self, answer: Json) -> None:
        self.token = answer.get("token", self.token)
        self._be(answer["user"], answer["rooms"])
        positions = self.told.positions
        known = [{"room": number, "after": after} for number, after in positions.items()]
        new = [{"room": room["room"]} for room in answer["rooms"] if room["room"] not in positions]
        await self._attach([*known, *new])

    async def _attach(self, rooms: list[Json]) -> None:
        self.told.catching_up.update(room["room"] for room in rooms)
        await self.ask({"type": "attach", "rooms": rooms})
        while self.told.catching_up:
            await self._pump()

    async def show_code(self) -> str:
        if not self._connected:
            await self.connect()
        return str((await self.ask({"type": "link"}))["code"])

    async def take_code(self, code: str) -> None:
        await self._identify({"type": "link", "code": code})

    async def is_let_in(self) -> None:
        await self._log_in(await self.peer.receive())

    async def is_logged_out(self) -> None:
        await self.peer.inbox.rest()
        await self._end()
        self.told.positions.clear()
        assert self.peer.close_code == 4001

    async def is_banned(self) -> None:
        await self.peer.inbox.rest()
        assert 4004 == self.peer.close_code
        await self._end()

    async def drop(self) -> None:
        self.peer.abort()
        await self._end()

    async def say_goodbye(self) -> None:
        await self.ask({"type": "logout"})
        await self._end()
        assert self.peer.close_code == 4001

    async def _end(self) -> None:
        await self.peer.closed
        self._connected = False
        self.told.catching_up.clear()

    async def ask(self, command: Json) -> Json:
        """The answer to one command."""
        return await self._answer(self._send(command))

    def _send(self, command: Json) -> int:
        number = next(self._ids)
        self.peer.send({**command, "id": number})
        return number

    async def _answer(self, number: int) -> Json:
        while number not in self._answers:
            await self._pump()
        answer = self._answers.pop(number)
        if answer["type"] == "error":
            raise Refusal(answer["code"], answer["text"])
        return answer

    async def _pump(self) -> None:
        event = await self.peer.receive()
        if event["type"] in ("ok", "error", "pong") and "id" in event:
            self._answers[event["id"]] = event
            return
        self.told.take(event)
        for room in self.told.added:
            self._send({"type": "attach", "rooms": [{"room": room["room"], "after": room["head"]}]})
        self.told.added.clear()

    async def _settle(self) -> None:
        await self.ask({"type": "ping"})

    def shout(self, room: str, texts: Sequence[str]) -> None:
        self._shouted += [self._send(self._say(room, text)) for text in texts]

    async def answered(self) -> list[int]:
        shouted, self._shouted = self._shouted, []
        return [int((await self._answer(number))["seq"]) for number in shouted]

    def stop_reading(self) -> None:
        self.peer.pause()

    def read_again(self) -> None:
        self.peer.resume()

    async def recover(self) -> list[Message]:
        while not self.told.gaps:
            await self._pump()
        room = self.told.number(self.told.gaps[0][0])
        await self._attach([{"room": room, "after": self.told.positions[room]}])
        heard, self.told.heard = self.told.heard, []
        return heard

    async def _enter_room(self, command: Json) -> None:
        answer = await self.ask(command)
        self.told.catching_up.add(answer["rooms"][0]["room"])
        while self.told.catching_up:
            await self._pump()

    async def catch_up(self, room: str, after: int) -> list[Message]:
        told = self.told
        heard, told.heard, told.hears_own = told.heard, [], True
        await self._attach([{"room": told.number(room), "after": after}])
        caught, told.heard, told.hears_own = told.heard, heard, False
        return caught
