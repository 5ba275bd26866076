"""Names of users and rooms: one rule, safe on every wire."""

import re
import unicodedata

from chatd.model.errors import ChatError, Code
from chatd.model.likeness import likenesses

RESERVED = frozenset("room here all everyone me stored system server chatd admin deleted".split())
"""Names that nobody may take: they mean something in a mention, a receipt or a log."""

LOBBY = "lobby"
"""The room that everybody is put in."""
DELETED = "deleted"
"""What somebody is called whose account is deleted."""

NAME_PATTERN = r"[a-z][a-z0-9_-]{0,30}"

_NAME = re.compile(NAME_PATTERN)


def fold_name(text: str) -> str:
    """The name that `text` means, in lower case; raises ChatError `bad_name`."""
    name = text.lower()
    if not _NAME.fullmatch(name):
        raise ChatError(
            Code.BAD_NAME,
            "A name begins with a letter a-z and has at most 31 letters, digits, hyphens and underscores.",
        )
    return name


def valid_name(text: str) -> str:
    """A name that somebody may newly take; raises ChatError `bad_name`, for a reserved one too."""
    name = fold_name(text)
    if name in RESERVED:
        raise ChatError(Code.BAD_NAME, f'The name "{name}" is reserved. Choose another one.')
    return name


DISPLAY_CHARS_MOST = 64
_JOINERS = "\u200c\u200d"
"""They act on no other text, and Persian and emoji need them (Unicode UAX #31, section 2.3)."""
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def valid_display_name(text: str) -> str:
    """Free text to be called by, composed and without blanks around it; raises ChatError `bad_name`."""
    name = _composed(text)
    if not 1 <= len(name) <= DISPLAY_CHARS_MOST:
        raise ChatError(Code.BAD_NAME, f"A display name has 1 to {DISPLAY_CHARS_MOST} characters.")
    if not _can_be_seen(name):
        raise ChatError(Code.BAD_NAME, "A display name is one line of characters that can be seen.")
    if likenesses(name) & RESERVED:
        raise ChatError(Code.BAD_NAME, "That looks like a name that is reserved. Choose another one.")
    return name


TOPIC_CHARS_MOST = 250


def valid_topic(text: str) -> str:
    """What a room is about, composed and without blanks around it; raises ChatError. Empty is valid."""
    return _one_line(text, "A topic", TOPIC_CHARS_MOST)


REASON_CHARS_MOST = 250


def valid_reason(text: str) -> str:
    """Why somebody did something, composed and without blanks around it; raises ChatError. Empty is valid."""
    return _one_line(text, "A reason", REASON_CHARS_MOST)


def _one_line(text: str, called: str, most: int) -> str:
    line = _composed(text)
    if len(line) > most:
        raise ChatError(Code.TOO_LONG, f"{called} has at most {most} characters.")
    if _UNSHOWN.intersection(unicodedata.category(char) for char in line if char not in _JOINERS):
        raise ChatError(Code.BAD_REQUEST, f"{called} is one line of characters that can be seen.")
    return line


STATUS_CHARS_MOST = 100


def valid_status(text: str) -> str:
    """A few words about oneself, or none, composed and without blanks around; raises ChatError."""
    status = _composed(text)
    if len(status) > STATUS_CHARS_MOST:
        raise ChatError(Code.TOO_LONG, f"A status has at most {STATUS_CHARS_MOST} characters.")
    if status and not _can_be_seen(status):
        raise ChatError(Code.BAD_REQUEST, "A status is one line of characters that can be seen.")
    return status


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text.strip())


def _can_be_seen(line: str) -> bool:
    kinds = [unicodedata.category(char) for char in line if char not in _JOINERS]
    return bool(kinds) and not _UNSHOWN.intersection(kinds) and any(kind[0] not in "MZ" for kind in kinds)


FILE_NAME_CHARS_MOST = 120


def file_name(text: str) -> str:
    """What a file that somebody calls so is called here: one line that can be seen, without directories.

    Nothing is refused: people do not choose the names of the files that they are sent.
    """
    last = _composed(text.replace("\\", "/").rstrip("/").rpartition("/")[2])
    shown = "".join("_" if unicodedata.category(char) in _UNSHOWN else char for char in last)
    if len(shown) > FILE_NAME_CHARS_MOST:
        stem, dot, ending = shown.rpartition(".")
        ending = (dot + ending) if stem and len(ending) < 16 else ""
        shown = shown[: FILE_NAME_CHARS_MOST - len(ending)] + ending
    return shown if shown.strip("._ ") else "file"


PARTICIPANTS_MOST = 10
"""People in a direct room."""


def direct_name(others: list[str]) -> str:
    """How a direct room is called by one participant: `@` and the names of the others."""
    return "@" + ",".join(others)
