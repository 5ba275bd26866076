"""The HTTP frontend: the page, the browser's login, and the door to the WebSocket, on one port."""

import gzip
import hashlib
import mimetypes
from collections.abc import Awaitable, Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import AnyStr, cast

import msgspec
from autobahn.twisted.resource import WebSocketResource
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.http import NOT_MODIFIED
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

from chatd.frontends.gate import cookie, token_from
from chatd.frontends.sockets import Connection, is_loopback, own_port, peer_host, peer_ip
from chatd.frontends.websocket import WebSocketFrontend, hardened_factory
from chatd.model import HTTP_STATUS, Account, ChatError, Code, Done, Error, LoggedIn
from chatd.wires import json

log = Logger()

BODY_BYTES_MOST = 65_536
IDLE_SECONDS = 60
"""How long an HTTP connection may take for a request, or stay open between two."""

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

METHODS = (b"GET", b"HEAD", b"POST")

NOT_BUILT = b"""<!doctype html><title>chatd</title>
<p>chatd runs, but its page was not built. In a checkout: <code>make run</code>.</p>
"""


class LimitedRequest(Request):
    """A request whose body is bounded while it comes in, and whose every answer carries our headers."""

    body_bytes = 0

    def handleContentChunk(self, data: bytes) -> None:
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

    def process(self) -> None:
        for name, value in HEADERS.items():
            self.setHeader(name, value)
        if self.isSecure():
            self.setHeader("Strict-Transport-Security", "max-age=31536000")
        if self.method in METHODS:
            super().process()
        else:
            self.write(_not_allowed(self))
            self.finish()

    def write(self, data: bytes) -> None:
        if not self.startedWriting:
            self.setHeader("Server", "chatd")  # Twisted has put its own name and version there
        super().write(data)


def make_site(websockets: WebSocketFrontend) -> Site:
    """The site: `/` and the rooms' addresses, `/assets/…`, `/api/…`, `/ws`."""
    root = Page(files("chatd").joinpath("static"))
    root.putChild(b"ws", Upgrade(websockets))
    api = Api()
    for name, call in (("login", _login), ("register", _register), ("guest", _guest), ("logout", _logout)):
        api.putChild(name.encode(), Call(websockets, call))
    root.putChild(b"api", api)
    # Twisted 26 would parse forms and multipart bodies in memory: none of them is wanted here.
    site = Site(root, requestFactory=LimitedRequest, timeout=IDLE_SECONDS, parsePOSTFormSubmission=False)
    site.displayTracebacks = False
    site.noisy = False
    return site


# The page.


class _File:
    """One file of the page, in memory, plain and compressed."""

    __slots__ = ("cache", "data", "kind", "tag", "zipped")

    def __init__(self, path: str, data: bytes) -> None:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        self.data = data
        self.zipped = gzip.compress(data, mtime=0) if kind.startswith(("text/", "image/svg")) else None
        self.tag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
        self.cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"


class Page(Resource):
    """The built web client. `/r/…`, `/dm/…` and `/join/…` are places in it, and give the same document."""

    def __init__(self, directory: Traversable) -> None:
        super().__init__()
        self._files = {path: _File(path, item.read_bytes()) for path, item in _walk(directory, "")}

    def getChild(self, path: bytes, request: Request) -> Resource:
        return self

    def render_POST(self, request: Request) -> bytes:
        return _not_allowed(request)

    def render_GET(self, request: Request) -> bytes:
        path = request.path.decode("latin-1").lstrip("/")
        inside = path == "" or path.startswith(("r/", "dm/", "join/"))
        file = self._files.get("index.html" if inside else path)
        if file is None and not inside:
            return _nothing(request)
        if file is None:
            request.setResponseCode(503)
            request.setHeader("Content-Type", "text/html; charset=utf-8")
            return NOT_BUILT
        request.setHeader("Content-Type", file.kind)
        request.setHeader("Cache-Control", file.cache)
        if request.setETag(file.tag.encode()) == NOT_MODIFIED:
            return b""
        if file.zipped is None:
            return file.data
        request.setHeader("Vary", "Accept-Encoding")
        if "gzip" not in (request.getHeader("accept-encoding") or ""):
            return file.data
        request.setHeader("Content-Encoding", "gzip")
        return file.zipped


