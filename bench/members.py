"""Room members as a load: one process with many raw sockets that walks frame headers and looks at little
else.

A member checks that the seqs it receives ascend without a hole. Some members are senders: each keeps a fixed
number of its own messages unanswered, and takes its own `said` for the answer, so that every system is
measured alike. Some members read the sender's clock out of the text (`time.monotonic_ns`, one clock on one
machine).
"""

import enum
import json
import resource
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bench.servers import HOST

TEXT_BYTES = 150
UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_READ_BYTES = 262_144
_QUIET_SECONDS = 2.5
"""Presence is gathered per second; silence of this length means that none is on its way."""
_SAID = b'{"type":"said"'
_SEQ = b'"seq":'
_TEXT = b'"text":"'
_TEXT_FRAME, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A


class Phase(enum.IntEnum):
    """What all the members do; the parent process sets it in shared memory."""

    IDLE = 0
    TALK = 1
    """Senders send; nothing is recorded."""
    MEASURE = 2
    """As TALK, and latencies are kept."""
    STOP = 3


class SharedInt(Protocol):
    """A `multiprocessing.RawValue`."""

    value: int


@dataclass(frozen=True)
class Load:
    """What one process of members is to do."""

    port: int
    first: int
    """Number of its first member; members are called `m0`, `m1` …"""
    members: int
    senders: int
    """How many of the members, spread evenly, send."""
    unanswered: int
    """Messages that each sender keeps in flight."""
    clocked: int
    """How many members, spread evenly, measure latency."""
    login: bool
    """Whether the server wants `login` and `attach` first."""


@dataclass(frozen=True)
class Outcome:
    """What one process of members saw, over its whole life but for `latencies_ns`."""

    deliveries: int
    received_bytes: int
    disorders: int
    """Deliveries whose seq was not the one after the last."""
    latencies_ns: list[int]


