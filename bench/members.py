"""Members of rooms as a load: one process with many raw sockets that counts, checks the order and looks at
little else.

Some members are senders. Each keeps a fixed number of its own messages unanswered, or, in a paced load, says
something at fixed times whatever is answered. Some members measure latency: from the sender's clock in the
text to the moment in which a member has read it.
"""

import enum
import resource
import select
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Protocol

from bench.dialects import Member

_READ_BYTES = 262_144
_QUIET_SECONDS = 2.5
"""Presence is gathered per second; silence of this length means that none is on its way."""


class Phase(enum.IntEnum):
    """What all the members do; the parent process sets it in shared memory."""

    IDLE = 0
    """Senders say nothing more."""
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

    ports: tuple[int, ...]
    """Where each dialect is spoken."""
    dialects: tuple[type[Member], ...]
    """Members take turns in them."""
    first: int
    """Number of its first member; members are called `m0`, `m1` …"""
    members: int
    rooms: int
    members_of_room: int
    """Member number n is in room number n // members_of_room."""
    senders: int
    """How many of the members, spread evenly, send."""
    unanswered: int
    """Messages that each sender keeps in flight."""
    pace: float
    """Messages per second of all its senders, whatever is answered; 0: as fast as answers come."""
    clocked: int
    """How many members, spread evenly, measure latency."""


@dataclass(frozen=True)
class Outcome:
    """What one process of members saw, over its whole life but for the latencies."""

    deliveries: int
    disorders: int
    """Deliveries that were not the next after the last."""
    latencies_ns: list[int]
    answers_ns: list[int]
    """From saying something to its answer."""


class _Crowd:
    """All the members of one process and what they saw."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._members: dict[int, Member] = {}
        self._epoll = select.epoll()
        # One for all: a new one for each read of this size would come from mmap(2), page by page.
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self.latencies_ns: list[int] = []
        self.answers_ns: list[int] = []
        self.talking = False
        self.measuring = False
        self._next_at = 0.0
        self._said_at: dict[Member, list[int]] = {}
        clock_step = max(1, load.members // load.clocked) if load.clocked else load.members + 1
        for index in range(load.members):
            number = load.first + index
            room = f"r{number // load.members_of_room}" if load.rooms > 1 else "lobby"
            turn = number % len(load.dialects)
            member = load.dialects[turn](load.ports[turn], f"m{number}", room)
            if index % clock_step == 0:
                member.curious = True
                member.arrived = self._arrived
            self._members[member.sock.fileno()] = member
            self._epoll.register(member.sock, select.EPOLLIN)
        sender_step = max(1, load.members // max(1, load.senders))
        self._senders = list(self._members.values())[::sender_step][: load.senders]
        for sender in self._senders:
            sender.curious = True
            sender.answered = self._answered

    @property
    def deliveries(self) -> int:
        return sum(member.deliveries for member in self._members.values())

    @property
    def disorders(self) -> int:
        return sum(member.disorders for member in self._members.values())

    @property
    def events(self) -> int:
        return sum(member.events for member in self._members.values())

    def begin(self) -> None:
        """Fill every sender's window; from now on each answer is followed by the next message."""
        self.talking = True
        self._said_at = {sender: [] for sender in self._senders}
        self._next_at = time.monotonic()
        if not self._load.pace:
            for sender in self._senders:
                for _ in range(self._load.unanswered):
                    self._say(sender)

    def turn(self) -> None:
        """Read what has come, for at most 50 ms if nothing comes."""
        wait = 0.05
        if self.talking and self._load.pace and self._senders:
            wait = self._pace()
        for descriptor, _ in self._epoll.poll(wait):
            self._members[descriptor].read(self._buffer)

    def _pace(self) -> float:
        """Say what is due; how long until the next."""
        now = time.monotonic()
        while self._next_at <= now:
            sender = self._senders.pop(0)
            self._senders.append(sender)
            self._say(sender)
            self._next_at += 1 / self._load.pace
        return min(0.05, max(0.0, self._next_at - now))

    def _say(self, sender: Member) -> None:
        self._said_at[sender].append(time.monotonic_ns())
        sender.say()

    def _arrived(self, member: Member, data: bytes, at: int) -> None:
        if self.measuring:
            stamp = data[at : at + 64].split(b" ", 2)[1]
            self.latencies_ns.append(time.monotonic_ns() - int(stamp))

    def _answered(self, member: Member) -> None:
        said_at = self._said_at.get(member)
        if said_at:
            took = time.monotonic_ns() - said_at.pop(0)
            if self.measuring:
                self.answers_ns.append(took)
            if self.talking and not self._load.pace:
                self._say(member)


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
    counted_at = 0.0
    while phase.value != Phase.STOP:
        if phase.value == Phase.IDLE:
            crowd.talking = False
        elif not crowd.talking:
            crowd.begin()
        crowd.measuring = phase.value == Phase.MEASURE
        crowd.turn()
        if (now := time.monotonic()) - counted_at > 0.02:
            counted_at = now
            deliveries.value = crowd.deliveries
            cpu_ns.value = time.process_time_ns()
    pipe.send(Outcome(crowd.deliveries, crowd.disorders, crowd.latencies_ns, crowd.answers_ns))
    pipe.close()
