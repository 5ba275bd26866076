"""Invitation codes at a terminal."""

import pytest

from chatd.model import (
    Command,
    Done,
    InviteCode,
    InviteCodeList,
    InviteCodeMade,
    InviteCodes,
    InviteLink,
    Register,
    UninviteCode,
)
from tests.unit.line_peer import ALICE, AT, conversation, in_the_lobby

LINK = InviteLink(3, ALICE, AT, AT + 60_000, 1, 5)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/invitecode", InviteCode(id=2, uses=1, days=7)),
        ("/invitecode 5", InviteCode(id=2, uses=5, days=7)),
        ("/invitecode 5 30", InviteCode(id=2, uses=5, days=30)),
        ("/invitecodes", InviteCodes(id=2)),
        ("/uninvitecode 3", UninviteCode(id=2, link=3)),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize(
    "line",
    [
        "/invitecode 0",
        "/invitecode 1 0",
        "/invitecode 1 366",
        "/invitecode 1 2 3",
        "/uninvitecode",
        "/invitecodes x",
    ],
)
def test_what_makes_no_sense_is_refused_here(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().startswith(b"! bad_request: Usage: /")


def test_an_account_is_made_with_a_code() -> None:
    talk = conversation(invitation=True)
    register = Register(id=1, name="alice", password="correct horse", invitation="k7f3-9qx2-m4tz")
    assert [register] == talk.receive(b"/register alice k7f3-9qx2-m4tz\ncorrect horse\n")
    assert talk.output().startswith(b"* Password for alice:\n")


def test_a_second_word_is_no_code_where_none_is_needed() -> None:
    talk = conversation()
    assert [] == talk.receive(b"/register alice horse\n")
    assert talk.output().startswith(
        b"! bad_request: Usage: /register NAME, and the password on the next line."
    )


def test_a_code_is_shown_once_with_what_to_do() -> None:
    talk = in_the_lobby()
    talk.receive(b"/invitecode 5\n")
    assert (
        b"* /register NAME k7f3 makes an account; on the page: /?invite=k7f3\n"
        b"* Code 3, by alice: 1 of 5 used, until 2026-09-28 09:15; /uninvitecode 3 ends it.\n"
        b"* The code is not shown again.\n"
    ) == talk.event(InviteCodeMade(id=2, code="k7f3", path="/?invite=k7f3", link=LINK))
    talk.receive(b"/uninvitecode 3\n")
    assert b"* Code 3 makes no more accounts.\n" == talk.event(Done(id=3))


def test_codes_are_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/invitecodes\n/invitecodes\n")
    assert b"* Code 3, by alice: 1 of 5 used, until 2026-09-28 09:15\n" == talk.event(
        InviteCodeList(id=2, links=[LINK])
    )
    assert b"* No code makes accounts just now.\n" == talk.event(InviteCodeList(id=3, links=[]))
