"""Finding messages by their words.

Each room that the user belongs to is asked for its own, the newest first, and what they give is put together.
So what is found, in which order, and whether there is more come of these rooms alone, and so does nearly all
of the time that it takes. A room is asked only when its newest entry could be the next that is found.

This is SQLite's own SQL, which PostgreSQL would say in another way.
"""

import heapq
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic
from typing import Any, NamedTuple

from sqlalchemy import Connection

from chatd.model import ChatError, Code, Place, Said, Sought, terms
from chatd.storage import pages
from chatd.storage.dialect import driver_of
from chatd.storage.indexing import LOW, number

SECONDS_MOST = 0.25
"""How long one search may hold a reader."""
EVEN_SECONDS = 0.02
"""Answers come after a multiple of this, so that their time does not tell how often a word is said elsewhere:
a hundred times in rooms of others are some 0.5 ms more."""
STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock."""
RANKED_MOST = 500
"""Messages, the newest that have all the words, among which those that fit best are looked for."""
AT_FIRST = 8
"""Messages that a room is asked for at once, then four times as many, and so on."""
AT_MOST = 512
PLAIN_TERMS = 25
"""Of a message as many are."""

_ROOMS = """
    SELECT m.room, r.at, r.head, r.floor, r.indexed FROM members m JOIN rooms r ON r.id = m.room
    WHERE m.user = :user AND m.member IS 1 AND r.destroyed IS 0 AND (:room IS NULL OR m.room = :room)
    AND (:since IS NULL OR r.at >= :since)
    AND (:by IS NULL OR EXISTS (SELECT 1 FROM members o WHERE o.user = :by AND o.room = m.room))
"""
"""Whoever has said something in a room has a row there, after leaving it too."""
_PLACE = """
    SELECT e.at, e.room, e.seq FROM members m JOIN entries e ON e.room = m.room
    WHERE m.user = :user AND m.member IS 1 AND e.room = :place AND e.seq = :seq
"""
"""Of a room that one is not in, one does not learn when something was said there."""
_FILTERS = """
    e.room = :one AND e.kind = 'said' AND NOT e.deleted
    AND e.author NOT IN (SELECT ignored FROM ignores WHERE user = :user)
    AND (:by IS NULL OR e.author = :by)
    AND (:link = 0 OR e.text LIKE '%http://_%' OR e.text LIKE '%https://_%')
"""
_PLAIN = "SELECT e.at, e.seq, e.text FROM entries e WHERE e.seq BETWEEN :low AND :high AND"
_INDEXED = f"""
    SELECT e.at, e.seq, e.text FROM words f CROSS JOIN entries e ON e.seq = :base + (~f.rowid & {LOW})
    WHERE words MATCH :match AND f.rowid BETWEEN :first AND :last AND
