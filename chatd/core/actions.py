"""What each command does, and what it is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from chatd.core.permissions import Action, check, no_such_room
from chatd.core.registry import Saying
from chatd.core.room import Room
from chatd.model import (
    Account,
    Answer,
    Attach,
    Attaching,
    ChatError,
    Close,
    Code,
    Command,
    Create,
    Detach,
    Direct,
    Done,
    Draft,
    Entered,
    History,
    Join,
    Leave,
    LoggedIn,
    Login,
    Logout,
    Messages,
    Ping,
    Pong,
    Prefer,
    Present,
    Read,
    Refused,
    Register,
    RoomList,
    RoomRef,
    Rooms,
    RoomState,
    Say,
    Stored,
    Typed,
    Typing,
    User,
    UserRef,
    Who,
    fold_name,
    valid_name,
)
from chatd.model import Room as RoomRow

if TYPE_CHECKING:
    from chatd.core.registry import Person
    from chatd.core.session import Session

TYPING_MS = 2_000
"""Typing is passed on at most this often."""


async def carry_out(session: Session, command: Command) -> Answer:
    """Do what the command asks; raises ChatError when it is refused."""
    match command:
        case Login():
            return await _login(session, command)
        case Register():
            return await _register(session, command)
        case Ping():
            return Pong(id=command.id)
    person = session.somebody()
    match command:
        case Say():
            return await _say(session, person, command)
        case Attach():
            return await _attach(session, person, command)
        case Detach():
            session.attachments.drop(await _own(session, command.room, Action.READ))
            return Done(id=command.id)
        case Join():
            return await _join(session, person, command)
        case Leave():
            return await _leave(session, person, command)
        case Create():
            return await _create(session, person, command)
        case Direct():
            return await _direct(session, person, command)
        case History():
            return await _history(session, command)
        case Read():
            return await _read(session, person, command)
        case Rooms():
            after = "" if command.after is None else command.after
            rooms, more = await session.registry.store.list_rooms(person.user.id, after, command.limit)
            return RoomList(id=command.id, rooms=rooms, more=more)
        case Who():
            room = await _own(session, command.room, Action.READ)
            users, more = room.page_of_present(command.after or "", command.limit)
            return Present(id=command.id, room=room.id, users=users, count=len(room.present), more=more)
        case Typing():
            return await _typing(session, person, command)
        case Prefer():
            await session.registry.store.prefer(person.user.id, command.numbers)
            return Done(id=command.id)
        case Logout():
            return await _logout(session, person, command)
        case _:
            assert_never(command)


# Who somebody is.


async def _login(session: Session, command: Login) -> Answer:
    registry = session.registry
    accounts, address, now = registry.accounts, session.address, registry.now
    _check_stranger(session)
    if command.token is not None:
        account = await accounts.by_token(command.token, address, now)
        return await enter(session, account, accounts.digest(command.token), command.id)
    if command.name is None:
        raise ChatError(Code.BAD_REQUEST, "Give a name, a name and a password, or a token.")
    if command.password is None:
        account = await accounts.guest(command.name, address, now)
    else:
        _check_password_allowed(session)
        account = await accounts.by_password(command.name, command.password, address, now)
    return await _enter_with_new_token(session, account, command.id)


async def _register(session: Session, command: Register) -> Answer:
    registry = session.registry
    _check_stranger(session)
    _check_password_allowed(session)
    account = await registry.accounts.register(command.name, command.password, session.address, registry.now)
    return await _enter_with_new_token(session, account, command.id)


def _check_stranger(session: Session) -> None:
    if session.person is not None:
        name = session.person.user.name
        raise ChatError(
            Code.ALREADY_LOGGED_IN, f"You are {name} already. Open another connection to be someone else."
        )


def _check_password_allowed(session: Session) -> None:
    if not session.passwords:
        raise ChatError(Code.FORBIDDEN, "Passwords are not taken over an unencrypted connection. Use TLS.")


async def _enter_with_new_token(session: Session, account: Account, command_id: int | str | None) -> Answer:
    accounts = session.registry.accounts
    session.registry.lease(account.user)
    token = await accounts.new_token(account.user, typed=session.follow)
    return await enter(session, account, accounts.digest(token), command_id, token)


async def enter(
    session: Session,
    account: Account,
    digest: bytes | None,
    command_id: int | str | None = None,
    token: str | None = None,
) -> Answer:
    """Make this the account's session: it is present from now on."""
    registry, user = session.registry, account.user
    registry.lease(user)
    session.token_digest = digest
    states = None
    while states is None:
        states = await _rooms_unless_they_change(session, user)
    session.person = registry.arrive(session, user, states)
    return LoggedIn(id=command_id, user=user, token=token, rooms=states, numbers=account.numbers)


