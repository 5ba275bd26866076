"""HTTP as bytes: one request on one connection, and what came back."""

import json
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        decoded: dict[str, Any] = json.loads(self.body)
        return decoded

    @property
    def cookie(self) -> str:
        return self.headers["set-cookie"].partition(";")[0]


class Reader(Protocol):
    """A connection that sends a request, and keeps what comes until it is closed."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._data = b""
        self.done: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        self._data += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.done.callback(self._data)


async def exchange(endpoint: IStreamClientEndpoint, request: bytes) -> bytes:
    """All that comes back for these bytes, until the server closes."""
    reader = Reader(request)
    factory = Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: reader  # type: ignore[method-assign]  # one connection
    await endpoint.connect(factory)
    return await reader.done


def parse(data: bytes) -> Response:
    """The response that came whole."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return Response(int(first.split()[1]), dict(map(_header, lines)), body)


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(": ")
    return name.lower(), value
