"""What admins see of the whole server: who has a name on it, where they are logged in, what limits hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd.core.accounts import session_name
from chatd.core.actions.oneself import end, no_such_session, session_state, sessions
from chatd.core.actions.places import look_up_user
from chatd.core.people import Person
from chatd.core.permissions import ServerAction, check_over, check_server, server_rank
from chatd.model import (
    Answer,
    AskLimits,
    Done,
    End,
    Footing,
    LimitList,
    ListUsers,
    SessionList,
    Sessions,
    Token,
    User,
    UserList,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def list_users(session: Session, person: Person, command: ListUsers) -> Answer:
    """A page of everybody who has a name, or of those who are connected."""
    registry = session.registry
    check_server(ServerAction.SEE_USERS, person.role)
    here = [id for id, one in registry.people.items() if one.sessions] if command.connected else None
    found, more = await registry.store.list_users(command.query, command.after, command.limit, here)
    check_server(ServerAction.SEE_USERS, person.role)
    users = [replace(one, connections=_connections(session, one.id)) for one in found]
    return UserList(id=command.id, users=users, more=more)


def _connections(session: Session, user: int) -> int:
    person = session.registry.people.get(user)
    return 0 if person is None else len(person.sessions)


def limits(session: Session, person: Person, command: AskLimits) -> Answer:
    """What the operator has set."""
    check_server(ServerAction.SEE_LIMITS, person.role)
    return LimitList(id=command.id, limits=session.registry.limits)


async def sessions_of(session: Session, person: Person, command: Sessions) -> Answer:
    """The logins of somebody else, who stands below."""
    assert command.user is not None
    other = await look_up_user(session, command.user)
    if other.id == person.user.id:
        return await sessions(session, person, command)
    logins = await _logins(session, person, other)
    whose = session.registry.people.get(other.id)
    return SessionList(id=command.id, sessions=[session_state(session, whose, token) for token in logins])


async def _logins(session: Session, person: Person, other: User) -> list[Token]:
    check_server(ServerAction.END_OTHERS_SESSIONS, person.role)
    tokens = await session.registry.store.tokens_for(other.id, person.user.id, _decide)
    return [token for token in tokens if token.name is None]


async def end_anothers(session: Session, person: Person, command: End) -> Answer:
    """One of these opens nothing any more, and its connections are closed."""
    assert command.user is not None
    registry = session.registry
    other = await look_up_user(session, command.user)
    if other.id == person.user.id:
        return await end(session, person, command)
    for token in await _logins(session, person, other):
        if session_name(token.digest) == command.session:
            await registry.store.end_login(other.id, token.digest, person.user.id, _decide)
            registry.log_out(other.id, token.digest)
            return Done(id=command.id)
    raise no_such_session(f'"{other.name}" has')


def _decide(actor: Footing, them: Footing) -> None:
    check_server(ServerAction.END_OTHERS_SESSIONS, actor.server)
    check_over(server_rank(actor.server), server_rank(them.server), them.user.name)
