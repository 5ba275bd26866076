"""What a line client is answered and told, and in which order."""

import pytest
from msgspec.structs import replace

from chatd.model import (
    CLOSINGS,
    Added,
    Attach,
    Attaching,
    Close,
    Code,
    Done,
    Error,
    Event,
    Gap,
    Here,
    Listing,
    Messages,
    Missing,
    Pong,
    Present,
    ReadTo,
    Refused,
    Removed,
    RoomList,
    Rooms,
    Say,
    Stored,
    User,
    Welcome,
    Who,
)
from tests.unit.line_peer import (
    ALICE,
    AT,
    BOB,
    CAROL,
    CODE,
    DEV,
    DIRECT,
    LOBBY,
    SECRET,
    attached,
    conversation,
    entered,
    here,
    in_the_lobby,
    logged_in,
    said,
    state,
)

CROWD = [User(n + 10, f"user{n}", "user") for n in range(25)]
TWENTY = ", ".join(user.name for user in CROWD[:20])
COME_BACK = f"To come back: /resume {CODE}"


# Coming in.


@pytest.mark.parametrize(
    ("present", "count", "there"),
    [
        ([BOB], 1, "You are alone in #lobby."),
        ([ALICE, BOB, CAROL], 3, "You are in #lobby with alice, carol."),
        ([*CROWD, BOB], 26, f"You are in #lobby with {TWENTY} and 5 others."),
        (
            [*CROWD[:21], BOB],
            22,
            f"You are in #lobby with {TWENTY} and 1 other.",
        ),
        (None, 812, "You are in #lobby with 811 others."),
    ],
)
def test_a_guest_is_told_who_is_there_and_how_to_come_back(
    present: list[User] | None, count: int, there: str
) -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    assert b"" == talk.event(logged_in(state(LOBBY, "lobby")))
    shown = talk.event(attached(LOBBY, "lobby", present=present, count=count))
    assert f"* You are bob (guest). {there} {COME_BACK}\n" == shown.decode()


def test_an_account_needs_no_code() -> None:
    talk = conversation()
    talk.receive(b"/login alice\nhunter2\n")
    talk.output()
    talk.event(logged_in(state(LOBBY, "lobby"), user=ALICE))
    assert b"* You are alice. You are alone in #lobby.\n" == talk.event(
        attached(LOBBY, "lobby", present=[ALICE])
    )


def test_a_guest_who_came_by_code_is_given_no_other() -> None:
    talk = conversation()
    talk.receive(b"/resume k7f3\n")
    talk.event(replace(logged_in(state(LOBBY, "lobby")), token=None))
    shown = talk.event(attached(LOBBY, "lobby", present=[BOB]))
    assert b"* You are bob (guest). You are alone in #lobby.\n" == shown


def test_what_was_missed_is_counted() -> None:
    talk = conversation()
    talk.receive(b"/login alice\nhunter2\n")
    talk.output()
    rooms = (
        state(DEV, "dev", unread=3),
        state(LOBBY, "lobby", unread=1000, read=7),
        state(DIRECT, "@bob", "direct"),
        *(state(n, f"room{n}") for n in range(100, 120)),
    )
    talk.event(logged_in(*rooms, user=ALICE))
    assert b"" == talk.event(attached(DEV, "dev", present=[ALICE]))
    shown = talk.event(attached(LOBBY, "lobby", present=[ALICE])).decode().splitlines()
    assert "* 1000+ unread in #lobby: /since lobby 7" == shown[1]
    assert shown[2].startswith("* Also: #dev (3 unread), @bob, #room100, ")
    assert shown[2].endswith("#room117 and 2 others")


@pytest.mark.parametrize(
    ("words", "told"), [("", "You are still away. "), ('lu"nch', 'You are still away: "lu\\"nch". ')]
)
def test_whoever_is_still_away_is_told_so(words: str, told: str) -> None:
    talk = conversation()
    talk.receive(b"/login alice\nhunter2\n")
    talk.output()
    talk.event(replace(logged_in(state(LOBBY, "lobby", unread=3), user=ALICE), away=words))
    shown = talk.event(attached(LOBBY, "lobby", present=[ALICE])).decode().splitlines()
    assert [f"* {told}/back ends it.", "* 3 unread in #lobby: /since lobby 7"] == shown[1:]


