"""Clients that lose nothing, over real connections: one per frontend. What they think is in `bench.minds`."""

import asyncio
import contextlib
import json
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.checks import Journal
from bench.minds import JsonMind, LineMind, Memory
from bench.servers import HOST

_PAUSE_SECONDS = 0.05
"""Between two messages of one client, on average."""
_STALL_CHANCE = 0.004
_STALL_SECONDS = 5.0
"""How long who stalls reads nothing, once begun."""
_LOGIN_SECONDS = 10


class Client(Protocol):
    """What a story needs of a client."""

    memory: Memory

    @property
    def waiting(self) -> int:
        """Messages that it still wants an answer for."""

    async def live(self) -> None:
        """Connect, talk and listen, again and again, until cancelled."""


async def _keep_coming_back(converse: Callable[[], Awaitable[None]], memory: Memory) -> None:
    while True:
        with contextlib.suppress(OSError, EOFError, TimeoutError, WebSocketException):
            await converse()
        memory.connected = False
        await asyncio.sleep(memory.random.uniform(0.02, 0.3))


async def _stall(memory: Memory) -> None:
    """Called after each thing that was read."""
    if memory.stalls and memory.talking and memory.random.random() < _STALL_CHANCE:
        await asyncio.sleep(_STALL_SECONDS)


async def _pause(memory: Memory) -> None:
    """The time between two messages."""
    await asyncio.sleep(memory.random.expovariate(1 / _PAUSE_SECONDS))


@contextlib.asynccontextmanager
async def _beside(work: Awaitable[None]) -> Any:
    """Run `work` beside the body, and end it with the body; its lost connection is the body's, too."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, WebSocketException):
            await task


class WebSocketClient:
    """A `JsonMind` on a WebSocket."""

    def __init__(
        self,
        name: str,
        port: int,
        rooms: Sequence[str],
        seed: int,
        *,
        tls: ssl.SSLContext | None = None,
        wanders: str | None = None,
    ) -> None:
        """`wanders`: a room that it leaves and joins, and says nothing in."""
        self.memory = Memory(Journal(name, echoes=True), rooms, seed)
        self._mind = JsonMind(self.memory, wanders=wanders)
        self._url = f"ws://{HOST}:{port}/ws" if tls is None else f"wss://{HOST}:{port}/ws"
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls, "server_hostname": "localhost"}

    @property
    def waiting(self) -> int:
        return self._mind.waiting

    @property
    def retries(self) -> int:
        """Commands that were sent more than once."""
        return self._mind.retries

    async def live(self) -> None:
        await _keep_coming_back(self._converse, self.memory)

    async def _converse(self) -> None:
        async with connect(
            self._url,
            compression=None,
            max_size=2**24,
            max_queue=4,
            ping_interval=None,
            open_timeout=_LOGIN_SECONDS,
            close_timeout=0.5,
            proxy=None,
            **self._tls,
        ) as connection:
            self._mind.begin()
            async with asyncio.timeout(_LOGIN_SECONDS):
                while not self._mind.entered:
                    await self._hear(connection, await connection.recv())
            async with _beside(self._talk(connection)):
                async for frame in connection:
                    await self._hear(connection, frame)
                    await _stall(self.memory)

    async def _hear(self, connection: ClientConnection, frame: str | bytes) -> None:
        self._mind.hear(json.loads(frame))
        await self._send(connection)

    async def _talk(self, connection: ClientConnection) -> None:
        while True:
            await _pause(self.memory)
            self._mind.act()
            await self._send(connection)

    async def _send(self, connection: ClientConnection) -> None:
        commands, self._mind.outgoing = self._mind.outgoing, []
        for command in commands:
            await connection.send(json.dumps(command))


class LineClient:
    """A `LineMind` on a TCP connection."""

    def __init__(
        self, name: str, port: int, rooms: Sequence[str], seed: int, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.memory = Memory(Journal(name, echoes=False, kinds=frozenset({"said", "edited"})), rooms, seed)
        self._mind = LineMind(self.memory)
        self._port = port
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls, "server_hostname": "localhost"}

    @property
    def waiting(self) -> int:
        return self._mind.waiting

    async def live(self) -> None:
        await _keep_coming_back(self._converse, self.memory)

    async def _converse(self) -> None:
        async with asyncio.timeout(_LOGIN_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, self._port, limit=2**16, **self._tls)
        try:
            self._mind.begin()
            await self._send(writer)
            async with _beside(self._talk(writer)):
                while (line := await reader.readline()).endswith(b"\n"):
                    self._mind.hear(line.decode().rstrip("\n"))
                    await self._send(writer)
                    await _stall(self.memory)
        finally:
            writer.transport.abort()

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await _pause(self.memory)
            self._mind.act()
            await self._send(writer)

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        lines, self._mind.outgoing = self._mind.outgoing, []
        if lines:
            writer.write("".join(f"{line}\n" for line in lines).encode())
            await writer.drain()


async def found_rooms(port: int, rooms: Sequence[str]) -> None:
    """Make these rooms on a fresh server."""
    async with connect(f"ws://{HOST}:{port}/ws", compression=None) as connection:
        await connection.send('{"type":"login","name":"founder"}')
        for room in rooms:
            await connection.send(json.dumps({"type": "create", "name": room}))
        await connection.send('{"type":"ping"}')
        async for frame in connection:
            event = json.loads(frame)
            if event["type"] == "error":
                raise RuntimeError(f"A room was refused: {event}")
            if event["type"] == "pong":
                return
