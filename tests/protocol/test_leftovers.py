"""What is left of a connection when it is over: nothing that only Python's search for cycles would free."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest_twisted
from twisted.web.http import HTTPChannel

from chatd.core.attachments import Attachments
from chatd.core.session import Session
from chatd.frontends.eager import EagerServer
from chatd.frontends.line import LineProtocol
from chatd.frontends.outbox import Outbox
from chatd.frontends.requests import LimitedRequest
from chatd.frontends.websocket import WebSocketProtocol
from chatd.wires.line.conversation import Conversation
from tests.peers import LinePeer, WebSocketPeer
from tests.scenarios.house import House

OF_A_CONNECTION = (
    Attachments,
    Conversation,
    EagerServer,
    HTTPChannel,
    LimitedRequest,
    LineProtocol,
    Outbox,
    Session,
    WebSocketProtocol,
)


@contextmanager
def cycles() -> Iterator[list[Any]]:
    """Gathers what became unreachable inside, and was not freed because it holds itself."""
    found: list[Any] = []
    gc.collect()
    gc.disable()
    try:
        yield found
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        found += gc.garbage
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def of_a_connection(found: list[Any]) -> list[str]:
    return sorted({type(thing).__name__ for thing in found if isinstance(thing, OF_A_CONNECTION)})


@pytest_twisted.ensureDeferred
async def test_a_websocket_that_has_ended_is_freed_at_once(house: House) -> None:
    with cycles() as found:
        peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"))
        for command in ({"type": "login", "name": "bob"}, {"type": "attach"}):
            peer.send(command)
        peer.send({"type": "say", "room": "lobby", "text": "hello", "id": "last"})
        while (await peer.receive()).get("id") != "last":
            pass
        peer.close()
        await peer.closed
        del peer
        await house.stop()
    assert [] == of_a_connection(found)


@pytest_twisted.ensureDeferred
async def test_a_websocket_that_was_refused_is_freed_at_once(house: House) -> None:
    with cycles() as found:
        peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"))
        peer.send({"type": "login", "token": "nonsense"})
        peer.abort()
        await peer.closed
        del peer
        await house.stop()
    assert [] == of_a_connection(found)


@pytest_twisted.ensureDeferred
async def test_a_line_that_has_ended_is_freed_at_once(house: House) -> None:
    with cycles() as found:
        peer = await LinePeer.connect(house.endpoint("line"))
        peer.send_raw(b"/nick bob\n/receipts on\nhello\n/quit\n")
        await peer.inbox.rest()
        del peer
        await house.stop()
    assert [] == of_a_connection(found)
