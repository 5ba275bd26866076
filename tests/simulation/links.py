"""Connections of which the world decides when a byte arrives, in which pieces, and how they end."""

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IPushProducer, ITransport
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import implementer

WINDOW = 1_024
"""Bytes that a link takes before it asks the server to wait for its reader."""


@implementer(ITransport)
class Link(StringTransport):
    """The server's end of a connection, and the network behind it."""

    def __init__(self, clock: Clock, protocol: Protocol) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "127.0.0.1", 54321))
        self._clock = clock
        self._protocol = protocol
        self._producer: IPushProducer | None = None
        self._paused = self._closing = False
        self.reading = True
        """Whether the server takes what comes."""
        self.over = False
        """Nothing more comes out, and the server knows that it is over."""
        self.to_client = b""
        self.to_server = b""

    # What the server does.

    def write(self, data: bytes) -> None:
        if self._closing or self.over:
            return
        self.to_client += data
        if len(self.to_client) > WINDOW and self._producer is not None and not self._paused:
            self._paused = True
            self._producer.pauseProducing()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        self._producer = producer

    def unregisterProducer(self) -> None:
        self._producer = None
        self._close_when_sent()

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def loseConnection(self) -> None:
        self._closing = True
        self._close_when_sent()

    def abortConnection(self) -> None:
        self.to_client = b""
        self._closing = True
        self._close_when_sent()

    def _close_when_sent(self) -> None:
        if self._closing and not self.to_client and self._producer is None:
            self._clock.callLater(0, self.lose, ConnectionDone)

    # What the network does.

    def lose(self, why: type[Exception] = ConnectionLost) -> None:
        """The server's end notices that the connection is over."""
        if not self.over:
            self.over = True
            self._protocol.connectionLost(Failure(why()))

    def carry(self, most: int) -> bytes:
        """Up to so many bytes leave for the client."""
        data, self.to_client = self.to_client[:most], self.to_client[most:]
        if not self.to_client and self._paused:
            self._paused = False
            if self._producer is not None:
                self._producer.resumeProducing()
        if not self.to_client:
            self._close_when_sent()
        return data

    def bring(self, most: int) -> bool:
        """Up to so many bytes of the client's reach the server; whether any did."""
        if self.over or not self.reading or not self.to_server:
            return False
        data, self.to_server = self.to_server[:most], self.to_server[most:]
        self._protocol.dataReceived(data)
        return True
