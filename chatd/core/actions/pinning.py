"""Pinning messages to their rooms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd.core.actions.places import calling, check_in, own_room
from chatd.core.actions.speaking import target_of
from chatd.core.ignoring import heard
from chatd.core.people import Person
from chatd.core.permissions import Action, check, standing
from chatd.model import Answer, Footing, Pin, PinList, PinnedMessage, Pinning, Pins, Stored

if TYPE_CHECKING:
    from chatd.core.room import Room
    from chatd.core.session import Session


async def pin(session: Session, person: Person, command: Pin) -> Answer:
    """Pin a message, or take it down."""
    room = await own_room(session, command.room, Action.READ)
    check_in(person, room, Action.PIN, command.room)
    kind, moderated, called = room.kind, room.moderated, calling(room, command.room)

    def permit(actor: Footing) -> None:
        where = standing(kind, actor.server, actor.room)
        check(Action.PIN, kind, where, called, moderated=moderated)

    target = target_of(person, room.id, command.target)
    pinning = Pinning(room.id, person.user, target, command.on, command.key)
    receipt = await session.registry.store.pin(pinning, permit)
    return Stored(id=command.id, room=receipt.room, seq=receipt.seq, at=receipt.at)


async def pins(session: Session, person: Person, command: Pins) -> Answer:
    """What is pinned, as it is now."""
    room = await own_room(session, command.room, Action.READ)
    found, more = await session.registry.store.pins(room.id, command.before, list(person.ignored))
    check_in(person, room, Action.READ, command.room)
    return PinList(id=command.id, room=room.id, pins=_as_told(room, person, found), more=more)


def _as_told(room: Room, person: Person, found: list[PinnedMessage]) -> list[PinnedMessage]:
    """Nothing that the room has not been told of, and nothing of what was deleted or taken down since."""
    pinned = [one for one in found if one.seq <= room.head]
    messages = heard(room.amended([one.message for one in pinned]), person.ignored)
    told = {message.seq: message for message in messages if not message.deleted}
    return [replace(one, message=told[one.message.seq]) for one in pinned if one.message.seq in told]