def _walk(directory: Traversable, prefix: str) -> list[tuple[str, Traversable]]:
    if not directory.is_dir():
        return []
    found: list[tuple[str, Traversable]] = []
    for item in directory.iterdir():
        path = prefix + item.name
        found.extend(_walk(item, path + "/") if item.is_dir() else [(path, item)])
    return found


# The WebSocket.


class Upgrade(Resource):
    """Gives the connection to Autobahn, unless a page asks that may not."""

    isLeaf = True

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._gate = frontend.gate
        self._websocket = WebSocketResource(hardened_factory(frontend))

    def render_GET(self, request: Request) -> bytes | int:
        origin = request.getHeader("origin")
        try:
            if origin is not None:
                self._gate.check(origin, request.getHeader("host"), own_port(_connection(request)))
            if (request.getHeader("upgrade") or "").lower() != "websocket":
                raise ChatError(Code.BAD_REQUEST, "This is the address of a WebSocket.")
        except ChatError as error:
            return _refusal(request, error)
        channel = request.channel
        answer = self._websocket.render(request)
        # The channel has given its connection away: each keeps the other in memory, until somebody looks.
        channel.requests.clear()
        return cast(int, answer)

    def render_POST(self, request: Request) -> bytes:
        return _not_allowed(request)


# Logging in.


class Credentials(msgspec.Struct):
    """The body of a login."""

    name: str = ""
    password: str = ""
    code: str | None = None
    invitation: str | None = None


class Caller:
    """One call of the API: who asks, from where."""

    def __init__(self, frontend: WebSocketFrontend, request: Request) -> None:
        """Raises ChatError `bad_origin` when a page asks that may not, or none is named."""
        peer = peer_host(_connection(request))
        gate, registry = frontend.gate, frontend.registry
        self.registry = registry
        self.port = own_port(_connection(request))
        self.secure = gate.secure(peer, request.isSecure(), request.getHeader("x-forwarded-proto"))
        self.address = gate.address(peer, request.getHeader("x-forwarded-for"))
        self.passwords = self.secure or frontend.allow_plaintext_login or is_loopback(self.address)
        self.local = gate.local_request(peer_ip(_connection(request)), request.getHeader)
        origin = request.getHeader("origin")
        if origin is None:
            raise ChatError(
                Code.BAD_ORIGIN, "This sets a cookie, so it needs an Origin. Scripts log in at /ws."
            )
        gate.check(origin, request.getHeader("host"), self.port)
        self.token = token_from(request.getHeader("cookie"), None, secure=self.secure, port=self.port)

    def check_password_allowed(self) -> None:
        """Raise ChatError unless a password may be sent through this connection."""
        if not self.passwords:
            raise ChatError(
                Code.FORBIDDEN, "Passwords are not taken over an unencrypted connection. Use TLS."
            )


class Api(Resource):
    """The calls below `/api/`."""

    def getChild(self, path: bytes, request: Request) -> Resource:
        return self

    def render(self, request: Request) -> bytes:
        return _nothing(request)


