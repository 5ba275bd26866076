"""A database of a million messages in five thousand rooms: what asking takes while more is being said.

Run as `python -m bench.archive`; `--help` lists the options. The storage layer's own statements fill the
database, then a real daemon serves it: people say 100 messages a second, and somebody who belongs to 200
rooms asks over WebSocket, one question after the other. A second, smaller database in a language without
spaces shows what the index of letters weighs.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from bench.asking import SAYING, Asked, Clock, ask, by_token, open_connection, table, talking, too_slow
from bench.machine import Machine
from bench.search import SPACED, UNSPACED, Language, texts, vocabulary
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port, stopping
from chatd.model import Draft, User
from chatd.storage.append import append_all
from chatd.storage.dialect import driver_of, writing_engine
from chatd.storage.indexing import learn, tidy
from chatd.storage.members import add_member
from chatd.storage.reads import room_row
from chatd.storage.tokens import add_token
from chatd.storage.upgrade import DATABASE, prepare_directory, upgrade
from chatd.storage.writes import create_room, create_user, read

TEXT_BYTES = 200
WORDS_BUDGET_BYTES = 2 * TEXT_BYTES
LETTERS_BUDGET_BYTES = 5 * TEXT_BYTES
SAYING_PER_SECOND = 100
_ROOMS_EACH = 200
"""As many as a person may belong to by default."""
_BATCH = 2_000
_YEAR_MS = 365 * 24 * 3600 * 1000
_UNREAD_MOST = 20


class Archive(NamedTuple):
    """What was filled."""

    people: list[User]
    """Each token is the person's name. Those of the second half belong to the rooms of those of the first."""
    rooms: list[list[int]]
    """Of each of the people."""
    bytes_each: float
    """On disk, for a message."""


