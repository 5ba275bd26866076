"""The indexes: filled by the upgrade, emptied of what was deleted, and never asked for too long."""

from typing import Any

import pytest
from twisted.internet.defer import Deferred

from chatd.model import Change, ChatError, Code, Draft, Place, Said, Sought, User
from chatd.storage import searching
from tests.fakes import MemoryStore

ROOM = 1


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(clock=lambda: 1_764_000_000_000)


@pytest.fixture
def bob(store: MemoryStore) -> User:
    made: list[User] = []
    store.create_guest("bob").addCallback(made.append)
    return made[0]


def given(work: "Deferred[Any]") -> list[object]:
    found: list[object] = []
    work.addBoth(found.append)
    return found


def words_in(store: MemoryStore) -> bytes:
    """All that the index of words holds."""
    rows = store._database.ask(
        lambda connection, now: connection.exec_driver_sql("SELECT block FROM words_data").all()
    )
    return b"".join(row[0] for row in rows)


def test_what_was_deleted_leaves_the_index(store: MemoryStore, bob: User) -> None:
    said: list[Said] = []
    for text in ("quince", "apple", "quincunx"):
        store.append(Draft(ROOM, bob, text)).addCallback(said.append)
    assert b"quince" in words_in(store)
    store.change(Change(ROOM, bob, said[0].seq, bob.id, None))
    given(Deferred.fromCoroutine(store.prune()))
    assert b"quince" not in words_in(store)
    assert b"apple" in words_in(store)


def test_a_search_that_takes_too_long_is_given_up(
    store: MemoryStore, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "SECONDS_MOST", -1.0)
    monkeypatch.setattr(searching, "STEPS", 1)
    store.append(Draft(ROOM, bob, "tea"))
    [failure] = given(store.search(bob.id, Sought(words=("tea",)), None, 0, 10))
    error = getattr(failure, "value", None)
    assert isinstance(error, ChatError)
    assert Code.UNAVAILABLE is error.code
    monkeypatch.undo()
    [found] = given(store.search(bob.id, Sought(words=("tea",)), None, 0, 10))
    assert isinstance(found, tuple)
    assert ["tea"] == [one.text for one in found[0]]


def test_a_place_that_is_gone_gives_nothing(store: MemoryStore, bob: User) -> None:

    store.append(Draft(ROOM, bob, "tea"))
    [found] = given(store.search(bob.id, Sought(words=("tea",)), Place(ROOM, 99), 0, 10))
    assert ([], False) == found
