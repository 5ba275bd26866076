"""HTTP requests: what bounds them, who makes them, and how they are answered."""

from collections.abc import Awaitable, Callable
from typing import AnyStr, Protocol, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request

from chatd.frontends.channel import HEADERS, TLS_HEADERS, plain_response, refusal_headers
from chatd.frontends.gate import token_from
from chatd.frontends.sockets import Connection, is_loopback, own_port, peer_host, peer_ip
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import HTTP_STATUS, ChatError, Code, Error
from chatd.wires import json

log = Logger()

BODY_BYTES_MOST = 65_536
KEY_CHARS_MOST = 64


class BodyTaker(Protocol):
    """Takes the body of one request as it comes, and gives the answer."""

    def begin(self) -> None:
        """The headers are there."""

    def chunk(self, data: bytes) -> None:
        """Some of the body."""

    def whole(self) -> None:
        """That was all of it."""

    def lost(self) -> None:
        """The connection is gone."""


class BodyTakers(Protocol):
    """Knows which requests have a body that is taken as it comes."""

    def take(
        self, request: "LimitedRequest", method: bytes, target: bytes, length: int | None
    ) -> BodyTaker | None:
        """Who takes the body of this one, of so many bytes (None: nobody knows); None: nobody does."""


class TakingSite(Protocol):
    """The part of a site that requests ask for it."""

    uploads: BodyTakers | None


class LimitedRequest(Request):
    """A request whose body is bounded while it comes in, and whose every answer carries our headers.

    A resource may say in `methods` which it takes; one that does not looks for itself.
    """

    body_bytes = 0
    taker: BodyTaker | None = None
    """Takes the body as it comes, whatever its length, and gives the answer."""

    def gotLength(self, length: int | None) -> None:
        takers = cast(TakingSite, self.channel.site).uploads  # type: ignore[attr-defined]  # Site gives it one
        if takers is not None:
            # Twisted 26.10 tells a request what it is when its body has come.
            self.taker = takers.take(self, self.channel._command, self.channel._path, length)
        super().gotLength(length if self.taker is None else 0)
        if self.taker is not None:
            self.taker.begin()

    def handleContentChunk(self, data: bytes) -> None:
        if self.taker is not None:
            self.taker.chunk(data)
            return
        self.body_bytes += len(data)
        if self.body_bytes <= BODY_BYTES_MOST:
            super().handleContentChunk(data)
        elif self.body_bytes > 16 * BODY_BYTES_MOST:
            self.channel.loseConnection()

    def getHeader(self, key: AnyStr) -> AnyStr | None:
        # Twisted 26.10 decodes UTF-8, and raises for any other byte that somebody sent.
        if isinstance(key, bytes):
            return super().getHeader(key)
        value = super().getHeader(key.encode())
        return None if value is None else value.decode("latin-1")

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        if self.taker is not None:
            self.taker.lost()

    def process(self) -> None:
        for name, value in (HEADERS | TLS_HEADERS if self.isSecure() else HEADERS).items():
            self.setHeader(name, value)
        if self.taker is None:
            super().process()
        else:
            self.taker.whole()

    def render(self, resource: Resource) -> None:
        methods: tuple[bytes, ...] | None = getattr(resource, "methods", None)
        if methods is None or self.method in methods:
            super().render(_Headers(resource) if self.method == b"HEAD" else resource)
            return
        self.setHeader("Allow", b", ".join(methods))
        self.write(_plain(self, 405, b"This address does not take this method.\n"))
        self.finish()

    def write(self, data: bytes) -> None:
        if not self.startedWriting:
            self.setHeader("Server", "chatd")  # Twisted has put its own name and version there
        super().write(data)


class _Headers(Resource):
    """A resource without its body, which Twisted would take for a mistake in a HEAD, and log."""

    isLeaf = True

    def __init__(self, resource: Resource) -> None:
        super().__init__()
        self._resource = resource

    def render(self, request: Request) -> bytes | int:
        body = self._resource.render(request)
        if not isinstance(body, bytes):
            return NOT_DONE_YET
        request.setHeader("Content-Length", str(len(body)))
        return b""


