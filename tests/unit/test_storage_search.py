"""The index of search: filled behind what is said, emptied of what was deleted; and what is found by it."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection
from twisted.internet.defer import Deferred

from chatd.model import Change, ChatError, Code, Draft, Place, Said, Sought, User, phrase
from chatd.storage import indexing, searching
from tests.fakes import MemoryStore

ROOM = 1
NOW = 1_764_000_000_000


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=lambda: NOW)


@pytest.fixture
def bob(store: MemoryStore) -> User:
    return guest(store, "bob")


def guest(store: MemoryStore, name: str) -> User:
    made: list[User] = []
    store.create_guest(name).addCallback(made.append)
    return made[0]


def given(work: "Deferred[Any]") -> list[Any]:
    found: list[Any] = []
    work.addBoth(found.append)
    return found


def do(store: MemoryStore, work: Callable[[Connection], Any]) -> Any:
    return store._database.ask(lambda connection, now: work(connection))


def learn(store: MemoryStore) -> None:
    assert [None] == given(Deferred.fromCoroutine(store.learn()))


def say(store: MemoryStore, sender: User, text: str, room: int = ROOM) -> Said:
    [said] = given(store.append(Draft(room, sender, text)))
    assert isinstance(said, Said)
    return said


def sought(query: str, **others: Any) -> Sought:
    words, letter = phrase(query)
    return Sought(words=(words,) if words else (), letters=(letter,) if letter else (), **others)


def texts(
    store: MemoryStore, user: User, what: Sought, before: Place | None = None, skip: int = 0, limit: int = 10
) -> list[str]:
    [found] = given(store.search(user.id, what, before, skip, limit))
    assert isinstance(found, tuple), found
    return [one.text for one in found[0]]


def words_in(store: MemoryStore) -> bytes:
    """All that the index has."""
    rows = store.rows("SELECT block FROM words_data")
    return b"".join(block for (block,) in rows)


def learnt(store: MemoryStore) -> dict[int, int]:
    """Up to where the rooms' messages are in the index."""
    return dict(store.rows("SELECT id, indexed FROM rooms"))


# What is in the index.


def test_what_was_deleted_leaves_the_index(store: MemoryStore, bob: User) -> None:
    said = [say(store, bob, text) for text in ("quince", "apple", "quincunx")]
    learn(store)
    assert b"quince" in words_in(store)
    store.change(Change(ROOM, bob, said[0].seq, bob.id, None))
    given(Deferred.fromCoroutine(store.prune()))
    assert b"quince" not in words_in(store)
    assert b"apple" in words_in(store)
    assert [] == store.rows("SELECT value FROM meta WHERE name = 'index'")


def test_what_is_deleted_meanwhile_is_taken_out_the_next_time(store: MemoryStore, bob: User) -> None:
    """Writing the index anew takes many steps; what was written before is not looked at again."""
    said = [say(store, bob, text) for text in ("quince", "apple")]
    learn(store)
    store.change(Change(ROOM, bob, said[0].seq, bob.id, None))
    assert do(store, lambda connection: indexing.tidy(connection, True))
    store.change(Change(ROOM, bob, said[1].seq, bob.id, None))
    while do(store, lambda connection: indexing.tidy(connection, False)):
        pass
    assert [("changed",)] == store.rows("SELECT value FROM meta WHERE name = 'index'")
    given(Deferred.fromCoroutine(store.prune()))
    assert b"apple" not in words_in(store)
    assert [] == store.rows("SELECT value FROM meta WHERE name = 'index'")


def test_what_is_edited_or_deleted_before_it_is_learnt_never_comes_into_the_index(
    store: MemoryStore, bob: User
) -> None:
    said = [say(store, bob, text) for text in ("quince", "apple", "pear")]
    store.change(Change(ROOM, bob, said[0].seq, bob.id, None))
    store.change(Change(ROOM, bob, said[1].seq, bob.id, "plum"))
    learn(store)
    for gone in (b"quince", b"apple"):
        assert gone not in words_in(store)
    assert ["plum"] == texts(store, bob, sought("plum"))
    assert [] == texts(store, bob, sought("apple"))


def test_all_is_learnt_in_steps(store: MemoryStore, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "LEARNT_AT_ONCE", 3)
    for number in range(8):
        say(store, bob, f"tea {number}")
    seen = [learnt(store)[ROOM]]
    while do(store, indexing.learn):
        seen.append(learnt(store)[ROOM])
    assert seen == [0, 3, 6]
    assert {ROOM: store.head(ROOM)} == learnt(store)
    assert 0 == do(store, indexing.behind)
    assert [f"tea {number}" for number in reversed(range(8))] == texts(store, bob, sought("tea"))


