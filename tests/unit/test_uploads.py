"""How much may come in, and what is left of what did not become a file."""

import hashlib
from typing import cast

import pytest

from chatd.core.files import Contents
from chatd.core.ports import FileStore
from chatd.core.tickets import IconTicket, Ticket
from chatd.core.uploads import LOOK_AGAIN_BYTES, Intake, Outside, Uploads
from chatd.model import (
    Appearance,
    ChatError,
    Code,
    File,
    Footing,
    IconSet,
    IconSize,
    Limits,
    Look,
    Uploaded,
    User,
)
from chatd.model.media import HEAD_BYTES
from tests.fakes import MemoryStore, at_once

MB = 1_000_000


class Piece:
    """The `Incoming` port."""

    def __init__(self, disk: "Disk", data: bytes = b"") -> None:
        self.path = "nowhere"
        self._disk = disk
        self._data = data
        disk.incoming.append(self)

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self._data).digest()

    async def write(self, data: bytes) -> None:
        if self._disk.failure is not None:
            raise self._disk.failure
        self._data += data
        self._disk.free -= len(data)

    async def keep(self) -> None:
        self._disk.incoming.remove(self)
        self._disk.contents[self.digest] = self._data

    async def discard(self) -> None:
        if self in self._disk.incoming:
            self._disk.incoming.remove(self)
            self._disk.free += len(self._data)


class Disk:
    """The part of a `FileStore` that takes in."""

    def __init__(self) -> None:
        self.free = 20 * MB
        self.incoming: list[Piece] = []
        self.contents: dict[bytes, bytes] = {}
        self.failure: ChatError | None = None

    async def begin(self) -> Piece:
        if self.failure is not None:
            raise self.failure
        return Piece(self)

    async def take_in(self, path: str) -> Piece:
        return Piece(self, path.encode())

    async def free_bytes(self) -> int:
        return self.free


class Media:
    """The `Media` port: what is looked at is `look`."""

    def __init__(self) -> None:
        self.look_at = Look("text/plain")
        self.failure: ChatError | None = None

    async def look(self, path: str, head: bytes) -> Look:
        if self.failure is not None:
            raise self.failure
        return self.look_at

    async def icon(self, path: str, head: bytes) -> dict[IconSize, str]:
        if self.failure is not None:
            raise self.failure
        return {"small": "little", "large": "larger"}


class House:
    def __init__(self, limits: Limits) -> None:
        self.store, self.disk, self.media = MemoryStore(), Disk(), Media()
        disk = cast(FileStore, self.disk)
        self.appeared: list[Appearance] = []
        outside = Outside(self.store, disk, self.media, self.media, lambda: "cat", self.appeared.append)
        self.uploads = Uploads(outside, Contents(self.store, disk), limits)

    async def begin(self, length: int | None = None, *, name: str = "alice", send: bool = True) -> Intake:
        return await self.uploads.begin(Ticket(await self.user(name), 1, "cat", send), length)

    async def user(self, name: str = "alice") -> User:
        account = await self.store.account(name)
        return account.user if account else await self.store.create_guest(name)


def house(**limits: int) -> House:
    return House(Limits(**{"upload_bytes": 0, "quota_bytes": 0, "free_bytes": 0, **limits}))


async def filed(intake: Intake) -> File:
    """The file that has come in."""
    uploaded = await intake.finish()
    assert isinstance(uploaded, Uploaded)
    return uploaded.file


async def refused(work: object) -> Code:
    with pytest.raises(ChatError) as caught:
        await work  # type: ignore[misc]  # a coroutine
    return caught.value.code


@at_once
async def test_0_turns_every_limit_off() -> None:
    home = house()
    home.disk.free = 0
    intake = await home.begin(10 * MB)
    await intake.write(b"x" * 10 * MB)
    assert 10 * MB == (await filed(intake)).bytes
    await intake.abort()
    assert [] == home.disk.incoming


@at_once
async def test_the_disk_keeps_its_floor_beside_all_that_is_announced() -> None:
    home = house(free_bytes=5 * MB)
    first = await home.begin(10 * MB)
    assert Code.NO_SPACE == await refused(home.begin(6 * MB))
    second = await home.begin(5 * MB)
    await first.write(b"x" * 10 * MB)  # is on the disk now, and not announced any more
    assert Code.NO_SPACE == await refused(home.begin(1))
    await second.abort()
    third = await home.begin(5 * MB)
    await first.abort()
    await third.abort()
    await (await home.begin(15 * MB)).abort()


@at_once
async def test_a_body_of_unknown_length_is_cut_where_the_disk_is_full() -> None:
    home = house(free_bytes=5 * MB)
    intake = await home.begin()
    await intake.write(b"x" * LOOK_AGAIN_BYTES)
    home.disk.free = 4 * MB
    assert Code.NO_SPACE == await refused(intake.write(b"x"))
    await intake.abort()
    assert [] == home.disk.incoming


@at_once
async def test_what_comes_at_once_counts_together() -> None:
    home = house(quota_bytes=10 * MB)
    first = await home.begin(6 * MB)
    assert Code.NO_SPACE == await refused(home.begin(6 * MB))
    other = await home.begin(6 * MB, name="bob")
    unknown = await home.begin()
    await unknown.write(b"x" * 4 * MB)
    assert Code.NO_SPACE == await refused(unknown.write(b"x"))
    for intake in (first, other, unknown):
        await intake.abort()
    await (await home.begin(10 * MB)).abort()


