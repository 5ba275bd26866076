"""Readers of bytes that strangers send, each with what must hold whatever they are.

A target takes any bytes and raises when something is wrong: a fault of ours was logged, a terminal would have
been driven, an answer was none.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from ipaddress import ip_address
from typing import NamedTuple

from twisted.internet.error import ConnectionDone
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd.frontends.proxy import BadHeader, read_header
from chatd.logs import visible as visible_in_log
from chatd.media.page import glimpse
from chatd.media.strip import Broken, strip
from chatd.model import COMMANDS, Appear, Away, ChatError, Command, Create, Kick, Login, Say, Status, Topic
from chatd.model.names import NAME_PATTERN, file_name, fold_name, valid_display_name, valid_topic
from chatd.wires import hooks
from chatd.wires import json as json_wire
from tests.protocol.desks import HttpDesk, LineDesk, Transport, WebSocketDesk
from tests.unit.core_peer import Core, Peer

ACTING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What drives a terminal, breaks lines or turns the direction of writing; TAB and LF do not."""
_TELNET = re.compile(rb"\xff[\xfb-\xfe].", re.DOTALL)
_COLOUR = re.compile(rb"\x1b\[[0-9;]*m")
_STATUS = re.compile(rb"HTTP/1\.1 [1-5][0-9][0-9] [A-Za-z -]+\r\n")
_FIELD = re.compile(rb"[A-Za-z-]+: [\t\x20-\x7e]*")
_NEEDED = (b"content-security-policy", b"x-content-type-options", b"referrer-policy", b"x-frame-options")
_MOST_PIECES = 40
"""Lines or frames of one input that are carried out, so that all inputs are quick."""


@implementer(ILogObserver)
class _Faults:
    def __init__(self) -> None:
        self.found: list[str] = []

    def __call__(self, event: LogEvent) -> None:
        if event["log_level"] in (LogLevel.error, LogLevel.critical):
            failure = event.get("log_failure")
            self.found.append(failure.getTraceback() if failure else str(event.get("log_format")))


@contextmanager
def _no_faults(core: Core) -> Iterator[None]:
    """Nothing that goes wrong is a fault of ours."""
    faults = _Faults()
    globalLogPublisher.addObserver(faults)
    try:
        yield
    finally:
        globalLogPublisher.removeObserver(faults)
    assert [] == faults.found
    core.check()


def _check_terminal(shown: bytes) -> None:
    """Lines that a terminal can be given: each is marked, and nothing in them acts."""
    text = _TELNET.sub(b"", shown).decode()
    assert not ACTING.search(text), text
    assert all(line.startswith(("* ", "! ", "[")) for line in text.split("\n")[:-1]), text


def _person(core: Core, dice: int) -> Peer:
    """A stranger, a guest, an account or the owner of the server."""
    kinds: list[Callable[[], Peer]] = [
        core.connect,
        lambda: core.guest("mallory"),
        lambda: core.account("mallory"),
        lambda: core.server_owner("mallory"),
    ]
    return kinds[dice % len(kinds)]()


def commands(data: bytes) -> None:
    """JSON commands, one a line, of somebody whom the first byte chooses; others look on at terminals."""
    core = Core()
    desk = LineDesk(core)
    _, bob = desk.connect("/nick bob", "/numbers on")
    mallory = _person(core, data[0] if data else 0)
    with _no_faults(core):
        for payload in data[1:].split(b"\n")[:_MOST_PIECES]:
            command = json_wire.decode(payload)
            if isinstance(command, json_wire.Malformed):
                mallory.session.refuse(command.error, command.id)
            else:
                mallory.session.receive(command)
            core.pass_time()
        for event in mallory.take():
            json.loads(json_wire.encode(event))
    desk.clock.advance(0)
    _check_terminal(bob.value())


def lines(data: bytes) -> None:
    """What somebody types at a terminal, telnet's bytes too; another one looks on."""
    core = Core()
    desk = LineDesk(core)
    _, bob = desk.connect("/nick bob")
    mallory, transport = desk.connect()
    with _no_faults(core):
        mallory.dataReceived(data[:4_096])
        desk.clock.advance(0)
        core.pass_time()
        own = transport.value()
        desk.lose(mallory)
    _check_terminal(bob.value())
    own_text = _TELNET.sub(b"", _COLOUR.sub(b"", own)).decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", own_text), own_text


