"""A whole server on loopback, for tests that look at its bytes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.house import House


@pytest.fixture
def limits() -> Limits:
    """The limits of the house; a module or a test may say otherwise."""
    return Limits()


@pytest_twisted.async_yield_fixture
async def house(tmp_path: Path, limits: Limits) -> AsyncIterator[House]:
    house = House(tmp_path / "data", tls=False, limits=limits)
    house.start()
    yield house
    await house.stop()
    assert house.faults.events == []


@pytest_twisted.async_yield_fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house for all tests of a module, which count nothing in it."""
    limits = Limits(connects_per_minute=0, creations_per_minute=0)
    house = House(tmp_path_factory.mktemp("shared") / "data", tls=False, limits=limits)
    house.start()
    yield house
    await house.stop()
    assert house.faults.events == []
