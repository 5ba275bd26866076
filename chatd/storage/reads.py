"""Every read: each is one function in a transaction of its own, which sees one moment."""

from collections.abc import Collection, Iterable, Sequence
from sys import intern
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from chatd.model import (
    Account,
    Entry,
    Listing,
    Page,
    Profile,
    Room,
    RoomRole,
    RoomState,
    Said,
    User,
    direct_name,
)
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import no_such_room
from chatd.storage.schema import (
    belongs,
    counts,
    ignores,
    is_public,
    is_said,
    members,
    meta,
    name_held,
    rooms,
    users,
)
from chatd.storage.schema import entries as log

PAGE_ENTRIES = 200
PAGE_BYTES = 256 * 1024
"""UTF-8 bytes of text in a page: what one answer may cost in memory and on the wire."""
UNREAD_MOST = 1_000

_RoomRow = Row[Any]
"""A row of `rooms`, with whatever was asked beside it."""


def epoch(connection: Connection) -> str:
    """The random id made with the database."""
    value: str = connection.execute(select(meta.c.value).where(meta.c.name == "epoch")).scalar_one()
    return value


# Logs


def entries(connection: Connection, room: int, after: int, upto: int | None) -> Page:
    """Every kind of entry after `after`, ascending; complete when it reaches `upto`, or the head."""
    row = _need_room(connection, room)
    first, last = max(after, row.floor) + 1, row.head if upto is None else min(upto, row.head)
    return _ascending(connection, _entries(room), first, last, PAGE_ENTRIES)


def messages(
    connection: Connection,
    room: int,
    before: int | None,
    after: int | None,
    limit: int,
    without: Collection[int] = (),
) -> Page:
    """Messages only, ascending: the first ones after `after`, or without it the last ones before `before`.

    `without`: by nobody of these.
    """
    row = _need_room(connection, room)
    limit = max(1, min(limit, PAGE_ENTRIES))
    first, last = max(after or 0, row.floor) + 1, row.head if before is None else min(before - 1, row.head)
    said = _entries(room).where(is_said)
    if without:
        said = said.where(log.c.author.not_in(without))
    if after is not None:
        return _ascending(connection, said, first, last, limit)
    return _descending(connection, said, first, last, limit)


def _entries(room: int) -> Select[Any]:
    return (
        select(
            log.c.room,
            log.c.seq,
            log.c.kind,
            log.c.at,
            log.c.author,
            users.c.name,
            users.c.kind,
            log.c.text,
            log.c.key,
            log.c.reply_to,
            log.c.me,
            log.c.changed,
            log.c.edited,
            log.c.deleted,
        )
        .join_from(log, users)
        .where(log.c.room == room)
    )


def _ascending(connection: Connection, query: Select[Any], first: int, last: int, limit: int) -> Page:
    page, complete = _take(connection, query.order_by(log.c.seq), first, last, limit)
    end = max(last, first - 1) if complete else page[-1].seq
    return Page(page, first, end, complete)


def _descending(connection: Connection, query: Select[Any], first: int, last: int, limit: int) -> Page:
    page, complete = _take(connection, query.order_by(log.c.seq.desc()), first, last, limit)
    page.reverse()
    return Page(page, first if complete else page[0].seq, max(last, first - 1), complete)


def _take(
    connection: Connection, query: Select[Any], first: int, last: int, limit: int
) -> tuple[list[Entry], bool]:
    """What fits into a page, in the query's order, and whether that was all."""
    taken: list[Entry] = []
    size_bytes = 0
    found = connection.execute(query.where(log.c.seq.between(first, last)).limit(limit + 1))
    for row in found:
        entry = _entry(row)
        size_bytes += len(entry.text.encode())
        if taken and (len(taken) == limit or size_bytes > PAGE_BYTES):
            found.close()
            return taken, False
        taken.append(entry)
    return taken, True


