"""Server-sent events, and the ids that say where a reader is."""

import json

from hypothesis import given
from hypothesis import strategies as st

from chatd.model import CLOSINGS, Close, Gathered, Said, User
from chatd.wires import sse

ALICE = User(1, "alice", "user")
SAID = Said(room=1, seq=2, at=3, sender=ALICE, text="one\ntwo\r\u2028three")


def test_an_event_is_one_line_of_data() -> None:
    event = sse.EventStreamWire().encode(SAID, "#lobby")
    assert event.startswith(b"data: {")
    assert event.endswith(b"}\n\n")
    assert 2 == event.count(b"\n") and 0 == event.count(b"\r")
    assert SAID.text == json.loads(event[6:])["text"]


def test_what_was_told_one_by_one_is_not_told_again() -> None:
    gathered = Gathered(room=1, target=2, came={}, went={})
    assert b"" == sse.EventStreamWire().encode(gathered, "#lobby")


def test_the_last_event_says_why() -> None:
    for why, closing in CLOSINGS.items():
        first, second, *rest = sse.closing(why).decode().split("\n")
        assert ("event: close", ["", ""]) == (first, rest)
        assert closing._asdict() == json.loads(second.removeprefix("data: "))
    assert Close.BANNED in CLOSINGS


def test_a_place_is_an_id_and_no_event() -> None:
    assert b"id: abc;1:4712,7:15\n\n" == sse.place("abc", {7: 15, 1: 4712})
    assert b"id: abc;\n\n" == sse.place("abc", {})


@given(st.dictionaries(st.integers(1, 2**53 - 1), st.integers(0, 2**53 - 1), max_size=20))
def test_a_place_is_read_as_it_was_written(positions: dict[int, int]) -> None:
    written = sse.place("abc", positions).decode().removeprefix("id:").strip()
    assert positions == sse.positions(written, "abc")


@given(st.text())
def test_any_text_is_a_place_or_none(text: str) -> None:
    for room, seq in sse.positions("abc;" + text, "abc").items():
        assert room >= 0 and seq >= 0


def test_a_place_of_another_epoch_is_none() -> None:
    assert {} == sse.positions("old;1:4712", "abc")
    assert {} == sse.positions("", "abc")
    assert {1: 2} == sse.positions("abc;1:2,x:3,4", "abc")
