"""Nothing that a person wrote drives another person's terminal."""

import pytest

from chatd.wires.line.safe import quoted, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 👩‍👩‍👧 and\ttabs", "plain, ünïcode, 👩‍👩‍👧 and\ttabs"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x00\x07\n\r\x7f", "\\x00\\x07\\x0a\\x0d\\x7f"),
        ("\x80\x9b\x9f", "\\x80\\x9b\\x9f"),
        ("\u2028\u2029", "\\u2028\\u2029"),
        ("\u200e\u200f\u061c", "\\u200e\\u200f\\u061c"),
        ("\u202a\u202e\u2066\u2069", "\\u202a\\u202e\\u2066\\u2069"),
        ("\ud800\udfff", "\\ud800\\udfff"),
    ],
)
def test_what_acts_is_written_out(text: str, shown: str) -> None:
    assert shown == visible(text)


def test_free_text_cannot_close_its_quotes() -> None:
    assert r'"a \"b\" \\ c\x0a"' == quoted('a "b" \\ c\n')
