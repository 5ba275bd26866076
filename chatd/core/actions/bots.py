"""Bots: users that one's programs are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.arriving import check_password_allowed
from chatd.core.actions.places import check_in, own_room
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.model import (
    Answer,
    Bot,
    BotList,
    BotMade,
    ChatError,
    Code,
    Done,
    EndBot,
    NewBot,
    valid_name,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

HOOK = "/hook/"
"""Below this address people speak as bots."""


async def new_bot(session: Session, person: Person, command: NewBot) -> Answer:
    """Make one, and tell its secret this once."""
    registry, accounts = session.registry, session.registry.accounts
    if person.user.kind != "user":
        raise ChatError(Code.FORBIDDEN, "Only an account has bots. Register first.")
    check_password_allowed(session)  # the secret is as good as one
    name = valid_name(command.name)
    accounts.count_creation(session.address, registry.now)
    if command.room is None:
        token = accounts.new_program_secret()
        bot = await registry.store.make_bot(
            person.user.id, name, accounts.digest(token), session.token_digest, None
        )
        return BotMade(id=command.id, bot=bot, token=token)
    room = await own_room(session, command.room, Action.INVITE)
    check_in(person, room, Action.SPEAK, command.room)
    secret = accounts.new_secret()
    bot = await registry.store.make_bot(
        person.user.id, name, accounts.digest(secret), session.token_digest, room.id
    )
    return BotMade(id=command.id, bot=bot, hook=f"{HOOK}{secret}", room=room.id)


async def bots(session: Session, person: Person, command_id: int | str | None) -> Answer:
    """Those that one has made."""
    return BotList(id=command_id, bots=await session.registry.store.bots_of(person.user.id))


async def end_bot(session: Session, person: Person, command: EndBot) -> Answer:
    """It is there no longer, on any connection."""
    registry, maker = session.registry, person.user.id
    bot = _named(command.bot, await registry.store.bots_of(maker))
    await registry.store.end_bot(maker, bot)
    registry.end_bot(bot)
    return Done(id=command.id)


def _named(ref: int | str, mine: list[Bot]) -> int:
    for one in mine:
        if ref == one.bot.id or (isinstance(ref, str) and ref.lower() == one.bot.name):
            return one.bot.id
    raise ChatError(Code.NO_SUCH_USER, f'You have made no bot called "{ref}". /bots lists yours.')
