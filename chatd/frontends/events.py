"""`GET /api/events`: what the WebSocket sends, as server-sent events."""

from urllib.parse import parse_qs, urlsplit

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.core import ports
from chatd.frontends.outbox import Outbox
from chatd.frontends.requests import refusal
from chatd.frontends.streams import Stream
from chatd.frontends.texts import room_ref
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    Added,
    Attached,
    Attaching,
    ChatError,
    Close,
    Code,
    Error,
    Event,
    LoggedIn,
    Position,
    Refused,
    Removed,
    RoomRef,
    RoomState,
)
from chatd.wires import sse

ROOMS_MOST = 500
"""In one stream: where the reader is in each of them must fit into a header."""


class Events(Resource):
    """The stream of whoever asks."""

    isLeaf = True

    def __init__(self, frontend: WebSocketFrontend) -> None:
        super().__init__()
        self._frontend = frontend
        self._wire = sse.EventStreamWire()

    def render(self, request: Request) -> bytes | int:
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader("Allow", "GET, HEAD")
            return refusal(request, ChatError(Code.BAD_REQUEST, "This can only be read."), 405)
        query = parse_qs(urlsplit(request.uri.decode("latin-1")).query)
        rooms = [room_ref(name) for value in query.get("rooms", ()) for name in _names(value)]
        if len(rooms) > ROOMS_MOST:
            return refusal(request, ChatError(Code.TOO_MANY, f"At most {ROOMS_MOST} rooms at once."))
        last = request.getHeader("last-event-id") or query.get("last_event_id", [""])[-1]
        frontend = self._frontend
        reading = _Reading(
            self._wire,
            rooms if "rooms" in query else None,
            frontend.registry.store.epoch,
            last,
            frontend.flusher.reactor,
            follows=request.method == b"GET",
        )
        return Stream(frontend, request, reading).open()


def _names(value: str) -> list[str]:
    """`lobby,dev`; but in `@alice,bob` the comma is part of the name."""
    return [value] if value.startswith("@") else value.split(",")


class _Reading:
    """Some rooms, or all of one's own, read as events."""

    kind = "text/event-stream"
    heartbeat = sse.HEARTBEAT

    def __init__(
        self,
        wire: ports.Wire,
        rooms: list[RoomRef] | None,
        epoch: str,
        last_event_id: str,
        reactor: IReactorTime,
        *,
        follows: bool,
    ) -> None:
        """`rooms`: None for all of one's own, those that one enters later among them."""
        self.wire = wire
        self.follows = follows
        self.positions: dict[int, int] = {}
        """The last seq that the reader has been sent, by room."""
        self.named = rooms or []
        self._rooms = rooms
        self._wanted: set[int] = set()
        """What the names meant: a room that one leaves and enters again goes on."""
        self._epoch = epoch
        self._begin = sse.positions(last_event_id, epoch)
        self._reactor = reactor

    def outbox(self, outbox: Outbox) -> ports.Outbox:
        """One that tells the reader the place behind what it is sent."""
        return _Placing(outbox, self, self._reactor)

    def rooms(self, login: LoggedIn, states: dict[RoomRef, RoomState]) -> list[Position]:
        """Each from where the reader was, else from its head."""
        if self._rooms is None:
            return [Position(state.room, self._begin.get(state.room)) for state in login.rooms][:ROOMS_MOST]
        positions = []
        for ref in self._rooms:
            state = states.get(ref)
            self._wanted |= set() if state is None else {state.room}
            positions.append(
                Position(ref) if state is None else Position(state.room, self._begin.get(state.room))
            )
        return positions

    def fault(self, refused: list[Refused]) -> Refused | None:
        """Whoever names rooms is sent all of them, or is told which is not to be had."""
        return refused[0] if refused and self._rooms is not None else None

    def write(self, event: Event) -> bytes:
        """What the WebSocket would be sent, but answers to what the reader has not asked."""
        match event:
            case Attaching() | Error():
                return b""
            case Attached():
                self.positions[event.room] = event.last
                return sse.encode(event) + self.place()
            case Removed():
                self.positions.pop(event.room, None)
                return sse.encode(event) + self.place()
            case _:
                return sse.encode(event)

    def place(self) -> bytes:
        """Where the reader is."""
        return sse.place(self._epoch, self.positions)

    def further(self, event: Event) -> list[Position]:
        """The rooms that one has come into, as far as they are read here."""
        if not isinstance(event, Added):
            return []
        every = self._rooms is None
        return [Position(one.room, one.head) for one in event.rooms if every or one.room in self._wanted]

    def is_over(self, event: Event) -> bool:
        """It ends with the session only."""
        return False

    def last_words(self, why: Close) -> bytes:
        """The same as a close frame says."""
        return sse.closing(why)

    def refusal(self, request: Request, error: ChatError) -> bytes:
        """In JSON, as of every call."""
        return refusal(request, error)


class _Placing:
    """An outbox that tells its reader the place once per turn of the reactor, behind what was put.

    It does not stand in each event, because a frame is the same for all who read it.
    """

    def __init__(self, outbox: Outbox, reading: _Reading, reactor: IReactorTime) -> None:
        self.wire = outbox.wire
        self._outbox = outbox
        self._reading = reading
        self._reactor = reactor
        self._telling = False

    @property
    def congested(self) -> bool:
        """Whether more than half the bound is owed."""
        return self._outbox.congested

    def put(self, frame: ports.Frame) -> bool:
        """Owe a room's frame, and know the place behind it."""
        taken = self._outbox.put(frame)
        if taken and frame.seq:
            self._reading.positions[frame.room] = frame.seq
            if not self._telling:
                self._telling = True
                self._reactor.callLater(0, self._tell)
        return taken

    def _tell(self) -> None:
        self._telling = False
        self._outbox.send(self._reading.place())

    def drop_room(self, room: int) -> None:
        """Forget the frames of this room that have not left yet."""
        self._outbox.drop_room(room)

    def drained(self) -> "Deferred[None]":
        """Fires when nothing is owed any more."""
        return self._outbox.drained()
