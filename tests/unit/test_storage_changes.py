"""What every store does with changes: of messages, of topics, and of who may say something."""

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from chatd.model import (
    Change,
    Code,
    Deleted,
    Draft,
    Edited,
    Entry,
    Noticed,
    Purged,
    Receipt,
    Said,
    User,
)
from tests.unit.store_bench import Bench, purge, refusal

LOBBY = 1


async def two(bench: Bench) -> tuple[User, User]:
    return await bench.store.create_guest("alice"), await bench.store.create_guest("bob")


async def say(bench: Bench, author: User, text: str, *, me: bool = False, room: int = LOBBY) -> Said:
    return await bench.store.append(Draft(room, author, text, me=me))


def edit(author: User, target: int, text: str, key: str | None = None) -> Change:
    return Change(LOBBY, author, target, author.id, text, key)


def delete(author: User, target: int, key: str | None = None, of: User | None = None) -> Change:
    return Change(LOBBY, author, target, (of or author).id, None, key)


async def log(bench: Bench) -> list[Entry]:
    return (await bench.store.entries(LOBBY, 0)).entries


# Editing


@pytest_twisted.ensureDeferred
async def test_an_edit_is_an_entry_and_the_message_says_it_from_then_on(bench: Bench) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "hello", me=True)
    bench.now = 2_000
    assert Receipt(LOBBY, 2, 2_000) == await bench.store.change(edit(alice, 1, "hi"))
    edited = Edited(room=LOBBY, seq=2, at=2_000, sender=alice, target=1, text="hi", me=True)
    assert edited == bench.published[-1]
    said = Said(room=LOBBY, seq=1, at=1_000, sender=alice, text="hi", me=True, changed=2, edited=True)
    assert [said, edited] == await log(bench)
    assert [said] == (await bench.store.messages(LOBBY, before=None, after=None, limit=9)).entries
    assert said == await bench.store.message(LOBBY, 1)


@pytest_twisted.ensureDeferred
async def test_an_entry_of_an_edit_is_read_with_the_newest_text(bench: Bench) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    await bench.store.change(edit(alice, 1, "two"))
    await bench.store.change(edit(alice, 1, "three"))
    texts = [entry.text for entry in await log(bench) if isinstance(entry, Said | Edited)]
    assert ["three", "three", "three"] == texts
    await bench.store.change(delete(alice, 1))
    texts = [entry.text for entry in await log(bench) if isinstance(entry, Said | Edited)]
    assert ["", None, None] == texts


@pytest_twisted.ensureDeferred
async def test_an_edit_that_changes_nothing_gives_what_changed_it_last(bench: Bench) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    bench.now = 2_000
    assert Receipt(LOBBY, 1, 1_000) == await bench.store.change(edit(alice, 1, "one"))
    await bench.store.change(edit(alice, 1, "two"))
    bench.now = 3_000
    assert Receipt(LOBBY, 2, 2_000) == await bench.store.change(edit(alice, 1, "two"))
    assert [1, 2] == [entry.seq for entry in bench.published]


@pytest.mark.parametrize("seq", [2, 3, 9, 2**62])
@pytest_twisted.ensureDeferred
async def test_only_a_message_can_be_changed(bench: Bench, seq: int) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    await bench.store.change(edit(alice, 1, "two"))
    await bench.store.set_topic(LOBBY, alice, "edits")
    assert Code.NO_SUCH_MESSAGE == await refusal(bench.store.change(edit(alice, seq, "x")))
    assert Code.NO_SUCH_MESSAGE == await refusal(bench.store.change(delete(alice, seq)))
    assert await bench.store.message(LOBBY, seq) is None


@pytest_twisted.ensureDeferred
async def test_a_message_of_somebody_else_than_was_thought_is_not_changed(bench: Bench) -> None:
    """It may have come into being after its author was looked up."""
    alice, bob = await two(bench)
    await say(bench, bob, "mine")
    assert Code.NO_SUCH_MESSAGE == await refusal(bench.store.change(edit(alice, 1, "yours")))
    assert Code.NO_SUCH_MESSAGE == await refusal(bench.store.change(delete(alice, 1)))
    assert ["mine"] == [one.text for one in await log(bench) if isinstance(one, Said)]


@pytest_twisted.ensureDeferred
async def test_what_was_deleted_cannot_be_edited(bench: Bench) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    await bench.store.change(delete(alice, 1))
    assert Code.NO_SUCH_MESSAGE == await refusal(bench.store.change(edit(alice, 1, "two")))


# Deleting


