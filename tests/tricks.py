"""A web server on loopback that does whatever a test has it do."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.interfaces import IConsumer, IPullProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.fetching.fetcher import Fetcher
from chatd.model import Fetched
from chatd.tls import Certificate, over_tls
from tests.peers import PATIENCE_SECONDS, reactor

PAGE = b"<title>hello</title>"
LOCAL = "127.0.0.1"


def response(body: bytes = PAGE, *fields: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(head).encode() + body


def redirect(place: str, status: str = "302 Found") -> bytes:
    return response(b"", f"Location: {place}", status=status)


@implementer(IPullProducer)
class Trickster(Protocol):
    """Answers each request as the house of tricks says: at once, or without ever coming to an end."""

    def __init__(self, tricks: "Tricks") -> None:
        self.tricks = tricks
        self._request = b""

    def connectionMade(self) -> None:
        self.tricks.connections += 1

    def dataReceived(self, data: bytes) -> None:
        self._request += data
        if b"\r\n\r\n" not in self._request:
            return
        assert self.transport is not None
        path = self._request.split(b" ", 2)[1].decode()
        self.tricks.requests.append(self._request)
        answer = self.tricks.answers.get(path, response(b"", status="404 Not Found"))
        if isinstance(answer, bytes):
            self.transport.write(answer)
            return
        self.pieces = iter(answer)
        cast(IConsumer, self.transport).registerProducer(self, False)

    def resumeProducing(self) -> None:
        assert self.transport is not None
        piece = next(self.pieces, None)
        if piece is not None:
            self.transport.write(piece)

    def stopProducing(self) -> None:
        pass

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.tricks.lost()


class Tricks:
    """A server whose answers are given by path."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | Iterable[bytes]] = {"/": response()}
        self.requests: list[bytes] = []
        self.connections = 0
        self.port = 0
        self._over: Deferred[None] = Deferred()
        self._ended = 0

    def lost(self) -> None:
        self._ended += 1
        if self._ended == self.connections:
            over, self._over = self._over, Deferred()
            over.callback(None)

    async def let_go(self) -> None:
        """Wait until no connection is open any more."""
        if self._ended < self.connections:
            over = self._over
            over.addTimeout(PATIENCE_SECONDS, reactor)
            await over

    def url(self, path: str = "/", host: str = LOCAL) -> str:
        return f"http://{host}:{self.port}{path}"

    def fetcher(self, **named: Any) -> Fetcher:
        """One that may ask exactly this server beside the Internet."""
        return Fetcher(reactor, {(ip_address(LOCAL), self.port)}, seconds=PATIENCE_SECONDS, **named)

    async def fetch(self, path: str = "/") -> Fetched:
        return await self.fetcher().need(self.url(path))


async def listen(tricks: Tricks, certificate: Certificate | None = None) -> Any:
    factory: Any = Factory.forProtocol(lambda: Trickster(tricks))
    if certificate is not None:
        factory = over_tls(certificate, factory, reactor)
    port: Any = await TCP4ServerEndpoint(reactor, 0, interface=LOCAL).listen(factory)
    tricks.port = port.getHost().port
    return port
