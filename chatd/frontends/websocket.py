"""The WebSocket frontend: an Autobahn protocol that holds a session and an outbox."""

from functools import partial
from time import monotonic

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionDeny, ConnectionRequest
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd.core.registry import Registry
from chatd.core.session import Session
from chatd.frontends.channel import plain_response, refusal_headers
from chatd.frontends.frames import text_payload
from chatd.frontends.gate import Gate, token_from
from chatd.frontends.inbox import Inbox, Turns
from chatd.frontends.outbox import Flusher, Outbox
from chatd.frontends.sockets import (
    Served,
    connection_of,
    is_loopback,
    log_end,
    own_port,
    peer_host,
    peer_ip,
    tune,
)
from chatd.model import CLOSINGS, HTTP_STATUS, Account, Attached, ChatError, Close, Code, Error, Event
from chatd.wires import json

log = Logger()

BYTES_PER_CHAR = 12
"""A character outside the basic plane, written as two JSON escapes."""
COMMAND_BYTES_LEAST = 65_536
MESSAGE_BYTES_MOST = 16 * 1024 * 1024
"""A message of this size is not skipped any more: the connection ends with 1009."""
PING_SECONDS = 30

CLOSE_FRAME = b"\x88"
"""How a client's answer to our close frame begins, which is the last that it sends."""
DISCARDED_MOST = 1024 * 1024
"""Bytes that are read after a fault, and dropped."""

HANDSHAKE_LEFTOVERS = (
    "http_headers",
    "http_request_data",
    "http_request_params",
    "peer_cert",
    "websocket_extensions",
    "websocket_extensions_in_use",
    "websocket_protocols",
)
"""What Autobahn 26.10 keeps of a handshake in every connection, and nobody reads again: 1.2 KiB."""


class WebSocketFrontend:
    """What all WebSocket connections share."""

    def __init__(
        self, registry: Registry, gate: Gate, flusher: Flusher, *, allow_plaintext_login: bool
    ) -> None:
        self.registry = registry
        self.gate = gate
        self.flusher = flusher
        self.turns = Turns(flusher.reactor)
        self.allow_plaintext_login = allow_plaintext_login
        self.wire = json.JsonWire()
        chars = registry.limits.text_chars
        self.command_bytes = max(COMMAND_BYTES_LEAST, chars * BYTES_PER_CHAR) if chars else MESSAGE_BYTES_MOST
        self.connections: dict[Served, None] = {}
        """Those that stay: WebSockets, and responses that go on."""


def hardened_factory(frontend: WebSocketFrontend) -> WebSocketServerFactory:
    """Autobahn's defaults are open; each that matters is set here. Who may connect is the gate's business."""
    factory = WebSocketServerFactory(server="")
    factory.setProtocolOptions(
        versions=[13],
        webStatus=False,
        utf8validateIncoming=False,  # done for the whole message, by `is_utf8`
        requireMaskedClientFrames=True,
        maxFramePayloadSize=MESSAGE_BYTES_MOST,
        maxMessagePayloadSize=MESSAGE_BYTES_MOST,
        failByDrop=False,
        echoCloseCodeReason=False,
        openHandshakeTimeout=10,
        closeHandshakeTimeout=2,
        tcpNoDelay=True,
        perMessageCompressionAccept=lambda offers: None,
        autoPingInterval=PING_SECONDS,
        autoPingTimeout=PING_SECONDS,
        autoPingRestartOnAnyTraffic=True,
        serveFlashSocketPolicy=False,
        allowedOrigins=["*"],
        allowNullOrigin=True,
        trustXForwardedFor=0,
    )
    # Autobahn 26.10 copies each setting into every connection that lacks it, and prints them for a debug line
    # that nobody reads: 1.8 KiB, and a tenth of a handshake. A class has them once, and nothing to copy.
    settings = {name: _of_class(getattr(factory, name)) for name in WebSocketProtocol.CONFIG_ATTRS}
    tuned = type("TunedWebSocketProtocol", (WebSocketProtocol,), settings | {"CONFIG_ATTRS": ()})
    factory.protocol = partial(tuned, frontend)  # type: ignore[assignment]  # any callable will do
    return factory


def is_utf8(payload: bytes) -> bool:
    """Whether it is text. Where no field is read, the JSON decoder does not look (msgspec 0.22)."""
    try:
        payload.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_class(setting: object) -> object:
    """So that a function stays one when it is looked up through an instance."""
    return staticmethod(setting) if callable(setting) else setting


