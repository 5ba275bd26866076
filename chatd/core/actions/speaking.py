"""Saying something, and being about to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from chatd.core.actions.mentioning import calls_in, tell_mentioned
from chatd.core.actions.places import check_in, own_room
from chatd.core.actions.rooms import open_direct
from chatd.core.people import Person, Saying
from chatd.core.permissions import Action
from chatd.core.room import Room
from chatd.core.trust import check_trust
from chatd.model import (
    Answer,
    ChatError,
    Code,
    Done,
    Draft,
    RoomRef,
    Said,
    Say,
    Stored,
    Typed,
    Typing,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

TYPING_MS = 2_000
"""Typing is passed on at most this often."""


async def say(session: Session, person: Person, command: Say) -> Answer:
    """Store a message; the store has it published before this answers."""
    check_text(session, command.text, beside_file=command.file is not None)
    room = await room_to_speak_in(session, person, command.room)
    reply_to = command.reply_to
    if reply_to is not None:
        reply_to = target_of(person, room.id, reply_to)
        await _recall(session, room, reply_to)
    draft = _draft(session, person, room, command, reply_to)
    saying = Saying(session, draft)
    person.saying[saying] = None
    try:
        entry = await session.registry.store.append(draft)
    finally:
        person.saying.pop(saying, None)
    return _follow(session, person, room, draft, entry, command.id)


def say_at_once(
    session: Session,
    person: Person,
    room: Room,
    command: Say,
    settle: Callable[[Answer | Exception], None],
) -> None:
    """The same, into a room of the person's and in reply to nothing, so that nothing is waited for before.

    Raises ChatError, or `settle` hears the answer or why there is none. Nearly all messages come this way:
    a coroutine would cost as much as the rest of what the core does for one.
    """
    check_text(session, command.text, beside_file=command.file is not None)
    check_in(person, room, Action.SPEAK, command.room)
    draft = _draft(session, person, room, command, None)
    saying = Saying(session, draft)
    person.saying[saying] = None

    def stored(entry: Said | Exception) -> None:
        person.saying.pop(saying, None)
        if isinstance(entry, Exception):
            settle(entry)
        else:
            settle(_follow(session, person, room, draft, entry, command.id))

    session.registry.store.submit(draft, stored)


def _draft(session: Session, person: Person, room: Room, command: Say, reply_to: int | None) -> Draft:
    """What is to be stored; raises ChatError for what this person may not say yet."""
    check_trust(person, room, command.text, session.registry.now)
    return Draft(
        room.id,
        person.user,
        command.text,
        command.key,
        reply_to,
        command.me,
        file=command.file,
        calls=calls_in(person, room, command.text),
        reads=session.follow,
    )


def _follow(
    session: Session, person: Person, room: Room, draft: Draft, entry: Said, command_id: int | str | None
) -> Stored:
    """What follows from a message that is stored."""
    tell_mentioned(session.registry, person, room, entry.seq, draft.calls)
    person.said[entry.room] = max(entry.seq, person.said.get(entry.room, 0))
    if draft.reads:
        for other in person.sessions:
            if other is not session:
                other.read_to(room.id, entry.seq)
    return Stored(id=command_id, room=entry.room, seq=entry.seq, at=entry.at)


async def _recall(session: Session, room: Room, seq: int) -> None:
    """See to it that the room knows what is answered, for those who read a quote."""
    if not room.knows(seq):
        said = await session.registry.store.message(room.id, seq)
        if said is not None:
            room.recall(said)


def target_of(person: Person, room: int, target: int) -> int:
    """The seq of the message that is meant."""
    if target != -1:
        return target
    if room not in person.said:
        raise ChatError(Code.NO_SUCH_MESSAGE, "You have said nothing here since you came. Give its number.")
    return person.said[room]


async def room_to_speak_in(session: Session, person: Person, ref: RoomRef) -> Room:
    """The room that this names, where the person may say something; the room with somebody is opened."""
    room = session.own_room(ref)
    if room is None and isinstance(ref, str) and ref.startswith("@"):
        # A browser is told of the room as by somebody else's doing: `ok` does not say what it was.
        room = await open_direct(session, person, ref[1:].split(","), by=session if session.follow else None)
        if session.follow and not session.attachments.hears(room.id):
            session.attachments.attach(room, None)
            session.attachments.begin()
    elif room is None:
        room = await own_room(session, ref, Action.SPEAK)
    check_in(person, room, Action.SPEAK, ref)
    return room


def check_text(session: Session, text: str, *, beside_file: bool = False) -> None:
    """Raise ChatError for a text that no message may have; a file needs none beside it."""
    most = session.registry.limits.text_chars
    if most and len(text) > most:
        raise ChatError(
            Code.TOO_LONG, f"That is {len(text)} characters long; {most} is the most for one message."
        )
    if not beside_file and not text.strip():
        raise ChatError(Code.BAD_REQUEST, "There is nothing in that message.")


async def typing(session: Session, person: Person, command: Typing) -> Answer:
    """Tell the others, now and then, unless they are too many."""
    room = await own_room(session, command.room, Action.SPEAK)
    now = session.registry.now
    if session.registry.sanctions.mutes(person.user.id, room.id, now):
        return Done(id=command.id)
    if now - person.typed_at.get(room.id, -TYPING_MS) >= TYPING_MS and not room.company.crowded:
        person.typed_at[room.id] = now
        room.tell(
            Typed(room=room.id, user=person.user),
            skip=[*person.sessions, *session.registry.deaf_to(person.user)],
        )
    return Done(id=command.id)
