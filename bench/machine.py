"""How fast the machine is while something is measured: others use it too, which no figure says by itself."""

import os
import time

_TURNS = 1_000_000


class Machine:
    """Made before the measuring; `describe` it afterwards, beside the figures."""

    def __init__(self) -> None:
        self._before_ms = _loop_ms()

    def describe(self) -> str:
        """Its load, and what the same work took before and after: 30 to 50 ms are usual."""
        return (
            f"load {os.getloadavg()[0]:.1f}; a million additions took"
            f" {self._before_ms:.0f} ms before and {_loop_ms():.0f} after"
        )


def _loop_ms() -> float:
    """The median of five: one of them alone may meet another process."""
    return sorted(_once_ms() for _ in range(5))[2]


def _once_ms() -> float:
    begun = time.perf_counter()
    total = 0
    for number in range(_TURNS):
        total += number
    return (time.perf_counter() - begun) * 1000