def fill(directory: Path, messages: int, how_many_rooms: int, language: Language) -> Archive:
    """A data directory with so many messages, said within a year, more in some rooms than in others.

    Two people belong to each room, and say what is said. The first person has read nearly all of it, and the
    others nothing.
    """
    prepare_directory(directory)
    upgrade(directory / DATABASE)
    engine = writing_engine(directory / DATABASE)
    groups = max(1, how_many_rooms // _ROOMS_EACH)
    begun = int(time.time() * 1000) - _YEAR_MS
    dice = random.Random(9)
    with engine.connect() as connection:
        driver_of(connection).execute("PRAGMA synchronous = OFF")
        with connection.begin():
            people = [create_user(connection, begun, f"p{one}", None) for one in range(2 * groups)]
            for one in people:
                add_token(connection, begun + _YEAR_MS, one.id, sha256(one.name.encode()).digest())
            places = [
                create_room(connection, begun, f"r{room}", "public", people[room % groups].id).id
                for room in range(how_many_rooms)
            ]
            for number, room in enumerate(places):
                add_member(connection, begun, people[number % groups + groups].id, room, 0)
        numbers = range(how_many_rooms)
        chosen = dice.choices(numbers, [1 / (number + 10) for number in numbers], k=messages)
        said = texts(messages, language)
        for first in range(0, messages, _BATCH):
            drafts = [
                Draft(places[number], people[number % groups + groups * dice.randrange(2)], text)
                for number, text in zip(chosen[first : first + _BATCH], islice(said, _BATCH), strict=True)
            ]
            with connection.begin():
                append_all(connection, drafts, begun + _YEAR_MS * first // messages)
        with connection.begin():
            _read_nearly_all(connection, people[0], places[::groups], dice)
        _index(connection)
        driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    mine = [places[one % groups :: groups] for one in range(2 * groups)]
    return Archive(people, mine, (directory / DATABASE).stat().st_size / messages)


def _index(connection: Connection) -> None:
    """Fill the index of search and write it anew, as a running server and its hourly cleaning do."""
    more, first = True, True
    while more:
        with connection.begin():
            more = learn(connection)
    while more or first:
        with connection.begin():
            more = tidy(connection, first)
        first = False


def _read_nearly_all(connection: Connection, person: User, places: list[int], dice: random.Random) -> None:
    for room in places:
        row = room_row(connection, room)
        assert row is not None
        read(connection, 0, person.id, room, row.head - min(row.head, dice.randint(0, _UNREAD_MOST)))


def _questions(
    places: list[int], mine: list[dict[str, Any]], other: User
) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """One of each kind, again and again."""
    heads, names = ({one["room"]: one[what] for one in mine} for what in ("head", "name"))
    dice, words, said = random.Random(10), vocabulary(), list(texts(2_000))
    while True:
        room = dice.choice(places)
        rare, common = dice.choice(words[5_000:]), dice.choice(words[:10])
        two = dice.choice(said).split()[3:5]
        searches = {
            "a rare word": rare,
            "a common word": common,
            "two words": " ".join(two),
            "a phrase": f'"{" ".join(two)}"',
            "from: and a rare word": f"from:{other.name} {rare}",
            "from: alone": f"from:{other.name}",
            "in: and a common word": f"in:{names[room]} {common}",
        }
        yield [
            ("history, the newest", {"type": "history", "room": room}),
            (
                "history, somewhere",
                {"type": "history", "room": room, "before": dice.randint(1, heads[room] + 1)},
            ),
            *((f"search, {kind}", {"type": "search", "query": query}) for kind, query in searches.items()),
            ("search, a rare word, the best first", {"type": "search", "query": rare, "order": "best"}),
            ("rooms, a page of the list", {"type": "rooms"}),
        ]


async def measure(port: int, archive: Archive, rounds: int) -> tuple[list[Asked], float]:
    """What was asked, the saying beside it included; and how many messages were stored a second."""
    clock = Clock()
    half = len(archive.people) // 2
    reader, away = archive.people[0], archive.people[half]
    others = slice(1, half) if half > 1 else slice(1)
    async with talking(
        port, archive.people[others], archive.rooms[others], texts(1_000_000), SAYING_PER_SECOND
    ) as talk:
        connection = await open_connection(port)
        mine = (await ask(connection, by_token(reader)))["rooms"]
        questions = _questions(archive.rooms[0], mine, away)
        begun, before = time.monotonic(), len(talk.took_ms)
        for _ in range(rounds):
            for what, command in next(questions):
                await clock.ask(what, connection, command)
            for person, so_far in ((reader, "nearly all"), (away, "nothing")):
                fresh = await open_connection(port)
                await clock.ask(f"rooms with unread, {so_far} read", fresh, by_token(person))
                await fresh.close()
        per_second = (len(talk.took_ms) - before) / (time.monotonic() - begun)
    return [*clock.asked(), Asked(SAYING, talk.took_ms, 0)], per_second


def report(asked: list[Asked], per_second: float) -> str:
    """What was measured, as Markdown."""
    return f"{table(asked)}\n\nMeanwhile {per_second:.0f} messages a second were stored.\n"


def broken_budgets(asked: list[Asked], words_bytes: float, letters_bytes: float) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    sentences = too_slow(asked)
    weighed = (("words", words_bytes, WORDS_BUDGET_BYTES), ("letters", letters_bytes, LETTERS_BUDGET_BYTES))
    sentences += [
        f"With the index of {index} a message takes {each:.0f} bytes; {most} are the most."
        for index, each, most in weighed
        if each > most
    ]
    return sentences


def main() -> int:
    """Fill, measure and print; the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
        scratch = Path(name)
        begun = time.monotonic()
        archive = fill(scratch / "data", options.messages, options.rooms, SPACED)
        print(
            f"{options.messages:,} messages were filled in, in {time.monotonic() - begun:.0f} s",
            file=sys.stderr,
        )
        letters = fill(scratch / "letters", options.messages // 10, options.rooms // 10, UNSPACED).bytes_each
        machine = Machine()
        web, line = free_port(), free_port()
        command = chatd_command(scratch / "data", web, line, LIMITS_OFF)
        server = Server(command, [web, line], scratch / "log")
        with stopping(server):
            asked, per_second = asyncio.run(measure(web, archive, options.rounds))
    print(
        f"{options.messages:,} messages of {TEXT_BYTES} bytes in {options.rooms:,} rooms;"
        f" {machine.describe()}.\n"
    )
    print(report(asked, per_second))
    print(
        f"A message takes {archive.bytes_each:.0f} bytes on disk, in a language without spaces {letters:.0f}."
    )
    broken = broken_budgets(asked, archive.bytes_each, letters)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.archive", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="how many there are before")
    parser.add_argument("--rooms", type=int, default=5_000, help="how many rooms; at least 400")
    parser.add_argument("--rounds", type=int, default=300, help="how often each question is asked")
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a budget is broken")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
