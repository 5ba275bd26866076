"""Logging in without a password, by a code that one shows or types where one is logged in already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.accounts import session_name
from chatd.core.actions.arriving import check_stranger, enter
from chatd.core.links import LIFE_MS
from chatd.model import Answer, ChatError, Code, Done, Link, LinkCode, Linked

if TYPE_CHECKING:
    from chatd.core.session import Session


async def link(session: Session, command: Link) -> Answer:
    """Show a code, or take one: whoever of the two is logged in lets the other in."""
    registry = session.registry
    accounts, address, now = registry.accounts, session.address, registry.now
    if command.code is None:
        accounts.count_creation(address, now)
        code = accounts.new_link_code()
        registry.links.open(session, accounts.digest(code), now)
        return LinkCode(id=command.id, code=code, expires_ms=LIFE_MS)
    accounts.check_address(address, now)
    digest = accounts.digest(command.code)
    other = registry.links.take(digest, now, stranger=session.person is not None)
    if other is None:
        accounts.count_failure(address, now)
        raise _wrong_code()
    if session.person is None:
        return await _let_in(session, other, command.id)
    if not other.hand(lambda: _let_in_by(other, session)):
        raise _wrong_code()
    return Done(id=command.id)


async def _let_in_by(session: Session, host: Session) -> Answer:
    """As `_let_in`, for a session that waits; its host has had an answer, so a refusal is for both."""
    try:
        return await _let_in(session, host, None)
    except ChatError as error:
        host.refuse(error, None)
        raise


async def _let_in(session: Session, host: Session, command_id: int | str | None) -> Answer:
    """Log this session in as the user of `host`, and tell all sessions of that user."""
    registry = session.registry
    check_stranger(session)
    account, token = await registry.accounts.by_link(
        host.token_digest, session.frontend, session.address, registry.now
    )
    session.fleeting = session.follow and account.user.kind != "guest"
    digest = registry.accounts.digest(token)
    answer = await enter(session, account, digest, command_id, token)
    told = Linked(session=session_name(digest), frontend=session.frontend, address=session.address)
    for other in session.somebody().sessions:
        if other is not session:
            other.tell(told)
    return answer


def _wrong_code() -> ChatError:
    return ChatError(
        Code.WRONG_CODE, "This code is unknown, used or expired. /link shows a new one on the other side."
    )