def frame(payload: bytes, opcode: int = _TEXT_FRAME) -> bytes:
    """A client's frame, with a mask of zeros (RFC 6455 section 5.3 wants a mask, not a good one)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([opcode]) + length + bytes(4) + payload


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """First byte, start and end of each payload that is complete in `data`, which begins with a frame."""
    at, end = 0, len(data)
    while end - at >= 2:
        size = data[at + 1]
        start = at + 2
        if size > 125:
            wide = 2 if size == 126 else 8
            start += wide
            if start > end:
                return
            size = int.from_bytes(data[at + 2 : start], "big")
        stop = start + size
        if stop > end:
            return
        yield data[at], start, stop
        at = stop


class Member:
    """One connection in the room."""

    __slots__ = ("clocked", "counter", "name", "next_seq", "rest", "sock")

    def __init__(self, port: int, name: str) -> None:
        """Connect and upgrade; blocking."""
        self.name = name.encode()
        self.clocked = False
        self.counter = 0
        self.next_seq = 1
        self.sock = socket.create_connection((HOST, port), timeout=30)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(UPGRADE.format(host=HOST, port=port).encode())
        self.rest = b""
        while b"\r\n\r\n" not in self.rest:
            self._receive()
        head, _, self.rest = self.rest.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise RuntimeError(f"No upgrade for {name}: {head!r}")

    def _receive(self) -> None:
        data = self.sock.recv(_READ_BYTES)
        if not data:
            raise RuntimeError(f"The server closed the connection of {self.name!r}")
        self.rest += data

    def _await_event(self, kind: str) -> dict[str, object]:
        while True:
            for _, start, stop in frames(self.rest):
                event: dict[str, object] = json.loads(self.rest[start:stop])
                if event["type"] in (kind, "error"):
                    self.rest = self.rest[stop:]
                    if event["type"] == "error":
                        raise RuntimeError(f"{self.name!r} was refused: {event}")
                    return event
            self._receive()

    def enter(self) -> None:
        """Log in as a guest and go live in the lobby; blocking."""
        self._await_event("welcome")
        self.sock.sendall(frame(b'{"type":"login","id":1,"name":"%s"}' % self.name))
        self._await_event("ok")
        self.sock.sendall(frame(b'{"type":"attach","id":2,"rooms":[{"room":"lobby"}]}'))
        head = self._await_event("attached")["head"]
        assert isinstance(head, int)
        self.next_seq = head + 1

    def say(self) -> None:
        """Send one message; its text begins with our name and clock, and its key is our own counter."""
        text = b"%b %d " % (self.name, time.monotonic_ns())
        self.counter += 1
        command = b'{"type":"say","room":1,"text":"%b","key":"k%d"}' % (
            text.ljust(TEXT_BYTES, b"x"),
            self.counter,
        )
        whole = frame(command)
        if self.sock.send(whole) != len(whole):
            raise RuntimeError("A sender's socket is full: the server does not read")


class _Crowd:
    """All the members of one process and what they saw."""

    def __init__(self, load: Load) -> None:
        self._unanswered = load.unanswered
        self._members: dict[int, Member] = {}
        self._epoll = select.epoll()
        # One for all: a new one for each read of this size would come from mmap(2), page by page.
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self.deliveries = 0
        self.events = 0
        """Text frames other than `said`."""
        self.received_bytes = 0
        self.disorders = 0
        self.latencies_ns: list[int] = []
        self.talking = False
        self.measuring = False
        clock_step = max(1, load.members // load.clocked)
        for index in range(load.members):
            member = Member(load.port, f"m{load.first + index}")
            if load.login:
                member.enter()
            member.clocked = index % clock_step == 0
            member.sock.setblocking(False)
            self._members[member.sock.fileno()] = member
            self._epoll.register(member.sock, select.EPOLLIN)
        sender_step = max(1, load.members // max(1, load.senders))
        self._senders = set(list(self._members.values())[::sender_step][: load.senders])

    def begin(self) -> None:
        """Fill every sender's window; from now on each answer is followed by the next message."""
        self.talking = True
        for sender in self._senders:
            for _ in range(self._unanswered):
                sender.say()

    def turn(self) -> None:
        """Read what has come, for at most 50 ms if nothing comes."""
        for descriptor, _ in self._epoll.poll(0.05):
            member = self._members[descriptor]
            size = member.sock.recv_into(self._buffer)
            if not size:
                raise RuntimeError(f"The server closed the connection of {member.name!r}")
            self.received_bytes += size
            self._take(member, member.rest + self._buffer[:size])

    def _take(self, member: Member, data: bytes) -> None:
        taken = 0
        expected = member.next_seq
        curious = member.clocked or member in self._senders
        for first, start, stop in frames(data):
            taken = stop
            if data.startswith(_SAID, start):
                at = data.index(_SEQ, start) + len(_SEQ)
                seq = int(data[at : data.index(b",", at)])
                if seq != expected:
                    self.disorders += 1
                expected = seq + 1
                self.deliveries += 1
                if curious:
                    self._look(member, data, start, stop)
            elif first == _TEXT_FRAME:
                self.events += 1
            elif first == _PING:
                member.sock.send(frame(data[start:stop], _PONG))
            elif first == _CLOSE:
                raise RuntimeError(
                    f"The server closed the connection of {member.name!r}: {data[start:stop]!r}"
                )
        member.next_seq = expected
        member.rest = data[taken:]

    def _look(self, member: Member, data: bytes, start: int, stop: int) -> None:
        at = data.index(_TEXT, start, stop) + len(_TEXT)
        name, stamp, _ = data[at : at + TEXT_BYTES].split(b" ", 2)
        if member.clocked and self.measuring:
            self.latencies_ns.append(time.monotonic_ns() - int(stamp))
        if name == member.name and self.talking:
            member.say()


def run(load: Load, pipe: Connection, phase: SharedInt, deliveries: SharedInt, cpu_ns: SharedInt) -> None:
    """The life of one process: connect, wait for silence, follow `phase`.

    Into the pipe go "quiet" and, at the end, an Outcome. `deliveries` and `cpu_ns` (of this process) are kept
    up to date in shared memory.
    """
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    crowd = _Crowd(load)
    seen, silent_since = 0, time.monotonic()
    while time.monotonic() - silent_since < _QUIET_SECONDS:
        crowd.turn()
        if crowd.events != seen:
            seen, silent_since = crowd.events, time.monotonic()
    pipe.send("quiet")
    while phase.value != Phase.STOP:
        if phase.value >= Phase.TALK and not crowd.talking:
            crowd.begin()
        crowd.measuring = phase.value == Phase.MEASURE
        crowd.turn()
        deliveries.value = crowd.deliveries
        cpu_ns.value = time.process_time_ns()
    pipe.send(Outcome(crowd.deliveries, crowd.received_bytes, crowd.disorders, crowd.latencies_ns))
    pipe.close()