def test_whoever_is_still_away_and_in_no_room_is_told_so() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    shown = talk.event(replace(logged_in(), away="")).decode().splitlines()
    assert "* You are still away. /back ends it." == shown[1]


def test_whoever_is_in_no_room_is_told_so() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    shown = talk.event(logged_in()).decode()
    assert f"* You are bob (guest). You are in no room. /join ROOM enters one. {COME_BACK}\n" == shown


def test_a_room_that_goes_away_meanwhile_does_not_hold_the_greeting_back() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n")
    talk.event(logged_in(state(LOBBY, "lobby")))
    shown = talk.event(Removed(room=LOBBY)).decode()
    assert shown.startswith(
        f"* You are bob (guest). You are in #lobby. {COME_BACK}\n* You are in #lobby no longer."
    )


def test_a_failure_that_answers_nothing_does_not_hold_the_greeting_back() -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n/help\n")
    talk.event(logged_in(state(LOBBY, "lobby")))
    shown = talk.event(Error(code=Code.UNAVAILABLE, text="Try again.")).decode()
    assert shown.startswith("* You are bob (guest). You are in #lobby.")
    assert shown.endswith("! unavailable: Try again.\n")


def test_a_login_that_nobody_asked_for_is_told_too() -> None:
    talk = conversation()
    talk.event(logged_in(state(LOBBY, "lobby"), id=None))
    assert talk.event(attached(LOBBY, "lobby", present=[BOB])).startswith(b"* You are bob")


# Entering rooms.


def test_entering_a_room_tells_who_is_there_and_its_topic() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join dev\n/msg alice\n")
    assert b"" == talk.event(entered(DEV, "dev", id=2))
    assert b'* You are in #dev with alice. Topic: "a\\x1b\\"b".\n' == talk.event(
        attached(DEV, "dev", present=[ALICE, BOB], topic='a\x1b"b')
    )
    talk.event(entered(DIRECT, "@alice", "direct", id=3))
    assert b"* You are alone in @alice.\n" == talk.event(attached(DIRECT, "@alice", "direct", present=[BOB]))


def test_entering_twice_is_answered_twice() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join dev\n/join dev\n")
    talk.event(entered(DEV, "dev", id=2))
    assert b"* You are in #dev.\n" == talk.event(entered(DEV, "dev", id=3))
    assert b"* You are alone in #dev.\n" == talk.event(attached(DEV, "dev", present=[BOB]))


def test_a_room_that_nobody_asked_for_does_not_become_the_current_one() -> None:
    talk = in_the_lobby()
    talk.event(entered(DEV, "dev", id=99))
    assert b"* You are alone in #dev.\n" == talk.event(attached(DEV, "dev", present=[BOB]))
    assert [Say(id=3, room=LOBBY, text="x")] == talk.receive(b"x\n")


def test_being_added_is_news() -> None:
    talk = in_the_lobby()
    added = Added(rooms=[state(DEV, "dev"), state(DIRECT, "@alice", "direct")])
    assert b"* You are now in #dev.\n" == talk.event(added)
    assert b"" == talk.event(attached(DEV, "dev", present=[BOB]))
    day = b"* 2026-09-28\n"
    assert day + b"[@alice] 09:14 <alice> hi\n" == talk.event(
        attached(DIRECT, "@alice", "direct", entries=[said(room=DIRECT)])
    )


def test_a_room_that_was_never_named_is_named_by_its_page() -> None:
    talk = in_the_lobby()
    page = attached(DIRECT, "alice", "direct", entries=[said(room=DIRECT)])
    assert talk.event(page).endswith(b"[@alice] 09:14 <alice> hi\n")


# What was missed.


