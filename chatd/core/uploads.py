"""Bodies that come in and become files or icons: how much may come, and what becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from typing import NamedTuple

from msgspec.structs import replace

from chatd.core.files import Contents
from chatd.core.ports import FileStore, Incoming, Media, Squares, Store
from chatd.core.tickets import IconTicket, Ticket
from chatd.model import (
    Appearance,
    ChatError,
    Code,
    Draft,
    File,
    FileSize,
    IconSet,
    IconSize,
    Limits,
    StoredFile,
    StoredIcon,
    Uploaded,
    size,
)
from chatd.model.media import HEAD_BYTES

LOOK_AGAIN_BYTES = 8 * 1024 * 1024
"""After so many bytes of a body without a length the disk is looked at again."""


class Outside(NamedTuple):
    """What uploads need."""

    store: Store
    disk: FileStore
    media: Media
    squares: Squares
    new_id: Callable[[], str]
    """Something that nobody can guess, each time another."""
    appeared: Callable[[Appearance], None]
    """Tells that somebody wants to be seen in another way."""


class Uploads:
    """All that comes in now."""

    def __init__(self, outside: Outside, contents: Contents, limits: Limits) -> None:
        self.outside = outside
        self.contents = contents
        self.limits = limits
        self._coming: Counter[int] = Counter()
        """Bytes that are expected or here, and in no row yet, by user."""
        self._expected = 0
        """Bytes that were announced, and are not on the disk yet."""

    async def begin(self, ticket: Ticket | IconTicket, length: int | None) -> Intake:
        """Take in a body of so many bytes (None: nobody knows how many); raises ChatError."""
        self.check_length(length)
        intake = Intake(self, ticket, length)
        await intake.begin()
        return intake

    def check_length(self, length: int | None) -> None:
        """Raise ChatError `too_long` for what is certainly too much."""
        most = self.limits.upload_bytes
        if most and length is not None and length > most:
            raise ChatError(Code.TOO_LONG, f"That is {size(length)}; a file has at most {size(most)}.")

    def expect(self, user: int, count: int) -> None:
        """So many bytes more (or fewer) are on their way or here for this user."""
        self._coming[user] += count
        if not self._coming[user]:
            del self._coming[user]

    def announce(self, count: int) -> None:
        """So many bytes more (or fewer) are to be written."""
        self._expected += count

    def check_quota(self, user: int, used: int) -> None:
        """Raise ChatError `no_space` where what is coming is more than this user may have beside `used`."""
        quota = self.limits.quota_bytes
        if quota and used + self._coming[user] > quota:
            raise ChatError(
                Code.NO_SPACE,
                f"Your files may have {size(quota)} together, and have {size(used)}. Delete some first.",
            )

    async def check_disk(self) -> None:
        """Raise ChatError `no_space` where what is coming would fill the disk."""
        floor = self.limits.free_bytes
        if floor and await self.outside.disk.free_bytes() - self._expected < floor:
            raise ChatError(Code.NO_SPACE, "The server's disk is nearly full. Tell whoever runs it.")


class Intake:
    """One body on its way in. Its methods are awaited one after the other; in the end `finish` or `abort`."""

    def __init__(self, uploads: Uploads, ticket: Ticket | IconTicket, length: int | None) -> None:
        """`Uploads.begin` calls this."""
        self._uploads = uploads
        self._ticket = ticket
        self._length = length
        self._used = 0
        self._incoming: Incoming | None = None
        self._head = b""
        self._reserved = 0
        self._bytes = 0
        self._look_at = LOOK_AGAIN_BYTES

    async def begin(self) -> None:
        """See that there is room for it; raises ChatError."""
        uploads = self._uploads
        self._reserve(self._length or 0)
        uploads.announce(self._length or 0)
        try:
            self._used = await uploads.outside.store.used_bytes(self._ticket.user.id)
            self._check_quota()
            await uploads.check_disk()
            self._incoming = await uploads.outside.disk.begin()
        except BaseException:
            self._end()
            raise

    async def write(self, data: bytes) -> None:
        """More of it; raises ChatError where it becomes too much."""
        uploads = self._uploads
        assert self._incoming is not None
        total = self._bytes + len(data)
        uploads.check_length(total)
        if total > self._reserved:
            self._reserve(total - self._reserved)
            self._check_quota()
            if total > self._look_at:
                self._look_at = total + LOOK_AGAIN_BYTES
                await uploads.check_disk()
        if len(self._head) < HEAD_BYTES:
            self._head += data[: HEAD_BYTES - len(self._head)]
        await self._incoming.write(data)
        self._bytes = total
        if self._length is not None:
            uploads.announce(-len(data))

    def _check_quota(self) -> None:
        if isinstance(self._ticket, Ticket):  # of an image that becomes an icon next to nothing is kept
            self._uploads.check_quota(self._ticket.user.id, self._used)

    async def finish(self) -> Uploaded | IconSet:
        """It is whole: keep it, and send or show it where that was asked for; raises ChatError."""
        assert self._incoming is not None
        if not self._bytes:
            raise ChatError(Code.BAD_REQUEST, "That file is empty.")
        if isinstance(self._ticket, IconTicket):
            return await self._finish_icon(self._ticket, self._incoming)
        return await self._finish_file(self._ticket, self._incoming)

    async def _finish_file(self, ticket: Ticket, whole: Incoming) -> Uploaded:
        outside = self._uploads.outside
        look = await outside.media.look(whole.path, self._head)
        contents: dict[FileSize, Incoming] = {"": whole}
        try:
            for which, path in look.images.items():
                contents[which] = await outside.disk.take_in(path)
            file = File(
                id=outside.new_id(),
                name=ticket.name,
                type=look.type,
                bytes=self._bytes if "" not in look.images else look.bytes,
                width=look.width,
                height=look.height,
                placeholder=look.placeholder,
            )
            return await self._keep_file(ticket, file, contents)
        finally:
            for incoming in contents.values():
                await incoming.discard()

    async def _keep_file(self, ticket: Ticket, file: File, contents: dict[FileSize, Incoming]) -> Uploaded:
        outside, quota_bytes = self._uploads.outside, self._uploads.limits.quota_bytes
        digests = {which: incoming.digest for which, incoming in contents.items()}
        stored = StoredFile(file, ticket.room, ticket.user, None, digests)
        await self._keep(contents.values(), lambda: outside.store.add_file(stored, quota_bytes))
        uploaded = Uploaded(room=ticket.room, file=file)
        if not ticket.send:
            return uploaded
        draft = Draft(ticket.room, ticket.user, ticket.text, ticket.key, ticket.reply_to, file=file.id)
        said = await outside.store.append(replace(draft, content=digests[""].hex()))
        return replace(uploaded, seq=said.seq, at=said.at)

    async def _finish_icon(self, ticket: IconTicket, whole: Incoming) -> IconSet:
        outside = self._uploads.outside
        contents: dict[IconSize, Incoming] = {}
        try:
            for which, path in (await outside.squares.icon(whole.path, self._head)).items():
                contents[which] = await outside.disk.take_in(path)
            digests = {which: incoming.digest for which, incoming in contents.items()}
            stored = StoredIcon(outside.new_id(), ticket.room, digests)
            await self._keep(contents.values(), lambda: self._show(ticket, stored))
        finally:
            for incoming in contents.values():
                await incoming.discard()
        return IconSet(icon=stored.id, room=ticket.room)

    async def _show(self, ticket: IconTicket, stored: StoredIcon) -> None:
        outside = self._uploads.outside
        if ticket.room is None:
            outside.appeared(await outside.store.show_user(ticket.user.id, stored))
        else:
            assert ticket.permit is not None, "a room's icon is for who may change the room"
            await outside.store.show_room(ticket.room, ticket.user, stored, ticket.permit)

    async def _keep(self, contents: Collection[Incoming], note: Callable[[], Awaitable[object]]) -> None:
        """Put these into their places, and then write down whose they are."""
        digests = [incoming.digest for incoming in contents]
        self._uploads.contents.hold(digests)
        try:
            for incoming in contents:
                await incoming.keep()
            await note()
        finally:
            self._uploads.contents.let_go(digests)

    async def abort(self) -> None:
        """It ends here, whole or not; nothing is left of what was not kept."""
        self._end()
        if self._incoming is not None:
            incoming, self._incoming = self._incoming, None
            await incoming.discard()

    def _reserve(self, count: int) -> None:
        self._reserved += count
        self._uploads.expect(self._ticket.user.id, count)

    def _end(self) -> None:
        self._reserve(-self._reserved)
        if self._length is not None:
            self._uploads.announce(-(self._length - self._bytes))
            self._length = None
