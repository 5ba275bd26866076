"""Images by which users and rooms are shown: one at a time, and freed with what they show."""

import pytest_twisted

from chatd.model import Code, Footing, IconSize, Noticed, StoredIcon, User
from tests.unit.store_bench import Bench, refusal, refuse
from tests.unit.test_storage_files import one_byte

LOBBY = 1


def stored(id: str, digest: int = 1, room: int | None = None) -> StoredIcon:
    sizes: dict[IconSize, bytes] = {"small": one_byte(digest), "large": one_byte(digest + 100)}
    return StoredIcon(id, room, sizes)


def allow(actor: Footing) -> None:
    """Refuses nothing."""


def deny(actor: Footing) -> None:
    """Refuses whatever it is."""
    refuse(actor, actor)


async def account(bench: Bench, name: str = "alice") -> User:
    return await bench.store.create_account(name, "hash")


async def freed(bench: Bench) -> set[bytes]:
    """What nothing needs."""
    return set(await bench.store.unneeded(await bench.store.freed_contents()))


@pytest_twisted.ensureDeferred
async def test_a_user_is_shown_by_one_image_at_a_time(bench: Bench) -> None:
    alice = await account(bench)
    await bench.store.appear(alice.id, "Alice", "teal")
    first = await bench.store.show_user(alice.id, stored("one"))
    assert (alice.id, "Alice", "teal", "one") == (
        first.id,
        first.display_name,
        first.colour,
        first.avatar,
    )
    [profile] = await bench.store.profiles([alice.id])
    assert ("one", stored("one")) == (profile.avatar, await bench.store.icon("one"))
    assert set() == await freed(bench)
    assert "two" == (await bench.store.show_user(alice.id, stored("two", 2))).avatar
    assert await bench.store.icon("one") is None
    assert {one_byte(1), one_byte(101)} == await freed(bench)
    assert (await bench.store.show_user(alice.id, None)).avatar is None
    assert {one_byte(number) for number in (1, 2, 101, 102)} == await freed(bench)
    assert (await bench.store.show_user(alice.id, None)).avatar is None


@pytest_twisted.ensureDeferred
async def test_a_room_is_shown_by_one_and_its_log_says_so(bench: Bench) -> None:
    alice = await account(bench)
    den = await bench.store.create_room("den", "public", alice.id)
    await bench.store.show_room(den.id, alice, stored("one", room=den.id), allow)
    await bench.store.show_room(den.id, alice, None, allow)
    await bench.store.show_room(den.id, alice, None, allow)
    noticed = [(one.what, one.text) for one in bench.published if isinstance(one, Noticed)]
    assert [("icon", "one"), ("icon", "")] == noticed
    assert bench.published == (await bench.store.entries(den.id, 0)).entries
    assert {one_byte(1), one_byte(101)} == await freed(bench)
    acts, _ = await bench.store.acts(den.id, alice.id, None, 10)
    assert [("configure", "icon off"), ("configure", "icon on")] == [(act.what, act.detail) for act in acts]


@pytest_twisted.ensureDeferred
async def test_a_rooms_icon_comes_with_the_room(bench: Bench) -> None:
    alice = await account(bench)
    den = await bench.store.create_room("den", "private", alice.id)
    await bench.store.show_room(den.id, alice, stored("one", room=den.id), allow)
    state = await bench.store.room_of(alice.id, den.id)
    room = await bench.store.room("den", alice.id)
    listed, _ = await bench.store.list_rooms(alice.id, "", 10)
    assert state is not None
    assert room is not None
    assert ("one", "one", ["one", None]) == (state.icon, room.icon, [one.icon for one in listed])


@pytest_twisted.ensureDeferred
async def test_who_may_not_change_a_room_leaves_no_icon(bench: Bench) -> None:
    alice = await account(bench)
    assert Code.FORBIDDEN == await refusal(bench.store.show_room(LOBBY, alice, stored("one"), deny))
    assert Code.NO_SUCH_ROOM == await refusal(bench.store.show_room(99, alice, stored("one"), allow))
    assert Code.NO_SUCH_USER == await refusal(bench.store.show_user(99, stored("one")))
    assert await bench.store.icon("one") is None


@pytest_twisted.ensureDeferred
async def test_an_image_goes_with_the_account_the_bot_or_the_room(bench: Bench) -> None:
    alice = await account(bench)
    den = await bench.store.create_room("den", "public", alice.id)
    await bench.store.add_token(alice.id, b"login")
    bot = await bench.store.make_bot(alice.id, "ci", b"secret", b"login", None)
    await bench.store.show_user(alice.id, stored("alice", 1))
    await bench.store.show_user(bot.id, stored("ci", 2))
    await bench.store.show_room(den.id, alice, stored("den", 3, den.id), allow)
    await bench.store.destroy(den.id, alice, "den", allow)
    assert {one_byte(3), one_byte(103)} == await freed(bench)
    known = await bench.store.account("alice")
    assert known is not None
    await bench.store.end_account(known, False, lambda *everything: None)
    assert {one_byte(number) for number in (1, 2, 3, 101, 102, 103)} == await freed(bench)
    assert [None, None] == [one.avatar for one in await bench.store.profiles([alice.id, bot.id])]
    for id in (alice.id, bot.id):
        assert Code.NO_SUCH_USER == await refusal(bench.store.show_user(id, stored("again")))


@pytest_twisted.ensureDeferred
async def test_what_an_icon_has_is_needed(bench: Bench) -> None:
    """Two users may have chosen the same image."""
    alice, bob = await account(bench), await account(bench, "bob")
    await bench.store.show_user(alice.id, stored("one"))
    await bench.store.show_user(bob.id, stored("two"))
    await bench.store.show_user(alice.id, None)
    assert set() == await freed(bench)
    await bench.store.show_user(bob.id, None)
    assert {one_byte(1), one_byte(101)} == await freed(bench)