def test_since_prints_all_pages_and_says_when_it_is_complete() -> None:
    talk = in_the_lobby()
    assert [Attach] == [type(command) for command in talk.receive(b"/since lobby 4674\n/numbers on\n")]
    assert b"* Numbers are on.\n" == talk.event(Attaching(id=2, rooms=[LOBBY]))
    page = attached(LOBBY, "lobby", entries=[said(4712), said(4713, "two")], head=4714, complete=False)
    assert (
        "* gap #lobby 4675 4711; those are gone\n"
        "* 2026-09-28\n"
        "[#lobby 4712] 09:14 <alice> hi\n"
        "[#lobby 4713] 09:14 <alice> two\n"
    ) == talk.event(replace(page, gap=Missing(4675, 4711))).decode()
    last = attached(LOBBY, "lobby", entries=[said(4714, "three")], head=4714)
    assert (
        "* 2026-09-28\n[#lobby 4714] 09:14 <alice> three\n* complete #lobby 4714\n"
        == talk.event(last).decode()
    )
    assert b"" == talk.event(attached(LOBBY, "lobby", head=4714))


def test_a_position_beyond_the_head_is_another_log() -> None:
    talk = in_the_lobby()
    talk.receive(b"/since lobby 9000\n")
    talk.event(Attaching(id=2, rooms=[LOBBY]))
    assert (
        b"* reset #lobby; its numbers began anew, forget those that you kept\n* complete #lobby 7\n"
        == talk.event(replace(attached(LOBBY, "lobby"), reset=True))
    )


def test_a_room_that_cannot_be_attached_is_refused() -> None:
    talk = in_the_lobby()
    talk.receive(b"/since nowhere 1\n")
    refused = Refused("nowhere", Code.NO_SUCH_ROOM, 'There is no room called "nowhere".')
    assert b'! no_such_room: There is no room called "nowhere".\n' == talk.event(
        Attaching(id=2, rooms=[], refused=[refused])
    )


def test_a_gap_says_how_to_fill_it() -> None:
    talk = in_the_lobby(state(DIRECT, "@alice", "direct"))
    assert b"* gap #lobby 4675 4711; /since lobby 4674\n" == talk.event(
        Gap(room=LOBBY, first=4675, last=4711)
    )
    assert b"* gap @alice 5 6; /since @alice 4\n" == talk.event(Gap(room=DIRECT, first=5, last=6))


def test_a_gap_ends_what_was_being_read() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join dev\n/since lobby 1\n")
    talk.event(entered(DEV, "dev", id=2))
    talk.event(Attaching(id=3, rooms=[LOBBY]))
    assert b"* gap #lobby 2 7; /since lobby 1\n" == talk.event(Gap(room=LOBBY, first=2, last=7))
    assert talk.waiting
    assert b"* You are in #dev.\n* gap #dev 2 7; /since dev 1\n" == talk.event(Gap(room=DEV, first=2, last=7))
    assert not talk.waiting


def test_since_is_waited_for_to_its_end() -> None:
    talk = in_the_lobby()
    assert not talk.waiting
    talk.receive(b"/since lobby 1\n")
    assert talk.waiting
    talk.event(Attaching(id=2, rooms=[LOBBY]))
    talk.event(attached(LOBBY, "lobby", entries=[said(2)], complete=False))
    assert talk.waiting
    talk.event(attached(LOBBY, "lobby"))
    assert not talk.waiting


def test_leaving_ends_what_waits_for_the_room() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join dev\n/leave\n")
    talk.event(entered(DEV, "dev", id=2))
    assert b"* You are in #dev.\n* You left #dev. Lines go to #lobby now.\n" == talk.event(Done(id=3))
    assert not talk.waiting


def test_history_tells_the_days() -> None:
    talk = in_the_lobby()
    talk.receive(b"/history\n/history\n")
    entries = [said(1, "old", at=AT - 86_400_000), said(2, "new"), said(3, "newer")]
    page = Messages(id=2, room=LOBBY, entries=entries, first=1, last=3, complete=True)
    assert (
        "* 2026-09-27\n[#lobby] 09:14 <alice> old\n"
        "* 2026-09-28\n[#lobby] 09:14 <alice> new\n[#lobby] 09:14 <alice> newer\n"
    ) == talk.event(page).decode()
    empty = Messages(id=3, room=LOBBY, entries=[], first=1, last=0, complete=True)
    assert b"* end of history #lobby\n" == talk.event(empty)


# Lists.


