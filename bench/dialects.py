"""How a member of a room speaks with each kind of server: as bytes on a raw socket, with as little work as
counting and checking need.

Every text that is said begins with its author's name, the author's clock (`time.monotonic_ns`, one clock on
one machine) and the author's count of messages, each followed by a blank.
"""

import json
import socket
import ssl
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import ClassVar

from bench.servers import HOST

TEXT_BYTES = 150
_READ_BYTES = 262_144
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_SEQ = b'"seq":'
_TEXT = b'"text":"'
_TEXT_FRAME, _CLOSE, _PING, _PONG = 0x81, 0x88, 0x89, 0x8A


def _unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def frame(payload: bytes, opcode: int = _TEXT_FRAME) -> bytes:
    """A client's frame, with a mask of zeros (RFC 6455 section 5.3 wants a mask, not a good one)."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([opcode]) + length + bytes(4) + payload


def frames(data: bytes) -> Iterator[tuple[int, int, int]]:
    """First byte, start and end of each payload that is complete in `data`, which begins with a frame."""
    at, end = 0, len(data)
    while end - at >= 2:
        size = data[at + 1]
        start = at + 2
        if size > 125:
            wide = 2 if size == 126 else 8
            start += wide
            if start > end:
                return
            size = int.from_bytes(data[at + 2 : start], "big")
        stop = start + size
        if stop > end:
            return
        yield data[at], start, stop
        at = stop


class Member(ABC):
    """One connection in one room."""

    __slots__ = (
        "answered",
        "arrived",
        "counter",
        "curious",
        "deliveries",
        "disorders",
        "events",
        "name",
        "port",
        "rest",
        "room",
        "sock",
    )

    tls: ClassVar[bool] = False

    def __init__(self, port: int, name: str, room: str) -> None:
        """Connect, enter the room and go live; blocking. RuntimeError when the server does not want that."""
        self.port, self.name, self.room = port, name.encode(), room
        self.rest = b""
        self.counter = 0
        self.deliveries = 0
        self.disorders = 0
        self.events = 0
        """What came besides messages and answers."""
        self.curious = False
        """Whether `arrived` wants to look at the texts."""
        self.arrived: Callable[[Member, bytes, int], None] = _nothing
        """Called with what came and where a text in it begins."""
        self.answered: Callable[[Member], None] = _nothing
        """One of our own messages was taken by the server, and would be on its way to all."""
        sock = socket.create_connection((HOST, port), timeout=30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = _unverified().wrap_socket(sock) if self.tls else sock
        self.enter()
        self.sock.setblocking(False)

    @abstractmethod
    def enter(self) -> None:
        """Everything that the server wants before it sends messages."""

    @abstractmethod
    def command(self, text: bytes) -> bytes:
        """The bytes that say this."""

    @abstractmethod
    def take(self, data: bytes) -> int:
        """Look at what came; how many of its bytes were whole."""

    def say(self) -> None:
        """Send the next message."""
        self.counter += 1
        text = b"%b %d %d " % (self.name, time.monotonic_ns(), self.counter)
        whole = self.command(text.ljust(TEXT_BYTES, b"x"))
        if self.sock.send(whole) != len(whole):
            raise RuntimeError("A sender's socket is full: the server does not read")

    def read(self, buffer: memoryview) -> int:
        """Take what has come; how many bytes."""
        total = 0
        while True:
            try:
                size = self.sock.recv_into(buffer)
            except (ssl.SSLWantReadError, BlockingIOError):
                return total
            if not size:
                raise RuntimeError(f"The server closed the connection of {self.name!r}")
            total += size
            data = self.rest + buffer[:size]
            self.rest = data[self.take(data) :]
            if not self.tls:
                return total

    def _receive(self) -> None:
        data = self.sock.recv(_READ_BYTES)
        if not data:
            raise RuntimeError(f"The server closed the connection of {self.name!r}: {self.rest!r}")
        self.rest += data

    def _until(self, mark: bytes) -> bytes:
        """What comes up to this mark, which is taken too."""
        while mark not in self.rest:
            self._receive()
        before, _, self.rest = self.rest.partition(mark)
        return before


def _nothing(*_: object) -> None:
    pass


class JsonMember(Member):
    """A WebSocket on which every message is a `said` with a `seq`, which must ascend without a hole."""

    __slots__ = ("next_seq",)

    path = "/ws"
    beginning = b'{"type":"said"'
    """Of the payload of a message."""

    def enter(self) -> None:
        self._upgrade(f"{self.path}?room={self.room}")
        self.next_seq = 0
        """0: the first that comes."""

    def _upgrade(self, path: str) -> None:
        self.sock.sendall(UPGRADE.format(path=path, host=HOST, port=self.port).encode())
        head = self._until(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 101 "):
            raise RuntimeError(f"No upgrade for {self.name!r}: {head!r}")

    def command(self, text: bytes) -> bytes:
        return frame(b'{"type":"say","room":1,"text":"%b","key":"k%d"}' % (text, self.counter))

    def take(self, data: bytes) -> int:
        taken = 0
        expected = self.next_seq
        for first, start, stop in frames(data):
            taken = stop
            if data.startswith(self.beginning, start):
                at = data.index(_SEQ, start) + len(_SEQ)
                seq = int(data[at : data.index(b",", at)])
                if seq != expected and expected:
                    self.disorders += 1
                expected = seq + 1
                self.deliveries += 1
                if self.curious:
                    self._look(data, data.index(_TEXT, start, stop) + len(_TEXT))
            else:
                self._other(first, data[start:stop])
        self.next_seq = expected
        return taken

    def _look(self, data: bytes, at: int) -> None:
        self.arrived(self, data, at)
        if data.startswith(self.name + b" ", at):
            self.answered(self)

    def _other(self, first: int, payload: bytes) -> None:
        if first == _TEXT_FRAME:
            self.events += 1
        elif first == _PING:
            self.sock.send(frame(payload, _PONG))
        elif first == _CLOSE:
            raise RuntimeError(f"The server closed the connection of {self.name!r}: {payload!r}")


class ChatdMember(JsonMember):
    """A guest of chatd in a browser."""

    __slots__ = ("room_id",)

    room_id: int

    def enter(self) -> None:
        self._upgrade(self.path)
        room = self.room.encode()
        self._await_event("welcome")
        self._ask(b'{"type":"login","id":1,"name":"%b"}' % self.name)
        if self.room != "lobby":
            try:
                self._ask(b'{"type":"create","id":2,"name":"%b"}' % room)
            except RuntimeError as error:
                if "name_taken" not in str(error):
                    raise
                self._ask(b'{"type":"join","id":3,"room":"%b"}' % room)
        self.sock.sendall(frame(b'{"type":"attach","id":4,"rooms":[{"room":"%b"}]}' % room))
        attached = self._await_event("attached")
        room_id, head = attached["room"], attached["head"]
        assert isinstance(room_id, int)
        assert isinstance(head, int)
        self.room_id, self.next_seq = room_id, head + 1

    def _ask(self, command: bytes) -> dict[str, object]:
        self.sock.sendall(frame(command))
        return self._await_event("ok")

    def _await_event(self, kind: str) -> dict[str, object]:
        while True:
            for _, start, stop in frames(self.rest):
                event: dict[str, object] = json.loads(self.rest[start:stop])
                if event["type"] in (kind, "error"):
                    self.rest = self.rest[stop:]
                    if event["type"] == "error":
                        raise RuntimeError(f"{self.name!r} was refused: {event}")
                    return event
            self._receive()

    def command(self, text: bytes) -> bytes:
        return frame(b'{"type":"say","room":%d,"text":"%b","key":"k%d"}' % (self.room_id, text, self.counter))


class TlsJsonMember(JsonMember):
    """The same over TLS."""

    __slots__ = ()
    tls = True


class TlsChatdMember(ChatdMember):
    """The same over TLS."""

    __slots__ = ()
    tls = True


class SocketIoMember(JsonMember):
    """A socket.io client (Engine.IO 4) that begins with a WebSocket; messages are events called `said`."""

    __slots__ = ()
    beginning = b'42["said",'

    def enter(self) -> None:
        self._upgrade(f"/socket.io/?EIO=4&transport=websocket&room={self.room}")
        self.next_seq = 0
        self._await_payload(b"0")
        self.sock.sendall(frame(b"40"))
        self._await_payload(b"40")

    def _await_payload(self, beginning: bytes) -> None:
        while True:
            for _, start, stop in frames(self.rest):
                payload, self.rest = self.rest[start:stop], self.rest[stop:]
                if not payload.startswith(beginning):
                    raise RuntimeError(f"Not what was awaited: {payload!r}")
                return
            self._receive()

    def command(self, text: bytes) -> bytes:
        return frame(b'42["say",{"text":"%b","key":"k%d"}]' % (text, self.counter))

    def _other(self, first: int, payload: bytes) -> None:
        if payload == b"2":
            self.sock.send(frame(b"3"))
        else:
            super()._other(first, payload)


class LineMember(Member):
    """A guest of chatd in a terminal, with numbers and receipts on. One's own lines are not echoed, so who
    says something finds holes in the numbers."""

    __slots__ = ("beginning", "next_seq")

    def enter(self) -> None:
        self._until(b"\n")
        commands = [f"/nick {self.name.decode()}", "/numbers on", "/receipts on"]
        if self.room != "lobby":
            commands += [f"/create {self.room}", f"/join {self.room}"]
        self.sock.sendall("".join(f"{command}\n" for command in commands).encode())
        self.sock.sendall(b"/live\n")
        self._until(b"/live. /help lists them.\n")  # all before it is done
        self.beginning = b"[#%b " % self.room.encode()
        self.next_seq = 0

    def command(self, text: bytes) -> bytes:
        return text + b"\n"

    def take(self, data: bytes) -> int:
        taken = data.rfind(b"\n") + 1
        expected = self.next_seq
        for line in data[:taken].split(b"\n"):
            if line.startswith(self.beginning):
                at = len(self.beginning)
                seq = int(line[at : line.index(b"]", at)])
                if seq < expected or (seq > expected and expected and not self.counter):
                    self.disorders += 1
                expected = seq + 1
                self.deliveries += 1
                if self.curious:
                    self.arrived(self, line, line.index(b"> ") + 2)
            elif line.startswith(b"* stored #"):
                self.answered(self)
            elif line:
                self.events += 1
        self.next_seq = expected
        return taken


class IrcMember(Member):
    """A user of an IRC server (RFC 2812), which numbers nothing and echoes nothing: the counts in the
    texts of each author must ascend, and a PING after each message asks for its answer."""

    __slots__ = ("counts",)

    def enter(self) -> None:
        name = self.name.decode()
        self.sock.sendall(f"NICK {name}\r\nUSER {name} 0 * :{name}\r\n".encode())
        while True:
            line = self._until(b"\r\n")
            if line.startswith(b"PING "):
                self.sock.sendall(line.replace(b"PING", b"PONG", 1) + b"\r\n")
            elif b" 001 " in line:
                break
            elif line.startswith(b"ERROR") or b" 433 " in line:
                raise RuntimeError(f"{name} was refused: {line!r}")
        self.sock.sendall(f"JOIN #{self.room}\r\n".encode())
        while b" 366 " not in self._until(b"\r\n"):
            pass
        self.counts: dict[bytes, int] = {}

    def command(self, text: bytes) -> bytes:
        return b"PRIVMSG #%b :%b\r\nPING %d\r\n" % (self.room.encode(), text, self.counter)

    def take(self, data: bytes) -> int:
        taken = data.rfind(b"\n") + 1
        for line in data[:taken].split(b"\r\n"):
            if b" PRIVMSG #" in line:
                self.deliveries += 1
                at = line.index(b" :", 1) + 2
                author, _, count, _ = line[at:].split(b" ", 3)
                if int(count) != self.counts.get(author, int(count) - 1) + 1:
                    self.disorders += 1
                self.counts[author] = int(count)
                if self.curious:
                    self.arrived(self, line, at)
            elif b" PONG " in line:
                self.answered(self)
            elif line.startswith(b"PING "):
                self.sock.send(line.replace(b"PING", b"PONG", 1) + b"\r\n")
            elif line.startswith(b"ERROR"):
                raise RuntimeError(f"The server closed the connection of {self.name!r}: {line!r}")
            elif line:
                self.events += 1
        return taken
