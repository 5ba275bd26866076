"""Short turns of the reactor: when thousands of sockets are ready, timers and answers come between."""

import time
from collections.abc import Callable
from select import epoll

from twisted.internet.epollreactor import EPollReactor

SOCKETS_A_TURN = 32
"""Sockets served between two looks at the clock, where they cost little."""
SOCKETS_LEAST = 8
"""And where they cost much. A handshake costs most, 0.7 ms."""
TURN_SECONDS = 0.006
"""What a turn may compute before the next ones serve fewer sockets: what somebody says takes four turns."""


class ShortPoll:
    """An epoll object that tells of a few ready sockets at a time; Linux tells of the others next time."""

    __slots__ = ("_begun", "_cpu", "_epoll", "_most", "close", "fileno", "modify", "register", "unregister")

    def __init__(self, whole: epoll, cpu: Callable[[], float] = time.thread_time) -> None:
        """`cpu`: seconds that this thread has computed."""
        self._epoll = whole
        self._cpu = cpu
        self._begun = cpu()
        self._most = SOCKETS_A_TURN
        self.close = whole.close
        self.fileno = whole.fileno
        self.modify = whole.modify
        self.register = whole.register
        self.unregister = whole.unregister

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        """What is ready, at most so many sockets of it that a turn stays short."""
        if self._cpu() - self._begun > TURN_SECONDS:
            self._most = max(SOCKETS_LEAST, self._most // 2)
        else:
            self._most = min(SOCKETS_A_TURN, self._most * 2)
        ready = self._epoll.poll(timeout, min(most, self._most))
        self._begun = self._cpu()
        return ready


def shorten_turns(reactor: object) -> None:
    """Let a reactor that uses epoll look at the clock more often; any other stays as it is.

    Twisted 26.10 asks for as many ready sockets as there are, and serves all of them before anything else:
    2,000 connections that were lost at once held it up for 300 ms. It has no setting for that.
    """
    if isinstance(reactor, EPollReactor) and not isinstance(reactor._poller, ShortPoll):
        reactor._poller = ShortPoll(reactor._poller)