@pytest.mark.parametrize(
    ("someone", "shown"),
    [
        (here(ALICE, "web", "line"), "alice (web, line)"),
        (here(BOB, away=True), "bob (guest, line, away)"),
        (here(ALICE, away=True, status='lu"nch'), 'alice (line, away: "lu\\"nch")'),
        (here(ALICE, status="at \u202ework"), 'alice (line, status: "at \\u202ework")'),
    ],
)
def test_who_shows_how_somebody_is_present(someone: Here, shown: str) -> None:
    talk = in_the_lobby()
    talk.receive(b"/who\n")
    answer = talk.event(Present(id=2, room=LOBBY, users=[someone], count=2, more=False))
    assert f"* In #lobby (2 here): {shown}\n" == answer.decode()


def test_who_asks_for_the_next_page_by_itself() -> None:
    talk = in_the_lobby()
    talk.receive(b"/who\n/help\n")
    crowd = [here(user) for user in CROWD]
    assert b"" == talk.event(Present(id=2, room=LOBBY, users=crowd, count=27, more=True))
    assert [Who(id=2, room=LOBBY, after="user24", limit=500)] == talk.further()
    last = [here(BOB), here(CAROL, "web", "line")]
    shown = talk.event(Present(id=2, room=LOBBY, users=last, count=27, more=False)).decode().splitlines()
    assert f"* In #lobby (27 here): {', '.join(f'user{n} (line)' for n in range(20))}" == shown[0]
    assert f"* In #lobby (27 here): {', '.join(f'user{n} (line)' for n in range(20, 25))}" == shown[1]
    assert "* In #lobby (27 here): bob (guest, line), carol (bot, web, line)" == shown[2]
    assert "* A line is said in the current room." in shown[3]
    assert [] == talk.further()


def test_rooms_ask_for_the_next_page_by_themselves() -> None:
    talk = in_the_lobby()
    talk.receive(b"/rooms e\n")
    first = Listing(DEV, "dev", "public", 'all "dev"\n', 1, False)
    assert b"" == talk.event(RoomList(id=2, rooms=[first], more=True))
    assert [Rooms(id=2, after="dev", query="e")] == talk.further()
    second = Listing(SECRET, "secret", "private", "", 3, True)
    assert (
        '* #dev, 1 member, topic "all \\"dev\\"\\x0a"\n* #secret, 3 members, private, joined\n'
        == talk.event(RoomList(id=2, rooms=[second], more=False)).decode()
    )


def test_an_empty_page_ends_a_list() -> None:
    talk = in_the_lobby()
    talk.receive(b"/rooms\n/who\n")
    assert b"* There are no rooms. /create ROOM makes one.\n" == talk.event(
        RoomList(id=2, rooms=[], more=True)
    )
    assert b"" == talk.event(Present(id=3, room=LOBBY, users=[], count=0, more=True))
    talk.receive(b"/rooms chess\n")
    assert b"* No room has these words in its name or topic. /rooms lists them all.\n" == talk.event(
        RoomList(id=4, rooms=[], more=False)
    )
    assert [] == talk.further()


# Receipts, refusals, the rest.


def test_receipts_tell_that_a_line_is_stored() -> None:
    talk = in_the_lobby()
    talk.receive(b"one\n/receipts on\ntwo\n/msg alice psst\n")
    assert b"* Receipts are on.\n" not in talk.output()
    assert b"* stored #lobby 8\n* Receipts are on.\n" == talk.event(Stored(id=2, room=LOBBY, seq=8, at=AT))
    assert b"* stored #lobby 9\n" == talk.event(Stored(id=3, room=LOBBY, seq=9, at=AT))
    assert b"* stored @alice 1\n" == talk.event(Stored(id=4, room=DIRECT, seq=1, at=AT))


def test_without_receipts_storing_is_silent() -> None:
    talk = in_the_lobby()
    talk.receive(b"one\n")
    assert b"" == talk.event(Stored(id=2, room=LOBBY, seq=8, at=AT))


def test_a_refusal_is_one_safe_line() -> None:
    talk = in_the_lobby()
    talk.receive(b"one\n")
    error = Error(id=2, code=Code.FORBIDDEN, text="No.\n* stored #lobby 8\x1b")
    assert b"! forbidden: No.\\x0a* stored #lobby 8\\x1b\n" == talk.event(error)


