"""PROXY headers and X-Forwarded-For: believed from trusted networks only, however the bytes are split."""

import socket
import struct
from ipaddress import ip_network
from pathlib import Path
from typing import cast

import pytest
import pytest_twisted
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol, IProtocolFactory, ITCPTransport
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides, implementer
from zope.interface.verify import verifyObject

from chatd.frontends.proxy import (
    HEADER_SECONDS,
    V2,
    BadHeader,
    Header,
    ProxyFactory,
    client_address,
    read_header,
)
from chatd.model import Limits
from tests.protocol.raw import CLOSE, Raw, frame, framed, response, still_there, upgrade
from tests.scenarios.house import House

TRUSTED = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]
PROXY = IPv4Address("TCP", "10.0.0.1", 40000)
STRANGER = IPv4Address("TCP", "192.0.2.1", 40000)
CLIENT = IPv4Address("TCP", "198.51.100.7", 56324)
CLIENT6 = IPv6Address("TCP", "2001:db8::7", 56324)

V1_HEADER = b"PROXY TCP4 198.51.100.7 203.0.113.9 56324 443\r\n"


def v2(command: int = 0x21, family: int = 0x11, addresses: bytes | None = None, extra: bytes = b"") -> bytes:
    if addresses is None:
        addresses = (
            socket.inet_aton(CLIENT.host) + socket.inet_aton("203.0.113.9") + struct.pack("!HH", 56324, 443)
        )
    return V2 + struct.pack("!BBH", command, family, len(addresses) + len(extra)) + addresses + extra


V2_IPV6 = v2(
    family=0x21,
    addresses=socket.inet_pton(socket.AF_INET6, CLIENT6.host) * 2 + struct.pack("!HH", 56324, 443),
)

HEADERS = [
    pytest.param(V1_HEADER, CLIENT, id="v1"),
    pytest.param(b"PROXY TCP6 2001:db8::7 2001:db8::1 56324 443\r\n", CLIENT6, id="v1 IPv6"),
    pytest.param(b"PROXY TCP6 ::ffff:198.51.100.7 ::1 56324 443\r\n", CLIENT, id="v1 mapped"),
    pytest.param(b"PROXY UNKNOWN\r\n", None, id="v1 unknown"),
    pytest.param(b"PROXY UNKNOWN ff:: ff:: 65535 65535\r\n", None, id="v1 unknown with addresses"),
    pytest.param(v2(), CLIENT, id="v2"),
    pytest.param(v2(extra=b"\x03\x00\x04abcd"), CLIENT, id="v2 with an extra"),
    pytest.param(V2_IPV6, CLIENT6, id="v2 IPv6"),
    pytest.param(v2(command=0x20), None, id="v2 local"),
    pytest.param(v2(command=0x20, family=0, addresses=b""), None, id="v2 local, bare"),
    pytest.param(v2(family=0x31, addresses=bytes(216)), None, id="v2 Unix socket"),
    pytest.param(v2(family=0), None, id="v2 unspecified"),
]

BAD_HEADERS = [
    pytest.param(b"PROXY \r\n", id="empty"),
    pytest.param(b"PROXY hello, world\r\n", id="words"),
    pytest.param(b"PROXY TCP4 198.51.100.7 203.0.113.9 56324\r\n", id="a port short"),
    pytest.param(b"PROXY TCP4 198.51.100.777 203.0.113.9 56324 443\r\n", id="no address"),
    pytest.param(b"PROXY TCP4 198.51.100.7 203.0.113.9 65536 443\r\n", id="no port"),
    pytest.param(b"PROXY TCP4 198.51.100.7 203.0.113.9 -1 443\r\n", id="negative port"),
    pytest.param(b"PROXY TCP4 198.51.100.7 203.0.113.9 " + b"1" * 5000 + b" 443\r\n", id="endless port"),
    pytest.param(b"PROXY " + b"x" * 101, id="endless line"),
    pytest.param(v2(command=0x11), id="version 1 in binary"),
    pytest.param(v2(command=0x22), id="unknown command"),
    pytest.param(v2(addresses=bytes(11)), id="short IPv4"),
    pytest.param(v2(family=0x21, addresses=bytes(35)), id="short IPv6"),
    pytest.param(v2(extra=bytes(5000)), id="too long"),
]


@pytest.mark.parametrize(("header", "source"), HEADERS)
def test_a_header_is_read_once_it_is_whole(header: bytes, source: IAddress | None) -> None:
    for length in range(len(header)):
        assert read_header(header[:length]) is None
    assert read_header(header + b"hello") == Header(source, len(header))  # type: ignore[arg-type]  # as in HEADERS


@pytest.mark.parametrize("data", BAD_HEADERS)
def test_what_begins_as_a_header_must_be_one(data: bytes) -> None:
    with pytest.raises(BadHeader):
        read_header(data)


