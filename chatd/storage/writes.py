"""Every write but the append: each is one function in the writer's transaction, given the time in ms.

A ChatError takes back what the function did, and nothing else.
"""

import itertools
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, and_, delete, insert, select, tuple_, update

from chatd.model import LOBBY, Account, Colour, Room, RoomKind, RoomRole, User, UserKind, likenesses
from chatd.storage import files
from chatd.storage.admissions import prune_invitations, use_invitation
from chatd.storage.dialect import upsert
from chatd.storage.lockdown import check_open
from chatd.storage.members import add_member, remove_member
from chatd.storage.naming import need_free
from chatd.storage.reads import account, direct_key, find_direct, room_row
from chatd.storage.refusals import (
    looks_like,
    no_such_room,
    no_such_user,
    not_a_member,
    password_changed,
    user_name_taken,
)
from chatd.storage.reports import prune_reports
from chatd.storage.schema import (
    alive,
    audit,
    belongs,
    keys,
    links,
    members,
    name_held,
    retired_names,
    rooms,
    sanctions,
    tokens,
    unchanged,
    users,
)
from chatd.storage.tokens import need_login

DAY_MS = 24 * 3600 * 1000
KEY_MS = 31 * DAY_MS
"""A day longer than promised."""
ACT_MS = 366 * DAY_MS
"""How long the audit log goes back: a year."""
PRUNED_AT_ONCE = 500
"""Rows that one transaction of `prune` removes: a few milliseconds, so that no append waits long."""
NAME_CHARS = 31
_NAMES_AT_ONCE = 100


_make_user = (
    upsert(users)
    .on_conflict_do_nothing(index_elements=[users.c.name], index_where=name_held)
    .returning(users.c.id)
)


def open_direct(connection: Connection, now: int, users: Iterable[int]) -> Room:
    """The direct room of these users, made when it is not there; all belong to it afterwards."""
    ids = sorted(set(users))
    _need_users(connection, ids)
    statement = upsert(rooms).values(
        kind="direct",
        topic="",
        topic_folded="",
        head=0,
        floor=0,
        at=0,
        members=0,
        participants=direct_key(ids),
    )
    connection.execute(statement.on_conflict_do_nothing(index_elements=[rooms.c.participants]))
    room = find_direct(connection, ids)
    assert room is not None
    for user in ids:
        _enter(connection, now, user, room.id)
    return room


def create_room(connection: Connection, now: int, name: str, kind: RoomKind, creator: int) -> Room:
    """A new room, its creator its first member and its owner."""
    _need_users(connection, [creator])
    need_free(connection, name)
    row = {"name": name, "kind": kind, "topic": "", "topic_folded": "", "head": 0, "floor": 0, "at": 0}
    made: int = connection.execute(insert(rooms).values(members=0, **row).returning(rooms.c.id)).scalar_one()
    _enter(connection, now, creator, made, "owner")
    return Room(made, kind, name, "", head=0, floor=0)


def leave(connection: Connection, now: int, user: int, room: int) -> None:
    """No membership and no role; the row stays for its read position."""
    remove_member(connection, user, room)


def read(connection: Connection, now: int, user: int, room: int, seq: int) -> int:
    """Move the read position forward, at most to the head."""
    mine = and_(members.c.user == user, members.c.room == room, belongs)
    place = connection.execute(
        select(members.c.read, rooms.c.head).join_from(members, rooms).where(mine)
    ).one_or_none()
    if place is None:
        raise not_a_member()
    here: int = max(place.read, min(seq, place.head))
    if here != place.read:
        connection.execute(update(members).where(mine).values(read=here))
    return here


def create_user(
    connection: Connection, now: int, name: str, password_hash: str | None, invitation: bytes | None = None
) -> User:
    """A guest, or with a password an account; a member of every room that everybody is put in."""
    check_open(connection, now)
    use_invitation(connection, now, invitation)
    user = _create(connection, now, name, "guest" if password_hash is None else "user", password_hash)
    _enter(connection, now, user.id, LOBBY)
    return user


def create_bot(connection: Connection, now: int, name: str, room: int | None) -> User:
    """A bot; a member of this room only, or of every one that everybody is put in."""
    user = _create(connection, now, name, "bot", None)
    _enter(connection, now, user.id, LOBBY if room is None else room)
    return user


def _create(connection: Connection, now: int, name: str, kind: UserKind, password_hash: str | None) -> User:
    row = {
        "name": name,
        "holds_name": True,
        "display_name": "",
        "kind": kind,
        "password_hash": password_hash,
        "numbers": False,
        "created_at": now,
        "seen_at": now,
    }
    made = None if _retired(connection, [name]) else connection.execute(_make_user, row).scalar()
    if made is None:
        raise user_name_taken(name)
    return User(made, name, kind)


def hold_name(connection: Connection, now: int, user: int) -> User:
    """A guest holds a name again: the last one, or with the first number from 2 that makes it free."""
    found = account(connection, user)
    if found is None:
        raise no_such_user()
    name = _first_free(connection, user, found.user.name)
    connection.execute(
        update(users).where(users.c.id == user).values(name=name, holds_name=True, seen_at=now)
    )
    return User(user, name, found.user.kind)


