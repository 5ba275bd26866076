"""Bytes owed to connections: kept in order, bounded, and written once per reactor turn."""

import time
from collections.abc import Callable

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from zope.interface import implementer

from chatd.core.ports import Frame, Wire
from chatd.frontends.inbox import Inbox
from chatd.frontends.sockets import Connection

SLICE_SECONDS = 0.004
"""How long flushing may keep the reactor busy in one turn."""

CHUNK_BYTES = 65_536
"""What is given to a transport at once. The rest stays here, where it can still be dropped."""

LAST_WORDS_SECONDS = 2.0
"""How long a closing connection may take to send what is left."""


class Flusher:
    """Writes what outboxes owe, each at most once per reactor turn, in slices of a few milliseconds.

    Whoever is owed an answer comes first: behind a message to 2,000 it would wait for 25 ms.
    """

    def __init__(
        self,
        reactor: IReactorTime,
        *,
        stalled_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`stalled_seconds`: how long a connection may make no progress; 0: for ever."""
        self.reactor = reactor
        self._monotonic = monotonic
        self._stalled_seconds = stalled_seconds
        self._dirty: list[Outbox] = []
        self._urgent: list[Outbox] = []
        self._scheduled = False
        self._paused: dict[Outbox, float] = {}
        self._queue: list[Frame] = []
        self._joined = b""

    def add(self, outbox: "Outbox") -> None:
        """This outbox owes something that it may write."""
        self._dirty.append(outbox)
        self._schedule()

    def hurry(self, outbox: "Outbox") -> None:
        """The same, and somebody waits for it."""
        self._urgent.append(outbox)
        self._schedule()

    def _schedule(self) -> None:
        if not self._scheduled:
            self._scheduled = True
            self.reactor.callLater(0, self._flush)

    def _flush(self) -> None:
        self._scheduled = False
        urgent, self._urgent = self._urgent, []
        dirty, self._dirty = self._dirty, []
        until = self._monotonic() + SLICE_SECONDS
        self._urgent[:0] = self._slice(urgent, until)
        self._dirty[:0] = self._slice(dirty, until)
        self._queue, self._joined = [], b""
        if self._urgent or self._dirty:
            self._schedule()

    def _slice(self, outboxes: "list[Outbox]", until: float) -> "list[Outbox]":
        """Write some of these, however late it is, and all that there is time for; gives the others."""
        for index, outbox in enumerate(outboxes):
            outbox.flush()
            if index & 15 == 15 and self._monotonic() > until:
                return outboxes[index + 1 :]
        return []

    def join(self, queue: list[Frame]) -> bytes:
        """The bytes of these frames; members of one room mostly owe the very same, which is joined once."""
        if len(queue) == 1:
            return queue[0].data
        if queue != self._queue:
            self._queue = queue
            self._joined = b"".join([frame.data for frame in queue])
        return self._joined

    def paused(self, outbox: "Outbox") -> None:
        """This outbox waits for its reader."""
        self._paused[outbox] = self.reactor.seconds()

    def resumed(self, outbox: "Outbox") -> None:
        """Its reader has read."""
        self._paused.pop(outbox, None)

    def stalled(self) -> list["Outbox"]:
        """The outboxes whose readers have made no progress for too long."""
        if not self._stalled_seconds:
            return []
        since = self.reactor.seconds() - self._stalled_seconds
        return [outbox for outbox, at in self._paused.items() if at <= since]


@implementer(IPushProducer)
class Outbox:
    """What one connection is owed. A slow reader costs at most `owed_bytes`, and nobody else anything."""

    __slots__ = (
        "_dirty",
        "_ended",
        "_flusher",
        "_giving_up",
        "_most",
        "_owed",
        "_paused",
        "_queue",
        "_reading",
        "_source",
        "_transport",
        "_urgent",
        "_waiting",
        "_wanted",
        "on_stalled",
        "sent_bytes",
        "wire",
    )

    def __init__(
        self,
        flusher: Flusher,
        transport: Connection,
        wire: Wire,
        *,
        owed_bytes: int,
        on_stalled: Callable[[], None],
        inbox: Inbox | None = None,
    ) -> None:
        """`owed_bytes`: the bound; 0: none. `on_stalled`: the reader has made no progress for too long.

        `inbox`: what is paused while no more commands are wanted; None: the transport.
        """
        self.wire = wire
        self.on_stalled = on_stalled
        self.sent_bytes = 0
        self._flusher = flusher
        self._transport = transport
        self._source = inbox or transport
        self._most = owed_bytes or 1 << 62
        self._queue: list[Frame] = []
        self._owed = 0
        self._dirty = False
        self._urgent = False
        self._paused = False
        self._ended = False
        self._reading = True
        self._wanted = True
        self._waiting: list[Deferred[None]] | None = None
        self._giving_up: IDelayedCall | None = None
        transport.registerProducer(self, True)

    # What is owed.

    @property
    def congested(self) -> bool:
        """Whether more than half the bound is owed."""
        return self._owed > self._most >> 1

    def put(self, frame: Frame) -> bool:
        """Owe a room's frame; False, and nothing is owed, when that would pass the bound."""
        owed = self._owed + len(frame.data)
        if owed > self._most and not self._make_room(frame):
            return False
        self._owed += len(frame.data)
        self._queue.append(frame)
        if not self._dirty:
            self._dirty = True
            self._flusher.add(self)
        return True

    def _make_room(self, frame: Frame) -> bool:
        """The bound is for readers who do not read: whoever does is written to at once."""
        while not self._paused and self._queue:
            self.flush()
        return not self._queue or self._owed + len(frame.data) <= self._most

    def send(self, data: bytes, room: int = 0) -> None:
        """Owe an answer, or a page of a room, whatever is owed already."""
        if self._ended or not data:
            return
        self._owed += len(data)
        self._queue.append(Frame(data, room, 0))
        if not self._urgent:
            self._dirty = self._urgent = True
            self._flusher.hurry(self)
        self._read_or_not()

    def drop_room(self, room: int) -> None:
        """Forget the frames of this room that have not left yet."""
        if self._queue:
            self._queue = [frame for frame in self._queue if frame.room != room]
            self._owed = sum(len(frame.data) for frame in self._queue)

    def drained(self) -> "Deferred[None]":
        """Fires when nothing is owed any more, or the connection is gone."""
        if self._ended or (not self._queue and not self._paused):
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        if self._waiting is None:
            self._waiting = []
        self._waiting.append(waiting)
        return waiting

    def flush(self) -> None:
        """Give the transport the next chunk of what is owed, unless it waits for its reader."""
        if self._paused or self._ended:
            return  # and it stays dirty: nobody need ask again before the reader has read
        self._dirty = self._urgent = False
        queue = self._queue
        if queue:
            if self._owed <= CHUNK_BYTES or len(queue) == 1:
                self._queue = []
                self._owed = 0
            else:
                queue = self._take_chunk()
            data = self._flusher.join(queue)
            self.sent_bytes += len(data)
            self._transport.write(data)
        if self._paused:
            return
        if self._queue:
            if not self._dirty:
                self._dirty = True
                self._flusher.add(self)
        elif self._waiting is not None:
            self._release()
        if not self._reading:
            self._read_or_not()

    def _take_chunk(self) -> list[Frame]:
        size = count = 0
        for frame in self._queue:
            if count and size + len(frame.data) > CHUNK_BYTES:
                break
            size += len(frame.data)
            count += 1
        chunk, self._queue = self._queue[:count], self._queue[count:]
        self._owed -= size
        return chunk

    def _release(self) -> None:
        waiting, self._waiting = self._waiting, None
        for deferred in waiting or ():
            deferred.callback(None)

    # What the transport tells.

    def pauseProducing(self) -> None:
        """The transport has enough: called from inside its `write`, perhaps more than once."""
        if not self._paused:
            self._paused = True
            self._flusher.paused(self)

    def resumeProducing(self) -> None:
        """The transport has written everything that it was given."""
        self._paused = False
        self._flusher.resumed(self)
        self._dirty, self._urgent = True, False
        self._flusher.add(self)

    def stopProducing(self) -> None:
        """The transport is gone."""
        self.gone()

    # Reading.

    def read_on(self, wanted: bool) -> None:
        """Whether the session wants more commands."""
        self._wanted = wanted
        self._read_or_not()

    def _read_or_not(self) -> None:
        """No command is read from somebody who owes us half the bound's worth of reading."""
        reading = self._wanted and not self.congested
        if reading != self._reading and not self._ended:
            self._reading = reading
            if reading:
                self._source.resumeProducing()
            else:
                self._source.pauseProducing()

    # The end.

    def end(self, last_words: Callable[[], None]) -> None:
        """Write all that is owed and the last words; what has not left in 2 seconds is given up."""
        if self._ended:
            return
        data = b"".join([frame.data for frame in self._queue])
        if data:
            self.sent_bytes += len(data)
            self._transport.write(data)
        self.mute()
        self._giving_up = self._flusher.reactor.callLater(LAST_WORDS_SECONDS, self._transport.abortConnection)
        last_words()

    def mute(self) -> None:
        """Write nothing more: what is owed is forgotten, and the transport can close."""
        if self._ended:
            return
        self._ended = True
        self._flusher.resumed(self)
        self._queue = []
        self._owed = 0
        self._transport.unregisterProducer()
        if not self._reading:
            self._source.resumeProducing()
        self._release()

    def gone(self) -> None:
        """The connection has ended."""
        self.mute()
        self.on_stalled = _nobody
        self._source = self._transport  # the inbox knows the connection
        if self._giving_up is not None and self._giving_up.active():
            self._giving_up.cancel()


def _nobody() -> None:
    """Whom the end of a connection concerns no more."""
