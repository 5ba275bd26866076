"""Who may do what, as one table. `docs/permissions.md` is the same table for people."""

import enum
from typing import NamedTuple, assert_never

from chatd.model import ChatError, Code, RoomKind, RoomRole, ServerRole


class Action(enum.Enum):
    """What somebody wants to do in a room that exists; the value completes "nobody may …"."""

    JOIN = "join"
    LEAVE = "leave"
    READ = "read"
    SPEAK = "speak"
    EDIT_OWN = "change their own messages"
    DELETE_OWN = "delete their own messages"
    DELETE_OTHERS = "delete the messages of others"
    REACT = "react to messages"
    TOPIC = "change the topic"
    PIN = "pin messages"
    MENTION_ALL = "call everybody"
    INVITE = "invite people"
    KICK = "remove people"
    BAN = "ban people"
    MUTE = "mute people"
    SEE_REPORTS = "see what was reported"
    SEE_AUDIT = "read who did what with their power"
    SET_ROLE = "give out roles"
    CONFIGURE = "change the settings"
    RENAME = "rename the room"
    ARCHIVE = "archive the room"
    DESTROY = "delete the room"


class ServerAction(enum.Enum):
    """What somebody wants to do on the server, outside any room."""

    CREATE_ROOM = "make rooms"
    OPEN_DIRECT = "begin direct conversations"
    INVITE_TO_SERVER = "invite people to make an account"
    BAN_USER = "ban people from the server"
    PURGE_USER = "delete all that somebody said in public rooms"
    BAN_ADDRESS = "ban addresses"
    SEE_USERS = "see everybody who has a name here"
    END_OTHERS_SESSIONS = "see and end the sessions of others"
    SEE_LIMITS = "see what limits are set"
    LOCKDOWN = "lock the server down"
    SEE_SERVER_REPORTS = "see what was reported"
    SEE_AUDIT = "read the audit log"
    SET_SERVER_ROLE = "give out roles on the server"


class Rule(enum.Enum):
    """Whom an action in a room is for; the value is how people call them."""

    ANYONE = "anyone"
    INVITED = "members and the invited"
    MEMBERS = "members"
    MODERATORS = "moderators and owners"
    OWNERS = "owners"
    NOBODY = "nobody"


class ServerRule(enum.Enum):
    """Whom an action on the server is for."""

    ANYONE = "anyone"
    ADMINS = "admins and owners of the server"
    OWNERS = "owners of the server"


class Rank(enum.IntEnum):
    """How high somebody stands, in one room; people act on those below themselves only."""

    OUTSIDER = 0
    INVITED = 1
    MEMBER = 2
    MODERATOR = 3
    OWNER = 4
    ADMIN = 5
    SERVER_OWNER = 6


class Row(NamedTuple):
    """Whom one action is for, by the kind of room."""

    public: Rule
    private: Rule
    direct: Rule
    moderated: Rule | None = None
    """In a room where only moderators speak this holds as well …"""
    archived: Rule | None = None
    """… and this in an archived one."""


_VOICE = Row(Rule.MEMBERS, Rule.MEMBERS, Rule.MEMBERS, Rule.MODERATORS, Rule.NOBODY)
_INSIDE = Row(Rule.MEMBERS, Rule.MEMBERS, Rule.MEMBERS)
_MODERATION = Row(Rule.MODERATORS, Rule.MODERATORS, Rule.NOBODY)
_OWNERSHIP = Row(Rule.OWNERS, Rule.OWNERS, Rule.NOBODY)

