"""Files that go out by HTTP: `/f/ID/NAME`, to whoever may read the room, which is asked at every request."""

import re
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from chatd.core.ports import FileStore
from chatd.core.reading import readable
from chatd.frontends.conditions import precondition
from chatd.frontends.requests import Caller, refusal
from chatd.frontends.signing import Signer
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import ChatError, Code, FileSize, StoredFile
from chatd.model.media import SAFE

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


class Downloads(Resource):
    """Everything below `/f/`."""

    isLeaf = True
    methods = (b"GET", b"HEAD")

    def __init__(self, frontend: WebSocketFrontend, disk: FileStore, signer: Signer) -> None:
        super().__init__()
        self._frontend = frontend
        self._disk = disk
        self._signer = signer

    def render(self, request: Request) -> int:
        Deferred.fromCoroutine(self._answer(request))
        return NOT_DONE_YET

    async def _answer(self, request: Request) -> None:
        sending = Sending(request, self._disk)
        try:
            await sending.send(*await self._find(request))
        except ChatError as error:
            sending.refuse(error)
        except Exception:
            log.failure("a file could not be served")
            sending.refuse(ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))

    async def _find(self, request: Request) -> tuple[StoredFile, FileSize]:
        registry = self._frontend.registry
        caller = Caller(self._frontend, request, reads=True)
        registry.sanctions.check_address(caller.address, registry.now)
        _, _, file, *_ = [*request.path.decode("latin-1").split("/"), ""]
        user = None
        if b"sign" in (request.args or {}):
            if not self._signer.opens(file, _word(request, b"until"), _word(request, b"sign")):
                raise ChatError(Code.NO_SUCH_FILE, "This link has expired. Ask for the message again.")
        elif caller.token is None:
            raise ChatError(Code.NOT_LOGGED_IN, "Log in to see this file.")
        else:
            user = (await registry.accounts.by_token(caller.token, caller.address, registry.now)).user
        stored = await readable(registry, file, user)
        size = _SIZES.get(_word(request, b"size"), "")
        return stored, size if size in stored.contents else ""


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

    async def send(self, stored: StoredFile, size: FileSize) -> None:
        """Answer with this file; raises ChatError as long as nothing was written."""
        request, digest = self._request, stored.contents[size]
        length = await self._disk.length(digest)
        if self._gone:
            return
        kind = "image/webp" if size else stored.file.type
        disposition = "inline" if kind in SAFE else "attachment"
        request.setHeader("Content-Type", kind)
        request.setHeader(
            "Content-Disposition", f"{disposition}; filename*=UTF-8''{quote(stored.file.name, safe='')}"
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
