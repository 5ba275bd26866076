"""What somebody who searches has typed, and where it stands in what was found. Pure."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import NamedTuple

from chatd.model import UNSPACED, ChatError, Code

_PART = re.compile(r'(?:(from|in|before|after|has):)?(?:"([^"]*)"?|([^\s"]+))', re.IGNORECASE)
_UNSPACED = re.compile(f"[{UNSPACED}]")
_WORD = re.compile(r"[^\W_]+")


class Terms(NamedTuple):
    """A query, read."""

    words: tuple[str, ...]
    letters: tuple[str, ...]
    by: str | None
    room: str | None
    since: int | None
    until: int | None
    link: bool


def read(query: str) -> Terms:
    """Words, "phrases", `from:`, `in:`, `before:`, `after:` and `has:link`; raises ChatError."""
    words: list[str] = []
    letters: list[str] = []
    given: dict[str, str] = {}
    for found in _PART.finditer(query):
        key, value = (found[1] or "").lower(), found[2] if found[2] is not None else found[3]
        if key:
            given[key] = value.strip()
        elif _WORD.search(value):
            (letters if _UNSPACED.search(value) else words).append(" ".join(value.split()))
    if given.get("has", "link") != "link":
        raise ChatError(Code.BAD_REQUEST, "Only has:link is known.")
    after, before = given.get("after"), given.get("before")
    terms = Terms(
        tuple(words),
        tuple(letters),
        given["from"].removeprefix("@") if "from" in given else None,
        given["in"].removeprefix("#") if "in" in given else None,
        None if after is None else _day_ms(after),
        None if before is None else _day_ms(before),
        "has" in given,
    )
    if not words and not letters and not given:
        raise ChatError(Code.BAD_REQUEST, "Say what to look for: a word of it at least.")
    return terms


def _day_ms(text: str) -> int:
    """When this day begins, in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ChatError(Code.BAD_REQUEST, "A day is written as 2026-11-28.") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def marks(text: str, terms: Terms) -> list[tuple[int, int]]:
    """Where the words stand in a text: from and to, in characters, ascending, none inside another."""
    found = [(at.start(), at.end()) for at in _WORD.finditer(text)]
    bare = [_bare(text[start:end]) for start, end in found]
    marked: list[tuple[int, int]] = []
    for phrase in terms.words:
        wanted = [_bare(one[0]) for one in _WORD.finditer(phrase)]
        last = len(wanted) - 1
        places = (at for at in range(len(bare) - last) if bare[at : at + last + 1] == wanted)
        marked += [(found[at][0], found[at + last][1]) for at in places]
    for letters in terms.letters:
        marked += [(at.start(), at.end()) for at in re.finditer(re.escape(letters), text, re.IGNORECASE)]
    joined: list[tuple[int, int]] = []
    for start, end in sorted(marked):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _bare(word: str) -> str:
    """Without case and accents, as the index has it."""
    apart = unicodedata.normalize("NFD", word.casefold())
    return "".join(one for one in apart if not unicodedata.combining(one))
