"""Short turns of the reactor: many ready sockets are served a few at a time, and each in its turn."""

import socket
from collections.abc import Iterator

import pytest
from twisted.internet.abstract import FileDescriptor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.selectreactor import SelectReactor

from chatd.frontends.turns import SOCKETS_A_TURN, SOCKETS_LEAST, TURN_SECONDS, ShortPoll, shorten_turns


class Ready(FileDescriptor):
    """A socket that something has come on, which nobody ever reads."""

    def __init__(self, reactor: EPollReactor, served: list["Ready"]) -> None:
        super().__init__(reactor)
        self._ours, self._theirs = socket.socketpair()
        self._theirs.send(b"x")
        self._served = served
        self.startReading()

    def fileno(self) -> int:
        return self._ours.fileno()

    def doRead(self) -> None:
        self._served.append(self)

    def end(self) -> None:
        self.stopReading()
        self._ours.close()
        self._theirs.close()


@pytest.fixture
def reactor() -> Iterator[EPollReactor]:
    reactor = EPollReactor()
    yield reactor
    for reader in reactor.removeAll():
        reader.connectionLost(None)
    reactor._poller.close()


def test_a_turn_serves_a_few_sockets_and_the_next_turn_serves_others(reactor: EPollReactor) -> None:
    shorten_turns(reactor)
    served: list[Ready] = []
    ready = [Ready(reactor, served) for _ in range(3 * SOCKETS_A_TURN)]
    try:
        for turn in range(1, 4):
            reactor.doPoll(0)
            assert turn * SOCKETS_A_TURN == len(served)
        assert set(ready) == set(served)
    finally:
        for one in ready:
            one.end()


def test_turns_that_compute_much_serve_fewer_sockets(reactor: EPollReactor) -> None:
    computed = 0.0

    def cpu() -> float:
        return computed

    served: list[Ready] = []
    ready = [Ready(reactor, served) for _ in range(3 * SOCKETS_A_TURN)]
    poll = ShortPoll(reactor._poller, cpu)
    try:
        for expected in (SOCKETS_A_TURN, 16, SOCKETS_LEAST, SOCKETS_LEAST):
            assert expected == len(poll.poll(0, len(ready)))
            computed += 2 * TURN_SECONDS
        computed = 0.0
        assert [16, SOCKETS_A_TURN, SOCKETS_A_TURN] == [len(poll.poll(0, len(ready))) for _ in range(3)]
    finally:
        for one in ready:
            one.end()


def test_the_poll_object_is_wrapped_once_however_many_services_one_process_starts(
    reactor: EPollReactor,
) -> None:
    shorten_turns(reactor)
    once = reactor._poller
    shorten_turns(reactor)
    assert once is reactor._poller


def test_a_reactor_of_another_kind_stays_as_it_is() -> None:
    reactor = SelectReactor()
    before = dict(vars(reactor))
    shorten_turns(reactor)
    assert before == vars(reactor)
    for reader in reactor.removeAll():
        reader.connectionLost(None)
