"""The frontends over a core in memory, and connections to them that are fed by hand."""

import datetime
import re
from ipaddress import ip_network
from typing import cast

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IProtocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chatd.frontends.gate import Gate
from chatd.frontends.http import make_site
from chatd.frontends.line import LineFrontend, LineProtocol
from chatd.frontends.outbox import Flusher
from chatd.frontends.proxy import Network
from chatd.frontends.websocket import WebSocketFrontend, WebSocketProtocol, hardened_factory
from chatd.model import Limits
from chatd.wires.line import Web
from chatd.wires.line.web import NOWHERE
from tests.unit.core_peer import UNLIMITED, Core


class Transport(StringTransport):
    """Remembers whether the server reads."""

    reading = True

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def unregisterProducer(self) -> None:
        self.producer = None  # as a real one, which does not mind when there is none

    def abortConnection(self) -> None:
        self.loseConnection()

    def take(self) -> bytes:
        """What was written since the last time."""
        data: bytes = self.value()
        self.clear()
        return data


class LineDesk:
    """A line frontend."""

    def __init__(self, core: Core | None = None, web: Web = NOWHERE) -> None:
        self.core = core or Core()
        self.clock = Clock()
        self.frontend = LineFrontend(
            self.core.registry,
            Gate((), (ip_network("127.0.0.0/8"),)),
            Flusher(self.clock, stalled_seconds=30),
            datetime.UTC,
            web,
            allow_plaintext_login=True,
        )

    def connect(self, *lines: str) -> tuple[LineProtocol, Transport]:
        """A terminal at which these were typed, and whose answers were read."""
        protocol = self.frontend.buildProtocol(None)
        transport = Transport(peerAddress=IPv4Address("TCP", "192.0.2.1", 54321))
        protocol.makeConnection(transport)
        for line in lines:
            protocol.dataReceived(f"{line}\n".encode())
        self.clock.advance(0)
        transport.clear()
        return protocol, transport

    def lose(self, protocol: LineProtocol) -> None:
        """Without a word."""
        protocol.connectionLost(Failure(ConnectionDone()))
        self.clock.advance(0)


class WebSocketDesk:
    """A WebSocket frontend whose connections are fed by hand."""

    def __init__(self) -> None:
        self.core = Core()
        self.clock = Clock()
        self.frontend = WebSocketFrontend(
            self.core.registry,
            Gate((), (ip_network("127.0.0.0/8"),)),
            Flusher(self.clock, stalled_seconds=30),
            allow_plaintext_login=False,
        )
        self.factory = hardened_factory(self.frontend)

    def connect(self, token: str | None = None, **headers: str) -> tuple[WebSocketProtocol, Transport]:
        """A connection from loopback, where the trusted proxy is too, whose upgrade has been asked for."""
        protocol = cast(WebSocketProtocol, self.factory.buildProtocol(None))
        transport = Transport(peerAddress=IPv4Address("TCP", "127.0.0.1", 54321))
        transport.registerProducer(Transport(), True)  # as the HTTP channel is, that took the request
        protocol.makeConnection(transport)
        lines = [
            "GET /ws HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
        ]
        if token is not None:
            lines.append(f"Authorization: Bearer {token}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        protocol.dataReceived("\r\n".join([*lines, "", ""]).encode())
        return protocol, transport


class Client(StringTransport):
    """Where it reads nothing, the server's buffer is full after each write."""

    def __init__(self, host: str) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", host, 40_000))
        self.reads = True
        self.aborted = False

    def write(self, data: bytes) -> None:
        super().write(data)
        if not self.reads and self.producer is not None:
            self.producer.pauseProducing()

    def writeSequence(self, data: list[bytes]) -> None:
        self.write(b"".join(data))

    def abortConnection(self) -> None:
        self.aborted = True

    def pauseProducing(self) -> None:
        """The server reads nothing for a while; what is fed by hand comes all the same."""

    def resumeProducing(self) -> None:
        """And reads on."""


class Connected:
    """One connection, as a stranger has it."""

    def __init__(self, protocol: IProtocol, client: Client) -> None:
        self.send = protocol.dataReceived
        self.lose = protocol.connectionLost
        self.client = client

    @property
    def statuses(self) -> list[int]:
        """Of all responses so far."""
        return [int(status) for status in re.findall(rb"^HTTP/1.1 (\d+) ", self.client.value(), re.MULTILINE)]

    @property
    def over(self) -> bool:
        """Whether the server has ended it."""
        return self.client.disconnecting or self.client.aborted


class HttpDesk:
    """The HTTP frontend, whose connections are fed by hand, and whose time is."""

    def __init__(self, limits: Limits = UNLIMITED, trusted: tuple[Network, ...] = ()) -> None:
        self.clock = Clock()
        self.core = Core(limits)
        self.registry = self.core.registry
        flusher = Flusher(self.clock, stalled_seconds=30)
        gate = Gate((), trusted)
        self.site = make_site(WebSocketFrontend(self.registry, gate, flusher, allow_plaintext_login=False))
        self.site.reactor = self.clock

    def connect(self, host: str = "192.0.2.1") -> Connected:
        client = Client(host)
        protocol = self.site.buildProtocol(client.getPeer())
        assert protocol is not None
        protocol.makeConnection(client)
        return Connected(protocol, client)
