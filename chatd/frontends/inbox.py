"""Bytes that connections have sent: carried out a little at a time, so that nobody's hold up the others."""

import time
from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from chatd.frontends.sockets import Connection

PIECE_BYTES = 512
"""So much is carried out between two looks at the clock: some hundred short lines, or one common message."""
SLICE_SECONDS = 0.002
"""How long one connection may keep the reactor busy before the others have their turn."""


class Turns:
    """Connections that have sent more than a slice's worth have the next slices one after the other.

    In each turn of the reactor one of them has one: whoever sends little waits behind one slice, however many
    flood. Measured without: a single segment of 64 KiB full of `/help` held everybody up for seconds.
    """

    def __init__(self, reactor: IReactorTime, cpu: Callable[[], float] = time.thread_time) -> None:
        """`cpu`: seconds that this thread has computed, so that a busy machine makes nobody wait longer."""
        self.cpu = cpu
        self._reactor = reactor
        self._waiting: deque[Callable[[], None]] = deque()

    def wait(self, work: Callable[[], None]) -> None:
        """Do this in a later turn, after what waits already."""
        self._waiting.append(work)
        if len(self._waiting) == 1:
            self._reactor.callLater(0, self._next)

    def _next(self) -> None:
        work = self._waiting.popleft()
        if self._waiting:
            self._reactor.callLater(0, self._next)
        work()


class Inbox:
    """What one connection has sent and nobody has looked at yet; whoever pauses it pauses the connection."""

    __slots__ = (
        "_gone",
        "_paused",
        "_take",
        "_then",
        "_transport",
        "_turns",
        "_unread",
        "_waits",
        "_wanted",
        "_working",
    )

    def __init__(self, turns: Turns, transport: Connection, take: Callable[[bytes], None]) -> None:
        """`take` carries out the next bytes."""
        self._turns = turns
        self._transport = transport
        self._take = take
        self._unread = b""
        self._wanted = True
        self._paused = False
        """The transport is."""
        self._waits = False
        """For its turn."""
        self._working = False
        self._gone = False
        self._then: Callable[[], None] | None = None

    def receive(self, data: bytes) -> None:
        """Carry these out, now or later."""
        if self._unread or not self._wanted:
            self._unread += data
            self._pause()
        elif len(data) <= PIECE_BYTES:
            self._take(data)
        else:
            self._work(data)

    def end(self, then: Callable[[], None]) -> None:
        """Nothing more will come: do this when all that came is carried out."""
        self._then = then
        self._go_on()

    def lose(self, then: Callable[[], None]) -> None:
        """The same, and nobody is there any more who could be waited for."""

        def forget() -> None:
            then()
            del self._take, self._transport  # which hold this, so that all is freed at once

        self._gone = self._wanted = True
        self.end(forget)

    # As the outbox pauses and resumes a transport.

    def pauseProducing(self) -> None:
        """Carry out nothing more for now."""
        self._wanted = self._gone
        self._pause()

    def resumeProducing(self) -> None:
        """Go on."""
        self._wanted = True
        self._go_on()

    def _work(self, data: bytes) -> None:
        """Carry out what there is time for."""
        at, cpu = 0, self._turns.cpu
        until = cpu() + SLICE_SECONDS
        self._working = True
        while at < len(data) and self._wanted:
            self._take(data[at : at + PIECE_BYTES])
            at += PIECE_BYTES
            if cpu() > until:
                break
        self._working = False
        self._unread = data[at:]
        self._go_on()

    def _go_on(self) -> None:
        if self._working or self._waits:
            return
        if self._unread:
            self._pause()
            if self._wanted:
                self._waits = True
                self._turns.wait(self._turn)
            return
        if self._paused and self._wanted and not self._gone:
            self._paused = False
            self._transport.resumeProducing()
        if self._then is not None:
            then, self._then = self._then, None
            then()

    def _turn(self) -> None:
        self._waits = False
        data, self._unread = self._unread, b""
        self._work(data)

    def _pause(self) -> None:
        if not self._paused and not self._gone:
            self._paused = True
            self._transport.pauseProducing()
