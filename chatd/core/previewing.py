"""Looking at what links lead to: which ones, how many at once, and what is made of what was found."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from chatd.core.files import Contents
from chatd.core.ports import FileStore, Incoming, Media, Pages, Spawn, Store, Web
from chatd.core.rates import Rates
from chatd.model import (
    ChatError,
    Edited,
    Entry,
    Fetched,
    File,
    FileSize,
    Glimpse,
    Limits,
    Look,
    Preview,
    Previewing,
    Said,
    StoredFile,
    User,
    first_link,
    host_of,
)
from chatd.model.media import HEAD_BYTES, SMALL_SIDE, SMALL_TYPE, image_begins

AT_ONCE = 4
"""Links that are looked at together."""
WAITING_MOST = 100
"""Links that wait for that; more are left alone."""
HOST_SHARE = 3
"""One host is asked so many times as often as one person's links are looked at: by everybody together."""
FORGET_MS = 60_000
FAILED_MS = 10 * 60_000
"""How long a link that led to nothing is left alone."""
FAILED_MOST = 1_000

HTML = frozenset({"text/html", "application/xhtml+xml"})


class Sources(NamedTuple):
    """What looking at links needs."""

    store: Store
    disk: FileStore
    media: Media
    pages: Pages
    web: Web
    new_id: Callable[[], str]
    """Something that nobody can guess, each time another."""


class _Job(NamedTuple):
    room: int
    target: int
    author: User
    url: str


