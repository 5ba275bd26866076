"""What admins ask of the whole server, and do to the logins of others."""

import json
from collections.abc import Collection

from sqlalchemy import Connection, delete, select

from chatd.model import Token, UserState
from chatd.storage import audit
from chatd.storage.dialect import json_rows
from chatd.storage.roles import Decide, footing, has_in_names
from chatd.storage.schema import name_held, tokens, users
from chatd.storage.tokens import tokens_of

_among = json_rows("among", "user")


def list_users(
    connection: Connection, query: str, after: str, limit: int, among: Collection[int] | None
) -> tuple[list[UserState], bool]:
    """By name, after a name; and whether there are more. `among`: only these."""
    columns = (
        users.c.id,
        users.c.name,
        users.c.kind,
        users.c.created_at,
        users.c.seen_at,
        users.c.display_name,
        users.c.role,
    )
    sought = select(*columns).where(name_held, users.c.name > after)
    if query:
        sought = sought.where(has_in_names(query))
    given = {}
    if among is not None:
        given = {"among": json.dumps([[one] for one in among])}
        sought = sought.where(users.c.id.in_(select(_among.c.user)))
    rows = connection.execute(sought.order_by(users.c.name).limit(limit + 1), given)
    found = [UserState(*row) for row in rows]
    return found[:limit], len(found) > limit


def tokens_for(connection: Connection, now: int, user: int, by: int, decide: Decide) -> list[Token]:
    """The user's tokens, for somebody else."""
    decide(footing(connection, by), footing(connection, user))
    return tokens_of(connection, now, user)


def end_login(connection: Connection, now: int, user: int, digest: bytes, by: int, decide: Decide) -> None:
    """This login of the user's opens nothing any more; where it ended meanwhile, nothing is done."""
    decide(footing(connection, by), footing(connection, user))
    mine = (tokens.c.digest == digest, tokens.c.user == user, tokens.c.name.is_(None))
    if connection.execute(delete(tokens).where(*mine)).rowcount:
        audit.record(connection, now, by, "end session", about=user)
