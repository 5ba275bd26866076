"""How one is present: away or back, with a few words; and what others may know of that."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec.structs import replace

from chatd.core.people import Person
from chatd.core.trust import check_trust
from chatd.model import Answer, Away, Done, Profile, Status, valid_status

if TYPE_CHECKING:
    from chatd.core.session import Session


async def away(session: Session, person: Person, command: Away) -> Answer:
    """Go away, or come back; what was left for it is forgotten then."""
    words = valid_status(command.text or "") if command.on else None
    check_trust(person, None, words or "", session.registry.now)
    await session.registry.store.set_away(person.user.id, words)
    session.registry.set_away(person, words)
    return Done(id=command.id)


async def status(session: Session, person: Person, command: Status) -> Answer:
    """Keep a few words, or none."""
    words = valid_status(command.text)
    check_trust(person, None, words, session.registry.now)
    await session.registry.store.set_status(person.user.id, words)
    session.registry.set_status(person, words)
    return Done(id=command.id)


async def profiles_of(session: Session, person: Person, users: Collection[int]) -> list[Profile]:
    """How these want to be seen, and how they are present for this person, by id."""
    found = await session.registry.store.profiles(users)
    return [_met(session, person, profile) for profile in found]


def _named(person: Person) -> set[int]:
    """The rooms that have a name. A conversation would tell whether the other one ignores whoever asks."""
    return {room.id for room in person.rooms.values() if room.kind != "direct"}


def _met(session: Session, person: Person, profile: Profile) -> Profile:
    other = session.registry.people.get(profile.id)
    if other is None or not other.here.frontends:
        return profile
    here = other.here
    rooms = tuple(sorted(_named(person) & _named(other)))
    return replace(
        profile, status=here.status, seen=None, frontends=here.frontends, away=here.away, rooms=rooms
    )