def test_an_unknown_room_has_a_name_all_the_same() -> None:
    assert b"* gap #99 1 2; /since 99 0\n" == in_the_lobby().event(Gap(room=99, first=1, last=2))


@pytest.mark.parametrize(
    "event",
    [
        Welcome(server="chatd/0.1", epoch="x", limits={}, auth={}),
        ReadTo(room=LOBBY, seq=3),
        Pong(),
        Done(id="strange"),
        Done(id=99),
    ],
)
def test_what_a_person_need_not_know_is_silent(event: Event) -> None:
    assert b"" == in_the_lobby().event(event)


def test_room_events_read_as_they_do_to_everybody() -> None:
    assert b"[#lobby] 09:14 <alice> hi\n" == in_the_lobby().event(said())


@pytest.mark.parametrize("why", list(Close))
def test_last_words_come_after_all_that_is_left(why: Close) -> None:
    talk = conversation()
    talk.receive(b"/nick bob\n/who\n/help\n")
    talk.event(logged_in(state(LOBBY, "lobby")))
    talk.event(Present(id=2, room=LOBBY, users=[here(BOB)], count=2, more=True))
    shown = talk.closing(why).decode().splitlines()
    assert f"* You are bob (guest). You are in #lobby. {COME_BACK}" == shown[0]
    assert "* In #lobby (2 here): bob (guest, line)" == shown[1]
    assert shown[2].startswith("* A line is said in ")
    assert f"* {CLOSINGS[why].text}" == shown[-1]


def test_answers_come_in_the_order_of_the_questions() -> None:
    talk = in_the_lobby()
    talk.receive(b"/who\n/help\n/rooms\n")
    assert b"" == talk.output()
    assert b"" == talk.event(RoomList(id=3, rooms=[], more=False))
    shown = talk.event(Present(id=2, room=LOBBY, users=[here(BOB)], count=1, more=False)).decode()
    assert shown.index("* In #lobby") < shown.index("* /help") < shown.index("* There are no rooms")


# The end.


def test_a_line_without_an_end_is_refused_at_the_end_of_input() -> None:
    talk = conversation()
    assert [] == talk.receive(b"unfinish")
    talk.end()
    assert b"! bad_request: The last line had no end, so it was not carried out.\n" == talk.output()


def test_nothing_is_refused_where_every_line_has_its_end() -> None:
    talk = conversation()
    talk.receive(b"/help\n")
    talk.output()
    talk.end()
    assert b"" == talk.output()


def test_what_follows_a_quit_is_not_missed() -> None:
    talk = conversation()
    talk.receive(b"/quit\nunfinish")
    talk.output()
    talk.end()
    assert b"" == talk.output()


def test_a_page_is_a_piece_of_its_own_that_can_be_taken_back() -> None:
    talk = in_the_lobby()
    page = attached(LOBBY, "lobby", entries=[said(8)])
    assert [LOBBY] == [piece.page_of for piece in talk.pieces(page) if piece.data]
    assert [0] == [piece.page_of for piece in talk.pieces(said(9))]


def test_an_answer_that_goes_with_a_page_stands_when_that_is_taken_back() -> None:
    talk = in_the_lobby()
    talk.receive(b"/join dev\n/help\n")
    assert [] == talk.pieces(entered(DEV, "dev", id=2))
    pieces = talk.pieces(attached(DEV, "dev", entries=[said(8, room=DEV)], present=[BOB]))
    stands = b"".join(piece.data for piece in pieces if piece.page_of == 0).decode()
    page = b"".join(piece.data for piece in pieces if piece.page_of == DEV).decode()
    assert "* You are alone in #dev." == stands.splitlines()[0]
    assert "* /help" in stands
    assert "<alice>" in page
    assert "<alice>" not in stands


def test_a_page_that_comes_before_an_earlier_answer_is_a_piece_too() -> None:
    talk = in_the_lobby()
    talk.receive(b"/who\n")
    page = attached(LOBBY, "lobby", entries=[said(8)])
    assert [LOBBY] == [piece.page_of for piece in talk.pieces(page) if piece.data]
