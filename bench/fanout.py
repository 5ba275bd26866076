"""Rooms full of members: deliveries, processor time, latency and memory, chatd beside its peers.

Run as `python -m bench.fanout`; `--help` lists the options. Every server is a process of its own and so is
every load generator. chatd stores every message durably before anybody sees it; the peers store nothing.
"""

import argparse
import json
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from itertools import product
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from bench.budgets import broken_budgets, ratios, worse_than
from bench.findings import PROCESSES, Findings, Idle, Measured, report, write
from bench.members import Load, Outcome, Phase, SharedInt, run
from bench.systems import CHATD_MIXED, SYSTEMS, System, serving
from bench.workloads import EXPLAINED, QUICK_SYSTEMS, QUICK_WORKLOADS, WORKLOADS, Workload
from chatd.memory import GIVE_BACK_SECONDS

_CLOCKED = 20
"""Members of each process that measure latency."""
_FIRST_IDLE = 100
_CONNECT_SECONDS = 300
_BURST_SECONDS = 3.0
_context = multiprocessing.get_context("spawn")


class Crowd:
    """The load processes of one run, led through their phases together."""

    def __init__(self, system: System, ports: Sequence[int], workload: Workload, first: int = 0) -> None:
        """Start them; `first` is the number of the first member, for a second crowd on the same server."""
        self._phase: SharedInt = _context.RawValue("i", Phase.IDLE)
        self._deliveries: list[SharedInt] = []
        self._cpu_ns: list[SharedInt] = []
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for index in range(PROCESSES):
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
    before = index * whole // PROCESSES
    return before if of_all_before else (index + 1) * whole // PROCESSES - before


def measure(system: System, workload: Workload, warm_seconds: float, seconds: float) -> Measured:
    """Fill the rooms, let people talk, and measure for `seconds`; RuntimeError for any disorder."""
    with serving(system) as serves:
        server = serves.server
        crowd = Crowd(system, serves.ports, workload)
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
            stall_ms = serves.longest_stall_ms(began, began + took)
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
        stall_ms=stall_ms,
    )


def _p99(ascending: Sequence[int]) -> int:
    return ascending[len(ascending) * 99 // 100] if ascending else 0


def weigh(system: System, connections: int) -> Idle:
    """The server's memory before so many members come, when they are silent, and when they have talked."""
    with serving(system) as serves:
        server, ports = serves.server, serves.ports
        # Some members first, so that what is loaded and made once is not counted as theirs.
        crowds = [Crowd(system, ports, Workload("", "", _FIRST_IDLE, senders=0))]
        try:
            crowds[0].wait_until_quiet()
            empty = server.resident_bytes()
            crowds.append(Crowd(system, ports, Workload("", "", connections), first=_FIRST_IDLE))
            crowds[1].wait_until_quiet()
            idle = server.resident_bytes()
            crowds[1].enter(Phase.TALK)
            time.sleep(_BURST_SECONDS)
            crowds[1].enter(Phase.IDLE)
            time.sleep(GIVE_BACK_SECONDS + 2)
            after = server.resident_bytes()
            for crowd in crowds:
                crowd.outcomes()
        finally:
            for crowd in crowds:
                crowd.end()
    return Idle(system.name, connections, empty, idle, after)


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
    parser.add_argument("--idle", type=int, default=10_000, help="idle connections to weigh; 0: none")
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
