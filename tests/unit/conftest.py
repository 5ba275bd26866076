"""A store of each kind, for the tests of what every store does."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorFromThreads

from chatd.model import Entry
from chatd.storage.threads import open_store
from tests.fakes import MemoryStore
from tests.unit.store_bench import Bench


@pytest_twisted.async_yield_fixture(params=["memory", "sqlite"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    published: list[Entry] = []
    if request.param == "memory":
        bench = Bench(MemoryStore(publish=published.append, clock=lambda: bench.now), published)
        yield bench
        return
    store = open_store(
        tmp_path,
        reactor=IReactorFromThreads(reactor),
        clock=lambda: bench.now,
        publish=published.append,
    )
    bench = Bench(store, published)
    yield bench
    await store.close()
