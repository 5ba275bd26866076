"""Who may do what, cell by cell, and that what is hidden looks as if it did not exist."""

from typing import get_args

import pytest

from chatd.core.permissions import TABLE, Action, check, no_such_room
from chatd.model import ChatError, Code, RoomKind

KINDS: tuple[RoomKind, ...] = get_args(RoomKind)

ALLOWED = {
    (Action.JOIN, "public", False),
    (Action.JOIN, "public", True),
    (Action.JOIN, "private", True),
    (Action.JOIN, "direct", True),
    (Action.LEAVE, "public", True),
    (Action.LEAVE, "private", True),
    (Action.READ, "public", True),
    (Action.READ, "private", True),
    (Action.READ, "direct", True),
    (Action.SPEAK, "public", True),
    (Action.SPEAK, "private", True),
    (Action.SPEAK, "direct", True),
}
"""Everything that anybody may do."""


def refusal(action: Action, kind: RoomKind, member: bool) -> Code | None:
    try:
        check(action, kind, member, "den")
    except ChatError as error:
        return error.code
    return None


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("member", [False, True])
def test_what_is_not_allowed_is_refused(action: Action, kind: RoomKind, member: bool) -> None:
    assert ((action, kind, member) in ALLOWED) is (refusal(action, kind, member) is None)


@pytest.mark.parametrize("action", Action)
def test_the_table_has_a_cell_for_every_kind(action: Action) -> None:
    assert set(KINDS) == set(TABLE[action])


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("kind", ["private", "direct"])
def test_a_hidden_room_is_refused_word_for_word_like_none(action: Action, kind: RoomKind) -> None:
    with pytest.raises(ChatError) as hidden:
        check(action, kind, False, "den")
    none = no_such_room("den")
    assert (none.code, none.text, none.retry_ms) == (
        hidden.value.code,
        hidden.value.text,
        hidden.value.retry_ms,
    )


@pytest.mark.parametrize("action", [Action.LEAVE, Action.READ, Action.SPEAK])
def test_strangers_to_a_public_room_are_told_to_join_it(action: Action) -> None:
    assert Code.NOT_A_MEMBER is refusal(action, "public", False)


def test_nobody_leaves_a_direct_room() -> None:
    assert Code.FORBIDDEN is refusal(Action.LEAVE, "direct", True)
    assert Code.NO_SUCH_ROOM is refusal(Action.LEAVE, "direct", False)