class WebSocketProtocol(WebSocketServerProtocol):
    """One browser or script; the client of its session."""

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self.frontend = frontend
        self.session: Session | None = None
        self.outbox: Outbox
        self._inbox: Inbox | None = None
        self._address = ""
        self._account: Account | None = None
        self._digest: bytes | None = None
        self._received_bytes = 0
        self._entered_at: float | None = None
        self._why = "lost"
        self._refusal: ChatError | None = None
        self._discarded_bytes = 0

    # The handshake.

    def onConnect(self, request: ConnectionRequest) -> Deferred[None]:  # type: ignore[override]  # Autobahn waits for it
        return Deferred.fromCoroutine(self._admit(request.headers))

    async def _admit(self, headers: dict[str, str]) -> None:
        try:
            self._enter(headers)
            await self._recognise(headers)
            if self.state == self.STATE_CLOSED:
                # Autobahn 26.10 would open a connection that was lost meanwhile, and nobody would close it.
                raise ChatError(Code.UNAVAILABLE, "The connection was lost.")
        except ChatError as error:
            self._refusal = error
            raise ConnectionDeny(HTTP_STATUS[error.code], error.text) from None

    def sendHttpErrorResponse(self, code: int, reason: str, responseHeaders: object = None) -> None:
        # Not super(): it sends neither our headers nor an answer that a program can read.
        error = self._refusal or ChatError(Code.BAD_REQUEST, "This is no handshake of a WebSocket.")
        body = json.encode(Error(code=error.code, text=error.text, retry_ms=error.retry_ms))
        tls = bool(self._transport_details.is_secure)
        self.sendData(
            plain_response(code, body, refusal_headers(error.retry_ms), secure=tls, kind="application/json")
        )

    def _enter(self, headers: dict[str, str]) -> None:
        registry, gate = self.frontend.registry, self.frontend.gate
        if "origin" in headers:
            gate.check(headers["origin"], headers.get("host"), own_port(connection_of(self)))
        if registry.stopping:
            raise ChatError(Code.UNAVAILABLE, CLOSINGS[Close.RESTART].text)
        self._address = gate.address(peer_host(connection_of(self)), headers.get("x-forwarded-for"))
        registry.admit(self._address)
        self._entered_at = monotonic()

    async def _recognise(self, headers: dict[str, str]) -> None:
        """Log in whoever brings a cookie or a bearer token; an ended one brings nobody."""
        registry = self.frontend.registry
        token = token_from(
            headers.get("cookie") if "origin" in headers else None,
            headers.get("authorization"),
            secure=self._is_secure(headers),
            port=own_port(connection_of(self)),
        )
        if token is None:
            return
        try:
            self._account = await registry.accounts.by_token(token, self._address, registry.now)
        except ChatError as error:
            if error.code is not Code.WRONG_TOKEN:
                raise
        else:
            self._digest = registry.accounts.digest(token)
            registry.lease(self._account.user)

    def _is_secure(self, headers: dict[str, str]) -> bool:
        tls = bool(self._transport_details.is_secure)
        return self.frontend.gate.secure(
            peer_host(connection_of(self)), tls, headers.get("x-forwarded-proto")
        )

    def onOpen(self) -> None:
        frontend, registry = self.frontend, self.frontend.registry
        connection_of(self).unregisterProducer()  # the HTTP channel, which has given the connection away
        tune(connection_of(self))
        self._inbox = Inbox(frontend.turns, connection_of(self), self._take)
        self.outbox = Outbox(
            frontend.flusher,
            connection_of(self),
            frontend.wire,
            owed_bytes=registry.limits.owed_bytes,
            on_stalled=self.stalled,
            inbox=self._inbox,
        )
        self.session = Session(
            registry,
            self,
            frontend="web",
            address=self._address,
            follow=False,
            passwords=frontend.allow_plaintext_login
            or self._is_secure(self.http_headers)
            or is_loopback(self._address),
            local=frontend.gate.local_request(peer_ip(connection_of(self)), self.http_headers.get),
        )
        for name in HANDSHAKE_LEFTOVERS:
            self.__dict__.pop(name, None)
        self.is_closed.addCallback(lambda protocol: None)  # it would keep the connection as its own result
        frontend.connections[self] = None
        self.session.open(self._account, self._digest)

    # What comes in.

    def dataReceived(self, data: bytes) -> None:
        self._received_bytes += len(data)
        if self._inbox is None or self.failedByMe:
            self._take(data)
        else:
            self._inbox.receive(data)

    def _take(self, data: bytes) -> None:
        # Not super(): Autobahn 26.10 formats a coloured debug line here for each segment, logged or not.
        if self.failedByMe:
            self._discard(data)
            return
        if self.state == self.STATE_OPEN and not (self.data or self.current_frame or self.inside_message):
            data = self._take_whole_frames(data)
        if data:
            self._dataReceived(data)
        if self.failedByMe:
            self._discard(self.data)
            self.data = b""

    def _take_whole_frames(self, data: bytes) -> bytes:
        """Carry out the commands that this begins with, each a frame of its own; the rest is for Autobahn."""
        at = 0
        while self.state == self.STATE_OPEN and self.session is not None and not self.failedByMe:
            found = text_payload(data, at, self.frontend.command_bytes)
            if found is None:
                break
            payload, at = found
            self._hear(self.session, payload)
            if self.autoPingTimeoutCall:
                self._cancelAutoPingTimeoutCall()
        return data[at:] if at else data

    def _discard(self, data: bytes) -> None:
        """After a fault nothing is looked at any more (RFC 6455 section 7.1.7).

        The connection stays for a moment, so that our close frame is read: a socket that is closed before
        all that came was read takes back what it sent. Autobahn ends it when that has lasted two seconds.
        """
        self._discarded_bytes += len(data)
        if data[:1] == CLOSE_FRAME or self._discarded_bytes > DISCARDED_MOST:
            connection_of(self).loseConnection()

    def onMessageFrameData(self, payload: bytes) -> None:
        # An empty one is not kept: of those a message may have any number.
        if payload and self.message_data_total_length <= self.frontend.command_bytes:
            super().onMessageFrameData(payload)

    def onPing(self, payload: bytes) -> None:
        # Not super(): it writes past the outbox, and so without a bound to somebody who reads nothing.
        if self.session is not None:
            self.outbox.send(json.pong(payload))

    def onMessageEnd(self) -> None:
        # Not super(): it would also fire an event of Autobahn's own for each message.
        if self.failedByMe or self.session is None:
            return
        data, self.message_data = self.message_data, []
        if self.message_data_total_length > self.frontend.command_bytes:
            error = ChatError(Code.TOO_LONG, f"A command has at most {self.frontend.command_bytes} bytes.")
            self.session.refuse(error, None)
        elif self.message_is_binary:
            self.session.refuse(ChatError(Code.BAD_REQUEST, "A command comes in a text frame."), None)
        else:
            self._hear(self.session, b"".join(data))

    def _hear(self, session: Session, payload: bytes) -> None:
        if not is_utf8(payload):
            self._invalid_payload("a text frame that is not UTF-8")
            return
        try:
            command = json.decode(payload)
            if isinstance(command, json.Malformed):
                session.refuse(command.error, command.id)
            else:
                session.receive(command)
        except Exception:
            log.failure("a frame could not be handled")
            session.close(Close.BROKEN)

    # The client of the session.

    def send(self, event: Event) -> None:
        """Owe an event to this connection alone."""
        page_of = event.room if isinstance(event, Attached) else 0
        self.outbox.send(json.frame(json.encode(event)), page_of)

    def read_on(self, wanted: bool) -> None:
        """Whether more commands are wanted."""
        self.outbox.read_on(wanted)

    def close(self, why: Close) -> None:
        """Send what is owed and the close code."""
        self._why = why.name.lower()
        closing = CLOSINGS[why]
        self.outbox.end(lambda: self.sendCloseFrame(closing.code, closing.text.encode()))

    def stalled(self) -> None:
        """Nothing was read for too long."""
        if self.session is not None:
            self.session.close(Close.TOO_SLOW)

    def finish(self) -> None:
        """The server stops: carry out what came, then say goodbye."""
        if self.session is not None:
            self.session.finish(Close.RESTART)

    def abort(self) -> None:
        """The server has waited long enough."""
        connection_of(self).abortConnection()

    # The end.

    def sendCloseFrame(
        self, code: int | None = None, reasonUtf8: bytes | None = None, isReply: bool = False
    ) -> None:
        if self.session is not None:
            self.outbox.mute()  # nothing may follow a close frame (RFC 6455 section 5.5.1)
        super().sendCloseFrame(code, reasonUtf8, isReply)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        registry = self.frontend.registry
        if self._entered_at is not None:
            registry.doors.leave(self._address)
        if self.session is None:
            return
        del self.frontend.connections[self]
        why = self._why if code is None or self._why != "lost" else f"close {code}"
        begun_at = self._entered_at or monotonic()
        log_end("websocket", self.session, begun_at, self._received_bytes, self.outbox.sent_bytes, why)
        session, self.session = self.session, None
        self.outbox.gone()
        if self._inbox is not None:
            self._inbox.lose(lambda: None)
        session.lost()