@pytest_twisted.ensureDeferred
async def test_a_deleted_message_is_a_row_without_a_text(bench: Bench) -> None:
    alice, bob = await two(bench)
    await say(bench, alice, "one")
    await bench.store.change(edit(alice, 1, "two"))
    assert Receipt(LOBBY, 3, 1_000) == await bench.store.change(delete(bob, 1, of=alice))
    deleted = Deleted(room=LOBBY, seq=3, at=1_000, sender=bob, target=1, about=alice)
    assert deleted == bench.published[-1]
    said = Said(room=LOBBY, seq=1, at=1_000, sender=alice, text="", changed=3, deleted=True)
    [first, _, last] = await log(bench)
    assert (said, deleted) == (first, last)


@pytest_twisted.ensureDeferred
async def test_deleting_again_gives_the_first_deletion(bench: Bench) -> None:
    alice, bob = await two(bench)
    await say(bench, alice, "one")
    first = await bench.store.change(delete(alice, 1))
    bench.now = 2_000
    assert first == await bench.store.change(delete(bob, 1, of=alice))
    deleted = Deleted(room=LOBBY, seq=2, at=1_000, sender=alice, target=1)
    assert [deleted] == bench.published[1:]
    assert deleted == (await log(bench))[-1]


@pytest_twisted.ensureDeferred
async def test_what_was_deleted_is_not_unread(bench: Bench) -> None:
    alice, bob = await two(bench)
    await say(bench, alice, "one")
    await say(bench, alice, "two")
    await bench.store.change(edit(alice, 1, "three"))
    await bench.store.change(delete(alice, 2))
    state = await bench.store.room_of(bob.id, LOBBY)
    assert state is not None
    assert 1 == state.unread


# Keys


@pytest_twisted.ensureDeferred
async def test_a_repeated_change_is_answered_with_its_first_seq(bench: Bench) -> None:
    """Also when it could not be made any more."""
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    first = await bench.store.change(edit(alice, 1, "two", key="k"))
    await bench.store.change(edit(alice, 1, "three"))
    assert first == await bench.store.change(edit(alice, 1, "two", key="k"))
    gone = await bench.store.change(delete(alice, 1, key="d"))
    assert first == await bench.store.change(edit(alice, 1, "two", key="k"))
    await bench.store.leave(alice.id, LOBBY)
    assert gone == await bench.store.change(delete(alice, 1, key="d"))
    assert 4 == len(bench.published)


@pytest_twisted.ensureDeferred
async def test_a_change_of_nothing_keeps_its_key_too(bench: Bench) -> None:
    alice, _ = await two(bench)
    await say(bench, alice, "one")
    assert 1 == (await bench.store.change(edit(alice, 1, "one", key="k"))).seq
    await bench.store.change(edit(alice, 1, "two"))
    assert 1 == (await bench.store.change(edit(alice, 1, "one", key="k"))).seq


