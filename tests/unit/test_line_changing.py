"""Edits, deletions and topics on a line: what is asked, and what everybody reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.model import (
    Attaching,
    Command,
    Delete,
    Deleted,
    Edit,
    Edited,
    Entered,
    Entry,
    Messages,
    Noticed,
    Purged,
    RoomEvent,
    RoomState,
    Said,
    Stored,
    Topic,
    User,
)
from chatd.wires.line import LineWire
from tests.unit.line_peer import (
    ALICE,
    AT,
    BOB,
    DIRECT,
    LOBBY,
    UTC,
    attached,
    conversation,
    in_the_lobby,
    said,
    state,
)

PLAIN = LineWire(False, UTC)
NUMBERED = LineWire(True, UTC)


def edited(text: str | None = "hi bob!", *, seq: int = 9, me: bool = False) -> Edited:
    return Edited(room=LOBBY, seq=seq, at=AT, sender=ALICE, target=8, text=text, me=me)


def deleted(about: User | None = None) -> Deleted:
    return Deleted(room=LOBBY, seq=10, at=AT, sender=ALICE, target=8, about=about)


GONE = User(9, "deleted", "user")


def purged(user: User) -> Purged:
    return Purged(room=LOBBY, seq=10, at=AT, sender=ALICE, user=user, up_to=9)


def topic(text: str) -> Noticed:
    return Noticed(room=LOBBY, seq=9, at=AT, sender=ALICE, what="topic", text=text)


# What everybody reads


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (edited(), "[#lobby] 09:14 <alice> (edited) hi bob!\n"),
        (edited("waves", me=True), "[#lobby] 09:14 * alice (edited) waves\n"),
        (edited("a\nb"), "[#lobby] 09:14 <alice> (edited) a\n[#lobby] 09:14 <alice> b\n"),
        (edited(None), ""),
        (deleted(), "* alice deleted a message (8) in #lobby\n"),
        (deleted(BOB), "* alice deleted a message of bob (8) in #lobby\n"),
        (purged(ALICE), "* alice deleted all of their messages up to 9 in #lobby\n"),
        (
            Purged(room=LOBBY, seq=10, at=AT, sender=GONE, user=GONE, up_to=9),
            "* the messages of a deleted account up to 9 in #lobby are gone\n",
        ),
        (purged(BOB), "* alice deleted all of bob's messages up to 9 in #lobby\n"),
        (topic('a "plan"'), '* alice changed the topic of #lobby to "a \\"plan\\""\n'),
        (topic(""), "* alice removed the topic of #lobby\n"),
    ],
)
def test_each_change(event: RoomEvent, line: str) -> None:
    assert line.encode() == PLAIN.encode(event, "#lobby")


def test_an_edit_shows_both_its_numbers() -> None:
    assert b"[#lobby 9] 09:14 <alice> (edited 8) hi bob!\n" == NUMBERED.encode(edited(), "#lobby")


NASTY = st.text(st.characters(codec=None), max_size=40)


@given(NASTY, st.booleans())
def test_no_text_of_a_change_can_act_or_look_like_a_line_of_ours(text: str, numbers: bool) -> None:
    wire = LineWire(numbers, UTC)
    shown = wire.encode(edited(text), "#lobby").decode()
    assert all(line.startswith("[#lobby") for line in shown.removesuffix("\n").split("\n"))
    noticed = wire.encode(topic(text), "#lobby").decode()
    assert 1 == noticed.count("\n")
    for line in (shown, noticed):
        assert all(one in "\n\t" or one.isprintable() or ord(one) > 0x9F for one in line)


# Pages


def test_a_resume_shows_changes_in_their_order() -> None:
    talk = in_the_lobby()
    talk.receive(b"/since lobby 7\n")
    talk.event(Attaching(id=2, rooms=[LOBBY]))
    entries: list[Entry] = [said(8, "hi bob!"), edited(), deleted(BOB), edited(None, seq=11), topic("plans")]
    shown = talk.event(attached(LOBBY, "lobby", entries=entries, head=12)).decode().splitlines()
    assert [
        "* 2026-09-28",
        "[#lobby] 09:14 <alice> hi bob!",
        "[#lobby] 09:14 <alice> (edited) hi bob!",
        "* alice deleted a message of bob (8) in #lobby",
        '* alice changed the topic of #lobby to "plans"',
        "* complete #lobby 12",
    ] == shown


def test_an_edit_of_what_is_gone_brings_no_day_either() -> None:
    talk = in_the_lobby()
    talk.receive(b"/since lobby 8\n")
    talk.event(Attaching(id=2, rooms=[LOBBY]))
    assert b"* complete #lobby 9\n" == talk.event(attached(LOBBY, "lobby", entries=[edited(None)], head=9))


def test_history_shows_messages_as_they_are_now() -> None:
    talk = in_the_lobby()
    talk.receive(b"/history\n")
    was = Said(room=LOBBY, seq=8, at=AT, sender=ALICE, text="now", edited=True, changed=9)
    page = Messages(id=2, room=LOBBY, entries=[was], first=1, last=9, complete=True)
    assert b"* 2026-09-28\n[#lobby] 09:14 <alice> (edited) now\n" == talk.event(page)


# Commands


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/edit 8 hi  bob!", Edit(id=2, room=LOBBY, target=8, text="hi  bob!")),
        ("/edit -1 /me too", Edit(id=2, room=LOBBY, target=-1, text="/me too")),
        ("/delete 8", Delete(id=2, room=LOBBY, target=8)),
        ("/delete -1 ", Delete(id=2, room=LOBBY, target=-1)),
        ("/topic", Topic(id=2, room=LOBBY)),
        ("/topic a plan", Topic(id=2, room=LOBBY, text="a plan")),
        ("/topic -", Topic(id=2, room=LOBBY, text="")),
    ],
)
def test_each_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(f"{line}\n".encode())


@pytest.mark.parametrize(
    "line",
    ["/edit", "/edit 8", "/edit x y", "/edit 0 x", "/edit -2 x", "/delete", "/delete 0", "/delete 1 2"],
)
def test_what_is_changed_has_a_number(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert talk.output().startswith(b"! bad_request: Usage: /")


@pytest.mark.parametrize("line", ["/edit 1 x", "/delete 1", "/topic", "/topic x"])
def test_whoever_is_nowhere_changes_nothing(line: str) -> None:
    talk = conversation()
    talk.receive(f"{line}\n".encode())
    assert talk.output().startswith(b"! not_logged_in: ")


def test_a_change_has_a_receipt() -> None:
    talk = in_the_lobby()
    talk.receive(b"/receipts on\n/edit -1 x\n/delete 8\n/topic x\n")
    talk.output()
    for id in (2, 3, 4):
        assert f"* stored #lobby {id + 7}\n".encode() == talk.event(
            Stored(id=id, room=LOBBY, seq=id + 7, at=AT)
        )


@pytest.mark.parametrize(
    ("text", "line"),
    [('a "plan"', '* The topic of #lobby is "a \\"plan\\"".\n'), ("", "* #lobby has no topic.\n")],
)
def test_the_topic_is_told(text: str, line: str) -> None:
    talk = in_the_lobby()
    talk.receive(b"/topic\n")
    room = RoomState(LOBBY, "lobby", "public", text, head=7, read=7, unread=0)
    assert line.encode() == talk.event(Entered(id=2, rooms=[room]))


def test_a_topic_is_that_of_the_current_room() -> None:
    talk = in_the_lobby(state(DIRECT, "@alice", "direct"))
    talk.receive(b"/switch @alice\n")
    assert [Topic(id=2, room=DIRECT, text="x")] == talk.receive(b"/topic x\n")
