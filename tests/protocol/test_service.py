"""What the service gives its parts."""

import gc
import time
from pathlib import Path

import pytest
import pytest_twisted

from chatd.config import Config
from chatd.service import COLLECT_AFTER, ChatService, _collect_little
from tests.peers import reactor
from tests.scenarios.house import House


@pytest_twisted.ensureDeferred
async def test_the_registrys_time_is_not_the_one_that_operators_set_back(house: House) -> None:
    """By a clock that is set back an hour, nobody would be told for an hour who comes and goes."""
    assert house._service is not None and house._service._running is not None
    assert house._service._running.registry.now <= time.monotonic_ns() // 1_000_000


def test_a_place_that_cannot_be_listened_on_is_told_in_one_sentence(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = f"unix:{tmp_path}/nowhere/socket"
    with pytest.raises(SystemExit):
        ChatService(Config(data=tmp_path, web=(place,)), reactor).privilegedStartService()
    sentence = f"chatd: --web {place} cannot be listened on: No such file or directory.\n"
    assert sentence == capfd.readouterr().err


def test_what_is_loaded_at_the_start_is_not_searched_for_cycles() -> None:
    before = gc.get_threshold()
    try:
        _collect_little()
        assert gc.get_freeze_count() > 10_000
        assert COLLECT_AFTER == gc.get_threshold()
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
