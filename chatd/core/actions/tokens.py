"""API tokens: what one's programs log in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.arriving import check_password_allowed
from chatd.core.people import Person
from chatd.model import (
    Answer,
    ChatError,
    Close,
    Code,
    Done,
    NewToken,
    Revoke,
    TokenList,
    TokenMade,
    Tokens,
    TokenState,
    fold_name,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def tokens(session: Session, person: Person, command: Tokens) -> Answer:
    """One's tokens, by which nobody has to be connected."""
    found = await session.registry.store.tokens_of(person.user.id)
    return TokenList(
        id=command.id,
        tokens=[
            TokenState(
                name=token.name,
                since=token.created_at,
                connections=sum(one.token_digest == token.digest for one in person.sessions),
                seen=token.used_at or None,
            )
            for token in found
            if token.name is not None
        ],
    )


async def new_token(session: Session, person: Person, command: NewToken) -> Answer:
    """Make one, and tell it this once."""
    if person.user.kind == "guest":
        raise ChatError(Code.FORBIDDEN, "Only an account has tokens. Register first.")
    check_password_allowed(session)  # a token is as good as one
    name = fold_name(command.name)
    token = await session.registry.accounts.new_api_token(person.user.id, name, session.token_digest)
    return TokenMade(id=command.id, name=name, token=token)


async def revoke(session: Session, person: Person, command: Revoke) -> Answer:
    """It opens nothing any more, and its connections are closed."""
    registry, user = session.registry, person.user.id
    name = fold_name(command.name)
    digest = await registry.store.revoke_token(user, name)
    if digest is None:
        raise ChatError(Code.NO_SUCH_TOKEN, f'You have no token called "{name}".')
    registry.log_out(user, digest, but=session)
    if digest == session.token_digest:
        session.finish(Close.LOGGED_OUT)
    return Done(id=command.id)
