"""One room, many WebSocket members: deliveries, processor time, latency and memory, chatd beside peers.

Run as `python -m bench.fanout`; `--help` lists the options. Every server is a process of its own and so is
every load generator; ten of the members send, 150 bytes of text each, two messages of each sender being
unanswered at any time. chatd stores every message durably; the peers store nothing.
"""

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.members import TEXT_BYTES, Load, Outcome, Phase, SharedInt, run
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port, peer_command

CHATD, AUTOBAHN, WEBSOCKETS = "chatd", "Autobahn loop", "websockets broadcast"
SYSTEMS = (CHATD, AUTOBAHN, WEBSOCKETS)
_PEER_MODULES = {AUTOBAHN: "autobahn_loop", WEBSOCKETS: "websockets_broadcast"}
_SENDERS = 10
_UNANSWERED = 2
_CLOCKED = 20
"""Members of each process that measure latency."""
_PROCESSES = 2
_FIRST_IDLE = 100
_CONNECT_SECONDS = 300
_context = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Measured:
    """What one system did with one number of members."""

    system: str
    members: int
    seconds: float
    deliveries: int
    server_cpu_seconds: float
    load_cpu_seconds: float
    """Of the busiest load process."""
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        return self.deliveries / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.deliveries / self.server_cpu_seconds


@dataclass(frozen=True)
class Idle:
    """What connections cost that do nothing."""

    system: str
    connections: int
    bytes_each: float


