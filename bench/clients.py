"""Clients that lose nothing, as docs/protocol.md and `/help` tell programs to be them: one per frontend.

Each talks and listens in a few rooms, comes back after every lost connection, and keeps a journal of what it
saw and of what it was promised.
"""

import asyncio
import contextlib
import itertools
import json
import random
import re
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.checks import Journal, Message, unedited
from bench.servers import HOST

_IN_FLIGHT = 4
_PAUSE_SECONDS = 0.01
"""Between two messages of one client, on average."""
_REPEAT_CHANCE = 0.02
"""That what was answered is sent once more."""
_EDIT_CHANCE = 0.05
_DELETE_CHANCE = 0.02
"""That a message is changed or taken back, instead of another one sent."""
_LOGIN_SECONDS = 10

_PAST = {"edit": "edited", "delete": "deleted"}


class Memory:
    """What any client remembers between its connections."""

    def __init__(self, journal: Journal, rooms: Sequence[str], seed: int) -> None:
        name = journal.client
        self.journal = journal
        self.rooms = rooms
        self.random = random.Random(f"{seed} {name}")
        self.texts = (f"{name} {number}" for number in itertools.count(1))
        self.positions = dict.fromkeys(rooms, 0)
        """The highest seq of each room that was processed."""
        self.talking = True
        """Otherwise it says nothing new, and only finishes."""
        self.connected = False
        """It is logged in and hears its rooms."""
        self._attachments: dict[str, list[Message]] = {}

    def open(self, room: str) -> None:
        """What comes of this room from now on belongs to a new attachment."""
        self._attachments[room] = []
        self.journal.attachments.append(self._attachments[room])

    def see(self, message: Message) -> None:
        """It came from the server."""
        self._attachments[message.room].append(message)
        self.positions[message.room] = max(self.positions[message.room], message.seq)

    def last_seen(self, room: str) -> int:
        """The seq that came last on the open attachment; 0 when none has."""
        attachment = self._attachments[room]
        return attachment[-1].seq if attachment else 0

    def acknowledge(self, message: Message) -> None:
        """The server said that it is stored."""
        self.journal.acknowledged.append(message)

    def complain(self, what: str) -> None:
        """The server did what no correct server does."""
        self.journal.complaints.append(what)

    async def pause(self) -> None:
        """The time between two messages."""
        await asyncio.sleep(self.random.expovariate(1 / _PAUSE_SECONDS))


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
    """Sends with keys, and again until answered; resumes by `attach` with its positions."""

    def __init__(self, name: str, port: int, rooms: Sequence[str], seed: int) -> None:
        self.memory = Memory(Journal(name, echoes=True), rooms, seed)
        self.retries = 0
        """Commands that were sent more than once."""
        self._url = f"ws://{HOST}:{port}/ws"
        self._token: str | None = None
        self._epoch: str | None = None
        self._names: dict[int, str] = {}
        """Rooms by id."""
        self._unanswered: dict[str, dict[str, Any]] = {}
        """Commands by key, in the order of sending."""
        self._answered: dict[str, tuple[dict[str, Any], int]] = {}
        """Commands and the seqs that they were given."""
        self._own: list[Message] = []
        """What it has said and not taken back."""
        self._edits = itertools.count(2)
        self._catching_up: set[str] = set()

    @property
    def waiting(self) -> int:
        return len(self._unanswered)

    async def live(self) -> None:
        await _keep_coming_back(self._converse, self.memory)

    async def _converse(self) -> None:
        async with connect(self._url, compression=None, max_size=2**24, ping_interval=None) as connection:
            async with asyncio.timeout(_LOGIN_SECONDS):
                await self._log_in(connection)
            await self._attach(connection)
            async with _beside(self._talk(connection)):
                async for frame in connection:
                    await self._hear(connection, json.loads(frame))

    async def _log_in(self, connection: ClientConnection) -> None:
        welcome = json.loads(await connection.recv())
        if self._epoch not in (None, welcome["epoch"]):
            self.memory.complain(f"The epoch {self._epoch} became {welcome['epoch']}.")
        self._epoch = welcome["epoch"]
        name = self.memory.journal.client
        who = {"name": name} if self._token is None else {"token": self._token}
        await connection.send(json.dumps({"type": "login", "id": "login", **who}))
        while (answer := json.loads(await connection.recv())).get("id") != "login":
            pass
        if answer["type"] != "ok":
            self.memory.complain(f"The login was refused: {answer}")
            raise EOFError
        self._token = answer.get("token", self._token)

    async def _attach(self, connection: ClientConnection) -> None:
        positions = self.memory.positions
        self._catching_up = set(self.memory.rooms)
        for room in self.memory.rooms:
            self.memory.open(room)
            if room in self._names.values():
                continue
            command = {"type": "join", "id": f"join {room}", "room": room, "after": positions[room]}
            await connection.send(json.dumps(command))
        rooms = [{"room": number, "after": positions[name]} for number, name in self._names.items()]
        if rooms:
            await connection.send(json.dumps({"type": "attach", "id": "attach", "rooms": rooms}))

    async def _hear(self, connection: ClientConnection, event: dict[str, Any]) -> None:
        match event["type"]:
            case "said" | "edited" | "deleted":
                self._see(event)
            case "attached":
                self._names[event["room"]] = event["name"]
                if "gap" in event or event.get("reset"):
                    self.memory.complain(f"A gap that nobody made: {event.get('gap', 'reset')}")
                for entry in event["entries"]:
                    self._see(entry)
                if event["complete"]:
                    self._catching_up.discard(event["name"])
                    self.memory.connected = not self._catching_up
            case "gap":
                room = self._names[event["room"]]
                self.memory.open(room)
                position = {"room": event["room"], "after": self.memory.positions[room]}
                await connection.send(json.dumps({"type": "attach", "rooms": [position]}))
            case "ok" if "seq" in event:
                self._take_answer(event)
            case "ok":
                for refusal in event.get("refused", ()):
                    self.memory.complain(f"A room was refused: {refusal}")
            case "error" if event["code"] == "unavailable":
                await connection.close()
            case "error":
                self.memory.complain(f"A refusal that nobody earned: {event}")

    def _see(self, entry: dict[str, Any]) -> None:
        room, author, kind = self._names[entry["room"]], entry["from"]["name"], entry["type"]
        text = unedited(entry["text"]) if kind == "said" else str(entry["target"])
        self.memory.see(Message(room, entry["seq"], author, text, kind))

    def _take_answer(self, answer: dict[str, Any]) -> None:
        key: str = answer["id"]
        room, seq = self._names[answer["room"]], answer["seq"]
        if key in self._unanswered:
            command = self._unanswered.pop(key)
            self._answered[key] = command, seq
            self.memory.acknowledge(self._promised(command, seq))
        elif self._answered[key][0]["room"] != room or self._answered[key][1] != seq:
            self.memory.complain(f"{self._answered[key]} was answered again with #{room} {seq}.")

    def _promised(self, command: dict[str, Any], seq: int) -> Message:
        author, room = self.memory.journal.client, command["room"]
        match command["type"]:
            case "say":
                message = Message(room, seq, author, command["text"])
                self._own.append(message)
                return message
            case kind:
                return Message(room, seq, author, str(command["target"]), _PAST[kind])

    async def _talk(self, connection: ClientConnection) -> None:
        for command in list(self._unanswered.values()):
            self.retries += 1
            await connection.send(json.dumps(command))
        while True:
            await self.memory.pause()
            if not self.memory.talking or not self.memory.connected:
                continue
            if self._answered and self.memory.random.random() < _REPEAT_CHANCE:
                command, _ = self.memory.random.choice(list(self._answered.values())[-100:])
                self.retries += 1
                await connection.send(json.dumps(command))
            elif len(self._unanswered) < _IN_FLIGHT:
                command = self._next()
                self._unanswered[command["key"]] = command
                await connection.send(json.dumps(command))

    def _next(self) -> dict[str, Any]:
        """A new message, or a change of one of the last ones."""
        chance = self.memory.random.random()
        if self._own and chance < _EDIT_CHANCE + _DELETE_CHANCE:
            message = self.memory.random.choice(self._own[-20:])
            key = f"{message.text} {next(self._edits)}".replace(" ", "-")
            change = {"id": key, "key": key, "room": message.room, "target": message.seq}
            if chance < _EDIT_CHANCE:
                return {"type": "edit", "text": f"{message.text} ({key})", **change}
            self._own.remove(message)
            return {"type": "delete", **change}
        text = next(self.memory.texts)
        key, room = text.replace(" ", "-"), self.memory.random.choice(self.memory.rooms)
        return {"type": "say", "id": key, "key": key, "room": room, "text": text}


