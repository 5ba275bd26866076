"""What admins see of the whole server at a terminal."""

import pytest

from chatd.model import (
    AskLimits,
    Command,
    End,
    LimitList,
    Limits,
    ListUsers,
    SessionList,
    Sessions,
    UserList,
    UserState,
)
from tests.unit.line_peer import AT, in_the_lobby


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/users", ListUsers(id=2)),
        ("/users bo", ListUsers(id=2, query="bo")),
        ("/users >Bob", ListUsers(id=2, after="bob")),
        ("/users bo >bob", ListUsers(id=2, query="bo", after="bob")),
        ("/limits", AskLimits(id=2)),
        ("/sessions bob", Sessions(id=2, user="bob")),
        ("/end aa bob", End(id=2, session="aa", user="bob")),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize("line", ["/users a b", "/users >a b", "/limits x", "/sessions a b", "/end a b c"])
def test_what_makes_no_sense_is_refused_here(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().startswith(b"! bad_request: Usage: /")


def test_everybody_is_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/users\n")
    users = [
        UserState(2, "bob", "user", AT, AT, "bob", "owner", 2),
        UserState(3, "eve", "guest", AT, AT, "Eve \x1b"),
    ]
    assert (
        "* bob, server owner, since 2026-09-28 09:14, here, 2 connected\n"
        '* eve ("Eve \\x1b"), guest, since 2026-09-28 09:14, last here 2026-09-28 09:14\n'
        "* There are more: /users >eve lists those after these.\n"
    ) == talk.event(UserList(id=2, users=users, more=True)).decode()


def test_nobody_is_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/users x\n/sessions bob\n")
    assert b"* Nobody is called so.\n" == talk.event(UserList(id=2, users=[], more=False))
    assert b"* They are logged in nowhere.\n" == talk.event(SessionList(id=3, sessions=[]))


def test_limits_are_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/limits\n")
    lines = talk.event(LimitList(id=2, limits=Limits(say_burst=0)))
    assert lines.startswith(b"* text_chars: 4000\n* say_per_second: 5\n* say_burst: off\n")