class Crowd:
    """The load processes of one run, led through their phases together."""

    def __init__(self, port: int, members: int, senders: int, login: bool, first: int = 0) -> None:
        """Start them; `first` is the number of the first member, for a second crowd on the same server."""
        self._phase: SharedInt = _context.RawValue("i", Phase.IDLE)
        self._deliveries: list[SharedInt] = []
        self._cpu_ns: list[SharedInt] = []
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for index in range(_PROCESSES):
            load = Load(
                port=port,
                first=first + index * members // _PROCESSES,
                members=(index + 1) * members // _PROCESSES - index * members // _PROCESSES,
                senders=(index + 1) * senders // _PROCESSES - index * senders // _PROCESSES,
                unanswered=_UNANSWERED,
                clocked=_CLOCKED,
                login=login,
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


@contextmanager
def serving(system: str) -> Iterator[tuple[Server, int]]:
    """The system as a fresh process and the port it listens on."""
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as directory:
        scratch = Path(directory)
        ports = [free_port()]
        if system == CHATD:
            ports.append(free_port())
            command = chatd_command(scratch / "data", ports[0], ports[1], LIMITS_OFF)
        else:
            command = peer_command(_PEER_MODULES[system], ports[0])
        server = Server(command, ports, scratch / "log")
        try:
            yield server, ports[0]
        except Exception as error:
            error.add_note(f"{system} said:\n{server.output()}")
            raise
        finally:
            server.stop()


def fan_out(system: str, members: int, warm_seconds: float, seconds: float) -> Measured:
    """Fill a room, let ten of its members talk, and measure for `seconds`; RuntimeError for any disorder."""
    with serving(system) as (server, port):
        crowd = Crowd(port, members, min(_SENDERS, members), login=system == CHATD)
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
        raise RuntimeError(f"{system} delivered {disorders:,} times out of order to {members:,} members")
    latencies_ns = sorted(latency for outcome in outcomes for latency in outcome.latencies_ns)
    if not latencies_ns:
        raise RuntimeError(f"{system} delivered nothing to {members} members")
    return Measured(
        system=system,
        members=members,
        seconds=took,
        deliveries=deliveries,
        server_cpu_seconds=cpu,
        load_cpu_seconds=max(load_cpu),
        p50_ms=statistics.median(latencies_ns) / 1e6,
        p99_ms=latencies_ns[len(latencies_ns) * 99 // 100] / 1e6,
    )


def idle(system: str, connections: int) -> Idle:
    """What the server's memory grows by when so many members connect, log in, go live and are silent."""
    with serving(system) as (server, port):
        login = system == CHATD
        # Some members first, so that what is loaded and made once is not counted as theirs.
        crowds = [Crowd(port, _FIRST_IDLE, senders=0, login=login)]
        try:
            crowds[0].wait_until_quiet()
            before = server.resident_bytes()
            crowds.append(Crowd(port, connections, senders=0, login=login, first=_FIRST_IDLE))
            crowds[1].wait_until_quiet()
            grown = server.resident_bytes() - before
            for crowd in crowds:
                crowd.outcomes()
        finally:
            for crowd in crowds:
                crowd.end()
    return Idle(system, connections, grown / connections)


_EXPLANATION = f"""\
# Performance

One room; {_SENDERS} members send texts of {TEXT_BYTES} bytes and keep {_UNANSWERED} each unanswered.
chatd stores every message before anybody sees it; the peers store nothing.
The server and {_PROCESSES} load processes shared {os.cpu_count()} processors: trust the ratios.
Each row is the round with the least CPU of several, because what else a machine does only adds to it.

| members | server | deliveries/s | per CPU second | CPU µs each | p50 ms | p99 ms | busy | busiest load |
|--:|---|--:|--:|--:|--:|--:|--:|--:|"""


def report(fanned: Sequence[Measured], idled: Sequence[Idle]) -> str:
    """What was measured, as Markdown."""
    lines = [_EXPLANATION]
    lines += [
        f"| {row.members:,} | {row.system} | {row.per_second:,.0f} | {row.per_cpu_second:,.0f}"
        f" | {1e6 / row.per_cpu_second:.2f} | {row.p50_ms:.2f} | {row.p99_ms:.2f}"
        f" | {row.server_cpu_seconds / row.seconds:.0%} | {row.load_cpu_seconds / row.seconds:.0%} |"
        for row in fanned
    ]
    if idled:
        lines += ["", "| server | idle connections | KiB each |", "|---|--:|--:|"]
        lines += [f"| {row.system} | {row.connections:,} | {row.bytes_each / 1024:.1f} |" for row in idled]
    lines += ["", "Made by `python -m bench.fanout`."]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Budget:
    """At least so many times a peer's deliveries per CPU second, with so many members."""

    members: int
    peer: str
    times: float


BUDGETS = (Budget(1_000, AUTOBAHN, 2.0), Budget(1_000, WEBSOCKETS, 4.0), Budget(10, AUTOBAHN, 0.5))
IDLE_BUDGET_BYTES = 12 * 1024


def broken_budgets(fanned: Sequence[Measured], idled: Sequence[Idle]) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    found = {(row.system, row.members): row for row in fanned}
    sentences = []
    for budget in BUDGETS:
        ours, theirs = found.get((CHATD, budget.members)), found.get((budget.peer, budget.members))
        if ours and theirs and ours.per_cpu_second < budget.times * theirs.per_cpu_second:
            times = ours.per_cpu_second / theirs.per_cpu_second
            sentences.append(
                f"With {budget.members:,} members chatd makes {times:.2f} times the deliveries per CPU second"
                f" of {budget.peer}; {budget.times} is the least."
            )
    for row in idled:
        if row.system == CHATD and row.bytes_each > IDLE_BUDGET_BYTES:
            kib, most = row.bytes_each / 1024, IDLE_BUDGET_BYTES / 1024
            sentences.append(f"An idle connection costs chatd {kib:.1f} KiB; {most:.0f} are the most.")
    return sentences


def main() -> int:
    """Measure what the options say; the exit status."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    warm_seconds, seconds, rounds = (1.0, 2.0, 1) if options.quick else (2.0, 6.0, 3)
    best: dict[tuple[int, str], Measured] = {}
    for members, _, system in product(options.members, range(options.rounds or rounds), options.systems):
        row = fan_out(system, members, warm_seconds, options.seconds or seconds)
        print(f"{system}, {members:,} members: {row.per_cpu_second:,.0f} per CPU second", file=sys.stderr)
        known = best.get((members, system), row)
        best[members, system] = max(known, row, key=lambda row: row.per_cpu_second)
    fanned = list(best.values())
    idled = []
    for system in options.systems if options.idle else ():
        idled.append(idle(system, options.idle))
        print(f"{system}: {idled[-1].bytes_each / 1024:.1f} KiB per idle connection", file=sys.stderr)
    text = report(fanned, idled)
    print(text, end="")
    if options.write:
        options.write.write_text(text)
    broken = broken_budgets(fanned, idled)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if broken and options.check else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="short windows, for a first impression")
    parser.add_argument(
        "--members", type=_numbers, default=[10, 100, 1_000], help="member counts: 10,100,1000"
    )
    parser.add_argument(
        "--systems", type=_systems, default=list(SYSTEMS), help=f"some of: {', '.join(SYSTEMS)}"
    )
    parser.add_argument("--seconds", type=float, help="length of each measured window")
    parser.add_argument("--rounds", type=int, help="how often each measurement is repeated")
    parser.add_argument("--idle", type=int, default=2_000, help="idle connections to weigh; 0: none")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this file, too")
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a budget is broken")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _systems(text: str) -> list[str]:
    """Systems by the beginnings of their names."""
    chosen = [
        system for word in text.split(",") for system in SYSTEMS if system.lower().startswith(word.lower())
    ]
    if not chosen:
        raise argparse.ArgumentTypeError(f"none of {', '.join(SYSTEMS)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
