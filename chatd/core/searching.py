"""What somebody who searches has typed, and where it stands in what was found. Pure."""

import re
from datetime import UTC, date, datetime
from typing import NamedTuple

from chatd.model import ChatError, Code, clusters, folded, phrase, spans

_PART = re.compile(
    r'(from|in|before|after|has):\s*(?:"([^"]*)"?|([^\s"]*))|"([^"]*)"?|([^\s"]+)', re.IGNORECASE
)
_MISSING = {
    "from": "Say whose messages: from:NAME.",
    "in": "Say which room: in:ROOM.",
    "before": "Say before which day: before:2026-11-28.",
    "after": "Say after which day: after:2026-11-28.",
    "has": "Only has:link is known.",
}


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
        value = next(one for one in found.groups()[1:] if one is not None)
        if found[1]:
            _give(given, found[1].lower(), value.strip())
            continue
        together, letter = phrase(value)
        words += [together] if together else []
        letters += [letter] if letter else []
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


def _give(given: dict[str, str], key: str, value: str) -> None:
    if not value or (key == "has" and value != "link"):
        raise ChatError(Code.BAD_REQUEST, _MISSING[key])
    if given.get(key, value) != value:
        raise ChatError(Code.BAD_REQUEST, f"Give {key}: once: a message has to be all that is asked for.")
    given[key] = value


def _day_ms(text: str) -> int:
    """When this day begins, in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ChatError(Code.BAD_REQUEST, "A day is written as 2026-11-28.") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000)


def marks(text: str, terms: Terms) -> list[tuple[int, int]]:
    """Where the words stand in a text: from and to, in characters, ascending, none inside another."""
    plain, places = _folded_in_place(text)
    found = spans(plain)
    marked: list[tuple[int, int]] = []
    for together in terms.words:
        wanted = together.split()
        last = len(wanted) - 1
        starts = (at for at in range(len(found) - last) if _stands_at(wanted, found, at))
        marked += [(found[at][1], found[at + last][2]) for at in starts]
    for letter in terms.letters:
        marked += [(at, at + 1) for at, one in enumerate(plain) if one == letter]
    joined: list[tuple[int, int]] = []
    for start, end in sorted((places[start][0], places[end - 1][1]) for start, end in marked):
        if joined and start < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _stands_at(wanted: list[str], found: list[tuple[str, int, int]], at: int) -> bool:
    return all(term == found[at + further][0] for further, term in enumerate(wanted))


def _folded_in_place(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text folded, and where in the text each of its letters comes from."""
    if text.isascii():
        return folded(text), [(at, at + 1) for at in range(len(text))]
    pieces: list[str] = []
    places: list[tuple[int, int]] = []
    for start, end in clusters(text):
        piece = folded(text[start:end])
        pieces.append(piece)
        places += [(start, end)] * len(piece)
    return "".join(pieces), places
