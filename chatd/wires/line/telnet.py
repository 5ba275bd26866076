"""Telnet's own bytes (RFC 854, 855, 857), told apart from the text around them."""

import enum
from collections.abc import Iterator


class _Byte(enum.IntEnum):
    SE = 240
    IP = 244
    AYT = 246
    EL = 248
    ABORT = 238
    SB = 250
    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254
    IAC = 255


_ECHO = 1
_TIMING_MARK = 6

_IAC = bytes([_Byte.IAC])
WILL_ECHO = bytes([_Byte.IAC, _Byte.WILL, _ECHO])
"""The server says that it echoes, so the client stops doing it; we then echo nothing."""
WONT_ECHO = bytes([_Byte.IAC, _Byte.WONT, _ECHO])


class Kind(enum.Enum):
    """What a piece of the input is."""

    TEXT = enum.auto()
    REPLY = enum.auto()
    """Not input at all: bytes to send back."""
    INTERRUPT = enum.auto()
    """The person took back the line they were writing."""
    MARK = enum.auto()
    """The client drops our output up to here, to show what comes after it."""
    ARE_YOU_THERE = enum.auto()


Piece = tuple[Kind, bytes]


class _State(enum.Enum):
    TEXT = enum.auto()
    COMMAND = enum.auto()
    OPTION = enum.auto()
    SKIPPED = enum.auto()
    SKIPPED_COMMAND = enum.auto()


class Telnet:
    """The input of one connection, whose pieces may be split anywhere.

    Every option but the timing mark is refused, and only an offer or a request is answered, never a
    refusal: so no two programs can answer each other for ever (RFC 854, page 2). What a subnegotiation
    says is skipped.
    """

    __slots__ = ("_state", "_verb", "echo_taken", "negotiates")

    def __init__(self) -> None:
        self._state = _State.TEXT
        self._verb = 0
        self.echo_taken = False
        """We said WILL ECHO, so DO ECHO is an answer and not a request."""
        self.negotiates = False
        """The client has sent options."""

    def feed(self, data: bytes) -> Iterator[Piece]:
        """What the bytes are, in their order; `echo_taken` may change between two pieces."""
        at = 0
        while at < len(data):
            if self._state is _State.TEXT or self._state is _State.SKIPPED:
                end = data.find(_IAC, at)
                stop = len(data) if end < 0 else end
                if self._state is _State.TEXT and stop > at:
                    yield Kind.TEXT, data[at:stop]
                if end >= 0:
                    self._state = _State.COMMAND if self._state is _State.TEXT else _State.SKIPPED_COMMAND
                at = stop + 1
            else:
                yield from self._command(data[at])
                at += 1

    def _command(self, byte: int) -> Iterator[Piece]:
        if self._state is _State.OPTION:
            self._state = _State.TEXT
            yield from self._option(byte)
        elif self._state is _State.SKIPPED_COMMAND:
            self._state = _State.TEXT if byte == _Byte.SE else _State.SKIPPED
        else:
            self._state = _State.TEXT
            yield from self._plain_command(byte)

    def _plain_command(self, byte: int) -> Iterator[Piece]:
        match byte:
            case _Byte.IAC:
                yield Kind.TEXT, _IAC
            case _Byte.WILL | _Byte.WONT | _Byte.DO | _Byte.DONT:
                self._state = _State.OPTION
                self._verb = byte
            case _Byte.SB:
                self._state = _State.SKIPPED
                self.negotiates = True
            case _Byte.AYT:
                yield Kind.ARE_YOU_THERE, b""
            case _Byte.IP | _Byte.ABORT | _Byte.EL:
                yield Kind.INTERRUPT, b""

    def _option(self, option: int) -> Iterator[Piece]:
        self.negotiates = True
        if self._verb == _Byte.WILL:
            yield Kind.REPLY, bytes([_Byte.IAC, _Byte.DONT, option])
        elif self._verb == _Byte.DO and option == _TIMING_MARK:  # RFC 860; telnet sends it after Control-C
            yield Kind.REPLY, bytes([_Byte.IAC, _Byte.WILL, option])
            yield Kind.MARK, b""
        elif self._verb == _Byte.DO and not (option == _ECHO and self.echo_taken):
            yield Kind.REPLY, bytes([_Byte.IAC, _Byte.WONT, option])
