"""The `Media` port: types by first bytes, and images by a process that does nothing else."""

import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec
from twisted.internet.defer import Deferred
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import (
    IDelayedCall,
    IProcessTransport,
    IReactorProcess,
    IReactorTime,
)
from twisted.internet.protocol import ProcessProtocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.model import ChatError, Code, FileSize, Glimpse, IconSize, Look
from chatd.model.media import image_begins, kind_of

LOOK_SECONDS = 20.0
"""How long one image may take: many times what 50 megapixels take (2 s, measured with two busy cores)."""
GLIMPSE_SECONDS = 3.0
"""How long a page from the web may take, or an image there, each of at most a megabyte."""
WAITING_MOST = 200
"""Images that may wait for their turn."""
MADE = ("whole", "small", "large")
"""What may lie beside an image afterwards."""

log = Logger()


class _Answer(msgspec.Struct, frozen=True):
    """What the process says of one image, or of a page."""

    refused: str = ""
    type: str = ""
    width: int = 0
    height: int = 0
    placeholder: str = ""
    images: dict[FileSize, str] = {}
    bytes: int = 0
    title: str = ""
    site: str = ""
    description: str = ""
    image: str = ""
    rows: list[str] = []
    squares: dict[IconSize, str] = {}


class _Request(NamedTuple):
    """What the process is asked, and who waits for its answer."""

    words: dict[str, str | int]
    found: Deferred[_Answer]


class Media:
    """Looks into one file after the other, in a process that is started when there is none."""

    def __init__(
        self, processes: IReactorProcess, clock: IReactorTime, seconds: float = LOOK_SECONDS
    ) -> None:
        """`seconds`: how long one file may take."""
        self._processes = processes
        self._clock = clock
        self._seconds = seconds
        self._waiting: deque[_Request] = deque()
        self._asked: _Request | None = None
        self._worker: _Worker | None = None
        self._timeout: IDelayedCall | None = None
        self._closed = False

    async def look(self, path: str, head: bytes) -> Look:
        """What the file is that lies there and begins so; for an image others are made of it."""
        if not image_begins(head):
            return Look(kind_of(head))
        answer = await self._ask({"path": path})
        return Look(answer.type, answer.width, answer.height, answer.placeholder, answer.images, answer.bytes)

    async def icon(self, path: str, head: bytes) -> dict[IconSize, str]:
        """Square images of the one that lies there and begins so."""
        if not image_begins(head):
            raise ChatError(Code.BAD_FILE, "That is no image. Send a PNG, a JPEG, a GIF or a WebP.")
        return (await self._ask({"path": path, "square": 1})).squares

    async def glimpse(self, path: str, charset: str, url: str) -> Glimpse:
        """What the page from there says of itself."""
        answer = await self._ask({"path": path, "charset": charset, "url": url})
        return Glimpse(answer.title, answer.site, answer.description, answer.image)

    async def paint(self, path: str, columns: int) -> list[str]:
        """The image that lies there, in dots."""
        return (await self._ask({"path": path, "columns": columns})).rows

    def close(self) -> None:
        """Look into nothing more."""
        self._closed = True
        if self._worker is not None:
            self._worker.kill()

    def _ask(self, words: dict[str, str | int]) -> Deferred[_Answer]:
        if self._closed or len(self._waiting) >= WAITING_MOST:
            raise ChatError(Code.UNAVAILABLE, "Too many images wait. Try again in a moment.", 5_000)
        found: Deferred[_Answer] = Deferred()
        self._waiting.append(_Request(words, found))
        self._next()
        return found

    def _next(self) -> None:
        if self._asked is not None or not self._waiting:
            return
        self._asked = self._waiting.popleft()
        if self._worker is None:
            self._worker = _Worker(self._answered, self._died)
            self._worker.start(self._processes)
        self._timeout = self._clock.callLater(self._seconds, self._worker.kill)
        self._worker.ask(self._asked.words)

    def _answered(self, line: bytes) -> None:
        answer = msgspec.json.decode(line, type=_Answer)
        self._give(ChatError(Code.BAD_FILE, answer.refused) if answer.refused else answer)

    def _died(self) -> None:
        self._worker = None
        if self._asked is not None:
            path = self._asked.words["path"]
            for name in MADE:
                Path(f"{path}.{name}").unlink(missing_ok=True)
            self._give(ChatError(Code.BAD_FILE, "This image takes too much time or memory."))

    def _give(self, outcome: _Answer | ChatError) -> None:
        assert self._asked is not None
        assert self._timeout is not None
        found, self._asked = self._asked.found, None
        if self._timeout.active():
            self._timeout.cancel()
        if isinstance(outcome, _Answer):
            found.callback(outcome)
        else:
            found.errback(outcome)
        self._next()


class _Worker(ProcessProtocol):
    """The process: one line in, one line out."""

    transport: IProcessTransport

    def __init__(self, answered: Callable[[bytes], None], died: Callable[[], None]) -> None:
        self._answered = answered
        self._died = died
        self._line = b""

    def start(self, processes: IReactorProcess) -> None:
        """Run it where chatd is found, with nothing of our environment."""
        words = [sys.executable, "-m", "chatd.media.worker"]
        processes.spawnProcess(self, sys.executable, words, {}, str(Path(__file__).parents[2]))

    def ask(self, words: dict[str, str | int]) -> None:
        """Have it answer this."""
        self.transport.write(msgspec.json.encode(words) + b"\n")

    def kill(self) -> None:
        """It ends at once, whatever it does."""
        with suppress(ProcessExitedAlready):
            self.transport.signalProcess("KILL")

    def outReceived(self, data: bytes) -> None:
        self._line += data
        if self._line.endswith(b"\n"):
            line, self._line = self._line, b""
            self._answered(line)

    def errReceived(self, data: bytes) -> None:
        log.error("the process that opens images says: {what}", what=data[:1000].decode("utf-8", "replace"))

    def processEnded(self, reason: Failure) -> None:
        self._died()
