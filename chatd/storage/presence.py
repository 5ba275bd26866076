"""What people show beside their names, and when they were last here."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, update

from chatd.storage.prepared import Prepared
from chatd.storage.schema import alive, users

_words = Prepared(select(users.c.status, users.c.away).where(users.c.id == bindparam("user")))
_see = update(users).where(users.c.id == bindparam("who"), alive)


def words_of(connection: Connection, user: int) -> tuple[str, str | None]:
    """The status, and what was left when going away; None for somebody who is not away."""
    [row] = _words(connection, user=user)
    return row.status, row.away


def set_status(connection: Connection, now: int, user: int, status: str) -> None:
    """Other words beside the name."""
    connection.execute(update(users).where(users.c.id == user, alive).values(status=status))


def set_away(connection: Connection, now: int, user: int, away: str | None) -> None:
    """Away, with these words, or with None back."""
    connection.execute(update(users).where(users.c.id == user, alive).values(away=away))


def saw(connection: Connection, now: int, ago: Mapping[int, int]) -> None:
    """When these were last here: so many ms ago."""
    connection.execute(_see, [{"who": user, "seen_at": now - ms} for user, ms in ago.items()])
