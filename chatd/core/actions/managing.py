"""How a room works: its owners say so, and everybody else may know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import known_room, standing_in
from chatd.core.people import Person
from chatd.core.permissions import Action, check, check_known, standing
from chatd.model import Answer, Configure, Configured, Footing, RoomRef, SettingName

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
    }
    changes = {name: value for name, value in asked.items() if value is not None}
    if changes:
        permit = _permit(room, Action.CONFIGURE, called)
        settings = await store.configure(room.id, person.user, changes, permit)
    else:
        settings = await store.settings(room.id)
        check_known(room.kind, standing_in(person, room), str(called))
    return Configured(id=command.id, room=room.id, settings=settings)


def _permit(room: Room | RoomRow, action: Action, called: RoomRef) -> Permit:
    """Whether somebody may do this to the room, asked in the transaction that does it."""
    kind = room.kind

    def permit(actor: Footing) -> None:
        check(action, kind, standing(kind, actor.server, actor.room), str(called))

    return permit
