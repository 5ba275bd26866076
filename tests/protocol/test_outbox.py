"""What one connection is owed: order, coalescing, the bound, and the end."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import IPushProducer
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from chatd.core.ports import Frame
from chatd.frontends.outbox import LAST_WORDS_SECONDS, Flusher, Outbox
from chatd.model import Said, Shown

TRANSPORT_BYTES = 65_536
"""Where Twisted's transports ask their producer to pause."""


class PlainWire:
    """A wire that is never asked."""

    personal = False

    def encode(self, event: Shown, label: str, quoted: Said | None = None) -> bytes:
        raise AssertionError("an outbox does not encode")


class Pipe(StringTransport):
    """A transport whose reader reads when told to, with Twisted's rules for producers."""

    def __init__(self) -> None:
        super().__init__()
        self.unread = 0
        self.writes = 0
        self.reading = True
        self.aborted = False

    def write(self, data: bytes) -> None:
        super().write(data)
        self.writes += 1
        self.unread += len(data)
        if self.unread > TRANSPORT_BYTES and self.producer is not None:
            self.producer.pauseProducing()

    def read(self) -> None:
        """The reader takes everything."""
        self.unread = 0
        if self.producer is not None:
            self.producer.resumeProducing()

    def pauseProducing(self) -> None:
        self.reading = False

    def resumeProducing(self) -> None:
        self.reading = True

    def abortConnection(self) -> None:
        self.aborted = True


class Desk:
    """An outbox between a flusher on a clock and a pipe."""

    def __init__(self, owed_bytes: int = 1_000_000, stalled_seconds: float = 30) -> None:
        self.clock = Clock()
        self.flusher = Flusher(self.clock, stalled_seconds=stalled_seconds)
        self.pipe = Pipe()
        self.stalls = 0
        self.outbox = Outbox(
            self.flusher, self.pipe, PlainWire(), owed_bytes=owed_bytes, on_stalled=self._stalled
        )

    def _stalled(self) -> None:
        self.stalls += 1

    def turn(self) -> None:
        """One turn of the reactor."""
        self.clock.advance(0)

    def turns(self) -> None:
        """As many turns as there is something to do in."""
        while any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls()):
            self.clock.advance(0)

    def pause(self) -> None:
        """Let the transport wait for its reader, with nothing owed behind it."""
        self.pipe.unread = TRANSPORT_BYTES
        self.outbox.send(b"x")
        self.turn()
        self.pipe.clear()


def test_frames_of_one_turn_are_written_at_once_in_order() -> None:
    desk = Desk()
    for data in (b"one ", b"two ", b"three"):
        assert desk.outbox.put(Frame(data, 1, 0))
    desk.outbox.send(b" four")
    assert desk.pipe.value() == b""
    desk.turn()
    assert desk.pipe.value() == b"one two three four"
    assert desk.pipe.writes == 1


def test_nothing_is_written_while_the_transport_waits_for_its_reader() -> None:
    desk = Desk()
    desk.pause()
    desk.outbox.send(b"later")
    desk.turns()
    assert desk.pipe.value() == b""
    desk.pipe.read()
    desk.turns()
    assert desk.pipe.value().endswith(b"later")


def test_past_the_bound_a_rooms_frame_is_refused_and_an_answer_is_not() -> None:
    desk = Desk(owed_bytes=1_000)
    desk.pause()
    assert desk.outbox.put(Frame(b"a" * 900, 1, 1))
    assert not desk.outbox.put(Frame(b"b" * 200, 1, 2))
    desk.outbox.send(b"answer")
    desk.pipe.clear()
    desk.pipe.read()
    desk.turns()
    assert desk.pipe.value() == b"a" * 900 + b"answer"


def test_a_burst_in_one_turn_does_not_count_against_somebody_who_reads() -> None:
    desk = Desk(owed_bytes=10_000)
    sent = b""
    for number in range(6):
        data = bytes([65 + number]) * 9_000
        assert desk.outbox.put(Frame(data, 1, number))
        sent += data
    desk.turns()
    assert desk.pipe.value() == sent


