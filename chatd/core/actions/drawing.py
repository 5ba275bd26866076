"""Showing an image to somebody who has no other way to see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import check_in, own_room
from chatd.core.actions.speaking import target_of
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.core.reading import readable
from chatd.model import Answer, ChatError, Code, Draw, Drawn

if TYPE_CHECKING:
    from chatd.core.session import Session


async def draw(session: Session, person: Person, command: Draw) -> Answer:
    """Draw the image that a message carries, or that its preview has."""
    registry = session.registry
    room = await own_room(session, command.room, Action.READ)
    target = target_of(person, room.id, command.target)
    said = await registry.store.message(room.id, target)
    if said is None or said.sender.id in person.ignored:
        raise ChatError(Code.NO_SUCH_MESSAGE, "There is no such message.")
    file = said.file
    if (file is None or not file.is_image) and said.preview is not None:
        file = said.preview.image
    if file is None or not file.is_image or registry.drawing is None:
        raise ChatError(Code.NO_SUCH_FILE, "There is no image on that message.")
    rows = await registry.drawing.draw(await readable(registry, file.id, person.user), command.columns)
    check_in(person, room, Action.READ, command.room)
    return Drawn(id=command.id, room=room.id, seq=target, file=file, rows=rows)
