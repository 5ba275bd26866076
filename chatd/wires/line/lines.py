"""Bytes into lines, with a bound on what one line may cost."""

import re
from typing import NamedTuple

_END = re.compile(rb"\r?\n|\r\0")
# RFC 854 ends a line with CR LF and writes a lone CR as CR NUL; some clients send CR NUL for the Enter key.

_GLIMPSE_BYTES = 1024


class Line(NamedTuple):
    """One line without its ending."""

    data: bytes
    """For a line that is too long, only its beginning."""
    carriage_return: bool
    """It ended as telnet ends lines."""
    too_long: bool


class Lines:
    """The lines of one connection. What follows the last line end is no line, and is never given."""

    __slots__ = ("_buffer", "_glimpse_bytes", "_limit_bytes", "_skipping")

    def __init__(self, limit_bytes: int) -> None:
        """A line longer than this, a CR before its LF included, is given once, as too long, and not kept."""
        self._limit_bytes = limit_bytes
        self._glimpse_bytes = min(limit_bytes, _GLIMPSE_BYTES)  # whatever the cuts, so much has come
        self._buffer = bytearray()
        self._skipping = False

    def feed(self, data: bytes) -> list[Line]:
        """The lines that these bytes complete, and the one that they make too long."""
        buffer = self._buffer
        buffer += data
        found: list[Line] = []
        start = 0
        if b"\n" in data or b"\0" in data:
            for end in _END.finditer(buffer):
                if self._skipping:
                    self._skipping = False
                else:
                    too_long = end.end() - 1 - start > self._limit_bytes
                    stop = min(end.start(), start + self._glimpse_bytes) if too_long else end.start()
                    found.append(Line(bytes(buffer[start:stop]), end[0] != b"\n", too_long))
                start = end.end()
        if len(buffer) - start > self._limit_bytes or self._skipping:
            if not self._skipping:
                found.append(Line(bytes(buffer[start : start + self._glimpse_bytes]), False, True))
            self._skipping = True
            start = len(buffer) - buffer.endswith(b"\r")  # a NUL or LF may follow the CR
        if start:
            self._buffer = buffer[start:]
        return found

    def beginning(self, size: int) -> bytes:
        """The first bytes of the unfinished line."""
        return bytes(self._buffer[:size])

    def forget(self) -> None:
        """Drop the unfinished line."""
        self._buffer = bytearray()
