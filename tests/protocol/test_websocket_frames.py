"""The WebSocket frontend, frame by frame, over a core in memory and transports that nobody reads."""

import struct

import pytest
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from chatd.core.registry import GRACE_MS
from chatd.model import Close
from tests.protocol.desks import WebSocketDesk

PING, CONTINUATION, TEXT = 0x89, 0x00, 0x01


def frame(first: int, payload: bytes = b"") -> bytes:
    """A short frame as a client sends it, masked with zeros."""
    return struct.pack("!BB4x", first, 0x80 | len(payload)) + payload


@pytest.fixture
def desk() -> WebSocketDesk:
    return WebSocketDesk()


def test_a_connection_that_is_lost_in_its_handshake_leaves_nobody_behind(desk: WebSocketDesk) -> None:
    alice = desk.core.guest("alice")
    alice.session.finish(Close.GOODBYE)
    alice.lose()
    desk.core.store.hold()
    protocol, _ = desk.connect(alice.token)
    protocol.connectionLost(Failure(ConnectionDone()))
    desk.core.store.release()
    assert ({}, {}) == (desk.frontend.connections, desk.core.registry.people)


def test_the_name_of_a_guest_who_is_lost_in_the_handshake_is_freed(desk: WebSocketDesk) -> None:
    alice = desk.core.guest("alice")
    alice.session.finish(Close.GOODBYE)
    alice.lose()
    desk.core.store.hold()
    protocol, _ = desk.connect(alice.token)
    protocol.connectionLost(Failure(ConnectionDone()))
    desk.core.store.release()
    desk.core.pass_time(GRACE_MS)
    assert "alice" == desk.core.guest("alice").user.name


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"X_Forwarded_For": "203.0.113.5"}, False),
        ({"X_Forwarded_For": "203.0.113.5", "X_Forwarded_Proto": "https"}, True),
    ],
)
def test_a_proxy_on_loopback_does_not_bring_its_clients_there(
    desk: WebSocketDesk, headers: dict[str, str], taken: bool
) -> None:
    """Passwords are taken where nobody can listen: not from a client who reached the proxy without TLS."""
    _, transport = desk.connect(**headers)
    desk.clock.advance(0)
    assert taken is (b'"plaintext":true' in transport.value())


def test_a_ping_is_answered_by_a_pong_with_its_payload(desk: WebSocketDesk) -> None:
    protocol, transport = desk.connect()
    desk.clock.advance(0)
    transport.clear()
    protocol.dataReceived(frame(PING, b"are you there"))
    desk.clock.advance(0)
    assert b"\x8a\x0dare you there" == transport.value()


def test_whoever_pings_and_reads_no_pong_is_not_read_from_either(desk: WebSocketDesk) -> None:
    protocol, transport = desk.connect()
    desk.clock.advance(0)
    protocol.outbox.pauseProducing()
    transport.clear()
    pings = frame(PING, b"x" * 125) * 1_000
    for _ in range(10):
        protocol.dataReceived(pings)
    desk.clock.advance(0)
    assert (False, b"") == (transport.reading, transport.value())


def test_empty_fragments_are_not_kept(desk: WebSocketDesk) -> None:
    protocol, _ = desk.connect()
    protocol.dataReceived(frame(TEXT, b"{") + frame(CONTINUATION) * 1_000)
    assert [b"{"] == protocol.message_data
