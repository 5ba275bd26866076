"""Mentioning people, being mentioned, and of what one wants to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import may_in, own_room
from chatd.core.ignoring import heard
from chatd.core.mentions import HERE, ROOM, names_in
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.core.room import Room
from chatd.model import (
    Answer,
    Calls,
    Done,
    Mentioned,
    MentionList,
    Mentions,
    Notify,
    Notifying,
    Said,
)

if TYPE_CHECKING:
    from chatd.core.registry import Registry
    from chatd.core.session import Session


def calls_in(person: Person, room: Room, text: str) -> Calls | None:
    """Whom this text mentions when the person says it here; everybody only if they may call them."""
    names = names_in(text)
    if not names:
        return None
    may_call = not {ROOM, HERE}.isdisjoint(names) and may_in(person, room, Action.MENTION_ALL)
    everybody = may_call and ROOM in names
    present = tuple(room.company.present) if may_call and not everybody else ()
    named = tuple(name for name in names if name not in (ROOM, HERE))
    return Calls(named, everybody, present)


def tell_mentioned(registry: Registry, person: Person, room: Room, seq: int, calls: Calls | None) -> None:
    """Tell those who are here that this message of the person mentions them."""
    if calls is None:
        return
    event = Mentioned(room=room.id, seq=seq, sender=person.user)
    if calls.everybody or calls.present:
        room.tell(event, skip=[*person.sessions, *registry.deaf_to(person.user)])
        return
    for name in calls.names:
        other = registry.person_named(name)
        if other is None or other is person or room.id not in other.rooms:
            continue
        if person.user.id not in other.ignored:
            for session in other.sessions:
                session.tell(event)


async def mentions(session: Session, person: Person, command: Mentions) -> Answer:
    """What mentions the person, as the rooms have been told of it."""
    found, more = await session.registry.store.mentioned(person.user.id, command.before, command.limit)
    messages = [told for one in found for told in as_told(person, one)]
    return MentionList(id=command.id, messages=messages, more=more)


def as_told(person: Person, said: Said) -> list[Said]:
    """The message, unless the person may read it no longer, or it is gone, or is not theirs to know yet."""
    room = person.rooms.get(said.room)
    if room is None or said.seq > room.head:
        return []
    return [one for one in heard(room.amended([said]), person.ignored) if not one.deleted]


async def notify(session: Session, person: Person, command: Notify) -> Answer:
    """Keep of what in a room the person wants to be told, and tell their other sessions."""
    room = await own_room(session, command.room, Action.READ)
    await session.registry.store.notify(person.user.id, room.id, command.level)
    for other in person.sessions:
        if other is not session:
            other.tell(Notifying(room=room.id, level=command.level))
    return Done(id=command.id)
