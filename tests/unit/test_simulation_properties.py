"""Whatever happens, and in whatever order, no promise is broken: thousands of short lives, each from a seed.

`python -m tests.simulation` runs as many more as one likes; a seed that fails is kept here.
"""

import itertools
import sqlite3
from contextlib import closing

import pytest

from chatd.core.ports import Frame
from chatd.frontends.outbox import Outbox
from chatd.storage.dialect import driver_of
from chatd.storage.writer import Job
from tests.fakes import MemoryDatabase
from tests.simulation.world import World, run

SEEDS_EACH = 100
STEPS = 300


@pytest.mark.parametrize("block", range(20))
def test_no_schedule_breaks_a_promise(block: int) -> None:
    for seed in range(block * SEEDS_EACH, (block + 1) * SEEDS_EACH):
        assert [] == run(seed, STEPS), f"seed {seed}, {STEPS} steps"


def test_no_long_schedule_breaks_one() -> None:
    for seed in range(10):
        assert [] == run(seed, 10 * STEPS), f"seed {seed}, {10 * STEPS} steps"


def test_the_same_seed_is_the_same_run() -> None:
    worlds = [World(5), World(5)]
    assert worlds[0].run(500) == worlds[1].run(500) == []
    assert worlds[0].events == worlds[1].events
    journals = [[client.memory.journal for client in world.clients] for world in worlds]
    assert journals[0] == journals[1]


# What is looked for is found.


def found_in(seeds: range) -> str:
    """All that is broken in the first of these runs in which anything is."""
    for seed in seeds:
        if broken := run(seed, STEPS):
            return "\n".join(broken)
    return ""


def test_a_frame_that_gets_lost_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    put, count = Outbox.put, itertools.count(1)

    def lossy(self: Outbox, frame: Frame) -> bool:
        return next(count) % 20 == 0 or put(self, frame)

    monkeypatch.setattr(Outbox, "put", lossy)
    assert "was never seen" in found_in(range(50))


def test_a_disk_that_forgets_what_it_confirmed_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    batch, crash = MemoryDatabase._batch, MemoryDatabase.crash
    with closing(sqlite3.connect(":memory:")) as before:

        def carelessly(self: MemoryDatabase, jobs: list[Job]) -> None:
            driver_of(self.connection).backup(before)
            batch(self, jobs)

        def forgetfully(self: MemoryDatabase, committed: int) -> None:
            crash(self, 0)
            before.backup(driver_of(self.connection))

        monkeypatch.setattr(MemoryDatabase, "_batch", carelessly)
        monkeypatch.setattr(MemoryDatabase, "crash", forgetfully)
        assert "is not stored" in found_in(range(50))
