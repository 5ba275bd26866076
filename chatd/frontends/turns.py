"""Short turns of the reactor: when thousands of sockets are ready, timers and answers come between."""

from select import epoll

from twisted.internet.epollreactor import EPollReactor

SOCKETS_A_TURN = 32
"""Sockets served between two looks at the clock. A handshake costs most, 0.7 ms: so a turn is about 20 ms."""


class ShortPoll:
    """An epoll object that tells of a few ready sockets at a time; Linux tells of the others next time."""

    __slots__ = ("_epoll", "close", "fileno", "modify", "register", "unregister")

    def __init__(self, whole: epoll) -> None:
        self._epoll = whole
        self.close = whole.close
        self.fileno = whole.fileno
        self.modify = whole.modify
        self.register = whole.register
        self.unregister = whole.unregister

    def poll(self, timeout: float, most: int) -> list[tuple[int, int]]:
        """What is ready, at most `most` sockets of it."""
        return self._epoll.poll(timeout, min(most, SOCKETS_A_TURN))


def shorten_turns(reactor: object) -> None:
    """Let a reactor that uses epoll look at the clock more often; any other stays as it is.

    Twisted 26.10 asks for as many ready sockets as there are, and serves all of them before anything else:
    2,000 connections that were lost at once held it up for 300 ms. It has no setting for that.
    """
    if isinstance(reactor, EPollReactor) and not isinstance(reactor._poller, ShortPoll):
        reactor._poller = ShortPoll(reactor._poller)
