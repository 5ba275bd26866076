"""Not hearing somebody, who is not told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import look_up_user
from chatd.core.people import Person
from chatd.model import Answer, ChatError, Code, Ignore, IgnoredList, Unignore, User, UserRef

if TYPE_CHECKING:
    from chatd.core.session import Session


async def ignore(session: Session, person: Person, command: Ignore) -> Answer:
    """Hear nothing more of somebody, on any session."""
    other = await look_up_user(session, command.user)
    if other.id == person.user.id:
        raise ChatError(Code.BAD_REQUEST, "You cannot ignore yourself.")
    return _changed(
        session, person, await session.registry.store.ignore(person.user.id, other.id), command.id
    )


async def unignore(session: Session, person: Person, command: Unignore) -> Answer:
    """Hear them again."""
    other = _ignored(person, command.user) or await look_up_user(session, command.user)
    ignored = await session.registry.store.unignore(person.user.id, other.id)
    return _changed(session, person, ignored, command.id)


def _ignored(person: Person, name: UserRef) -> User | None:
    """Who was called so when they were ignored: a guest who left is found by no name any more."""
    return next((user for user in person.ignored.values() if user.name == name), None)


def _changed(session: Session, person: Person, ignored: list[User], command_id: int | str | None) -> Answer:
    session.registry.ignore(person, ignored, by=session)
    return IgnoredList(id=command_id, ignored=ignored)
