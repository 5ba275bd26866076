"""Whom each user ignores."""

from sqlalchemy import Connection, bindparam, delete, func, select

from chatd.model import User
from chatd.storage.dialect import upsert
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import too_many_ignored
from chatd.storage.schema import ignores, users

IGNORED_MOST = 500
"""They travel with every login."""

_ignored = Prepared(
    select(users.c.id, users.c.name, users.c.kind)
    .join_from(ignores, users, ignores.c.ignored == users.c.id)
    .where(ignores.c.user == bindparam("user"))
    .order_by(users.c.name, users.c.id)
)


def ignored(connection: Connection, user: int) -> list[User]:
    """By name."""
    return [User(*row) for row in _ignored(connection, user=user)]


def ignore(connection: Connection, now: int, user: int, other: int) -> list[User]:
    """One more; gives all of them."""
    statement = upsert(ignores).values(user=user, ignored=other)
    connection.execute(statement.on_conflict_do_nothing())
    count = connection.execute(select(func.count()).where(ignores.c.user == user)).scalar_one()
    if count > IGNORED_MOST:
        raise too_many_ignored(IGNORED_MOST)
    return ignored(connection, user)


def unignore(connection: Connection, now: int, user: int, other: int) -> list[User]:
    """One less; gives those that are left."""
    connection.execute(delete(ignores).where(ignores.c.user == user, ignores.c.ignored == other))
    return ignored(connection, user)