def free_name(connection: Connection, now: int, user: int) -> None:
    """Others may take the guest's name; an account's name is its own for good."""
    connection.execute(
        update(users).where(users.c.id == user, users.c.kind == "guest").values(holds_name=False, seen_at=now)
    )


def promote(
    connection: Connection, now: int, guest: int, password_hash: str, invitation: bytes | None = None
) -> User:
    """A guest becomes an account under the name that it holds; everything else of it stays."""
    check_open(connection, now)
    use_invitation(connection, now, invitation)
    name = connection.execute(
        update(users)
        .where(users.c.id == guest, users.c.kind == "guest", name_held)
        .values(kind="user", password_hash=password_hash, seen_at=now)
        .returning(users.c.name)
    ).scalar()
    if name is None:
        raise no_such_user()
    return User(guest, name, "user")


def set_password(connection: Connection, now: int, known: Account, password_hash: str, keep: bytes) -> None:
    """Another password, and no other token than the one to keep, whose login must not have ended."""
    user = known.user.id
    need_login(connection, now, user, keep)
    if not connection.execute(
        update(users).where(unchanged(known)).values(password_hash=password_hash)
    ).rowcount:
        raise password_changed()
    connection.execute(delete(tokens).where(tokens.c.user == user, tokens.c.digest != keep))


def appear(
    connection: Connection, now: int, user: int, display_name: str | None, colour: Colour | None
) -> None:
    """Keep how the user wants to be seen; raises ChatError where that looks like another's name."""
    if display_name is not None:
        _need_unlike(connection, user, display_name)
    chosen = {"display_name": display_name, "colour": colour}
    values = {name: value for name, value in chosen.items() if value is not None}
    if values:
        connection.execute(update(users).where(users.c.id == user, alive).values(values))


def _need_unlike(connection: Connection, user: int, display_name: str) -> None:
    theirs = select(users.c.name).where(
        users.c.name.in_(likenesses(display_name)), name_held, users.c.id != user
    )
    name = connection.execute(theirs.order_by(users.c.name).limit(1)).scalar()
    if name is not None:
        raise looks_like(name)


def prefer(connection: Connection, now: int, user: int, numbers: bool) -> None:
    """Keep a setting."""
    connection.execute(update(users).where(users.c.id == user, alive).values(numbers=numbers))


def prune(connection: Connection, now: int) -> int:
    """Remove some of what is past its time, such as expired tokens; how many rows, 0 when none is left."""
    old_keys = select(keys.c.author, keys.c.key).where(keys.c.at < now - KEY_MS).limit(PRUNED_AT_ONCE)
    dead_tokens = select(tokens.c.digest).where(tokens.c.expires_at <= now).limit(PRUNED_AT_ONCE)
    dead_links = select(links.c.id).where(links.c.expires_at <= now).limit(PRUNED_AT_ONCE)
    ended = select(sanctions.c.id).where(sanctions.c.until <= now).limit(PRUNED_AT_ONCE)
    old_acts = select(audit.c.id).where(audit.c.at < now - ACT_MS).limit(PRUNED_AT_ONCE)
    removals = (
        delete(keys).where(tuple_(keys.c.author, keys.c.key).in_(old_keys)),
        delete(tokens).where(tokens.c.digest.in_(dead_tokens)),
        delete(links).where(links.c.id.in_(dead_links)),
        delete(sanctions).where(sanctions.c.id.in_(ended)),
        delete(audit).where(audit.c.id.in_(old_acts)),
    )
    removed = sum(connection.execute(removal).rowcount for removal in removals)
    removed += files.expire(connection, now, PRUNED_AT_ONCE)
    removed += prune_reports(connection, now, PRUNED_AT_ONCE)
    return removed + prune_invitations(connection, now, PRUNED_AT_ONCE)


def _enter(connection: Connection, now: int, user: int, ref: int | str, role: RoomRole = "member") -> None:
    room = room_row(connection, ref)
    if room is None:
        raise no_such_room()
    add_member(connection, now, user, room.id, room.head, role)


def _need_users(connection: Connection, ids: Iterable[int]) -> None:
    for user in ids:
        if connection.execute(select(users.c.id).where(users.c.id == user, alive)).first() is None:
            raise no_such_user()


def _first_free(connection: Connection, user: int, name: str) -> str:
    """`name`, `name2`, `name3` …: the first that is free for this user, cut so that it stays a name."""
    if not _held_by_others(connection, user, [name]):
        return name
    for start in itertools.count(2, _NAMES_AT_ONCE):
        suffixes = map(str, range(start, start + _NAMES_AT_ONCE))
        wanted = [name[: NAME_CHARS - len(suffix)] + suffix for suffix in suffixes]
        held = _held_by_others(connection, user, wanted)
        if free := [one for one in wanted if one not in held]:
            return free[0]
    raise AssertionError("numbers do not end")


def _held_by_others(connection: Connection, user: int, names: Sequence[str]) -> set[str]:
    found = select(users.c.name).where(users.c.name.in_(names), name_held, users.c.id != user)
    return {*connection.execute(found).scalars(), *_retired(connection, names)}


def _retired(connection: Connection, names: Sequence[str]) -> list[str]:
    """Those of the names that deleted accounts had."""
    return list(
        connection.execute(select(retired_names.c.name).where(retired_names.c.name.in_(names))).scalars()
    )
