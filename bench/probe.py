"""The daemon with a probe inside that ticks on its reactor, and notes whenever it was kept from that.

Run as `python -m bench.probe FILE`, then what `twistd` takes. FILE gets a line for each tick that came late:
when that was (seconds of the monotonic clock), how late, and how much of that its thread was computing; the
rest it waited, for another thread or for the machine.
"""

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


def stalls(file: Path, begun: float, ended: float) -> list[Stall]:
    """What was noted between these times of the monotonic clock."""
    found = (Stall(*map(float, line.split())) for line in file.read_text().splitlines())
    return [stall for stall in found if begun <= stall.at <= ended]


def longest(found: list[Stall]) -> Stall:
    """The longest of them; one of no length where there are none."""
    return max(found, key=lambda stall: stall.late, default=Stall(0, 0, 0))


class Probe:
    """Ticks on a reactor."""

    def __init__(self, reactor: Any, notes: TextIO) -> None:
        self._reactor = reactor
        self._notes = notes
        self._due = self._computed = 0.0

    def start(self) -> None:
        """Tick when all that happens at the start has happened."""
        self._reactor.callLater(0, self._begin)

    def _begin(self) -> None:
        self._due, self._computed = time.monotonic(), time.thread_time()
        self._tick()

    def _tick(self) -> None:
        now, computed = time.monotonic(), time.thread_time()
        late = now - self._due
        if late > NOTED_SECONDS:
            self._notes.write(f"{now:.4f} {late:.4f} {computed - self._computed:.4f}\n")
        self._due, self._computed = now + TICK_SECONDS, computed
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
