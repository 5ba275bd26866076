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
import ssl
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.checks import Journal, Message, unedited
from bench.servers import HOST

_IN_FLIGHT = 4
_PAUSE_SECONDS = 0.05
"""Between two messages of one client, on average."""
_REPEAT_CHANCE = 0.02
"""That what was answered is sent once more."""
_EDIT_CHANCE = 0.05
_DELETE_CHANCE = 0.02
"""That a message is changed or taken back, instead of another one sent."""
_REACT_CHANCE = 0.05
"""That somebody reacts to a message of theirs."""
_WANDER_CHANCE = 0.01
"""That who wanders leaves a room, or comes back."""
_STALL_CHANCE = 0.004
_STALL_SECONDS = 5.0
"""How long who stalls reads nothing, once begun."""
_LOGIN_SECONDS = 10

_PAST = {"edit": "edited", "delete": "deleted", "react": "reacted"}
_EMOJIS = ("👍", "🎉", "😀", "❤️")


class Memory:
    """What any client remembers between its connections."""

    def __init__(self, journal: Journal, rooms: Sequence[str], seed: int) -> None:
        name = journal.client
        self.journal = journal
        self.rooms = rooms
        self.random = random.Random(f"{seed} {name}")
        self.texts = (f"{name} {number}" for number in itertools.count(1))
        self.padding = 100
        """Characters of a text beyond what it is called."""
        self.stalls = False
        """It sometimes reads nothing for a while."""
        self.positions = dict.fromkeys(rooms, 0)
        """The highest seq of each room that was processed."""
        self.talking = True
        """Otherwise it says nothing new, and only finishes."""
        self.connected = False
        """It is logged in and hears its rooms."""
        self.acknowledged_at: list[float] = []
        """When each of its commands was: seconds of the monotonic clock."""
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
        self.acknowledged_at.append(time.monotonic())

    def complain(self, what: str) -> None:
        """The server did what no correct server does."""
        self.journal.complaints.append(what)

    async def stall(self) -> None:
        """Called after each thing that was read."""
        if self.stalls and self.talking and self.random.random() < _STALL_CHANCE:
            await asyncio.sleep(_STALL_SECONDS)

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
        self.retries = 0
        """Commands that were sent more than once."""
        self._url = f"ws://{HOST}:{port}/ws" if tls is None else f"wss://{HOST}:{port}/ws"
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls, "server_hostname": "localhost"}
        self._wanders = wanders
        self._leaving = self._away = False
        """It is about to leave, or has left, the room that it wanders through."""
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
        return len(self._unanswered) + self._leaving + self._away

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
            async with asyncio.timeout(_LOGIN_SECONDS):
                await self._log_in(connection)
            await self._attach(connection)
            async with _beside(self._talk(connection)):
                async for frame in connection:
                    await self._hear(connection, json.loads(frame))
                    await self.memory.stall()

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
            if answer["code"] != "unavailable":
                self.memory.complain(f"The login was refused: {answer}")
            raise EOFError
        self._token = answer.get("token", self._token)

    async def _attach(self, connection: ClientConnection) -> None:
        positions = self.memory.positions
        self._leaving = self._away = False
        self._catching_up = set(self.memory.rooms)
        for room in self.memory.rooms:
            if room in self._names.values() and room != self._wanders:
                self.memory.open(room)
            else:
                await self._join(connection, room)
        rooms = [
            {"room": number, "after": positions[name]}
            for number, name in self._names.items()
            if name != self._wanders
        ]
        if rooms:
            await connection.send(json.dumps({"type": "attach", "id": "attach", "rooms": rooms}))

    async def _join(self, connection: ClientConnection, room: str) -> None:
        self.memory.open(room)
        command = {"type": "join", "id": f"join {room}", "room": room, "after": self.memory.positions[room]}
        await connection.send(json.dumps(command))

    async def _wander(self, connection: ClientConnection) -> None:
        room = self._wanders
        if room is None or self._leaving or self._catching_up:
            return
        if self._away and (not self.memory.talking or self.memory.random.random() < 10 * _WANDER_CHANCE):
            self._away = False
            self._catching_up.add(room)
            await self._join(connection, room)
        elif not self._away and self.memory.talking and self.memory.random.random() < _WANDER_CHANCE:
            self._leaving = True
            await connection.send(json.dumps({"type": "leave", "id": f"leave {room}", "room": room}))

    async def _hear(self, connection: ClientConnection, event: dict[str, Any]) -> None:
        match event["type"]:
            case "said" | "edited" | "deleted" | "reacted":
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
                self.memory.journal.gaps += 1
                self.memory.open(room)
                position = {"room": event["room"], "after": self.memory.positions[room]}
                await connection.send(json.dumps({"type": "attach", "rooms": [position]}))
            case "ok" if event.get("id") == f"leave {self._wanders}":
                self._leaving, self._away = False, True
            case "ok" if "seq" in event:
                self._take_answer(event)
            case "ok":
                for refusal in event.get("refused", ()):
                    if self._wanders is not None and self._names.get(refusal["room"]) == self._wanders:
                        continue  # it asked to be told what a gap left out, and had left
                    self.memory.complain(f"A room was refused: {refusal}")
            case "error" if event["code"] == "unavailable":
                await connection.close()
            case "error":
                self.memory.complain(f"A refusal that nobody earned: {event}")

    def _see(self, entry: dict[str, Any]) -> None:
        room, author, kind = self._names[entry["room"]], entry["from"]["name"], entry["type"]
        text = unedited(entry["text"]) if kind == "said" else str(entry["target"])
        self.memory.see(Message(room, entry["seq"], author, text, kind))
        if kind != "reacted":
            seq = entry["seq"] if kind == "said" else entry["target"]
            changed = entry.get("changed", entry["seq"])
            view = self.memory.journal.view
            if changed >= view.get((room, seq), (0, ""))[0]:
                view[room, seq] = changed, entry.get("text", "")

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
                message = Message(room, seq, author, unedited(command["text"]))
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
            if not self.memory.connected:
                continue
            await self._wander(connection)
            if not self.memory.talking:
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
        if self._own and chance < _EDIT_CHANCE + _REACT_CHANCE + _DELETE_CHANCE:
            message = self.memory.random.choice(self._own[-20:])
            key = f"{message.text} {next(self._edits)}".replace(" ", "-")
            change = {"id": key, "key": key, "room": message.room, "target": message.seq}
            if chance < _EDIT_CHANCE:
                return {"type": "edit", "text": f"{message.text} ({key})", **change}
            if chance < _EDIT_CHANCE + _REACT_CHANCE:
                emoji = self.memory.random.choice(_EMOJIS)
                return {"type": "react", "emoji": emoji, "on": True, **change}
            self._own.remove(message)
            return {"type": "delete", **change}
        text = next(self.memory.texts)
        rooms = [room for room in self.memory.rooms if room != self._wanders]
        key, room = text.replace(" ", "-"), self.memory.random.choice(rooms)
        return {
            "type": "say",
            "id": key,
            "key": key,
            "room": room,
            "text": f"{text} ({'.' * self.memory.padding})",
        }