@given(st.binary())
def test_any_bytes_give_a_header_or_none_or_a_refusal(data: bytes) -> None:
    for begin in (b"", b"PROXY ", V2, V2 + b"\x21\x11"):
        try:
            header = read_header(begin + data)
        except BadHeader:
            continue
        assert header is None or header.length <= len(begin + data)


@implementer(IHalfCloseableProtocol)
class Echo(Protocol):
    """Remembers what a protocol behind the factory sees."""

    def __init__(self, addr: IAddress) -> None:
        self.built_for = addr
        self.got = b""
        self.lost: Failure | None = None
        self.half_closed = False

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"welcome ")

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def readConnectionLost(self) -> None:
        self.half_closed = True

    def writeConnectionLost(self) -> None:
        raise AssertionError

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


class Plain(Protocol):
    """Knows no half-close."""


class Echoes(Factory):
    def __init__(self) -> None:
        self.built: list[Echo] = []
        self.started = 0

    def buildProtocol(self, addr: IAddress | None) -> Protocol | None:
        assert addr is not None
        self.built.append(Echo(addr))
        return self.built[-1]

    def startFactory(self) -> None:
        self.started += 1

    def stopFactory(self) -> None:
        self.started -= 1


class Peer:
    """One connection to a ProxyFactory, seen from the peer."""

    def __init__(self, addr: IAddress = PROXY, factory: Factory | None = None) -> None:
        self.clock = Clock()
        self.echoes = Echoes()
        self.transport = StringTransport(peerAddress=addr)
        alsoProvides(self.transport, ITCPTransport)
        protocol = ProxyFactory(factory or self.echoes, TRUSTED, self.clock).buildProtocol(addr)
        assert protocol is not None
        self.protocol = protocol
        self.protocol.makeConnection(self.transport)

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.protocol.dataReceived(part)

    @property
    def echo(self) -> Echo:
        [echo] = self.echoes.built
        return echo


@pytest.mark.parametrize(("header", "source"), HEADERS)
def test_behind_a_header_everything_sees_the_client(header: bytes, source: IAddress | None) -> None:
    expected = source or PROXY
    peer = Peer()
    peer.send(*[bytes([byte]) for byte in header + b"hello"])
    assert peer.echo.got == b"hello"
    assert peer.echo.built_for == expected
    assert peer.echo.transport is not None
    assert peer.echo.transport.getPeer() == expected
    assert peer.transport.value() == b"welcome "
    assert peer.clock.getDelayedCalls() == []


def test_without_a_header_nothing_changes() -> None:
    peer = Peer()
    peer.send(b"P", b"ROX", b"Y? no\r\n", b"more")
    assert peer.echo.got == b"PROXY? no\r\nmore"
    assert peer.echo.built_for == PROXY
    assert peer.echo.transport is peer.transport


def test_who_says_nothing_is_greeted_after_a_while() -> None:
    peer = Peer()
    peer.clock.advance(HEADER_SECONDS - 0.1)
    assert peer.echoes.built == []
    peer.clock.advance(0.1)
    assert peer.transport.value() == b"welcome "
    peer.send(b"hello")
    assert peer.echo.got == b"hello"


def test_the_beginning_of_a_header_that_may_be_none_is_handed_on() -> None:
    """A person who presses Enter sends the first byte of version 2's signature."""
    peer = Peer()
    peer.send(b"\r\n")
    peer.clock.advance(HEADER_SECONDS)
    assert peer.echo.got == b"\r\n"


def test_half_a_header_is_not_waited_for() -> None:
    for beginning in (V1_HEADER[:20], v2()[:20]):
        peer = Peer()
        peer.send(beginning)
        peer.clock.advance(HEADER_SECONDS)
        assert peer.transport.disconnected
        assert peer.echoes.built == []


@pytest.mark.parametrize("data", BAD_HEADERS)
def test_a_bad_header_ends_the_connection(data: bytes) -> None:
    peer = Peer()
    peer.send(data, b"more")
    assert peer.transport.disconnected
    assert peer.echoes.built == []
    assert peer.clock.getDelayedCalls() == []


def test_nothing_lies_between_a_stranger_and_the_factory() -> None:
    peer = Peer(STRANGER)
    assert peer.protocol is peer.echo
    peer.send(V1_HEADER)
    assert peer.echo.got == V1_HEADER
    assert peer.transport.getPeer() == STRANGER


def test_a_proxy_on_a_dual_stack_socket_is_the_same_proxy() -> None:
    peer = Peer(IPv6Address("TCP", "::ffff:10.0.0.1", 40000))
    peer.send(V1_HEADER)
    assert peer.echo.built_for == CLIENT


