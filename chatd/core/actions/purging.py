"""Deleting all that somebody said, in one room or in every public one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import calling, check_in, known_room, look_up_user
from chatd.core.people import Person
from chatd.core.permissions import (
    Action,
    ServerAction,
    check,
    check_over,
    check_server,
    server_rank,
    standing,
)
from chatd.model import Answer, ChatError, Code, Done, Footing, Purge, RoomRef, User, UserRef, valid_reason

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatd.core.room import Room
    from chatd.core.session import Session
    from chatd.model import Room as RoomRow


async def purge(session: Session, person: Person, command: Purge) -> Answer:
    """Delete it for good; answered when it is gone."""
    registry, reason = session.registry, valid_reason(command.reason)
    if (command.user is None) is (command.target is None):
        raise ChatError(Code.BAD_REQUEST, "Give a user, or a message of theirs.")
    if command.room is not None:
        room = await known_room(session, command.room)
        check_in(person, room, Action.DELETE_OTHERS, command.room)
        other = await _author(session, room, command)
        decide = _decide_in(room, command.room)
        await registry.store.purge(room.id, other.id, person.user, reason, decide)
    elif command.user is None:
        raise ChatError(Code.BAD_REQUEST, "In which room is that message?")
    else:
        check_server(ServerAction.PURGE_USER, person.role)
        other = await _who(session, command.user)
        await registry.store.purge(None, other.id, person.user, reason, _decide_on_server)
    await registry.finish_purges()
    return Done(id=command.id)


async def _author(session: Session, room: Room | RoomRow, command: Purge) -> User:
    """Whose messages it is about, who may be called otherwise by now, or have no name any more."""
    if command.user is not None:
        return await _who(session, command.user)
    assert command.target is not None, "exactly one of them was given"
    said = await session.registry.store.message(room.id, command.target)
    if said is None:
        raise ChatError(Code.NO_SUCH_MESSAGE, f"There is no message {command.target} in this room.")
    return said.sender


async def _who(session: Session, ref: UserRef) -> User:
    if isinstance(ref, int):  # also who has deleted their account
        for profile in await session.registry.store.profiles([ref]):
            return User(profile.id, profile.name, profile.kind)
    return await look_up_user(session, ref)


def _decide_in(room: Room | RoomRow, ref: RoomRef) -> Callable[[Footing, Footing], None]:
    kind, called = room.kind, calling(room, ref)

    def decide(actor: Footing, them: Footing) -> None:
        mine, theirs = standing(kind, actor.server, actor.room), standing(kind, them.server, them.room)
        check(Action.DELETE_OTHERS, kind, mine, called)
        check_over(mine.rank, theirs.rank, them.user.name)

    return decide


def _decide_on_server(actor: Footing, them: Footing) -> None:
    check_server(ServerAction.PURGE_USER, actor.server)
    check_over(server_rank(actor.server), server_rank(them.server), them.user.name)
