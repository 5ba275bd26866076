"""What somebody says of themselves, and which sessions are theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.accounts import session_name
from chatd.core.actions.arriving import check_password_allowed
from chatd.core.actions.places import look_up_user
from chatd.core.actions.presence import profiles_of
from chatd.core.people import Person
from chatd.core.permissions import check_not_last_owner
from chatd.core.trust import check_trust
from chatd.model import (
    Answer,
    Appear,
    ChatError,
    Close,
    Code,
    DeleteAccount,
    Done,
    End,
    Password,
    Profiles,
    SessionList,
    Sessions,
    SessionState,
    Token,
    Users,
    valid_display_name,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def appear(session: Session, person: Person, command: Appear) -> Answer:
    """Keep how one wants to be seen, and say what is kept."""
    store = session.registry.store
    name = None if command.display_name is None else valid_display_name(command.display_name)
    check_trust(person, None, name or "", session.registry.now)
    await store.appear(person.user.id, name, command.colour)
    profiles = await profiles_of(session, person, [person.user.id])
    if name is not None or command.colour is not None:
        for profile in profiles:
            session.registry.appeared(profile.appearance)
    return Profiles(id=command.id, profiles=profiles)


async def describe(session: Session, person: Person, command: Users) -> Answer:
    """How these want to be seen, and whether they are here."""
    ids = [ref if isinstance(ref, int) else (await look_up_user(session, ref)).id for ref in command.users]
    return Profiles(id=command.id, profiles=await profiles_of(session, person, ids))


async def password(session: Session, person: Person, command: Password) -> Answer:
    """Change it; this session stays, every other one ends."""
    check_password_allowed(session)
    registry, keep = session.registry, session.token_digest
    assert keep is not None, "whoever is logged in came by a token, or was given one"
    await registry.accounts.change_password(
        person.user, command.current, command.password, keep, session.address, registry.now
    )
    registry.log_out_others(person.user.id, keep)
    return Done(id=command.id)


async def delete_account(session: Session, person: Person, command: DeleteAccount) -> Answer:
    """Be gone; what was said stays under another name, or goes too."""
    check_password_allowed(session)
    registry, purge = session.registry, command.messages == "go"
    check_not_last_owner(person.role, await registry.store.owner_count())
    bots = await registry.store.bots_of(person.user.id)
    rooms = await registry.accounts.end_account(
        person.user,
        command.password,
        command.code,
        session.address,
        registry.now,
        purge=purge,
        decide=lambda actor, same, owners: check_not_last_owner(actor.server, owners),
    )
    registry.end_account(person, rooms, by=session)
    for one in bots:
        registry.end_bot(one.bot.id)
    session.finish(Close.LOGGED_OUT)
    if purge:
        registry.spawn(registry.finish_purges())
    return Done(id=command.id)


async def sessions(session: Session, person: Person, command: Sessions) -> Answer:
    """One's logins, whether somebody is connected by them or not."""
    logins = await _logins(session, person)
    return SessionList(id=command.id, sessions=[session_state(session, person, token) for token in logins])


async def _logins(session: Session, person: Person) -> list[Token]:
    tokens = await session.registry.store.tokens_of(person.user.id)
    return [token for token in tokens if token.name is None]


def session_state(session: Session, whose: Person | None, token: Token) -> SessionState:
    """What one who asks on `session` is told of a login; `whose` is here, or None."""
    here = () if whose is None else whose.sessions
    came = [one.seen_at for one in here if one.token_digest == token.digest]
    return SessionState(
        session=session_name(token.digest),
        frontend=token.frontend,
        address=token.address,
        since=token.created_at,
        seen=token.used_at,
        connections=len(came),
        idle_ms=session.registry.now - max(came) if came else None,
        this=token.digest == session.token_digest,
    )


async def end(session: Session, person: Person, command: End) -> Answer:
    """Its token opens nothing any more, and its connections are closed."""
    registry, user = session.registry, person.user.id
    for token in await _logins(session, person):
        if session_name(token.digest) == command.session:
            await registry.store.drop_token(token.digest)
            registry.log_out(user, token.digest, but=session)
            if token.digest == session.token_digest:
                session.finish(Close.LOGGED_OUT)
            return Done(id=command.id)
    raise no_such_session("You have")


def no_such_session(who: str) -> ChatError:
    """The refusal for a session that is not there, or not any more; `who` has none."""
    return ChatError(Code.NO_SUCH_SESSION, f"{who} no session of this name. Ask for the list again.")