def texts(data: bytes) -> None:
    """Free text in every place that takes one; others look on at a terminal."""
    text = data.decode("utf-8", "replace")
    core = Core()
    desk = LineDesk(core)
    owner = core.server_owner()
    _, bob = desk.connect("/nick bob", "/numbers on")
    wanted: list[Command] = [
        Say(room="lobby", text=text),
        Topic(room="lobby", text=text),
        Appear(display_name=text),
        Status(text=text),
        Away(text=text),
        Create(name=text),
        Kick(room="lobby", user="nobody", reason=text),
        Login(name=text),
    ]
    with _no_faults(core):
        for command in wanted:
            json_wire.encode(owner.ask(command))
        typed, _ = desk.connect("/nick eve")
        typed.dataReceived(b"/me " + data + b"\n/topic " + data + b"\n/msg bob " + data + b"\n")
        desk.clock.advance(0)
        core.pass_time()
        typed.dataReceived(b"/who\n/history\n")
        desk.clock.advance(0)
    _check_terminal(bob.value())
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", visible_in_log(text))


@cache
def _http_desk() -> HttpDesk:
    """The same for all inputs: it compresses the whole page."""
    return HttpDesk()


def http(data: bytes) -> None:
    """A connection of HTTP; the first byte says in which pieces it comes."""
    desk = _http_desk()
    size = (data[0] if data else 0) * 16 + 1
    connection = desk.connect()
    with _no_faults(desk.core):
        for at in range(1, min(len(data), 4_096), size):
            if connection.over:
                break
            connection.send(data[at : at + size])
            desk.clock.advance(0)
    _check_response(connection.client.value())
    connection.lose(Failure(ConnectionDone()))


def _check_response(written: bytes) -> None:
    """The first response that is no mere go-ahead has a head as it should be."""
    while written.startswith(b"HTTP/1.1 100 "):
        written = written.partition(b"\r\n\r\n")[2]
    if not written or written.startswith(b"HTTP/1.1 101 "):
        return
    assert _STATUS.match(written), written
    head = written.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert all(_FIELD.fullmatch(field) for field in head), head
    names = [field.partition(b":")[0].lower() for field in head]
    assert all(needed in names for needed in _NEEDED), head


def websocket(data: bytes) -> None:
    """What comes on a WebSocket after its handshake; the first byte says in which pieces."""
    desk = WebSocketDesk()
    size = (data[0] if data else 0) * 16 + 1
    protocol, transport = desk.connect()
    desk.clock.advance(0)
    transport.clear()
    with _no_faults(desk.core):
        for at in range(1, min(len(data), 4_096), size):
            protocol.dataReceived(data[at : at + size])
            desk.clock.advance(0)
    _check_frames(transport)


def _check_frames(transport: Transport) -> None:
    """Whole frames of a server, and nothing after a close (RFC 6455 section 5.2)."""
    data, closed = transport.value(), False
    while data:
        assert not closed, data
        first, size, start = data[0], data[1], 2
        assert first in (0x81, 0x88, 0x8A), data
        assert size < 128, "a server masks nothing"
        if size > 125:
            start = 4 if size == 126 else 10
            size = int.from_bytes(data[2:start])
        payload, data = data[start : start + size], data[start + size :]
        assert len(payload) == size
        closed = first == 0x88
        if first == 0x81:
            assert "type" in json.loads(payload)


def names(data: bytes) -> None:
    """Names, and what people are called besides: no two that look alike to a machine, none that acts."""
    text = data.decode("utf-8", "replace")
    with suppress(ChatError):
        name = fold_name(text)
        assert re.fullmatch(NAME_PATTERN, name) and fold_name(name) == name
    for valid in (valid_display_name, valid_topic):
        with suppress(ChatError):
            shown = valid(text)
            assert valid(shown) == shown == unicodedata.normalize("NFC", shown)
            assert not ACTING.search(shown) and "\n" not in shown
    called = file_name(text)
    assert called and called == file_name(called)
    assert not re.search(r"[/\\\x00-\x1f\x7f-\x9f\u2028-\u202e]", called)


def hook(data: bytes) -> None:
    """What another program sends to the address that speaks in a room."""
    events = (None, "push", "issues", "pull_request", "issue_comment", "ping", "release")
    event = events[data[0] % len(events)] if data else None
    with suppress(ChatError):
        text = hooks.text_of("application/json", data[1:], event)
        assert isinstance(text, str) and text


