"""Invitations at a terminal: what is typed and what is told; and direct rooms of several."""

import pytest

from chatd.model import (
    Command,
    Decline,
    Direct,
    Done,
    Invitation,
    InvitationList,
    Invitations,
    Invite,
    Invited,
    Invitee,
    InviteLink,
    Join,
    LoggedIn,
    MakeLink,
    Opened,
    OpeningList,
    Openings,
    Say,
    Uninvite,
    Uninvited,
)
from tests.unit.line_peer import (
    ALICE,
    AT,
    BOB,
    CAROL,
    CODE,
    DIRECT,
    LOBBY,
    SECRET,
    attached,
    conversation,
    entered,
    in_the_lobby,
    state,
)

WEEK = AT + 7 * 24 * 3600 * 1000


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/invite @Carol", Invite(id=2, room=LOBBY, user="carol")),
        ("/uninvite carol", Uninvite(id=2, room=LOBBY, user="carol")),
        ("/uninvite 3", Uninvite(id=2, room=LOBBY, link=3)),
        ("/invitelink", MakeLink(id=2, room=LOBBY)),
        ("/invitelink 5", MakeLink(id=2, room=LOBBY, uses=5)),
        ("/invitelink 5 30", MakeLink(id=2, room=LOBBY, uses=5, days=30)),
        ("/openings", Openings(id=2, room=LOBBY)),
        ("/invitations", Invitations(id=2)),
        ("/decline #Secret", Decline(id=2, room="secret")),
        ("/join +k7f3-9qx2-M4TZ", Join(id=2, room="+k7f3-9qx2-M4TZ")),
        ("/join /join/k7f3-9qx2-m4tz", Join(id=2, room="+k7f3-9qx2-m4tz")),
        ("/join https://chat.example/join/k7f3", Join(id=2, room="+k7f3")),
        ("/msg Alice,bob psst", Say(id=2, room="@alice,bob", text="psst")),
        ("/msg @alice,bob", Direct(id=2, users=["alice", "bob"])),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("/invite", "Usage: /invite USER"),
        ("/invite a b", "Usage: /invite USER"),
        ("/uninvite", "Usage: /uninvite USER|NUMBER"),
        ("/uninvite 0", "Usage: /uninvite USER|NUMBER"),
        ("/invitelink 0", "Usage: /invitelink [USES [DAYS]]"),
        ("/invitelink 5 366", "Usage: /invitelink [USES [DAYS]]"),
        ("/invitelink 5 6 7", "Usage: /invitelink [USES [DAYS]]"),
        ("/openings dev", "Usage: /openings"),
        ("/invitations dev", "Usage: /invitations"),
        ("/decline", "Usage: /decline ROOM"),
        ("/msg alice,", "A name begins with a letter"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(line: str, answer: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert answer in talk.output().decode()


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("/invite carol", "* carol is invited to #lobby.\n"),
        ("/uninvite carol", "* carol is not invited any more.\n"),
        ("/uninvite 3", "* Code 3 lets nobody in any more.\n"),
        ("/decline secret", "* You declined the invitation.\n"),
    ],
)
def test_what_was_done_is_said(line: str, told: str) -> None:
    talk = in_the_lobby()
    talk.receive(line.encode() + b"\n")
    assert told == talk.event(Done(id=2)).decode()


def test_an_invitation_is_told_at_once_and_taken_back_too() -> None:
    talk = in_the_lobby()
    assert (
        "* alice invites you to #secret. /join secret enters it, /decline secret does without.\n"
        == talk.event(Invited(room=SECRET, name="secret", by=ALICE, at=AT)).decode()
    )
    assert b"* You are not invited to #secret any more.\n" == talk.event(
        Uninvited(room=SECRET, name="secret")
    )


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["secret"], "* You are invited to #secret. /invitations lists them.\n"),
        (
            [f"room{number}" for number in range(21)],
            f"* You are invited to {', '.join(f'#room{number}' for number in range(20))} and others."
            " /invitations lists them.\n",
        ),
    ],
)
@pytest.mark.parametrize("rooms", [[], [state(LOBBY, "lobby")]])
def test_who_comes_is_told_of_their_invitations(names: list[str], told: str, rooms: list[object]) -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    invitations = [Invitation(SECRET, name, ALICE, AT) for name in names]
    states = [state(LOBBY, "lobby")] if rooms else []
    shown = talk.event(LoggedIn(id=1, user=BOB, rooms=states, invitations=invitations))
    if rooms:
        shown = talk.event(attached(LOBBY, "lobby", present=[BOB]))
    assert shown.decode().endswith(told)


def test_ones_own_invitations_are_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/invitations\n/invitations\n")
    listed = InvitationList(id=2, invitations=[Invitation(SECRET, "secret", ALICE, AT)])
    assert (
        "* #secret, by alice, 2026-09-28 09:14. /join secret enters it, /decline secret does without.\n"
        == talk.event(listed).decode()
    )
    assert b"* You have no open invitations.\n" == talk.event(InvitationList(id=3, invitations=[]))


def test_the_ways_into_a_room_are_listed() -> None:
    talk = in_the_lobby()
    talk.receive(b"/openings\n/openings\n")
    links = [InviteLink(3, ALICE, AT, WEEK, used=2, uses=5), InviteLink(2, BOB, AT, WEEK, used=0)]
    shown = talk.event(
        OpeningList(id=2, room=LOBBY, invited=[Invitee(CAROL, ALICE, AT)], links=links)
    ).decode()
    assert [
        "* carol, invited by alice, 2026-09-28 09:14",
        "* Code number 3, by alice: for 5 people, until 2026-10-05 09:14, 2 came by it",
        "* Code number 2, by bob: for any number of people, until 2026-10-05 09:14, 0 came by it",
    ] == shown.splitlines()
    none = talk.event(OpeningList(id=3, room=LOBBY, invited=[], links=[]))
    assert b"* Nobody is invited to #lobby, and no code opens it.\n" == none


def test_a_code_is_shown_once_with_the_ways_to_use_it() -> None:
    talk = in_the_lobby()
    talk.receive(b"/invitelink 1\n")
    link = InviteLink(3, BOB, AT, WEEK, used=0, uses=1)
    shown = talk.event(Opened(id=2, room=LOBBY, code=CODE, path=f"/join/{CODE}", link=link)).decode()
    assert [
        f"* /join +{CODE} enters #lobby; on the page: /join/{CODE}",
        "* Code number 3, by bob: for one person, until 2026-10-05 09:14; /uninvite 3 ends it",
    ] == shown.splitlines()


def test_lines_after_a_code_go_to_the_room_that_it_opens() -> None:
    talk = in_the_lobby()
    [_, said] = talk.receive(f"/join +{CODE}\nhello\n".encode())
    assert Say(id=3, room=f"+{CODE}", text="hello") == said
    talk.event(entered(SECRET, "secret", "private", id=2))
    assert b"* You are alone in #secret.\n" == talk.event(attached(SECRET, "secret", present=[BOB]))
    [said] = talk.receive(b"hello\n")
    assert Say(id=4, room=SECRET, text="hello") == said


def test_a_group_is_known_whatever_the_order_of_its_names() -> None:
    talk = in_the_lobby(state(DIRECT, "@alice,carol", "direct"))
    for line in (b"/switch @carol,alice\n", b"/switch @alice,carol\n"):
        assert [] == talk.receive(line)
        assert b"* Lines go to @alice,carol now.\n" == talk.output()
    [said] = talk.receive(b"hi\n")
    assert Say(id=2, room=DIRECT, text="hi") == said
