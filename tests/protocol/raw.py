"""A connection as bytes: what a test sends, cut as it likes, and what came back."""

import base64
import os
import struct
from typing import NamedTuple, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from chatd.frontends.sockets import connection_of
from tests.peers import PATIENCE_SECONDS, reactor
from tests.scenarios.house import House

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN = 0x80


class Raw(Protocol):
    """One TCP connection."""

    def __init__(self) -> None:
        self._data = b""
        self._ended = False
        self._news: Deferred[None] | None = None

    @classmethod
    async def connect(cls, house: House, frontend: str = "web") -> "Raw":
        raw = cls()
        factory = Factory()
        factory.noisy = False
        factory.buildProtocol = lambda addr: raw  # type: ignore[method-assign]  # one connection
        await house.endpoint(frontend).connect(factory)
        return raw

    def dataReceived(self, data: bytes) -> None:
        self._data += data
        self._tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.callback(None)

    async def _more(self) -> None:
        if self._ended:
            raise EOFError(f"the connection has ended after {self._data!r}")
        self._news = Deferred()
        await self._news.addTimeout(PATIENCE_SECONDS, cast(IReactorTime, reactor))

    def send(self, *pieces: bytes) -> None:
        connection_of(self).write(b"".join(pieces))

    async def send_slowly(self, data: bytes) -> None:
        """Each byte in a turn of the reactor of its own."""
        for place in range(len(data)):
            self.send(data[place : place + 1])
            await deferLater(reactor, 0)

    async def take(self, size: int) -> bytes:
        """The next bytes; raises EOFError when they will not come."""
        while len(self._data) < size:
            await self._more()
        taken, self._data = self._data[:size], self._data[size:]
        return taken

    async def until(self, end: bytes) -> bytes:
        """All up to these bytes, and them."""
        while end not in self._data:
            await self._more()
        return await self.take(self._data.index(end) + len(end))

    async def rest(self) -> bytes:
        """All up to the end of the connection, which the server makes."""
        while not self._ended:
            await self._more()
        taken, self._data = self._data, b""
        return taken

    def abort(self) -> None:
        """Lose it, without a word."""
        connection_of(self).abortConnection()


# HTTP


class Response(NamedTuple):
    """What a server answered."""

    status: int
    headers: dict[str, str]
    """By lower-case name."""
    body: bytes


def request(
    method: str, target: str, *lines: str, host: str | None = "localhost", http: str = "1.1"
) -> bytes:
    """The head of a request. `host` None: without that header."""
    hosts = [] if host is None else [f"Host: {host}"]
    return "\r\n".join([f"{method} {target} HTTP/{http}", *hosts, *lines, "", ""]).encode("latin-1")


async def response(raw: Raw, *, head: bool = False) -> Response:
    """The next response on a connection that goes on; `head`: to a HEAD request."""
    lines = (await raw.until(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:-2])}
    status = int(lines[0].split()[1])
    bodiless = head or status in (100, 101, 304)
    if bodiless:
        body = b""
    elif headers.get("transfer-encoding") == "chunked":
        body = await _chunks(raw)
    elif "content-length" in headers:
        body = await raw.take(int(headers["content-length"]))
    else:
        body = await raw.rest()
    return Response(status, headers, body)


async def _chunks(raw: Raw) -> bytes:
    body = b""
    while size := int(await raw.until(b"\r\n"), 16):
        body += await raw.take(size)
        assert b"\r\n" == await raw.take(2)
    assert b"\r\n" == await raw.take(2)
    return body


# WebSocket


class Frame(NamedTuple):
    """What a server sent."""

    first: int
    """Its first byte: FIN, reserved bits, opcode."""
    masked: bool
    payload: bytes

    @property
    def code(self) -> int:
        """That of a close frame."""
        return int(struct.unpack("!H", self.payload[:2])[0])


def upgrade(*without: str, target: str = "/ws", **instead: str) -> bytes:
    """A correct opening handshake, but for the headers that are left out or given."""
    headers = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
    } | {name.replace("_", "-"): value for name, value in instead.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if name not in without]
    return request("GET", target, *lines)


async def websocket(house: House) -> Raw:
    """A connection that the server has welcomed."""
    raw = await Raw.connect(house)
    raw.send(upgrade())
    assert 101 == (await response(raw)).status
    assert b'"type":"welcome"' in (await frame(raw)).payload
    return raw


async def frame(raw: Raw) -> Frame:
    """The next frame."""
    first, second = await raw.take(2)
    size = second & 0x7F
    if size == 126:
        size = int(struct.unpack("!H", await raw.take(2))[0])
        assert size > 125, "not the shortest form"
    elif size == 127:
        size = int(struct.unpack("!Q", await raw.take(8))[0])
        assert size > 65_535, "not the shortest form"
    return Frame(first, bool(second & 0x80), await raw.take(size))


def framed(
    opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0, size: bytes = b""
) -> bytes:
    """A masked frame. `size`: the length's bytes, if not the shortest."""
    if not size:
        length = len(payload)
        size = (
            struct.pack("!B", 0x80 | length)
            if length < 126
            else struct.pack("!BH", 0x80 | 126, length)
            if length < 65_536
            else struct.pack("!BQ", 0x80 | 127, length)
        )
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes([(FIN if fin else 0) | reserved << 4 | opcode]) + size + mask + masked


async def still_there(raw: Raw) -> None:
    """The next that comes is the answer to what is asked now."""
    raw.send(framed(TEXT, b'{"type":"ping","id":"still there"}'))
    assert (FIN | TEXT, b'{"type":"pong","id":"still there"}') == (await frame(raw))[::2]


async def ends(raw: Raw) -> int:
    """The code of the close frame that is all that comes, and then the server's end of the connection."""
    last = await frame(raw)
    assert FIN | CLOSE == last.first
    raw.send(framed(CLOSE, last.payload[:2]))
    assert b"" == await raw.rest()
    return last.code
