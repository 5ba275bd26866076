"""`GET /rooms/<room>.txt`: a room as text, which `curl -N` follows."""

from datetime import tzinfo
from urllib.parse import parse_qs, urlsplit

from twisted.web.resource import Resource
from twisted.web.server import Request

from chatd.core import ports
from chatd.frontends.outbox import Outbox
from chatd.frontends.requests import refusal_head
from chatd.frontends.streams import Stream
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    Attached,
    ChatError,
    Close,
    Code,
    Event,
    LoggedIn,
    Position,
    Refused,
    Removed,
    RoomRef,
    RoomState,
)
from chatd.wires.line import LineWire, Web, pages
from chatd.wires.line.safe import visible

SEQ_MOST = 2**53 - 1
ENTRIES = 50
"""How many of the newest entries are given to whoever does not say where to begin."""


class Texts(Resource):
    """The rooms, each as `<room>.txt`."""

    methods = (b"GET", b"HEAD")

    def __init__(self, frontend: WebSocketFrontend, zone: tzinfo, web: Web) -> None:
        super().__init__()
        self._frontend = frontend
        self._zone = zone
        self._web = web
        self._wires = {numbers: LineWire(numbers, zone, web) for numbers in (False, True)}

    def getChild(self, path: bytes, request: Request) -> Resource:
        return self

    def render(self, request: Request) -> bytes | int:
        try:
            reading = self._reading(request)
        except ChatError as error:
            return in_text(request, error)
        return Stream(self._frontend, request, reading).open()

    def _reading(self, request: Request) -> "_Text":
        [_, *rest] = [part.decode("utf-8", "replace") for part in request.prepath or ()]
        name = "/".join(rest)
        if not name.endswith(".txt") or len(rest) != 1:
            raise ChatError(Code.NO_SUCH_ROOM, "A room as text is at /rooms/NAME.txt.")
        query = parse_qs(urlsplit(request.uri.decode("latin-1")).query, keep_blank_values=True)
        after, count = _number(query, "after"), _number(query, "n")
        if after is not None and count is not None:
            raise ChatError(Code.BAD_REQUEST, "Give `after` or `n`, not both.")
        numbers = _yes(query, "numbers")
        follows = _yes(query, "follow") and request.method == b"GET"
        return _Text(
            name.removesuffix(".txt"),
            after,
            ENTRIES if count is None else count,
            follows,
            numbers,
            self._zone,
            self._web,
            self._wires[numbers],
        )


class _Text:
    """One room, read as lines."""

    kind = "text/plain; charset=utf-8"
    heartbeat = b""

    def __init__(
        self,
        name: str,
        after: int | None,
        count: int,
        follows: bool,
        numbers: bool,
        zone: tzinfo,
        web: Web,
        wire: LineWire,
    ) -> None:
        self._ref: RoomRef = room_ref(name)
        self.named = [self._ref]
        self._after = after
        self._count = count
        self.follows = follows
        self._numbers = numbers
        self._zone = zone
        self._web = web
        self.wire: ports.Wire = wire
        self._room: int | None = None
        self._label = ""

    def outbox(self, outbox: Outbox) -> ports.Outbox:
        """The same."""
        return outbox

    def rooms(self, login: LoggedIn, states: dict[RoomRef, RoomState]) -> list[Position]:
        """The one room, from where was asked, or so many entries before its head."""
        state = states.get(self._ref)
        if self._after is not None or state is None:
            return [Position(self._ref, self._after)]
        return [Position(state.room, max(0, state.head - self._count))]

    def fault(self, refused: list[Refused]) -> Refused | None:
        """There is nothing else to read."""
        return refused[0] if refused else None

    def write(self, event: Event) -> bytes:
        """Pages of the room, and that there will be no more."""
        match event:
            case Attached():
                self._room, self._label = event.room, pages.label_in(event)
                return pages.attached(event, self._numbers, self._zone, self._web)
            case Removed() if event.room == self._room:
                return pages.removed(event, self._label)
            case _:
                return b""

    def further(self, event: Event) -> list[Position]:
        """Nothing."""
        return []

    def is_over(self, event: Event) -> bool:
        """All that was asked for is there, or nothing more may be read."""
        match event:
            case Attached():
                return event.complete and not self.follows
            case Removed():
                return event.room == self._room
            case _:
                return False

    def last_words(self, why: Close) -> bytes:
        """As at a terminal."""
        return pages.closing(why)

    def refusal(self, request: Request, error: ChatError) -> bytes:
        """As at a terminal."""
        return in_text(request, error)


def in_text(request: Request, error: ChatError) -> bytes:
    """A refusal as the line wire writes it, with its status."""
    refusal_head(request, error)
    request.setHeader("Content-Type", _Text.kind)
    return f"! {error.code}: {visible(error.text)}\n".encode()


def room_ref(name: str) -> RoomRef:
    """An id or a name, as they stand in an address."""
    number = name.isascii() and name.isdecimal() and len(name) <= 16 and 0 < int(name) <= SEQ_MOST
    return int(name) if number else name


def _number(query: dict[str, list[str]], name: str) -> int | None:
    if name not in query:
        return None
    value = query[name][-1]
    if not (value.isascii() and value.isdecimal() and len(value) <= 16 and int(value) <= SEQ_MOST):
        raise ChatError(Code.BAD_REQUEST, f"`{name}` is a number from 0 on.")
    return int(value)


def _yes(query: dict[str, list[str]], name: str) -> bool:
    value = query.get(name, ["0"])[-1]
    if value not in ("0", "1"):
        raise ChatError(Code.BAD_REQUEST, f"`{name}` is 1 or 0.")
    return value == "1"
