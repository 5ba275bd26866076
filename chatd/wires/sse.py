"""Server-sent events: the JSON of the WebSocket as an event stream, and where a client is in it.

The form is that of the HTML standard, section 9.2: `data: …` and an empty line is an event; `id: …` and an
empty line is none, and is what `Last-Event-ID` will say.
"""

import re
from collections.abc import Mapping

import msgspec

from chatd.model import CLOSINGS, Close, Event, Gathered, Said

_encoder = msgspec.json.Encoder()
_PLACE = re.compile(r"(\d{1,16}):(\d{1,16})")

HEARTBEAT = b":\n\n"
"""A comment, which keeps those awake who are between."""


class EventStreamWire:
    """Room events as events of a stream, the same for everybody."""

    personal = False

    def encode(self, event: Event | Gathered, label: str, quoted: Said | None = None) -> bytes:
        """The finished event; none for what was told one by one. Who wants a quote has it."""
        return b"" if isinstance(event, Gathered) else encode(event)


def encode(event: Event) -> bytes:
    """An event; JSON has no line ends of its own."""
    return b"data: " + _encoder.encode(event) + b"\n\n"


def closing(why: Close) -> bytes:
    """The last event, of a type of its own: why the stream ends, as a close frame says it."""
    code, text, come_back = CLOSINGS[why]
    data = _encoder.encode({"code": code, "text": text, "come_back": come_back})
    return b"event: close\ndata: " + data + b"\n\n"


def place(epoch: str, positions: Mapping[int, int]) -> bytes:
    """Where the client is from here on: the last seq that it has, by room."""
    rooms = ",".join(f"{room}:{seq}" for room, seq in sorted(positions.items()))
    return f"id: {epoch};{rooms}\n\n".encode()


def positions(text: str, epoch: str) -> dict[int, int]:
    """What `place` said; empty for an id of another epoch, or of nobody's."""
    its_epoch, _, rooms = text.strip().partition(";")
    if its_epoch != epoch:
        return {}
    found = [_PLACE.fullmatch(one) for one in rooms.split(",")]
    return {int(one[1]): int(one[2]) for one in found if one is not None}
