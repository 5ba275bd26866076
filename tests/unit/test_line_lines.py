"""Bytes become lines, wherever they are split, and no line costs more than its bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.wires.line.lines import Line, Lines

ENDS = b"abcd\r\n\0"


def whole(data: bytes, limit_bytes: int = 20) -> list[Line]:
    return Lines(limit_bytes).feed(data)


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"one\ntwo\n", [Line(b"one", False, False), Line(b"two", False, False)]),
        (b"one\r\n", [Line(b"one", True, False)]),
        (b"one\r\0", [Line(b"one", True, False)]),
        (b"a\rb\0c\n", [Line(b"a\rb\0c", False, False)]),
        (b"\n", [Line(b"", False, False)]),
        (b"unfinished", []),
    ],
)
def test_line_ends(data: bytes, lines: list[Line]) -> None:
    assert lines == whole(data)


def test_a_line_that_is_too_long_is_told_once_and_dropped_to_its_end() -> None:
    lines = Lines(4)
    assert [Line(b"ok", False, False), Line(b"1234", False, True)] == lines.feed(b"ok\n12345")
    assert [] == lines.feed(b"67890" * 1000)
    assert b"" == lines.beginning(10)
    assert [Line(b"next", False, False)] == lines.feed(b"end\nnext\n")


def test_a_line_as_long_as_allowed_is_taken() -> None:
    assert [Line(b"1234", False, False)] == whole(b"1234\n", 4)
    assert [Line(b"1234", False, True)] == whole(b"12345\n", 4)


def test_only_the_beginning_of_a_long_line_is_kept() -> None:
    [line] = whole(b"x" * 100_000 + b"\n")
    assert len(line.data) <= 1024


def test_the_unfinished_line_can_be_forgotten() -> None:
    lines = Lines(20)
    lines.feed(b"/log")
    lines.forget()
    assert [Line(b"hi", False, False)] == lines.feed(b"hi\n")


@given(st.lists(st.lists(st.sampled_from(list(ENDS)), max_size=9).map(bytes), max_size=9), st.integers(0, 6))
def test_the_cuts_do_not_matter(parts: list[bytes], limit_bytes: int) -> None:
    lines = Lines(limit_bytes)
    cut = [line for part in parts for line in lines.feed(part)]
    uncut = whole(b"".join(parts), limit_bytes)
    assert [line if not line.too_long else "too long" for line in uncut] == [
        line if not line.too_long else "too long" for line in cut
    ]
