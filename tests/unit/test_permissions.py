"""Who may do what, cell by cell; that what is hidden looks like nothing; and that the page says the same."""

import re
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from chatd.core.permissions import (
    SERVER_TABLE,
    TABLE,
    Action,
    Called,
    Rank,
    ServerAction,
    Standing,
    check,
    check_over,
    check_room_role,
    check_server,
    check_server_role,
    no_such_room,
    standing,
)
from chatd.model import ChatError, Code, RoomKind, RoomRole, ServerRole

DOCUMENT = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text(encoding="utf-8")
KINDS: tuple[RoomKind, ...] = get_args(RoomKind)
ROOM_ROLES: tuple[RoomRole, ...] = get_args(RoomRole)
SERVER_ROLES: tuple[ServerRole, ...] = get_args(ServerRole)

VOICES = {Action.SPEAK, Action.EDIT_OWN, Action.TOPIC, Action.MENTION_ALL, Action.PIN}
MODERATION = {
    Action.DELETE_OTHERS,
    Action.KICK,
    Action.BAN,
    Action.MUTE,
    Action.SEE_REPORTS,
    Action.SEE_AUDIT,
}
ADDING = {*VOICES, Action.JOIN, Action.REACT, Action.INVITE}
OWNERSHIP = {Action.SET_ROLE, Action.CONFIGURE, Action.RENAME, Action.ARCHIVE, Action.DESTROY}
ALL_STANDINGS = [
    standing(kind, server, role, invited)
    for kind, server, role, invited in product(KINDS, SERVER_ROLES, [None, *ROOM_ROLES], [False, True])
]


def expected(
    action: Action,
    kind: RoomKind,
    server: ServerRole,
    role: RoomRole | None,
    invited: bool,
    moderated: bool,
    archived: bool,
) -> bool:
    """The rules in words other than the table's."""
    if archived and action in ADDING:
        return False
    staff = server in ("admin", "owner")
    inside = role is not None
    powerful = kind != "direct" and (inside or kind == "public")
    moderates = powerful and (staff or role in ("moderator", "owner"))
    owns = powerful and (staff or role == "owner")
    if action is Action.JOIN:
        return inside or kind == "public" or (kind == "private" and invited)
    if action in MODERATION:
        return moderates
    if action in OWNERSHIP:
        return owns
    if kind == "direct" and action in (Action.LEAVE, Action.INVITE, Action.TOPIC):
        return False
    if action in (Action.PIN, Action.MENTION_ALL) and kind == "public":
        return moderates
    return inside and not (moderated and action in VOICES and not moderates)


def refusal(
    action: Action, kind: RoomKind, where: Standing, moderated: bool = False, archived: bool = False
) -> Code | None:
    try:
        check(action, kind, where, Called("den"), moderated=moderated, archived=archived)
    except ChatError as error:
        return error.code
    return None


@pytest.mark.parametrize("action", Action)
def test_every_cell_is_as_the_rules_say(action: Action) -> None:
    for kind, server, role, invited in product(KINDS, SERVER_ROLES, [None, *ROOM_ROLES], [False, True]):
        for moderated, archived in {(False, False), *product([False, kind != "direct"], repeat=2)}:
            may = refusal(action, kind, standing(kind, server, role, invited), moderated, archived) is None
            case = kind, server, role, invited, moderated, archived
            assert (case, expected(action, *case)) == (case, may)


def test_the_tables_have_a_row_for_every_action() -> None:
    assert (set(Action), set(ServerAction)) == (set(TABLE), set(SERVER_TABLE))


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("kind", ["private", "direct"])
@pytest.mark.parametrize("server", SERVER_ROLES)
def test_a_hidden_room_is_refused_word_for_word_like_none(
    action: Action, kind: RoomKind, server: ServerRole
) -> None:
    with pytest.raises(ChatError) as hidden:
        check(action, kind, standing(kind, server, None), Called("den"))
    none = no_such_room("den")
    assert (none.code, none.text, none.retry_ms) == (
        hidden.value.code,
        hidden.value.text,
        hidden.value.retry_ms,
    )


def test_refusals_say_what_is_missing() -> None:
    outsider, member = standing("public", "user", None), standing("public", "user", "member")
    cases: list[tuple[Action, RoomKind, Standing, Code, str]] = [
        (Action.SPEAK, "public", outsider, Code.NOT_A_MEMBER, 'You are not in "den". Join it first.'),
        (
            Action.KICK,
            "public",
            member,
            Code.FORBIDDEN,
            'Only moderators and owners of "den" may remove people.',
        ),
        (Action.RENAME, "private", member, Code.FORBIDDEN, 'Only owners of "den" may rename the room.'),
        (Action.LEAVE, "direct", member, Code.FORBIDDEN, "In a direct conversation nobody may leave."),
        (
            Action.SPEAK,
            "private",
            member,
            Code.FORBIDDEN,
            'Only moderators and owners of "den" may speak.',
        ),
    ]
    for action, kind, where, code, text in cases:
        with pytest.raises(ChatError) as caught:
            check(action, kind, where, Called("den"), moderated=kind == "private")
        assert (code, text) == (caught.value.code, caught.value.text)


