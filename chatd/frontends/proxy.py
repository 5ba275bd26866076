"""Who is there behind a proxy that the operator trusts: PROXY protocol headers and X-Forwarded-For."""

import ipaddress
import struct
from collections.abc import Sequence
from typing import NamedTuple, cast

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import (
    IAddress,
    IDelayedCall,
    IHalfCloseableProtocol,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import alsoProvides, directlyProvides, implementer, providedBy

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

HEADER_SECONDS = 2.0
"""How long a trusted peer may say nothing before it counts as one that sends no header: a person with nc,
who waits for our greeting. A proxy sends its header with its first segment."""

V1 = b"PROXY "
V2 = b"\r\n\r\n\x00\r\nQUIT\n"
V1_MOST = 107
"""Bytes of the longest header of version 1, its CRLF included (the protocol's section 2.1)."""
V2_MOST = 4096
"""Bytes of the longest header of version 2 that we read; addresses and all its registered extras fit in."""


class Header(NamedTuple):
    """What a PROXY header said."""

    source: IPv4Address | IPv6Address | None
    """Who the proxy speaks for; None when it speaks for itself or does not know."""
    length: int
    """Bytes of the header; what follows is the connection's own."""


class BadHeader(Exception):
    """It begins as a PROXY header and is none."""


def read_header(data: bytes) -> Header | None:
    """The PROXY header at the beginning of a connection; None while bytes are missing that decide.

    Without a header: nobody, of length 0. Raises BadHeader. Version 1 and 2 of haproxy's proxy-protocol.txt.
    """
    if data.startswith(V1):
        return _read_v1(data)
    if data.startswith(V2):
        return _read_v2(data)
    if V1.startswith(data) or V2.startswith(data):
        return None
    return Header(None, 0)


def _read_v1(data: bytes) -> Header | None:
    line, ended, _ = data[:V1_MOST].partition(b"\r\n")
    if not ended:
        if len(data) < V1_MOST:
            return None
        raise BadHeader
    length = len(line) + 2
    match line.split(b" "):
        case [_, b"UNKNOWN", *_]:
            return Header(None, length)
        case [_, b"TCP4" | b"TCP6", source, _, port, _] if port.isdigit() and len(port) <= 5:
            return Header(_peer(source.decode("latin-1"), int(port)), length)
    raise BadHeader


def _read_v2(data: bytes) -> Header | None:
    if len(data) < 16:
        return None
    command, family, rest = struct.unpack_from("!BBH", data, 12)
    length = 16 + rest
    if command not in (0x20, 0x21) or length > V2_MOST:
        raise BadHeader
    if len(data) < length:
        return None
    match command, family:
        case 0x21, 0x11 if rest >= 12:
            source, _, port, _ = struct.unpack_from("!4s4sHH", data, 16)
            return Header(_peer(source, port), length)
        case 0x21, 0x21 if rest >= 36:
            source, _, port, _ = struct.unpack_from("!16s16sHH", data, 16)
            return Header(_peer(source, port), length)
        case 0x21, 0x11 | 0x21:
            raise BadHeader
    # The proxy's own health check (LOCAL), a Unix socket, or something that it does not know either.
    return Header(None, length)


def _peer(source: str | bytes, port: int) -> IPv4Address | IPv6Address:
    try:
        address = _unmapped(ipaddress.ip_address(source))
    except ValueError:
        raise BadHeader from None
    if port > 65535:
        raise BadHeader
    return (IPv4Address if address.version == 4 else IPv6Address)("TCP", str(address), port)


@implementer(IProtocolFactory)
class ProxyFactory:
    """Listens in the place of a factory; a trusted peer may begin with a PROXY header, before TLS too.

    Behind a header the factory's protocol is built with the address that it names, and `getPeer` of its
    transport gives it. From other peers nothing is believed, and nothing lies between them and the factory.
    """

    def __init__(self, factory: IProtocolFactory, trusted: Sequence[Network], clock: IReactorTime) -> None:
        self.factory = factory
        self.clock = clock
        self._trusted = tuple(trusted)

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """Called by Twisted for each new connection."""
        if isinstance(addr, IPv4Address | IPv6Address) and trusts(self._trusted, addr.host):
            return _Header(self)
        return self.factory.buildProtocol(addr)

    def doStart(self) -> None:
        """Called by Twisted when a port listens."""
        self.factory.doStart()

    def doStop(self) -> None:
        """Called by Twisted when a port listens no longer."""
        self.factory.doStop()


class _Header(Protocol):
    """Reads what may be a header, then hands everything to the protocol of the factory behind it."""

    def __init__(self, factory: ProxyFactory) -> None:
        self._proxy = factory
        self._data = b""
        self._inner: IProtocol | None = None
        self._wait: IDelayedCall | None = None

    def connectionMade(self) -> None:
        self._wait = self._proxy.clock.callLater(HEADER_SECONDS, self._waited)

    def dataReceived(self, data: bytes) -> None:
        if self._inner is not None:
            self._inner.dataReceived(data)
        elif self._wait is not None:
            self._data += data
            self._read()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._stop_waiting()
        if self._inner is not None:
            inner, self._inner = self._inner, None
            inner.connectionLost(reason)

    # Called only where `_begin` has declared IHalfCloseableProtocol.

    def readConnectionLost(self) -> None:
        """The peer will send nothing more."""
        IHalfCloseableProtocol(self._inner).readConnectionLost()

    def writeConnectionLost(self) -> None:
        """The peer has all that will be sent."""
        IHalfCloseableProtocol(self._inner).writeConnectionLost()

    def _read(self) -> None:
        try:
            header = read_header(self._data)
        except BadHeader:
            self._abort()
        else:
            if header is not None:
                self._begin(header)

    def _waited(self) -> None:
        self._wait = None
        if self._data.startswith((V1, V2)):
            self._abort()
        else:
            self._begin(Header(None, 0))

    def _begin(self, header: Header) -> None:
        self._stop_waiting()
        transport = self.transport
        assert transport is not None
        peer = header.source or transport.getPeer()
        inner = self._proxy.factory.buildProtocol(peer)
        if inner is None:
            self._abort()
            return
        self._inner = inner
        if IHalfCloseableProtocol.providedBy(inner):
            alsoProvides(self, IHalfCloseableProtocol)
        proxied = cast(ITransport, _Proxied(transport, peer))
        inner.makeConnection(transport if header.source is None else proxied)
        rest, self._data = self._data[header.length :], b""
        if rest:
            self.dataReceived(rest)

    def _abort(self) -> None:
        self._stop_waiting()
        cast(ITCPTransport, self.transport).abortConnection()

    def _stop_waiting(self) -> None:
        if self._wait is not None and self._wait.active():
            self._wait.cancel()
        self._wait = None


class _Proxied:
    """The proxy's transport, but for whose it is."""

    def __init__(self, transport: ITransport, peer: IAddress) -> None:
        self._transport = transport
        self._peer = peer
        # The two that every delivery calls are bound once.
        self.write = transport.write
        self.writeSequence = transport.writeSequence
        directlyProvides(self, providedBy(transport))

    def getPeer(self) -> IAddress:
        """Who the proxy speaks for."""
        return self._peer

    def __getattr__(self, name: str) -> object:
        return getattr(self._transport, name)


def trusts(trusted: Sequence[Network], host: str) -> bool:
    """Whether this host, an IP address as text, belongs to one of the networks."""
    try:
        address = _unmapped(ipaddress.ip_address(host))
    except ValueError:
        return False
    return any(address in network for network in trusted)


def client_address(peer: str, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """Who sent an HTTP request: from the right of X-Forwarded-For, the first one that is no trusted proxy.

    An entry counts only when the one who added it is trusted; `peer` is who connected to us.
    """
    address = peer
    for hop in reversed((forwarded_for or "").split(",")):
        if not trusts(trusted, address):
            break
        try:
            address = str(_unmapped(ipaddress.ip_address(_without_port(hop.strip()))))
        except ValueError:
            break
    return address


def _without_port(hop: str) -> str:
    """`1.2.3.4:5` and `[::1]:5`, as some proxies write them, without the port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _unmapped(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address inside of `::ffff:1.2.3.4`, which is how a dual-stack socket names it."""
    return getattr(address, "ipv4_mapped", None) or address
