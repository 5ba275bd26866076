"""One TCP connection that speaks HTTP, as RFC 9112 asks of a server; it may become a WebSocket."""

import re
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import connectionDone
from twisted.protocols.basic import LineReceiver
from twisted.python.failure import Failure
from twisted.web.http import HTTPChannel, Request

from chatd.core.rates import Doors
from chatd.frontends.gate import Gate
from chatd.frontends.inbox import Turns
from chatd.frontends.sockets import Connection, peer_host
from chatd.model import HTTP_STATUS, ChatError

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'; img-src 'self' data:; "
    "require-trusted-types-for 'script'; trusted-types svelte-trusted-html dompurify",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""Sent with every response."""

TLS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}
"""Sent with every response over TLS (RFC 6797 section 7.2: with no other)."""

CROWDED_SECONDS = 5
"""How long a connection too many may take for its first request, which is refused."""
PROGRESS_BYTES = 65_536
"""So many bytes of a body give its sender the whole time again."""

_HOST = re.compile(rb"(?:[A-Za-z0-9._~!$&'()*+,;=%-]*|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")
"""RFC 9110 section 7.2: an authority without a user; RFC 3986 says of what characters."""


def refusal_headers(retry_ms: int | None) -> dict[str, str]:
    """What an answer says of a refusal besides its body."""
    later = {} if retry_ms is None else {"Retry-After": str(-(-retry_ms // 1000))}
    return {"Cache-Control": "no-store", **later}


def plain_response(
    status: int,
    body: bytes,
    headers: dict[str, str],
    *,
    secure: bool,
    kind: str = "text/plain; charset=utf-8",
) -> bytes:
    """A whole response, after which the connection ends."""
    lines = {
        "Server": "chatd",
        "Connection": "close",
        "Content-Type": kind,
        "Content-Length": str(len(body)),
        **HEADERS,
        **(TLS_HEADERS if secure else {}),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{head}\r\n".encode() + body


class Channel(HTTPChannel):
    """Twisted 26.10 parses what comes; what it lets pass, and answers without our headers, is mended here.

    From the last response on, the next request has `timeOut` seconds to come, head and body: not from its
    last byte, as in Twisted, where a byte a minute holds a connection for ever. A response that is not read
    has as long, and nothing is answered before it was.
    """

    successor: IProtocol | None = None
    """Who has the connection now; what was read before it had it is given on."""
    _refused = False
    _received_bytes = 0
    _crowded: ChatError | None = None
    _address: str | None = None
    _answered: Request | None = None

    def __init__(self, doors: Doors, gate: Gate, turns: Turns) -> None:
        """`doors` count the connections of each address, but for proxies, which `gate` knows."""
        super().__init__()
        self._doors = doors
        self._gate = gate
        self._turns = turns

    def connectionMade(self) -> None:
        super().connectionMade()
        connection = cast(Connection, self.transport)
        if self._gate.is_proxy(peer_host(connection)):
            return
        try:
            self._doors.enter(peer_host(connection), 0)
        except ChatError as error:
            # Said to its first request: whoever is answered before asking may not see it.
            self._crowded = error
            self.setTimeout(CROWDED_SECONDS)
        else:
            self._address = peer_host(connection)

    def _depart(self) -> None:
        if self._address is not None:
            self._doors.leave(self._address)
            self._address = None

    def dataReceived(self, data: bytes) -> None:
        self._received_bytes += len(data)
        if self._received_bytes >= PROGRESS_BYTES:
            self._received_bytes = 0
            self.resetTimeout()
        LineReceiver.dataReceived(self, data)

    def lineReceived(self, line: bytes) -> None:
        if not self._refused:
            super().lineReceived(line)

    def rawDataReceived(self, data: bytes) -> None:
        if self.successor is not None:
            self.successor.dataReceived(data)
        elif not self._refused:
            super().rawDataReceived(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._depart()
        self._answered = None
        super().connectionLost(reason)
        if self.successor is not None:  # reached behind a PROXY header only: else it is told by the transport
            successor, self.successor = self.successor, None
            successor.connectionLost(reason)

    def lineLengthExceeded(self, line: bytes) -> None:
        """Called for more than 16 KiB without a line end."""
        if hasattr(self, "_command"):
            self.refuse(431, "The headers are too long.")
        else:
            self.refuse(414, "The address is too long.")

    def allHeadersReceived(self) -> None:
        headers = self.requests[-1].requestHeaders
        if self._path.startswith((b"http://", b"https://")):
            # RFC 9112 section 3.2.2: a server takes it, and then it says which host is meant.
            parts = urlsplit(self._path)
            self._path = parts._replace(scheme=b"", netloc=b"").geturl() or b"/"
            if len(headers.getRawHeaders(b"host", [])) == 1:
                headers.setRawHeaders(b"host", [parts.netloc])
        hosts = headers.getRawHeaders(b"host", [])
        if self._crowded is not None:
            self.refuse(HTTP_STATUS[self._crowded.code], self._crowded.text)
        elif len(hosts) > 1 or (self._version == b"HTTP/1.1" and not hosts):
            self.refuse(400, "A request names one host.")
        elif hosts and not _HOST.fullmatch(hosts[0]):
            self.refuse(400, "The Host header is no host.")
        else:
            super().allHeadersReceived()

    def allContentReceived(self) -> None:
        if not self._refused:
            super().allContentReceived()

    def checkPersistence(self, request: Request, version: bytes) -> bool:
        # Twisted reads one header only, and takes a list apart at its blanks.
        options = b",".join(request.requestHeaders.getRawHeaders(b"connection", [])).lower().split(b",")
        if version == b"HTTP/1.1" and b"close" not in (option.strip() for option in options):
            return True
        request.responseHeaders.setRawHeaders(b"connection", [b"close"])
        return False

    def requestDone(self, request: Request) -> None:
        # Twisted would answer what has come already, whole pages of it, into memory and at once.
        if self._waitingForTransport:
            self.setTimeout(self._savedTimeOut)
        if self.persistent and (self._waitingForTransport or self._buffer or any(self._dataBuffer)):
            self._answered = request
            if not self._waitingForTransport:
                self._turns.wait(self._go_on)
            return
        super().requestDone(request)

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._go_on()

    def _go_on(self) -> None:
        """With the next request, if the answer before was read."""
        if self._answered is not None and not self._waitingForTransport:
            request, self._answered = self._answered, None
            self.setTimeout(None)
            super().requestDone(request)

    def refuse(self, status: int, sentence: str) -> None:
        """Answer, and read nothing more."""
        if not self._refused and self.transport is not None:
            self._refused = True
            text = f"{sentence}\n".encode()
            self.transport.write(plain_response(status, text, {}, secure=self.isSecure()))
            self.loseConnection()

    def _respondToBadRequestAndDisconnect(self) -> None:
        # What Twisted calls for whatever it cannot read. Its own answer has no header at all.
        self.refuse(400, "This is not a request of HTTP/1.1.")

    def given_away(self, connection: object) -> None:
        """Autobahn has taken the connection over; each would keep the other in memory."""
        self.successor = getattr(connection, "wrappedProtocol", None) or getattr(connection, "protocol", None)
        self.requests.clear()
        self._depart()


def channel_of(request: Request) -> Channel:
    """The connection that a request came by."""
    return cast(Channel, request.channel)
