"""Kicks, bans and mutes. Each asks `decide` in its own transaction whether it is still allowed."""

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, or_, select, true

from chatd.model import Deed, InForce, Notice, Sanction, SanctionKind, User
from chatd.storage import audit
from chatd.storage.log import Recorded, note
from chatd.storage.members import remove_member
from chatd.storage.refusals import no_such_sanction, not_there
from chatd.storage.roles import Decide, footing
from chatd.storage.schema import sanctions, tokens, users

MINUTE_MS = 60_000

_makers = users.alias()

_IMPOSED: dict[SanctionKind, tuple[Notice, Deed, Deed]] = {
    "ban": ("banned", "ban", "server ban"),
    "mute": ("muted", "mute", "server mute"),
}
"""How it is noted in the room, and kept of who did it there and on the server."""
_LIFTED: dict[SanctionKind, tuple[Notice, Deed, Deed]] = {
    "ban": ("unbanned", "unban", "server unban"),
    "mute": ("unmuted", "unmute", "server unmute"),
}


def in_force(connection: Connection, now: int, room: int | None = None) -> list[InForce]:
    """All that is in force: in one room, or without one everywhere; the newest first."""
    return _read(
        connection, now, sanctions.c.room == room if room is not None else sanctions.c.room.is_(None)
    )


def all_in_force(connection: Connection, now: int) -> list[InForce]:
    """The same of all rooms and of the server."""
    return _read(connection, now, true())


def _read(connection: Connection, now: int, where: ColumnElement[bool]) -> list[InForce]:
    alive = or_(sanctions.c.until.is_(None), sanctions.c.until > now)
    query = (
        select(
            sanctions,
            users.c.name,
            users.c.kind.label("user_kind"),
            _makers.c.name.label("maker"),
            _makers.c.kind.label("maker_kind"),
        )
        .join_from(sanctions, _makers, sanctions.c.by == _makers.c.id)
        .outerjoin(users, sanctions.c.user == users.c.id)
        .where(alive, where)
        .order_by(sanctions.c.at.desc(), sanctions.c.id.desc())
    )
    return [
        InForce(
            Sanction(
                kind=row.kind,
                at=row.at,
                by=User(row.by, row.maker, row.maker_kind),
                room=row.room,
                user=None if row.user is None else User(row.user, row.name, row.user_kind),
                network=row.network,
                until=row.until,
                reason=row.reason,
            ),
            None if row.until is None else row.until - now,
        )
        for row in connection.execute(query)
    ]


def kick(
    connection: Connection, now: int, room: int, user: int, by: User, reason: str, decide: Decide
) -> Recorded[None]:
    """The user belongs to the room no longer."""
    other = footing(connection, user, room)
    decide(footing(connection, by.id, room), other)
    if not remove_member(connection, user, room):
        raise not_there(other.user.name)
    audit.record(connection, now, by.id, "kick", room=room, about=user, detail=reason)
    return Recorded(None, [note(connection, now, room, by, "kicked", other.user, reason)])


def sanction_in_room(
    connection: Connection,
    now: int,
    kind: SanctionKind,
    room: int,
    user: int,
    by: User,
    minutes: int | None,
    reason: str,
    decide: Decide,
) -> Recorded[InForce]:
    """Keep the user out of the room, which ends the membership, or silent in it."""
    other = footing(connection, user, room)
    decide(footing(connection, by.id, room), other)
    if kind == "ban":
        remove_member(connection, user, room)
    found = _impose(
        connection, now, Sanction(kind, now, by, room, other.user, "", _until(now, minutes), reason)
    )
    what, deed, _ = _IMPOSED[kind]
    audit.record(connection, now, by.id, deed, room=room, about=user, detail=reason)
    return Recorded(found, [note(connection, now, room, by, what, other.user, reason)])


def sanction_on_server(
    connection: Connection,
    now: int,
    kind: SanctionKind,
    user: int,
    by: User,
    minutes: int | None,
    reason: str,
    decide: Decide,
) -> InForce:
    """Keep the user out of the server, which ends their tokens, or silent everywhere."""
    other = footing(connection, user)
    decide(footing(connection, by.id), other)
    if kind == "ban":
        connection.execute(delete(tokens).where(tokens.c.user == user))
    found = _impose(
        connection, now, Sanction(kind, now, by, None, other.user, "", _until(now, minutes), reason)
    )
    audit.record(connection, now, by.id, _IMPOSED[kind][2], about=user, detail=reason)
    return found


def ban_network(
    connection: Connection, now: int, network: str, by: User, minutes: int | None, reason: str, decide: Decide
) -> InForce:
    """Keep everybody out who comes from there."""
    me = footing(connection, by.id)
    decide(me, me)
    found = _impose(
        connection, now, Sanction("ban", now, by, None, None, network, _until(now, minutes), reason)
    )
    audit.record(connection, now, by.id, "server ban", detail=f"{network} {reason}".rstrip())
    return found


def lift(
    connection: Connection,
    now: int,
    kind: SanctionKind,
    room: int | None,
    user: int | None,
    network: str,
    by: User,
    decide: Decide,
) -> Recorded[None]:
    """It is in force no longer; raises ChatError `no_such_sanction` where it was not."""
    me = footing(connection, by.id, room)
    other = me if user is None else footing(connection, user, room)
    decide(me, other)
    mine = _same(kind, room, user, network)
    alive = or_(sanctions.c.until.is_(None), sanctions.c.until > now)
    if not connection.execute(delete(sanctions).where(mine, alive)).rowcount:
        raise no_such_sanction()
    notice, deed, deed_on_server = _LIFTED[kind]
    if room is None:
        audit.record(connection, now, by.id, deed_on_server, about=user, detail=network)
        return Recorded(None)
    audit.record(connection, now, by.id, deed, room=room, about=user)
    return Recorded(None, [note(connection, now, room, by, notice, other.user)])


def _impose(connection: Connection, now: int, one: Sanction) -> InForce:
    user = None if one.user is None else one.user.id
    connection.execute(delete(sanctions).where(_same(one.kind, one.room, user, one.network)))
    row = {
        "kind": one.kind,
        "room": one.room,
        "user": user,
        "network": one.network,
        "until": one.until,
        "reason": one.reason,
        "by": one.by.id,
        "at": now,
    }
    connection.execute(insert(sanctions), row)
    return InForce(one, None if one.until is None else one.until - now)


def _same(kind: SanctionKind, room: int | None, user: int | None, network: str) -> ColumnElement[bool]:
    return and_(
        sanctions.c.kind == kind,
        sanctions.c.room.is_(None) if room is None else sanctions.c.room == room,
        sanctions.c.user.is_(None) if user is None else sanctions.c.user == user,
        sanctions.c.network == network,
    )


def _until(now: int, minutes: int | None) -> int | None:
    return None if minutes is None else now + minutes * MINUTE_MS