def test_a_refusal_in_an_archived_room_says_so() -> None:
    owner = standing("public", "user", "owner")
    with pytest.raises(ChatError) as caught:
        check(Action.SPEAK, "public", owner, Called("den"), moderated=True, archived=True)
    assert (Code.FORBIDDEN, '"den" is archived: nobody may speak there.') == caught.value.args[:2]


@pytest.mark.parametrize("action", ServerAction)
def test_what_is_not_allowed_on_the_server_is_refused(action: ServerAction) -> None:
    allowed: set[ServerRole] = {"admin", "owner"}
    if action in (ServerAction.CREATE_ROOM, ServerAction.OPEN_DIRECT):
        allowed = set(SERVER_ROLES)
    if action is ServerAction.SET_SERVER_ROLE:
        allowed = {"owner"}
    for role in SERVER_ROLES:
        try:
            check_server(action, role)
        except ChatError as error:
            assert (Code.FORBIDDEN, False) == (error.code, role in allowed)
        else:
            assert role in allowed


# People.


def test_one_acts_on_those_below_oneself_only() -> None:
    for actor, other in product(Rank, Rank):
        if actor > other:
            check_over(actor, other, "bob")
        else:
            with pytest.raises(ChatError, match="below you"):
                check_over(actor, other, "bob")


def may_appoint(
    role: RoomRole, kind: RoomKind, actor: Standing, other: Standing, oneself: bool = False
) -> bool:
    try:
        check_room_role(role, kind, actor, other, oneself=oneself, called=Called("den"), name="bob")
    except ChatError:
        return False
    return True


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("role", ROOM_ROLES)
def test_owners_give_roles_to_members_below_them(kind: RoomKind, role: RoomRole) -> None:
    for actor, other in product(ALL_STANDINGS, ALL_STANDINGS):
        rules = refusal(Action.SET_ROLE, kind, actor) is None
        assert (rules and other.inside and actor.rank > other.rank) is may_appoint(role, kind, actor, other)


@pytest.mark.parametrize("role", ROOM_ROLES)
def test_a_role_of_ones_own_can_be_left_but_not_raised(role: RoomRole) -> None:
    order: list[RoomRole | None] = [None, "member", "moderator", "owner"]
    for mine in order:
        me = standing("public", "user", mine)
        may = mine in ("moderator", "owner") and order.index(mine) >= order.index(role)
        assert may is may_appoint(role, "public", me, me, oneself=True)
    admin = standing("private", "admin", "member")
    assert may_appoint(role, "private", admin, admin, oneself=True)
    partner = standing("direct", "owner", "member")
    assert not may_appoint(role, "direct", partner, partner, oneself=True)


def may_appoint_on_server(
    role: ServerRole, actor: ServerRole, other: ServerRole, *, oneself: bool = False, owners: int = 2
) -> bool:
    try:
        check_server_role(role, actor, other, oneself=oneself, owners=owners, name="bob")
    except ChatError as error:
        assert error.code is Code.FORBIDDEN
        return False
    return True


def test_owners_of_the_server_give_roles_to_accounts_below_them() -> None:
    for role, actor, other in product(SERVER_ROLES[:3], SERVER_ROLES, SERVER_ROLES):
        may = actor == "owner" and other in ("user", "admin")
        assert may is may_appoint_on_server(role, actor, other)


def test_a_role_on_the_server_can_be_left_but_by_the_last_owner() -> None:
    assert may_appoint_on_server("user", "admin", "admin", oneself=True)
    assert may_appoint_on_server("admin", "owner", "owner", oneself=True)
    assert may_appoint_on_server("owner", "owner", "owner", oneself=True, owners=1)
    assert not may_appoint_on_server("owner", "admin", "admin", oneself=True)
    assert not may_appoint_on_server("admin", "user", "user", oneself=True)
    assert not may_appoint_on_server("user", "user", "user", oneself=True)
    assert not may_appoint_on_server("user", "owner", "owner", oneself=True, owners=1)
    assert not may_appoint_on_server("admin", "owner", "owner", oneself=True, owners=1)


# The page.


def rows(heading: str) -> list[str]:
    """The rows of the table in this section."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", DOCUMENT, re.MULTILINE | re.DOTALL)
    assert section is not None
    return [line for line in section[1].splitlines() if line.startswith("| `")]


def test_the_page_has_the_table_of_rooms() -> None:
    made = [
        f"| `{action.name}` | {action.value} | {row.public.value} | {row.private.value} | {row.direct.value} "
        f"| {row.moderated.value if row.moderated else ''} | {row.archived.value if row.archived else ''} |"
        for action, row in TABLE.items()
    ]
    assert made == rows("In a room")


def test_the_page_has_the_table_of_the_server() -> None:
    made = [f"| `{action.name}` | {action.value} | {rule.value} |" for action, rule in SERVER_TABLE.items()]
    assert made == rows("On the server")
