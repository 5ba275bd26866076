"""What every store does with previews: with the message, and gone with its text."""

import pytest
import pytest_twisted

from chatd.model import (
    Change,
    Draft,
    File,
    Footing,
    Preview,
    Previewed,
    Previewing,
    Said,
    StoredFile,
    User,
)
from chatd.storage.previews import FRESH_MS
from tests.unit.store_bench import Bench, purge

LOBBY = 1
URL = "https://example.org/a"
IMAGE = File(id="picture", name="preview", type="image/webp", bytes=9, width=3, height=2, placeholder="UklG")
FOUND = Preview(URL, "Example", "example.org", "of something", IMAGE)
DIGEST = b"\1" * 32


def anything(actor: Footing) -> None:
    """Allow it."""


def previewing(user: User, target: int, preview: Preview = FOUND, room: int = LOBBY) -> Previewing:
    stored = None
    if preview.image is not None:
        stored = StoredFile(preview.image, room, user, target, {"": DIGEST})
    return Previewing(room, target, preview, stored)


async def linked(bench: Bench, *, shown: bool = True) -> User:
    """Alice, who has sent a link."""
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.append(Draft(LOBBY, alice, f"see {URL}!"))
    if shown:
        await bench.store.show_preview(previewing(alice, 1))
    return alice


async def message(bench: Bench, seq: int = 1, room: int = LOBBY) -> Said:
    found = await bench.store.message(room, seq)
    assert found is not None
    return found


async def previews(bench: Bench) -> list[Preview | None]:
    entries = (await bench.store.entries(LOBBY, 0)).entries
    return [one.preview for one in entries if isinstance(one, Said | Previewed)]


@pytest_twisted.ensureDeferred
async def test_a_preview_is_an_entry_and_on_the_message_wherever_it_is_read(bench: Bench) -> None:
    alice = await linked(bench, shown=False)
    bench.now = 2_000
    await bench.store.show_preview(previewing(alice, 1))
    entry = Previewed(room=LOBBY, seq=2, at=2_000, sender=alice, target=1, preview=FOUND)
    said = await message(bench)
    assert (FOUND, 2, False) == (said.preview, said.changed, said.edited)
    assert entry == bench.published[-1]
    assert [said, entry] == (await bench.store.entries(LOBBY, 0)).entries
    assert [entry] == (await bench.store.entries(LOBBY, 1)).entries
    assert [said] == (await bench.store.messages(LOBBY, before=None, after=None, limit=9)).entries
    stored = await bench.store.file("picture")
    assert (LOBBY, 1, {"": DIGEST}) == (stored and (stored.room, stored.seq, stored.contents))
    assert 0 == await bench.store.used_bytes(alice.id)


@pytest_twisted.ensureDeferred
async def test_a_message_with_a_file_has_a_preview_beside_it(bench: Bench) -> None:
    alice = await linked(bench, shown=False)
    cat = File(id="cat", name="cat", type="text/plain", bytes=1)
    await bench.store.add_file(StoredFile(cat, LOBBY, alice, None, {"": b"\2" * 32}), 0)
    await bench.store.append(Draft(LOBBY, alice, URL, file="cat"))
    await bench.store.show_preview(previewing(alice, 2))
    said = await message(bench, 2)
    assert (cat, FOUND) == (said.file, said.preview)
    assert 1 == await bench.store.used_bytes(alice.id)


@pytest_twisted.ensureDeferred
async def test_an_edit_takes_it_away_and_its_picture(bench: Bench) -> None:
    alice = await linked(bench)
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, f"{URL} again"))
    assert [None, None] == await previews(bench)
    assert await bench.store.file("picture") is None
    assert [DIGEST] == await bench.store.freed_contents()
    await bench.store.show_preview(previewing(alice, 1))
    assert [FOUND, FOUND, FOUND] == await previews(bench)