def test_a_long_room_is_found_in_across_the_numbers_of_the_index(store: MemoryStore, bob: User) -> None:
    """Rooms lie beside each other in the index; one of more than 65,536 entries goes on elsewhere."""
    do(
        store,
        lambda connection: connection.exec_driver_sql(
            "UPDATE rooms SET head = 65534, indexed = 65534, floor = 65530 WHERE id = 1"
        ),
    )
    said = [say(store, bob, f"tea {number}") for number in range(5)]
    learn(store)
    assert [65535, 65536, 65537, 65538, 65539] == [one.seq for one in said]
    assert [f"tea {number}" for number in (4, 3, 2, 1, 0)] == texts(store, bob, sought("tea"))
    assert ["tea 0"] == texts(store, bob, sought("tea"), Place(ROOM, 65536))
    store.change(Change(ROOM, bob, 65536, bob.id, None))
    assert ["tea 4", "tea 3", "tea 2", "tea 0"] == texts(store, bob, sought("tea"))


def test_neighbours_in_the_index_are_not_found_in_each_others_room() -> None:
    numbers = {indexing.number(room, seq) for room in (1, 2, 70_000) for seq in (1, 65_535, 65_536, 1 << 34)}
    assert 12 == len(numbers)
    assert 0 < min(numbers) < max(numbers) < 1 << 63


def test_learning_goes_on_where_the_store_refused(store: MemoryStore, bob: User) -> None:
    say(store, bob, "tea")
    store.failure = ChatError(Code.UNAVAILABLE, "The disk is full.")
    learn(store)
    assert 0 == learnt(store)[ROOM]
    store.failure = None
    learn(store)
    assert 1 == learnt(store)[ROOM]


def test_it_is_learnt_by_one_at_a_time(store: MemoryStore, bob: User) -> None:
    say(store, bob, "tea")
    store.hold()
    first = Deferred.fromCoroutine(store.learn())
    second = Deferred.fromCoroutine(store.learn())
    assert second.called
    assert not first.called
    store.release()
    assert first.called


# What takes too long.


def test_a_search_that_takes_too_long_is_given_up(
    store: MemoryStore, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SECONDS_MOST", -1.0)
    monkeypatch.setattr(searching, "STEPS", 1)
    say(store, bob, "tea")
    [failure] = given(store.search(bob.id, sought("tea"), None, 0, 10))
    error = getattr(failure, "value", None)
    assert isinstance(error, ChatError)
    assert Code.UNAVAILABLE is error.code
    monkeypatch.undo()
    assert ["tea"] == texts(store, bob, sought("tea"))


def test_what_was_found_when_the_time_was_over_is_given(
    store: MemoryStore, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be more then, and the next page goes on behind it."""
    for number in range(20):
        say(store, bob, f"tea {number}")
    heard = store.overheard()
    monkeypatch.setattr(searching, "STEPS", 1)
    monkeypatch.setattr(searching, "monotonic", lambda: sum("BETWEEN" in one for one in heard) > 1)
    [found] = given(store.search(bob.id, sought("tea"), None, 0, 20))
    monkeypatch.undo()
    assert isinstance(found, tuple)
    numbers = [int(one.text.removeprefix("tea ")) for one in found[0]]
    assert (list(range(19, 19 - searching.AT_FIRST, -1)), True) == (numbers, found[1])
    rest = texts(store, bob, sought("tea"), Place(ROOM, found[0][-1].seq), limit=20)
    assert [f"tea {number}" for number in range(numbers[-1] - 1, -1, -1)] == rest


# Who finds what.


def test_a_place_that_is_gone_gives_nothing(store: MemoryStore, bob: User) -> None:
    say(store, bob, "tea")
    [found] = given(store.search(bob.id, sought("tea"), Place(ROOM, 99), 0, 10))
    assert ([], False) == found


def test_a_place_in_the_room_of_others_tells_nothing_of_its_time(store: MemoryStore, bob: User) -> None:
    alice = guest(store, "alice")
    [room] = given(store.create_room("den", "private", alice.id))
    say(store, bob, "tea")
    place = say(store, alice, "here", room.id)
    [found] = given(store.search(bob.id, sought("tea"), Place(room.id, place.seq), 0, 10))
    assert ([], False) == found
    assert ["tea"] == texts(store, alice, sought("tea"), Place(room.id, place.seq))
