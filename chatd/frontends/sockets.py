"""What every accepted connection needs to know and to have set on its socket."""

import ipaddress
import socket
from time import monotonic
from typing import Any, Protocol, cast

from twisted.internet.interfaces import IAddress, IPushProducer
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.logger import Logger

from chatd.core.session import Session

log = Logger()

SEND_BUFFER_BYTES = 131_072
"""SO_SNDBUF: the kernel would take 2.9 MB for a reader who reads nothing (measured, Linux 6.1)."""


class Connection(Protocol):
    """What we use of a transport, plain or under TLS: Twisted says it in several interfaces."""

    def write(self, data: bytes) -> None: ...
    def loseConnection(self) -> None: ...
    def abortConnection(self) -> None: ...
    def pauseProducing(self) -> None: ...
    def resumeProducing(self) -> None: ...
    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None: ...
    def unregisterProducer(self) -> None: ...
    def getPeer(self) -> IAddress: ...
    def getHost(self) -> IAddress: ...


class Served(Protocol):
    """A connection that stays, as the service sees it when it stops."""

    def finish(self) -> None:
        """Carry out what came, then say goodbye."""

    def abort(self) -> None:
        """End now."""


def connection_of(protocol: TwistedProtocol) -> Connection:
    """The transport of a connected protocol."""
    assert protocol.transport is not None
    return cast(Connection, protocol.transport)


def tune(transport: Connection) -> None:
    """No Nagle delay, keepalive, and a small send buffer; below TLS and PROXY wrappers too."""
    inner: Any = transport
    while not isinstance(getattr(inner, "socket", None), socket.socket):
        inner = getattr(inner, "transport", None)
        if inner is None:
            return
    inner.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    if inner.socket.family in (socket.AF_INET, socket.AF_INET6):
        inner.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        inner.socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def peer_host(transport: Connection) -> str:
    """The IP address at the other end; loopback for a Unix socket."""
    return peer_ip(transport) or "127.0.0.1"


def peer_ip(transport: Connection) -> str:
    """The IP address at the other end; empty for a Unix socket."""
    return str(getattr(transport.getPeer(), "host", ""))


def own_port(transport: Connection) -> int:
    """The TCP port at our end; 0 for a Unix socket."""
    return int(getattr(transport.getHost(), "port", 0))


def log_end(
    frontend: str, session: Session, begun_at: float, received_bytes: int, sent_bytes: int, why: str
) -> None:
    """The one line that the log has of a connection. `begun_at` is monotonic seconds."""
    person = session.person
    log.info(
        "{frontend} ended: {who} from {address}, {seconds:.0f} s, {received} bytes in, {sent} out, {why}",
        frontend=frontend,
        who="nobody" if person is None else person.user.name,
        address=session.address,
        seconds=monotonic() - begun_at,
        received=received_bytes,
        sent=sent_bytes,
        why=why,
    )


def is_loopback(host: str) -> bool:
    """Whether bytes from there never leave this machine."""
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
