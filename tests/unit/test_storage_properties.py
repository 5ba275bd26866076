"""The SQL and the store in memory give the same answers, whatever is asked in whatever order."""

import re
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError
from twisted.internet.defer import Deferred

from chatd.model import ChatError, Code, Draft, Entry, User
from chatd.storage import reads, schema, writes
from chatd.storage.append import Appended, append_all
from chatd.storage.dialect import savepoint, writing_engine
from chatd.storage.upgrade import DATABASE, upgrade
from tests.fakes import MemoryStore

NOW = 1_000

ids = some.integers(1, 4)
names = some.sampled_from(["lobby", "den", "al", "al2", "bo"])
kinds = some.sampled_from(["public", "private"])
digests = some.sampled_from([b"one", b"two"])
seqs = some.integers(0, 8)

steps = some.one_of(
    some.tuples(
        some.just("append"),
        ids,
        ids,
        some.sampled_from("xy"),
        some.none() | some.sampled_from("kl"),
        some.none() | seqs,
    ),
    some.tuples(some.just("open_direct"), some.tuples(ids, ids)),
    some.tuples(some.just("create_room"), names, kinds, ids),
    some.tuples(some.sampled_from(["join", "leave"]), ids, ids),
    some.tuples(some.just("read"), ids, ids, seqs),
    some.tuples(some.just("create_guest"), names),
    some.tuples(some.just("create_account"), names, some.just("hash")),
    some.tuples(some.sampled_from(["hold_name", "free_name"]), ids),
    some.tuples(some.just("add_token"), ids, digests),
    some.tuples(some.sampled_from(["use_token", "drop_token"]), digests),
    some.tuples(some.just("prefer"), ids, some.booleans()),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("data") / DATABASE
    upgrade(path)
    engine = writing_engine(path)
    yield engine
    engine.dispose()


def in_memory(store: MemoryStore, name: str, *args: Any) -> object:
    answer: Deferred[object] = getattr(store, name)(*args)
    results: list[object] = []
    answer.addCallbacks(results.append, lambda failure: results.append(failure.value.code))
    return results[0]


def in_sql(connection: Connection, name: str, *args: Any) -> object:
    """One write as the writer does it."""
    try:
        with savepoint(connection):
            match name:
                case "append":
                    [outcome] = append_all(connection, args, NOW)
                    return outcome.entry if isinstance(outcome, Appended) else outcome.code
                case "create_guest":
                    return writes.create_user(connection, NOW, args[0], None)
                case "create_account":
                    return writes.create_user(connection, NOW, *args)
                case _:
                    return getattr(writes, name)(connection, NOW, *args)
    except ChatError as refusal:
        return refusal.code
    except IntegrityError:
        return Code.NO_SUCH_USER


def draft(author: int, room: int, text: str, key: str | None, reply_to: int | None) -> Draft:
    return Draft(room, User(author, f"user{author}", "guest"), text, key, reply_to)


def assert_same(connection: Connection, store: MemoryStore) -> None:
    for room in range(1, 6):
        assert in_memory(store, "room", room) == reads.room(connection, room)
        if reads.room(connection, room):
            assert in_memory(store, "entries", room, 1) == reads.entries(connection, room, 1, None)
    for user in range(1, 6):
        assert in_memory(store, "account", user) == reads.account(connection, user)
        assert in_memory(store, "rooms_of", user) == reads.states(connection, user)
        assert in_memory(store, "list_rooms", user, "", 3) == reads.list_rooms(connection, user, "", 3)
    for name in ("lobby", "al", "al2"):
        assert in_memory(store, "room", name) == reads.room(connection, name)
        assert in_memory(store, "account", name) == reads.account(connection, name)
    assert in_memory(store, "guests_holding_names") == reads.guests_holding_names(connection)


@given(some.lists(steps, max_size=30))
def test_same_writes_have_the_same_answers_and_effects(engine: Engine, steps: list[tuple[Any, ...]]) -> None:
    store = MemoryStore(clock=lambda: NOW)
    with engine.connect() as connection, connection.begin() as undone:
        for name, *args in [("create_guest", "al"), ("create_guest", "bo"), *steps]:
            if name == "append":
                args = [draft(*args)]
            assert in_memory(store, name, *args) == in_sql(connection, name, *args)
        assert_same(connection, store)
        undone.rollback()


drafts = some.builds(
    draft,
    some.integers(1, 2),
    some.integers(1, 2),
    some.sampled_from("xy"),
    some.none() | some.sampled_from("klm"),
    some.none() | some.sampled_from([1, 50]),
)


@given(some.lists(some.lists(drafts, max_size=8), max_size=4))
def test_batches_change_nothing_but_speed(engine: Engine, batches: list[list[Draft]]) -> None:
    published: list[Entry] = []
    fresh: list[Entry] = []
    store = MemoryStore(published.append, lambda: NOW)
    before: list[tuple[Any, ...]] = [
        ("create_guest", "al"),
        ("create_guest", "bo"),
        ("create_room", "den", "public", 1),
        ("append", draft(1, 1, "first", None, None)),
        ("append", draft(1, 2, "first", None, None)),
    ]
    with engine.connect() as connection, connection.begin() as undone:
        for name, *args in before:
            assert in_memory(store, name, *args) == in_sql(connection, name, *args)
        published.clear()
        for batch in batches:
            expected = [in_memory(store, "append", draft) for draft in batch]
            outcomes = append_all(connection, batch, NOW)
            assert expected == [one.entry if isinstance(one, Appended) else one.code for one in outcomes]
            fresh += [one.entry for one in outcomes if isinstance(one, Appended) and one.fresh]
        assert published == fresh
        assert_same(connection, store)
        undone.rollback()


def test_no_statement_walks_through_a_table_that_grows(engine: Engine) -> None:
    """SQLite scans for less than one expects: `(a, b) IN (VALUES …)` is enough."""
    tables = "|".join(schema.metadata.tables)
    asked: set[str] = set()
    with engine.connect() as connection, connection.begin() as undone:
        driver = connection.connection.dbapi_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_trace_callback(asked.add)
        alice = writes.create_user(connection, NOW, "alice", None)
        bob = writes.create_user(connection, NOW, "bob", "hash")
        writes.create_room(connection, NOW, "den", "public", alice.id)
        direct = writes.open_direct(connection, NOW, (alice.id, bob.id))
        append_all(connection, [Draft(direct.id, alice, "x", f"{key}") for key in range(3)], NOW)
        append_all(connection, [Draft(direct.id, alice, "x", "k", reply_to=1)], NOW)
        writes.read(connection, NOW, bob.id, direct.id, 1)
        writes.leave(connection, NOW, bob.id, direct.id)
        writes.free_name(connection, NOW, alice.id)
        writes.hold_name(connection, NOW, alice.id)
        writes.prefer(connection, NOW, bob.id, True)
        writes.add_token(connection, NOW, bob.id, b"digest")
        writes.use_token(connection, NOW, b"digest")
        writes.drop_token(connection, NOW, b"digest")
        writes.prune(connection, NOW)
        reads.entries(connection, direct.id, 0, None)
        reads.messages(connection, direct.id, None, None, 50)
        reads.messages(connection, direct.id, None, 1, 50)
        reads.states(connection, alice.id)
        reads.list_rooms(connection, alice.id, "", 10)
        reads.account(connection, "bob")
        reads.room(connection, "den")
        reads.room(connection, direct.id)
        driver.set_trace_callback(None)
        assert len(asked) > 30
        walks = {
            (walked[1], statement)
            for statement in asked
            # The plan of an upsert names the tables that refer to its own, but walks them only when it must
            # look for deferred keys.
            if not statement.startswith("INSERT")
            for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}")
            if (walked := re.match(rf"SCAN ({tables})\b", step))
        }
        undone.rollback()
    assert set() == walks
