"""The index of search: filled behind what is said, and written anew without what was removed.

It is an FTS5 table without text: a row for each message, its terms made in Python, with a number from which
room and seq can be told. What was said in a room up to `rooms.indexed` is in it; `learn` brings it on, some
entries in each transaction, so that whoever says something never waits for the index. Triggers (migration
0029) take out what is edited or removed, whoever does it.
"""

from sqlalchemy import Connection, func, select

from chatd.model import terms
from chatd.storage.dialect import driver_of
from chatd.storage.schema import not_indexed, rooms

LEARNT_AT_ONCE = 200
"""Entries that one transaction puts into the index: some milliseconds."""
MERGED_PAGES = 200
"""Of 4 KiB, in one step of writing the index anew: some 10 ms of the writer's."""

MANY = 10_000
"""Entries that are not in the index yet: an operator is told."""

_LOW_BITS = 16
_ROOM_BITS = 28
LOW = (1 << _LOW_BITS) - 1
"""So many seqs of a room, and one, stand next to each other in the index."""

_unread = "SELECT seq, CASE WHEN kind = 'said' AND NOT deleted THEN text END FROM entries"


def number(room: int, seq: int) -> int:
    """The row of a message: rooms lie next to each other, which keeps the index small.

    In a room the newest of each `LOW` + 1 comes first: FTS5 needs twice as long to read backwards.
    """
    return (seq >> _LOW_BITS) << (_LOW_BITS + _ROOM_BITS) | room << _LOW_BITS | ~seq & LOW


def behind(connection: Connection) -> int:
    """How many entries are not in the index yet."""
    entries = func.coalesce(func.sum(rooms.c.head - rooms.c.indexed), 0)
    count: int = connection.execute(select(entries).where(not_indexed)).scalar_one()
    return count


def learn(connection: Connection) -> bool:
    """Put some of what is not in the index into it; whether there may be more."""
    rows = connection.execute(
        select(rooms.c.id, rooms.c.head, rooms.c.indexed).where(not_indexed).limit(LEARNT_AT_ONCE)
    ).all()
    driver = driver_of(connection)
    found: list[tuple[int, str]] = []
    reached: list[tuple[int, int]] = []
    left = LEARNT_AT_ONCE
    for room, head, indexed in rows:
        if left <= 0:
            break
        read = driver.execute(
            f"{_unread} WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?", (room, indexed, left)
        ).fetchall()
        found += [(number(room, seq), terms(text)) for seq, text in read if text is not None]
        reached.append((read[-1][0] if len(read) == left else head, room))
        left -= len(read)
    # In the order of their numbers, or FTS5 would write a part of the index for each of them.
    for row in sorted(found):
        driver.execute("INSERT INTO words(rowid, terms) VALUES (?, ?)", row)
    if found:
        # Where it is being written anew, that is enough.
        driver.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('index', 'changed')")
    driver.executemany("UPDATE rooms SET indexed = ? WHERE id = ?", reached)
    return left <= 0 or len(rows) == LEARNT_AT_ONCE


def tidy(connection: Connection, first: bool) -> bool:
    """Take a step in writing the index anew, as one part, without what was removed; whether more is to do.

    FTS5 notes a removal beside the words, and both go when the parts of the index that have them are merged;
    its option `secure-delete` came with SQLite 3.42. And each part costs every search a look of its own. In
    `meta`, `index` is `changed` where something is to do, and `merging` when that was begun: what is removed
    from then on is for the next time, which begins with its `first` step.
    """
    driver = driver_of(connection)
    row = driver.execute("SELECT value FROM meta WHERE name = 'index'").fetchone()
    if row is None:
        return False
    begin = first and row[0] == "changed"
    if begin:
        driver.execute("UPDATE meta SET value = 'merging' WHERE name = 'index'")
    before = driver.total_changes
    # A negative number begins with all parts, a positive one goes on with what was begun.
    pages = -MERGED_PAGES if begin else MERGED_PAGES
    driver.execute("INSERT INTO words(words, rank) VALUES ('merge', ?)", (pages,))
    more = driver.total_changes - before > 1
    if not more:
        driver.execute("DELETE FROM meta WHERE name = 'index' AND value = 'merging'")
    return more
