"""Rooms full of members: deliveries, processor time, latency and memory, chatd beside its peers.

Run as `python -m bench.fanout`; `--help` lists the options. Every server is a process of its own and so is
every load generator. chatd stores every message durably before anybody sees it; the peers store nothing.
"""

import argparse
import json
import multiprocessing
import os
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.dialects import TEXT_BYTES
from bench.documents import put
from bench.members import Load, Outcome, Phase, SharedInt, run
from bench.systems import (
    AUTOBAHN,
    AUTOBAHN_TLS,
    CHATD,
    CHATD_LINES,
    CHATD_MIXED,
    CHATD_TLS,
    INSPIRCD,
    NGIRCD,
    NODE_WS,
    SOCKET_IO,
    SYSTEMS,
    WEBSOCKETS,
    System,
    serving,
)

_CLOCKED = 20
"""Members of each process that measure latency."""
_PROCESSES = 2
_FIRST_IDLE = 100
_CONNECT_SECONDS = 300
_context = multiprocessing.get_context("spawn")

PLAIN = (CHATD, AUTOBAHN, WEBSOCKETS, NODE_WS, SOCKET_IO, NGIRCD, INSPIRCD)


@dataclass(frozen=True)
class Workload:
    """Who sits where, and who says how much."""

    name: str
    members: int
    rooms: int = 1
    senders: int = 10
    unanswered: int = 2
    """Messages that each sender keeps in flight."""
    pace: float = 0
    """Messages per second of all senders together, whatever is answered; 0: as fast as answers come."""
    systems: tuple[System, ...] = PLAIN
    """Those that it is meant for."""


WORKLOADS = (
    Workload("10", 10, systems=(*PLAIN, CHATD_LINES)),
    Workload("100", 100),
    Workload("1000", 1_000, systems=(*PLAIN, CHATD_LINES, CHATD_MIXED)),
    Workload("5000", 5_000),
    Workload("tls", 1_000, systems=(CHATD_TLS, AUTOBAHN_TLS)),
    Workload("rooms", 10_000, rooms=1_000, senders=1_000, unanswered=1),
    Workload("light", 100, senders=1, unanswered=1),
    Workload("paced", 1_000, pace=20),
    Workload("inbound", 100, rooms=100, senders=100, unanswered=2),
)
QUICK_WORKLOADS = ("10", "100", "1000", "light")
QUICK_SYSTEMS = (CHATD, AUTOBAHN, WEBSOCKETS)
EXPLAINED = {
    "10": "10 members in one room; 10 of them keep 2 messages each unanswered",
    "100": "100 members in one room; 10 of them keep 2 messages each unanswered",
    "1000": "1,000 members in one room; 10 of them keep 2 messages each unanswered",
    "5000": "5,000 members in one room; 10 of them keep 2 messages each unanswered",
    "tls": "1,000 members in one room over TLS; 10 of them keep 2 messages each unanswered",
    "rooms": "1,000 rooms of 10 members; one of each room keeps one message unanswered",
    "light": "100 members in one room; one of them keeps one message unanswered",
    "paced": "1,000 members in one room; 10 of them say 20 messages a second together",
    "inbound": "100 rooms, each with one member who keeps 2 messages unanswered",
}


