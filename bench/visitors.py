"""People who live in one room through many connections: raw sockets in one process, none waiting for another.

Each comes back from where it was, and checks that it sees the room's entries in their order, each once.
"""

import contextlib
import enum
import heapq
import json
import select
import socket
import struct
import time
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from bench.dialects import UPGRADE, frame, frames
from bench.servers import HOST

_READ_BYTES = 262_144
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: what closes is reset, as by a network that goes away."""
_HANDSHAKE_END = b"\r\n\r\n"
_SAID = b'{"type":"said"'
_SEQ = b'"seq":'
_TEXT_FRAME, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A


class Step(enum.IntEnum):
    """How far a connection has come."""

    AWAY = 0
    UPGRADING = 1
    LOGGING_IN = 2
    ATTACHING = 3
    LIVE = 4


class Visitor:
    """One person, through all their connections."""

    __slots__ = ("missed", "name", "news", "news_bytes", "position", "rest", "sock", "step", "unanswered")

    def __init__(self, name: str, position: int) -> None:
        self.name = name
        """And token."""
        self.position = position
        """The seq of the last entry that was seen."""
        self.sock: socket.socket | None = None
        self.rest = b""
        self.step = Step.AWAY
        self.missed = 0
        """Entries that came when it was back, on all connections."""
        self.news = self.news_bytes = 0
        """Of what has no place in the log, on all connections: who is there, mostly."""
        self.unanswered: dict[str, str] = {}
        """What it says, by key, until that is known to be stored."""

    @property
    def live(self) -> bool:
        """Whether it has seen all that it missed, and hears what is said now."""
        return self.step is Step.LIVE


class Visitors:
    """All of them, and what was wrong with what they saw."""

    def __init__(self, port: int, room: int) -> None:
        self.wrong: list[str] = []
        """A sentence for each thing that no correct server does."""
        self.deliveries = 0
        self.acknowledged: dict[str, tuple[str, int]] = {}
        """What was said by them, by key: text and seq."""
        self.lost: Callable[[Visitor], None] = self.unexpected
        """What becomes of those whose connection the server ended."""
        self._port = port
        self._room = room
        self._epoll = select.epoll()
        self._here: dict[int, Visitor] = {}
        self._due: list[tuple[float, int, Visitor]] = []
        self._numbers = count()
        # One for all: a new one for each read of this size would come from mmap(2), page by page.
        self._buffer = memoryview(bytearray(_READ_BYTES))

    # What they are told to do.

    def come(self, visitor: Visitor, at: float) -> None:
        """Connect, at this time of the monotonic clock."""
        heapq.heappush(self._due, (at, next(self._numbers), visitor))

    def drop(self, visitor: Visitor) -> None:
        """Lose the connection."""
        if visitor.sock is not None:
            visitor.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self._close(visitor)

    def say(self, visitor: Visitor, key: str, text: str) -> None:
        """Say it, once, whatever becomes of connections."""
        visitor.unanswered[key] = text
        if visitor.live:
            self._say(visitor, key, text)

    def run(self, seconds: float) -> None:
        """Let them read for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.turn(left)

    def run_until(self, done: Callable[[], bool], what: str, most_seconds: float = 60) -> None:
        """Let them read until it is so; RuntimeError, naming what it was, when that takes too long."""
        until = time.monotonic() + most_seconds
        while not done():
            if time.monotonic() > until:
                raise RuntimeError(f"{what}: not within {most_seconds:.0f} s. {self.wrong[:3]}")
            self.turn(0.05)

    def turn(self, seconds: float) -> None:
        """Read what has come, waiting for at most so long; who is due, comes."""
        while self._due and self._due[0][0] <= time.monotonic():
            self._connect(heapq.heappop(self._due)[2])
        for descriptor, _ in self._epoll.poll(min(seconds, 0.01 if self._due else seconds)):
            visitor = self._here.get(descriptor)
            if visitor is not None:
                self._read(visitor)

    def close(self) -> None:
        """Everybody goes."""
        for visitor in list(self._here.values()):
            self._close(visitor)
        self._epoll.close()

    # The connections.

    def _connect(self, visitor: Visitor) -> None:
        sock = socket.socket()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock.connect((HOST, self._port))  # a listening socket of this machine is connected to at once
        except OSError:
            sock.close()
            self.lost(visitor)
            return
        sock.setblocking(False)
        visitor.sock, visitor.rest, visitor.step = sock, b"", Step.UPGRADING
        self._here[sock.fileno()] = visitor
        self._epoll.register(sock, select.EPOLLIN)
        self._send(visitor, UPGRADE.format(path="/ws", host=HOST, port=self._port).encode())

    def _send(self, visitor: Visitor, data: bytes) -> None:
        assert visitor.sock is not None
        with contextlib.suppress(ConnectionError):  # which the next read tells
            if visitor.sock.send(data) != len(data):
                raise RuntimeError(f"The socket of {visitor.name} is full: the server does not read")

    def _command(self, visitor: Visitor, command: dict[str, Any]) -> None:
        self._send(visitor, frame(json.dumps(command).encode()))

    def _say(self, visitor: Visitor, key: str, text: str) -> None:
        self._command(visitor, {"type": "say", "id": key, "room": self._room, "text": text, "key": key})

    def _close(self, visitor: Visitor) -> None:
        assert visitor.sock is not None
        del self._here[visitor.sock.fileno()]
        visitor.sock.close()
        visitor.sock = None
        visitor.step = Step.AWAY

    def _read(self, visitor: Visitor) -> None:
        assert visitor.sock is not None
        try:
            size = visitor.sock.recv_into(self._buffer)
        except ConnectionError:
            size = 0
        if not size:
            self._ended(visitor)
            return
        data = visitor.rest + self._buffer[:size]
        if visitor.step is Step.UPGRADING:
            head, found, data = data.partition(_HANDSHAKE_END)
            if not found:
                visitor.rest = head
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                self._ended(visitor)
                return
            visitor.step = Step.LOGGING_IN
        self._take(visitor, data)

    def _ended(self, visitor: Visitor) -> None:
        self._close(visitor)
        self.lost(visitor)

    def unexpected(self, visitor: Visitor) -> None:
        """The server had no reason to end it."""
        self.wrong.append(f"The server closed the connection of {visitor.name}.")

    # What comes.

    def _take(self, visitor: Visitor, data: bytes) -> None:
        taken = 0
        for first, start, stop in frames(data):
            taken = stop
            if data.startswith(_SAID, start):
                at = data.index(_SEQ, start) + len(_SEQ)
                self._see(visitor, int(data[at : data.index(b",", at)]))
            elif first == _TEXT_FRAME:
                self._hear(visitor, json.loads(data[start:stop]), stop - start)
            elif first == _PING:
                self._send(visitor, frame(data[start:stop], _PONG))
            elif first == _CLOSE:
                self._ended(visitor)
                return
        visitor.rest = data[taken:]

    def _see(self, visitor: Visitor, seq: int) -> None:
        self.deliveries += 1
        if not visitor.live or seq != visitor.position + 1:
            self.wrong.append(f"{visitor.name} saw {seq} after {visitor.position} ({visitor.step.name}).")
        visitor.position = seq

    def _hear(self, visitor: Visitor, event: dict[str, Any], size_bytes: int) -> None:
        match event:
            case {"type": "welcome"}:
                self._command(visitor, {"type": "login", "id": "login", "token": visitor.name})
            case {"type": "ok", "id": "login"}:
                visitor.step = Step.ATTACHING
                place = {"room": self._room, "after": visitor.position}
                self._command(visitor, {"type": "attach", "id": "attach", "rooms": [place]})
            case {"type": "ok", "id": "attach"}:
                pass
            case {"type": "attached"}:
                self._catch_up(visitor, event)
            case {"type": "ok", "id": key, "seq": seq} if key in visitor.unanswered:
                self.acknowledged[key] = visitor.unanswered.pop(key), seq
            case {"type": "presence" | "joined" | "left"}:
                visitor.news += 1
                visitor.news_bytes += size_bytes
            case _:
                self.wrong.append(f"{visitor.name} was told {event}.")

    def _catch_up(self, visitor: Visitor, page: dict[str, Any]) -> None:
        seqs = [entry["seq"] for entry in page["entries"]]
        if "gap" in page or page.get("reset") or seqs != [*range(visitor.position + 1, page["to"] + 1)]:
            self.wrong.append(
                f"{visitor.name} was at {visitor.position} and got {page['from']} to {page['to']}."
            )
        self.deliveries += len(seqs)
        visitor.missed += len(seqs)
        visitor.position = page["to"]
        if page["complete"]:
            visitor.step = Step.LIVE
            for key, text in list(visitor.unanswered.items()):
                self._say(visitor, key, text)


def all_live(visitors: Iterable[Visitor]) -> bool:
    """Whether each of them is."""
    return all(visitor.live for visitor in visitors)