def image(data: bytes) -> None:
    """A file that is said to be an image: what is taken out of it once is not in it any more."""
    kind = ("JPEG", "PNG", "GIF", "WEBP")[data[0] % 4] if data else "PNG"
    with suppress(Broken):
        stripped = strip(kind, data[1:])
        assert stripped == strip(kind, stripped)


def page(data: bytes) -> None:
    """A page of the web, and the name of its encoding."""
    charset, _, body = data.partition(b"\n")
    found = glimpse(body, charset.decode("latin-1"), "https://example.org/")
    for value in found.values():
        assert isinstance(value, str) and len(value) <= 2_048 and "\n" not in value
    assert not found["image"] or found["image"].startswith(("http://", "https://"))


def proxy(data: bytes) -> None:
    """A connection from a proxy that is trusted, PROXY header first."""
    with suppress(BadHeader):
        header = read_header(data)
        if header is not None and header.source is not None:
            assert 0 < header.length <= len(data)
            assert ip_address(header.source.host) and 0 <= header.source.port <= 65_535


class Target(NamedTuple):
    """One reader, and pieces of what it reads."""

    take: Callable[[bytes], None]
    words: list[bytes]


_UNSAFE_TEXT = [
    *(
        char.encode()
        for char in "\x1b\x9b\x07\x00\r\u202e\u2066\u200b\u200d\ufeff\u2028\u0301éаｅ👩\U000e0041"
    ),
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\x1b]0;title\x07",
    b"\x1b[31m",
    b"* stored #lobby 1",
]
_ROOMS = [b'"room":"lobby",', b'"room":1,', b'"target":1,', b'"key":"k",', b'"user":"bob",', b'"id":1,']
_TYPES = [f'{{"type":"{name}",'.encode() for name in sorted(COMMANDS)]
_LINES = [b"/nick eve\n", b"/join ", b"/create ", b"/msg bob ", b"/me ", b"/pipe lobby\n", b"/login eve\n"]
_FRAMES = [
    b"\x81\x85\0\0\0\0hello",
    b"\x01\x80\0\0\0\0",
    b"\x80\x80\0\0\0\0",
    b"\x89\x80\0\0\0\0",
    b"\x88\x82",
]
_HEADS = [
    b"GET / HTTP/1.1\r\n",
    b"POST /api/guest HTTP/1.1\r\n",
    b"POST /api/say HTTP/1.1\r\n",
    b"GET /ws HTTP/1.1\r\n",
    b"Host: localhost\r\n",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n",
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    b"Authorization: Bearer x\r\n",
    b"Cookie: chatd_8080=x\r\nOrigin: http://localhost\r\n",
    b"Range: bytes=0-\r\n",
    b"Accept-Encoding: gzip;q=0\r\n",
    b"\r\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"%0d%0aX: y",
]

TARGETS: dict[str, Target] = {
    "commands": Target(commands, [*_TYPES, *_ROOMS, b'"text":"hi"}\n', b'"name":"den"}\n', b"}\n"]),
    "lines": Target(
        lines, [*_LINES, *_UNSAFE_TEXT, b"\xff\xfb\x01", b"\xff\xf6", b"\xff\xfa", b"\r\0", b"\n"]
    ),
    "texts": Target(texts, [*_UNSAFE_TEXT, b"@bob ", b"https://x.example/", b"```", b"\n"]),
    "http": Target(http, _HEADS),
    "websocket": Target(websocket, [*_FRAMES, b'{"type":"ping"}', b"\x81\xfe\0\x10\0\0\0\0", b"\xc1"]),
    "names": Target(names, [*_UNSAFE_TEXT, b"alice", b"..", b"/", b"\\", b".tar.gz"]),
    "hook": Target(hook, [b'{"text":', b'"x"', b"{", b"}", b"[", b"]", b'"commits":', b'"action":', b"null"]),
    "image": Target(
        image, [b"\xff\xd8", b"\xff\xe1\0\x08", b"\x89PNG\r\n\x1a\n", b"IHDR", b"GIF89a", b"RIFF"]
    ),
    "page": Target(
        page, [b"utf-8\n", b"<title>", b'<meta property="og:title" content="', b"<!--", b"&#x41;"]
    ),
    "proxy": Target(proxy, [b"PROXY TCP4 ", b"192.0.2.1 ", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", b"\r\n"]),
}
