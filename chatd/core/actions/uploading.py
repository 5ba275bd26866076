"""Being about to send a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.speaking import check_text, room_to_speak_in
from chatd.core.people import Person
from chatd.core.tickets import LIFE_MS, Ticket
from chatd.core.trust import check_trust
from chatd.model import Answer, Upload, UploadPlace, file_name

if TYPE_CHECKING:
    from chatd.core.session import Session

PLACE = "/api/put/"
"""Below this address bodies come in."""


async def upload(session: Session, person: Person, command: Upload) -> Answer:
    """Give an address for one file; whether its sender may speak there is asked again when it has come."""
    registry = session.registry
    check_text(session, command.text, beside_file=True)
    room = await room_to_speak_in(session, person, command.room)
    check_trust(person, room, command.text, registry.now)
    code = registry.accounts.new_secret()
    ticket = Ticket(
        person.user,
        room.id,
        file_name(command.name),
        command.send,
        command.text,
        command.key,
        command.reply_to,
    )
    registry.tickets.open(registry.accounts.digest(code), ticket, registry.now)
    return UploadPlace(id=command.id, put=f"{PLACE}{code}", expires_ms=LIFE_MS)
