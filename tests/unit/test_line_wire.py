"""What everybody in a room reads on a line."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.model import Here, Joined, Left, Presence, RoomEvent, Said, Typed, User
from chatd.wires.line import LineWire
from tests.unit.line_peer import ALICE, AT, BOB, CAROL, LOBBY, UTC, here, said

PLAIN = LineWire(False, UTC)
NUMBERED = LineWire(True, UTC)
MANY = [User(n, f"user{n}", "user") for n in range(11)]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (said(text="hi bob"), "[#lobby] 09:14 <alice> hi bob\n"),
        (replace(said(text="waves"), me=True), "[#lobby] 09:14 * alice waves\n"),
        (replace(said(text="hi!"), edited=True, changed=9), "[#lobby] 09:14 <alice> (edited) hi!\n"),
        (replace(said(text="yes"), reply_to=4711), "[#lobby] 09:14 <alice> (to 4711) yes\n"),
        (replace(said(text="y"), reply_to=1, edited=True), "[#lobby] 09:14 <alice> (to 1) (edited) y\n"),
        (replace(said(text=""), deleted=True, me=True), "[#lobby] 09:14 <alice> (deleted)\n"),
        (
            said(text="a\r\n* b\n"),
            "[#lobby] 09:14 <alice> a\n[#lobby] 09:14 <alice> * b\n[#lobby] 09:14 <alice> \n",
        ),
        (said(text="\x1b]0;x\x07"), "[#lobby] 09:14 <alice> \\x1b]0;x\\x07\n"),
        (Typed(room=LOBBY, user=ALICE), ""),
        (Joined(room=LOBBY, users=[here(ALICE)], count=2), "* alice joined #lobby\n"),
        (Joined(room=LOBBY, users=[], count=900), ""),
        (Left(room=LOBBY, users=[ALICE, BOB], count=2), "* alice, bob left #lobby\n"),
        (Left(room=LOBBY, users=MANY, count=2), "* 11 people left #lobby\n"),
        (Presence(room=LOBBY, count=2, came=[here(ALICE)]), "* alice is here (#lobby)\n"),
        (Presence(room=LOBBY, count=2, came=[here(ALICE), here(BOB)]), "* alice, bob are here (#lobby)\n"),
        (
            Presence(room=LOBBY, count=2, came=[here(ALICE)], went=[CAROL]),
            "* alice is here (#lobby)\n* carol has gone (#lobby)\n",
        ),
        (Presence(room=LOBBY, count=0, went=[ALICE, BOB]), "* alice, bob have gone (#lobby)\n"),
        (
            Presence(room=LOBBY, count=40, came=[here(user) for user in MANY], went=[BOB]),
            "* 11 came, 1 went; 40 are here (#lobby)\n",
        ),
        (Presence(room=LOBBY, count=600), ""),
        (Presence(room=LOBBY, count=2, changed=[here(ALICE, away=True)]), ""),
        (Presence(room=LOBBY, count=2, present=[here(ALICE), here(BOB)]), ""),
    ],
)
def test_each_event(event: RoomEvent, line: str) -> None:
    assert line.encode() == PLAIN.encode(event, "#lobby")


def test_a_text_of_very_many_lines_is_whole_and_not_many_times_as_long() -> None:
    lines = (
        PLAIN.encode(said(text="\n".join(str(number) for number in range(2_000))), "#lobby")
        .decode()
        .splitlines()
    )
    assert [f"[#lobby] 09:14 <alice> {number}" for number in range(99)] == lines[:99]
    rest = "\\x0a".join(str(number) for number in range(99, 2_000))
    assert [f"[#lobby] 09:14 <alice> {rest}"] == lines[99:]


def test_numbers_stand_beside_the_room() -> None:
    assert b"[@alice 4712] 09:14 <alice> hi\n" == NUMBERED.encode(said(4712), "@alice")


def test_presence_shows_nothing_in_a_direct_room() -> None:
    assert b"" == PLAIN.encode(Presence(room=LOBBY, count=2, came=[here(ALICE)]), "@alice")


@pytest.mark.parametrize("kind", [Joined, Left])
def test_nobody_joins_or_leaves_a_direct_room(kind: type[Joined | Left]) -> None:
    assert b"" == PLAIN.encode(kind(room=LOBBY, users=[], count=2), "@alice")


def test_times_are_those_of_the_zone() -> None:
    wire = LineWire(False, datetime.timezone(datetime.timedelta(hours=5, minutes=30)))
    assert b"[#lobby] 14:44 <alice> hi\n" == wire.encode(said(), "#lobby")


def test_a_direct_rooms_lines_are_made_per_recipient() -> None:
    assert PLAIN.personal


NASTY = st.text(st.characters(codec=None), max_size=40)
NAMES = st.builds(User, st.just(1), NASTY, st.just("guest"))
PEOPLE = st.builds(Here, st.just(1), NASTY, st.just("guest"), st.just(("web",)), st.booleans(), NASTY)
EVENTS = st.one_of(
    st.builds(
        Said,
        room=st.just(1),
        seq=st.integers(1),
        at=st.just(AT),
        sender=NAMES,
        text=NASTY,
        reply_to=st.none() | st.integers(1),
        me=st.booleans(),
        edited=st.booleans(),
        deleted=st.booleans(),
    ),
    st.builds(Joined, room=st.just(1), users=st.lists(PEOPLE, max_size=12), count=st.just(1)),
    st.builds(
        Presence, room=st.just(1), count=st.just(1), came=st.lists(PEOPLE, max_size=7), went=st.lists(NAMES)
    ),
)


@given(EVENTS, st.booleans())
def test_nothing_that_somebody_wrote_can_act_or_look_like_a_line_of_ours(
    event: RoomEvent, numbers: bool
) -> None:
    shown = LineWire(numbers, UTC).encode(event, "#lobby").decode()
    assert all(character in "\n\t" or character.isprintable() or ord(character) > 0x9F for character in shown)
    assert not {"\x85", "\u2028", "\u2029", "\u202e", "\u200f", "\u061c"} & set(shown)
    if isinstance(event, Said):
        assert all(line.startswith("[#lobby") for line in shown.removesuffix("\n").split("\n"))
        assert shown.endswith("\n")


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1))
def test_harmless_text_arrives_as_it_was_said(text: str) -> None:
    assert f"[#lobby] 09:14 <alice> {text}\n".encode() == PLAIN.encode(said(text=text), "#lobby")
