"""Turning the second factor on and off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.arriving import check_password_allowed
from chatd.core.people import Person
from chatd.model import Answer, ChatError, Code, Done, RecoveryCodes, Totp, TotpSecret

if TYPE_CHECKING:
    from chatd.core.session import Session


async def totp(session: Session, person: Person, command: Totp) -> Answer:
    """On in two steps: by the password, then by a first code; off by both at once."""
    check_password_allowed(session)
    if not command.on:
        return await _end(session, person, command)
    if command.code is not None:
        return await _confirm(session, person, command.code, command.id)
    accounts, user = session.registry.accounts, person.user
    await accounts.check_password(user, _password(command), session.address, session.registry.now)
    session.totp_secret = secret = accounts.new_totp_secret()
    return TotpSecret(id=command.id, secret=secret, uri=accounts.totp_uri(secret, user))


async def _confirm(session: Session, person: Person, code: str, command_id: int | str | None) -> Answer:
    if session.totp_secret is None:
        raise ChatError(Code.BAD_REQUEST, "Begin first: your password gives a secret for your authenticator.")
    accounts = session.registry.accounts
    recovery = await accounts.begin_totp(person.user, session.totp_secret, code, session.token_digest)
    session.totp_secret = None
    return RecoveryCodes(id=command_id, recovery=recovery)


async def _end(session: Session, person: Person, command: Totp) -> Answer:
    registry = session.registry
    await registry.accounts.end_totp(
        person.user, _password(command), command.code, session.address, registry.now
    )
    return Done(id=command.id)


def _password(command: Totp) -> str:
    if command.password is None:
        raise ChatError(Code.BAD_REQUEST, "This takes your password.")
    return command.password
