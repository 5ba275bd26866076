"""The frontends over a core in memory, and connections to them that are fed by hand."""

import datetime
from ipaddress import ip_network

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from chatd.frontends.gate import Gate
from chatd.frontends.line import LineFrontend, LineProtocol
from chatd.frontends.outbox import Flusher
from chatd.wires.line import Web
from chatd.wires.line.web import NOWHERE
from tests.unit.core_peer import Core


class Transport(StringTransport):
    """Remembers whether the server reads."""

    reading = True

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

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
