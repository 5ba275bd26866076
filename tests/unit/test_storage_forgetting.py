"""What is left on the disk of a room that was deleted, and of what a room keeps no longer: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from chatd.model import Draft, Footing
from chatd.storage import forgetting, invitations, members, settings, writes
from chatd.storage.append import append_all
from chatd.storage.dialect import writing_engine
from chatd.storage.forgetting import DAY_MS
from chatd.storage.schema import metadata, rooms
from chatd.storage.upgrade import DATABASE, upgrade

NOW = 1_000
STAYS = {"audit"}
"""Tables that go on naming a room which was deleted."""
KNOWN = STAYS | {
    "entries",
    "files",
    "former_names",
    "invitations",
    "keys",
    "links",
    "members",
    "mentions",
    "pins",
    "purges",
    "reactions",
    "reports",
    "sanctions",
}
"""Tables whose rows go with the room; those of entries with the entries, too."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    upgrade(tmp_path / DATABASE)
    return tmp_path / DATABASE


@pytest.fixture
def connection(path: Path) -> Iterator[Connection]:
    engine = writing_engine(path)
    with engine.connect() as connection, connection.begin():
        yield connection
    engine.dispose()


def allow(actor: Footing) -> None:
    """Anybody may."""


def forget_all(connection: Connection, now: int = NOW) -> None:
    """As `Store.forget_old` does it."""
    place = 0
    while (step := forgetting.forget(connection, now, place)) is not None:
        place = step.room
        if step.emptied:
            forgetting.forget_rest(connection, now, place, forgetting.rest_of(connection, place))


def naming(connection: Connection, room: int) -> set[str]:
    """The tables in which some row names the room."""
    return {
        table.name
        for table in metadata.sorted_tables
        if "room" in table.c
        and connection.execute(select(func.count()).where(table.c.room == room)).scalar_one()
    }


def test_nothing_names_a_deleted_room_but_the_audit_log(connection: Connection) -> None:
    alice = writes.create_user(connection, NOW, "alice", "hash")
    bob = writes.create_user(connection, NOW, "bob", None)
    carol = writes.create_user(connection, NOW, "carol", None)
    room = writes.create_room(connection, NOW, "den", "public", alice.id).id
    members.add_member(connection, NOW, bob.id, room, 0)
    members.remove_member(connection, bob.id, room)
    invitations.invite(connection, NOW, room, carol.id, alice.id)
    invitations.make_link(connection, NOW, room, alice.id, b"digest", None, 7)
    drafts = [Draft(room, alice, f"text {number}", key=f"key {number}") for number in range(1_200)]
    append_all(connection, drafts, NOW)
    append_all(connection, [Draft(1, alice, "elsewhere", key="elsewhere")], NOW)
    assert {"entries", "keys", "members", "invitations", "links"} <= naming(connection, room)
    forgetting.destroy(connection, NOW, room, alice, "den", allow)
    forget_all(connection)
    assert STAYS == naming(connection, room)
    row = connection.execute(select(rooms).where(rooms.c.id == room)).one()
    assert (None, "", 0, 1_200, False) == (row.name, row.topic, row.members, row.floor, row.forgets)
    assert {"entries", "keys", "members"} <= naming(connection, 1)


def test_every_table_that_names_rooms_is_known_here() -> None:
    """A new one must go with a room that is deleted, and with entries that are forgotten."""
    named = {table.name for table in metadata.sorted_tables if "room" in table.c}
    assert KNOWN == named


@pytest.mark.parametrize("how", ["deleted", "kept for a day"])
def test_what_was_said_is_nowhere_in_the_file(path: Path, how: str) -> None:
    engine = writing_engine(path)
    with engine.connect() as connection:
        with connection.begin():
            alice = writes.create_user(connection, NOW, "alice", "hash")
            room = writes.create_room(connection, NOW, "den", "public", alice.id).id
            append_all(connection, [Draft(room, alice, f"xyzzy {number}") for number in range(700)], NOW)
        assert b"xyzzy" in all_bytes(path)
        with connection.begin():
            if how == "deleted":
                forgetting.destroy(connection, NOW, room, alice, "den", allow)
            else:
                settings.configure(connection, NOW, room, alice, {"retain_days": 1}, allow)
            forget_all(connection, NOW + 2 * DAY_MS)
    engine.dispose()
    assert b"xyzzy" not in all_bytes(path)


def all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