@at_once
async def test_a_disk_that_fails_leaves_nothing_announced() -> None:
    home = house(quota_bytes=10 * MB, free_bytes=5 * MB)
    home.disk.failure = ChatError(Code.UNAVAILABLE, "")
    assert Code.UNAVAILABLE == await refused(home.begin(10 * MB))
    home.disk.failure = None
    intake = await home.begin(10 * MB)
    home.disk.failure = ChatError(Code.NO_SPACE, "")
    assert Code.NO_SPACE == await refused(intake.write(b"x"))
    await intake.abort()
    await intake.abort()
    home.disk.failure = None
    await (await home.begin(10 * MB)).abort()


@at_once
async def test_an_image_takes_the_place_of_what_came() -> None:
    home = house()
    home.media.look_at = Look("image/png", 3, 2, "UklG", {"": "clean", "small": "little"}, 5)
    intake = await home.begin(send=False)
    await intake.write(b"with where it was taken")
    file = await filed(intake)
    await intake.abort()
    assert ("image/png", 3, 2, "UklG", 5) == (
        file.type,
        file.width,
        file.height,
        file.placeholder,
        file.bytes,
    )
    assert {b"clean", b"little"} == set(home.disk.contents.values())
    assert [] == home.disk.incoming
    stored = await home.store.file("cat")
    assert stored is not None
    assert {"", "small"} == set(stored.contents)


@at_once
async def test_a_file_that_is_refused_leaves_nothing() -> None:
    home = house()
    home.media.failure = ChatError(Code.BAD_FILE, "")
    intake = await home.begin()
    await intake.write(b"broken")
    assert Code.BAD_FILE == await refused(intake.finish())
    await intake.abort()
    assert ([], {}) == (home.disk.incoming, home.disk.contents)


@at_once
async def test_a_body_that_is_too_long_is_refused_before_it_comes_and_cut_where_it_comes() -> None:
    home = house(upload_bytes=MB)
    assert Code.TOO_LONG == await refused(home.begin(MB + 1))
    intake = await home.begin()
    await intake.write(b"x" * MB)
    assert Code.TOO_LONG == await refused(intake.write(b"x"))
    await intake.abort()
    assert [] == home.disk.incoming


@at_once
async def test_a_body_comes_in_pieces_and_an_empty_one_is_none() -> None:
    home = house()
    intake = await home.begin()
    for piece in (b"a" * HEAD_BYTES, b"b", b"c"):
        await intake.write(piece)
    assert HEAD_BYTES + 2 == (await filed(intake)).bytes
    assert [b"a" * HEAD_BYTES + b"bc"] == list(home.disk.contents.values())
    empty = await home.begin(0)
    assert Code.BAD_REQUEST == await refused(empty.finish())
    await empty.abort()
    assert [] == home.disk.incoming


# What becomes an icon


def nobody(actor: Footing) -> None:
    """Lets nobody change the room."""
    raise ChatError(Code.FORBIDDEN, "")


@at_once
async def test_an_image_becomes_an_avatar_and_is_told_and_nothing_else_is_kept() -> None:
    home = house(quota_bytes=1)
    alice = await home.user()
    intake = await home.uploads.begin(IconTicket(alice), 9)
    await intake.write(b"a picture")
    assert IconSet(icon="cat") == await intake.finish()
    await intake.abort()
    assert ([], {b"little", b"larger"}) == (home.disk.incoming, set(home.disk.contents.values()))
    assert [Appearance(alice.id, avatar="cat")] == home.appeared
    assert 0 == await home.store.used_bytes(alice.id)
    await (await home.begin(1)).abort()


@at_once
async def test_an_image_becomes_a_rooms_icon_for_who_may_change_the_room_still() -> None:
    home = house()
    alice = await home.user()
    for permit, outcome in ((nobody, Code.FORBIDDEN), (lambda actor: None, None)):
        intake = await home.uploads.begin(IconTicket(alice, 1, permit), None)
        await intake.write(b"a picture")
        if outcome is None:
            assert IconSet(icon="cat", room=1) == await intake.finish()
        else:
            assert outcome == await refused(intake.finish())
            assert await home.store.icon("cat") is None
        await intake.abort()
        assert [] == home.disk.incoming
    room = await home.store.room(1, alice.id)
    assert room is not None
    assert ("cat", []) == (room.icon, home.appeared)


@at_once
async def test_an_avatar_that_is_refused_leaves_nothing() -> None:
    home = house(upload_bytes=9)
    ticket = IconTicket(await home.user())
    assert Code.TOO_LONG == await refused(home.uploads.begin(ticket, 10))
    home.media.failure = ChatError(Code.BAD_FILE, "")
    intake = await home.uploads.begin(ticket, None)
    await intake.write(b"broken")
    assert Code.BAD_FILE == await refused(intake.finish())
    await intake.abort()
    assert ([], {}, []) == (home.disk.incoming, home.disk.contents, home.appeared)
