"""A server with real frontends over a database that outlives it, started as often as the world wants."""

from collections.abc import Callable
from datetime import UTC
from ipaddress import ip_network
from typing import cast

from msgspec.structs import replace
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from chatd.core.accounts import Accounts
from chatd.core.registry import Registry
from chatd.frontends.gate import Gate
from chatd.frontends.line import LineFrontend
from chatd.frontends.outbox import Flusher
from chatd.frontends.websocket import WebSocketFrontend, WebSocketProtocol, hardened_factory
from chatd.model import Entry
from chatd.storage.store import Store
from chatd.wires.line import Web
from tests.fakes import MemoryDatabase
from tests.simulation.links import Link
from tests.unit.core_peer import UNLIMITED, FakeAuth

LIMITS = replace(
    UNLIMITED, connections_per_address=0, connects_per_minute=0, owed_bytes=3_000, owed_seconds=20
)
EPOCH_MS = 1_764_000_000_000
TICK_SECONDS = 0.2


class Timers:
    """Autobahn's own, by our clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def call_later(self, seconds: float, function: Callable[..., object], *args: object) -> IDelayedCall:
        """As txaio's."""
        return self._clock.callLater(seconds, function, *args)


class Disk:
    """What survives a crash: the database, and the tokens that were given out."""

    def __init__(self) -> None:
        self.now_ms = EPOCH_MS
        self.database = MemoryDatabase(lambda entry: None, lambda: self.now_ms)
        self.database.hold()
        self.auth = FakeAuth()


class Server:
    """One life of the process."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk
        self.clock = Clock()
        self.faults: list[object] = []
        store = Store(disk.database)
        disk.database.publish = self._publish
        accounts = Accounts(store, disk.auth, LIMITS, guests=True, registration=True)
        self.registry = Registry(store, accounts, LIMITS, spawn=self._spawn, report=self.faults.append)
        self.registry.prepare(self._elapsed_ms)
        self._spawn(self.registry.wake())
        gate = Gate((), (ip_network("127.0.0.0/8"),))
        flusher = Flusher(self.clock, stalled_seconds=LIMITS.owed_seconds, monotonic=self.clock.seconds)
        self._flusher = flusher
        self._websockets = hardened_factory(
            WebSocketFrontend(self.registry, gate, flusher, allow_plaintext_login=True)
        )
        # Else the global reactor would keep every connection of every life until its next ping.
        self._websockets._batched_timer = Timers(self.clock)
        web = Web("http://localhost", lambda file: f"/f/{file}")
        self._lines = LineFrontend(self.registry, gate, flusher, UTC, web, allow_plaintext_login=True)
        self._tick_at = 0.0

    @property
    def _elapsed_ms(self) -> int:
        return int(self.clock.seconds() * 1_000)

    def _publish(self, entry: Entry) -> None:
        self.registry.publish(entry)

    def _spawn(self, work: object) -> None:
        Deferred.fromCoroutine(work).addErrback(self._note)  # type: ignore[arg-type]

    def _note(self, failure: Failure) -> None:
        self.faults.append(failure.getTraceback())

    def accept(self, *, line: bool) -> Link:
        """A new connection; a WebSocket's upgrade is still to come."""
        if line:
            protocol: Protocol = self._lines.buildProtocol(None)
        else:
            protocol = cast(WebSocketProtocol, self._websockets.buildProtocol(None))
        link = Link(self.clock, protocol)
        if not line:
            link.registerProducer(Link(self.clock, Protocol()), True)  # as the HTTP channel is
        protocol.makeConnection(link)
        return link

    def pass_time(self, seconds: float) -> None:
        """Let this much time pass, with the ticks that fall into it."""
        self.disk.now_ms += int(seconds * 1_000)
        until = self.clock.seconds() + seconds
        while self._tick_at + TICK_SECONDS <= until:
            self._tick_at += TICK_SECONDS
            self.clock.advance(max(0.0, self._tick_at - self.clock.seconds()))
            self.registry.tick(self._elapsed_ms)
            for outbox in self._flusher.stalled():
                outbox.on_stalled()
        self.clock.advance(max(0.0, until - self.clock.seconds()))

    def turn(self) -> None:
        """One turn of the reactor."""
        self.clock.advance(0)
