"""Invitations at a terminal: the commands, and what is told of them."""

from collections.abc import Sequence

from chatd.model import (
    LINK_DAYS_MOST,
    LINK_USES_MOST,
    Decline,
    Invitation,
    InvitationList,
    Invitations,
    Invite,
    Invited,
    InviteLink,
    MakeLink,
    Opened,
    OpeningList,
    Openings,
    Uninvite,
    Uninvited,
    fold_name,
)
from chatd.wires.line.people import names
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused, nothing, number, one_word

PAGE_PATH = "/join/"
"""What comes before the code in a page's address."""

_ID_MOST = 2**53 - 1
_NAMED = 20


def _invite(talk: Talk, rest: str) -> None:
    name, room = fold_name(one_word(rest.removeprefix("@"))), talk.current()
    done = f"{name} is invited to {talk.label(room)}."
    talk.ask(lambda id: Invite(id=id, room=room, user=name), done=done)


def _uninvite(talk: Talk, rest: str) -> None:
    word, room = one_word(rest.removeprefix("@")), talk.current()
    if word.isdigit():
        link = number(word, 1, _ID_MOST)
        talk.ask(
            lambda id: Uninvite(id=id, room=room, link=link), done=f"Code {link} lets nobody in any more."
        )
    else:
        name = fold_name(word)
        talk.ask(lambda id: Uninvite(id=id, room=room, user=name), done=f"{name} is not invited any more.")


def _invitelink(talk: Talk, rest: str) -> None:
    uses, days, *more = [*rest.split(), "", ""]
    if len(more) > 2:
        raise misused()
    room = talk.current()
    most = number(uses, 1, LINK_USES_MOST) if uses else None
    if days:
        length = number(days, 1, LINK_DAYS_MOST)
        talk.ask(lambda id: MakeLink(id=id, room=room, uses=most, days=length))
    else:
        talk.ask(lambda id: MakeLink(id=id, room=room, uses=most))


def _openings(talk: Talk, rest: str) -> None:
    nothing(rest)
    room = talk.current()
    talk.ask(lambda id: Openings(id=id, room=room))


def _invitations(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Invitations(id=id))


def _decline(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest))
    talk.ask(lambda id: Decline(id=id, room=room), done="You declined the invitation.")


INVITING = (
    Verb(
        "invite", "USER", "ask somebody into the current room; they can enter though it is private", _invite
    ),
    Verb(
        "invitelink",
        "[USES [DAYS]]",
        "make a code that lets people into the current room; it works for 7 days, if you say nothing else",
        _invitelink,
    ),
    Verb("openings", "", "list who is invited to the current room, and which codes open it", _openings),
    Verb("uninvite", "USER|NUMBER", "take back an invitation, or end a code", _uninvite),
    Verb("invitations", "", "list the rooms to which you are invited", _invitations),
    Verb("decline", "ROOM", "do without an invitation", _decline),
)
"""The commands, in the order of `/help`."""


def told(event: Invited | Uninvited) -> str:
    """News of an invitation."""
    room = visible(event.name)
    if isinstance(event, Uninvited):
        return news(f"You are not invited to #{room} any more.")
    return news(f"{visible(event.by.name)} invites you to #{room}. {_ways(room)}")


def awaiting(invitations: Sequence[Invitation]) -> str:
    """What somebody is told of their invitations when they come."""
    if not invitations:
        return ""
    rooms = ", ".join(f"#{visible(one.name)}" for one in invitations[:_NAMED])
    more = " and others" if len(invitations) > _NAMED else ""
    return news(f"You are invited to {rooms}{more}. /invitations lists them.")


def list_own(talk: Talk, event: InvitationList) -> None:
    """One's own invitations."""
    lines = [_own(talk, one) for one in event.invitations]
    _answer(talk, event.id, lines or ["You have no open invitations."])


def _own(talk: Talk, one: Invitation) -> str:
    room = visible(one.name)
    return f"#{room}, by {names([one.by], 1)}, {moment(one.at, talk.zone)}. {_ways(room)}"


def list_openings(talk: Talk, event: OpeningList) -> None:
    """The ways into a room."""
    label = talk.label(event.room)
    lines = [
        f"{names([one.user], 1)}, invited by {names([one.by], 1)}, {moment(one.at, talk.zone)}"
        for one in event.invited
    ]
    lines += [f"{_link(talk, link)}, {link.used} came by it" for link in event.links]
    _answer(talk, event.id, lines or [f"Nobody is invited to {label}, and no code opens it."])


def opened(talk: Talk, event: Opened) -> None:
    """A new code, which is shown once."""
    code, link = visible(event.code), event.link
    lines = [
        f"/join +{code} enters {talk.label(event.room)}; on the page: {visible(event.path)}",
        f"{_link(talk, link)}; /uninvite {link.link} ends it",
    ]
    _answer(talk, event.id, lines)


def _answer(talk: Talk, number: int | str | None, lines: Sequence[str]) -> None:
    talk.answers.finish(talk.answers.slot(number), "".join(news(line) for line in lines))


def _ways(room: str) -> str:
    return f"/join {room} enters it, /decline {room} does without."


def _link(talk: Talk, link: InviteLink) -> str:
    people = "any number of people" if link.uses is None else f"{link.uses} people"
    people = "one person" if link.uses == 1 else people
    until = moment(link.expires, talk.zone)
    return f"Code number {link.link}, by {names([link.by], 1)}: for {people}, until {until}"
