"""What every test runs under."""

import inspect
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

UNIT = Path(__file__).parent / "unit"

# No test depends on how fast the machine is, nor on chance: examples have no deadline, drawing them may take
# long, and they are the same in every run. HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile(
    "chatd", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("explore", settings.get_profile("chatd"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "chatd"))


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs no reactor as `plain`: coverage is measured over it, without pytest-twisted."""
    for item in items:
        if item.path.is_relative_to(UNIT) and isinstance(item, pytest.Function) and not _waits(item):
            item.add_marker("plain")


def _waits(test: pytest.Function) -> bool:
    """Whether it or a fixture of it is a coroutine."""
    fixtures = test._fixtureinfo.name2fixturedefs.values()  # pytest 9 has no public way to them
    functions = [test.function, *(definition.func for definitions in fixtures for definition in definitions)]
    return any(inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one) for one in functions)
