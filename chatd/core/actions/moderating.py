"""Keeping order: removing people, keeping them out, keeping them silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import calling, check_in, known_room, look_up_user
from chatd.core.people import Person
from chatd.core.permissions import (
    Action,
    ServerAction,
    check,
    check_over,
    check_server,
    server_rank,
    standing,
)
from chatd.core.sanctions import contains, parse_network
from chatd.model import (
    ActList,
    Answer,
    Audit,
    Ban,
    ChatError,
    Code,
    Done,
    Footing,
    Kick,
    Mute,
    RoomRef,
    SanctionKind,
    SanctionList,
    Sanctions,
    Unban,
    Unmute,
    UserRef,
    valid_reason,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chatd.core.room import Room
    from chatd.core.session import Session
    from chatd.model import Room as RoomRow

_ACTIONS: dict[SanctionKind, Action] = {"ban": Action.BAN, "mute": Action.MUTE}


async def kick(session: Session, person: Person, command: Kick) -> Answer:
    """Somebody belongs to a room no longer."""
    registry, me, reason = session.registry, person.user, valid_reason(command.reason)
    room = await known_room(session, command.room)
    other = await look_up_user(session, command.user)
    decide = _decide_in(room, Action.KICK, command.room)
    await registry.store.kick(room.id, other.id, me, reason, decide)
    registry.expel(other.id, room.id, me, reason)
    return Done(id=command.id)


async def ban(session: Session, person: Person, command: Ban) -> Answer:
    """Keep somebody out of a room or the server, or everybody from an address out of the server."""
    if (command.user is None) == (command.network is None):
        raise ChatError(Code.BAD_REQUEST, "Give a user, or an address or network.")
    if command.user is not None:
        await _sanction(session, person, "ban", command.room, command.user, command.minutes, command.reason)
    elif command.room is not None:
        raise ChatError(Code.BAD_REQUEST, "An address is banned from the whole server, not from one room.")
    else:
        await _ban_network(session, person, command)
    return Done(id=command.id)


async def mute(session: Session, person: Person, command: Mute) -> Answer:
    """Keep somebody silent in a room, or everywhere."""
    await _sanction(session, person, "mute", command.room, command.user, command.minutes, command.reason)
    return Done(id=command.id)


async def _sanction(
    session: Session,
    person: Person,
    kind: SanctionKind,
    ref: RoomRef | None,
    user: UserRef,
    minutes: int | None,
    reason: str,
) -> None:
    registry, me, reason = session.registry, person.user, valid_reason(reason)
    if ref is None:
        check_server(ServerAction.BAN_USER, person.role)
        other = await look_up_user(session, user)
        found = await registry.store.sanction_on_server(
            kind, other.id, me, minutes, reason, _decide_on_server(ServerAction.BAN_USER)
        )
    else:
        room = await known_room(session, ref)
        other = await look_up_user(session, user)
        found = await registry.store.sanction_in_room(
            kind, room.id, other.id, me, minutes, reason, _decide_in(room, _ACTIONS[kind], ref)
        )
    registry.sanctions.impose(found, registry.now)
    if kind == "ban" and ref is None:
        registry.banish(other.id)
    elif kind == "ban":
        registry.expel(other.id, room.id, me, reason)


async def _ban_network(session: Session, person: Person, command: Ban) -> None:
    registry = session.registry
    check_server(ServerAction.BAN_ADDRESS, person.role)
    assert command.network is not None
    network = parse_network(command.network)
    if contains(network, [session.address]):
        raise ChatError(Code.FORBIDDEN, "You come from there yourself, and would be kept out as well.")
    if network.is_loopback or contains(network, ["127.0.0.1", "::1"]):
        raise ChatError(Code.FORBIDDEN, "The machine that the server runs on cannot be kept out.")
    found = await registry.store.ban_network(
        str(network),
        person.user,
        command.minutes,
        valid_reason(command.reason),
        _decide_on_server(ServerAction.BAN_ADDRESS, oneself=True),
    )
    registry.sanctions.impose(found, registry.now)
    registry.banish_from(lambda address: contains(network, [address]))


async def unban(session: Session, person: Person, command: Unban) -> Answer:
    """Let somebody, or an address, in again."""
    if (command.user is None) == (command.network is None):
        raise ChatError(Code.BAD_REQUEST, "Give a user, or an address or network.")
    if command.user is not None:
        await _lift(session, person, "ban", command.room, command.user)
        return Done(id=command.id)
    registry, decide = session.registry, _decide_on_server(ServerAction.BAN_ADDRESS, oneself=True)
    check_server(ServerAction.BAN_ADDRESS, person.role)
    assert command.network is not None
    network = str(parse_network(command.network))
    await registry.store.lift("ban", None, None, network, person.user, decide)
    registry.sanctions.lift_network(network)
    return Done(id=command.id)


async def unmute(session: Session, person: Person, command: Unmute) -> Answer:
    """Let somebody speak again."""
    await _lift(session, person, "mute", command.room, command.user)
    return Done(id=command.id)


async def _lift(
    session: Session, person: Person, kind: SanctionKind, ref: RoomRef | None, user: UserRef
) -> None:
    registry = session.registry
    room = None
    if ref is None:
        check_server(ServerAction.BAN_USER, person.role)
        decide = _decide_on_server(ServerAction.BAN_USER)
    else:
        where = await known_room(session, ref)
        room, decide = where.id, _decide_in(where, _ACTIONS[kind], ref)
    # A guest who left is found by no name any more, and somebody else may have it now.
    found = registry.sanctions.called(kind, room, user.lower()) if isinstance(user, str) else None
    other = found or (await look_up_user(session, user)).id
    await registry.store.lift(kind, room, other, "", person.user, decide)
    registry.sanctions.lift_from(kind, room, other)


async def acts(session: Session, person: Person, command: Audit) -> Answer:
    """What was done by those who have power."""
    store = session.registry.store
    if command.room is None:
        check_server(ServerAction.SEE_AUDIT, person.role)
        found, more = await store.acts(None, person.user.id, command.before, command.limit)
        check_server(ServerAction.SEE_AUDIT, person.role)
    else:
        room = await known_room(session, command.room)
        check_in(person, room, Action.SEE_AUDIT, command.room)
        found, more = await store.acts(room.id, person.user.id, command.before, command.limit)
        check_in(person, room, Action.SEE_AUDIT, command.room)
    return ActList(id=command.id, acts=found, more=more)


async def sanctions(session: Session, person: Person, command: Sanctions) -> Answer:
    """Who is kept out of a room or the server, or silent there."""
    store = session.registry.store
    if command.room is None:
        check_server(ServerAction.BAN_USER, person.role)
        found = await store.sanctions_in_force(None)
        check_server(ServerAction.BAN_USER, person.role)
    else:
        room = await known_room(session, command.room)
        check_in(person, room, Action.BAN, command.room)
        found = await store.sanctions_in_force(room.id)
        check_in(person, room, Action.BAN, command.room)
    return SanctionList(id=command.id, sanctions=[one.sanction for one in found])


def _decide_in(room: Room | RoomRow, action: Action, ref: RoomRef) -> Callable[[Footing, Footing], None]:
    kind, called = room.kind, calling(room, ref)

    def decide(actor: Footing, them: Footing) -> None:
        mine, theirs = standing(kind, actor.server, actor.room), standing(kind, them.server, them.room)
        check(action, kind, mine, called)
        check_over(mine.rank, theirs.rank, them.user.name)

    return decide


def _decide_on_server(action: ServerAction, *, oneself: bool = False) -> Callable[[Footing, Footing], None]:
    """`oneself`: nobody is acted upon, so the second footing is one's own."""

    def decide(actor: Footing, them: Footing) -> None:
        check_server(action, actor.server)
        if not oneself:
            check_over(server_rank(actor.server), server_rank(them.server), them.user.name)

    return decide