@dataclass(frozen=True)
class Measured:
    """What one system did under one workload."""

    system: str
    workload: str
    seconds: float
    deliveries: int
    server_cpu_seconds: float
    load_cpu_seconds: float
    """Of the busiest load process."""
    p50_ms: float
    p99_ms: float
    """From the sender's clock to a member."""
    answer_p99_ms: float
    """From saying something to its answer."""

    @property
    def per_second(self) -> float:
        return self.deliveries / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time per delivery."""
        return 1e6 * self.server_cpu_seconds / self.deliveries


@dataclass(frozen=True)
class Idle:
    """What connections cost that do nothing."""

    system: str
    connections: int
    bytes_each: float


@dataclass
class Findings:
    """All that was measured in one run."""

    measured: list[Measured] = field(default_factory=list)
    idle: list[Idle] = field(default_factory=list)

    def of(self, system: System, workload: str) -> Measured | None:
        """What this system did under this workload, if that was measured."""
        return next(
            (row for row in self.measured if (row.system, row.workload) == (system.name, workload)), None
        )


class Crowd:
    """The load processes of one run, led through their phases together."""

    def __init__(self, system: System, ports: Sequence[int], workload: Workload, first: int = 0) -> None:
        """Start them; `first` is the number of the first member, for a second crowd on the same server."""
        self._phase: SharedInt = _context.RawValue("i", Phase.IDLE)
        self._deliveries: list[SharedInt] = []
        self._cpu_ns: list[SharedInt] = []
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for index in range(_PROCESSES):
            load = Load(
                ports=tuple(ports),
                dialects=system.dialects,
                first=first + _share(workload.members, index, of_all_before=True),
                members=_share(workload.members, index),
                rooms=workload.rooms,
                members_of_room=max(1, workload.members // workload.rooms),
                senders=_share(workload.senders, index),
                unanswered=workload.unanswered,
                pace=workload.pace * _share(workload.senders, index) / max(1, workload.senders),
                clocked=_CLOCKED,
            )
            ours, theirs = _context.Pipe()
            deliveries, cpu_ns = _context.RawValue("q", 0), _context.RawValue("q", 0)
            process = _context.Process(target=run, args=(load, theirs, self._phase, deliveries, cpu_ns))
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
            self._deliveries.append(deliveries)
            self._cpu_ns.append(cpu_ns)

    def wait_until_quiet(self) -> None:
        """Everybody is connected, and no event has come for a while."""
        for pipe in self._pipes:
            if not pipe.poll(_CONNECT_SECONDS):
                raise RuntimeError("The members were not all connected and quiet in time")
            assert pipe.recv() == "quiet"

    def enter(self, phase: Phase) -> None:
        """Lead everybody into the next phase."""
        self._phase.value = phase

    def deliveries(self) -> int:
        """How many were received so far."""
        return sum(count.value for count in self._deliveries)

    def cpu_seconds(self) -> list[float]:
        """Processor time of each load process so far."""
        return [cpu.value / 1e9 for cpu in self._cpu_ns]

    def outcomes(self) -> list[Outcome]:
        """End everybody and hear what they saw."""
        self._phase.value = Phase.STOP
        return [pipe.recv() for pipe in self._pipes]

    def end(self) -> None:
        """No process of ours is left."""
        for process in self._processes:
            process.join(5)
            if process.is_alive():
                process.kill()
                process.join()


def _share(whole: int, index: int, *, of_all_before: bool = False) -> int:
    """How much of the whole falls to a load process, or to all before it."""
    before = index * whole // _PROCESSES
    return before if of_all_before else (index + 1) * whole // _PROCESSES - before


def measure(system: System, workload: Workload, warm_seconds: float, seconds: float) -> Measured:
    """Fill the rooms, let people talk, and measure for `seconds`; RuntimeError for any disorder."""
    with serving(system) as (server, ports):
        crowd = Crowd(system, ports, workload)
        try:
            crowd.wait_until_quiet()
            crowd.enter(Phase.TALK)
            time.sleep(warm_seconds)
            crowd.enter(Phase.MEASURE)
            began, cpu, load_cpu, deliveries = (
                time.monotonic(),
                server.cpu_seconds(),
                crowd.cpu_seconds(),
                crowd.deliveries(),
            )
            time.sleep(seconds)
            deliveries = crowd.deliveries() - deliveries
            load_cpu = [after - before for before, after in zip(load_cpu, crowd.cpu_seconds(), strict=True)]
            cpu = server.cpu_seconds() - cpu
            took = time.monotonic() - began
            outcomes = crowd.outcomes()
        finally:
            crowd.end()
    disorders = sum(outcome.disorders for outcome in outcomes)
    if disorders:
        raise RuntimeError(f"{system.name} delivered {disorders:,} times out of order ({workload.name})")
    latencies = sorted(latency for outcome in outcomes for latency in outcome.latencies_ns)
    answers = sorted(took for outcome in outcomes for took in outcome.answers_ns)
    if not deliveries:
        raise RuntimeError(f"{system.name} delivered nothing ({workload.name})")
    return Measured(
        system=system.name,
        workload=workload.name,
        seconds=took,
        deliveries=deliveries,
        server_cpu_seconds=cpu,
        load_cpu_seconds=max(load_cpu),
        p50_ms=statistics.median(latencies) / 1e6 if latencies else 0.0,
        p99_ms=_p99(latencies) / 1e6,
        answer_p99_ms=_p99(answers) / 1e6,
    )


def _p99(ascending: Sequence[int]) -> int:
    return ascending[len(ascending) * 99 // 100] if ascending else 0


def weigh(system: System, connections: int) -> Idle:
    """What the server's memory grows by when so many members connect, log in, go live and are silent."""
    with serving(system) as (server, ports):
        # Some members first, so that what is loaded and made once is not counted as theirs.
        crowds = [Crowd(system, ports, Workload("", _FIRST_IDLE, senders=0))]
        try:
            crowds[0].wait_until_quiet()
            before = server.resident_bytes()
            crowds.append(Crowd(system, ports, Workload("", connections, senders=0), first=_FIRST_IDLE))
            crowds[1].wait_until_quiet()
            grown = server.resident_bytes() - before
            for crowd in crowds:
                crowd.outcomes()
        finally:
            for crowd in crowds:
                crowd.end()
    return Idle(system.name, connections, grown / connections)


# What it comes to.


