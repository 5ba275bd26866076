"""What a stranger may do to a server's connections, and that others do not notice."""

from ipaddress import ip_network

import pytest
import pytest_twisted
from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure

from chatd.frontends.channel import CROWDED_SECONDS, PROGRESS_BYTES
from chatd.frontends.http import IDLE_SECONDS
from chatd.frontends.line import HELD_MOST
from chatd.model import CLOSINGS, Close, Limits
from tests.protocol.desks import HttpDesk, LineDesk
from tests.protocol.raw import Raw, request, response, still_there, upgrade, websocket
from tests.scenarios.house import House

PAGE = request("GET", "/")


# A byte now and then


@pytest.mark.parametrize(
    "beginning",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
        b"POST /api/ping HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n",
    ],
)
def test_a_request_that_never_ends_ends_the_connection(beginning: bytes) -> None:
    """Slowloris: a byte a second keeps nothing open."""
    desk = HttpDesk()
    slow = desk.connect()
    slow.send(beginning)
    seconds = 0
    while not slow.over:
        slow.send(b"x")
        desk.clock.advance(1)
        seconds += 1
        assert seconds <= IDLE_SECONDS
    assert IDLE_SECONDS == seconds


def test_a_long_body_has_time_as_long_as_it_comes() -> None:
    desk = HttpDesk()
    sender = desk.connect()
    sender.send(request("POST", "/api/ping", "Content-Length: 1000000"))
    for _ in range(10):
        sender.send(b"x" * PROGRESS_BYTES)
        desk.clock.advance(IDLE_SECONDS - 1)
        assert not sender.over
    desk.clock.advance(1)
    assert sender.over
    sender.lose(Failure(ConnectionDone()))


def test_time_begins_anew_with_each_answer() -> None:
    desk = HttpDesk()
    patient = desk.connect()
    for _ in range(5):
        desk.clock.advance(IDLE_SECONDS - 1)
        patient.send(PAGE)
    assert not patient.over
    assert 5 == len(patient.statuses)


# Answers that nobody reads


def test_nothing_is_answered_before_the_answer_before_was_read() -> None:
    """Else a kilobyte of requests would make the server hold megabytes of pages."""
    desk = HttpDesk()
    greedy = desk.connect()
    greedy.client.reads = False
    greedy.send(PAGE * 100)
    assert 1 == len(greedy.statuses)
    producer = greedy.client.producer
    assert producer is not None
    for count in range(2, 101):
        producer.resumeProducing()
        assert count == len(greedy.statuses)
    assert not greedy.over


def test_an_answer_that_is_not_read_ends_the_connection() -> None:
    desk = HttpDesk()
    greedy = desk.connect()
    greedy.client.reads = False
    greedy.send(PAGE * 2)
    desk.clock.advance(IDLE_SECONDS)
    assert greedy.client.disconnecting
    desk.clock.advance(15)
    assert greedy.client.aborted
    greedy.lose(Failure(ConnectionDone()))
    assert [] == desk.clock.getDelayedCalls()


def test_requests_that_come_together_are_answered_in_later_turns() -> None:
    desk = HttpDesk()
    hasty = desk.connect()
    hasty.send(PAGE * 3)
    assert [200] == hasty.statuses
    desk.clock.advance(0)
    assert [200] * 3 == hasty.statuses


# Many connections


def test_an_address_has_so_many_connections_and_others_have_theirs() -> None:
    desk = HttpDesk(Limits(connections_per_address=3))
    first, *_ = [desk.connect() for _ in range(3)]
    crowded = desk.connect()
    crowded.send(PAGE)
    assert ([429], True) == (crowded.statuses, crowded.over)
    elsewhere = desk.connect("192.0.2.2")
    elsewhere.send(PAGE)
    assert [200] == elsewhere.statuses
    first.lose(Failure(ConnectionDone()))
    crowded.lose(Failure(ConnectionDone()))
    again = desk.connect()
    again.send(PAGE)
    assert [200] == again.statuses


def test_a_connection_too_many_that_asks_nothing_is_not_kept() -> None:
    desk = HttpDesk(Limits(connections_per_address=1))
    kept, crowded = desk.connect(), desk.connect()
    desk.clock.advance(CROWDED_SECONDS)
    assert (False, True) == (kept.over, crowded.over)


def test_the_connections_of_a_proxy_are_not_those_of_one_address() -> None:
    desk = HttpDesk(Limits(connections_per_address=1), (ip_network("192.0.2.0/24"),))
    connections = [desk.connect() for _ in range(5)]
    for connection in connections:
        connection.send(PAGE)
    assert [[200]] * 5 == [connection.statuses for connection in connections]


class TestHandshakes:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(connections_per_address=2)

    @pytest_twisted.ensureDeferred
    async def test_what_became_a_websocket_is_no_request_any_more(self, house: House) -> None:
        """It counts among those who speak, where as many may be again."""
        raws = [await websocket(house) for _ in range(2)]
        page = await Raw.connect(house)
        page.send(PAGE)
        assert 200 == (await response(page)).status
        third = await Raw.connect(house)
        third.send(upgrade())
        assert 429 == (await response(third)).status
        for raw in raws:
            await still_there(raw)
            raw.abort()
        for raw in (page, third):
            raw.abort()


# Floods of lines


def test_help_that_waits_for_an_answer_is_not_piled_up_for_ever() -> None:
    desk = LineDesk()
    flood, transport = desk.connect("/nick flood")
    desk.core.store.hold_reads()
    flood.dataReceived(b"/search x\n" + b"/help\n" * (HELD_MOST // 5_000))
    desk.clock.advance(0)
    assert transport.value().endswith(CLOSINGS[Close.ABUSE].text.encode() + b"\n")


def test_what_was_asked_before_the_connection_broke_is_carried_out_to_its_end() -> None:
    desk = LineDesk()
    _, bob = desk.connect("/nick bob")
    alice, _ = desk.connect("/nick alice")
    alice.dataReceived(b"".join(b"message %d\n" % number for number in range(200)))
    desk.lose(alice)
    assert b"message 199\n" in bob.value()
