"""TCP connections that send at once what they can."""

from twisted.internet.interfaces import IListeningPort
from twisted.internet.tcp import Port, Server


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
