"""TCP connections that send at once what they can, and are accepted a few at a time."""

from functools import partial

from twisted.internet.interfaces import IListeningPort
from twisted.internet.tcp import Port, Server

ACCEPTS_A_TURN = 8
"""A connection costs up to 0.5 ms before it has sent anything. Twisted 26.10 accepts 20 more in each turn in
which there were enough, so a flood of connections held everybody else up for two seconds."""


class EagerServer(Server):
    """An accepted connection; what is written while nothing is owed is sent before `write` returns.

    Twisted 26.10 keeps every write for the next turn of the reactor: one `send` and two `epoll_ctl` for each.
    """

    _owing = False

    def startWriting(self) -> None:
        self._owing = True
        super().startWriting()

    def stopWriting(self) -> None:
        self._owing = False
        super().stopWriting()

    def write(self, data: bytes) -> None:
        if data and self.connected and not self._owing and not self.disconnecting:
            sent = self.writeSomeData(data)
            if sent == len(data):
                return
            if isinstance(sent, int):
                data = data[sent:]
        super().write(data)  # a connection that is lost is noticed by the reactor, as ever


def make_eager(port: IListeningPort) -> None:
    """Let a TCP port make such connections; any other port stays as it is."""
    if isinstance(port, Port):
        port.transport = EagerServer
        port.doRead = partial(_accept_some, port)  # type: ignore[method-assign]  # which the reactor calls


def _accept_some(port: Port) -> None:
    port.numberAccepts = ACCEPTS_A_TURN
    Port.doRead(port)
