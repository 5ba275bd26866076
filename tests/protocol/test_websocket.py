"""The WebSocket frontend, as settings, sockets and frames."""

import socket
from typing import Any, cast

import pytest
import pytest_twisted
from twisted.internet.interfaces import IHalfCloseableProtocol
from zope.interface.verify import verifyClass

from chatd.frontends.line import LineProtocol
from chatd.frontends.outbox import Outbox
from chatd.frontends.sockets import SEND_BUFFER_BYTES, is_loopback
from chatd.frontends.websocket import COMMAND_BYTES_LEAST, MESSAGE_BYTES_MOST, PING_SECONDS
from chatd.model import CLOSINGS, Attach, Close, Code, Limits, Position
from tests.peers import Json, LinePeer, WebSocketPeer
from tests.scenarios.house import House


async def connect(house: House, **headers: str) -> WebSocketPeer:
    peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"), headers)
    assert (await peer.receive())["type"] == "welcome"
    return peer


async def ask(peer: WebSocketPeer, command: Json) -> Json:
    """The answer to a command on a connection that is told nothing else."""
    peer.send(command)
    return await peer.receive()


async def goodbye(peer: WebSocketPeer) -> None:
    peer.close()
    await peer.closed


def only_protocol(house: House) -> Any:
    """The server's end of the only WebSocket connection."""
    assert house._service is not None and house._service._running is not None
    (protocol,) = house._service._running.websockets.connections
    return protocol


@pytest_twisted.ensureDeferred
async def test_every_setting_that_autobahn_leaves_open_is_closed(house: House) -> None:
    peer = await connect(house)
    protocol = only_protocol(house)
    assert [13] == protocol.versions
    assert (MESSAGE_BYTES_MOST, MESSAGE_BYTES_MOST) == (
        protocol.maxFramePayloadSize,
        protocol.maxMessagePayloadSize,
    )
    assert (PING_SECONDS, PING_SECONDS) == (protocol.autoPingInterval, protocol.autoPingTimeout)
    assert protocol.requireMaskedClientFrames
    assert not protocol.failByDrop
    assert not protocol.webStatus
    assert not protocol.serveFlashSocketPolicy
    assert (10, 2) == (protocol.openHandshakeTimeout, protocol.closeHandshakeTimeout)
    assert protocol._perMessageCompress is None
    assert not protocol.trustXForwardedFor
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_accepted_sockets_are_tuned(house: House) -> None:
    peer, line = await connect(house), await LinePeer.connect(house.endpoint("line"))
    await line.inbox.next()
    assert house._service is not None and house._service._running is not None
    for protocol in cast(list[Any], house._service._running.connections):
        accepted = protocol.transport.socket
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER_BYTES
        assert isinstance(protocol.transport.producer, Outbox)
    line.abort()
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_no_version_is_told_in_the_handshake(house: House) -> None:
    peer = await connect(house)
    headers = peer._protocol.http_headers
    assert "server" not in {name.lower() for name in headers} or "autobahn" not in headers["server"].lower()
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_a_command_that_is_too_big_is_skipped_and_the_connection_goes_on(house: House) -> None:
    peer = await connect(house)
    peer.send_raw(b'{"type":"ping","id":"' + b"x" * COMMAND_BYTES_LEAST + b'"}')
    refusal = await peer.receive()
    assert ("error", Code.TOO_LONG) == (refusal["type"], refusal["code"])
    assert {"type": "pong", "id": 1} == await ask(peer, {"type": "ping", "id": 1})
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_a_frame_that_is_far_too_big_ends_the_connection(house: House) -> None:
    peer = await connect(house)
    peer.send_raw(b" " * (MESSAGE_BYTES_MOST + 1))
    await peer.closed
    assert peer.close_code in (1009, None)


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"nonsense", Code.BAD_REQUEST),
        (b"[1, 2]", Code.BAD_REQUEST),
        (b"{}", Code.BAD_REQUEST),
        (b'{"type": 7}', Code.BAD_REQUEST),
        (b'{"type": "dance"}', Code.UNKNOWN_TYPE),
        (b'{"type": "say", "room": "lobby"}', Code.BAD_REQUEST),
        (b'{"type": "say", "room": [], "text": "x"}', Code.BAD_REQUEST),
        (b'{"type": "history", "room": 1, "limit": 100000}', Code.BAD_REQUEST),
        (b"[" * 10_000, Code.BAD_REQUEST),
    ],
)
@pytest_twisted.ensureDeferred
async def test_nonsense_is_refused_under_its_id_and_the_connection_goes_on(
    house: House, payload: bytes, code: Code
) -> None:
    peer = await connect(house)
    peer.send_raw(payload)
    refusal = await peer.receive()
    assert ("error", code) == (refusal["type"], refusal["code"])
    if payload.startswith(b'{"'):
        peer.send_raw(payload[:-1] + b', "id": "mine"}')
        assert "mine" == (await peer.receive())["id"]
    assert "pong" == (await ask(peer, {"type": "ping"}))["type"]
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_binary_frames_are_refused(house: House) -> None:
    peer = await connect(house)
    peer.send_raw(b'{"type":"ping"}', binary=True)
    assert Code.BAD_REQUEST == (await peer.receive())["code"]
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_much_nonsense_is_abuse(house: House) -> None:
    peer = await connect(house)
    for _ in range(30):
        peer.send_raw(b"nonsense")
    await peer.closed
    assert CLOSINGS[Close.ABUSE].code == peer.close_code


