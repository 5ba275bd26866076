"""Reports at a terminal."""

import pytest

from chatd.model import (
    CloseReport,
    Command,
    Done,
    Report,
    Reported,
    ReportList,
    ReportMessage,
    Reports,
    User,
)
from tests.unit.line_peer import DEV, LOBBY, in_the_lobby, state

BOB, MALLORY = User(2, "bob", "guest"), User(3, "mallory", "guest")
OPEN = Report(3, 0, BOB, MALLORY, "so rude", room=LOBBY, room_name="lobby", seq=12, text='you "x"')


@pytest.mark.parametrize(
    ("line", "command", "done"),
    [
        (
            "/report 12 so rude",
            ReportMessage(id=2, room=LOBBY, target=12, note="so rude"),
            "* Reported. Those who keep order here will look at it.\n",
        ),
        ("/closereport 3 muted", CloseReport(id=2, report=3, note="muted"), "* Report 3 is closed.\n"),
    ],
)
def test_a_line_is_a_command(line: str, command: Command, done: str) -> None:
    talk = in_the_lobby()
    assert [command] == talk.receive(line.encode() + b"\n")
    assert done.encode() == talk.event(Done(id=2))


@pytest.mark.parametrize(
    "line", ["/report", "/report bob", "/closereport x", "/reports 3", "/serverreports 3"]
)
def test_a_misused_line_is_refused(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().startswith(b"! bad_request: Usage: ")


def test_a_report_is_told_at_once() -> None:
    told = (
        '* Report 3, 1970-01-01 00:00, bob reports message 12 of mallory in #lobby, "so rude": "you \\"x\\""'
    )
    assert f"{told}; /closereport 3\n".encode() == in_the_lobby().event(Reported(report=OPEN))


def test_open_reports_are_listed() -> None:
    talk = in_the_lobby(state(DEV, "@mallory", kind="direct"))
    asked = [Reports(id=2, room=LOBBY), Reports(id=3), Reports(id=4)]
    assert asked == talk.receive(b"/reports\n/serverreports\n/serverreports\n")
    talk.event(ReportList(id=2, reports=[OPEN], more=False))
    deleted = Report(4, 0, BOB, MALLORY, room=DEV, seq=2)
    hidden = Report(5, 0, BOB, MALLORY, text="x", hidden=True)
    shown = (
        "* Report 4, 1970-01-01 00:00, bob reports message 2 of mallory in @mallory, which was deleted\n"
        '* Report 5, 1970-01-01 00:00, bob reports a message of mallory in a private room: "x"\n'
        "* There are more, when these are closed.\n"
    )
    assert shown.encode() == talk.event(ReportList(id=3, reports=[deleted, hidden], more=True))
    assert b"* Nothing is reported.\n" == talk.event(ReportList(id=4, reports=[], more=False))
