"""What is looked for, when every name in it is known; and what the words of a text are.

One definition of a word serves what is stored in the index, what is asked of it, and what is marked.
"""

import re
import unicodedata

from msgspec import Struct

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Burmese, Khmer, Han, kana and bopomofo, as ranges: scripts that put no spaces between words; and
Hangul, which writes what belongs to a word onto it."""

_POINTS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a"
    "\u0640\u064b-\u065f\u0670"
)
"""Accents, points and what only stretches a word: people leave them out."""
_INDIC = "\u0900-\u0963\u0966-\u096f\u0971-\u0df3\u0f00\u0f18-\u0f39\u0f40-\u0fbc"
"""Scripts with vowels that Python does not take for letters."""
_POINT = re.compile(f"[{_POINTS}]+")
_RUN = re.compile(rf"([{UNSPACED}]+)|(?:[^\W_{UNSPACED}]+|[{_INDIC}]+)+")


class Sought(Struct, frozen=True):
    """All of this, in one message."""

    words: tuple[str, ...] = ()
    """Each as its terms, which stand in the text in this order, next to each other."""
    letters: tuple[str, ...] = ()
    """Single ones, in scripts without spaces: they may stand anywhere in the text."""
    by: int | None = None
    """Who said it."""
    room: int | None = None
    since: int | None = None
    """When: milliseconds since 1970, UTC."""
    until: int | None = None
    """Before then."""
    link: bool = False
    """There is a link in it."""
    best: bool = False
    """What fits best comes first, and not what is newest."""


def folded(text: str) -> str:
    """Without case, accents and differences that only how it is written makes, as full-width letters."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return unicodedata.normalize("NFC", _POINT.sub("", apart))


def terms(text: str) -> str:
    """What the index has of a text, with blanks between: words, and in scripts without spaces each two
    neighbours, and the last letter alone.

    The index holds it: whoever changes what it gives makes the index anew, by a migration.
    """
    return " ".join(term for term, _, _ in spans(folded(text)))


def spans(plain: str) -> list[tuple[str, int, int]]:
    """The terms of a folded text, and where they stand in it."""
    return [one for run in _RUN.finditer(plain) for one in _of_run(run)]


def phrase(text: str) -> tuple[str, str]:
    """The terms of what is looked for, and a letter beside them for which the index cannot be asked.

    In a script without spaces a text may go on behind it, and then its last letter alone is no term.
    """
    runs = list(_RUN.finditer(folded(text)))
    found = [term for run in runs for term, _, _ in _of_run(run)]
    if not runs or runs[-1][1] is None:
        return " ".join(found), ""
    last = found.pop()
    return " ".join(found), last if len(runs[-1][0]) == 1 else ""


def _of_run(run: re.Match[str]) -> list[tuple[str, int, int]]:
    start, end = run.span()
    if run[1] is None:
        return [(run[0], start, end)]
    letters = run[0]
    return [(letters[at : at + 2], start + at, min(start + at + 2, end)) for at in range(len(letters))]


def clusters(text: str) -> list[tuple[int, int]]:
    """Where its letters stand, each with all that is written onto it."""
    starts = [at for at, letter in enumerate(text) if not at or not _is_added(letter)]
    return list(zip(starts, [*starts[1:], len(text)], strict=True))


def _is_added(letter: str) -> bool:
    """Marks, half-width voiced marks, and the vowels and endings of Korean syllables."""
    return (
        letter in "\uff9e\uff9f" or "\u1160" <= letter <= "\u11ff" or unicodedata.category(letter)[0] == "M"
    )