def _entry(row: Sequence[Any]) -> Entry:
    room, seq, kind, at, author, name, user_kind, text, key, reply_to, me, changed, edited, deleted = row
    match kind:
        case "said":
            return Said(
                room=room,
                seq=seq,
                at=at,
                sender=User(author, name, user_kind),
                text=text or "",
                key=key,
                reply_to=reply_to,
                me=me,
                changed=changed,
                edited=edited,
                deleted=deleted,
            )
        case _:
            raise AssertionError(f"entry {room} {seq} is of the unknown kind {kind}")


# Rooms


def room(connection: Connection, ref: int | str) -> Room | None:
    """A room by its id or name."""
    row = room_row(connection, ref)
    return None if row is None else _room(connection, row)


def find_direct(connection: Connection, pair: tuple[int, int]) -> Room | None:
    """The direct room of exactly these users."""
    row = connection.execute(select(rooms).where(rooms.c.participants == direct_key(pair))).one_or_none()
    return None if row is None else _room(connection, row)


def direct_key(ids: Iterable[int]) -> str:
    """How a direct room is found by who is in it."""
    return ":".join(map(str, sorted(set(ids))))


def room_row(connection: Connection, ref: int | str) -> _RoomRow | None:
    """The room's bare row."""
    mine = rooms.c.name == ref if isinstance(ref, str) else rooms.c.id == ref
    return connection.execute(select(rooms).where(mine)).one_or_none()


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
_my_rooms = (
    select(
        rooms,
        members.c.read,
        members.c.role,
        select(func.count()).select_from(_unread).scalar_subquery().label("unread"),
    )
    .join_from(members, rooms)
    .where(members.c.user == bindparam("user"), belongs)
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
    connection: Connection, user: int, after: str, limit: int, query: str = ""
) -> tuple[list[Listing], bool]:
    """Rooms that the user may see, by name, after a name; and whether there are more.

    With a query those whose name or topic has each of its words. Two selects, because each then walks an
    index of its own from `after` on, whatever rooms there are besides.
    """
    mine = members.alias()
    is_mine = and_(mine.c.room == rooms.c.id, mine.c.user == user, mine.c.member.is_(True))
    shown = (rooms.c.id, rooms.c.name, rooms.c.kind, rooms.c.topic, rooms.c.members)
    public = select(*shown, mine.c.user.is_not(None)).outerjoin_from(rooms, mine, is_mine).where(is_public)
    private = select(*shown, true()).join_from(mine, rooms, is_mine).where(rooms.c.kind == "private")
    fits = [rooms.c.name > after, *(_speaks_of(word) for word in query.casefold().split())]
    found = [
        Listing(*row)
        for part in (public, private)
        for row in connection.execute(part.where(*fits).order_by(rooms.c.name).limit(limit + 1))
    ]
    found.sort(key=lambda listing: listing.name)
    return found[:limit], len(found) > limit


def _speaks_of(word: str) -> ColumnElement[bool]:
    return or_(
        rooms.c.name.contains(word, autoescape=True), rooms.c.topic_folded.contains(word, autoescape=True)
    )


def _need_room(connection: Connection, room: int) -> _RoomRow:
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
    )


def as_role(text: str) -> RoomRole:
    """A role as it was stored; msgspec leaves a default out where it is the very same object."""
    return cast(RoomRole, intern(text))


def _ids(participants: str | None) -> list[int]:
    return [int(id) for id in participants.split(":")] if participants else []


# Users


_accounts = select(
    users.c.id, users.c.name, users.c.kind, users.c.password_hash, users.c.numbers, users.c.totp_secret
)
_account = Prepared(_accounts.where(users.c.id == bindparam("user")))
_account_named = Prepared(_accounts.where(users.c.name == bindparam("name"), name_held))


def account(connection: Connection, ref: int | str) -> Account | None:
    """A user by id, or the one who holds the name."""
    rows = _account_named(connection, name=ref) if isinstance(ref, str) else _account(connection, user=ref)
    if not rows:
        return None
    [row] = rows
    return Account(User(row.id, row.name, row.kind), row.password_hash, row.numbers, row.totp_secret)


def profiles(connection: Connection, ids: Collection[int]) -> list[Profile]:
    """How these want to be seen, by id."""
    columns = (
        users.c.id,
        users.c.name,
        users.c.kind,
        users.c.display_name,
        users.c.colour,
        users.c.role,
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
