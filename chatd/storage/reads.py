"""Every read: each is one function in a transaction of its own, which sees one moment."""

import json
from collections.abc import Collection, Iterable
from sys import intern
from typing import Any, cast

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from chatd.model import Account, Level, Listing, Profile, Room, RoomRole, RoomState, User, direct_name
from chatd.storage.dialect import json_rows
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import no_such_room
from chatd.storage.schema import (
    alive,
    belongs,
    counts,
    former_names,
    ignores,
    invitations,
    is_public,
    is_there,
    members,
    mentions,
    meta,
    name_held,
    rooms,
    users,
)
from chatd.storage.schema import entries as log

UNREAD_MOST = 1_000

_RoomRow = Row[Any]
"""A row of `rooms`, with whatever was asked beside it."""


def epoch(connection: Connection) -> str:
    """The random id made with the database."""
    value: str = connection.execute(select(meta.c.value).where(meta.c.name == "epoch")).scalar_one()
    return value


# Rooms


def room(connection: Connection, ref: int | str) -> Room | None:
    """A room by its id or name."""
    row = room_row(connection, ref)
    return None if row is None else _room(connection, row)


def called(ref: int | str) -> ColumnElement[bool]:
    """Which room this is the id of, or the name, or a former one."""
    if isinstance(ref, int):
        return and_(rooms.c.id == ref, is_there)
    former = select(former_names.c.room).where(former_names.c.name == ref).scalar_subquery()
    return and_(or_(rooms.c.name == ref, rooms.c.id == former), is_there)


def room_for(connection: Connection, ref: int | str, user: int) -> Room | None:
    """A room by its id or name, if the user may know of it: one statement, whatever the reason if not."""
    inside, asked = members.c.user.is_not(None), invitations.c.user.is_not(None)
    row = connection.execute(
        select(rooms, asked.label("invited"))
        .outerjoin_from(rooms, members, and_(members.c.room == rooms.c.id, members.c.user == user, belongs))
        .outerjoin(invitations, and_(invitations.c.room == rooms.c.id, invitations.c.user == user))
        .where(called(ref), or_(is_public, inside, asked))
    ).one_or_none()
    return None if row is None else replace(_room(connection, row), invited=row.invited)


def find_direct(connection: Connection, users: Iterable[int]) -> Room | None:
    """The direct room of exactly these users."""
    row = connection.execute(select(rooms).where(rooms.c.participants == direct_key(users))).one_or_none()
    return None if row is None else _room(connection, row)


def direct_key(ids: Iterable[int]) -> str:
    """How a direct room is found by who is in it."""
    return ":".join(map(str, sorted(set(ids))))


def room_row(connection: Connection, ref: int | str) -> _RoomRow | None:
    """The room's bare row."""
    return connection.execute(select(rooms).where(called(ref))).one_or_none()


_unheard = select(ignores.c.ignored).where(ignores.c.user == bindparam("user"))
_unread = (
    select(literal_column("1"))
    .where(
        log.c.room == members.c.room, log.c.seq > members.c.read, log.c.author != bindparam("user"), counts
    )
    .where(log.c.author.not_in(_unheard))
    .limit(UNREAD_MOST)
    .correlate(members)
    .subquery()
)
"""Others' messages after the read position, no more than are ever shown, of nobody who is ignored."""
_mentions = (
    select(literal_column("1"))
    .join_from(mentions, log, and_(log.c.room == mentions.c.room, log.c.seq == mentions.c.seq))
    .where(
        mentions.c.user.in_([bindparam("user"), literal_column("0")]),
        mentions.c.room == members.c.room,
        mentions.c.seq > members.c.read,
        log.c.author != bindparam("user"),
        log.c.author.not_in(_unheard),
        counts,
    )
    .limit(UNREAD_MOST)
    .correlate(members)
    .subquery()
)
"""Those of them that mention the user, or everybody."""
_how_many_unread = select(func.count()).select_from(_unread).scalar_subquery().label("unread")
_how_many_mentions = select(func.count()).select_from(_mentions).scalar_subquery().label("mentions")
_my_rooms = (
    select(
        rooms,
        members.c.read,
        members.c.role,
        members.c.notify,
        _how_many_unread,
        _how_many_mentions,
    )
    .join_from(members, rooms)
    .where(members.c.user == bindparam("user"), belongs, is_there)
)
_states = Prepared(_my_rooms)
_state_of = Prepared(_my_rooms.where(members.c.room == bindparam("room")))


def states(connection: Connection, user: int, room: int | None = None) -> list[RoomState]:
    """The rooms that the user belongs to, or the one of them: by name, direct ones last."""
    rows = _states(connection, user=user) if room is None else _state_of(connection, user=user, room=room)
    people = _people(connection, [id for row in rows for id in _ids(row.participants)])
    found = [_state(row, user, tuple(people[id] for id in _ids(row.participants))) for row in rows]
    return sorted(found, key=lambda state: (state.kind == "direct", state.name, state.room))


def state(connection: Connection, user: int, room: int) -> RoomState | None:
    """One of them."""
    return next(iter(states(connection, user, room)), None)


