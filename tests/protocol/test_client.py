"""The client library, against the real server: it comes back, misses nothing, and says nothing twice."""

from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, gatherResults

from chatd.client import ENTRIES, Client, Ended, Json, Refused
from chatd.model import Entry, Skipped
from tests.peers import reactor
from tests.protocol.test_api import script
from tests.scenarios.house import House


def client(house: House, name: str | None = None, **options: Any) -> Client:
    return Client(reactor, f"ws://127.0.0.1:{house.port('web')}/ws", name=name, **options)


def lose(house: House) -> None:
    """Every WebSocket connection is cut."""
    assert house._service is not None
    assert house._service._running is not None
    for connection in list(house._service._running.websockets.connections):
        connection.abort()


async def texts(events: AsyncIterator[Json], count: int) -> list[str]:
    """What the next messages say."""
    found: list[str] = []
    async for event in events:
        if event["type"] == "said":
            found.append(event["text"])
            if len(found) == count:
                break
    return found


@pytest_twisted.ensureDeferred
async def test_a_program_hears_and_says(house: House) -> None:
    bot = client(house, "echo")
    await bot.ask("ping")
    alice = await script(house, "alice")
    await alice.ask("say", room="lobby", text="hello")
    assert ["hello"] == await texts(bot.events(), 1)
    assert 2 == await bot.say("lobby", "hi")
    assert ("echo", "guest") == (bot.user["name"], bot.user["kind"])
    with pytest.raises(Refused) as caught:
        await bot.say("nowhere", "hi")
    assert "no_such_room" == caught.value.code
    await bot.close()


@pytest_twisted.ensureDeferred
async def test_what_is_missed_comes_and_nothing_twice(house: House) -> None:
    bot, alice = client(house, "bot"), await script(house, "alice")
    await bot.ask("ping")
    events = bot.events()
    for number in range(3):
        await alice.ask("say", room="lobby", text=f"before {number}")
    assert ["before 0", "before 1", "before 2"] == await texts(events, 3)
    lose(house)
    await alice.ask("say", room="lobby", text="meanwhile")
    assert ["meanwhile"] == await texts(bot.events(), 1)
    await alice.ask("say", room="lobby", text="after")
    assert ["after"] == await texts(bot.events(), 1)
    await bot.close()


@pytest_twisted.ensureDeferred
async def test_what_was_not_answered_is_said_again_and_stored_once(house: House) -> None:
    bot, alice = client(house, "bot", resume=False), await script(house, "alice")
    await bot.ask("ping")
    saying = [Deferred.fromCoroutine(bot.say("lobby", f"line {number}")) for number in range(9)]
    lose(house)
    seqs = await gatherResults(saying)
    said = (await alice.ask("history", room="lobby"))["entries"]
    assert sorted(f"line {number}" for number in range(9)) == sorted(one["text"] for one in said)
    assert sorted(seqs) == [one["seq"] for one in said]
    await bot.close()


@pytest_twisted.ensureDeferred
async def test_a_room_that_one_comes_into_is_heard(house: House) -> None:
    bot, alice = client(house, "bot"), await script(house, "alice")
    await bot.ask("ping")
    await alice.ask("say", room="@bot", text="psst")
    assert ["psst"] == await texts(bot.events(), 1)
    await bot.close()


@pytest_twisted.ensureDeferred
async def test_who_may_not_come_in_is_told_and_does_not_come_back(house: House) -> None:
    bot = client(house, token="nonsense")
    with pytest.raises(Refused) as caught:
        await bot.ask("ping")
    assert "wrong_token" == caught.value.code
    with pytest.raises(Refused):
        await texts(bot.events(), 1)
    with pytest.raises(Refused):
        await bot.say("lobby", "hi")
    await bot.close()


@pytest_twisted.ensureDeferred
async def test_an_end_is_told_to_whoever_waits(house: House) -> None:
    bot = client(house, "bot")
    await bot.ask("ping")
    waiting = Deferred.fromCoroutine(texts(bot.events(), 1))
    await bot.close()
    with pytest.raises(Ended):
        await waiting
    other = client(house, "other")
    await other.ask("ping")
    waiting = Deferred.fromCoroutine(texts(other.events(), 1))
    await other.ask("logout")
    with pytest.raises(Ended):
        await waiting


def test_whatever_has_a_place_in_a_log_moves_a_client_on() -> None:
    assert {kind.__struct_config__.tag for kind in (*get_args(Entry), Skipped)} == ENTRIES
