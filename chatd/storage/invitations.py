"""Who is asked into which room, by name and by link: reads, and writes in the writer's transaction.

An invitation, and a use of a link, is used up in the same transaction that makes the membership.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, delete, insert, or_, select, update

from chatd.model import Invitation, Invitee, InviteLink, Room, User
from chatd.storage import reads
from chatd.storage.dialect import upsert
from chatd.storage.members import add_member, belongs_to, is_banned
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import (
    already_a_member,
    archived,
    banned_from_there,
    no_such_invitation,
    no_such_link,
    no_such_user,
    not_a_member,
    too_many_links,
)
from chatd.storage.schema import alive, ignores, invitations, links, rooms, users

DAY_MS = 24 * 3600 * 1000
SHOWN_MOST = 100
"""Invitations that one is told of; whoever has more declines some, and sees the rest."""
LINKS_MOST = 100
"""Open links of one room."""

_unheard = select(ignores.c.ignored).where(ignores.c.user == bindparam("user"))
_invitations_of = Prepared(
    select(rooms.c.id, rooms.c.name, users.c.id, users.c.name, users.c.kind, invitations.c.at)
    .join_from(invitations, rooms, invitations.c.room == rooms.c.id)
    .join(users, invitations.c.by == users.c.id)
    .where(invitations.c.user == bindparam("user"), invitations.c.by.not_in(_unheard))
    .order_by(invitations.c.at.desc(), rooms.c.id.desc())
    .limit(SHOWN_MOST)
)


def join(connection: Connection, now: int, user: int, room: int) -> Room | None:
    """Membership of a room that is public, or has invited the user; None where there is none for them."""
    _need_user(connection, user)
    row = reads.room_row(connection, room)
    if row is None:
        return None
    if row.archived:
        raise archived()
    mine = and_(invitations.c.user == user, invitations.c.room == room)
    invited = connection.execute(delete(invitations).where(mine)).rowcount
    if row.kind != "public" and not invited and not belongs_to(connection, user, room):
        return None
    add_member(connection, now, user, room, row.head)
    return reads.room(connection, room)


def invite(connection: Connection, now: int, room: int, user: int, by: int) -> Invitation | None:
    """An invitation by a member; None where there is one already."""
    _need_member(connection, by, room)
    invited = _need_user(connection, user)
    if belongs_to(connection, user, room):
        raise already_a_member(invited.name)
    if is_banned(connection, now, user, room):
        raise banned_from_there(invited.name)
    made = connection.execute(
        upsert(invitations).on_conflict_do_nothing().returning(invitations.c.at),
        {"user": user, "room": room, "by": by, "at": now},
    ).first()
    if made is None:
        return None
    row = reads.room_row(connection, room)
    assert row is not None
    return Invitation(room, row.name, _need_user(connection, by), now)


def uninvite(connection: Connection, now: int, room: int, user: int, by: int) -> None:
    """Take an invitation back, as a member."""
    _need_member(connection, by, room)
    _forget(connection, room, user)


def _forget(connection: Connection, room: int, user: int) -> None:
    mine = and_(invitations.c.user == user, invitations.c.room == room)
    if not connection.execute(delete(invitations).where(mine)).rowcount:
        raise no_such_invitation()


def decline(connection: Connection, now: int, user: int, ref: int | str) -> tuple[int, str]:
    """Drop an invitation to the room of this id or folded name; gives its id and name."""
    found = connection.execute(
        select(rooms.c.id, rooms.c.name)
        .join_from(invitations, rooms, invitations.c.room == rooms.c.id)
        .where(invitations.c.user == user, reads.called(ref))
    ).first()
    if found is None:
        raise no_such_invitation()
    _forget(connection, found.id, user)
    return found.id, found.name


def invitations_of(connection: Connection, user: int) -> list[Invitation]:
    """The user's open invitations, the newest first, by nobody who is ignored."""
    found = _invitations_of(connection, user=user)
    return [Invitation(room, name, User(*by), at) for room, name, *by, at in found]