def test_a_frame_larger_than_the_bound_still_reaches_somebody_who_reads() -> None:
    desk = Desk(owed_bytes=100)
    assert desk.outbox.put(Frame(b"z" * 500, 1, 1))
    desk.turns()
    assert desk.pipe.value() == b"z" * 500


def test_frames_of_a_room_can_be_taken_back() -> None:
    desk = Desk()
    desk.outbox.send(b"secret page", 7)
    desk.outbox.put(Frame(b"secret", 7, 1))
    desk.outbox.put(Frame(b"public", 8, 1))
    desk.outbox.send(b", an answer")
    desk.outbox.drop_room(7)
    desk.turn()
    assert desk.pipe.value() == b"public, an answer"


def test_taken_back_frames_are_owed_no_longer() -> None:
    desk = Desk(owed_bytes=100)
    desk.pause()
    assert desk.outbox.put(Frame(b"s" * 90, 7, 1))
    assert not desk.outbox.put(Frame(b"p" * 90, 8, 1))
    desk.outbox.drop_room(7)
    assert desk.outbox.put(Frame(b"p" * 90, 8, 1))


def test_a_long_queue_leaves_in_chunks_that_wait_for_the_reader() -> None:
    desk = Desk()
    desk.pause()
    for _ in range(40):
        desk.outbox.put(Frame(b"y" * 5_000, 1, 0))
    desk.pipe.read()
    desk.turns()
    assert TRANSPORT_BYTES < len(desk.pipe.value()) <= 2 * TRANSPORT_BYTES + 5_000


def test_drained_fires_when_everything_has_left() -> None:
    desk = Desk()
    desk.pause()
    desk.outbox.send(b"page")
    fired: list[None] = []
    desk.outbox.drained().addCallback(fired.append)
    desk.turns()
    assert fired == []
    desk.pipe.read()
    desk.turns()
    assert fired == [None]


def test_drained_fires_at_once_when_nothing_is_owed() -> None:
    fired: list[None] = []
    Desk().outbox.drained().addCallback(fired.append)
    assert fired == [None]


def test_drained_fires_when_the_connection_is_gone() -> None:
    desk = Desk()
    desk.pause()
    fired: list[None] = []
    desk.outbox.drained().addCallback(fired.append)
    desk.outbox.gone()
    assert fired == [None]


def test_no_command_is_read_from_somebody_who_owes_half_the_bound() -> None:
    desk = Desk(owed_bytes=1_000)
    desk.pause()
    desk.outbox.send(b"a" * 400)
    assert desk.pipe.reading
    desk.outbox.send(b"b" * 400)
    assert not desk.pipe.reading
    desk.pipe.read()
    desk.turns()
    assert desk.pipe.reading


def test_reading_stops_when_the_session_wants_no_more() -> None:
    desk = Desk()
    desk.outbox.read_on(False)
    assert not desk.pipe.reading
    desk.outbox.read_on(True)
    assert desk.pipe.reading


def test_a_reader_without_progress_is_stalled_after_its_time() -> None:
    desk = Desk(stalled_seconds=30)
    desk.pause()
    desk.clock.advance(29)
    assert desk.flusher.stalled() == []
    desk.clock.advance(1)
    assert desk.flusher.stalled() == [desk.outbox]
    desk.pipe.read()
    assert desk.flusher.stalled() == []


def test_a_limit_of_zero_lets_readers_stall_for_ever() -> None:
    desk = Desk(stalled_seconds=0)
    desk.pause()
    desk.clock.advance(10_000)
    assert desk.flusher.stalled() == []


def test_the_end_writes_what_is_owed_then_the_last_words() -> None:
    desk = Desk()
    desk.outbox.send(b"answer ")
    desk.outbox.end(lambda: desk.pipe.write(b"bye"))
    assert desk.pipe.value() == b"answer bye"
    assert desk.pipe.producer is None
    assert desk.outbox.put(Frame(b"late", 1, 1))
    desk.turns()
    assert desk.pipe.value() == b"answer bye"


def test_what_has_not_left_in_time_is_given_up() -> None:
    desk = Desk()
    desk.pause()
    desk.outbox.end(lambda: None)
    desk.clock.advance(LAST_WORDS_SECONDS)
    assert desk.pipe.aborted


