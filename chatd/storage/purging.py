"""Removing all that somebody said: begun in one transaction, carried out piece by piece in others.

What is still to be done stands in a table, so that a crash only holds it up.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, func, insert, literal, select, update

from chatd.model import Deed, Purged, User
from chatd.storage import audit, files, leftovers
from chatd.storage.changes import GONE
from chatd.storage.log import Recorded, add
from chatd.storage.roles import Decide, footing
from chatd.storage.schema import counts, entries, is_public, is_there, members, purges, rooms, users
from chatd.storage.schema import files as carried

PURGED_AT_ONCE = 1_000
"""Entries that one transaction looks at: a few milliseconds, so that no append waits long."""


def purge(
    connection: Connection, now: int, room: int | None, user: int, by: User, reason: str, decide: Decide
) -> None:
    """Begin to remove all that somebody has said in a room, or in every public one."""
    decide(footing(connection, by.id, room), footing(connection, user, room, ended=True))
    begin(connection, user, by.id, [room] if room is not None else _public_rooms_of(connection, user))
    deed: Deed = "purge" if room is not None else "server purge"
    audit.record(connection, now, by.id, deed, room=room, about=user, detail=reason)


def begin(connection: Connection, user: int, by: int, where: Iterable[int]) -> None:
    """What the user has said in these rooms until now is to be removed."""
    for room in where:
        here = select(rooms.c.id, literal(user), literal(by), rooms.c.head, literal(0), literal(False)).where(
            rooms.c.id == room, rooms.c.head > 0, is_there
        )
        columns = ["room", "user", "by", "up_to", "position", "found"]
        connection.execute(insert(purges).from_select(columns, here))


def rooms_of(connection: Connection, user: int) -> list[int]:
    """Every room in which the user may have said something, by id: those of now and of before."""
    mine = select(rooms.c.id).join_from(members, rooms).where(members.c.user == user, is_there)
    return list(connection.execute(mine.order_by(rooms.c.id)).scalars())


def _public_rooms_of(connection: Connection, user: int) -> list[int]:
    mine = select(rooms.c.id).join_from(members, rooms).where(members.c.user == user, is_public, is_there)
    return list(connection.execute(mine.order_by(rooms.c.id)).scalars())


def carry_on(connection: Connection, now: int) -> Recorded[bool]:
    """Remove the next piece of what was begun; whether there was one.

    The texts are gone before an entry tells of it, because there may be many.
    """
    oldest = select(func.min(purges.c.id)).scalar_subquery()
    row = connection.execute(select(purges).where(purges.c.id == oldest)).one_or_none()
    if row is None:
        return Recorded(False)
    last = min(row.position + PURGED_AT_ONCE, row.up_to)
    theirs = and_(
        entries.c.room == row.room,
        entries.c.seq.between(row.position + 1, last),
        entries.c.author == row.user,
    )
    span = carried.c.seq.between(row.position + 1, last)
    files.release(connection, and_(carried.c.room == row.room, span, carried.c.user == row.user))
    leftovers.forget(connection, row.room, row.position + 1, last, row.user)
    gone = connection.execute(update(entries).where(theirs, counts).values(GONE)).rowcount
    found, mine = row.found or gone > 0, purges.c.id == row.id
    if last < row.up_to:
        connection.execute(update(purges).where(mine).values(position=last, found=found))
        return Recorded(True)
    connection.execute(delete(purges).where(mine))
    if not found:
        return Recorded(True)
    seq, at = add(connection, now, row.room, "purged", row.by, target=row.up_to, about=row.user)
    by, user = _user(connection, row.by), _user(connection, row.user)
    return Recorded(True, [Purged(room=row.room, seq=seq, at=at, sender=by, user=user, up_to=row.up_to)])


def _user(connection: Connection, user: int) -> User:
    return User(
        *connection.execute(select(users.c.id, users.c.name, users.c.kind).where(users.c.id == user)).one()
    )
