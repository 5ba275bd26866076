"""What came is carried out in order and to its end, and whoever sends much waits for the others."""

from collections.abc import Callable
from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IReactorTime

from chatd.frontends.inbox import PIECE_BYTES, SLICE_SECONDS, Inbox, Turns
from chatd.frontends.sockets import Connection


class Transport:
    def __init__(self) -> None:
        self.reading = True

    def pauseProducing(self) -> None:
        assert self.reading, "paused twice"
        self.reading = False

    def resumeProducing(self) -> None:
        assert not self.reading, "resumed twice"
        self.reading = True


class Reactor:
    """As a real one does, it leaves what a turn asks for to the next; Twisted's Clock does not."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], None]] = []

    def callLater(self, seconds: float, call: Callable[[], None]) -> None:
        assert 0 == seconds
        self.calls.append(call)

    def turn(self) -> None:
        calls, self.calls = self.calls, []
        for call in calls:
            call()


class Desk:
    """Connections at whose server each piece costs a whole slice."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self.computed = 0.0
        self.turns = Turns(cast(IReactorTime, self.reactor), lambda: self.computed)
        self.done: list[tuple[str, int]] = []
        """Whose bytes were carried out, and how many, in order."""

    def connect(self, name: str) -> tuple[Inbox, Transport]:
        def take(data: bytes) -> None:
            self.done.append((name, len(data)))
            self.computed += SLICE_SECONDS * 1.01

        transport = Transport()
        return Inbox(self.turns, cast(Connection, transport), take), transport


def test_much_is_carried_out_a_slice_a_turn() -> None:
    desk = Desk()
    inbox, transport = desk.connect("flood")
    inbox.receive(bytes(3 * PIECE_BYTES))
    assert [("flood", PIECE_BYTES)] == desk.done
    assert not transport.reading
    desk.reactor.turn()
    desk.reactor.turn()
    assert [("flood", PIECE_BYTES)] * 3 == desk.done
    assert transport.reading


def test_little_never_waits_behind_much() -> None:
    desk = Desk()
    flood, _ = desk.connect("flood")
    innocent, _ = desk.connect("innocent")
    flood.receive(bytes(9 * PIECE_BYTES))
    innocent.receive(b"hello")
    assert [("flood", PIECE_BYTES), ("innocent", 5)] == desk.done


def test_of_many_who_send_much_one_has_a_slice_in_each_turn() -> None:
    desk = Desk()
    names = ["a", "b", "c"]
    for name in names:
        desk.connect(name)[0].receive(bytes(3 * PIECE_BYTES))
    desk.done.clear()
    for turn in range(6):
        desk.reactor.turn()
        assert [name for name, _ in desk.done] == (names * 2)[: turn + 1]


def test_nothing_is_carried_out_while_nothing_is_wanted() -> None:
    desk = Desk()
    inbox, transport = desk.connect("alice")
    inbox.pauseProducing()
    inbox.receive(b"one")
    inbox.receive(b"two")
    desk.reactor.turn()
    assert ([], False) == (desk.done, transport.reading)
    inbox.resumeProducing()
    desk.reactor.turn()
    assert ([("alice", 6)], True) == (desk.done, transport.reading)


def test_who_pauses_in_the_middle_stops_there() -> None:
    desk = Desk()
    taken: list[bytes] = []

    def take(data: bytes) -> None:
        taken.append(data)
        inbox.pauseProducing()

    inbox = Inbox(desk.turns, cast(Connection, Transport()), take)
    inbox.receive(bytes(PIECE_BYTES + 1))
    desk.reactor.turn()
    assert [bytes(PIECE_BYTES)] == taken


def test_the_end_comes_after_all_that_came() -> None:
    desk = Desk()
    inbox, _ = desk.connect("alice")
    inbox.receive(bytes(2 * PIECE_BYTES))
    inbox.end(lambda: desk.done.append(("end", 0)))
    desk.reactor.turn()
    assert [("alice", PIECE_BYTES), ("alice", PIECE_BYTES), ("end", 0)] == desk.done


def test_where_nothing_waits_the_end_comes_at_once() -> None:
    desk = Desk()
    inbox, _ = desk.connect("alice")
    inbox.end(lambda: desk.done.append(("end", 0)))
    assert [("end", 0)] == desk.done


def test_a_lost_connection_is_not_waited_for_and_not_touched() -> None:
    desk = Desk()
    inbox, transport = desk.connect("alice")
    inbox.pauseProducing()
    inbox.receive(b"hello")
    inbox.lose(lambda: desk.done.append(("end", 0)))
    desk.reactor.turn()
    assert [("alice", 5), ("end", 0)] == desk.done
    assert not transport.reading


def test_nobody_can_pause_what_a_lost_connection_has_sent() -> None:
    desk = Desk()
    inbox, _ = desk.connect("alice")
    inbox.receive(bytes(3 * PIECE_BYTES))
    inbox.lose(lambda: desk.done.append(("end", 0)))
    inbox.pauseProducing()
    desk.reactor.turn()
    desk.reactor.turn()
    assert ("end", 0) == desk.done[-1]


@given(st.lists(st.one_of(st.binary(max_size=3 * PIECE_BYTES), st.booleans(), st.none()), max_size=30))
def test_whatever_happens_all_is_carried_out_once_and_in_order(events: list[bytes | bool | None]) -> None:
    """Bytes come, more is wanted or not, a turn passes."""
    desk = Desk()
    taken: list[bytes] = []

    def take(data: bytes) -> None:
        taken.append(data)
        desk.computed += 1

    inbox = Inbox(desk.turns, cast(Connection, Transport()), take)
    for event in events:
        if isinstance(event, bytes):
            if event:
                inbox.receive(event)
        elif event is None:
            desk.reactor.turn()
        elif event:
            inbox.resumeProducing()
        else:
            inbox.pauseProducing()
    inbox.resumeProducing()
    while desk.reactor.calls:
        desk.reactor.turn()
    assert b"".join(event for event in events if isinstance(event, bytes)) == b"".join(taken)
