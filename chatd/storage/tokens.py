"""Tokens: those of logins, which end when nobody uses them, and API tokens, which have a name and do not."""

from sqlalchemy import Connection, and_, bindparam, case, delete, func, select, update

from chatd.model import Account, Token
from chatd.storage.dialect import upsert
from chatd.storage.lockdown import check_open
from chatd.storage.prepared import Prepared
from chatd.storage.reads import account
from chatd.storage.refusals import login_ended, no_such_user, only_a_login, token_name_taken, too_many_tokens
from chatd.storage.schema import alive, tokens, users

TOKEN_MS = 30 * 24 * 3600 * 1000
NEVER = 2**63 - 1
"""When an API token expires."""
API_TOKENS_MOST = 50

_is_login = tokens.c.name.is_(None)
_use = Prepared(
    update(tokens)
    .where(tokens.c.digest == bindparam("its_digest"), tokens.c.expires_at > bindparam("now"))
    .values(
        used_at=bindparam("now"),
        expires_at=case((_is_login, bindparam("until")), else_=tokens.c.expires_at),
    )
    .returning(tokens.c.user)
)
_see = Prepared(
    update(users)
    .where(users.c.id == bindparam("user"), alive)
    .values(seen_at=bindparam("now"))
    .returning(users.c.id)
)


def tokens_of(connection: Connection, now: int, user: int) -> list[Token]:
    """A read, here because only a write is told the time: expired tokens are pruned hourly."""
    alive = and_(tokens.c.user == user, tokens.c.expires_at > now)
    query = select(
        tokens.c.digest,
        tokens.c.frontend,
        tokens.c.address,
        tokens.c.created_at,
        tokens.c.used_at,
        tokens.c.name,
    )
    found = connection.execute(query.where(alive).order_by(tokens.c.created_at.desc(), tokens.c.digest))
    return [Token(*row) for row in found]


def add_token(
    connection: Connection,
    now: int,
    user: int,
    digest: bytes,
    frontend: str = "",
    address: str = "",
    by: bytes | None = None,
) -> None:
    """Keep a login's digest; the same one again belongs to the newer user, who has just come in.

    `by`: the login that asks for it, which must not have ended meanwhile.
    """
    if not _see(connection, user=user, now=now):
        raise no_such_user()
    check_open(connection, now, user)
    if by is not None:
        need_login(connection, now, user, by)
    fresh = {
        "user": user,
        "created_at": now,
        "used_at": now,
        "expires_at": now + TOKEN_MS,
        "frontend": frontend,
        "address": address,
        "name": None,
    }
    connection.execute(
        upsert(tokens)
        .values(digest=digest, **fresh)
        .on_conflict_do_update(index_elements=[tokens.c.digest], set_=fresh)
    )


def use_token(connection: Connection, now: int, digest: bytes) -> Account | None:
    """Whose token it is; a login's lives on for 30 days."""
    used = _use(connection, its_digest=digest, now=now, until=now + TOKEN_MS)
    if not used:
        return None
    user: int = used[0].user
    _see(connection, user=user, now=now)
    return account(connection, user)


def find_token(connection: Connection, now: int, digest: bytes) -> Account | None:
    """Whose token it is, where nothing can be written."""
    mine = and_(tokens.c.digest == digest, tokens.c.expires_at > now)
    user = connection.execute(select(tokens.c.user).where(mine)).scalar()
    return None if user is None else account(connection, user)


def drop_token(connection: Connection, now: int, digest: bytes) -> bool:
    """A login's token opens nothing any more; False where it is an API token, or none."""
    return connection.execute(delete(tokens).where(tokens.c.digest == digest, _is_login)).rowcount > 0


def add_api_token(
    connection: Connection, now: int, user: int, name: str, digest: bytes, by: bytes | None
) -> None:
    """Keep an API token's digest, if the login `by` that asks for it has not ended meanwhile."""
    need_login(connection, now, user, by)
    mine = and_(tokens.c.user == user, tokens.c.name.is_not(None))
    if connection.execute(select(func.count()).where(mine)).scalar_one() >= API_TOKENS_MOST:
        raise too_many_tokens(API_TOKENS_MOST)
    made = connection.execute(
        upsert(tokens)
        .values(digest=digest, user=user, name=name, created_at=now, used_at=0, expires_at=NEVER)
        .on_conflict_do_nothing(index_elements=[tokens.c.user, tokens.c.name])
    )
    if not made.rowcount:
        raise token_name_taken(name)


def revoke_token(connection: Connection, now: int, user: int, name: str) -> bytes | None:
    """An API token opens nothing any more."""
    digest: bytes | None = connection.execute(
        delete(tokens).where(tokens.c.user == user, tokens.c.name == name).returning(tokens.c.digest)
    ).scalar()
    return digest


def need_login(connection: Connection, now: int, user: int, digest: bytes | None) -> None:
    """Raise ChatError unless this is the token of a login of the user's that has not ended."""
    mine = and_(tokens.c.digest == digest, tokens.c.user == user, tokens.c.expires_at > now)
    asking = connection.execute(select(tokens.c.name).where(mine)).one_or_none()
    if asking is None:
        raise login_ended()
    if asking.name is not None:
        raise only_a_login()
