"""A database of a million messages in five thousand rooms: what asking takes while more is being said.

Run as `python -m bench.archive`; `--help` lists the options. The storage layer's own statements fill the
database, then a real daemon serves it: people say 100 messages a second, and somebody who belongs to 200
rooms asks over WebSocket, one question after the other. A second, smaller database in a language without
spaces shows what the index of letters weighs.
"""

import argparse
import asyncio
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection
from websockets.asyncio.client import ClientConnection, connect

from bench.search import SPACED, UNSPACED, Language, texts, vocabulary
from bench.servers import HOST, LIMITS_OFF, Server, chatd_command, free_port
from chatd.model import Draft, User
from chatd.storage.append import append_all
from chatd.storage.dialect import driver_of, writing_engine
from chatd.storage.members import add_member
from chatd.storage.reads import room_row
from chatd.storage.tokens import add_token
from chatd.storage.upgrade import DATABASE, prepare_directory, upgrade
from chatd.storage.writes import create_room, create_user, read

TEXT_BYTES = 200
ASKING_BUDGET_MS = 50.0
WORDS_BUDGET_BYTES = 2 * TEXT_BYTES
LETTERS_BUDGET_BYTES = 5 * TEXT_BYTES
SAYING_PER_SECOND = 100
_ROOMS_EACH = 200
"""As many as a person may belong to by default."""
_TALKERS = 10
_BATCH = 2_000
_YEAR_MS = 365 * 24 * 3600 * 1000
_UNREAD_MOST = 20
_MESSAGE_BYTES_MOST = 2**24


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
        driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    mine = [places[one % groups :: groups] for one in range(2 * groups)]
    return Archive(people, mine, (directory / DATABASE).stat().st_size / messages)


def _read_nearly_all(connection: Connection, person: User, places: list[int], dice: random.Random) -> None:
    for room in places:
        row = room_row(connection, room)
        assert row is not None
        read(connection, 0, person.id, room, row.head - min(row.head, dice.randint(0, _UNREAD_MOST)))


class Asked(NamedTuple):
    """How long one kind of question took."""

    what: str
    times_ms: list[float]
    refused: int
    """How many were answered with `unavailable`."""

    @property
    def p99_ms(self) -> float:
        return sorted(self.times_ms)[len(self.times_ms) * 99 // 100]


async def _open(port: int) -> ClientConnection:
    return await connect(
        f"ws://{HOST}:{port}/ws",
        compression=None,
        max_size=_MESSAGE_BYTES_MOST,
        ping_interval=None,
        close_timeout=0.5,
        proxy=None,
    )


async def _ask(connection: ClientConnection, command: dict[str, Any]) -> dict[str, Any]:
    """Its answer; what else comes is not for us."""
    await connection.send(json.dumps({"id": "it", **command}))
    while True:
        answer: dict[str, Any] = json.loads(await connection.recv())
        if answer.get("id") == "it":
            if answer["type"] == "error" and answer["code"] != "unavailable":
                raise RuntimeError(f"{command} was refused: {answer}")
            return answer


async def _log_in(connection: ClientConnection, person: User) -> dict[str, Any]:
    return await _ask(connection, {"type": "login", "token": person.name})


async def _talk(port: int, person: User, places: list[int], took_ms: list[float]) -> None:
    """Say something in one's rooms, so many times a second, until cancelled."""
    dice, interval = random.Random(person.id), _TALKERS / SAYING_PER_SECOND
    connection = await _open(port)
    await _log_in(connection, person)
    loop = asyncio.get_running_loop()
    due = loop.time() + dice.random() * interval
    for text in texts(1_000_000):
        await asyncio.sleep(due - loop.time())
        due += interval
        begun = time.perf_counter()
        await _ask(connection, {"type": "say", "room": dice.choice(places), "text": text})
        took_ms.append((time.perf_counter() - begun) * 1000)


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


async def measure(port: int, archive: Archive, rounds: int) -> tuple[list[Asked], list[float], float]:
    """What was asked; how long each message took to be stored; and how many were, a second."""
    said_ms: list[float] = []
    half = len(archive.people) // 2
    reader, away = archive.people[0], archive.people[half]
    talkers = [
        asyncio.ensure_future(_talk(port, archive.people[at % half], archive.rooms[at % half], said_ms))
        for at in range(1, _TALKERS + 1)
    ]
    taken: dict[str, list[float]] = defaultdict(list)
    refused: dict[str, int] = defaultdict(int)

    async def timed(what: str, connection: ClientConnection, command: dict[str, Any]) -> dict[str, Any]:
        begun = time.perf_counter()
        answer = await _ask(connection, command)
        taken[what].append((time.perf_counter() - begun) * 1000)
        refused[what] += answer["type"] == "error"
        return answer

    connection = await _open(port)
    mine = (await _log_in(connection, reader))["rooms"]
    questions = _questions(archive.rooms[0], mine, away)
    while not said_ms:
        await asyncio.sleep(0.1)
    begun, before = time.monotonic(), len(said_ms)
    for _ in range(rounds):
        for what, command in next(questions):
            await timed(what, connection, command)
        for person, so_far in ((reader, "nearly all"), (away, "nothing")):
            fresh = await _open(port)
            await timed(f"rooms with unread, {so_far} read", fresh, {"type": "login", "token": person.name})
            await fresh.close()
        for talker in talkers:
            if talker.done():
                talker.result()
    per_second = (len(said_ms) - before) / (time.monotonic() - begun)
    for talker in talkers:
        talker.cancel()
        with suppress(asyncio.CancelledError):
            await talker
    return [Asked(what, times, refused[what]) for what, times in taken.items()], said_ms, per_second


def report(asked: list[Asked], said_ms: list[float], per_second: float) -> str:
    """What was measured, as Markdown."""
    lines = ["| asked | p50 ms | p99 ms | refused |", "|---|--:|--:|--:|"]
    lines += [
        f"| {one.what} | {statistics.median(one.times_ms):.1f} | {one.p99_ms:.1f} | {one.refused} |"
        for one in [*asked, Asked("(say, answered when stored)", said_ms, 0)]
    ]
    return "\n".join([*lines, "", f"Meanwhile {per_second:.0f} messages a second were stored.", ""])


def broken_budgets(asked: list[Asked], words_bytes: float, letters_bytes: float) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    sentences = [
        f"{one.what}: {one.p99_ms:.0f} ms at p99, {one.refused} refused; at most {ASKING_BUDGET_MS:.0f} ms."
        for one in asked
        if one.p99_ms > ASKING_BUDGET_MS or one.refused
    ]
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
        web, line = free_port(), free_port()
        command = chatd_command(scratch / "data", web, line, LIMITS_OFF)
        server = Server(command, [web, line], scratch / "log")
        try:
            asked, said_ms, per_second = asyncio.run(measure(web, archive, options.rounds))
        except Exception as error:
            error.add_note(f"The server said:\n{server.output()}")
            raise
        finally:
            server.stop()
    print(
        f"{options.messages:,} messages of {TEXT_BYTES} bytes in {options.rooms:,} rooms;"
        f" load {os.getloadavg()[0]:.1f}.\n"
    )
    print(report(asked, said_ms, per_second))
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
