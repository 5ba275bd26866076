"""What the index of search costs beside storing messages, and what a search takes.

`.venv/bin/python bench/search.py [MESSAGES]`: the same messages are appended to two databases, in
transactions of 64, each on disk; in one the index is filled behind them. Ratios count; the seconds are this
machine's.
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection

from chatd.model import Draft, Sought, User
from chatd.storage.append import append_all
from chatd.storage.dialect import reading_engine, writing_engine
from chatd.storage.indexing import LEARNT_AT_ONCE, learn
from chatd.storage.searching import search
from chatd.storage.upgrade import upgrade

BATCH = 64
ROOMS = 50
VOCABULARY = 20_000
CHARACTERS = 200
NOW = 1_764_000_000_000


class Language(NamedTuple):
    """What texts look like."""

    letters: str
    least: int
    most: int
    """Letters of a word."""
    between: str
    """What stands between words."""
    characters: int
    """Of a text."""


SPACED = Language("aeioulnrst", 2, 10, " ", CHARACTERS)
UNSPACED = Language("".join(map(chr, range(0x4E00, 0x4E00 + 2_000))), 1, 3, "", CHARACTERS // 3)
"""As many bytes in UTF-8, but for the last two."""


def vocabulary(language: Language = SPACED) -> list[str]:
    """Its words, the most frequent first."""
    dice = random.Random(7)
    return [
        "".join(dice.choices(language.letters, k=dice.randint(language.least, language.most)))
        for _ in range(VOCABULARY)
    ]


def texts(count: int, language: Language = SPACED) -> Iterator[str]:
    """Each of the language's length, with words as frequent as in a language (Zipf)."""
    dice = random.Random(8)
    weights = [1 / rank for rank in range(1, VOCABULARY + 1)]
    pool = dice.choices(vocabulary(language), weights, k=200_000)
    words = language.characters // (language.least + len(language.between))
    for _ in range(count):
        start = dice.randrange(len(pool) - words)
        yield language.between.join(pool[start : start + words])[: language.characters]


def fill(path: Path, said: list[str], *, indexed: bool) -> float:
    """Seconds for all of them."""
    upgrade(path)
    engine = writing_engine(path)
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql(
            "INSERT INTO users (id, name, holds_name, display_name, kind, created_at, numbers, seen_at)"
            f" VALUES (1, 'bob', 1, '', 'user', {NOW}, 0, {NOW})"
        )
        for room in range(2, ROOMS + 2):
            connection.exec_driver_sql(
                "INSERT INTO rooms (id, name, kind, topic, topic_folded, head, floor, at, members)"
                f" VALUES ({room}, 'r{room}', 'public', '', '', 0, 0, {NOW}, 1)"
            )
            connection.exec_driver_sql(
                f"INSERT INTO members (user, room, member, joined_at, read) VALUES (1, {room}, 1, {NOW}, 0)"
            )
    bob = User(1, "bob", "user")
    begun = time.perf_counter()
    with engine.connect() as connection:
        for at in range(0, len(said), BATCH):
            with connection.begin():
                batch = [
                    Draft(2 + place % ROOMS, bob, text)
                    for place, text in enumerate(said[at : at + BATCH], start=at)
                ]
                append_all(connection, batch, NOW + at)
            if indexed and at % LEARNT_AT_ONCE < BATCH:
                _learn(connection)
        if indexed:
            _learn(connection)
    seconds = time.perf_counter() - begun
    engine.dispose()
    return seconds


def _learn(connection: Connection) -> None:
    more = True
    while more:
        with connection.begin():
            more = learn(connection)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("messages", type=int, nargs="?", default=50_000)
    count = parser.parse_args().messages
    said = list(texts(count))
    with tempfile.TemporaryDirectory() as directory:
        seconds = {}
        for indexed in (False, True):
            path = Path(directory) / f"{indexed}.db"
            seconds[indexed] = fill(path, said, indexed=indexed)
            size = sum(one.stat().st_size for one in path.parent.glob(path.name + "*"))
            print(
                f"{'with' if indexed else 'without'} the index: "
                f"{seconds[indexed] / count * 1e6:.0f} µs and {size / count:.0f} bytes a message"
            )
        print(f"storing and indexing takes {seconds[True] / seconds[False]:.2f} times as long as storing")
        engine = reading_engine(path, 1)
        dice = random.Random(8)
        for best in (False, True):
            taken = []
            for _ in range(200):
                words = tuple(dice.choice(dice.choice(said).split()) for _ in range(2))
                begun = time.perf_counter()
                with engine.connect() as connection, connection.begin():
                    search(connection, 1, Sought(words=words, best=best), None, 0, 20)
                taken.append((time.perf_counter() - begun) * 1000)
            taken.sort()
            print(
                f"two words, {'best' if best else 'newest'} first, in {ROOMS} rooms: "
                f"{statistics.median(taken):.1f} ms, p99 {taken[197]:.1f} ms"
            )
        engine.dispose()


if __name__ == "__main__":
    main()
