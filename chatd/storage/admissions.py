"""Invitation codes with which people make accounts, where they need one."""

from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update

from chatd.model import InviteLink, User
from chatd.storage import audit
from chatd.storage.refusals import no_such_invitation, too_many_invitations, wrong_invitation
from chatd.storage.roles import Decide, footing
from chatd.storage.schema import admissions, users

DAY_MS = 24 * 3600 * 1000
OPEN_MOST = 100


def make_invitation(
    connection: Connection, now: int, by: int, digest: bytes, uses: int, days: int, decide: Decide
) -> InviteLink:
    """A code of this digest, for so many accounts."""
    _need_leave(connection, by, decide)
    if connection.execute(select(func.count()).where(_open(now))).scalar_one() >= OPEN_MOST:
        raise too_many_invitations(OPEN_MOST)
    row = {"by": by, "digest": digest, "at": now, "expires_at": now + days * DAY_MS, "used": 0, "uses": uses}
    made = connection.execute(insert(admissions).returning(admissions.c.id), row).scalar_one()
    audit.record(connection, now, by, "invite code", detail=f"{made}: {uses} uses, {days} days")
    return next(one for one in invitations(connection, now) if one.link == made)


def invitations(connection: Connection, now: int) -> list[InviteLink]:
    """Those that let somebody in still, the newest first.

    A read, here because only a write is told the time: expired ones are pruned hourly.
    """
    found = connection.execute(
        select(
            admissions.c.id,
            users.c.id,
            users.c.name,
            users.c.kind,
            admissions.c.at,
            admissions.c.expires_at,
            admissions.c.used,
            admissions.c.uses,
        )
        .join_from(admissions, users)
        .where(_open(now))
        .order_by(admissions.c.id.desc())
    )
    return [InviteLink(id, User(*by), at, expires, used, uses) for id, *by, at, expires, used, uses in found]


def end_invitation(connection: Connection, now: int, link: int, by: int, decide: Decide) -> None:
    """The code lets nobody in any more."""
    _need_leave(connection, by, decide)
    if not connection.execute(delete(admissions).where(admissions.c.id == link)).rowcount:
        raise no_such_invitation()
    audit.record(connection, now, by, "invite code end", detail=str(link))


def use_invitation(connection: Connection, now: int, digest: bytes | None) -> None:
    """Use it once, where one is needed; the caller makes the account in the same transaction."""
    if digest is None:
        return
    mine = and_(admissions.c.digest == digest, _open(now))
    if not connection.execute(update(admissions).where(mine).values(used=admissions.c.used + 1)).rowcount:
        raise wrong_invitation()


def _need_leave(connection: Connection, by: int, decide: Decide) -> None:
    me = footing(connection, by)
    decide(me, me)


def _open(now: int) -> ColumnElement[bool]:
    return and_(admissions.c.expires_at > now, admissions.c.used < admissions.c.uses)


def prune_invitations(connection: Connection, now: int, most: int) -> int:
    """Remove some that expired; how many."""
    some = select(admissions.c.id).where(admissions.c.expires_at <= now).limit(most)
    return connection.execute(delete(admissions).where(admissions.c.id.in_(some))).rowcount