def list_rooms(
    connection: Connection,
    user: int,
    after: str,
    limit: int,
    query: str = "",
    archived: bool = False,
) -> tuple[list[Listing], bool]:
    """Rooms that the user may see, by name, after a name; and whether there are more.

    With a query those whose name or topic has each of its words. Two selects, because each then walks an
    index of its own from `after` on, whatever rooms there are besides.
    """
    mine = members.alias()
    is_mine = and_(mine.c.room == rooms.c.id, mine.c.user == user, mine.c.member.is_(True))
    shown = (rooms.c.id, rooms.c.name, rooms.c.kind, rooms.c.topic, rooms.c.members)
    is_member = mine.c.user.is_not(None)
    public = select(*shown, is_member, rooms.c.icon).outerjoin_from(rooms, mine, is_mine).where(is_public)
    private = select(*shown, true(), rooms.c.icon).join_from(mine, rooms, is_mine)
    private = private.where(rooms.c.kind == "private")
    fits = [
        rooms.c.name > after,
        rooms.c.archived.is_(archived),
        *(_speaks_of(word) for word in query.casefold().split()),
    ]
    found = [
        Listing(*row)
        for part in (public, private)
        for row in connection.execute(part.where(*fits).order_by(rooms.c.name).limit(limit + 1))
    ]
    found.sort(key=lambda listing: listing.name)
    return _counted(connection, user, found[:limit]), len(found) > limit


_asked = json_rows("asked", "room")
_counts = Prepared(
    select(members.c.room, _how_many_unread, _how_many_mentions).where(
        members.c.user == bindparam("user"), members.c.room.in_(select(_asked.c.room))
    )
)
"""With `IN` SQLite looks each room up; joined with the list it would scan that once for each membership."""


def _counted(connection: Connection, user: int, listed: list[Listing]) -> list[Listing]:
    """The rooms, and how much is unread in those that the user belongs to."""
    mine = [(one.room,) for one in listed if one.member]
    if not mine:
        return listed
    found = {row.room: row for row in _counts(connection, asked=json.dumps(mine), user=user)}
    return [
        replace(one, unread=found[one.room].unread, mentions=found[one.room].mentions)
        if one.room in found
        else one
        for one in listed
    ]


def _speaks_of(word: str) -> ColumnElement[bool]:
    return or_(
        rooms.c.name.contains(word, autoescape=True), rooms.c.topic_folded.contains(word, autoescape=True)
    )


def need_room(connection: Connection, room: int) -> _RoomRow:
    """The room's bare row; raises ChatError `no_such_room`."""
    row = room_row(connection, room)
    if row is None:
        raise no_such_room()
    return row


def _room(connection: Connection, row: _RoomRow) -> Room:
    ids = _ids(row.participants)
    people = _people(connection, ids)
    return Room(
        id=row.id,
        kind=row.kind,
        name=row.name or "",
        topic=row.topic,
        head=row.head,
        floor=row.floor,
        participants=tuple(people[id] for id in ids),
        moderated=row.moderated,
        slow_seconds=row.slow_seconds,
        ended=row.ended,
        archived=row.archived,
        icon=row.icon,
    )


def _state(row: _RoomRow, user: int, participants: tuple[User, ...]) -> RoomState:
    others = [one.name for one in participants if one.id != user] or [one.name for one in participants]
    return RoomState(
        room=row.id,
        name=direct_name(others) if participants else row.name,
        kind=row.kind,
        topic=row.topic,
        head=row.head,
        read=row.read,
        unread=row.unread,
        participants=participants,
        role=as_role(row.role),
        moderated=row.moderated,
        slow_seconds=row.slow_seconds,
        ended=row.ended,
        archived=row.archived,
        mentions=row.mentions,
        notify=cast(Level, intern(row.notify)),
        icon=row.icon,
    )


def as_role(text: str) -> RoomRole:
    """A role as it was stored; msgspec leaves a default out where it is the very same object."""
    return cast(RoomRole, intern(text))


def _ids(participants: str | None) -> list[int]:
    return [int(id) for id in participants.split(":")] if participants else []


# Users


_accounts = select(
    users.c.id,
    users.c.name,
    users.c.kind,
    users.c.password_hash,
    users.c.numbers,
    users.c.totp_secret,
    users.c.role,
)
_account = Prepared(_accounts.where(users.c.id == bindparam("user"), alive))
_account_named = Prepared(_accounts.where(users.c.name == bindparam("name"), name_held))


def account(connection: Connection, ref: int | str) -> Account | None:
    """A user by id, or the one who holds the name; nobody whose account is deleted."""
    rows = _account_named(connection, name=ref) if isinstance(ref, str) else _account(connection, user=ref)
    if not rows:
        return None
    [row] = rows
    return Account(
        User(row.id, row.name, row.kind),
        row.password_hash,
        row.numbers,
        row.totp_secret,
        staff=row.role is not None,
    )


_created_at = Prepared(select(users.c.created_at).where(users.c.id == bindparam("user")))


def created_at(connection: Connection, user: int) -> int:
    """When the user first came; in ms since 1970."""
    [row] = _created_at(connection, user=user)
    at: int = row.created_at
    return at


def profiles(connection: Connection, ids: Collection[int]) -> list[Profile]:
    """How these want to be seen, by id, as if nobody were here."""
    columns = (
        users.c.id,
        users.c.name,
        users.c.kind,
        users.c.display_name,
        users.c.colour,
        users.c.avatar,
        users.c.role,
        users.c.status,
        users.c.seen_at,
    )
    found = connection.execute(select(*columns).where(users.c.id.in_(set(ids))).order_by(users.c.id))
    return [Profile(*row) for row in found]


def guests_holding_names(connection: Connection) -> list[int]:
    """Ids, ascending."""
    return list(
        connection.execute(
            select(users.c.id).where(name_held, users.c.kind == "guest").order_by(users.c.id)
        ).scalars()
    )


def _people(connection: Connection, ids: Collection[int]) -> dict[int, User]:
    if not ids:
        return {}
    rows = connection.execute(select(users.c.id, users.c.name, users.c.kind).where(users.c.id.in_(set(ids))))
    return {id: User(id, name, kind) for id, name, kind in rows}
