"""What `bench.fanout` has measured, and how it is told."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from bench.dialects import TEXT_BYTES
from bench.documents import put
from bench.probe import NOTED_SECONDS
from bench.systems import System
from bench.workloads import WORKLOADS, Workload

PROCESSES = 2
"""Load processes."""


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
    stall_ms: float | None
    """The longest for which the reactor did nothing else, but to stand in line for a processor; 0: less than
    is noted; None: nobody looked."""

    @property
    def per_second(self) -> float:
        return self.deliveries / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time per delivery."""
        return 1e6 * self.server_cpu_seconds / self.deliveries


@dataclass(frozen=True)
class Idle:
    """What connections cost that do nothing, before and after a burst of messages to all of them."""

    system: str
    connections: int
    empty_bytes: int
    """What the server has before they come."""
    idle_bytes: int
    after_bytes: int

    @property
    def bytes_each(self) -> float:
        return (self.idle_bytes - self.empty_bytes) / self.connections


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


def report(findings: Findings) -> str:
    """What was measured, as Markdown."""
    lines = [
        f"Texts of {TEXT_BYTES} bytes. chatd stores every message on disk before anybody sees it; the others",
        f"store nothing. A server and {PROCESSES} load processes shared {os.cpu_count()} processors:",
        "trust the ratios, not the figures. Each row is the round with the least CPU of several, for",
        "what else a machine does only adds to it. A stall is the longest time for which chatd's reactor",
        f"did nothing else; less than {NOTED_SECONDS * 1000:.0f} ms is not noted.",
    ]
    for workload in WORKLOADS:
        lines += _table(findings, workload)
    if findings.idle:
        lines += [
            "",
            "### Connections that do nothing",
            "",
            "| server | connections | KiB each | MiB in all | MiB after a burst of messages |",
            "|---|--:|--:|--:|--:|",
        ]
        lines += [
            f"| {row.system} | {row.connections:,} | {row.bytes_each / 1024:.1f}"
            f" | {row.idle_bytes / 2**20:.0f} | {row.after_bytes / 2**20:.0f} |"
            for row in findings.idle
        ]
    return "\n".join(lines) + "\n"


def _table(findings: Findings, workload: Workload) -> list[str]:
    rows = [row for row in findings.measured if row.workload == workload.name]
    if not rows:
        return []
    ours = rows[0].cpu_us
    return [
        "",
        f"### {workload.explained}",
        "",
        "| server | deliveries/s | CPU µs each | of chatd's | p50 ms | p99 ms | answer p99 ms | stall ms"
        " | busy | busiest load |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
        *(
            f"| {row.system} | {row.per_second:,.0f} | {row.cpu_us:.2f} | {row.cpu_us / ours:.2f}"
            f" | {row.p50_ms:.2f} | {row.p99_ms:.2f} | {row.answer_p99_ms:.2f} | {_stall(row)}"
            f" | {row.server_cpu_seconds / row.seconds:.0%} | {row.load_cpu_seconds / row.seconds:.0%} |"
            for row in rows
        ),
    ]


def _stall(row: Measured) -> str:
    if row.stall_ms is None:
        return ""
    return f"{row.stall_ms:.0f}" if row.stall_ms else f"< {NOTED_SECONDS * 1000:.0f}"


def write(path: Path, findings: Findings, text: str) -> None:
    """Put the tables into a document, where it has marks for them, and pictures beside it."""
    from bench.plots import draw  # what draws is not installed for a first impression

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
