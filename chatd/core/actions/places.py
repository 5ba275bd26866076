"""Which room or user a command names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatd.core.people import Person
from chatd.core.permissions import Action, Called, Standing, check, check_known, no_such_room, standing
from chatd.core.room import Room
from chatd.model import (
    PARTICIPANTS_MOST,
    ChatError,
    Code,
    Footing,
    RoomRef,
    User,
    UserRef,
    fold_name,
)
from chatd.model import Room as RoomRow

if TYPE_CHECKING:
    from chatd.core.ports import Permit
    from chatd.core.session import Session


async def own_room(session: Session, ref: RoomRef, action: Action) -> Room:
    """The room that this names, where the user may do this, which is for those who belong to it."""
    room = await _find(session, ref)
    person = session.somebody()
    check_in(person, room, action, ref)
    return person.rooms[room.id]


async def known_room(session: Session, ref: RoomRef) -> Room | RoomRow:
    """The room that this names, if the user may know of it."""
    room = await _find(session, ref)
    check_known(room.kind, standing_in(session.somebody(), room), str(ref))
    return room


async def _find(session: Session, ref: RoomRef) -> Room | RoomRow:
    room: Room | RoomRow | None = session.own_room(ref)
    if room is None:
        room = await look_up(session, ref)
    if room is None:
        raise no_such_room(str(ref))
    return room


def standing_in(person: Person, room: Room | RoomRow) -> Standing:
    """Where the person stands in this room now."""
    mine = person.rooms.get(room.id)
    role = None if mine is None else mine.role_of(person.user.id)
    invited = isinstance(room, RoomRow) and room.invited
    return standing(room.kind, person.role, role, invited)


def calling(room: Room | RoomRow, ref: RoomRef) -> Called:
    """What refusals call the room that was named so."""
    return Called(str(ref), room.name if isinstance(ref, int) else "")


def check_in(person: Person, room: Room | RoomRow, action: Action, ref: RoomRef) -> None:
    """Raise ChatError unless the person may do this here now; `ref` is what they called the room."""
    check(
        action,
        room.kind,
        standing_in(person, room),
        calling(room, ref),
        moderated=room.moderated,
        archived=room.archived,
        ended=room.ended,
    )


def may_in(person: Person, room: Room | RoomRow, action: Action) -> bool:
    """Whether the person may do this here now."""
    try:
        check_in(person, room, action, "")
    except ChatError:
        return False
    return True


def permit_in(room: Room | RoomRow, action: Action, ref: RoomRef) -> Permit:
    """The same as `check_in`, asked of how somebody stands in the transaction that carries it out."""
    kind, called = room.kind, calling(room, ref)

    def permit(actor: Footing) -> None:
        check(action, kind, standing(kind, actor.server, actor.room), called)

    return permit


async def look_up(session: Session, ref: RoomRef) -> RoomRow | None:
    """What the user may know of the room that this names; None where that is nothing."""
    store = session.registry.store
    if isinstance(ref, str) and ref.startswith("@"):
        return await store.direct_room(await participants(session, ref[1:].split(",")))
    folded = folded_ref(ref)
    return None if folded is None else await store.room(folded, session.user.id)


def folded_ref(ref: RoomRef) -> RoomRef | None:
    """An id, or a name in lower case; None for what no room can be called."""
    try:
        return ref if isinstance(ref, int) else fold_name(ref)
    except ChatError:
        return None


async def look_up_user(session: Session, ref: UserRef) -> User:
    """The user whom this names; raises ChatError `no_such_user`."""
    person = None
    if isinstance(ref, int):
        person = session.registry.people.get(ref)
    else:
        person = session.registry.person_named(ref.lower())
    if person is not None:
        return person.user
    try:
        account = await session.registry.store.account(ref if isinstance(ref, int) else fold_name(ref))
    except ChatError as error:
        if error.code is not Code.BAD_NAME:
            raise
        account = None
    if account is None:
        raise ChatError(Code.NO_SUCH_USER, f'Nobody is called "{ref}".')
    return account.user


async def participants(session: Session, refs: Sequence[UserRef]) -> tuple[int, ...]:
    """The ids of those whom these name and of the user, sorted: who a direct room is for."""
    if len(refs) > PARTICIPANTS_MOST:
        raise _too_many_participants()
    ids = {session.user.id, *[(await look_up_user(session, ref)).id for ref in refs]}
    if len(ids) == 1:
        raise ChatError(Code.BAD_REQUEST, "A direct conversation needs somebody else.")
    if len(ids) > PARTICIPANTS_MOST:
        raise _too_many_participants()
    return tuple(sorted(ids))


def _too_many_participants() -> ChatError:
    return ChatError(
        Code.TOO_MANY, f"A direct conversation has at most {PARTICIPANTS_MOST} people, you among them."
    )