TABLE: dict[Action, Row] = {
    Action.JOIN: Row(Rule.ANYONE, Rule.INVITED, Rule.MEMBERS, archived=Rule.NOBODY),
    Action.LEAVE: Row(Rule.MEMBERS, Rule.MEMBERS, Rule.NOBODY),
    Action.READ: _INSIDE,
    Action.SPEAK: _VOICE,
    Action.EDIT_OWN: _VOICE,
    Action.DELETE_OWN: _INSIDE,
    Action.DELETE_OTHERS: _MODERATION,
    Action.REACT: Row(Rule.MEMBERS, Rule.MEMBERS, Rule.MEMBERS, archived=Rule.NOBODY),
    Action.TOPIC: Row(Rule.MEMBERS, Rule.MEMBERS, Rule.NOBODY, Rule.MODERATORS, Rule.NOBODY),
    Action.PIN: Row(Rule.MODERATORS, Rule.MEMBERS, Rule.MEMBERS, Rule.MODERATORS, Rule.NOBODY),
    Action.MENTION_ALL: Row(Rule.MODERATORS, Rule.MEMBERS, Rule.MEMBERS, Rule.MODERATORS, Rule.NOBODY),
    Action.INVITE: Row(Rule.MEMBERS, Rule.MEMBERS, Rule.NOBODY, archived=Rule.NOBODY),
    Action.KICK: _MODERATION,
    Action.BAN: _MODERATION,
    Action.MUTE: _MODERATION,
    Action.SEE_REPORTS: _MODERATION,
    Action.SEE_AUDIT: _MODERATION,
    Action.SET_ROLE: _OWNERSHIP,
    Action.CONFIGURE: _OWNERSHIP,
    Action.RENAME: _OWNERSHIP,
    Action.ARCHIVE: _OWNERSHIP,
    Action.DESTROY: _OWNERSHIP,
}

AFTER_THE_END = frozenset({Action.READ, Action.DELETE_OWN})
"""What is left to do in a conversation that is over."""

SERVER_TABLE: dict[ServerAction, ServerRule] = {
    ServerAction.CREATE_ROOM: ServerRule.ANYONE,
    ServerAction.OPEN_DIRECT: ServerRule.ANYONE,
    ServerAction.INVITE_TO_SERVER: ServerRule.ADMINS,
    ServerAction.BAN_USER: ServerRule.ADMINS,
    ServerAction.PURGE_USER: ServerRule.ADMINS,
    ServerAction.BAN_ADDRESS: ServerRule.ADMINS,
    ServerAction.SEE_USERS: ServerRule.ADMINS,
    ServerAction.END_OTHERS_SESSIONS: ServerRule.ADMINS,
    ServerAction.SEE_LIMITS: ServerRule.ADMINS,
    ServerAction.LOCKDOWN: ServerRule.ADMINS,
    ServerAction.SEE_SERVER_REPORTS: ServerRule.ADMINS,
    ServerAction.SEE_AUDIT: ServerRule.ADMINS,
    ServerAction.SET_SERVER_ROLE: ServerRule.OWNERS,
}

_LEAST = {Rule.MODERATORS: Rank.MODERATOR, Rule.OWNERS: Rank.OWNER}
_ROOM_RANKS: dict[RoomRole, Rank] = {
    "member": Rank.MEMBER,
    "moderator": Rank.MODERATOR,
    "owner": Rank.OWNER,
}
_SERVER_RANKS: dict[ServerRole, Rank] = {
    "guest": Rank.MEMBER,
    "bot": Rank.MEMBER,
    "user": Rank.MEMBER,
    "admin": Rank.ADMIN,
    "owner": Rank.SERVER_OWNER,
}
_SERVER_LEAST = {ServerRule.ADMINS: Rank.ADMIN, ServerRule.OWNERS: Rank.SERVER_OWNER}


class Standing(NamedTuple):
    """Where somebody stands in one room."""

    rank: Rank
    inside: bool
    """They belong to it. Admins of the server have their rank in public rooms that they are not in, too."""


class Called(NamedTuple):
    """What refusals call a room."""

    asked: str
    """As the asker named it: all that is said of a room that they may not know of."""
    name: str = ""
    """Its name, where they asked by an id."""

    def __str__(self) -> str:
        """For those who may know of it."""
        return self.name or self.asked


def standing(kind: RoomKind, server: ServerRole, role: RoomRole | None, invited: bool = False) -> Standing:
    """Where somebody stands who has these roles; `role` is None for who does not belong to the room."""
    if role is None:
        if kind == "public" and server in ("admin", "owner"):
            return Standing(_SERVER_RANKS[server], False)
        return Standing(Rank.INVITED if invited else Rank.OUTSIDER, False)
    if kind == "direct":
        return Standing(Rank.MEMBER, True)
    return Standing(max(_ROOM_RANKS[role], _SERVER_RANKS[server]), True)


