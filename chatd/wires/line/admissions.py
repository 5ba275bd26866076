"""Invitation codes at a terminal: those with which people make accounts."""

from chatd.model import (
    LINK_DAYS_MOST,
    LINK_USES_MOST,
    InviteCode,
    InviteCodeList,
    InviteCodeMade,
    InviteCodes,
    InviteLink,
    UninviteCode,
)
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused, nothing, number

_ID_MOST = 2**53 - 1


def _invite_code(talk: Talk, rest: str) -> None:
    words = rest.split()
    if len(words) > 2:
        raise misused()
    uses = number(words[0], 1, LINK_USES_MOST) if words else 1
    days = number(words[1], 1, LINK_DAYS_MOST) if len(words) == 2 else 7
    talk.ask(lambda id: InviteCode(id=id, uses=uses, days=days))


def _invite_codes(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: InviteCodes(id=id))


def _uninvite_code(talk: Talk, rest: str) -> None:
    link = number(rest, 1, _ID_MOST)
    talk.ask(lambda id: UninviteCode(id=id, link=link), done=f"Code {link} makes no more accounts.")


ADMITTING = (
    Verb(
        "invitecode",
        "[USES [DAYS]]",
        "make a code with which people make accounts, where they need one",
        _invite_code,
    ),
    Verb("invitecodes", "", "list such codes", _invite_codes),
    Verb("uninvitecode", "NUMBER", "let a code make no more accounts", _uninvite_code),
)
"""The commands, in the order of `/help`."""


def show_invite_code(talk: Talk, event: InviteCodeMade) -> None:
    """A code for somebody else, this once."""
    code = visible(event.code)
    lines = [
        f"/register NAME {code} makes an account; on the page: {visible(event.path)}",
        f"{_invite_code_facts(talk, event.link)}; /uninvitecode {event.link.link} ends it.",
        "The code is not shown again.",
    ]
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))


def show_invite_codes(talk: Talk, event: InviteCodeList) -> None:
    """The codes with which accounts can be made."""
    lines = [_invite_code_facts(talk, link) for link in event.links] or ["No code makes accounts just now."]
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))


def _invite_code_facts(talk: Talk, link: InviteLink) -> str:
    by, until = visible(link.by.name), moment(link.expires, talk.zone)
    return f"Code {link.link}, by {by}: {link.used} of {link.uses} used, until {until}"