@pytest_twisted.ensureDeferred
async def test_a_key_stands_for_one_thing_only(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.append(Draft(LOBBY, alice, "1 x", key="said"))
    await say(bench, alice, "two")
    await bench.store.change(edit(alice, 1, "x", key="edited"))
    await bench.store.change(delete(alice, 1, key="deleted"))
    await bench.store.set_topic(LOBBY, alice, "x", key="topic")
    for key in ("said", "deleted", "topic"):
        assert Code.KEY_REUSED == await refusal(bench.store.change(edit(alice, 1, "x", key)))
    for key in ("said", "edited", "topic"):
        assert Code.KEY_REUSED == await refusal(bench.store.change(delete(alice, 1, key)))
    for key in ("said", "edited", "deleted"):
        assert Code.KEY_REUSED == await refusal(bench.store.set_topic(LOBBY, alice, "x", key))
    for key in ("edited", "deleted", "topic"):
        assert Code.KEY_REUSED == await refusal(bench.store.append(Draft(LOBBY, alice, "x", key=key)))
    assert Code.KEY_REUSED == await refusal(bench.store.change(edit(alice, 1, "y", "edited")))
    assert Code.KEY_REUSED == await refusal(bench.store.change(edit(alice, 2, "x", "edited")))
    await say(bench, bob, "three")
    await bench.store.change(edit(bob, 6, "x", key="edited"))


# Topics


@pytest_twisted.ensureDeferred
async def test_a_topic_is_kept_and_noted_in_the_log(bench: Bench) -> None:
    alice, _ = await two(bench)
    assert Receipt(LOBBY, 1, 1_000) == await bench.store.set_topic(LOBBY, alice, "Große Pläne")
    noticed = Noticed(room=LOBBY, seq=1, at=1_000, sender=alice, what="topic", text="Große Pläne")
    assert [noticed] == bench.published == await log(bench)
    room = await bench.store.room(LOBBY, alice.id)
    assert room is not None
    assert ("Große Pläne", 1) == (room.topic, room.head)
    listed, _more = await bench.store.list_rooms(alice.id, "", 10, "GROSSE pläne")
    assert ["Große Pläne"] == [listing.topic for listing in listed]
    assert [] == (await bench.store.messages(LOBBY, before=None, after=None, limit=9)).entries


@pytest_twisted.ensureDeferred
async def test_the_same_topic_again_is_no_entry(bench: Bench) -> None:
    alice, bob = await two(bench)
    first = await bench.store.set_topic(LOBBY, alice, "plans", "k")
    said = await say(bench, bob, "fine")
    assert said.seq == (await bench.store.set_topic(LOBBY, bob, "plans")).seq
    assert first == await bench.store.set_topic(LOBBY, alice, "plans", "k")
    await bench.store.set_topic(LOBBY, bob, "")
    assert ["plans", ""] == [one.text for one in await log(bench) if isinstance(one, Noticed)]


# Removing all of somebody's


@pytest_twisted.ensureDeferred
async def test_everything_that_somebody_said_can_be_removed_at_once(bench: Bench) -> None:
    alice, bob = await two(bench)
    for number in range(3):
        await say(bench, alice, f"a{number}")
        await say(bench, bob, f"b{number}")
    await bench.store.change(edit(alice, 1, "edited"))
    await purge(bench.store, LOBBY, bob, alice)
    purged = Purged(room=LOBBY, seq=8, at=1_000, sender=bob, user=alice, up_to=7)
    assert purged == bench.published[-1]
    entries = await log(bench)
    assert purged == entries[-1]
    assert Said(room=LOBBY, seq=1, at=1_000, sender=alice, text="", deleted=True) == entries[0]
    left = [one.text for one in entries if isinstance(one, Said | Edited) and one.text]
    assert ["b0", "b1", "b2"] == left
    await say(bench, alice, "again")
    assert "again" == (await bench.store.messages(LOBBY, before=None, after=8, limit=9)).entries[0].text


@pytest_twisted.ensureDeferred
async def test_where_somebody_said_nothing_there_is_nothing_to_remove(bench: Bench) -> None:
    alice, bob = await two(bench)
    await say(bench, bob, "mine")
    await purge(bench.store, LOBBY, bob, alice)
    assert [1] == [entry.seq for entry in bench.published]


@pytest_twisted.ensureDeferred
async def test_others_are_not_held_up_while_much_is_removed(bench: Bench) -> None:
    """And what is said after that was asked for stays."""
    alice, bob = await two(bench)
    await gatherResults([bench.store.append(Draft(LOBBY, alice, "x")) for _ in range(2_500)])

    async def remove() -> None:
        await purge(bench.store, LOBBY, bob, alice)

    removing = Deferred.fromCoroutine(remove())
    await bench.store.append(Draft(LOBBY, alice, "meanwhile"))
    await removing
    [purged] = [entry for entry in bench.published if isinstance(entry, Purged)]
    assert 2_500 == purged.up_to
    left = await messages_of(bench)
    assert ["meanwhile"] == [one.text for one in left if not one.deleted]
    assert 2_501 == len(left)


async def messages_of(bench: Bench) -> list[Said]:
    page = await bench.store.messages(LOBBY, before=None, after=0, limit=200)
    found = page.entries
    while not page.complete:
        page = await bench.store.messages(LOBBY, before=None, after=page.last, limit=200)
        found += page.entries
    return found


# Who may say something


@pytest_twisted.ensureDeferred
async def test_what_waits_behind_a_leave_is_refused_and_not_stored(bench: Bench) -> None:
    alice, bob = await two(bench)
    await say(bench, alice, "before")
    kept = bench.store.append(Draft(LOBBY, alice, "before, too", key="k"))
    leaving = bench.store.leave(alice.id, LOBBY)
    late = bench.store.append(Draft(LOBBY, alice, "late", key="late"))
    other = bench.store.append(Draft(LOBBY, bob, "still here"))
    again = bench.store.append(Draft(LOBBY, alice, "before, too", key="k"))
    await leaving
    assert Code.NOT_A_MEMBER == await refusal(late)
    assert (2, 3, 2) == ((await kept).seq, (await other).seq, (await again).seq)
    assert Code.NOT_A_MEMBER == await refusal(bench.store.change(edit(alice, 1, "x")))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.set_topic(LOBBY, alice, "x"))
    assert [1, 2, 3] == [entry.seq for entry in await log(bench)]
    await bench.store.join(alice.id, LOBBY)
    assert 4 == (await bench.store.append(Draft(LOBBY, alice, "late", key="late"))).seq
