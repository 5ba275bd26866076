"""Batches give what single appends give, and no statement walks through a table that grows."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Engine

from chatd.model import (
    Account,
    Calls,
    Change,
    Draft,
    Entry,
    File,
    FileSize,
    Pinning,
    Place,
    Reacting,
    StoredFile,
    User,
)
from chatd.storage import (
    bots,
    changes,
    ending,
    files,
    invitations,
    leftovers,
    lockdown,
    mentions,
    pages,
    pins,
    purging,
    reactions,
    reads,
    reports,
    roles,
    sanctions,
    schema,
    tokens,
    writes,
)
from chatd.storage.append import append_all
from chatd.storage.dialect import writing_engine
from chatd.storage.upgrade import DATABASE, upgrade
from tests.fakes import MemoryStore

NOW = 1_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("data") / DATABASE
    upgrade(path)
    engine = writing_engine(path)
    yield engine
    engine.dispose()


def draft(author: int, room: int, text: str, key: str | None, reply_to: int | None) -> Draft:
    return Draft(room, User(author, f"user{author}", "guest"), text, key, reply_to)


def anything(*facts: object) -> None:
    """Allow it."""


drafts = some.builds(
    draft,
    some.integers(1, 2),
    some.integers(1, 2),
    some.sampled_from("xy"),
    some.none() | some.sampled_from("klm"),
    some.none() | some.sampled_from([1, 50]),
)


@given(some.lists(some.lists(drafts, max_size=8), max_size=4))
def test_batches_change_nothing_but_speed(batches: list[list[Draft]]) -> None:
    outcomes, published, state = carried_out([[draft] for batch in batches for draft in batch])
    assert (outcomes, published, state) == carried_out(batches)


def carried_out(batches: list[list[Draft]]) -> tuple[list[object], list[Entry], list[object]]:
    """What became of each draft, what was published, and what is stored in the end."""
    outcomes: list[object] = []
    published: list[Entry] = []
    store = MemoryStore(published.append, lambda: NOW)
    store.create_guest("al")
    store.create_guest("bo")
    store.create_room("den", "public", 1)
    for room in (1, 2):
        store.append(draft(1, room, "first", None, None))
    published.clear()
    for batch in batches:
        store.hold()
        for one in batch:
            store.append(one).addCallbacks(
                outcomes.append, lambda failure: outcomes.append(failure.value.code)
            )
        store.release()
    state: list[object] = []
    for room in (1, 2):
        store.entries(room, 0).addCallback(state.append)
    return outcomes, published, state


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
        carol = writes.create_user(connection, NOW, "carol", None)
        den = writes.create_room(connection, NOW, "den", "public", alice.id)
        direct = writes.open_direct(connection, NOW, (alice.id, bob.id))
        append_all(connection, [Draft(direct.id, alice, "x", f"{key}") for key in range(3)], NOW)
        append_all(connection, [Draft(direct.id, alice, "x", "k", reply_to=1)], NOW)
        writes.read(connection, NOW, bob.id, direct.id, 1)
        writes.leave(connection, NOW, bob.id, direct.id)
        writes.free_name(connection, NOW, alice.id)
        writes.hold_name(connection, NOW, alice.id)
        writes.prefer(connection, NOW, bob.id, True)
        tokens.add_token(connection, NOW, bob.id, b"digest")
        tokens.use_token(connection, NOW, b"digest")
        tokens.drop_token(connection, NOW, b"digest")
        tokens.add_token(connection, NOW, bob.id, b"login")
        bot = bots.make(connection, NOW, bob.id, "ci", b"secret", b"login", None)
        bots.bots_of(connection, bob.id)
        bots.hooked(connection, b"secret")
        bots.end(connection, NOW, bob.id, bot.id)
        sizes: dict[FileSize, bytes] = {"": b"digest", "small": b"other"}
        cat = File(id="cat", name="cat", type="text/plain", bytes=1)
        files.add(connection, NOW, StoredFile(cat, direct.id, alice, None, sizes), 99)
        append_all(connection, [Draft(direct.id, alice, "x", file="cat")], NOW)
        files.stored_file(connection, "cat")
        changes.change(connection, NOW, Change(direct.id, alice, 5, alice.id, None))
        for on in (True, False):
            reactions.react(connection, NOW, Reacting(direct.id, alice, 1, "👍", on))
            pins.pin(connection, NOW, Pinning(direct.id, alice, 1, on), anything)
        pins.pinned(connection, direct.id, 1_000)
        leftovers.forget(connection, direct.id, 1, 3, alice.id)
        for everybody in (True, False):
            calls = Calls(("bob", "carol"), everybody, (bob.id,))
            mentions.change(connection, direct.id, 1, alice.id, calls)
        mentions.mentioned(connection, alice.id, Place(direct.id, 3), 10)
        mentions.notify(connection, NOW, alice.id, direct.id, "mentions")
        for room in (direct.id, None):
            purging.purge(connection, NOW, room, alice.id, bob, "", anything)
        while purging.carry_on(connection, NOW).value:
            pass
        files.unneeded(connection, NOW, [b"digest"])
        files.removed(connection, NOW, [b"digest"])
        writes.prune(connection, NOW)
        pages.entries(connection, direct.id, 0, None)
        pages.messages(connection, direct.id, None, None, 50)
        pages.messages(connection, direct.id, None, 1, 50)
        reads.states(connection, alice.id)
        roles.server_role(connection, alice.id)
        roles.list_members(connection, direct.id, 1, 10, "ali", alice.id)
        roles.set_room_role(connection, NOW, direct.id, alice.id, "member", alice.id, anything)
        roles.set_server_role(connection, NOW, bob.id, "admin", bob.id, anything)
        sanctions.sanction_in_room(connection, NOW, "mute", direct.id, bob.id, alice, 1, "", anything)
        sanctions.sanction_on_server(connection, NOW, "ban", bob.id, alice, None, "", anything)
        sanctions.ban_network(connection, NOW, "192.0.2.0/24", alice, None, "", anything)
        sanctions.in_force(connection, NOW, direct.id)
        sanctions.lift(connection, NOW, "mute", direct.id, bob.id, "", alice, anything)
        sanctions.kick(connection, NOW, direct.id, alice.id, bob, "", anything)
        roles.found(connection, NOW, bob.id)
        roles.make_owner(connection, NOW, "bob")
        reads.list_rooms(connection, alice.id, "a", 10, "b")
        reads.account(connection, "bob")
        reads.room(connection, "den")
        reads.room(connection, direct.id)
        invitations.invite(connection, NOW, den.id, bob.id, alice.id)
        invitations.invitations_of(connection, bob.id)
        reads.room_for(connection, "den", bob.id)
        invitations.join(connection, NOW, bob.id, den.id)
        link = invitations.make_link(connection, NOW, den.id, alice.id, b"digest", 5, 1)
        invitations.follow_link(connection, NOW, carol.id, b"digest")
        invitations.openings(connection, NOW, den.id)
        invitations.end_link(connection, NOW, den.id, link.link, alice.id)
        writes.leave(connection, NOW, bob.id, den.id)
        invitations.invite(connection, NOW, den.id, bob.id, alice.id)
        invitations.decline(connection, NOW, bob.id, "den")
        append_all(connection, [Draft(den.id, alice, "x")], NOW)
        reports.report(connection, NOW, den.id, 1, carol, "")
        reports.open_reports(connection, den.id, 0, 10)
        reports.close_report(connection, NOW, 1, alice, "", anything)
        reports.open_reports(connection, None, 0, 10)
        lockdown.lock_down(connection, NOW, 0, 30, "", alice, anything)
        lockdown.current(connection, NOW)
        lockdown.open_up(connection, NOW, alice, anything)
        dora = writes.create_user(connection, NOW, "dora", "hash")
        ending.end_account(connection, NOW, Account(dora, "hash", False), True, anything)
        driver.set_trace_callback(None)
        assert len(asked) > 30
        walks = {
            (walked[1], statement)
            for statement in asked
            # The plan of an upsert names the tables that refer to its own, but walks them only when it must
            # look for deferred keys. What begins with "--" is a trigger's, and is told without its values.
            if not statement.startswith(("INSERT", "--"))
            for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}")
            if (walked := re.match(rf"SCAN ({tables})\b", step))
        }
        undone.rollback()
    assert set() == walks