class Previews:
    """All that is looked at now, and waits."""

    def __init__(
        self, sources: Sources, contents: Contents, limits: Limits, own: tuple[str, ...], spawn: Spawn
    ) -> None:
        """`own`: hosts, with their ports, that are this server, whose pages say nothing of a room."""
        self.now = 0
        self._sources = sources
        self._contents = contents
        self._own = frozenset(own)
        self._spawn = spawn
        self._people = Rates(limits.previews_per_minute)
        self._hosts = Rates(limits.previews_per_minute * HOST_SHARE)
        self._forgot_at = 0
        self._waiting: deque[_Job] = deque()
        self._working = 0
        self._looking: dict[str, list[_Job]] = {}
        """By link that is looked at, who else waits for it."""
        self._failed: dict[str, int] = {}
        """When links led to nothing, the oldest first."""

    def tick(self, now: int) -> None:
        """It is `now`, by a clock that nobody sets."""
        self.now = now
        if now - self._forgot_at >= FORGET_MS:
            self._forgot_at = now
            self._people.forget(now)
            self._hosts.forget(now)
            self._failed = {url: at for url, at in self._failed.items() if now - at < FAILED_MS}

    def hear(self, entry: Entry) -> None:
        """Called for each entry after it was published: the link in it is looked at, if it may be."""
        match entry:
            case Said(text=str(text), seq=target) | Edited(text=str(text), target=target):
                url = first_link(text)
            case _:
                return
        if url is None or host_of(url) in self._own or url in self._failed:
            return
        if len(self._waiting) >= WAITING_MOST or not self._may(entry.sender.id, url):
            return
        self._waiting.append(_Job(entry.room, target, entry.sender, url))
        self._next()

    def _may(self, user: int, url: str) -> bool:
        """Whether neither this person nor this host has had too much; it is counted if so."""
        host = host_of(url)
        try:
            self._people.check(user, self.now, "")
            self._hosts.check(host, self.now, "")
        except ChatError:
            return False
        self._people.count(user, self.now)
        self._hosts.count(host, self.now)
        return True

    def _next(self) -> None:
        if self._working < AT_ONCE:
            self._working += 1
            self._spawn(self._work())

    async def _work(self) -> None:
        """Carry out what waits, one after the other."""
        try:
            while self._waiting:
                job = self._waiting.popleft()
                if job.url in self._looking:
                    self._looking[job.url].append(job)
                else:
                    await self._carry_out(job)
        finally:
            self._working -= 1

    async def _carry_out(self, job: _Job) -> None:
        self._looking[job.url] = []
        try:
            await self._look(job)
        except ChatError:
            self._fail(job.url)  # the store, the disk or the process that opens images refuses
        finally:
            others = self._looking.pop(job.url)
            if job.url not in self._failed:
                self._waiting.extendleft(reversed(others))

    def _fail(self, url: str) -> None:
        self._failed.pop(url, None)
        self._failed[url] = self.now
        if len(self._failed) > FAILED_MOST:
            del self._failed[next(iter(self._failed))]

    async def _look(self, job: _Job) -> None:
        sources = self._sources
        if not await sources.store.reuse_preview(job.room, job.target, job.url, sources.new_id()):
            return
        fetched = await sources.web.fetch(job.url)
        if fetched is None:
            self._fail(job.url)
            return
        if image_begins(fetched.body):
            name = fetched.url.partition("?")[0].rpartition("/")[2]
            await self._show(job, Glimpse(title=name or host_of(job.url)), fetched)
            return
        glimpse = await self._glimpse(fetched)
        if not glimpse.title:
            self._fail(job.url)
            return
        image = await sources.web.fetch(glimpse.image) if glimpse.image else None
        await self._show(job, glimpse, image)

    async def _glimpse(self, fetched: Fetched) -> Glimpse:
        if fetched.type not in HTML:
            return Glimpse()
        incoming = await self._sources.disk.begin()
        try:
            await incoming.write(fetched.body)
            return await self._sources.pages.glimpse(incoming.path, fetched.charset, fetched.url)
        finally:
            await incoming.discard()

    async def _show(self, job: _Job, glimpse: Glimpse, image: Fetched | None) -> None:
        preview = Preview(job.url, glimpse.title, glimpse.site or host_of(job.url), glimpse.description)
        if image is not None and image.whole and image_begins(image.body):
            try:
                await self._show_with(job, preview, image)
            except ChatError:
                pass  # broken, or too big: the rest is shown without it
            else:
                return
        await self._sources.store.show_preview(Previewing(job.room, job.target, preview))

    async def _show_with(self, job: _Job, preview: Preview, image: Fetched) -> None:
        disk, media = self._sources.disk, self._sources.media
        incoming = await disk.begin()
        made: dict[FileSize, Incoming] = {}
        try:
            await incoming.write(image.body)
            look = await media.look(incoming.path, image.body[:HEAD_BYTES])
            for which, path in look.images.items():
                made[which] = await disk.take_in(path)
            await self._keep(job, preview, look, made)
        finally:
            for one in (incoming, *made.values()):
                await one.discard()

    async def _keep(self, job: _Job, preview: Preview, look: Look, made: dict[FileSize, Incoming]) -> None:
        """Keep the smallest image, and show it."""
        disk = self._sources.disk
        size: FileSize = "small" if "small" in made else ""
        picture = made[size]
        self._contents.hold([picture.digest])
        try:
            await picture.keep()
            width, height = _fitted(look)
            file = File(
                id=self._sources.new_id(),
                name="preview",
                type=SMALL_TYPE if size else look.type,
                bytes=await disk.length(picture.digest),
                width=width,
                height=height,
                placeholder=look.placeholder,
            )
            stored = StoredFile(file, job.room, job.author, job.target, {"": picture.digest})
            shown = replace(preview, image=file)
            await self._sources.store.show_preview(Previewing(job.room, job.target, shown, stored))
        finally:
            self._contents.let_go([picture.digest])


def _fitted(look: Look) -> tuple[int, int]:
    """The size of an image when its longest side has as many pixels as a small one has at most."""
    assert look.width is not None and look.height is not None, "it is an image"
    scale = min(1.0, SMALL_SIDE / max(look.width, look.height))
    return max(1, round(look.width * scale)), max(1, round(look.height * scale))