@pytest_twisted.ensureDeferred
async def test_stopping_says_come_back(house: House) -> None:
    peer = await connect(house)
    await ask(peer, {"type": "login", "name": "bob"})
    await house.stop()
    await peer.closed
    assert CLOSINGS[Close.RESTART].code == peer.close_code


class TestDoors:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(connections_per_address=2)

    @pytest_twisted.ensureDeferred
    async def test_connections_of_one_address_are_counted_over_both_frontends(self, house: House) -> None:
        first = await connect(house)
        second = await LinePeer.connect(house.endpoint("line"))
        await second.inbox.next()
        with pytest.raises(ConnectionError, match="429"):
            await connect(house)
        third = await LinePeer.connect(house.endpoint("line"))
        assert (await third.inbox.next()).startswith("! too_many: ")
        second.abort()
        await goodbye(first)
        again = await connect(house)
        await goodbye(again)


class TestPages:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0)

    @pytest_twisted.ensureDeferred
    async def test_a_long_resume_comes_in_pages_and_then_live_without_a_hole(self, house: House) -> None:
        """More than a page and a tail hold, while somebody goes on talking."""
        alice, bob = await connect(house), await connect(house)
        for peer, name in ((alice, "alice"), (bob, "bob")):
            assert "ok" == (await ask(peer, {"type": "login", "name": name}))["type"]
        count = 1_000
        for number in range(count):
            alice.send({"type": "say", "room": "lobby", "text": str(number)})
        for _ in range(count):
            await alice.receive()
        bob.send({"type": "attach", "rooms": [{"room": "lobby", "after": 0}]})
        for number in range(count, count + 50):
            alice.send({"type": "say", "room": "lobby", "text": str(number)})
        heard: list[str] = []
        pages = 0
        while len(heard) < count + 50:
            event = await bob.receive()
            if event["type"] == "attached":
                pages += 1
                assert len(heard) + 1 == event["from"]
                heard += [entry["text"] for entry in event["entries"]]
                assert len(heard) == event["to"]
            elif event["type"] == "said":
                heard.append(event["text"])
        assert [str(number) for number in range(count + 50)] == heard
        assert pages >= 5
        await goodbye(alice)
        await goodbye(bob)


@pytest_twisted.ensureDeferred
async def test_a_page_that_is_owed_goes_with_its_room(house: House) -> None:
    peer = await connect(house)
    assert "ok" == (await ask(peer, {"type": "login", "name": "alice"}))["type"]
    assert "ok" == (await ask(peer, {"type": "say", "room": "lobby", "text": "secret"}))["type"]
    protocol = only_protocol(house)
    protocol.session.receive(Attach(id="attach", rooms=[Position("lobby", 0)]))
    protocol.outbox.drop_room(1)
    peer.send({"type": "ping"})
    assert "attach" == (await peer.receive())["id"]
    assert "pong" == (await peer.receive())["type"]
    await goodbye(peer)


@pytest_twisted.ensureDeferred
async def test_a_page_that_a_terminal_is_owed_goes_with_its_room(house: House) -> None:
    peer = await LinePeer.connect(house.endpoint("line"))
    for line in ("/nick alice", "/receipts on", "secret"):
        peer.send(line)
    while "stored" not in await peer.inbox.next():
        pass
    assert house._service is not None and house._service._running is not None
    (protocol,) = house._service._running.lines.connections
    protocol.dataReceived(b"/since lobby 0\n")
    protocol.outbox.drop_room(1)
    peer.send("/quit")
    heard: list[str] = []
    while "Goodbye" not in "".join(heard):
        heard.append(await peer.inbox.next())
    assert "secret" not in "".join(heard)
    await peer.closed


def test_the_line_protocol_takes_half_a_close() -> None:
    assert verifyClass(IHalfCloseableProtocol, LineProtocol)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("192.0.2.1", False),
        ("fe80::1%eth0", False),
        ("", False),
    ],
)
def test_loopback_is_told_from_elsewhere(host: str, expected: bool) -> None:
    assert expected == is_loopback(host)
