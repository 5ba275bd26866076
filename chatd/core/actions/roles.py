"""Who is what, in a room and on the server, and saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from chatd.core.actions.places import calling, check_in, known_room, look_up_user, own_room
from chatd.core.people import Person
from chatd.core.permissions import Action, check_room_role, check_server_role, standing
from chatd.model import (
    Answer,
    ChatError,
    Claim,
    Code,
    Done,
    Footing,
    MemberList,
    Members,
    Role,
    RoomRef,
    RoomRole,
    ServerRole,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

ROOM_ROLES: tuple[RoomRole, ...] = get_args(RoomRole)
SERVER_ROLES: tuple[ServerRole, ...] = ("owner", "admin", "user")


async def members(session: Session, command: Members) -> Answer:
    """A page of those who belong to a room."""
    room = await own_room(session, command.room, Action.READ)
    page, count, more = await session.registry.store.list_members(
        room.id, command.after, command.limit, command.query, command.user
    )
    check_in(session.somebody(), room, Action.READ, command.room)
    return MemberList(id=command.id, room=room.id, members=page, count=count, more=more)


async def set_role(session: Session, person: Person, command: Role) -> Answer:
    """Give somebody a role."""
    if command.room is None:
        await _set_server_role(session, person, command)
    else:
        await _set_room_role(session, person, command, command.room)
    return Done(id=command.id)


async def _set_room_role(session: Session, person: Person, command: Role, ref: RoomRef) -> None:
    if command.role not in ROOM_ROLES:
        raise ChatError(Code.BAD_REQUEST, "In a room one is owner, moderator or member.")
    role = command.role
    registry, me = session.registry, person.user
    room = await known_room(session, ref)
    other = await look_up_user(session, command.user)
    called = calling(room, ref)

    def decide(actor: Footing, them: Footing) -> None:
        check_room_role(
            role,
            room.kind,
            standing(room.kind, actor.server, actor.room),
            standing(room.kind, them.server, them.room),
            oneself=actor.user.id == them.user.id,
            called=called,
            name=them.user.name,
        )

    if await registry.store.set_room_role(room.id, other.id, role, me.id, decide):
        registry.appoint_in(room.id, other.id, role, me)


async def _set_server_role(session: Session, person: Person, command: Role) -> None:
    if command.role not in SERVER_ROLES:
        raise ChatError(Code.BAD_REQUEST, "On the server one is owner, admin or user. In which room?")
    role = cast(ServerRole, command.role)
    registry, me = session.registry, person.user
    other = await look_up_user(session, command.user)

    def decide(actor: Footing, them: Footing, owners: int) -> None:
        oneself = actor.user.id == them.user.id
        check_server_role(
            role, actor.server, them.server, oneself=oneself, owners=owners, name=them.user.name
        )

    if await registry.store.set_server_role(other.id, role, me.id, decide):
        registry.appoint(other.id, role, me)


async def claim(session: Session, person: Person, command: Claim) -> Answer:
    """Become the owner of a server that has none."""
    registry = session.registry
    await registry.accounts.claim(person.user, command.code, session.address, registry.now)
    registry.appoint(person.user.id, "owner")
    return Done(id=command.id)