def check(
    action: Action,
    kind: RoomKind,
    where: Standing,
    called: Called,
    *,
    moderated: bool = False,
    ended: bool = False,
    archived: bool = False,
) -> None:
    """Raise ChatError unless who stands so may do this to the room.

    A room that is hidden from somebody is refused exactly as one that does not exist. `ended`: it is a
    conversation of somebody who has deleted their account.
    """
    missed = _missed(action, kind, where, moderated, archived)
    if missed is None:
        if ended and action not in AFTER_THE_END:
            raise ChatError(
                Code.FORBIDDEN, "This conversation is over: somebody in it has deleted their account."
            )
        return
    check_known(kind, where, called.asked)
    if missed is Rule.MEMBERS:
        raise ChatError(Code.NOT_A_MEMBER, f'You are not in "{called}". Join it first.')
    if missed is Rule.NOBODY and kind == "direct":
        raise ChatError(Code.FORBIDDEN, f"In a direct conversation nobody may {action.value}.")
    if missed is Rule.NOBODY:
        raise ChatError(Code.FORBIDDEN, f'"{called}" is archived: nobody may {action.value} there.')
    raise ChatError(Code.FORBIDDEN, f'Only {missed.value} of "{called}" may {action.value}.')


def check_known(kind: RoomKind, where: Standing, called: str) -> None:
    """Raise ChatError, as for a room that does not exist, where it is not for the asker to know."""
    if kind != "public" and not where.inside:
        raise no_such_room(called)


def check_server(action: ServerAction, role: ServerRole) -> None:
    """Raise ChatError unless who has this role may do this."""
    rule = SERVER_TABLE[action]
    if rule is not ServerRule.ANYONE and _SERVER_RANKS[role] < _SERVER_LEAST[rule]:
        raise ChatError(Code.FORBIDDEN, f"Only {rule.value} may {action.value}.")


def check_over(actor: Rank, other: Rank, name: str) -> None:
    """Raise ChatError unless the one stands above the other, who is called `name`."""
    if actor <= other:
        raise ChatError(Code.FORBIDDEN, f'You may do that to people who stand below you; "{name}" does not.')


def check_room_role(
    role: RoomRole,
    kind: RoomKind,
    actor: Standing,
    other: Standing,
    *,
    oneself: bool,
    called: Called,
    name: str,
) -> None:
    """Raise ChatError unless the one may give the other this role in a room; one may lower oneself."""
    if oneself and actor.inside and actor.rank >= max(Rank.MODERATOR, _ROOM_RANKS[role]):
        return
    check(Action.SET_ROLE, kind, actor, called)
    if not other.inside:
        raise ChatError(Code.NOT_A_MEMBER, f'"{name}" does not belong to "{called}".')
    check_over(actor.rank, other.rank, name)


def check_server_role(
    role: ServerRole, actor: ServerRole, other: ServerRole, *, oneself: bool, owners: int, name: str
) -> None:
    """The same on the server, which has so many owners; the last one stays."""
    if not oneself or server_rank(actor) < max(Rank.ADMIN, server_rank(role)):
        check_server(ServerAction.SET_SERVER_ROLE, actor)
        if other in ("guest", "bot"):
            raise ChatError(
                Code.FORBIDDEN, f'Only an account can have a role on the server; "{name}" is none.'
            )
        check_over(server_rank(actor), server_rank(other), name)
    elif role != "owner":
        check_not_last_owner(actor, owners)


def check_not_last_owner(role: ServerRole, owners: int) -> None:
    """Raise ChatError for the only owner of a server that has so many, who must stay."""
    if (role, owners) == ("owner", 1):
        raise ChatError(
            Code.FORBIDDEN, "You are the last owner of the server. Make somebody else an owner first."
        )


def server_rank(role: ServerRole) -> Rank:
    """How high somebody stands on the server."""
    return _SERVER_RANKS[role]


def _missed(action: Action, kind: RoomKind, where: Standing, moderated: bool, archived: bool) -> Rule | None:
    """The rule that somebody does not meet."""
    row = TABLE[action]
    held = row.archived if archived else None, row.moderated if moderated else None
    for rule in (getattr(row, kind), *held):
        if rule is not None and not _meets(where, rule):
            return rule
    return None


def _meets(where: Standing, rule: Rule) -> bool:
    match rule:
        case Rule.ANYONE:
            return True
        case Rule.INVITED:
            return where.inside or where.rank is Rank.INVITED
        case Rule.MEMBERS:
            return where.inside
        case Rule.MODERATORS | Rule.OWNERS:
            return where.rank >= _LEAST[rule]
        case Rule.NOBODY:
            return False
        case _:
            assert_never(rule)


def no_such_room(called: str) -> ChatError:
    """The refusal for a room that is not there, or not for the asker to know."""
    return ChatError(Code.NO_SUCH_ROOM, f'There is no room called "{called}".')
