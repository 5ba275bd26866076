"""Forgetting what a room keeps no longer, and deleting rooms: a little in each transaction, so that no append
waits long, and a crash only holds it up.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, bindparam, delete, func, select, update

from chatd.model import User
from chatd.storage import audit, bots, files, icons
from chatd.storage.members import forget_members
from chatd.storage.reads import need_room
from chatd.storage.refusals import wrong_room_name
from chatd.storage.roles import footing
from chatd.storage.schema import (
    entries,
    forgets,
    former_names,
    invitations,
    keys,
    links,
    members,
    purges,
    reports,
    rooms,
    sanctions,
)
from chatd.storage.schema import files as carried
from chatd.storage.settings import Permit

DAY_MS = 24 * 3600 * 1000
FORGOTTEN_AT_ONCE = 500
"""Rows that one transaction removes: a few milliseconds."""
LOOKED_AT_ONCE = 100
"""Rooms that one transaction looks at."""


def destroy(connection: Connection, now: int, room: int, by: User, name: str, permit: Permit) -> list[int]:
    """From now on there is no such room; what was in it is removed by `forget`. Gives who was invited."""
    permit(footing(connection, by.id, room))
    row = need_room(connection, room)
    if row.name != name:
        raise wrong_room_name()
    invited = connection.execute(select(invitations.c.user).where(invitations.c.room == room)).scalars().all()
    bots.end_hooked(connection, now, room)
    for table in (former_names, invitations, links, sanctions, purges, reports):
        connection.execute(delete(table).where(table.c.room == room))
    gone = {"name": None, "topic": "", "topic_folded": "", "icon": None, "members": 0}
    gone |= {"destroyed": True, "forgets": True}
    connection.execute(update(rooms).where(rooms.c.id == room).values(gone))
    icons.release(connection, row.icon)
    audit.record(connection, now, by.id, "destroy", room=room, detail=name)
    return list(invited)


class Step(NamedTuple):
    """What one transaction did, and where the next one goes on."""

    room: int
    """It goes on with this room."""
    upto: int | None = None
    """So far entries are gone that were there before."""
    emptied: bool = False
    """A room that was deleted has no entry any more."""


def forget(connection: Connection, now: int, place: int) -> Step | None:
    """Remove some entries that are kept no longer, in the first room from `place` on that has such."""
    looked_at = list(
        connection.execute(
            select(rooms).where(forgets, rooms.c.id >= place).order_by(rooms.c.id).limit(LOOKED_AT_ONCE)
        )
    )
    for row in looked_at:
        last = _last(connection, now, row)
        if last > row.floor:
            _remove(connection, row.id, row.floor + 1, last)
            return Step(row.id, last)
        if row.destroyed:
            return Step(row.id, emptied=True)
    return Step(looked_at[-1].id + 1) if len(looked_at) == LOOKED_AT_ONCE else None


def _last(connection: Connection, now: int, row: Row[Any]) -> int:
    """Up to which seq the next entries can go; the floor where none can."""
    most: int = min(row.floor + FORGOTTEN_AT_ONCE, row.head)
    if row.destroyed:
        return most
    last: int = row.floor
    if row.retain_count:
        last = max(last, min(most, row.head - row.retain_count))
    if row.retain_days:
        old = and_(
            entries.c.room == row.id,
            entries.c.seq.between(row.floor + 1, most),
            entries.c.at < now - row.retain_days * DAY_MS,
        )
        last = max(last, connection.execute(select(func.max(entries.c.seq)).where(old)).scalar() or 0)
    return last


def _remove(connection: Connection, room: int, first: int, last: int) -> None:
    files.release(connection, and_(carried.c.room == room, carried.c.seq.between(first, last)))
    connection.execute(delete(entries).where(entries.c.room == room, entries.c.seq.between(first, last)))
    connection.execute(update(rooms).where(rooms.c.id == room).values(floor=last))


class Rest(NamedTuple):
    """Some of what refers to a room, beside its entries."""

    members: list[int]
    keys: list[tuple[int, str]]


def rest_of(connection: Connection, room: int) -> Rest:
    """What there still is, or some of it. A read: it looks through whole tables, which no index helps."""
    users = select(members.c.user).where(members.c.room == room).limit(FORGOTTEN_AT_ONCE)
    used = select(keys.c.author, keys.c.key).where(keys.c.room == room).limit(FORGOTTEN_AT_ONCE)
    pairs = [(author, key) for author, key in connection.execute(used)]
    return Rest(list(connection.execute(users).scalars()), pairs)


_forget_key = delete(keys).where(keys.c.author == bindparam("whose"), keys.c.key == bindparam("which"))


def forget_rest(connection: Connection, now: int, room: int, rest: Rest) -> None:
    """Remove this; where there is nothing left, the room is done with."""
    forget_members(connection, room, rest.members)
    if rest.keys:
        connection.execute(_forget_key, [{"whose": author, "which": key} for author, key in rest.keys])
    if not (rest.members or rest.keys):
        files.release(connection, carried.c.room == room)
        connection.execute(update(rooms).where(rooms.c.id == room).values(forgets=False))