class Caller:
    """Who makes a request, and from where."""

    def __init__(self, frontend: WebSocketFrontend, request: Request, *, reads: bool = False) -> None:
        """Raises ChatError `bad_origin` when a page asks that may not.

        `reads`: nothing can be changed by the request, so it needs no Origin, which a browser does not send
        with an image of our own page; one that says that it comes from elsewhere has no cookie.
        """
        peer = peer_host(connection(request))
        gate, registry = frontend.gate, frontend.registry
        self.registry = registry
        self.port = own_port(connection(request))
        self.secure = gate.secure(peer, request.isSecure(), request.getHeader("x-forwarded-proto"))
        self.address = gate.address(peer, request.getHeader("x-forwarded-for"))
        self.passwords = self.secure or frontend.allow_plaintext_login or is_loopback(self.address)
        self.local = gate.local_request(peer_ip(connection(request)), request.getHeader)
        self.origin = request.getHeader("origin")
        if self.origin is not None:
            gate.check(self.origin, request.getHeader("host"), self.port)
        authorization = request.getHeader("authorization")
        self.bearer = authorization is not None
        ours = request.getHeader("sec-fetch-site") in (None, "same-origin", "none")
        named = self.origin is not None or (reads and ours)
        cookies = request.getHeader("cookie") if named else None
        self.token = token_from(cookies, authorization, secure=self.secure, port=self.port)

    def check_page(self) -> None:
        """Raise ChatError `bad_origin` unless it names the page that it comes from."""
        if self.origin is None:
            raise ChatError(
                Code.BAD_ORIGIN, "This sets a cookie, so it needs an Origin. Scripts log in at /ws."
            )

    def check_password_allowed(self) -> None:
        """Raise ChatError unless a password may be sent through this connection."""
        if not self.passwords:
            raise ChatError(
                Code.FORBIDDEN, "Passwords are not taken over an unencrypted connection. Use TLS."
            )


def answer_later(request: Request, work: Callable[[], Awaitable[bytes]]) -> int:
    """Answer with what this gives, or with its refusal; what was asked for is done to its end all the same
    when nobody waits for the answer any more."""
    Deferred.fromCoroutine(_answer(request, work))
    return NOT_DONE_YET


async def _answer(request: Request, work: Callable[[], Awaitable[bytes]]) -> None:
    gone: list[Failure] = []
    request.notifyFinish().addErrback(gone.append)
    try:
        body = await work()
    except ChatError as error:
        body = refusal(request, error)
    except Exception:
        log.failure("a call of the API failed")
        body = refusal(request, ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))
    if not gone:
        request.setHeader("Content-Length", str(len(body)))
        request.write(body)
        request.finish()


def connection(request: Request) -> Connection:
    """What the request came through."""
    return cast(Connection, request.transport)


def idempotency_key(request: Request) -> str | None:
    """The sender's own name for what this request says; raises ChatError."""
    key = request.getHeader("idempotency-key")
    if key is None:
        return None
    key = key.strip().strip('"')
    if not 1 <= len(key) <= KEY_CHARS_MOST:
        raise ChatError(Code.BAD_REQUEST, f"An Idempotency-Key has 1 to {KEY_CHARS_MOST} characters.")
    return key


def body_of(request: Request) -> bytes:
    """What came, perhaps nothing; raises ChatError `too_long`."""
    if cast(LimitedRequest, request).body_bytes > BODY_BYTES_MOST:
        raise ChatError(Code.TOO_LONG, f"A body has at most {BODY_BYTES_MOST} bytes.")
    return b"" if request.content is None else cast(bytes, request.content.read())


def body_fault(request: Request) -> ChatError | None:
    """Why a body like this cannot be read, whatever is in it; the status is 415."""
    kind = (request.getHeader("content-type") or "").partition(";")[0].strip().lower()
    if kind != "application/json" and (kind or cast(LimitedRequest, request).body_bytes):
        return ChatError(Code.BAD_REQUEST, "The body must be JSON: Content-Type: application/json.")
    if (request.getHeader("content-encoding") or "identity").strip().lower() != "identity":
        return ChatError(Code.BAD_REQUEST, "A body is taken as it is: send no Content-Encoding.")
    return None


def as_json(request: Request, body: bytes) -> bytes:
    """An answer in JSON, which nobody may keep."""
    request.setHeader("Content-Type", "application/json")
    request.setHeader("Cache-Control", "no-store")
    return body


def refusal(request: Request, error: ChatError, status: int | None = None) -> bytes:
    """A refusal in JSON, with the status that goes with it, or with another one."""
    return as_error(request, Error(code=error.code, text=error.text, retry_ms=error.retry_ms), status)


def early_refusal(error: ChatError, *, secure: bool) -> bytes:
    """The whole response to a request whose body has not come; the last one of its connection."""
    status, body = HTTP_STATUS[error.code], Error(code=error.code, text=error.text, retry_ms=error.retry_ms)
    headers = refusal_headers(error.retry_ms) | ({"WWW-Authenticate": "Bearer"} if status == 401 else {})
    return plain_response(status, json.encode(body), headers, secure=secure, kind="application/json")


def as_error(request: Request, error: Error, status: int | None = None) -> bytes:
    """The same for an answer."""
    refusal_head(request, error, status)
    return as_json(request, json.encode(error))


def refusal_head(request: Request, error: Error | ChatError, status: int | None = None) -> None:
    """The status of a refusal, and what is told before its body."""
    status = status or HTTP_STATUS[error.code]
    request.setResponseCode(status)
    if status == 401:
        request.setHeader("WWW-Authenticate", "Bearer")
    for name, value in refusal_headers(error.retry_ms).items():
        request.setHeader(name, value)


def nothing(request: Request) -> bytes:
    """There is no such place."""
    return _plain(request, 404, b"There is nothing here.\n")


def _plain(request: Request, status: int, text: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    request.setHeader("Content-Length", str(len(text)))
    return text
