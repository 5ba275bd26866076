"""How a room works: its owners say so, and everybody else may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import known_room, permit_in, standing_in
from chatd.core.people import Person
from chatd.core.permissions import Action, check_known
from chatd.model import (
    LOBBY,
    Answer,
    Archive,
    ChatError,
    Code,
    Configure,
    Configured,
    Destroy,
    Done,
    Footing,
    Rename,
    RoomRef,
    SettingName,
    Uninvited,
    valid_name,
)

if TYPE_CHECKING:
    from chatd.core.ports import Permit
    from chatd.core.room import Room
    from chatd.core.session import Session
    from chatd.model import Room as RoomRow


async def configure(session: Session, person: Person, command: Configure) -> Answer:
    """Change settings of a room; without any, tell them."""
    store, called = session.registry.store, command.room
    room = await known_room(session, called)
    asked: dict[SettingName, int | None] = {
        "moderated": command.moderated,
        "slow_seconds": command.slow_seconds,
        "retain_days": command.retain_days,
        "retain_count": command.retain_count,
        "previews": command.previews,
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    if changes:
        permit = _permit(room, Action.CONFIGURE, called)
        settings = await store.configure(room.id, person.user, changes, permit)
        if settings.retain_days or settings.retain_count:
            session.registry.forget_old()
    else:
        settings = await store.settings(room.id)
        check_known(room.kind, standing_in(person, room), str(called))
    return Configured(id=command.id, room=room.id, settings=settings)


async def rename(session: Session, person: Person, command: Rename) -> Answer:
    """Give a room another name."""
    registry = session.registry
    room = await known_room(session, command.room)
    name = valid_name(command.name)
    registry.accounts.count_creation(session.address, registry.now)
    await registry.store.rename(room.id, person.user, name, _permit(room, Action.RENAME, command.room))
    return Done(id=command.id)


async def archive(session: Session, person: Person, command: Archive) -> Answer:
    """Let a room be read only, or live again."""
    room = await known_room(session, command.room)
    permit = _permit(room, Action.ARCHIVE, command.room)
    await session.registry.store.archive(room.id, person.user, command.on, permit)
    return Done(id=command.id)


async def destroy(session: Session, person: Person, command: Destroy) -> Answer:
    """Delete a room."""
    registry = session.registry
    room = await known_room(session, command.room)
    permit = _permit(room, Action.DESTROY, command.room)
    name = command.name.lower()
    invited = await registry.store.destroy(room.id, person.user, name, permit)
    registry.destroy(room.id, person.user)
    for user in invited:
        registry.tell_of_invitation(user, Uninvited(room=room.id, name=name))
    registry.forget_old()
    return Done(id=command.id)


def _permit(room: Room | RoomRow, action: Action, called: RoomRef) -> Permit:
    """Whether somebody may do this to the room, asked in the transaction that does it."""
    is_lobby, permitted = room.name == LOBBY, permit_in(room, action, called)

    def permit(actor: Footing) -> None:
        permitted(actor)
        if is_lobby and action is not Action.CONFIGURE:
            raise ChatError(Code.FORBIDDEN, f"Everybody is put in the lobby: nobody may {action.value}.")

    return permit