async def _rooms_unless_they_change(session: Session, user: User) -> list[RoomState] | None:
    """The user's rooms; None when the user entered or left one while they were read."""
    registry = session.registry
    registry.expect(session, user)
    try:
        states = await registry.store.rooms_of(user.id)
    finally:
        changed = registry.expected(session, user)
    return None if changed else states


async def _logout(session: Session, person: Person, command: Logout) -> Answer:
    digest = session.token_digest
    if digest is not None:
        await session.registry.store.drop_token(digest)
        session.registry.log_out(person.user.id, digest, but=session)
    session.finish(Close.LOGGED_OUT)
    return Done(id=command.id)


# Which room.


def _call(ref: RoomRef) -> str:
    return str(ref)


async def _own(session: Session, ref: RoomRef, action: Action) -> Room:
    """The room that this names, where the user may do this."""
    room = session.own_room(ref)
    if room is None:
        row = await _look_up(session, ref)
        if row is None:
            raise no_such_room(_call(ref))
        room = session.somebody().rooms.get(row.id)
        check(action, row.kind, room is not None, _call(ref))
    else:
        check(action, room.kind, True, _call(ref))
    assert room is not None, "whatever is done inside a room is for members"
    return room


async def _look_up(session: Session, ref: RoomRef) -> RoomRow | None:
    store = session.registry.store
    if isinstance(ref, int):
        return await store.room(ref)
    if ref.startswith("@"):
        other = await _user(session, ref[1:])
        return await store.direct_room(_pair(session, other))
    try:
        return await store.room(fold_name(ref))
    except ChatError as error:
        if error.code is Code.BAD_NAME:
            return None
        raise


async def _user(session: Session, ref: UserRef) -> User:
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


def _pair(session: Session, other: User) -> tuple[int, int]:
    mine = session.user.id
    if mine == other.id:
        raise ChatError(Code.BAD_REQUEST, "A direct conversation needs somebody else.")
    return (min(mine, other.id), max(mine, other.id))


# Membership.


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
    state = await session.registry.store.room_of(person.user.id, room.id)
    if state is None or room.id not in person.rooms:
        raise ChatError(Code.NOT_A_MEMBER, "You have left the room meanwhile.")
    session.attachments.attach(room, after)
    return Entered(id=command_id, rooms=[state])


async def _join(session: Session, person: Person, command: Join) -> Answer:
    registry = session.registry
    room = session.own_room(command.room)
    if room is None:
        row = await _look_up(session, command.room)
        if row is None:
            raise no_such_room(_call(command.room))
        check(Action.JOIN, row.kind, row.id in person.rooms, _call(command.room))
        if row.id not in person.rooms:
            _check_room_count(session, person)
            await registry.store.join(person.user.id, row.id)
        room = registry.enter(person.user.id, row, by=session)
    return await _entered(session, person, room, command.id, command.after)


async def _leave(session: Session, person: Person, command: Leave) -> Answer:
    room = await _own(session, command.room, Action.LEAVE)
    await session.registry.store.leave(person.user.id, room.id)
    session.registry.exit(person, room, session)
    return Done(id=command.id)


async def _create(session: Session, person: Person, command: Create) -> Answer:
    registry = session.registry
    name = valid_name(command.name)
    _check_room_count(session, person)
    registry.accounts.count_creation(session.address, registry.now)
    row = await registry.store.create_room(name, command.kind, person.user.id)
    room = registry.enter(person.user.id, row, by=session)
    return await _entered(session, person, room, command.id)


async def _direct(session: Session, person: Person, command: Direct) -> Answer:
    room = await _open_direct(session, person, command.user, by=session)
    return await _entered(session, person, room, command.id)


