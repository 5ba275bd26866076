"""Who belongs to which room: the one place where memberships begin and end, and are counted."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, delete, or_, select, update

from chatd.model import RoomRole
from chatd.storage.dialect import upsert
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import banned_from_room
from chatd.storage.schema import belongs, members, rooms, sanctions

_insert = upsert(members)
_enter = _insert.on_conflict_do_update(
    index_elements=[members.c.user, members.c.room],
    set_={"member": True, "joined_at": _insert.excluded.joined_at, "role": _insert.excluded.role},
    where=members.c.member.is_(False),
).returning(members.c.user)
_bans = Prepared(
    select(sanctions.c.reason, sanctions.c.until).where(
        sanctions.c.user == bindparam("user"),
        sanctions.c.room == bindparam("room"),
        sanctions.c.kind == "ban",
        or_(sanctions.c.until.is_(None), sanctions.c.until > bindparam("now")),
    )
)


_forget_member = delete(members).where(
    members.c.user == bindparam("who"), members.c.room == bindparam("where")
)


def belongs_to(connection: Connection, user: int, room: int) -> bool:
    """Whether the user is a member of the room."""
    mine = and_(members.c.user == user, members.c.room == room, belongs)
    return connection.execute(select(members.c.user).where(mine)).first() is not None


def is_banned(connection: Connection, now: int, user: int, room: int) -> bool:
    """Whether the user is kept out of the room."""
    return bool(_bans(connection, user=user, room=room, now=now))


def add_member(
    connection: Connection, now: int, user: int, room: int, head: int, role: RoomRole = "member"
) -> bool:
    """The user belongs to the room; whether that is new. The read position of an earlier time stays.

    Raises ChatError `banned` for who is kept out.
    """
    for reason, until in _bans(connection, user=user, room=room, now=now):
        raise banned_from_room(reason, None if until is None else until - now)
    row = {"user": user, "room": room, "read": head, "member": True, "joined_at": now, "role": role}
    if connection.execute(_enter, row).first() is None:
        return False
    _count(connection, room, 1)
    return True


def remove_member(connection: Connection, user: int, room: int) -> bool:
    """The user belongs to the room no longer, nor has a role in it; whether that is new.

    The row stays for its read position.
    """
    mine = and_(members.c.user == user, members.c.room == room, belongs)
    if not connection.execute(update(members).where(mine).values(member=False, role="member")).rowcount:
        return False
    _count(connection, room, -1)
    return True


def forget_members(connection: Connection, room: int, users: Sequence[int]) -> None:
    """Remove these and their read positions from a room that is there no longer, and counts nobody."""
    if users:
        connection.execute(_forget_member, [{"who": user, "where": room} for user in users])


def _count(connection: Connection, room: int, change: int) -> None:
    connection.execute(update(rooms).where(rooms.c.id == room).values(members=rooms.c.members + change))
