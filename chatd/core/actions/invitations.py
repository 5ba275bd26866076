"""Asking people into rooms, by name and by link, and what the asked do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import check_in, folded_ref, look_up_user, own_room
from chatd.core.people import Person
from chatd.core.permissions import Action
from chatd.model import (
    Answer,
    ChatError,
    Code,
    Decline,
    Done,
    InvitationList,
    Invitations,
    Invite,
    Invited,
    MakeLink,
    Opened,
    OpeningList,
    Openings,
    Uninvite,
    Uninvited,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

PAGE_PATH = "/join/"
"""Where the page takes a code; the code follows."""


async def invite(session: Session, person: Person, command: Invite) -> Answer:
    """Tell somebody that they are wanted here; a private room lets them in once."""
    registry = session.registry
    room = await own_room(session, command.room, Action.INVITE)
    user = await look_up_user(session, command.user)
    registry.accounts.count_creation(session.address, registry.now)
    made = await registry.store.invite(room.id, user.id, person.user.id)
    if made is not None:
        registry.tell_of_invitation(user.id, Invited(room=made.room, name=made.name, by=made.by, at=made.at))
    return Done(id=command.id)


async def uninvite(session: Session, person: Person, command: Uninvite) -> Answer:
    """Close a way into the room."""
    registry = session.registry
    room = await own_room(session, command.room, Action.INVITE)
    if (command.user is None) is (command.link is None):
        raise ChatError(Code.BAD_REQUEST, "Give `user` or `link`, and not both.")
    if command.link is not None:
        await registry.store.end_link(room.id, command.link, person.user.id)
    else:
        assert command.user is not None, "exactly one of them was given"
        user = await look_up_user(session, command.user)
        check_in(person, room, Action.INVITE, command.room)
        await registry.store.uninvite(room.id, user.id, person.user.id)
        registry.tell_of_invitation(user.id, Uninvited(room=room.id, name=room.name))
    return Done(id=command.id)


async def make_link(session: Session, person: Person, command: MakeLink) -> Answer:
    """A code for whoever it is given to."""
    registry = session.registry
    room = await own_room(session, command.room, Action.INVITE)
    registry.accounts.count_creation(session.address, registry.now)
    code, digest = registry.accounts.new_room_code()
    link = await registry.store.make_link(room.id, person.user.id, digest, command.uses, command.days)
    return Opened(id=command.id, room=room.id, code=code, path=PAGE_PATH + code, link=link)


async def openings(session: Session, person: Person, command: Openings) -> Answer:
    """Who is invited, and which links lead into the room."""
    room = await own_room(session, command.room, Action.INVITE)
    invited, links = await session.registry.store.openings(room.id)
    check_in(person, room, Action.INVITE, command.room)
    return OpeningList(id=command.id, room=room.id, invited=invited, links=links)


async def invitations(session: Session, person: Person, command: Invitations) -> Answer:
    """One's own."""
    found = await session.registry.store.invitations_of(person.user.id)
    return InvitationList(id=command.id, invitations=found)


async def decline(session: Session, person: Person, command: Decline) -> Answer:
    """Forget an invitation, on every session."""
    registry = session.registry
    room, name = await registry.store.decline(person.user.id, folded_ref(command.room) or "")
    registry.tell_of_invitation(person.user.id, Uninvited(room=room, name=name), but=session)
    return Done(id=command.id)
