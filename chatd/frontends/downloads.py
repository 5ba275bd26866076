"""Files that go out by HTTP: `/f/ID/NAME`, to whoever may read the room, which is asked at every request; and
`/icons/ID`, the images by which users and rooms are shown, to whoever may see those."""

import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, Protocol
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from chatd.core.ports import FileStore
from chatd.core.reading import readable, visible_icon
from chatd.core.registry import Registry
from chatd.frontends.conditions import precondition
from chatd.frontends.requests import Caller, refusal
from chatd.frontends.signing import Signer
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import ChatError, Code, FileSize, IconSize, User
from chatd.model.media import SAFE, SMALL_TYPE

log = Logger()

SLICE_BYTES = 256 * 1024
"""What is read at once, in a thread, when the slice before has left."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; img-src 'self'; media-src 'self'; "
    "style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox",
    "Cache-Control": "private, max-age=31536000, immutable",
    "Accept-Ranges": "bytes",
    "Vary": "Cookie, Authorization",
}
"""What is served came from somebody else: whatever a browser makes of it, it carries nothing out."""

_SIZES: dict[str, FileSize] = {"": "", "small": "small", "large": "large"}
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


class Span(NamedTuple):
    """Bytes from `start` up to, but without, `end`."""

    start: int
    end: int


class Served(NamedTuple):
    """What an answer consists of."""

    digest: bytes
    """Under which the file store has it."""
    kind: str
    """Its media type."""
    name: str
    """What it is saved as."""


Asker = Callable[[], Awaitable[User]]
"""Who asks; raises ChatError where that is nobody who is logged in."""


class Place(Protocol):
    """What is served below one address."""

    def find(self, request: Request, id: str, asker: Asker) -> Awaitable[Served]:
        """What has this id, if it is for who asks; raises ChatError."""


class Files:
    """Below `/f/`."""

    def __init__(self, registry: Registry, signer: Signer) -> None:
        self._registry = registry
        self._signer = signer

    async def find(self, request: Request, id: str, asker: Asker) -> Served:
        user = None
        if b"sign" not in (request.args or {}):
            user = await asker()
        elif not self._signer.opens(id, _word(request, b"until"), _word(request, b"sign")):
            raise ChatError(Code.NO_SUCH_FILE, "This link has expired. Ask for the message again.")
        stored = await readable(self._registry, id, user)
        size = _SIZES.get(_word(request, b"size"), "")
        size = size if size in stored.contents else ""
        return Served(stored.contents[size], SMALL_TYPE if size else stored.file.type, stored.file.name)


class Icons:
    """Below `/icons/`."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def find(self, request: Request, id: str, asker: Asker) -> Served:
        stored = await visible_icon(self._registry, id, await asker())
        size: IconSize = "large" if _word(request, b"size") == "large" else "small"
        return Served(stored.contents[size], SMALL_TYPE, "icon.webp")


class Downloads(Resource):
    """Contents of the file store, each at the address that a place has for it."""

    isLeaf = True
    methods = (b"GET", b"HEAD")

    def __init__(self, frontend: WebSocketFrontend, disk: FileStore, place: Place) -> None:
        super().__init__()
        self._frontend = frontend
        self._disk = disk
        self._place = place

    def render(self, request: Request) -> int:
        Deferred.fromCoroutine(self._answer(request))
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        sending = Sending(request, self._disk)
        try:
            await sending.send(await self._find(request))
        except ChatError as error:
            sending.refuse(error)
        except Exception:
            log.failure("a file could not be served")
            sending.refuse(ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))

    async def _find(self, request: Request) -> Served:
        registry = self._frontend.registry
        caller = Caller(self._frontend, request, reads=True)
        registry.sanctions.check_address(caller.address, registry.now)

        async def asker() -> User:
            if caller.token is None:
                raise ChatError(Code.NOT_LOGGED_IN, "Log in to see this file.")
            return (await registry.accounts.by_token(caller.token, caller.address, registry.now)).user

        _, _, id, *_ = [*request.path.decode("latin-1").split("/"), ""]
        return await self._place.find(request, id, asker)