def test_nothing_is_given_up_when_the_connection_ended_by_itself() -> None:
    desk = Desk()
    desk.outbox.end(lambda: None)
    desk.outbox.gone()
    desk.clock.advance(LAST_WORDS_SECONDS)
    assert not desk.pipe.aborted


class Crowd:
    """Outboxes that share a flusher whose clock lets it write sixteen a turn."""

    def __init__(self, size: int) -> None:
        self.clock = Clock()
        seconds = count()
        flusher = Flusher(self.clock, stalled_seconds=0, monotonic=lambda: next(seconds))
        self.pipes = [Pipe() for _ in range(size)]
        self.outboxes = [
            Outbox(flusher, pipe, PlainWire(), owed_bytes=0, on_stalled=lambda: None) for pipe in self.pipes
        ]

    def hear(self, data: bytes) -> None:
        """Something is said to all of them."""
        frame = Frame(data, 1, 1)
        for outbox in self.outboxes:
            outbox.put(frame)

    def turn(self) -> int:
        """One turn, without those that it asks for, which `advance` makes; how often was written so far."""
        self.clock.calls.pop(0).func()
        return sum(pipe.writes for pipe in self.pipes)


def test_many_outboxes_are_flushed_in_slices() -> None:
    crowd = Crowd(100)
    crowd.hear(b"hello")
    writes: list[int] = []
    while crowd.clock.calls:
        writes.append(crowd.turn())
    assert writes == [16, 32, 48, 64, 80, 96, 100]
    assert [pipe.value() for pipe in crowd.pipes] == [b"hello"] * 100


def test_an_answer_does_not_wait_for_what_is_owed_to_others() -> None:
    crowd = Crowd(100)
    crowd.hear(b"hello")
    crowd.turn()
    crowd.outboxes[99].send(b" answer")
    crowd.turn()
    assert b"hello answer" == crowd.pipes[99].value()
    assert b"" == crowd.pipes[98].value()


def test_answers_to_many_leave_time_for_what_is_said() -> None:
    crowd = Crowd(100)
    for outbox in crowd.outboxes[50:]:
        outbox.send(b"answer ")
    crowd.hear(b"hello")
    assert 32 == crowd.turn()
    assert [b"hello"] * 16 == [pipe.value() for pipe in crowd.pipes[:16]]
    assert [b"answer hello"] * 16 == [pipe.value() for pipe in crowd.pipes[50:66]]
    while crowd.clock.calls:
        crowd.turn()
    assert [b"hello"] * 50 + [b"answer hello"] * 50 == [pipe.value() for pipe in crowd.pipes]


def test_an_answer_hurries_again_after_the_reader_was_slow() -> None:
    crowd = Crowd(100)
    slow = crowd.outboxes[99]
    slow.pauseProducing()
    slow.send(b"first ")
    crowd.turn()
    crowd.hear(b"hello ")
    slow.resumeProducing()
    slow.send(b"second")
    crowd.turn()
    assert b"first hello second" == crowd.pipes[99].value()
    assert b"" == crowd.pipes[98].value()


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 30_000)),
            st.tuples(st.just("send"), st.integers(1, 3_000)),
            st.tuples(st.sampled_from(["read", "turn"]), st.just(0)),
        ),
        max_size=60,
    )
)
def test_whatever_happens_what_was_owed_arrives_in_order_and_the_bound_holds(
    steps: list[tuple[str, int]],
) -> None:
    bound = 100_000
    desk = Desk(owed_bytes=bound)
    expected = b""
    answers = 0
    for number, (step, size) in enumerate(steps):
        data = bytes([number % 256]) * size
        if step == "put":
            if desk.outbox.put(Frame(data, 1, number)):
                expected += data
        elif step == "send":
            desk.outbox.send(data)
            expected += data
            answers += size
        elif step == "read":
            desk.pipe.read()
        else:
            desk.turn()
        owed = sum(len(frame.data) for frame in desk.outbox._queue)
        assert owed == desk.outbox._owed <= bound + answers
    while len(desk.pipe.value()) < len(expected):
        desk.pipe.read()
        desk.turns()
    assert desk.pipe.value() == expected


def test_an_outbox_is_a_push_producer() -> None:
    assert IPushProducer.providedBy(Desk().outbox)
