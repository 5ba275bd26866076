"""Changing what was said, and what a room is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.mentioning import calls_in, tell_mentioned
from chatd.core.actions.places import check_in, known_room, own_room, permit_in
from chatd.core.actions.rooms import own_state
from chatd.core.actions.speaking import check_text, target_of
from chatd.core.people import Person, Saying
from chatd.core.permissions import Action
from chatd.core.trust import check_trust
from chatd.model import (
    Answer,
    Change,
    ChatError,
    Code,
    Delete,
    Edit,
    Entered,
    React,
    Reacting,
    Receipt,
    Stored,
    Topic,
    valid_emoji,
    valid_topic,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def edit(session: Session, person: Person, command: Edit) -> Answer:
    """Give a message of one's own another text."""
    check_text(session, command.text)
    room = await own_room(session, command.room, Action.EDIT_OWN)
    target = target_of(person, room.id, command.target)
    mine = person.user.id
    if await _author(session, person, room.id, target) != mine:
        raise ChatError(Code.FORBIDDEN, "Only who wrote a message can change it.")
    check_in(person, room, Action.EDIT_OWN, command.room)
    check_trust(person, room, command.text, session.registry.now)
    calls = calls_in(person, room, command.text)
    change = Change(room.id, person.user, target, mine, command.text, command.key, calls)
    saying = Saying(session, change)
    person.saying[saying] = None
    try:
        receipt = await session.registry.store.change(change)
    finally:
        person.saying.pop(saying, None)
    tell_mentioned(session.registry, person, room, target, calls)
    return _stored(command, receipt)


async def delete(session: Session, person: Person, command: Delete) -> Answer:
    """Take a message back, or somebody else's out of the room."""
    room = await known_room(session, command.room)
    target = target_of(person, room.id, command.target)
    author = await _author(session, person, room.id, target)
    action = Action.DELETE_OWN if author == person.user.id else Action.DELETE_OTHERS
    check_in(person, room, action, command.room)
    change = Change(room.id, person.user, target, author, None, command.key)
    permit = permit_in(room, action, command.room)
    return _stored(command, await session.registry.store.change(change, permit))


async def react(session: Session, person: Person, command: React) -> Answer:
    """Put an emoji on a message, or take it off."""
    emoji = valid_emoji(command.emoji)
    room = await own_room(session, command.room, Action.REACT)
    target = target_of(person, room.id, command.target)
    reacting = Reacting(room.id, person.user, target, emoji, command.on, command.key)
    return _stored(command, await session.registry.store.react(reacting))


async def _author(session: Session, person: Person, room: int, target: int) -> int:
    """Who wrote the message. One that is not there counts as one's own: only the store knows whether this is
    a retry from when it was, and refuses it if not."""
    said = await session.registry.store.message(room, target)
    return person.user.id if said is None else said.sender.id


async def topic(session: Session, person: Person, command: Topic) -> Answer:
    """Say what the room is about; without a text, tell it."""
    if command.text is None:
        room = await own_room(session, command.room, Action.READ)
        return Entered(id=command.id, rooms=[await own_state(session, person, room)])
    text = valid_topic(command.text)
    room = await own_room(session, command.room, Action.TOPIC)
    check_trust(person, room, text, session.registry.now)
    return _stored(command, await session.registry.store.set_topic(room.id, person.user, text, command.key))


def _stored(command: Edit | Delete | React | Topic, receipt: Receipt) -> Stored:
    return Stored(id=command.id, room=receipt.room, seq=receipt.seq, at=receipt.at)
