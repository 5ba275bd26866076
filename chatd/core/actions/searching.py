"""Finding what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.mentioning import as_told
from chatd.core.actions.places import look_up_user, own_room
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.core.searching import marks, read
from chatd.model import Answer, ChatError, Code, Found, Hit, Search, Sought

if TYPE_CHECKING:
    from chatd.core.session import Session


async def search(session: Session, person: Person, command: Search) -> Answer:
    """What is found in the person's rooms, as these have been told of it."""
    terms, best = read(command.query), command.order == "best"
    if best and not (terms.words or terms.letters):
        raise ChatError(Code.BAD_REQUEST, "What fits best is found by words: give one.")
    if command.before is not None and best:
        raise ChatError(Code.BAD_REQUEST, "With what fits best first, `skip` goes on, not `before`.")
    if command.skip and not best:
        raise ChatError(Code.BAD_REQUEST, "With the newest first, `before` goes on, not `skip`.")
    room = None if terms.room is None else await own_room(session, terms.room, Action.READ)
    by = None if terms.by is None else await look_up_user(session, terms.by)
    sought = Sought(
        words=terms.words,
        letters=terms.letters,
        by=None if by is None else by.id,
        room=None if room is None else room.id,
        since=terms.since,
        until=terms.until,
        link=terms.link,
        best=best,
    )
    found, more = await session.registry.store.search(
        person.user.id, sought, command.before, command.skip, command.limit
    )
    messages = [told for one in found for told in as_told(person, one)]
    hits = [Hit(message=one, marks=marks(one.text, terms)) for one in messages]
    return Found(id=command.id, messages=hits, more=more)
