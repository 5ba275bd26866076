"""Invitation codes, with which people make accounts where they need one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.people import Person
from chatd.core.permissions import ServerAction, check_server
from chatd.model import (
    Answer,
    ChatError,
    Code,
    Done,
    Footing,
    InviteCode,
    InviteCodeList,
    InviteCodeMade,
    InviteCodes,
    UninviteCode,
)

if TYPE_CHECKING:
    from chatd.core.session import Session


async def invite_code(session: Session, person: Person, command: InviteCode) -> Answer:
    """Make one, and tell it this once."""
    check_server(ServerAction.INVITE_TO_SERVER, person.role)
    if not session.registry.accounts.registration:
        raise ChatError(Code.FORBIDDEN, "New accounts are not admitted here, with no code either.")
    code, link = await session.registry.accounts.new_invitation(
        person.user.id, command.uses, command.days, _decide
    )
    return InviteCodeMade(id=command.id, code=code, path=f"/?invite={code}", link=link)


async def invite_codes(session: Session, person: Person, command: InviteCodes) -> Answer:
    """Those that still let somebody in, whoever made them."""
    check_server(ServerAction.INVITE_TO_SERVER, person.role)
    found = await session.registry.store.invitations()
    check_server(ServerAction.INVITE_TO_SERVER, person.role)
    return InviteCodeList(id=command.id, links=found)


async def uninvite_code(session: Session, person: Person, command: UninviteCode) -> Answer:
    """It lets nobody in any more."""
    check_server(ServerAction.INVITE_TO_SERVER, person.role)
    await session.registry.store.end_invitation(command.link, person.user.id, _decide)
    return Done(id=command.id)


def _decide(actor: Footing, same: Footing) -> None:
    check_server(ServerAction.INVITE_TO_SERVER, actor.server)
