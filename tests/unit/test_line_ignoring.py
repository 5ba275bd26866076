"""Ignoring somebody at a terminal."""

from datetime import UTC

import pytest

from chatd.model import Command, Ignore, Ignored, IgnoredList, Ignoring, Skipped, Unignore, User
from chatd.wires.line import LineWire
from tests.unit.line_peer import in_the_lobby

BOB, CAROL = User(2, "bob", "user"), User(3, "carol", "guest")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/ignore Bob", Ignore(id=2, user="bob")),
        ("/ignore @bob", Ignore(id=2, user="bob")),
        ("/unignore bob", Unignore(id=2, user="bob")),
        ("/ignored", Ignored(id=2)),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/ignore", "! bad_request: Usage: /ignore USER"),
        ("/unignore bob carol", "! bad_request: Usage: /unignore USER"),
        ("/ignored bob", "! bad_request: Usage: /ignored"),
    ],
)
def test_what_makes_no_sense_is_refused_here(line: str, refusal: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().decode().startswith(refusal)


@pytest.mark.parametrize(("users", "whom"), [([], "nobody"), ([BOB], "bob"), ([BOB, CAROL], "bob, carol")])
def test_the_answer_is_whom_one_ignores(users: list[User], whom: str) -> None:
    talk = in_the_lobby()
    talk.receive(b"/ignored\n")
    assert f"* You ignore {whom}.\n".encode() == talk.event(IgnoredList(id=2, ignored=users))


def test_places_and_what_another_session_changed_are_not_shown() -> None:
    talk = in_the_lobby()
    assert b"" == talk.event(Skipped(room=1, seq=7)) + talk.event(Ignoring(users=[BOB]))
    assert b"" == LineWire(True, UTC).encode(Skipped(room=1, seq=7), "#lobby")
