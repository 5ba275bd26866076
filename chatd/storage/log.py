"""A room's log: how entries get their places in it, and how what happened to a room is noted.

A write that adds entries gives them to the writer beside its value, as `Recorded`: what is committed is
published in the order of the commits, and only then is the write answered.
"""

from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from sqlalchemy import Connection, bindparam, case, false, insert, select, update

from chatd.model import Entry, Notice, Noticed, User
from chatd.storage.prepared import Prepared, PreparedInsert, given
from chatd.storage.refusals import no_such_room
from chatd.storage.schema import entries, is_there, rooms

T_co = TypeVar("T_co", covariant=True)


class Recorded(NamedTuple, Generic[T_co]):
    """What a write gives that may have added to the log."""

    value: T_co
    """What it is answered with."""
    entries: Sequence[Entry] = ()
    """What it added just now, in order."""


_counts = given("room", "count")
_advance = Prepared(
    update(rooms)
    .where(rooms.c.id == _counts.c.room, is_there)
    .values(
        head=rooms.c.head + _counts.c.count,
        at=case((rooms.c.at > bindparam("now"), rooms.c.at), else_=bindparam("now")),
    )
    .returning(rooms.c.id, rooms.c.head, rooms.c.at)
)
_insert = PreparedInsert(
    insert(entries).values(me=false(), edited=false(), deleted=false()),
    ("room", "seq", "kind", "at", "author", "target", "about", "text"),
)


def advance(connection: Connection, counts: Mapping[int, int], now: int) -> dict[int, tuple[int, int]]:
    """Move the heads of rooms on by so many entries; for each the head before, and the time of its entries.

    The time is `now`, or that of the room's newest entry if the clock was set back. A room that is not there
    is left out.
    """
    moved = _advance(connection, sorted(counts.items()), now=now)
    return {room: (head - counts[room], at) for room, head, at in moved}


def add(
    connection: Connection,
    now: int,
    room: int,
    kind: str,
    author: int,
    *,
    target: int | None = None,
    about: int | None = None,
    text: str | None = None,
) -> tuple[int, int]:
    """Add an entry that is no message, and give its seq and time."""
    place = advance(connection, {room: 1}, now).get(room)
    if place is None:
        raise no_such_room()
    seq, at = place[0] + 1, place[1]
    _insert(connection, [(room, seq, kind, at, author, target, about, text)])
    return seq, at


def when(connection: Connection, room: int, seq: int) -> int:
    """When an entry was stored."""
    at: int = connection.execute(
        select(entries.c.at).where(entries.c.room == room, entries.c.seq == seq)
    ).scalar_one()
    return at


def note(
    connection: Connection,
    now: int,
    room: int,
    author: User,
    what: Notice,
    about: User | None = None,
    text: str = "",
) -> Noticed:
    """Add to a room's log that something happened to it, or in it to somebody."""
    to_whom = None if about is None else about.id
    seq, at = add(connection, now, room, what, author.id, about=to_whom, text=text)
    return Noticed(room=room, seq=seq, at=at, sender=author, what=what, about=about, text=text)
