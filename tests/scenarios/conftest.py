"""A house, and two people in it: every story is told for each way in which they can have come."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.house import House
from tests.scenarios.people import EVERY_KIND, Person

PAIRS = [("ws", "ws"), ("line", "line"), ("ws", "line"), ("line", "ws")]
API_PAIRS = [("api", "api"), ("ws", "api"), ("api", "line")]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A module that says `API = True` tells its stories of scripts without a connection too."""
    chosen = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "kinds" in metafunc.fixturenames and "kinds" not in chosen:
        pairs = [*PAIRS, *(API_PAIRS if getattr(metafunc.module, "API", False) else ())]
        metafunc.parametrize("kinds", pairs, ids="-".join, indirect=True)


@pytest.fixture
def kinds(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Through which frontends alice and bob come."""
    first, second = request.param
    return first, second


@pytest.fixture
def tls() -> bool:
    """Whether they come over TLS; a module may say otherwise."""
    return False


@pytest.fixture
def limits() -> Limits:
    """The limits of the house; a module or a test may say otherwise."""
    return Limits()


@pytest_twisted.async_yield_fixture
async def house(tmp_path: Path, tls: bool, limits: Limits) -> AsyncIterator[House]:
    house = House(tmp_path / "data", tls=tls, limits=limits)
    house.start()
    yield house
    await house.stop()
    assert house.faults.events == []


@pytest.fixture
def alice(house: House, kinds: tuple[str, str]) -> Person:
    return EVERY_KIND[kinds[0]](house)


@pytest.fixture
def bob(house: House, kinds: tuple[str, str]) -> Person:
    return EVERY_KIND[kinds[1]](house)