class Call(Resource):
    """One POST of the API: JSON in, JSON and perhaps a cookie out."""

    isLeaf = True

    def __init__(
        self, frontend: WebSocketFrontend, call: Callable[[Caller, Credentials], Awaitable[Account | None]]
    ) -> None:
        super().__init__()
        self._frontend = frontend
        self._call = call

    def render_GET(self, request: Request) -> bytes:
        return _not_allowed(request)

    def render_POST(self, request: LimitedRequest) -> int:
        Deferred.fromCoroutine(self._answer(request))
        return NOT_DONE_YET

    async def _answer(self, request: LimitedRequest) -> None:
        gone: list[Failure] = []
        request.notifyFinish().addErrback(gone.append)
        try:
            body = await self._carry_out(request)
        except ChatError as error:
            body = _refusal(request, error)
        except Exception:
            log.failure("a call of the API failed")
            body = _refusal(request, ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))
        if not gone:  # what was asked for is done to its end all the same
            request.setHeader("Content-Length", str(len(body)))
            request.write(body)
            request.finish()

    async def _carry_out(self, request: LimitedRequest) -> bytes:
        if request.body_bytes > BODY_BYTES_MOST:
            raise ChatError(Code.TOO_LONG, f"A body has at most {BODY_BYTES_MOST} bytes.")
        kind = (request.getHeader("content-type") or "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise ChatError(Code.BAD_REQUEST, "The body must be JSON: Content-Type: application/json.")
        caller = Caller(self._frontend, request)
        try:
            credentials = msgspec.json.decode(_body(request) or b"{}", type=Credentials)
        except RecursionError:
            raise ChatError(Code.BAD_REQUEST, "The body is nested too deeply.") from None
        except (msgspec.DecodeError, UnicodeDecodeError) as problem:
            raise ChatError(Code.BAD_REQUEST, f"{problem}.") from None
        account = await self._call(caller, credentials)
        token, answer = "", json.encode(Done())
        if account is not None:
            caller.registry.lease(account.user)
            token = await caller.registry.accounts.new_token(account, "web", caller.address)
            answer = json.encode(LoggedIn(user=account.user, rooms=[]))
        request.setHeader("Set-Cookie", cookie(token, secure=caller.secure, port=caller.port))
        return _json(request, answer)


async def _login(caller: Caller, credentials: Credentials) -> Account | None:
    caller.check_password_allowed()
    registry = caller.registry
    return await registry.accounts.by_password(
        credentials.name, credentials.password, caller.address, registry.now, credentials.code
    )


async def _register(caller: Caller, credentials: Credentials) -> Account | None:
    caller.check_password_allowed()
    registry = caller.registry
    return await registry.accounts.register(
        credentials.name,
        credentials.password,
        caller.address,
        registry.now,
        credentials.invitation,
        local=caller.local,
    )


async def _guest(caller: Caller, credentials: Credentials) -> Account | None:
    return await caller.registry.accounts.guest(credentials.name, caller.address, caller.registry.now)


async def _logout(caller: Caller, credentials: Credentials) -> Account | None:
    if caller.token is not None:
        registry = caller.registry
        account = await registry.accounts.by_token(caller.token, caller.address, registry.now)
        digest = registry.accounts.digest(caller.token)
        if await registry.store.drop_token(digest):
            registry.log_out(account.user.id, digest)
        registry.lease(account.user)
    return None


def _connection(request: Request) -> Connection:
    return cast(Connection, request.transport)


def _body(request: Request) -> bytes:
    return b"" if request.content is None else cast(bytes, request.content.read())


def _json(request: Request, body: bytes) -> bytes:
    request.setHeader("Content-Type", "application/json")
    request.setHeader("Cache-Control", "no-store")
    return body


def _nothing(request: Request) -> bytes:
    return _plain(request, 404, b"There is nothing here.\n")


def _not_allowed(request: Request) -> bytes:
    return _plain(request, 405, b"This address does not take this method.\n")


def _plain(request: Request, status: int, text: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader("Content-Type", "text/plain; charset=utf-8")
    request.setHeader("Content-Length", str(len(text)))
    return text


def _refusal(request: Request, error: ChatError) -> bytes:
    request.setResponseCode(HTTP_STATUS[error.code])
    if error.retry_ms is not None:
        request.setHeader("Retry-After", str(-(-error.retry_ms // 1000)))
    return _json(request, json.encode(Error(code=error.code, text=error.text, retry_ms=error.retry_ms)))