def test_the_end_of_the_connection_is_told_once() -> None:
    peer = Peer()
    peer.send(V1_HEADER)
    reason = Failure(ConnectionDone())
    peer.protocol.connectionLost(reason)
    assert peer.echo.lost is reason


def test_a_connection_lost_before_its_header_leaves_nothing_behind() -> None:
    peer = Peer()
    peer.protocol.connectionLost(Failure(ConnectionDone()))
    assert peer.clock.getDelayedCalls() == []
    assert peer.echoes.built == []


def test_half_close_is_offered_exactly_where_the_protocol_behind_knows_it() -> None:
    peer = Peer()
    peer.send(V1_HEADER)
    IHalfCloseableProtocol(peer.protocol).readConnectionLost()
    assert peer.echo.half_closed
    plain = Peer(factory=Factory.forProtocol(Plain))
    plain.send(V1_HEADER)
    assert not IHalfCloseableProtocol.providedBy(plain.protocol)


def test_a_factory_that_refuses_ends_the_connection() -> None:
    class Full(Factory):
        def buildProtocol(self, addr: IAddress | None) -> None:
            return None

    peer = Peer(factory=Full())
    peer.send(V1_HEADER)
    assert peer.transport.disconnected


def test_the_factory_behind_is_started_and_stopped() -> None:
    echoes = Echoes()
    factory = ProxyFactory(echoes, TRUSTED, Clock())
    factory.doStart()
    assert echoes.started == 1
    factory.doStop()
    assert echoes.started == 0
    assert verifyObject(IProtocolFactory, factory)


@pytest_twisted.ensureDeferred
async def test_on_a_real_socket_options_and_half_close_pass_through() -> None:
    """`printf … | nc -N` through a proxy: the server still answers after the client's end of input."""
    ended: Deferred[bytes] = Deferred()

    @implementer(IHalfCloseableProtocol)
    class Answering(Protocol):
        got = b""

        def connectionMade(self) -> None:
            ITCPTransport(self.transport).setTcpNoDelay(True)

        def dataReceived(self, data: bytes) -> None:
            self.got += data

        def readConnectionLost(self) -> None:
            transport = ITCPTransport(self.transport)
            answer = (self.got.decode(), transport.getPeer().host, bool(transport.getTcpNoDelay()))
            transport.write(repr(answer).encode())
            transport.loseConnection()

        def writeConnectionLost(self) -> None:
            raise AssertionError

    @implementer(IHalfCloseableProtocol)
    class Client(Protocol):
        got = b""

        def connectionMade(self) -> None:
            transport = ITCPTransport(self.transport)
            transport.write(V1_HEADER + b"hello")
            transport.loseWriteConnection()

        def dataReceived(self, data: bytes) -> None:
            self.got += data

        def writeConnectionLost(self) -> None:
            """Ours; the other half stays."""

        def readConnectionLost(self) -> None:
            ITCPTransport(self.transport).loseConnection()

        def connectionLost(self, reason: Failure = connectionDone) -> None:
            ended.callback(self.got)

    factory = ProxyFactory(Factory.forProtocol(Answering), [ip_network("127.0.0.0/8")], reactor)
    port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
    try:
        host = cast(IPv4Address, port.getHost())
        await connectProtocol(TCP4ClientEndpoint(reactor, host.host, host.port), Client())
        assert await ended == repr(("hello", CLIENT.host, True)).encode()
    finally:
        await maybeDeferred(port.stopListening)


@pytest_twisted.ensureDeferred
async def test_a_websocket_comes_and_goes_behind_a_header(tmp_path: Path) -> None:
    house = House(tmp_path / "data", tls=False, limits=Limits(), trusted_proxies=(ip_network("127.0.0.0/8"),))
    house.start()
    raw = await Raw.connect(house)
    raw.send(V1_HEADER, upgrade())
    assert 101 == (await response(raw)).status
    assert b'"type":"welcome"' in (await frame(raw)).payload
    await still_there(raw)
    raw.send(framed(CLOSE))
    await raw.rest()
    await house.stop()
    assert [] == house.faults.events


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "expected"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.66, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.66, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
        ("10.0.0.1", "203.0.113.66, unknown", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.7:5555", "198.51.100.7"),
        ("10.0.0.1", "[2001:db8::7]:5555", "2001:db8::7"),
        ("10.0.0.1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:198.51.100.7", "198.51.100.7"),
        ("fd00::1", "198.51.100.7", "198.51.100.7"),
        ("/run/chatd.sock", "198.51.100.7", "/run/chatd.sock"),
    ],
)
def test_forwarded_for_is_believed_hop_by_hop_from_the_right(
    peer: str, forwarded_for: str | None, expected: str
) -> None:
    assert client_address(peer, forwarded_for, TRUSTED) == expected
