"""How chatd's costs grow with what lies on its disk and with who is connected.

Run as `python -m bench.growth`; `--help` lists the options. Each size gets a daemon of its own, on a database
of its own: messages from a thousand up, rooms from a hundred up, idle connections from a hundred up.
"""

import argparse
import asyncio
import math
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.archive import fill
from bench.archive import measure as ask_archive
from bench.asking import Clock, ask, by_token, open_connection
from bench.documents import put
from bench.fanout import Crowd
from bench.members import Phase
from bench.search import SPACED
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port, stopping
from bench.systems import CHATD, serving
from bench.town import found
from bench.workloads import Workload
from chatd.model import User

MOST_EXPONENT = 0.35
"""A cost that grows with the 0.35th power of a size doubles when that is seven times as large."""
_ROOMS = 400
_PEOPLE = 1_000
_SECONDS = 4.0
_WARM_SECONDS = 1.0

Lines = dict[str, list[tuple[float, float]]]
"""What each cost is called, and its points: a size, and what it was there."""


class Growth(NamedTuple):
    """How costs grew with one size."""

    name: str
    """Of the picture."""
    title: str
    size: str
    unit: str
    lines: Lines


def exponent(points: Sequence[tuple[float, float]]) -> float:
    """The slope of the line through these points on logarithmic axes, by least squares."""
    across = [math.log(size) for size, _ in points]
    up = [math.log(cost) for _, cost in points]
    return statistics.linear_regression(across, up).slope


def by_messages(most: int, rounds: int) -> Growth:
    """What asking takes when so much has been said."""
    lines: Lines = {}
    for messages in _powers(1_000, most):
        with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
            scratch = Path(name)
            archive = fill(scratch / "data", messages, _ROOMS, SPACED)
            with _serving(scratch) as (_, port, _):
                asked, _ = asyncio.run(ask_archive(port, archive, rounds))
        for one in asked:
            lines.setdefault(one.what, []).append((messages, statistics.median(one.times_ms)))
        print(f"{messages:,} messages: {len(asked)} kinds of questions asked", file=sys.stderr)
    return Growth(
        "history", f"What an answer takes, {_ROOMS} rooms", "messages in the database", "median (ms)", lines
    )


def by_rooms(most: int, rounds: int) -> Growth:
    """What a start takes, and coming, when there are so many rooms that nobody is in."""
    lines: Lines = {}
    for rooms in _powers(100, most):
        with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
            scratch = Path(name)
            town = found(scratch / "data", _PEOPLE, rooms, _PEOPLE, messages_each=1)
            with _serving(scratch) as (server, port, start_ms):
                lines.setdefault("until it listens (ms)", []).append((rooms, start_ms))
                resident = server.resident_bytes() / 2**20
                lines.setdefault("memory when it listens (MiB)", []).append((rooms, resident))
                for what, times in asyncio.run(_come(port, town.people, rounds)).items():
                    lines.setdefault(f"{what} (ms)", []).append((rooms, statistics.median(times)))
        print(f"{rooms:,} rooms: listened after {start_ms:.0f} ms, {resident:.0f} MiB", file=sys.stderr)
    return Growth("rooms", "What rooms cost that nobody is in", "rooms on disk", "ms, or MiB", lines)


async def _come(port: int, people: Sequence[User], rounds: int) -> Mapping[str, list[float]]:
    clock = Clock()
    for person in people[:rounds]:
        connection = await open_connection(port)
        await clock.ask("login by token", connection, by_token(person))
        await clock.ask("a page of rooms", connection, {"type": "rooms"})
        await ask(connection, {"type": "ping"})
        await connection.close()
    return {one.what: one.times_ms for one in clock.asked()}


