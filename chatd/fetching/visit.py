"""One request to one server: to which address it goes, and how much may come back."""

import ipaddress
from collections.abc import Awaitable, Callable, Collection
from typing import Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint, ITCPTransport
from twisted.internet.ssl import optionsForClientTLS
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.client import URI
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from chatd.fetching.addresses import Address, is_public

HEAD_BYTES = 128 * 1024
"""Bytes that come before a response's body, those of its header fields; a read takes up to 64 KiB at once."""
CONNECT_SECONDS = 2.0
ADDRESSES_MOST = 3
"""How many addresses of one name are tried."""

Resolve = Callable[[str], Awaitable[list[str]]]
"""The addresses of a host."""
Allowed = Collection[tuple[Address, int]]
"""Addresses and ports that may be asked although they are not public."""


class Unreachable(Exception):
    """Nothing was fetched; the reason is for an operator, and names neither address nor text."""


@implementer(IAgentEndpointFactory)
class Visit:
    """Where an agent's connections come from, for one request."""

    def __init__(self, reactor: Any, resolve: Resolve, allowed: Allowed, trust_root: Any) -> None:
        """`trust_root`: whose certificates are believed; None: the machine's own authorities'."""
        self._reactor = reactor
        self._resolve = resolve
        self._allowed = allowed
        self._trust = {} if trust_root is None else {"trustRoot": trust_root}
        self._open: list[_Counted] = []
        self._left = HEAD_BYTES

    def endpointForURI(self, uri: URI) -> IStreamClientEndpoint:
        """Called by the agent."""
        return _Endpoint(self, uri)

    def allow(self, count: int) -> None:
        """So many bytes more may come."""
        self._left += count

    def take(self, count: int) -> bool:
        """So many have come; whether that was not too much."""
        self._left -= count
        return self._left >= 0

    def close(self) -> None:
        """It is over, whatever is still on its way."""
        for connection in self._open:
            connection.abort()

    async def connect(self, uri: URI, factory: IProtocolFactory) -> IProtocol:
        """Connect to an address that was checked, and to no other: the name is not asked for again."""
        host, secure = uri.host.decode("ascii").strip("[]"), uri.scheme == b"https"
        addresses = await self._checked(host, uri.port, uri.port == (443 if secure else 80))
        counted: WrappingFactory[_Counted] = WrappingFactory(factory)
        # Twisted would write a line into the log for each connection.
        counted.noisy = cast(Any, factory).noisy = False
        counted.protocol = self._count
        failure: Exception = Unreachable("the name has no address")
        for address in addresses[:ADDRESSES_MOST]:
            kind = TCP6ClientEndpoint if address.version == 6 else TCP4ClientEndpoint
            plain = kind(self._reactor, str(address), uri.port, timeout=CONNECT_SECONDS)
            endpoint = wrapClientTLS(optionsForClientTLS(host, **self._trust), plain) if secure else plain
            try:
                protocol = await endpoint.connect(counted)
            except ConnectError as error:
                failure = error
            else:
                assert isinstance(protocol, _Counted)
                return protocol.wrappedProtocol
        raise failure

    async def _checked(self, host: str, port: int, usual: bool) -> list[Address]:
        """The addresses of a host, all of which are public: one that is not would be there to be hit."""
        addresses = [ipaddress.ip_address(text) for text in await self._resolve(host)]
        for address in addresses:
            if (address, port) in self._allowed:
                continue
            if not usual:
                raise Unreachable("the port is none of the web's")
            if not is_public(address):
                raise Unreachable("an address is not public")
        return addresses

    def _count(self, factory: "WrappingFactory[_Counted]", wrapped: IProtocol) -> "_Counted":
        connection = _Counted(factory, wrapped, self)
        self._open.append(connection)
        return connection


@implementer(IStreamClientEndpoint)
class _Endpoint:
    def __init__(self, visit: Visit, uri: URI) -> None:
        self._visit = visit
        self._uri = uri

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Called by the agent."""
        return Deferred.fromCoroutine(self._visit.connect(self._uri, protocolFactory))


class _Counted(ProtocolWrapper):
    """A connection that ends when too much has come."""

    def __init__(self, factory: "WrappingFactory[_Counted]", wrapped: IProtocol, visit: Visit) -> None:
        super().__init__(factory, wrapped)
        self._visit = visit

    def dataReceived(self, data: bytes) -> None:
        """Called by the transport."""
        if self._visit.take(len(data)):
            super().dataReceived(data)
        else:
            self.abort()

    def abort(self) -> None:
        """End it at once, if it is there."""
        if self.transport is not None:
            cast(ITCPTransport, self.transport).abortConnection()
