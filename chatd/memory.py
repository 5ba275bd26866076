"""How the process uses memory: when it looks for cycles, and when the system gets back what is free."""

import ctypes
import gc
from collections.abc import Callable

COLLECT_AFTER = (5_000, 2, 1_000)
"""How many objects are made and kept, and how many rounds of the younger generation pass, before a generation
is searched for cycles. With Python's own numbers everything was searched again and again while 2,000 sessions
came, 150 ms each time; so it is 15,000 young objects at most. What is done for a connection or a message
leaves no cycle behind, and the rest is hardly ever worth a look."""
GIVE_BACK_SECONDS = 10


def collect_little() -> None:
    """Look for cycles where there may be some: not in what was loaded, which stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def _trim() -> Callable[[int], object]:
    """malloc_trim(3); a C library that has none keeps what it keeps."""
    trim: Callable[[int], object] = getattr(ctypes.CDLL(None), "malloc_trim", lambda pad: None)
    return trim


_malloc_trim = _trim()


def give_back() -> None:
    """Let the system have the pages that are free in the middle of the heap.

    glibc by itself gives back only what lies at its end. 2,000 sessions that came back at once left 14 MiB,
    8 of them free in this way, after which it takes 1 ms; otherwise less.
    """
    _malloc_trim(0)