@implementer(IPushProducer)
class Sending:
    """One answer: as fast as its reader reads, and with no more in memory than one slice."""

    def __init__(self, request: Request, disk: FileStore) -> None:
        self._request = request
        self._disk = disk
        self._gone = False
        self._paused = False
        self._resumed: Deferred[None] | None = None
        request.notifyFinish().addErrback(self._lost)

    async def send(self, served: Served) -> None:
        """Answer with this; raises ChatError as long as nothing was written."""
        request, digest = self._request, served.digest
        length = await self._disk.length(digest)
        if self._gone:
            return
        disposition = "inline" if served.kind in SAFE else "attachment"
        request.setHeader("Content-Type", served.kind)
        request.setHeader(
            "Content-Disposition", f"{disposition}; filename*=UTF-8''{quote(served.name, safe='')}"
        )
        for name, value in HEADERS.items():
            request.setHeader(name, value)
        tag = f'"{digest.hex()}"'
        request.setHeader("ETag", tag)
        ends = precondition(tag, request.getHeader("if-match"), request.getHeader("if-none-match"))
        if ends is not None:
            request.setResponseCode(ends)
            request.setHeader("Content-Length", "0")
            request.finish()
            return
        span = span_of(request.getHeader, tag, length)
        if span is None:
            request.setResponseCode(416)
            request.setHeader("Content-Range", f"bytes */{length}")
            span = Span(0, 0)
        elif span != Span(0, length):
            request.setResponseCode(206)
            request.setHeader("Content-Range", f"bytes {span.start}-{span.end - 1}/{length}")
        request.setHeader("Content-Length", str(span.end - span.start))
        if request.method != b"HEAD":
            await self._write(digest, span)
        if not self._gone:
            request.write(b"")
            request.finish()

    async def _write(self, digest: bytes, span: Span) -> None:
        request, start = self._request, span.start
        request.registerProducer(self, True)
        try:
            while start < span.end and not self._gone:
                data = await self._disk.read(digest, start, min(SLICE_BYTES, span.end - start))
                if self._gone:
                    return
                if not data:
                    raise ChatError(Code.UNAVAILABLE, "The file ends too early.")
                request.write(data)
                start += len(data)
                if self._paused:
                    self._resumed = Deferred()
                    await self._resumed
        finally:
            if not self._gone:
                request.unregisterProducer()

    def refuse(self, error: ChatError) -> None:
        """It cannot be had; in the middle of it there is nothing left to say."""
        request = self._request
        if self._gone:
            return
        if request.startedWriting:
            self._gone = True
            request.loseConnection()
            return
        body = refusal(request, error)
        request.setHeader("Content-Length", str(len(body)))
        request.write(body)
        request.finish()

    # The producer of the connection.

    def pauseProducing(self) -> None:
        self._paused = True

    def resumeProducing(self) -> None:
        self._paused = False
        self._go_on()

    def stopProducing(self) -> None:
        self._gone = True
        self._go_on()

    def _lost(self, reason: Failure) -> None:
        self.stopProducing()

    def _go_on(self) -> None:
        if self._resumed is not None:
            resumed, self._resumed = self._resumed, None
            resumed.callback(None)


def _word(request: Request, name: bytes) -> str:
    word: bytes = (request.args or {}).get(name, [b""])[0]
    return word.decode("latin-1")


def span_of(header: Callable[[str], str | None], tag: str, length: int) -> Span | None:
    """What is asked for, all of it where that is not said in a way that we know; None: nothing that there is.

    One range only, as RFC 9110 section 14.2 allows.
    """
    whole = Span(0, length)
    if header("if-range") not in (None, tag):
        return whole
    found = _RANGE.fullmatch((header("range") or "").strip())
    if found is None or found[0] == "bytes=-":
        return whole
    if not found[1]:
        return Span(max(0, length - int(found[2])), length) if int(found[2]) else None
    start, end = int(found[1]), int(found[2]) + 1 if found[2] else length
    if start >= length:
        return None
    return Span(start, min(end, length)) if start < end else whole