class LineClient:
    """Comes back by `/resume`, and catches up by `/since`; what was not receipted is not sent again."""

    _MESSAGE = re.compile(r"\[#(\S+) (\d+)\] \d\d:\d\d <(\S+)> (.*)")
    _EDITED = re.compile(r"\(edited (\d+)\) .*")
    _MARKS = re.compile(r"^(?:\((?:edited|deleted|\S+\d+(?: \S+\d+)*)\) ?)+")
    _RECEIPT = re.compile(r"\* stored #(\S+) (\d+)")
    _COMPLETE = re.compile(r"\* complete #(\S+) (\d+)")
    _GAP = re.compile(r"\* gap #(\S+) (\d+) \d+; /since")
    _GREETING = re.compile(r"\* You are \S+ \(guest\)\.(?:.* /resume ([-\w]+))?")

    def __init__(
        self, name: str, port: int, rooms: Sequence[str], seed: int, *, tls: ssl.SSLContext | None = None
    ) -> None:
        self.memory = Memory(Journal(name, echoes=False, kinds=frozenset({"said", "edited"})), rooms, seed)
        self._port = port
        self._tls: dict[str, Any] = {} if tls is None else {"ssl": tls, "server_hostname": "localhost"}
        self._home = self.memory.random.choice(rooms)
        """The room that it talks in."""
        self._code: str | None = None
        self._in_flight: deque[str] = deque()
        self._holes: dict[str, int] = {}
        """Where something was left out, and is being fetched: the seq before it, by room."""
        self._catching_up: set[str] = set()
        self._since: set[str] = set()
        """Rooms whose `/since` may not have been answered yet."""

    @property
    def waiting(self) -> int:
        return len(self._in_flight) + len(self._holes)

    async def live(self) -> None:
        await _keep_coming_back(self._converse, self.memory)

    async def _converse(self) -> None:
        self._in_flight.clear()
        async with asyncio.timeout(_LOGIN_SECONDS):
            reader, writer = await asyncio.open_connection(HOST, self._port, limit=2**16, **self._tls)
        try:
            await self._enter(writer)
            async with _beside(self._talk(writer)):
                while (line := await reader.readline()).endswith(b"\n"):
                    self._hear(line.decode().rstrip("\n"), writer)
                    await self.memory.stall()
        finally:
            writer.transport.abort()

    async def _enter(self, writer: asyncio.StreamWriter) -> None:
        name = self.memory.journal.client
        commands = ["/numbers on", "/receipts on", f"/resume {self._code}" if self._code else f"/nick {name}"]
        for room in self.memory.rooms:
            self.memory.open(room)
            commands += [] if self._code or room == "lobby" else [f"/join {room}"]
            position = min(self.memory.positions[room], self._holes.get(room, 2**63))
            commands.append(f"/since {room} {position}")
        commands.append(f"/switch {self._home}")
        self._since = set(self.memory.rooms)
        self._catching_up = set(self.memory.rooms)
        writer.write("".join(f"{command}\n" for command in commands).encode())
        await writer.drain()

    def _hear(self, line: str, writer: asyncio.StreamWriter) -> None:
        if found := self._MESSAGE.fullmatch(line):
            room, seq, author, text = found.groups()
            if edited := self._EDITED.fullmatch(text):
                self._see(Message(room, int(seq), author, edited[1], "edited"))
            else:
                self._see(Message(room, int(seq), author, unedited(self._MARKS.sub("", text))))
        elif found := self._RECEIPT.fullmatch(line):
            room, seq = found[1], int(found[2])
            self.memory.acknowledge(Message(room, seq, self.memory.journal.client, self._in_flight.popleft()))
            if room not in self._catching_up:  # else what was missed before it may not have come yet
                self.memory.positions[room] = max(self.memory.positions[room], seq)
        elif found := self._GREETING.match(line):
            self._code = found[1] or self._code
        elif found := self._GAP.match(line):
            room = found[1]
            self.memory.journal.gaps += 1
            self._holes[room] = min(int(found[2]) - 1, self._holes.get(room, 2**63))
            self._since.add(room)
            self._catching_up.add(room)
            writer.write(f"/since {room} {self._holes[room]}\n".encode())
        elif found := self._COMPLETE.match(line):
            room, head = found[1], int(found[2])
            self._holes.pop(room, None)
            self._catching_up.discard(room)
            self.memory.positions[room] = max(self.memory.positions[room], head)
            self.memory.connected = not self._catching_up
        elif line.startswith("! unavailable"):
            raise EOFError
        elif line.startswith(("! ", "* gap")) and "The last line had no end" not in line:
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
                writer.write(f"{text} ({'.' * self.memory.padding})\n".encode())
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
