"""How a session becomes somebody's: by a name, a password, a token; and how that ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.presence import profiles_of
from chatd.core.people import Person
from chatd.model import (
    Account,
    Answer,
    Arrival,
    ChatError,
    Close,
    Code,
    Done,
    LoggedIn,
    Login,
    Logout,
    Profiles,
    Register,
    User,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def login(session: Session, command: Login) -> Answer:
    """By a token, a name and password, or a name alone."""
    registry = session.registry
    accounts, address, now = registry.accounts, session.address, registry.now
    check_stranger(session)
    if command.token is not None:
        account = await accounts.by_token(command.token, address, now)
        return await enter(session, account, accounts.digest(command.token), command.id)
    if command.name is None:
        raise ChatError(Code.BAD_REQUEST, "Give a name, a name and a password, or a token.")
    if command.password is None:
        account = await accounts.guest(command.name, address, now)
    else:
        check_password_allowed(session)
        account = await accounts.by_password(command.name, command.password, address, now, command.code)
    return await _enter_with_new_token(session, account, command.id)


async def register(session: Session, command: Register) -> Answer:
    """Make an account, and log in to it; a guest's becomes the account of the same user."""
    registry, person = session.registry, session.person
    if person is not None and (person.user.kind, person.user.name) == ("guest", command.name.lower()):
        return await _promote(session, person, command)
    check_stranger(session)
    check_password_allowed(session)
    account = await registry.accounts.register(
        command.name,
        command.password,
        session.address,
        registry.now,
        command.invitation,
        local=session.local,
    )
    return await _enter_with_new_token(session, account, command.id)


async def _promote(session: Session, person: Person, command: Register) -> Answer:
    registry, guest = session.registry, person.user
    check_password_allowed(session)
    user, role = await registry.accounts.promote(
        guest, command.password, session.address, registry.now, command.invitation, local=session.local
    )
    registry.changed(user, role)
    return Profiles(id=command.id, profiles=await profiles_of(session, person, [user.id]))


def check_stranger(session: Session) -> None:
    """Raise ChatError `already_logged_in` for a session that is somebody's."""
    if session.person is not None:
        name = session.person.user.name
        raise ChatError(
            Code.ALREADY_LOGGED_IN, f"You are {name} already. Open another connection to be someone else."
        )


def check_password_allowed(session: Session) -> None:
    """Raise ChatError where a password would be read by others on its way."""
    if not session.passwords:
        raise ChatError(Code.FORBIDDEN, "Passwords are not taken over an unencrypted connection. Use TLS.")


async def _enter_with_new_token(session: Session, account: Account, command_id: int | str | None) -> Answer:
    accounts = session.registry.accounts
    session.registry.lease(account.user)
    token = await accounts.new_token(account, session.frontend, session.address)
    session.fleeting = session.follow and account.user.kind == "user"
    return await enter(session, account, accounts.digest(token), command_id, token)


async def enter(
    session: Session,
    account: Account,
    digest: bytes | None,
    command_id: int | str | None = None,
    token: str | None = None,
) -> Answer:
    """Make this the account's session: it is present from now on."""
    registry, user = session.registry, account.user
    registry.links.drop(session)
    registry.lease(user)
    session.token_digest = digest
    arrival = None
    while arrival is None:
        registry.sanctions.check_person(user.id, registry.now)
        arrival = await _arrival_unless_it_changes(session, user)
    person = session.person = registry.arrive(session, user, arrival)
    return LoggedIn(
        id=command_id,
        user=user,
        token=token,
        rooms=[state for state in arrival.rooms if not person.hides(state)],
        numbers=account.numbers,
        role=arrival.role if arrival.role != user.kind else None,
        ignored=arrival.ignored,
        away=person.away,
        status=person.status,
        invitations=arrival.invitations,
    )


async def come_in(session: Session, account: Account, digest: bytes) -> Person:
    """Make this the account's session for one request; who is here already has all their rooms."""
    registry, user = session.registry, account.user
    session.token_digest = digest
    registry.lease(user)
    arrival = None
    while True:
        registry.sanctions.check_person(user.id, registry.now)
        if user.id in registry.people or arrival is not None:
            break
        arrival = await _arrival_unless_it_changes(session, user)
    session.person = registry.arrive(session, user, arrival)
    return session.person


async def _arrival_unless_it_changes(session: Session, user: User) -> Arrival | None:
    """What the user comes in with; None when it was changed while it was read."""
    registry = session.registry
    registry.expect(session, user)
    try:
        arrival = await registry.store.arrival(user.id)
    finally:
        changed = registry.expected(session, user)
    return None if changed else arrival


async def logout(session: Session, person: Person, command: Logout) -> Answer:
    """End the token, and every session that came with it; an API token lives on, with its other sessions."""
    digest = session.token_digest
    if digest is not None and await session.registry.store.drop_token(digest):
        session.registry.log_out(person.user.id, digest, but=session)
    session.finish(Close.LOGGED_OUT)
    return Done(id=command.id)
