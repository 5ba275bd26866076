"""A script that has nothing but HTTP: it asks by `POST /api/…`, and hears by `GET /api/events`."""

import json
from collections.abc import Sequence
from typing import cast

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater

from tests.http_peer import Response, exchange, parse
from tests.peers import Json, LinePeer, reactor
from tests.scenarios.house import House
from tests.scenarios.people.json import JsonPerson
from tests.scenarios.people.person import Message, Refusal, ref


class ApiPerson(JsonPerson):
    """Each answer comes by a connection of its own, so an event may come before or after it."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self._stream: LinePeer
        self._epoch = ""
        self._ended: int | None = None
        """The code with which the server has ended the stream."""
        self._levels: dict[int, str] = {}
        self._changed_levels = 0
        self._shouted: list[Deferred[list[int]]] = []

    # Coming and going.

    async def _identify(self, command: Json) -> None:
        fields = {name: value for name, value in command.items() if name != "type"}
        if "token" in fields:
            self.token = fields["token"]
        else:
            call = "guest" if fields.keys() == {"name"} else command["type"]
            answer = await self._post(call, fields, f"Origin: {self._origin}")
            self.token = answer.cookie.partition("=")[2]
        await self.ask({"type": "ping"})  # a refusal in the stream's place would have no end of line
        await self._open()

    @property
    def _origin(self) -> str:
        return f"{'https' if self._house.tls else 'http'}://localhost:{self._house.port('web')}"

    async def _open(self, *rooms: int) -> None:
        """Hear everything after what was heard already, in all of one's rooms or in these."""
        positions = ",".join(f"{room}:{seq}" for room, seq in self.told.positions.items())
        headers = [f"Authorization: Bearer {self.token}", f"Last-Event-ID: {self._epoch};{positions}"]
        self._stream = await LinePeer.connect(self._house.endpoint("web"))
        query = f"?rooms={','.join(map(str, rooms))}" if rooms else ""
        # HTTP/1.0 knows no chunks.
        head = [f"GET /api/events{query} HTTP/1.0", *(headers if positions else headers[:1])]
        self._stream.send_raw("\r\n".join([*head, "", ""]).encode())
        assert "200" == (await self._stream.inbox.next()).split()[1]
        while (await self._stream.inbox.next()).strip():
            pass
        self._ended, self._connected = None, False
        self.told.notified = self._changed_levels = 0
        while not self._connected or self.told.catching_up:
            await self._pump(rooms)

    async def _post(self, call: str, fields: Json, who: str) -> Response:
        body = json.dumps(fields).encode()
        lines = [
            f"POST /api/{call} HTTP/1.1",
            f"Host: localhost:{self._house.port('web')}",
            "Connection: close",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            who,
        ]
        request = "\r\n".join([*lines, "", ""]).encode() + body
        response = parse(await exchange(self._house.endpoint("web"), request))
        if response.json["type"] == "error":
            raise Refusal(response.json["code"], response.json["text"])
        assert 200 == response.status
        return response

    async def show_code(self) -> str:
        return str((await self.ask({"type": "link"}))["code"])

    async def take_code(self, code: str) -> None:
        await self.give_code(code)

    async def is_let_in(self) -> None:
        raise AssertionError("nobody is let in by a request that is over")

    async def drop(self) -> None:
        self._stream.abort()
        await self._end()

    async def say_goodbye(self) -> None:
        await self.ask({"type": "logout"})
        await self._is_ended(4001)

    async def is_logged_out(self) -> None:
        await self._is_ended(4001)
        self.told.positions.clear()

    async def is_banned(self) -> None:
        await self._is_ended(4004)

    async def _is_ended(self, code: int) -> None:
        while self._ended is None:
            await self._pump()
        assert [] == await self._stream.inbox.rest()
        assert code == self._ended
        await self._end()

    async def _end(self) -> None:
        await self._stream.closed
        self._connected = False
        self.told.catching_up.clear()

    # Asking and hearing.

    async def ask(self, command: Json) -> Json:
        fields = {name: value for name, value in command.items() if name != "type"}
        return (await self._post(command["type"], fields, f"Authorization: Bearer {self.token}")).json

    async def _pump(self, rooms: Sequence[int] = ()) -> None:
        kind, data, beats = "", "", 0
        while (line := await self._stream.inbox.next()) or not data:
            beats += line == ":"
            assert beats < 3, "nothing comes but the stream's heartbeat"
            field, _, value = line.partition(": ")
            kind, data = (value, data) if field == "event" else (kind, value if field == "data" else data)
        event: Json = json.loads(data)
        match kind or event["type"]:
            case "close":
                self._ended = event["code"]
            case "welcome":
                self._epoch = event["epoch"]
            case "ok":
                self._connected = True
                self._be(event["user"], event["rooms"])
                every = [room["room"] for room in event["rooms"]]
                self.told.catching_up.update(rooms or every)
            case _:
                self.told.take(event)

    async def _settle(self) -> None:
        """One is told of one's own choice behind all that was told before."""
        for room in list(self.told.positions):
            try:
                await self._choose(room, self._levels.get(room, "all"))
            except Refusal as refusal:
                if refusal.code != "not_a_member":
                    raise
            else:
                break
        while self.told.notified < self._changed_levels:
            await self._pump()

    async def set_level(self, room: str, level: str) -> None:
        await self._choose(ref(room), level)
        self._levels[self.told.number(room)] = level

    async def _choose(self, room: str | int, level: str) -> None:
        await self.ask({"type": "notify", "room": room, "level": level})
        self._changed_levels += 1

    def shout(self, room: str, texts: Sequence[str]) -> None:
        self._shouted.append(ensureDeferred(self._say_all(room, texts)))

    async def _say_all(self, room: str, texts: Sequence[str]) -> list[int]:
        return [int((await self._say_again(self._say(room, text)))["seq"]) for text in texts]

    async def _say_again(self, say: Json) -> Json:
        """A request is not slowed down, but told when to come again."""
        while True:
            try:
                return await self.ask(say)
            except Refusal as refusal:
                if refusal.code != "too_fast":
                    raise
            await deferLater(cast(IReactorTime, reactor), 0.2)

    async def answered(self) -> list[int]:
        shouted, self._shouted = self._shouted, []
        return [seq for one in shouted for seq in await one]

    def stop_reading(self) -> None:
        self._stream.pause()

    def read_again(self) -> None:
        self._stream.resume()

    async def recover(self) -> list[Message]:
        raise AssertionError("a stream shows no gap: it goes on from the store by itself")

    # Rooms.

    async def _enter_room(self, command: Json) -> None:
        room = (await self.ask(command))["rooms"][0]["room"]
        while room not in self.told.positions or room in self.told.catching_up:
            await self._pump()

    async def catch_up(self, room: str, after: int) -> list[Message]:
        """By another reader, who was there before."""
        other = ApiPerson(self._house)
        number = self.told.number(room)
        other.token, other._epoch, other.told.positions = self.token, self._epoch, {number: after}
        await other._open(number)
        await other.drop()
        return other.told.heard
