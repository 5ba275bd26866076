"""Becoming a member, and receiving: what is missed, what was said, how far one has read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatd.core.actions.places import check_in, look_up, own_room, participants
from chatd.core.ignoring import heard
from chatd.core.people import Person
from chatd.core.permissions import Action, ServerAction, check_server, no_such_room
from chatd.core.room import Room
from chatd.model import (
    Answer,
    Attach,
    Attaching,
    ChatError,
    Code,
    Create,
    Direct,
    Done,
    Entered,
    History,
    Join,
    Leave,
    Messages,
    Read,
    Refused,
    RoomRef,
    RoomState,
    UserRef,
    valid_name,
)
from chatd.model import Room as RoomRow

if TYPE_CHECKING:
    from chatd.core.session import Session


def _check_room_count(session: Session, person: Person) -> None:
    most = session.registry.limits.rooms_per_user
    if most and len(person.rooms) >= most:
        raise ChatError(
            Code.TOO_MANY, f"You are in {most} rooms, which is as many as one may be in. Leave one first."
        )


async def _entered(
    session: Session, person: Person, room: Room, command_id: int | str | None, after: int | None = None
) -> Answer:
    """The answer for somebody who is in the room now, and the attachment that goes with it."""
    state = await own_state(session, person, room)
    session.attachments.attach(room, after)
    return Entered(id=command_id, rooms=[state])


async def own_state(session: Session, person: Person, room: Room) -> RoomState:
    """The room as somebody sees it who is in it; raises ChatError when they are so no longer."""
    state = await session.registry.store.room_of(person.user.id, room.id)
    if state is None or room.id not in person.rooms:
        raise ChatError(Code.NOT_A_MEMBER, "You have left the room meanwhile.")
    return state


async def join(session: Session, person: Person, command: Join) -> Answer:
    """Become a member, unless one is, and attach."""
    room = session.own_room(command.room)
    if room is None:
        row = await _admitted(session, person, command.room)
        room = session.registry.enter(person.user.id, row, by=session)
    return await _entered(session, person, room, command.id, command.after)


async def _admitted(session: Session, person: Person, ref: RoomRef) -> RoomRow:
    """The room that this names, whose member the person is from now on."""
    registry = session.registry
    if isinstance(ref, str) and ref.startswith("+"):
        _check_room_count(session, person)
        opened = await registry.accounts.join_by_code(person.user, ref[1:], session.address, registry.now)
        session.came_by = ref, opened.id
        return opened
    row = await look_up(session, ref)
    if row is None:
        raise no_such_room(str(ref))
    if row.id in person.rooms:
        return row
    check_in(person, row, Action.JOIN, ref)
    _check_room_count(session, person)
    joined = await registry.store.join(person.user.id, row.id)
    if joined is None:  # the invitation was taken back meanwhile
        raise no_such_room(str(ref))
    return joined


async def leave(session: Session, person: Person, command: Leave) -> Answer:
    """Be a member no longer, on any session."""
    room = await own_room(session, command.room, Action.LEAVE)
    await session.registry.store.leave(person.user.id, room.id)
    session.registry.exit(person, room, session)
    return Done(id=command.id)


async def create(session: Session, person: Person, command: Create) -> Answer:
    """Make a room, and be its first member and its owner."""
    registry = session.registry
    check_server(ServerAction.CREATE_ROOM, person.role)
    name = valid_name(command.name)
    _check_room_count(session, person)
    registry.accounts.count_creation(session.address, registry.now)
    row = await registry.store.create_room(name, command.kind, person.user.id)
    room = registry.enter(person.user.id, row, by=session, role="owner")
    return await _entered(session, person, room, command.id)


async def direct(session: Session, person: Person, command: Direct) -> Answer:
    """Open the direct room with somebody, or several, and attach."""
    others = command.users
    if command.user is not None:
        others = [command.user] if others is None else []
    if not others:
        raise ChatError(Code.BAD_REQUEST, "Give `user` or `users`, and not both.")
    room = await open_direct(session, person, others, by=session)
    return await _entered(session, person, room, command.id)


async def open_direct(
    session: Session, person: Person, refs: Sequence[UserRef], *, by: Session | None
) -> Room:
    """The direct room with these, made when it is not there; `by`: the session that needs no telling."""
    registry = session.registry
    ids = await participants(session, refs)
    others = [id for id in ids if id != person.user.id]
    if len(others) == 1 and (ignored := person.ignored.get(others[0])) is not None:
        raise ChatError(Code.FORBIDDEN, f"You ignore {ignored.name}. Unignore them first.")
    room = session.own_direct(ids)
    if room is None:
        check_server(ServerAction.OPEN_DIRECT, person.role)
        _check_room_count(session, person)
        row = await registry.store.direct_room(ids)
        if row is None:
            registry.accounts.count_creation(session.address, registry.now)
            row = await registry.store.open_direct(ids)
        room = registry.enter(person.user.id, row, by=by)
        for other in others:
            registry.enter(other, row)
    return room


async def attach(session: Session, person: Person, command: Attach) -> Answer:
    """Attach what may be attached, and say what may not."""
    rooms: list[tuple[Room, int | None]] = []
    refused: list[Refused] = []
    if command.rooms is None:
        rooms = [(room, None) for room in person.rooms.values()]
    else:
        for position in command.rooms:
            try:
                rooms.append((await own_room(session, position.room, Action.READ), position.after))
            except ChatError as error:
                refused.append(Refused(position.room, error.code, error.text))
    rooms = [(room, after) for room, after in rooms if room.id in person.rooms]
    for room, after in rooms:
        session.attachments.attach(room, after)
    return Attaching(id=command.id, rooms=[room.id for room, _ in rooms], refused=refused)


async def history(session: Session, person: Person, command: History) -> Answer:
    """A page of messages, none of which the room has not been told of."""
    if sum(place is not None for place in (command.before, command.after, command.around)) > 1:
        raise ChatError(Code.BAD_REQUEST, "Give `before`, `after` or `around`, not two of them.")
    room = await own_room(session, command.room, Action.READ)
    page = await session.registry.store.messages(
        room.id,
        before=command.before,
        after=command.after,
        limit=command.limit,
        without=list(person.ignored),
        around=command.around,
    )
    check_in(person, room, Action.READ, command.room)
    return Messages(
        id=command.id,
        room=room.id,
        # What is committed but not published yet will be live: a position behind it would be beyond the head.
        entries=heard(room.amended([one for one in page.entries if one.seq <= room.head]), person.ignored),
        first=page.first,
        last=min(page.last, room.head),
        complete=page.complete,
    )


async def read(session: Session, person: Person, command: Read) -> Answer:
    """Move the read position."""
    room = await own_room(session, command.room, Action.READ)
    await mark_read(session, person, room, command.seq)
    return Done(id=command.id)


async def mark_read(session: Session, person: Person, room: Room, seq: int) -> None:
    """Move the read position, and tell the person's other sessions."""
    position = await session.registry.store.read(person.user.id, room.id, seq)
    for other in person.sessions:
        if other is not session:
            other.read_to(room.id, position)
