"""Roles at a terminal: giving them, being told of one's own, and who belongs to a room."""

from collections.abc import Sequence
from typing import Literal

from chatd.model import (
    Appointed,
    ChatError,
    Claim,
    Code,
    Member,
    MemberList,
    Members,
    Role,
    RoomRole,
    ServerRole,
    User,
)
from chatd.wires.line.render import news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import PAGE_OF_PEOPLE, Talk
from chatd.wires.line.words import Verb, misused, one_word, user_name

_GivenRole = Literal["owner", "admin", "user"]
_ROOM_ROLES: tuple[RoomRole, ...] = ("owner", "moderator", "member")
_SERVER_ROLES: tuple[_GivenRole, ...] = ("owner", "admin", "user")

_IN_ROOM: dict[str, str] = {"owner": "an owner", "moderator": "a moderator", "member": "a plain member"}
_ON_SERVER: dict[str, str] = {"owner": "an owner of the server", "admin": "an admin of the server"}

_NAMED = 20
"""So many people stand in a line."""


# Commands.


def _members(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest)) if rest else talk.current()
    talk.ask(lambda id: Members(id=id, room=room, limit=PAGE_OF_PEOPLE))


def _role(talk: Talk, rest: str) -> None:
    words = rest.split()
    if len(words) not in (2, 3):
        raise misused()
    room = talk.room_ref(words[2]) if words[2:] else talk.current()
    name, role = user_name(words[0]), _room_role(words[1])
    done = f"{name} is {_IN_ROOM[role]} of {talk.label(room)} now."
    talk.ask(lambda id: Role(id=id, room=room, user=name, role=role), done=_unless_me(talk, name, done))


def _room_role(word: str) -> RoomRole:
    for role in _ROOM_ROLES:
        if role == word.lower():
            return role
    raise ChatError(Code.BAD_REQUEST, "In a room one is owner, moderator or member.")


def _server_role(talk: Talk, rest: str) -> None:
    words = rest.split()
    if len(words) != 2:
        raise misused()
    name, role = user_name(words[0]), _given_role(words[1])
    done = f"{name} is {_on_server(role)} now."
    talk.ask(lambda id: Role(id=id, user=name, role=role), done=_unless_me(talk, name, done))


def _given_role(word: str) -> _GivenRole:
    for role in _SERVER_ROLES:
        if role == word.lower():
            return role
    raise ChatError(Code.BAD_REQUEST, "On the server one is owner, admin or user.")


def _unless_me(talk: Talk, name: str, done: str) -> str:
    """What was done, unless it was done to oneself: then one is told so."""
    return "" if talk.user is not None and talk.user.name == name else done


def _claim(talk: Talk, rest: str) -> None:
    if not rest:
        raise misused()
    talk.ask(lambda id: Claim(id=id, code=rest))


ROLES = (
    Verb("members", "[ROOM]", "list who belongs to a room, present or not", _members),
    Verb(
        "role",
        "USER ROLE [ROOM]",
        "make somebody owner, moderator or member of a room; the current one, if none is named",
        _role,
    ),
    Verb("serverrole", "USER ROLE", "make somebody owner, admin or user of the server", _server_role),
    Verb("claim", "CODE", "own a server that nobody owns, by the code that it printed", _claim),
)
"""The commands about roles, in the order of `/help`."""


# What one is told.


def show_appointed(talk: Talk, event: Appointed) -> None:
    """Say which role one has now."""
    if event.room is None:
        what = _on_server(event.role)
    else:
        what = f"{_IN_ROOM[event.role]} of {talk.label(event.room)}"
    by = "" if event.by is None or event.by == talk.user else f", by {visible(event.by.name)}"
    talk.answers.interject(news(f"You are {what} now{by}.").encode())


def show_members(talk: Talk, event: MemberList) -> None:
    """List who belongs to a room, and ask for the next page."""
    slot = talk.answers.slot(event.id)
    label = talk.label(event.room)
    for at in range(0, len(event.members), _NAMED):
        row = ", ".join(_member(one) for one in event.members[at : at + _NAMED])
        slot.text += news(f"Members of {label} ({event.count}): {row}")
    if event.more and event.members:
        after = event.members[-1].id
        talk.commands.append(Members(id=slot.number, room=event.room, after=after, limit=PAGE_OF_PEOPLE))
    else:
        talk.answers.finish(slot, "")


def called(user: User, role: ServerRole | None = None, more: Sequence[str] = ()) -> str:
    """`alice`, `bob (guest)`, `carol (server admin)`; `more` stands in the parentheses too."""
    facts = [user.kind] if user.kind != "user" else [f"server {role}"] if role else []
    return _with(user.name, [*facts, *more])


def _member(one: Member) -> str:
    """`alice (owner)`, `bob (guest, moderator)`, `carol`."""
    return _with(one.name, [fact for fact in (one.kind, one.role) if fact not in ("user", "member")])


def _with(name: str, facts: Sequence[str]) -> str:
    return f"{visible(name)} ({', '.join(facts)})" if facts else visible(name)


def _on_server(role: str) -> str:
    return _ON_SERVER.get(role, "without a role on the server")
