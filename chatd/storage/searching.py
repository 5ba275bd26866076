"""Finding messages by their words. Triggers keep the indexes (migration 0025), whoever changes entries.

This is SQLite's own SQL, which PostgreSQL would say in another way. An index (FTS5) has a row for each
message that can be found, whose number is its room and its seq.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from sqlalchemy import Connection

from chatd.model import ChatError, Code, Place, Said, Sought
from chatd.storage import pages
from chatd.storage.dialect import driver_of

SECONDS_MOST = 0.5
"""How long one search may hold a reader."""
STEPS = 10_000
"""Of SQLite's machine, between two looks at the clock."""
MERGED_PAGES = 500
"""Of 4 KiB, in one step: some 10 ms of the writer's."""
STEPS_MOST = 200
"""In an hour: an index that changes all the time is not written anew again and again."""
TRIGRAM = 3
"""Fewer letters are not in the index of letters."""

_SEQ_BITS = 40
_SEQS = (1 << _SEQ_BITS) - 1
_ROOMS = "SELECT room FROM members WHERE user = :user AND member IS 1 AND (:room IS NULL OR room = :room)"
_FILTERS = f"""
    e.kind = 'said' AND NOT e.deleted AND e.room IN ({_ROOMS})
    AND e.seq > (SELECT floor FROM rooms WHERE id = e.room)
    AND e.author NOT IN (SELECT ignored FROM ignores WHERE user = :user)
    AND (:by IS NULL OR e.author = :by)
    AND (:since IS NULL OR e.at >= :since) AND (:until IS NULL OR e.at < :until)
    AND (:link = 0 OR e.text LIKE '%http://_%' OR e.text LIKE '%https://_%')
"""
_OLDER = """
    AND (:place IS NULL OR (e.at, e.room, e.seq) <
        ((SELECT at FROM entries WHERE room = :place AND seq = :seq), :place, :seq))
"""

_Values = dict[str, Any]


def search(
    connection: Connection, user: int, sought: Sought, before: Place | None, skip: int, limit: int
) -> tuple[list[Said], bool]:
    """Messages that have all of this, in the rooms of the user; and whether there is more."""
    index, values, also = _matching(sought)
    values |= {
        "user": user,
        "room": sought.room,
        "by": sought.by,
        "since": sought.since,
        "until": sought.until,
        "link": int(sought.link),
        "place": None if before is None else before.room,
        "seq": None if before is None else before.seq,
        "limit": limit + 1,
        "skip": skip,
    }
    driver = driver_of(connection)
    with _bounded(driver), closing(driver.cursor()) as cursor:
        if sought.best and index is not None:
            places = _best(cursor, index, values, also)
        else:
            places = _newest(cursor, index, values, also)
    found = [pages.message(connection, room, seq) for room, seq in places[:limit]]
    return [one for one in found if one is not None], len(places) > limit


def forget(connection: Connection, first: bool) -> bool:
    """Take a step in rewriting the indexes without what was deleted; whether there is more to do.

    FTS5 notes a removal beside the words and drops both when their parts of the index are merged; its option
    `secure-delete` came with SQLite 3.42. `first`: look at all parts, and not only at what was begun.
    """
    driver, more = driver_of(connection), False
    for index in ("words", "letters"):
        before = driver.total_changes
        pages = -MERGED_PAGES if first else MERGED_PAGES
        driver.execute(f"INSERT INTO {index}({index}, rank) VALUES ('merge', ?)", (pages,))
        more = more or driver.total_changes - before > 1
    return more


def _matching(sought: Sought) -> tuple[str | None, _Values, str]:
    """Which index is asked for what, and what else the text must have."""
    letters = list(sought.letters)
    index, match = None, [_phrase(one) for one in sought.words]
    if match:
        index = "words"
    elif long := [one for one in letters if len(one) >= TRIGRAM]:
        index, match = "letters", [_phrase(one) for one in long]
        letters = [one for one in letters if len(one) < TRIGRAM]
    values: _Values = {"match": " ".join(match)}
    values |= {f"like{at}": f"%{_literal(one)}%" for at, one in enumerate(letters)}
    return index, values, "".join(rf" AND e.text LIKE :like{at} ESCAPE '\'" for at in range(len(letters)))


def _phrase(text: str) -> str:
    """A string of FTS5's query language, in which nothing has a meaning of its own; SQLite ends at a NUL."""
    return '"' + text.replace('"', '""').replace("\0", " ") + '"'


def _literal(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_").replace("\0", "")


def _newest(cursor: sqlite3.Cursor, index: str | None, values: _Values, also: str) -> list[tuple[int, int]]:
    """The newest of each room, and of these the newest: in one room the index has them in their order."""
    found: list[tuple[int, int, int]] = []
    for (room,) in cursor.execute(_ROOMS, values).fetchall():
        values |= {"one": room, "low": room << _SEQ_BITS, "high": room << _SEQ_BITS | _SEQS}
        where = f"e.room = :one AND {_FILTERS} {_OLDER} {also}"
        if index is None:
            query = f"FROM entries e WHERE {where} ORDER BY e.seq DESC"
        else:
            query = (
                f"FROM {index} f CROSS JOIN entries e ON e.seq = (f.rowid & {_SEQS})"
                f" WHERE {index} MATCH :match AND f.rowid BETWEEN :low AND :high AND {where}"
                " ORDER BY f.rowid DESC"
            )
        found += cursor.execute(f"SELECT e.at, e.room, e.seq {query} LIMIT :limit", values)
    found.sort(reverse=True)
    return [(room, seq) for _, room, seq in found[: values["limit"]]]


def _best(cursor: sqlite3.Cursor, index: str, values: _Values, also: str) -> list[tuple[int, int]]:
    return cursor.execute(
        f"SELECT e.room, e.seq FROM {index} f CROSS JOIN entries e"
        f" ON e.room = (f.rowid >> {_SEQ_BITS}) AND e.seq = (f.rowid & {_SEQS})"
        f" WHERE {index} MATCH :match AND {_FILTERS} {also}"
        " ORDER BY f.rank, e.at DESC, e.room DESC, e.seq DESC LIMIT :limit OFFSET :skip",
        values,
    ).fetchall()


@contextmanager
def _bounded(driver: sqlite3.Connection) -> Iterator[None]:
    """Interrupt what the driver does when it takes too long."""
    until = time.monotonic() + SECONDS_MOST
    driver.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
        raise ChatError(
            Code.UNAVAILABLE, "This search takes too long. Give more words, or say where: in:ROOM."
        ) from None
    finally:
        driver.set_progress_handler(None, 0)
