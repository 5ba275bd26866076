"""The lockdown at a terminal."""

import pytest

from chatd.model import LockDown, LockdownState, LockedDown, User
from tests.unit.line_peer import in_the_lobby

ALICE = User(1, "alice", "user")


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/lockdown", LockDown(id=2)),
        ("/lockdown off", LockDown(id=2, minutes=0)),
        ("/lockdown 30 so much spam", LockDown(id=2, minutes=30, reason="so much spam")),
        ("/lockdown 45m", LockDown(id=2, minutes=45)),
        ("/lockdown 12h", LockDown(id=2, minutes=720)),
        ("/lockdown 7d x", LockDown(id=2, minutes=10_080, reason="x")),
    ],
)
def test_a_line_is_a_command(line: str, command: LockDown) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("/lockdown now", b"! bad_request: Usage: /lockdown "),
        ("/lockdown off please", b"! bad_request: Usage: /lockdown "),
        ("/lockdown 0", b"! bad_request: Usage: /lockdown "),
        ("/lockdown 31d", b"! bad_request: A lockdown ends within 30 days.\n"),
    ],
)
def test_what_makes_no_sense_is_refused(line: str, refused: bytes) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().startswith(refused)


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        (None, "* The server is not locked down.\n"),
        (
            LockdownState(0, ALICE, 60_000, 30, 'so "loud"'),
            '* The server is locked down until 1970-01-01 00:01 by alice: "so \\"loud\\"". '
            "Nobody new comes in, and 30 seconds pass between two messages.\n",
        ),
        (
            LockdownState(0, ALICE, 60_000, 0),
            "* The server is locked down until 1970-01-01 00:01 by alice. Nobody new comes in.\n",
        ),
    ],
)
def test_it_is_shown(state: LockdownState | None, shown: str) -> None:
    talk = in_the_lobby()
    talk.receive(b"/lockdown\n")
    assert shown.encode() == talk.event(LockedDown(id=2, lockdown=state))
