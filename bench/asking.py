"""Somebody who asks over WebSocket, one question after the other, while others talk; how long that takes."""

import asyncio
import json
import random
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple, cast

from websockets.asyncio.client import ClientConnection, connect

from bench.servers import HOST
from chatd.model import User

ASKING_BUDGET_MS = 50.0
SAYING = "(say, answered when stored)"
_TALKERS = 10
_MESSAGE_BYTES_MOST = 2**24


class Asked(NamedTuple):
    """How long one kind of question took."""

    what: str
    times_ms: list[float]
    refused: int
    """How many were answered with `unavailable`."""

    @property
    def p99_ms(self) -> float:
        return sorted(self.times_ms)[len(self.times_ms) * 99 // 100]


class Clock:
    """Takes the times of what is asked, each under its name."""

    def __init__(self) -> None:
        self._taken: dict[str, list[float]] = defaultdict(list)
        self._refused: dict[str, int] = defaultdict(int)

    async def ask(self, what: str, connection: ClientConnection, command: dict[str, Any]) -> dict[str, Any]:
        """The answer."""
        begun = time.perf_counter()
        answer = await ask(connection, command)
        self.took(what, begun)
        self._refused[what] += answer["type"] == "error"
        return answer

    def took(self, what: str, begun: float) -> None:
        """It is over now; `begun` is of `perf_counter`."""
        self._taken[what].append((time.perf_counter() - begun) * 1000)

    def asked(self) -> list[Asked]:
        """All that was asked so far."""
        return [Asked(what, times, self._refused[what]) for what, times in self._taken.items()]


async def open_connection(port: int) -> ClientConnection:
    """One that reads as fast as things come, and is never closed for silence."""
    return await connect(
        f"ws://{HOST}:{port}/ws",
        compression=None,
        max_size=_MESSAGE_BYTES_MOST,
        ping_interval=None,
        close_timeout=0.5,
        proxy=None,
    )


async def ask(connection: ClientConnection, command: dict[str, Any]) -> dict[str, Any]:
    """Its answer; what else comes is not for us."""
    await connection.send(json.dumps({"id": "it", **command}))
    while (answer := json.loads(await connection.recv())).get("id") != "it":
        pass
    if answer["type"] == "error" and answer["code"] != "unavailable":
        raise RuntimeError(f"{command} was refused: {answer}")
    return cast("dict[str, Any]", answer)


async def attach(connection: ClientConnection, room: int, after: int) -> int:
    """Hear the room from this position on; gives how much was missed, when all of it is there."""
    await ask(connection, {"type": "attach", "rooms": [{"room": room, "after": after}]})
    missed = 0
    while True:
        event = json.loads(await connection.recv())
        if event["type"] == "attached":
            missed += len(event["entries"])
            if event["complete"]:
                return missed


def by_token(person: User) -> dict[str, Any]:
    """How somebody logs in whose token is their name."""
    return {"type": "login", "token": person.name}


class Talk:
    """What is being said meanwhile."""

    def __init__(self) -> None:
        self.took_ms: list[float] = []
        """How long each message took to be stored."""


@asynccontextmanager
async def talking(
    port: int, people: Sequence[User], places: Sequence[Sequence[int]], texts: Iterator[str], per_second: int
) -> AsyncIterator[Talk]:
    """While the body runs, ten people say so many messages a second, each in one of their own places.

    Gives a Talk when the first message is stored; what went wrong for a talker is raised at the end.
    """
    talk = Talk()
    talkers = [
        asyncio.ensure_future(
            _talk(port, people[at % len(people)], places[at % len(people)], texts, per_second, talk)
        )
        for at in range(_TALKERS)
    ]
    try:
        while not talk.took_ms:
            await asyncio.sleep(0.1)
            _raise_of(talkers)
        yield talk
        _raise_of(talkers)
    finally:
        for talker in talkers:
            talker.cancel()
            with suppress(asyncio.CancelledError):
                await talker


def _raise_of(talkers: Sequence["asyncio.Future[None]"]) -> None:
    for talker in talkers:
        if talker.done():
            talker.result()


async def _talk(
    port: int, person: User, places: Sequence[int], texts: Iterator[str], per_second: int, talk: Talk
) -> None:
    dice, interval = random.Random(person.id), _TALKERS / per_second
    connection = await open_connection(port)
    await ask(connection, by_token(person))
    loop = asyncio.get_running_loop()
    due = loop.time() + dice.random() * interval
    for text in texts:
        await asyncio.sleep(due - loop.time())
        due += interval
        begun = time.perf_counter()
        await ask(connection, {"type": "say", "room": dice.choice(places), "text": text})
        talk.took_ms.append((time.perf_counter() - begun) * 1000)


def table(asked: Sequence[Asked]) -> str:
    """What was measured, as Markdown."""
    lines = ["| asked | p50 ms | p99 ms | refused |", "|---|--:|--:|--:|"]
    lines += [
        f"| {one.what} | {statistics.median(one.times_ms):.1f} | {one.p99_ms:.1f} | {one.refused} |"
        for one in asked
    ]
    return "\n".join(lines)


def too_slow(asked: Sequence[Asked]) -> list[str]:
    """A sentence for each question that was not answered in time."""
    return [
        f"{one.what}: {one.p99_ms:.0f} ms at p99, {one.refused} refused; at most {ASKING_BUDGET_MS:.0f} ms."
        for one in asked
        if one.what != SAYING and (one.p99_ms > ASKING_BUDGET_MS or one.refused)
    ]
