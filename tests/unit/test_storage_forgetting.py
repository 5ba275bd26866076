"""What is left on the disk of a room that was deleted, and of what a room keeps no longer: nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, insert, select, update

from chatd.model import Draft, Footing, User
from chatd.storage import (
    bots,
    files,
    forgetting,
    indexing,
    invitations,
    members,
    naming,
    schema,
    settings,
    tokens,
    writes,
)
from chatd.storage.append import append_all
from chatd.storage.dialect import writing_engine
from chatd.storage.forgetting import DAY_MS
from chatd.storage.schema import metadata, rooms
from chatd.storage.upgrade import DATABASE, upgrade

NOW = 1_000
STAYS = {"audit"}
"""Tables that go on naming a room which was deleted."""
KNOWN = STAYS | {
    "bots",
    "entries",
    "files",
    "former_names",
    "icons",
    "invitations",
    "keys",
    "links",
    "members",
    "mentions",
    "pins",
    "previews",
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


def named_by(connection: Connection, room: int) -> set[str]:
    """The tables in which some row names the room."""
    return {
        table.name
        for table in metadata.sorted_tables
        if "room" in table.c
        and connection.execute(select(func.count()).where(table.c.room == room)).scalar_one()
    }


def fill(connection: Connection, room: int, alice: User, bob: User, carol: User) -> None:
    """Have every table name the room."""
    members.add_member(connection, NOW, bob.id, room, 0)
    members.remove_member(connection, bob.id, room)
    invitations.invite(connection, NOW, room, carol.id, alice.id)
    invitations.make_link(connection, NOW, room, alice.id, b"digest", None, 7)
    tokens.add_token(connection, NOW, alice.id, b"login")
    bots.make(connection, NOW, alice.id, "deploy", b"secret", b"login", room)
    drafts = [Draft(room, alice, f"text {number}", key=f"key {number}") for number in range(1_200)]
    append_all(connection, drafts, NOW)
    naming.rename(connection, NOW, room, alice, "attic", allow)
    here = {"room": room, "user": alice.id, "at": NOW}
    rows: dict[Table, dict[str, object]] = {
        schema.files: here | {"id": "f", "seq": 3, "name": "f", "type": "t", "bytes": 1},
        schema.contents: {"file": "f", "size": "full", "digest": b"content"},
        schema.icons: {"id": "icon", "room": room, "small": b"small", "large": b"large"},
        schema.mentions: {"room": room, "user": 0, "seq": 4},
        schema.pins: {"room": room, "seq": 9, "target": 5, "by": alice.id, "at": NOW},
        schema.previews: {
            "room": room,
            "target": 8,
            "url": "u",
            "digest": b"u",
            "title": "t",
            "site": "s",
            "description": "",
            "looked_at": NOW,
        },
        schema.purges: {
            "room": room,
            "user": bob.id,
            "by": alice.id,
            "up_to": 9,
            "position": 0,
            "found": False,
        },
        schema.reactions: {"room": room, "target": 6, "emoji": "👍", "user": bob.id, "seq": 9},
        schema.reports: {"room": room, "seq": 7, "at": NOW, "by": bob.id, "author": alice.id, "note": "spam"},
        schema.sanctions: here
        | {"kind": "mute", "network": "", "reason": "", "by": alice.id, "user": bob.id},
    }
    for table, row in rows.items():
        connection.execute(insert(table), row)
    connection.execute(update(rooms).where(rooms.c.id == room).values(icon="icon"))


def test_nothing_names_a_deleted_room_but_the_audit_log(connection: Connection) -> None:
    alice = writes.create_user(connection, NOW, "alice", "hash")
    bob, carol = (writes.create_user(connection, NOW, name, None) for name in ("bob", "carol"))
    room = writes.create_room(connection, NOW, "den", "public", alice.id).id
    fill(connection, room, alice, bob, carol)
    append_all(connection, [Draft(1, alice, "elsewhere", key="elsewhere")], NOW)
    assert KNOWN == named_by(connection, room)
    assert [carol.id] == forgetting.destroy(connection, NOW, room, alice, "attic", allow)
    forget_all(connection)
    assert STAYS == named_by(connection, room)
    assert (None, []) == (bots.hooked(connection, b"secret"), bots.bots_of(connection, alice.id))
    row = connection.execute(select(rooms).where(rooms.c.id == room)).one()
    assert (None, "", 0, 1_201, False) == (row.name, row.topic, row.members, row.floor, row.forgets)
    assert {"entries", "keys", "members"} <= named_by(connection, 1)
    assert {b"content", b"small", b"large"} == set(files.freed_contents(connection))


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
            while indexing.learn(connection):
                pass
        assert b"xyzzy" in all_bytes(path)
        with connection.begin():
            if how == "deleted":
                forgetting.destroy(connection, NOW, room, alice, "den", allow)
            else:
                settings.configure(connection, NOW, room, alice, {"retain_days": 1}, allow)
            forget_all(connection, NOW + 2 * DAY_MS)
        with connection.begin():
            first = True
            while indexing.tidy(connection, first):
                first = False
    engine.dispose()
    assert b"xyzzy" not in all_bytes(path)


def all_bytes(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in path.parent.iterdir() if file.is_file())