class LineClient:
    """Comes back by `/resume`, and catches up by `/since`; what was not receipted is not sent again."""

    _MESSAGE = re.compile(r"\[#(\S+) (\d+)\] \d\d:\d\d <(\S+)> (.*)")
    _EDITED = re.compile(r"\(edited (\d+)\) .*")
    _MARKS = re.compile(r"^\((?:edited|deleted)\) ?")
    _RECEIPT = re.compile(r"\* stored #(\S+) (\d+)")
    _GREETING = re.compile(r"\* You are \S+ \(guest\)\.(?:.* /resume ([-\w]+))?")

    def __init__(self, name: str, port: int, rooms: Sequence[str], seed: int) -> None:
        self.memory = Memory(Journal(name, echoes=False, kinds=frozenset({"said", "edited"})), rooms, seed)
        self._port = port
        self._home = self.memory.random.choice(rooms)
        """The room that it talks in."""
        self._code: str | None = None
        self._in_flight: deque[str] = deque()
        self._since: set[str] = set()
        """Rooms whose `/since` may not have been answered yet."""

    @property
    def waiting(self) -> int:
        return len(self._in_flight)

    async def live(self) -> None:
        await _keep_coming_back(self._converse, self.memory)

    async def _converse(self) -> None:
        self._in_flight.clear()
        reader, writer = await asyncio.open_connection(HOST, self._port, limit=2**20)
        try:
            await self._enter(writer)
            async with _beside(self._talk(writer)):
                while line := await reader.readline():
                    self._hear(line.decode().rstrip("\n"))
        finally:
            writer.close()

    async def _enter(self, writer: asyncio.StreamWriter) -> None:
        name = self.memory.journal.client
        commands = ["/numbers on", "/receipts on", f"/resume {self._code}" if self._code else f"/nick {name}"]
        for room in self.memory.rooms:
            self.memory.open(room)
            commands += [] if self._code or room == "lobby" else [f"/join {room}"]
            commands.append(f"/since {room} {self.memory.positions[room]}")
        commands.append(f"/switch {self._home}")
        self._since = set(self.memory.rooms)
        writer.write("".join(f"{command}\n" for command in commands).encode())
        await writer.drain()

    def _hear(self, line: str) -> None:
        if found := self._MESSAGE.fullmatch(line):
            room, seq, author, text = found.groups()
            if edited := self._EDITED.fullmatch(text):
                self._see(Message(room, int(seq), author, edited[1], "edited"))
            else:
                self._see(Message(room, int(seq), author, unedited(self._MARKS.sub("", text))))
        elif found := self._RECEIPT.fullmatch(line):
            room, seq = found[1], int(found[2])
            self.memory.acknowledge(Message(room, seq, self.memory.journal.client, self._in_flight.popleft()))
            self.memory.positions[room] = max(self.memory.positions[room], seq)
        elif found := self._GREETING.match(line):
            self._code = found[1] or self._code
            self.memory.connected = True
        elif line.startswith(("! ", "* gap")):
            self.memory.complain(f"A refusal or gap that nobody earned: {line}")

    def _see(self, message: Message) -> None:
        # Coming back makes every room live at once, and each /since then begins it anew, once.
        if message.room in self._since and message.seq <= self.memory.last_seen(message.room):
            self._since.discard(message.room)
            self.memory.open(message.room)
        self.memory.see(message)

    async def _talk(self, writer: asyncio.StreamWriter) -> None:
        while True:
            await self.memory.pause()
            if self.memory.talking and self.memory.connected and len(self._in_flight) < _IN_FLIGHT:
                text = next(self.memory.texts)
                self._in_flight.append(text)
                writer.write(f"{text}\n".encode())
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
