"""The daemon with a probe inside that ticks on its reactor, and notes whenever it was kept from that.

Run as `python -m bench.probe FILE`, then what `twistd` takes. FILE gets a line for each tick that came late:
when that was (seconds of the monotonic clock), how late, and how much of that its thread was computing, and
stood in line for a processor (proc(5), schedstat); the rest it waited for another thread or the system.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple, TextIO

TICK_SECONDS = 0.005
NOTED_SECONDS = 0.010


class Stall(NamedTuple):
    """One tick that came late; all in seconds."""

    at: float
    late: float
    computing: float
    queued: float

    @property
    def own(self) -> float:
        """Without what others who use the machine are to blame for."""
        return self.late - self.queued


def stalls(file: Path, begun: float, ended: float) -> list[Stall]:
    """What was noted between these times of the monotonic clock."""
    found = (Stall(*map(float, line.split())) for line in file.read_text().splitlines())
    return [stall for stall in found if begun <= stall.at <= ended]


def longest(found: list[Stall]) -> Stall:
    """The longest of them by its own fault; one of no length where there are none."""
    return max(found, key=lambda stall: stall.own, default=Stall(0, 0, 0, 0))


class Probe:
    """Ticks on a reactor."""

    def __init__(self, reactor: Any, notes: TextIO) -> None:
        self._reactor = reactor
        self._notes = notes
        self._schedule = open("/proc/thread-self/schedstat", "rb", buffering=0)  # noqa: SIM115  # as long as we
        self._due = self._computed = self._queued = 0.0

    def start(self) -> None:
        """Tick when all that happens at the start has happened."""
        self._reactor.callLater(0, self._begin)

    def _begin(self) -> None:
        self._due, self._computed, self._queued = self._times()
        self._tick()

    def _times(self) -> tuple[float, float, float]:
        queued = int(os.pread(self._schedule.fileno(), 100, 0).split()[1]) / 1e9
        return time.monotonic(), time.thread_time(), queued

    def _tick(self) -> None:
        now, computed, queued = self._times()
        late = now - self._due
        if late > NOTED_SECONDS:
            times = now, late, computed - self._computed, queued - self._queued
            self._notes.write(" ".join(f"{seconds:.4f}" for seconds in times) + "\n")
        self._due, self._computed, self._queued = now + TICK_SECONDS, computed, queued
        self._reactor.callLater(TICK_SECONDS, self._tick)


def main() -> None:
    """Begin to tick when the reactor runs, and be twistd."""
    from twisted.internet import reactor
    from twisted.scripts.twistd import run

    notes = Path(sys.argv.pop(1)).open("a", buffering=1)  # noqa: SIM115  # for as long as the process is there
    reactor.callWhenRunning(Probe(reactor, notes).start)
    run()


if __name__ == "__main__":
    main()
