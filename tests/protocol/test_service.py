"""What the service gives its parts."""

import time
from pathlib import Path

import pytest
import pytest_twisted

from chatd.config import Config
from chatd.service import ChatService
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
