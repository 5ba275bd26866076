"""JSON over WebSocket: commands from text frames, events to finished frames."""

import struct

import msgspec

from chatd.model import COMMANDS, ChatError, Code, Command, Event, Gathered, Said

_TEXT_FRAME = 0x81
"""FIN and opcode 1 (RFC 6455 section 5.2)."""
_PONG_FRAME = 0x8A
"""FIN and opcode 10."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
_bodies: dict[str, msgspec.json.Decoder[Command]] = {
    word: msgspec.json.Decoder(kind) for word, kind in COMMANDS.items()
}


class Malformed(msgspec.Struct, frozen=True):
    """Input that is no command: how to refuse it, and under which `id`."""

    error: ChatError
    id: int | str | None


def decode(payload: bytes) -> Command | Malformed:
    """The command that a text frame or a request body holds, or why it holds none."""
    try:
        return _decoder.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return _malformed(payload, problem)


def decode_body(word: str, payload: bytes) -> Command | Malformed:
    """The command of this name whose fields a request's body holds; its `type` may be left out."""
    try:
        return _bodies[word].decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        header = _header(payload)
        if isinstance(header, Malformed):
            return header
        return Malformed(ChatError(Code.BAD_REQUEST, f"{problem}."), _id_of(header))


def _malformed(payload: bytes, problem: Exception) -> Malformed:
    header = _header(payload)
    if isinstance(header, Malformed):
        return header
    command_id = _id_of(header)
    word = header.get("type")
    if not isinstance(word, str):
        return Malformed(ChatError(Code.BAD_REQUEST, "A command names its `type`."), command_id)
    if word not in COMMANDS:
        text = f'There is no command "{word[:40]}".'
        return Malformed(ChatError(Code.UNKNOWN_TYPE, text), command_id)
    return Malformed(ChatError(Code.BAD_REQUEST, f"{problem}."), command_id)


def _header(payload: bytes) -> dict[str, object] | Malformed:
    try:
        header = msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Malformed(ChatError(Code.BAD_REQUEST, "That is not JSON in UTF-8."), None)
    if not isinstance(header, dict):
        return Malformed(ChatError(Code.BAD_REQUEST, "A command is a JSON object."), None)
    return header


def _id_of(header: dict[str, object]) -> int | str | None:
    command_id = header.get("id")
    return command_id if isinstance(command_id, int | str) and not isinstance(command_id, bool) else None


def encode(event: Event) -> bytes:
    """The event as JSON."""
    return _encoder.encode(event)


def frame(payload: bytes) -> bytes:
    """A finished WebSocket text frame, unmasked and unfragmented."""
    length = len(payload)
    if length < 126:
        return struct.pack("!BB", _TEXT_FRAME, length) + payload
    if length < 65_536:
        return struct.pack("!BBH", _TEXT_FRAME, 126, length) + payload
    return struct.pack("!BBQ", _TEXT_FRAME, 127, length) + payload


def pong(payload: bytes) -> bytes:
    """A finished WebSocket pong frame; a ping's payload has at most 125 bytes (RFC 6455 section 5.5)."""
    return struct.pack("!BB", _PONG_FRAME, len(payload)) + payload


class JsonWire:
    """Room events as finished WebSocket frames, the same for everybody."""

    personal = False

    def encode(self, event: Event | Gathered, label: str, quoted: Said | None = None) -> bytes:
        """The finished frame of an event; none for what was told one by one. Who wants a quote has it."""
        return b"" if isinstance(event, Gathered) else frame(_encoder.encode(event))
