"""100,000 accounts, 5,000 rooms, one of them with 20,000 members: what asking takes while more is being said.

Run as `python -m bench.scale`; `--help` lists the options. A few thousand of the large room are present and
hear it. A fifth of what people say, 100 messages a second, is said there, the rest anywhere. Meanwhile others
come and ask over WebSocket, one question after the other.
"""

import argparse
import asyncio
import multiprocessing
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.asking import (
    SAYING,
    Asked,
    Clock,
    attach,
    by_token,
    open_connection,
    table,
    talking,
    too_slow,
)
from bench.machine import Machine
from bench.search import texts
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port, stopping
from bench.town import PASSWORD, Town, found
from bench.visitors import Visitor, Visitors, all_live
from chatd.model import User

SAYING_PER_SECOND = 100
MISSED = 500
_SETTLE_SECONDS = 3.0
_TALKERS = 10
_ELSEWHERE = 4
"""For each message in the square."""
_context = multiprocessing.get_context("spawn")


def _be_present(port: int, room: int, head: int, names: list[str], pipe: Connection) -> None:
    """The life of the process in which the visitors are: come, say so, read until told to end."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    visitors = Visitors(port, room)
    everybody = [Visitor(name, head) for name in names]
    for visitor in everybody:
        visitors.come(visitor, time.monotonic())
    visitors.run_until(lambda: all_live(everybody), "everybody is present")
    pipe.send(None)
    while not pipe.poll():
        visitors.run(0.2)
    pipe.send((visitors.deliveries, visitors.wrong))


@contextmanager
def present(port: int, town: Town, how_many: int) -> Iterator[None]:
    """While the body runs, so many are present in the square; RuntimeError when they saw any disorder."""
    ours, theirs = _context.Pipe()
    names = [person.name for person in town.people[:how_many]]
    process = _context.Process(target=_be_present, args=(port, town.square, town.head, names, theirs))
    process.start()
    try:
        theirs.close()
        ours.recv()
        yield
        ours.send(None)
        _, wrong = ours.recv()
        if wrong:
            raise RuntimeError(f"{len(wrong)} times something was wrong, such as: {wrong[0]}")
    finally:
        process.kill()
        process.join()


def _talkers(town: Town, first: int) -> tuple[list[User], list[list[int]]]:
    """Ten who belong to the square, and where they talk."""
    talkers = range(first, first + _TALKERS)
    places: dict[int, list[int]] = {one: [town.square] for one in talkers}
    for room, inside in town.rooms.items():
        for one in places.keys() & set(inside):
            if len(places[one]) <= _ELSEWHERE:
                places[one].append(room)
    return [town.people[one] for one in talkers], list(places.values())


async def measure(port: int, town: Town, how_many: int, rounds: int) -> tuple[list[Asked], float]:
    """What was asked, the saying beside it included; and how many messages were stored a second."""
    clock, dice = Clock(), random.Random(12)
    talkers, places = _talkers(town, how_many)
    strangers = range(how_many + _TALKERS, town.in_square)
    async with talking(port, talkers, places, texts(1_000_000), SAYING_PER_SECOND) as talk:
        begun, before = time.monotonic(), len(talk.took_ms)
        for _ in range(rounds):
            await _visit(port, town, town.people[dice.choice(strangers)], clock, dice)
            fresh = await open_connection(port)
            who = {"name": dice.choice(town.people).name, "password": PASSWORD}
            await clock.ask("login by password", fresh, {"type": "login", **who})
            await fresh.close()
        per_second = (len(talk.took_ms) - before) / (time.monotonic() - begun)
    return [*clock.asked(), Asked(SAYING, talk.took_ms, 0)], per_second


async def _visit(port: int, town: Town, person: User, clock: Clock, dice: random.Random) -> None:
    begun = time.perf_counter()
    connection = await open_connection(port)
    clock.took("a connection, until it is open", begun)
    await clock.ask("ping", connection, {"type": "ping"})
    mine = (await clock.ask("login by token", connection, by_token(person)))["rooms"]
    [head] = [room["head"] for room in mine if room["room"] == town.square]
    somebody, somewhere = dice.choice(town.people), f"r{dice.randrange(len(town.rooms))}"
    square = {"room": town.square}
    questions: list[tuple[str, dict[str, Any]]] = [
        ("rooms, the first page", {"type": "rooms"}),
        ("rooms, somewhere", {"type": "rooms", "after": somewhere}),
        ("rooms that are called so", {"type": "rooms", "query": somewhere}),
        ("who, the first page", {"type": "who", **square}),
        ("who, somewhere", {"type": "who", **square, "after": somebody.name}),
        ("members, somewhere", {"type": "members", **square, "after": somebody.id}),
    ]
    for what, command in questions:
        await clock.ask(what, connection, command)
    begun = time.perf_counter()
    missed = await attach(connection, town.square, head - MISSED)
    clock.took(f"attach after {MISSED} were missed", begun)
    if missed < MISSED:
        raise RuntimeError(f"{missed} came of {MISSED} that were missed.")
    await connection.close()


def main() -> int:
    """Found the town, measure and print; the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
        scratch = Path(name)
        town = found(scratch / "data", options.people, options.rooms, options.in_square)
        ports = [free_port(), free_port()]
        machine = Machine()
        begun = time.monotonic()
        server = Server(
            chatd_command(scratch / "data", ports[0], ports[1], LIMITS_OFF), ports, scratch / "log"
        )
        start_seconds, start_bytes = time.monotonic() - begun, server.resident_bytes()
        with stopping(server), present(ports[0], town, options.present):
            time.sleep(_SETTLE_SECONDS)
            present_bytes, begun, cpu = server.resident_bytes(), time.monotonic(), server.cpu_seconds()
            asked, per_second = asyncio.run(measure(ports[0], town, options.present, options.rounds))
            busy = (server.cpu_seconds() - cpu) / (time.monotonic() - begun)
    print(
        f"{options.people:,} accounts, {options.rooms:,} rooms, one with {options.in_square:,} members,"
        f" {options.present:,} present; {machine.describe()}.\n"
    )
    print(table(asked))
    print(
        f"\nMeanwhile {per_second:.0f} messages a second were stored; the daemon was busy for {busy:.0%}."
        f"\nIt listened after {start_seconds:.1f} s, with {start_bytes / 2**20:.0f} MiB;"
        f" when all were present it had {present_bytes / 2**20:.0f}."
    )
    broken = too_slow(asked)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="how many have an account")
    parser.add_argument("--rooms", type=int, default=5_000, help="how many rooms")
    parser.add_argument("--in-square", type=int, default=20_000, help="how many belong to the large one")
    parser.add_argument("--present", type=int, default=2_000, help="how many of them are there")
    parser.add_argument("--rounds", type=int, default=200, help="how often each question is asked")
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a budget is broken")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
