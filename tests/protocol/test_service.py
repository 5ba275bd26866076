"""What the service gives its parts."""

import time

import pytest_twisted

from tests.scenarios.house import House


@pytest_twisted.ensureDeferred
async def test_the_registrys_time_is_not_the_one_that_operators_set_back(house: House) -> None:
    """By a clock that is set back an hour, nobody would be told for an hour who comes and goes."""
    assert house._service is not None and house._service._running is not None
    assert house._service._running.registry.now <= time.monotonic_ns() // 1_000_000