def report(findings: Findings) -> str:
    """What was measured, as Markdown."""
    lines = [
        f"Texts of {TEXT_BYTES} bytes. chatd stores every message on disk before anybody sees it; the others",
        f"store nothing. A server and {_PROCESSES} load processes shared {os.cpu_count()} processors:",
        "trust the ratios, not the figures. Each row is the round with the least CPU of several, for",
        "what else a machine does only adds to it.",
    ]
    for workload in WORKLOADS:
        rows = [row for row in findings.measured if row.workload == workload.name]
        if not rows:
            continue
        lines += [
            "",
            f"### {EXPLAINED[workload.name]}",
            "",
            "| server | deliveries/s | CPU µs each | of chatd's | p50 ms | p99 ms | answer p99 ms | busy"
            " | busiest load |",
            "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        ]
        ours = rows[0].cpu_us
        lines += [
            f"| {row.system} | {row.per_second:,.0f} | {row.cpu_us:.2f} | {row.cpu_us / ours:.2f}"
            f" | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.answer_p99_ms:.2f}"
            f" | {row.server_cpu_seconds / row.seconds:.0%} | {row.load_cpu_seconds / row.seconds:.0%} |"
            for row in rows
        ]
    if findings.idle:
        lines += [
            "",
            "### Connections that do nothing",
            "",
            "| server | connections | KiB each |",
            "|---|--:|--:|",
        ]
        lines += [
            f"| {row.system} | {row.connections:,} | {row.bytes_each / 1024:.1f} |" for row in findings.idle
        ]
    return "\n".join(lines) + "\n"


def write(path: Path, findings: Findings, text: str) -> None:
    """Put the tables into a document, where it has marks for them, and pictures beside it."""
    from bench.growth import draw  # what draws is not installed for a first impression

    put(path, "bench.fanout", text)
    members = {workload.name: workload.members for workload in WORKLOADS if workload.name.isdigit()}
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in findings.measured:
        if row.workload in members:
            lines.setdefault(row.system, []).append((members[row.workload], row.cpu_us))
    draw(
        path.with_name("performance-members.svg"),
        lines,
        title="What one delivery costs the server",
        across="members of the room",
        up="processor time per delivery (µs)",
    )


@dataclass(frozen=True)
class Budget:
    """What one of chatd's costs may be, as a part of a peer's under the same workload."""

    workload: str
    what: str
    """A property of Measured: less is better, but for `per_second`."""
    peer: System
    most: float
    ours: System = CHATD


BUDGETS = (
    *(Budget("1000", "per_second", peer, 1.0) for peer in PLAIN[1:]),
    Budget("1000", "cpu_us", AUTOBAHN, 0.35),
    Budget("1000", "cpu_us", WEBSOCKETS, 0.25),
    Budget("1000", "cpu_us", CHATD, 1.0, CHATD_LINES),
    *(Budget("100", "per_second", peer, 1.0) for peer in PLAIN[1:] if peer is not NGIRCD),
    *(Budget(name, "per_second", peer, 1.0) for name in ("10", "rooms") for peer in (WEBSOCKETS, SOCKET_IO)),
    *(Budget(name, "per_second", peer, 1.25) for name in ("10", "rooms") for peer in (NODE_WS, AUTOBAHN)),
    Budget("10", "cpu_us", AUTOBAHN, 2.0),
    Budget("tls", "cpu_us", AUTOBAHN_TLS, 0.35, CHATD_TLS),
    Budget("light", "cpu_us", AUTOBAHN, 0.6),
    *(Budget("paced", what, peer, 1.2) for what in ("p50_ms", "p99_ms") for peer in PLAIN[1:]),
)
IDLE_BUDGETS_KIB = {CHATD.name: 11, CHATD_LINES.name: 4, CHATD_TLS.name: 40}


def ratio(findings: Findings, budget: Budget) -> float | None:
    """Ours as a part of theirs, the less the better; None when one of them was not measured."""
    ours, theirs = findings.of(budget.ours, budget.workload), findings.of(budget.peer, budget.workload)
    if ours is None or theirs is None:
        return None
    mine, other = getattr(ours, budget.what), getattr(theirs, budget.what)
    return float(other / mine if budget.what == "per_second" else mine / other)


def broken_budgets(findings: Findings) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    sentences = []
    for budget in BUDGETS:
        found = ratio(findings, budget)
        if found is not None and found > budget.most:
            sentences.append(
                f"{EXPLAINED[budget.workload]}: {budget.what} of {budget.ours.name} is {found:.2f} of"
                f" {budget.peer.name}'s cost; {budget.most} is the most."
            )
    for row in findings.idle:
        most = IDLE_BUDGETS_KIB.get(row.system)
        if most and row.bytes_each > most * 1024:
            sentences.append(
                f"An idle connection costs {row.system} {row.bytes_each / 1024:.1f} KiB; {most} are the most."
            )
    return sentences


def worse_than(findings: Findings, recorded: dict[str, float], times: float) -> list[str]:
    """A sentence for each ratio that is that many times worse than it was when it was recorded."""
    return [
        f"{name} was {before:.2f} and is {now:.2f}."
        for name, now in ratios(findings).items()
        if (before := recorded.get(name)) is not None and now > times * before
    ]


def ratios(findings: Findings) -> dict[str, float]:
    """The ratios of processor time that budgets are about, by name; others say more of the moment."""
    found = ((budget, ratio(findings, budget)) for budget in BUDGETS if budget.what == "cpu_us")
    return {
        f"{budget.workload}: {budget.what} of {budget.ours.name} to {budget.peer.name}": round(value, 3)
        for budget, value in found
        if value is not None
    }


def run_all(
    workloads: Iterable[Workload],
    systems: Sequence[System],
    rounds: int,
    warm_seconds: float,
    seconds: float,
) -> list[Measured]:
    """Each workload on each system that it is meant for; the round with the least CPU of each."""
    best: dict[tuple[str, str], Measured] = {}
    for workload in workloads:
        meant = [system for system in workload.systems if system in systems and not system.missing]
        for _, system in product(range(rounds), meant):
            row = measure(system, workload, warm_seconds, seconds)
            print(
                f"{workload.name}: {system.name} {row.per_second:,.0f}/s, {row.cpu_us:.2f} µs each",
                file=sys.stderr,
            )
            known = best.get((workload.name, system.name), row)
            best[workload.name, system.name] = min(known, row, key=lambda row: row.cpu_us)
    order = {system.name: place for place, system in enumerate(SYSTEMS)}
    names = [workload.name for workload in WORKLOADS]
    return sorted(best.values(), key=lambda row: (names.index(row.workload), order[row.system]))


def main() -> int:
    """Measure what the options say; the exit status."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    warm_seconds, seconds, rounds = (1.0, 2.0, 1) if options.quick else (2.0, 4.0, 2)
    if options.quick:
        options.idle = 0
        options.workloads = [workload for workload in options.workloads if workload.name in QUICK_WORKLOADS]
        options.systems = [system for system in options.systems if system in QUICK_SYSTEMS]
    findings = Findings()
    findings.measured = run_all(
        options.workloads, options.systems, options.rounds or rounds, warm_seconds, options.seconds or seconds
    )
    for system in options.systems if options.idle else ():
        if system is CHATD_MIXED or system.missing:
            continue
        findings.idle.append(weigh(system, options.idle))
        print(f"{system.name}: {findings.idle[-1].bytes_each / 1024:.1f} KiB idle", file=sys.stderr)
    text = report(findings)
    print(text, end="")
    for system in options.systems:
        if system.missing:
            print(f"{system.name} was left out: there is no {system.needs} here.", file=sys.stderr)
    if options.write:
        write(options.write, findings, text)
    if options.record:
        options.record.write_text(json.dumps(ratios(findings), indent=1) + "\n")
    broken = broken_budgets(findings) if options.check else []
    if options.guard:
        broken += worse_than(findings, json.loads(options.guard.read_text()), 1.5)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="some of it, in two minutes")
    parser.add_argument(
        "--workloads", type=_workloads, default=list(WORKLOADS), help=f"some of: {', '.join(EXPLAINED)}"
    )
    parser.add_argument(
        "--systems",
        type=_systems,
        default=list(SYSTEMS),
        help=f"some of: {'; '.join(system.name for system in SYSTEMS)} (divided by semicolons)",
    )
    parser.add_argument("--seconds", type=float, help="length of each measured window")
    parser.add_argument("--rounds", type=int, help="how often each measurement is repeated")
    parser.add_argument("--idle", type=int, default=2_000, help="idle connections to weigh; 0: none")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the tables between the marks in this file, and draw"
    )
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a budget is broken")
    parser.add_argument("--record", type=Path, metavar="FILE", help="put the ratios into this file")
    parser.add_argument(
        "--guard",
        type=Path,
        metavar="FILE",
        help="exit with status 1 when a ratio is 1.5 times what is in it",
    )
    return parser.parse_args()


def _workloads(text: str) -> list[Workload]:
    chosen = [workload for workload in WORKLOADS if workload.name in text.split(",")]
    if len(chosen) < len(text.split(",")):
        raise argparse.ArgumentTypeError(f"not all of them are among {', '.join(EXPLAINED)}")
    return chosen


def _systems(text: str) -> list[System]:
    named = {system.name.lower(): system for system in SYSTEMS}
    try:
        return [named[name.strip().lower()] for name in text.split(";")]
    except KeyError as error:
        raise argparse.ArgumentTypeError(f"{error} is not among {'; '.join(named)}") from None


if __name__ == "__main__":
    sys.exit(main())
