"""Roles at a terminal: `/role`, `/serverrole`, `/members`, `/claim`, and what one is told."""

import pytest

from chatd.model import (
    Appointed,
    Claim,
    Done,
    LoggedIn,
    Member,
    MemberList,
    Members,
    Profile,
    Profiles,
    Role,
    User,
)
from tests.unit.line_peer import (
    ALICE,
    BOB,
    DEV,
    LOBBY,
    attached,
    conversation,
    in_the_lobby,
    logged_in,
    state,
)

CARL = User(9, "carl", "user")


def test_a_role_is_given_in_the_current_room_or_another() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert [
        Role(id=2, room=LOBBY, user="alice", role="moderator"),
        Role(id=3, room=DEV, user="alice", role="member"),
        Role(id=4, room="nowhere", user="alice", role="owner"),
    ] == talk.receive(b"/role @Alice Moderator\n/role alice member #dev\n/role alice owner nowhere\n")
    assert [
        b"* alice is a moderator of #lobby now.\n",
        b"* alice is a plain member of #dev now.\n",
        b"* alice is an owner of #nowhere now.\n",
    ] == [talk.event(Done(id=number)) for number in (2, 3, 4)]


def test_a_role_is_given_on_the_server() -> None:
    talk = in_the_lobby()
    assert [
        Role(id=2, user="alice", role="admin"),
        Role(id=3, user="alice", role="user"),
    ] == talk.receive(b"/serverrole alice admin\n/serverrole alice user\n")
    assert [
        b"* alice is an admin of the server now.\n",
        b"* alice is without a role on the server now.\n",
    ] == [talk.event(Done(id=number)) for number in (2, 3)]


def test_what_one_gives_oneself_is_told_once() -> None:
    talk = in_the_lobby()
    talk.receive(b"/role bob member\n")
    told = talk.event(Appointed(role="member", room=LOBBY, by=BOB))
    assert b"* You are a plain member of #lobby now.\n" == told
    assert b"" == talk.event(Done(id=2))


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"/role alice\n", b"! bad_request: Usage: /role USER ROLE [ROOM]\n"),
        (b"/role alice owner dev more\n", b"! bad_request: Usage: /role USER ROLE [ROOM]\n"),
        (b"/role alice king\n", b"! bad_request: In a room one is owner, moderator or member.\n"),
        (b"/serverrole alice\n", b"! bad_request: Usage: /serverrole USER ROLE\n"),
        (b"/serverrole alice king\n", b"! bad_request: On the server one is owner, admin or user.\n"),
        (b"/claim\n", b"! bad_request: Usage: /claim CODE\n"),
    ],
)
def test_a_wrong_usage_is_refused(line: bytes, answer: bytes) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line)
    assert answer == talk.output()


def test_one_is_told_of_a_new_role_and_who_gave_it() -> None:
    talk = in_the_lobby()
    assert b"* You are a moderator of #lobby now, by alice.\n" == (
        talk.event(Appointed(role="moderator", room=LOBBY, by=ALICE))
    )
    assert b"* You are an admin of the server now, by alice.\n" == (
        talk.event(Appointed(role="admin", by=ALICE))
    )
    assert b"* You are an owner of the server now.\n" == talk.event(Appointed(role="owner"))


def test_a_code_is_typed_as_it_was_printed() -> None:
    talk = in_the_lobby()
    assert [Claim(id=2, code="k7f3 9qx2 m4tz")] == talk.receive(b"/claim k7f3 9qx2 m4tz\n")
    assert b"" == talk.event(Done(id=2))


def test_members_are_listed_with_what_they_are_to_the_last_page() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert [Members(id=2, room=DEV, limit=500)] == talk.receive(b"/members dev\n")
    page = [
        Member(1, "alice", "user", "owner"),
        Member(2, "bob", "guest", "moderator"),
        Member(9, "carl", "user"),
    ]
    assert b"" == talk.event(MemberList(id=2, room=DEV, members=page, count=23, more=True))
    assert [Members(id=2, room=DEV, after=9, limit=500)] == talk.further()
    rest = [Member(number, f"d{number}", "guest") for number in range(10, 31)]
    names = ", ".join(f"d{number} (guest)" for number in range(10, 30))
    assert (
        "* Members of #dev (23): alice (owner), bob (guest, moderator), carl\n"
        f"* Members of #dev (23): {names}\n"
        "* Members of #dev (23): d30 (guest)\n"
    ).encode() == talk.event(MemberList(id=2, room=DEV, members=rest, count=23, more=False))


def test_members_of_the_current_room_are_listed_unless_one_is_named() -> None:
    talk = in_the_lobby()
    assert [Members(id=2, room=LOBBY, limit=500)] == talk.receive(b"/members\n")
    assert b"" == talk.event(MemberList(id=2, room=LOBBY, members=[], count=0, more=True))


def test_a_role_on_the_server_stands_where_somebody_is_introduced() -> None:
    talk = conversation()
    talk.receive(b"/login alice\nsecret word\n")
    talk.event(LoggedIn(id=1, user=ALICE, rooms=[state(LOBBY, "lobby")], role="owner"))
    greeting = talk.event(attached(LOBBY, "lobby", present=[ALICE]))
    assert b"* You are alice (server owner). You are alone in #lobby.\n" in greeting
    talk.receive(b"/whois carl\n")
    profile = Profile(9, "carl", "user", "Carl", role="admin")
    assert b'* carl (server admin), "Carl"\n' == talk.event(Profiles(id=2, profiles=[profile]))


def test_a_guest_who_registers_on_the_machine_is_told_what_that_makes_them() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    talk.event(logged_in(state(LOBBY, "lobby")))
    talk.event(attached(LOBBY, "lobby", present=[BOB]))
    talk.receive(b"/register bob\nsecret word\n")
    told = talk.event(Profiles(id=2, profiles=[Profile(2, "bob", "user", role="owner")]))
    assert told.endswith(b"* You are bob (server owner), with an account. /login bob comes back.\n")