def by_connections(most: int) -> Growth:
    """What a delivery costs in two rooms of ten, while so many are connected who hear nothing of it."""
    lines: Lines = {}
    for idle in _powers(100, most):
        with serving(CHATD) as serves:
            crowds = [Crowd(CHATD, serves.ports, Workload("", "", 20, rooms=2))]
            try:
                crowds[0].wait_until_quiet()
                silent = Workload("", "", idle, senders=0)
                crowds.append(Crowd(CHATD, serves.ports, silent, first=20))
                crowds[1].wait_until_quiet()
                crowds[0].enter(Phase.TALK)
                time.sleep(_WARM_SECONDS)
                cpu, deliveries = serves.server.cpu_seconds(), crowds[0].deliveries()
                time.sleep(_SECONDS)
                cpu, deliveries = serves.server.cpu_seconds() - cpu, crowds[0].deliveries() - deliveries
                for crowd in crowds:
                    crowd.outcomes()
            finally:
                for crowd in crowds:
                    crowd.end()
        each = 1e6 * cpu / deliveries
        lines.setdefault("a delivery", []).append((idle, each))
        print(f"{idle:,} idle connections: {each:.2f} µs a delivery", file=sys.stderr)
    return Growth(
        "connections",
        "What a delivery costs while others are connected",
        "idle connections",
        "processor time (µs)",
        lines,
    )


def _powers(first: int, most: int) -> list[int]:
    """Powers of ten."""
    return [first * 10**power for power in range(round(math.log10(most / first)) + 1)]


@contextmanager
def _serving(scratch: Path) -> Iterator[tuple[Server, int, float]]:
    """A daemon on `data` in this directory, its port, and after how many ms it listened."""
    ports = [free_port(), free_port()]
    begun = time.monotonic()
    command = chatd_command(scratch / "data", ports[0], ports[1], LIMITS_OFF)
    with stopping(Server(command, ports, scratch / "log")) as server:
        yield server, ports[0], (time.monotonic() - begun) * 1000


def report(grown: Sequence[Growth]) -> str:
    """What was measured, as Markdown."""
    lines = []
    for growth in grown:
        sizes = [size for size, _ in next(iter(growth.lines.values()))]
        lines += [
            f"### {growth.title}",
            "",
            f"| {growth.unit} | {' | '.join(f'{size:,.0f} {growth.size}' for size in sizes)} | grows as |",
            f"|---|{'--:|' * (len(sizes) + 1)}",
            *(
                f"| {what} | {' | '.join(f'{cost:.2f}' for _, cost in points)} | N^{exponent(points):.2f} |"
                for what, points in growth.lines.items()
            ),
            "",
            f"![{growth.title}](performance-{growth.name}.svg)",
            "",
        ]
    return "\n".join(lines)


def too_steep(grown: Sequence[Growth]) -> list[str]:
    """A sentence for each cost that grows with a size on which it should not depend."""
    return [
        f"{what} grows as the {exponent(points):.2f}th power of {growth.size}; {MOST_EXPONENT} is the most."
        for growth in grown
        for what, points in growth.lines.items()
        if exponent(points) > MOST_EXPONENT
    ]


def main() -> int:
    """Measure, print, and write where the options say so; the exit status."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    grown = [
        by_messages(options.messages, options.rounds),
        by_rooms(options.rooms, options.rounds),
        by_connections(options.connections),
    ]
    text = report(grown)
    print(text)
    if options.write:
        from bench.plots import draw  # what draws is not installed for the tests

        put(options.write, "bench.growth", text)
        for growth in grown:
            draw(
                options.write.with_name(f"performance-{growth.name}.svg"),
                growth.lines,
                title=growth.title,
                across=growth.size,
                up=growth.unit,
            )
    steep = too_steep(grown)
    for sentence in steep:
        print(sentence, file=sys.stderr)
    return 1 if steep and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000, help="the most that there are before")
    parser.add_argument("--rooms", type=int, default=100_000, help="the most rooms")
    parser.add_argument("--connections", type=int, default=10_000, help="the most idle connections")
    parser.add_argument("--rounds", type=int, default=30, help="how often each question is asked")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables between the marks in this file, and draw"
    )
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a cost grows too fast")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