@pytest_twisted.ensureDeferred
async def test_nothing_is_left_of_it_when_the_message_is_deleted(bench: Bench) -> None:
    alice = await linked(bench)
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    assert [None, None] == await previews(bench)
    assert await bench.store.file("picture") is None
    assert [DIGEST] == await bench.store.freed_contents()


@pytest_twisted.ensureDeferred
async def test_nothing_is_left_of_it_when_all_that_somebody_said_is_removed(bench: Bench) -> None:
    alice = await linked(bench)
    await purge(bench.store, LOBBY, alice, alice)
    assert [None, None] == await previews(bench)
    assert [DIGEST] == await bench.store.freed_contents()


@pytest_twisted.ensureDeferred
async def test_a_message_that_does_not_wait_for_it_shows_nothing(bench: Bench) -> None:
    """It has a preview already, another link, none in its text, is deleted, or is no message."""
    alice = await linked(bench)
    for text in ("https://example.org/other", f"`{URL}`", URL):
        await bench.store.append(Draft(LOBBY, alice, text))
    await bench.store.change(Change(LOBBY, alice, 5, alice.id, None))
    before = list(bench.published)
    for target in (1, 2, 3, 4, 5, 6, 99):
        await bench.store.show_preview(previewing(alice, target, Preview(URL, "again", "example.org")))
        assert not await bench.store.reuse_preview(LOBBY, target, URL, "new")
    assert before == bench.published


@pytest.mark.parametrize("kind", ["public", "private"])
@pytest_twisted.ensureDeferred
async def test_a_room_has_links_looked_at_as_its_kind_has_it_or_as_it_was_said(
    bench: Bench, kind: str
) -> None:
    alice = await linked(bench, shown=False)
    room = await bench.store.create_room("den", "private" if kind == "private" else "public", alice.id)
    await bench.store.append(Draft(room.id, alice, URL))
    assert (kind == "public") is await bench.store.reuse_preview(room.id, 1, URL, "new")
    assert (kind == "public") is (await bench.store.settings(room.id)).previews
    switched = await bench.store.configure(room.id, alice, {"previews": kind != "public"}, anything)
    assert switched.previews is (kind != "public")
    assert (kind != "public") is await bench.store.reuse_preview(room.id, 1, URL, "new")
    await bench.store.show_preview(previewing(alice, 1, room=room.id))
    assert (FOUND if kind == "private" else None) == (await message(bench, 1, room.id)).preview
    await bench.store.archive(room.id, alice, True, anything)
    assert not await bench.store.reuse_preview(room.id, 1, URL, "new")


@pytest_twisted.ensureDeferred
async def test_the_same_link_again_has_what_was_found_for_a_day(bench: Bench) -> None:
    alice = await linked(bench)
    bench.now += FRESH_MS - 1
    await bench.store.append(Draft(LOBBY, alice, URL))
    assert not await bench.store.reuse_preview(LOBBY, 3, URL, "copy")
    said = await message(bench, 3)
    assert said.preview is not None and said.preview.image is not None
    assert ("Example", "copy", 3) == (said.preview.title, said.preview.image.id, said.preview.image.width)
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    stored = await bench.store.file("copy")
    assert ({"": DIGEST}, 3) == (stored and (stored.contents, stored.seq))
    assert [] == await bench.store.unneeded(await bench.store.freed_contents())
    bench.now += 1
    await bench.store.append(Draft(LOBBY, alice, URL))
    assert await bench.store.reuse_preview(LOBBY, 6, URL, "late")


@pytest_twisted.ensureDeferred
async def test_a_preview_without_a_picture_is_reused_without_one(bench: Bench) -> None:
    alice = await linked(bench, shown=False)
    plain = Preview(URL, "Example", "example.org")
    await bench.store.show_preview(Previewing(LOBBY, 1, plain))
    await bench.store.append(Draft(LOBBY, alice, URL))
    assert not await bench.store.reuse_preview(LOBBY, 3, URL, "copy")
    assert plain == (await message(bench, 3)).preview
    assert await bench.store.file("copy") is None