"""
_AT = "SELECT at FROM entries WHERE room = ? AND seq >= ? ORDER BY seq LIMIT 1"


class _Room(NamedTuple):
    id: int
    at: int
    """When its newest entry was made."""
    head: int
    floor: int
    indexed: int


class _End(NamedTuple):
    """The last message of the page before."""

    at: int
    room: int
    seq: int


class _One(NamedTuple):
    """A message that was found."""

    at: int
    room: int
    seq: int
    text: str


class _TooLong(Exception):
    """The time is over."""


def search(
    connection: Connection, user: int, sought: Sought, before: Place | None, skip: int, limit: int
) -> tuple[list[Said], bool]:
    """Messages that have all of this, in the rooms of the user; and whether there is more."""
    searching = _Searching(driver_of(connection), user, sought)
    if sought.best:
        found = _ranked(sought, searching.newest(None, RANKED_MOST))[skip:]
        more = len(found) > limit
    else:
        found = searching.newest(before, limit + 1)
        more = len(found) > limit or searching.given_up
    return pages.messages_at(connection, [Place(one.room, one.seq) for one in found[:limit]]), more


class _Searching:
    """One search, in one moment of the database."""

    def __init__(self, driver: sqlite3.Connection, user: int, sought: Sought) -> None:
        self.given_up = False
        """Its time was over: what was found is right, but not all."""
        self._driver = driver
        self._sought = sought
        self._words = [_apart(words) for words in sought.words]
        likes = {f"like{at}": f"%{letter}%" for at, letter in enumerate(sought.letters)}
        self._filters = _FILTERS + "".join(f" AND e.text LIKE :{like}" for like in likes)
        self._values: dict[str, Any] = {
            **likes,
            "user": user,
            "room": sought.room,
            "by": sought.by,
            "since": sought.since,
            "link": int(sought.link),
            "match": " ".join(f'"{words}"' for words in sought.words),
        }

    def newest(self, before: Place | None, limit: int) -> list[_One]:
        """The newest older than `before`; raises ChatError where the time is over before any is found."""
        found: list[_One] = []
        try:
            with _bounded(self._driver), closing(self._driver.cursor()) as cursor:
                for one in self._merged(cursor, before):
                    found.append(one)
                    if len(found) == limit:
                        break
        except _TooLong:
            if not found:
                raise ChatError(
                    Code.UNAVAILABLE, "This search takes too long. Give more words, or say where: in:ROOM."
                ) from None
            self.given_up = True
        return found

    def _merged(self, cursor: sqlite3.Cursor, before: Place | None) -> Iterator[_One]:
        """What is found in all rooms, the newest first, and of one moment that of the greatest room."""
        end = None
        if before is not None:
            place = {"user": self._values["user"], "place": before.room, "seq": before.seq}
            row = cursor.execute(_PLACE, place).fetchone()
            if row is None:
                return
            end = _End(*row)
        # What each room has next; of one that was not asked yet, when its newest entry was made.
        waiting: list[tuple[int, int, Iterator[_One], _One | None]] = []
        for room in map(_Room._make, cursor.execute(_ROOMS, self._values).fetchall()):
            latest = room.at if end is None else min(room.at, end.at)
            waiting.append((-latest, -room.id, self._of_room(cursor, room, end), None))
        heapq.heapify(waiting)
        while waiting:
            _, which, its, one = waiting[0]
            if one is not None:
                yield one
            one = next(its, None)
            if one is None:
                heapq.heappop(waiting)
            else:
                heapq.heapreplace(waiting, (-one.at, which, its, one))

    def _of_room(self, cursor: sqlite3.Cursor, room: _Room, end: _End | None) -> Iterator[_One]:
        """What is found in one room, the newest first: what is not in the index yet is read."""
        low, high = self._span(cursor, room, end)
        if not self._words:
            yield from self._chunks(cursor, _PLAIN, room, low, high)
            return
        for one in self._chunks(cursor, _PLAIN, room, max(low, room.indexed + 1), high):
            said = _apart(terms(one.text))
            if all(words in said for words in self._words):
                yield one
        high = min(high, room.indexed)
        while low <= high:
            base = high & ~LOW
            yield from self._chunks(cursor, _INDEXED, room, max(low, base), high)
            high = base - 1

    def _span(self, cursor: sqlite3.Cursor, room: _Room, end: _End | None) -> tuple[int, int]:
        """The first and the last seq that can be found. The times of a room's entries are in their order."""
        low, high = room.floor + 1, room.head
        if end is not None and end.room == room.id:
            high = min(high, end.seq - 1)
        elif end is not None:
            high = _last_before(cursor, room, high, end.at + (room.id < end.room))
        if self._sought.until is not None:
            high = _last_before(cursor, room, high, self._sought.until)
        if self._sought.since is not None:
            low = _last_before(cursor, room, high, self._sought.since) + 1
        return low, high

    def _chunks(self, cursor: sqlite3.Cursor, query: str, room: _Room, low: int, high: int) -> Iterator[_One]:
        """What the query gives between these seqs, which are neighbours in the index."""
        size, base = AT_FIRST, high & ~LOW
        order = "f.rowid" if query is _INDEXED else "e.seq DESC"
        text = f"{query} {self._filters} ORDER BY {order} LIMIT :size"
        values = self._values | {"one": room.id, "low": low, "base": base, "last": number(room.id, low)}
        while low <= high:
            values |= {"high": high, "first": number(room.id, high), "size": size}
            rows = cursor.execute(text, values).fetchall()
            for at, seq, said in rows:
                yield _One(at, room.id, seq, said)
            if len(rows) < size:
                return
            high = rows[-1][1] - 1
            size = min(4 * size, AT_MOST)


def _last_before(cursor: sqlite3.Cursor, room: _Room, high: int, at: int) -> int:
    """The last seq up to `high` of an entry made before then; the room's floor where there is none."""
    if room.at < at:
        return high

    def is_before(seq: int) -> bool:
        row = cursor.execute(_AT, (room.id, seq)).fetchone()
        return row is not None and row[0] < at

    after, seq, step = high + 1, high, 1
    while seq > room.floor and not is_before(seq):
        after, seq, step = seq, seq - step, 2 * step
    before = max(seq, room.floor)
    while after - before > 1:
        middle = (before + after) // 2
        if is_before(middle):
            before = middle
        else:
            after = middle
    return before


def _ranked(sought: Sought, found: list[_One]) -> list[_One]:
    """What fits best first, and of what fits as well the newest.

    As BM25 has it, but for how rare a word is: that would tell of rooms which the user does not know.
    """
    return sorted(found, key=lambda one: _fitness(sought, one.text), reverse=True)


def _fitness(sought: Sought, text: str) -> float:
    """How often a text has what is looked for; it is less in a longer one."""
    said = terms(text)
    length = 1.2 * (0.25 + 0.75 * (said.count(" ") + 1) / PLAIN_TERMS)
    apart = _apart(said)
    often = [apart.count(_apart(words)) for words in sought.words] + [
        text.count(one) for one in sought.letters
    ]
    return sum(one / (one + length) for one in often)


def _apart(terms: str) -> str:
    """With a blank on both sides of each, so that one sequence of them is found in another."""
    return f" {terms.replace(' ', '  ')} "


@contextmanager
def _bounded(driver: sqlite3.Connection) -> Iterator[None]:
    """Interrupt what the driver does when the time is over; raises _TooLong."""
    until = monotonic() + SECONDS_MOST
    driver.set_progress_handler(lambda: monotonic() > until, STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise _TooLong from None
    finally:
        driver.set_progress_handler(None, 0)
