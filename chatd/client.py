"""A client for programs: it comes back by itself, misses nothing, and says nothing twice.

    async def main(client: Client) -> None:
        async for event in client.events():
            if event["type"] == "said" and event["text"] == "ping":
                await client.say(event["room"], "pong", reply_to=event["seq"])

    run(main, "ws://127.0.0.1:8080/ws", token="chatd_…")

Commands and events are those of docs/protocol.md, as dictionaries.
"""

import json
import random
import secrets
import sys
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any, cast
from urllib.parse import urlsplit

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IReactorTime
from twisted.internet.ssl import optionsForClientTLS
from twisted.internet.task import deferLater, react
from twisted.python.failure import Failure

from chatd.model import CLOSINGS

Json = dict[str, Any]

ENTRIES = frozenset("said edited deleted reacted previewed pinned purged noticed skipped".split())
"""Events that have a place in a room's log."""
AGAIN = frozenset({"too_fast", "unavailable"})
"""Refusals after which the same may be asked again."""
LEAVING = frozenset(closing.code for closing in CLOSINGS.values() if not closing.come_back)
"""Close codes after which a client does not come back."""
WAIT_SECONDS_LEAST, WAIT_SECONDS_MOST = 0.5, 20.0
PING_SECONDS = 30
MESSAGE_BYTES_MOST = 16 * 1024 * 1024


