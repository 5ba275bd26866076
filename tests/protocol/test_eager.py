"""Connections that send at once: what leaves when, in which order, and how they end."""

import socket
from collections.abc import AsyncIterator

import pytest_twisted
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.tcp import Port
from twisted.internet.threads import deferToThread
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.frontends.eager import ACCEPTS_A_TURN, EagerServer, make_eager
from chatd.frontends.sockets import connection_of
from tests.peers import reactor

MEGABYTES = 8 * 2**20


class Host(Protocol):
    """The server's end of one connection."""

    def __init__(self) -> None:
        self.made: Deferred[None] = Deferred()
        self.lost: Deferred[None] = Deferred()
        self.received = b""

    @property
    def eager(self) -> EagerServer:
        assert isinstance(self.transport, EagerServer)
        return self.transport

    def connectionMade(self) -> None:
        self.made.callback(None)

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.callback(None)


@implementer(IPushProducer)
class Producer:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.resumed: Deferred[None] = Deferred()

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")
        if not self.resumed.called:
            self.resumed.callback(None)

    def stopProducing(self) -> None:
        self.calls.append("stop")


class Pair:
    """A connection: our end, and a plain socket at the other."""

    def __init__(self, host: Host, guest: socket.socket) -> None:
        self.host = host
        self.guest = guest

    def waiting(self) -> bytes:
        """What has arrived already."""
        self.guest.setblocking(False)
        try:
            return self.guest.recv(65_536)
        except BlockingIOError:
            return b""

    async def read(self, size: int) -> bytes:
        """So many bytes, while the reactor runs."""
        self.guest.setblocking(True)

        def receive() -> bytes:
            chunks: list[bytes] = []
            left = size
            while left and (chunk := self.guest.recv(min(left, 65_536))):
                chunks.append(chunk)
                left -= len(chunk)
            return b"".join(chunks)

        return await deferToThread(receive)


@pytest_twisted.async_yield_fixture
async def pair() -> AsyncIterator[Pair]:
    host = Host()
    factory = Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: host  # type: ignore[method-assign]  # one connection
    port: Port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    make_eager(port)
    guest = await deferToThread(socket.create_connection, ("127.0.0.1", port.getHost().port))
    await host.made
    yield Pair(host, guest)
    guest.close()
    if not host.lost.called:
        host.eager.abortConnection()
        await host.lost
    await port.stopListening()


def test_connections_are_accepted_a_few_at_a_time() -> None:
    """However many wait, and however many there were before."""
    made: list[Protocol] = []

    class Guest(Protocol):
        def connectionMade(self) -> None:
            made.append(self)

    port: Port = reactor.listenTCP(0, Factory.forProtocol(Guest), interface="127.0.0.1")
    make_eager(port)
    address = ("127.0.0.1", port.getHost().port)
    guests = [socket.create_connection(address) for _ in range(3 * ACCEPTS_A_TURN)]
    for turn in (1, 2, 3):
        port.doRead()
        assert turn * ACCEPTS_A_TURN == len(made)
    for guest in guests:
        guest.close()
    for protocol in made:
        connection_of(protocol).abortConnection()
    port.stopListening()


@pytest_twisted.ensureDeferred
async def test_what_is_written_leaves_before_write_returns(pair: Pair) -> None:
    pair.host.eager.write(b"now")
    assert pair.waiting() == b"now"


@pytest_twisted.ensureDeferred
async def test_what_does_not_fit_follows_in_order(pair: Pair) -> None:
    sent = bytes(range(256)) * (MEGABYTES // 256)
    pair.host.eager.write(sent)
    pair.host.eager.write(b"last")
    assert await pair.read(len(sent) + 4) == sent + b"last"
    pair.host.eager.write(b"again at once")
    assert pair.waiting() == b"again at once"


@pytest_twisted.ensureDeferred
async def test_a_producer_waits_for_the_reader(pair: Pair) -> None:
    producer = Producer()
    pair.host.eager.registerProducer(producer, True)
    pair.host.eager.write(b"x" * 1_000)
    assert producer.calls == []
    pair.host.eager.write(b"x" * MEGABYTES)
    assert producer.calls == ["pause"]
    assert len(await pair.read(MEGABYTES + 1_000)) == MEGABYTES + 1_000
    await producer.resumed
    assert producer.calls == ["pause", "resume"]
    pair.host.eager.unregisterProducer()


@pytest_twisted.ensureDeferred
async def test_losing_the_connection_writes_what_is_owed(pair: Pair) -> None:
    sent = b"y" * MEGABYTES
    pair.host.eager.write(sent)
    pair.host.eager.loseConnection()
    assert await pair.read(len(sent) + 1) == sent
    pair.guest.close()
    await pair.host.lost


@pytest_twisted.ensureDeferred
async def test_writing_to_who_has_gone_loses_the_connection(pair: Pair) -> None:
    pair.guest.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    pair.guest.close()
    for _ in range(3):
        pair.host.eager.write(b"anybody?")
    await pair.host.lost
    pair.host.eager.write(b"nobody")
    assert not pair.host.eager.connected


@pytest_twisted.ensureDeferred
async def test_half_a_close_of_ours_is_the_end_of_writing(pair: Pair) -> None:
    pair.host.eager.write(b"all")
    pair.host.eager.loseWriteConnection()
    assert await pair.read(4) == b"all"
    pair.host.eager.write(b"too late")
    pair.guest.close()
    await pair.host.lost
