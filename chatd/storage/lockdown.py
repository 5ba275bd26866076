"""The one switch that closes the server to whoever is new, until a time."""

from sqlalchemy import Connection, and_, delete, insert, select

from chatd.model import Footing, LockdownState, Locked, User
from chatd.storage import audit
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import locked_down
from chatd.storage.roles import Decide, footing
from chatd.storage.schema import lockdowns, users

MINUTE_MS = 60_000
_THE_ONE = 1

_current = Prepared(
    select(lockdowns, users.c.name, users.c.kind)
    .join_from(lockdowns, users, lockdowns.c.by == users.c.id)
    .where(lockdowns.c.id == _THE_ONE)
)


def current(connection: Connection, now: int) -> Locked | None:
    """The lockdown, while there is one."""
    for row in _current(connection):
        if row.until > now:
            by = User(row.by, row.name, row.kind)
            state = LockdownState(row.at, by, row.until, row.slow_seconds, row.reason)
            return Locked(state, row.until - now)
    return None


def lock_down(
    connection: Connection, now: int, minutes: int, slow_seconds: int, reason: str, by: User, decide: Decide
) -> Locked:
    """Close the server for so long, in the place of what was there."""
    _need_leave(connection, by, decide)
    until = now + minutes * MINUTE_MS
    row = {"at": now, "by": by.id, "until": until, "slow_seconds": slow_seconds, "reason": reason}
    connection.execute(delete(lockdowns).where(lockdowns.c.id == _THE_ONE))
    connection.execute(insert(lockdowns), {"id": _THE_ONE, **row})
    audit.record(connection, now, by.id, "lockdown", detail=f"{minutes} {reason}".rstrip())
    return Locked(LockdownState(now, by, until, slow_seconds, reason), until - now)


def open_up(connection: Connection, now: int, by: User, decide: Decide) -> None:
    """Open it again; where it is open nothing is done."""
    _need_leave(connection, by, decide)
    if current(connection, now) is not None:
        audit.record(connection, now, by.id, "lockdown end")
    connection.execute(delete(lockdowns).where(lockdowns.c.id == _THE_ONE))


def check_open(connection: Connection, now: int, user: int | None = None) -> None:
    """Raise ChatError while the server is closed, but to a user who keeps order on it."""
    locked = current(connection, now)
    if locked is None:
        return
    staff = and_(users.c.id == user, users.c.role.is_not(None))
    if user is None or connection.execute(select(users.c.id).where(staff)).first() is None:
        raise locked_down(locked.state.reason, locked.left_ms)


def _need_leave(connection: Connection, by: User, decide: Decide) -> None:
    me: Footing = footing(connection, by.id)
    decide(me, me)