class Refused(Exception):
    """The server says no: a code from the list in docs/protocol.md, and a sentence."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


class Ended(Exception):
    """The connection is over, and coming back makes no sense."""


class Client:
    """One user's connection, however often it is lost and made again."""

    def __init__(
        self,
        reactor: Any,
        url: str,
        *,
        token: str | None = None,
        name: str | None = None,
        resume: bool = True,
    ) -> None:
        """`token`: of a bot, a program or a guest. Without one: a guest called `name`.

        `resume`: begin a new connection where the last one ended; a program that only speaks needs not.
        """
        self.user: Json = {}
        """Who this is, once logged in."""
        self._reactor = reactor
        self._url = url
        self._token = token
        self._name = name
        self._fleeting = token is None
        self._resume = resume
        self._ids = count(1)
        self._asked: dict[int, tuple[Json, Deferred[Json]]] = {}
        """What has no answer yet, in the order in which it was asked."""
        self._positions: dict[int, int] = {}
        self._epoch = ""
        self._protocol: _Protocol | None = None
        self._ready = False
        self._events: deque[Json] = deque()
        self._news: Deferred[None] | None = None
        self._why: Exception | None = None
        self._gone: Deferred[None] = Deferred()
        """Called back when a connection has ended."""
        self._waits = 0
        Deferred.fromCoroutine(self._stay()).addErrback(self._failed)

    # What a program does.

    async def ask(self, type: str, **fields: object) -> Json:
        """The answer to a command; raises Refused, or Ended. It is asked again after a lost connection, so a
        command that must not be carried out twice needs a `key`."""
        while True:
            if self._why is not None:
                raise self._why
            answer: Deferred[Json] = Deferred()
            number = next(self._ids)
            self._asked[number] = {"type": type, "id": number, **fields}, answer
            if self._ready:
                self._send(self._asked[number][0])
            found = await answer
            if found["type"] != "error":
                return found
            if found["code"] not in AGAIN:
                raise Refused(found["code"], found["text"])
            await self._wait(found.get("retry_ms", 1_000) / 1000)

    async def say(self, room: int | str, text: str, **fields: object) -> int:
        """Say something, once, whatever happens to the connection; gives its seq."""
        fields.setdefault("key", secrets.token_urlsafe(12))
        return cast(int, (await self.ask("say", room=room, text=text, **fields))["seq"])

    async def events(self) -> AsyncIterator[Json]:
        """Everything that happens in the user's rooms, in each room in order, from when it first came.

        `gap` names entries that were missed and exist no longer. Raises Ended.
        """
        while True:
            while self._events:
                yield self._events.popleft()
            if self._why is not None:
                raise self._why
            self._news = Deferred()
            await self._news

    async def close(self) -> None:
        """Say goodbye; `events` and whatever has no answer end. A guest that came by name alone is gone."""
        self._end(Ended("closed"))
        if self._protocol is None:
            return
        if self._ready and self._fleeting:
            self._send({"type": "logout"})
        else:
            self._protocol.sendClose(1000)
        await self._gone

    # The connection.

    async def _stay(self) -> None:
        while self._why is None:
            protocol = self._protocol = _Protocol(self)
            try:
                await self._endpoint().connect(_factory(self._url, protocol))
            except Exception:  # whatever kept it from connecting may be over soon
                self._protocol = None
                await self._pause()
                continue
            code, reason = await protocol.closed
            gone, self._gone = self._gone, Deferred()
            gone.callback(None)
            self._protocol, self._ready = None, False
            if code in LEAVING:
                raise Ended(reason or str(code))
            await self._pause()

    async def _pause(self) -> None:
        """Full jitter, so that many do not come back at once."""
        most = min(WAIT_SECONDS_MOST, WAIT_SECONDS_LEAST * 2**self._waits)
        self._waits += 1
        await self._wait(random.uniform(0, most))

    async def _wait(self, seconds: float) -> None:
        await deferLater(cast(IReactorTime, self._reactor), seconds)

    def _endpoint(self) -> Any:
        place = urlsplit(self._url)
        assert place.hostname is not None, "a URL has a host"
        secure = place.scheme == "wss"
        endpoint = HostnameEndpoint(self._reactor, place.hostname, place.port or (443 if secure else 80))
        return wrapClientTLS(optionsForClientTLS(place.hostname), endpoint) if secure else endpoint

    def received(self, event: Json) -> None:
        """Called for each event, in order."""
        match event["type"]:
            case "welcome":
                self._welcomed(event)
            case "ok" | "pong" | "error" if event.get("id") == "login":
                self._logged_in(event)
            case "ok" | "pong" | "error" if event.get("id") in self._asked:
                self._asked.pop(event["id"])[1].callback(event)
            case "ok" | "error" if event.get("id") == "attach":
                pass
            case "attached":
                self._attached(event)
            case "gap":  # we read too slowly; nothing is lost
                self._attach({event["room"]: self._positions.get(event["room"])})
            case "added":
                self._tell(event)
                if self._resume:
                    self._attach({room["room"]: room["head"] for room in event["rooms"]})
            case kind if kind in ENTRIES:
                self._entry(event)
            case _:
                self._tell(event)

    def _welcomed(self, event: Json) -> None:
        if event["epoch"] != self._epoch:
            self._epoch = event["epoch"]
            self._positions.clear()
        who = {"name": self._name} if self._token is None else {"token": self._token}
        self._send({"type": "login", "id": "login", **who})

    def _logged_in(self, event: Json) -> None:
        if event["type"] == "error":
            if event["code"] not in AGAIN:
                self._end(Refused(event["code"], event["text"]))
            if self._protocol is not None:
                self._protocol.sendClose(1000)
            return
        self._waits = 0
        self.user, self._token = event["user"], event.get("token", self._token)
        self._ready = True
        if self._resume:
            self._attach({room["room"]: self._positions.get(room["room"]) for room in event["rooms"]})
        for command, _ in self._asked.values():
            self._send(command)

    def _attach(self, rooms: dict[int, int | None]) -> None:
        """From these positions on, or from the heads."""
        wanted: list[Json] = []
        for room, after in rooms.items():
            wanted.append({"room": room} if after is None else {"room": room, "after": after})
        self._send({"type": "attach", "id": "attach", "rooms": wanted})

    def _attached(self, event: Json) -> None:
        room = event["room"]
        if event.get("reset"):
            self._positions.pop(room, None)
        if "gap" in event:
            self._tell({"type": "gap", "room": room, **event["gap"]})
        for entry in event["entries"]:
            self._entry(entry)
        self._positions[room] = max(event["to"], self._positions.get(room, 0))

    def _entry(self, event: Json) -> None:
        if event["seq"] > self._positions.get(event["room"], 0):
            self._positions[event["room"]] = event["seq"]
            self._tell(event)

    def _tell(self, event: Json) -> None:
        self._events.append(event)
        if self._news is not None:
            news, self._news = self._news, None
            news.callback(None)

    def _send(self, command: Json) -> None:
        if self._protocol is not None:
            self._protocol.sendMessage(json.dumps(command).encode())

    def _failed(self, failure: Failure) -> None:
        self._end(cast(Exception, failure.value))

    def _end(self, why: Exception) -> None:
        if self._why is not None:
            return
        self._why = why
        for _, answer in [*self._asked.values()]:
            answer.errback(why)
        self._asked.clear()
        if self._news is not None:
            news, self._news = self._news, None
            news.callback(None)


class _Protocol(WebSocketClientProtocol):
    """One connection of a client."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client
        self.closed: Deferred[tuple[int | None, str | None]] = Deferred()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self._client.received(json.loads(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.closed.callback((code, reason))


def _factory(url: str, protocol: _Protocol) -> WebSocketClientFactory:
    factory = WebSocketClientFactory(url)
    factory.noisy = False
    factory.protocol = lambda: protocol  # type: ignore[assignment]  # one connection
    factory.setProtocolOptions(
        autoPingInterval=PING_SECONDS,
        autoPingTimeout=PING_SECONDS,
        maxMessagePayloadSize=MESSAGE_BYTES_MOST,
        tcpNoDelay=True,
    )
    return factory


def run(main: Callable[[Client], Awaitable[None]], url: str, **options: Any) -> None:
    """Run a program until its `main` ends, or is refused something. `options` are those of Client."""

    async def running(reactor: Any) -> None:
        client = Client(reactor, url, **options)
        try:
            await main(client)
        except (Refused, Ended) as error:
            sys.stderr.write(f"{error.args[-1]}\n")
            raise SystemExit(1) from None
        finally:
            await client.close()

    react(lambda reactor: Deferred.fromCoroutine(running(reactor)))
