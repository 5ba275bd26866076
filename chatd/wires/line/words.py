"""What may follow a command: words, numbers, nothing."""

from collections.abc import Callable
from typing import NamedTuple

from chatd.model import ChatError, Code, fold_name
from chatd.wires.line.talk import Talk

SEQ_MOST = 2**53 - 1


class Verb(NamedTuple):
    """One row of the table of commands."""

    name: str
    usage: str
    """What follows the name."""
    gives: str
    carry_out: Callable[[Talk, str], None]
    """Takes what follows the name; raises ChatError to refuse, with an empty text for a wrong usage."""


def one_word(rest: str) -> str:
    """The only word."""
    words = rest.split()
    if len(words) != 1:
        raise misused()
    return words[0]


def user_name(rest: str) -> str:
    """The only word, as the name of a user."""
    return fold_name(one_word(rest.removeprefix("@")))


def nothing(rest: str) -> None:
    """Nothing may follow."""
    if rest.strip():
        raise misused()


def number(rest: str, least: int, most: int) -> int:
    """The only word, which is a number within these bounds."""
    word = one_word(rest)
    if not (word.isascii() and word.isdigit() and len(word) <= 16 and least <= int(word) <= most):
        raise misused()
    return int(word)


def message_number(rest: str) -> int:
    """The number of a message, or -1 for what one said last."""
    return -1 if rest.strip() == "-1" else number(rest, 1, SEQ_MOST)


def switched_on(rest: str) -> bool:
    """Whether the only word is `on`, and not `off`."""
    word = one_word(rest).lower()
    if word not in ("on", "off"):
        raise misused()
    return word == "on"


def misused() -> ChatError:
    """The usage is wrong; what it should be is in the table."""
    return ChatError(Code.BAD_REQUEST, "")
