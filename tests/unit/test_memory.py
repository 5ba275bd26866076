"""How the process uses its memory."""

import gc
import os
from pathlib import Path

from chatd.memory import COLLECT_AFTER, collect_little, give_back

MALLOC_BYTES = 1_000
"""What Python asks the C library for, and not its own allocator."""


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_what_is_loaded_at_the_start_is_not_searched_for_cycles() -> None:
    before = gc.get_threshold()
    try:
        collect_little()
        assert gc.get_freeze_count() > 10_000
        assert COLLECT_AFTER == gc.get_threshold()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_what_a_crowd_left_in_the_middle_of_the_heap_is_given_back() -> None:
    crowd = [bytes(MALLOC_BYTES) for _ in range(50_000)]
    stays = crowd[::100]
    crowded = resident_bytes()
    del crowd
    give_back()
    assert resident_bytes() < crowded - 50_000 * MALLOC_BYTES // 2
    assert 500 == len(stays)
