"""Being about to send a file, or the image by which one or a room is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import check_in, known_room, permit_in
from chatd.core.actions.speaking import check_text, room_to_speak_in
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.core.tickets import LIFE_MS, IconTicket, Ticket
from chatd.core.trust import check_trust
from chatd.model import Answer, ChatError, Code, Done, Icon, Upload, UploadPlace, file_name

if TYPE_CHECKING:
    from chatd.core.session import Session
    from chatd.model import RoomRef

PLACE = "/api/put/"
"""Below this address bodies come in."""


async def upload(session: Session, person: Person, command: Upload) -> Answer:
    """Give an address for one file; whether its sender may speak there is asked again when it has come."""
    registry = session.registry
    check_text(session, command.text, beside_file=True)
    room = await room_to_speak_in(session, person, command.room)
    check_trust(person, room, command.text, registry.now)
    ticket = Ticket(
        person.user,
        room.id,
        file_name(command.name),
        command.send,
        command.text,
        command.key,
        command.reply_to,
    )
    return _place(session, command.id, ticket)


async def icon(session: Session, person: Person, command: Icon) -> Answer:
    """Give an address for one image, or remove the one that is there."""
    if command.room is not None:
        return await _room_icon(session, person, command, command.room)
    if person.user.kind == "guest":
        raise ChatError(Code.FORBIDDEN, "A guest has no avatar of their own. Make an account first.")
    if not command.remove:
        return _place(session, command.id, IconTicket(person.user))
    registry = session.registry
    registry.appeared(await registry.store.show_user(person.user.id, None))
    return Done(id=command.id)


async def _room_icon(session: Session, person: Person, command: Icon, called: RoomRef) -> Answer:
    room = await known_room(session, called)
    check_in(person, room, Action.CONFIGURE, called)
    permit = permit_in(room, Action.CONFIGURE, called)
    if not command.remove:
        return _place(session, command.id, IconTicket(person.user, room.id, permit))
    await session.registry.store.show_room(room.id, person.user, None, permit)
    return Done(id=command.id)


def _place(session: Session, id: int | str | None, ticket: Ticket | IconTicket) -> UploadPlace:
    registry = session.registry
    code = registry.accounts.new_secret()
    registry.tickets.open(registry.accounts.digest(code), ticket, registry.now)
    return UploadPlace(id=id, put=f"{PLACE}{code}", expires_ms=LIFE_MS)
