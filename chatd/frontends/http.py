"""The HTTP frontend: the page, the API and the door to the WebSocket, on one port."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from typing import cast

from autobahn.twisted.resource import WebSocketResource
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

from chatd.frontends.api import make_api
from chatd.frontends.channel import Channel, channel_of
from chatd.frontends.conditions import precondition, takes_gzip
from chatd.frontends.downloads import Downloads
from chatd.frontends.handshake import VERSION, fault, speaks_our_version
from chatd.frontends.hooks import HookPlaces
from chatd.frontends.requests import LimitedRequest, connection, nothing, refusal
from chatd.frontends.sockets import own_port
from chatd.frontends.texts import Texts
from chatd.frontends.uploads import UploadSite
from chatd.frontends.websocket import WebSocketFrontend, hardened_factory
from chatd.model import ChatError, Code

IDLE_SECONDS = 60
"""How long an HTTP connection may take for a request, its idle time before included."""

PLACES = frozenset({"", "settings", "admin"})
ROUTES = ("r/", "dm/", "join/", "settings/", "admin/")
"""Where the page's own addresses begin."""

NOT_BUILT = b"""<!doctype html><title>chatd</title>
<p>chatd runs, but its page was not built. In a checkout: <code>make run</code>.</p>
"""


class ChatSite(Site):
    """The site, which may take bodies of any length."""

    uploads: UploadSite | None = None


def make_site(
    websockets: WebSocketFrontend,
    uploads: UploadSite | None = None,
    downloads: Mapping[bytes, Downloads] = {},
    texts: Texts | None = None,
) -> Site:
    """The site: `/` and the rooms' addresses, `/assets/…`, `/api/…`, `/ws`, the rooms as text,
    `/rooms/…`, and below each of `downloads` what is served there."""
    root = Root(Page(resources.files("chatd").joinpath("static")))
    root.putChild(b"ws", Upgrade(websockets))
    root.putChild(b"api", make_api(websockets))
    if texts is not None:
        root.putChild(b"rooms", texts)
    root.putChild(b"hook", HookPlaces(websockets))
    # Twisted 26 would parse forms and multipart bodies in memory: none of them is wanted here.
    site = ChatSite(root, requestFactory=LimitedRequest, timeout=IDLE_SECONDS, parsePOSTFormSubmission=False)
    channel = partial(Channel, websockets.registry.callers, websockets.gate, websockets.turns)
    site.protocol = channel  # type: ignore[assignment]  # any callable will do
    site.displayTracebacks = False
    site.noisy = False
    site.uploads = uploads
    for path, contents in downloads.items():
        root.putChild(path, contents)
    return site


# The page.


class _File:
    """One file of the page, in memory, plain and compressed."""

    __slots__ = ("cache", "data", "kind", "tag", "zipped", "zipped_tag")

    def __init__(self, path: str, data: bytes) -> None:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        self.kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
        self.data = data
        self.zipped = gzip.compress(data, mtime=0) if kind.startswith(("text/", "image/svg")) else None
        digest = hashlib.sha256(data).hexdigest()[:16]
        self.tag, self.zipped_tag = f'"{digest}"', f'"{digest}-gzip"'
        self.cache = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"


class Page(Resource):
    """The built web client. `/r/…`, `/dm/…`, `/join/…`, `/settings…`, `/admin…` are places in it: the same
    document."""

    isLeaf = True
    methods = (b"GET", b"HEAD")

    def __init__(self, directory: Traversable) -> None:
        super().__init__()
        self._files = {path: _File(path, item.read_bytes()) for path, item in _walk(directory, "")}

    def render_GET(self, request: Request) -> bytes:
        path = request.path.decode("latin-1").lstrip("/")
        inside = path in PLACES or path.startswith(ROUTES)
        file = self._files.get("index.html" if inside else path)
        if file is None and not inside:
            return nothing(request)
        if file is None:
            request.setResponseCode(503)
            request.setHeader("Content-Type", "text/html; charset=utf-8")
            return NOT_BUILT
        request.setHeader("Content-Type", file.kind)
        request.setHeader("Cache-Control", file.cache)
        data, tag = file.data, file.tag
        if file.zipped is not None:
            request.setHeader("Vary", "Accept-Encoding")
            if takes_gzip(request.getHeader("accept-encoding")):
                data, tag = file.zipped, file.zipped_tag
                request.setHeader("Content-Encoding", "gzip")
        request.setHeader("ETag", tag)
        status = precondition(tag, request.getHeader("if-match"), request.getHeader("if-none-match"))
        if status is None:
            return data
        request.setResponseCode(status)
        return b""


class Root(Resource):
    """What has an address of its own is its child; all else is the page's, `/r/api` too."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def getChild(self, path: bytes, request: Request) -> Resource:
        return self._page


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
    methods = (b"GET",)

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._gate = frontend.gate
        self._websocket = WebSocketResource(hardened_factory(frontend))

    def render_GET(self, request: Request) -> bytes | int:
        origin = request.getHeader("origin")
        try:
            if origin is not None:
                self._gate.check(origin, request.getHeader("host"), own_port(connection(request)))
            wrong = fault(request.clientproto, request.requestHeaders)
            if wrong is not None:
                raise ChatError(Code.BAD_REQUEST, wrong)
        except ChatError as error:
            return refusal(request, error)
        if not speaks_our_version(request.requestHeaders):
            return _upgrade_required(request)
        for unspoken in (b"Sec-WebSocket-Protocol", b"Sec-WebSocket-Extensions"):
            request.requestHeaders.removeHeader(unspoken)
        channel = channel_of(request)
        transport = channel.transport
        answer = self._websocket.render(request)
        channel.given_away(transport)
        return cast(int, answer)


def _upgrade_required(request: Request) -> bytes:
    error = ChatError(Code.BAD_REQUEST, f"Version {VERSION} of WebSocket is spoken here.")
    request.setHeader("Sec-WebSocket-Version", VERSION)
    request.setHeader("Upgrade", "websocket")
    request.setHeader("Connection", "Upgrade")
    return refusal(request, error, 426)