def make_link(
    connection: Connection, now: int, room: int, by: int, digest: bytes, uses: int | None, days: int
) -> InviteLink:
    """A link by a member, whose code has this digest."""
    _need_member(connection, by, room)
    if len(connection.execute(_links_to(room, now)).all()) >= LINKS_MOST:
        raise too_many_links(LINKS_MOST)
    expires = now + days * DAY_MS
    row = {
        "room": room,
        "by": by,
        "digest": digest,
        "at": now,
        "expires_at": expires,
        "used": 0,
        "uses": uses,
    }
    made = connection.execute(insert(links).returning(links.c.id), row).scalar_one()
    return InviteLink(made, _need_user(connection, by), now, expires, 0, uses)


def end_link(connection: Connection, now: int, room: int, link: int, by: int) -> None:
    """The code of this link lets nobody in any more, says a member."""
    _need_member(connection, by, room)
    if not connection.execute(delete(links).where(links.c.id == link, links.c.room == room)).rowcount:
        raise no_such_invitation()


def follow_link(connection: Connection, now: int, user: int, digest: bytes) -> Room:
    """Membership of the room that this code opens; who belongs there already uses nothing up."""
    _need_user(connection, user)
    mine = and_(links.c.digest == digest, _open(now))
    room = connection.execute(select(links.c.room).where(mine)).scalar()
    if room is None:
        raise no_such_link()
    row = reads.room_row(connection, room)
    assert row is not None
    if row.archived and not belongs_to(connection, user, room):
        raise no_such_link()
    if add_member(connection, now, user, room, row.head):
        connection.execute(update(links).where(mine).values(used=links.c.used + 1))
        connection.execute(delete(invitations).where(invitations.c.user == user, invitations.c.room == room))
    found = reads.room(connection, room)
    assert found is not None
    return found


def openings(connection: Connection, now: int, room: int) -> tuple[list[Invitee], list[InviteLink]]:
    """Who is invited, and which links are open, the newest first.

    A read, here because only a write is told the time: expired links are pruned hourly.
    """
    invitee, by = users.alias(), users.alias()
    invited = connection.execute(
        select(invitee.c.id, invitee.c.name, invitee.c.kind, by.c.id, by.c.name, by.c.kind, invitations.c.at)
        .join_from(invitations, invitee, invitations.c.user == invitee.c.id)
        .join(by, invitations.c.by == by.c.id)
        .where(invitations.c.room == room)
        .order_by(invitations.c.at.desc(), invitee.c.id.desc())
        .limit(SHOWN_MOST)
    )
    return (
        [Invitee(User(*row[:3]), User(*row[3:6]), row[6]) for row in invited],
        [
            InviteLink(id, User(*by), at, expires, used, uses)
            for id, *by, at, expires, used, uses in connection.execute(_links_to(room, now))
        ],
    )


def _links_to(room: int, now: int) -> Select[Any]:
    return (
        select(
            links.c.id,
            users.c.id,
            users.c.name,
            users.c.kind,
            links.c.at,
            links.c.expires_at,
            links.c.used,
            links.c.uses,
        )
        .join_from(links, users, links.c.by == users.c.id)
        .where(links.c.room == room, _open(now))
        .order_by(links.c.id.desc())
    )


def _open(now: int) -> ColumnElement[bool]:
    return and_(links.c.expires_at > now, or_(links.c.uses.is_(None), links.c.used < links.c.uses))


def _need_member(connection: Connection, user: int, room: int) -> None:
    """Raise ChatError unless the user belongs to the room, and others may come into it."""
    if not belongs_to(connection, user, room):
        raise not_a_member()
    if reads.need_room(connection, room).archived:
        raise archived()


def _need_user(connection: Connection, user: int) -> User:
    row = connection.execute(
        select(users.c.id, users.c.name, users.c.kind).where(users.c.id == user, alive)
    ).one_or_none()
    if row is None:
        raise no_such_user()
    return User(*row)