async def _open_direct(session: Session, person: Person, ref: UserRef, *, by: Session | None) -> Room:
    """The direct room with this user, made when it is not there; `by`: the session that needs no telling."""
    registry = session.registry
    other = await _user(session, ref)
    pair = _pair(session, other)
    room = session.own_direct(other.id)
    if room is None:
        _check_room_count(session, person)
        row = await registry.store.direct_room(pair)
        if row is None:
            registry.accounts.count_creation(session.address, registry.now)
            row = await registry.store.open_direct(pair)
        room = registry.enter(person.user.id, row, by=by)
        registry.enter(other.id, row)
    return room


# Receiving.


async def _attach(session: Session, person: Person, command: Attach) -> Answer:
    rooms: list[tuple[Room, int | None]] = []
    refused: list[Refused] = []
    if command.rooms is None:
        rooms = [(room, None) for room in person.rooms.values()]
    else:
        for position in command.rooms:
            try:
                rooms.append((await _own(session, position.room, Action.READ), position.after))
            except ChatError as error:
                refused.append(Refused(position.room, error.code, error.text))
    rooms = [(room, after) for room, after in rooms if room.id in person.rooms]
    for room, after in rooms:
        session.attachments.attach(room, after)
    return Attaching(id=command.id, rooms=[room.id for room, _ in rooms], refused=refused)


async def _history(session: Session, command: History) -> Answer:
    if command.before is not None and command.after is not None:
        raise ChatError(Code.BAD_REQUEST, "Give `before` or `after`, not both.")
    room = await _own(session, command.room, Action.READ)
    page = await session.registry.store.messages(
        room.id, before=command.before, after=command.after, limit=command.limit
    )
    if room.id not in session.somebody().rooms:
        check(Action.READ, room.kind, False, _call(command.room))
    return Messages(
        id=command.id,
        room=room.id,
        entries=page.entries,
        first=page.first,
        last=page.last,
        complete=page.complete,
    )


async def _read(session: Session, person: Person, command: Read) -> Answer:
    room = await _own(session, command.room, Action.READ)
    await mark_read(session, person, room, command.seq)
    return Done(id=command.id)


async def mark_read(session: Session, person: Person, room: Room, seq: int) -> None:
    """Move the read position, and tell the person's other sessions."""
    position = await session.registry.store.read(person.user.id, room.id, seq)
    for other in person.sessions:
        if other is not session:
            other.read_to(room.id, position)


# Speaking.


async def _say(session: Session, person: Person, command: Say) -> Answer:
    most = session.registry.limits.text_chars
    if most and len(command.text) > most:
        raise ChatError(
            Code.TOO_LONG, f"That is {len(command.text)} characters long; {most} is the most for one message."
        )
    if not command.text.strip():
        raise ChatError(Code.BAD_REQUEST, "There is nothing in that message.")
    room = session.own_room(command.room)
    if room is None and isinstance(command.room, str) and command.room.startswith("@"):
        # A browser is told of the room as by somebody else's doing: `ok` does not say what it was.
        room = await _open_direct(session, person, command.room[1:], by=session if session.follow else None)
        if session.follow and not session.attachments.hears(room.id):
            session.attachments.attach(room, None)
            session.attachments.begin()
    elif room is None:
        room = await _own(session, command.room, Action.SPEAK)
    check(Action.SPEAK, room.kind, room.id in person.rooms, _call(command.room))
    draft = Draft(room.id, person.user, command.text, command.key, command.reply_to, command.me)
    saying = Saying(session, draft)
    person.saying[saying] = None
    try:
        entry = await session.registry.store.append(draft)
    finally:
        person.saying.pop(saying, None)
    if session.follow:
        session.registry.spawn(mark_read(session, person, room, entry.seq))
    return Stored(id=command.id, room=entry.room, seq=entry.seq, at=entry.at)


async def _typing(session: Session, person: Person, command: Typing) -> Answer:
    room = await _own(session, command.room, Action.SPEAK)
    now = session.registry.now
    if now - session.typed_at.get(room.id, -TYPING_MS) >= TYPING_MS and room.snapshot() is not None:
        session.typed_at[room.id] = now
        room.tell(Typed(room=room.id, user=person.user), skip=person.sessions)
    return Done(id=command.id)
