"""Who may do what in a room, as one table."""

import enum

from chatd.model import ChatError, Code, RoomKind


class Action(enum.Enum):
    """What somebody wants to do in a room that exists."""

    JOIN = enum.auto()
    LEAVE = enum.auto()
    READ = enum.auto()
    SPEAK = enum.auto()


class Rule(enum.Enum):
    """Whom an action is for."""

    ANYONE = enum.auto()
    MEMBERS = enum.auto()
    NOBODY = enum.auto()


TABLE: dict[Action, dict[RoomKind, Rule]] = {
    Action.JOIN: {"public": Rule.ANYONE, "private": Rule.MEMBERS, "direct": Rule.MEMBERS},
    Action.LEAVE: {"public": Rule.MEMBERS, "private": Rule.MEMBERS, "direct": Rule.NOBODY},
    Action.READ: {"public": Rule.MEMBERS, "private": Rule.MEMBERS, "direct": Rule.MEMBERS},
    Action.SPEAK: {"public": Rule.MEMBERS, "private": Rule.MEMBERS, "direct": Rule.MEMBERS},
}


def check(action: Action, kind: RoomKind, member: bool, called: str) -> None:
    """Raise ChatError unless this is allowed; `called` is what the asker called the room.

    A room that is hidden from somebody is refused exactly as one that does not exist.
    """
    rule = TABLE[action][kind]
    if rule is Rule.ANYONE or (member and rule is Rule.MEMBERS):
        return
    if member:
        raise ChatError(Code.FORBIDDEN, "A direct conversation cannot be left.")
    if kind == "public":
        raise ChatError(Code.NOT_A_MEMBER, f'You are not in "{called}". Join it first.')
    raise no_such_room(called)


def no_such_room(called: str) -> ChatError:
    """The refusal for a room that is not there, or not for the asker to know."""
    return ChatError(Code.NO_SUCH_ROOM, f'There is no room called "{called}".')
