"""A room on Twisted as Autobahn's examples write it: one `sendMessage` for each member.

Run as `python -m bench.peers.autobahn_loop PORT`.
"""

import sys

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet import reactor
from twisted.internet.interfaces import IReactorCore, IReactorTCP, ITCPTransport

from bench.peers.room import saying


class _Factory(WebSocketServerFactory):
    def __init__(self) -> None:
        super().__init__()
        self.members: set[_Member] = set()
        self.said = saying()

    def broadcast(self, payload: bytes) -> None:
        for member in self.members:
            member.sendMessage(payload)


class _Member(WebSocketServerProtocol):
    factory: _Factory

    def onConnect(self, request: ConnectionRequest) -> None:
        ITCPTransport(self.transport).setTcpNoDelay(True)

    def onOpen(self) -> None:
        self.factory.members.add(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.broadcast(self.factory.said(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.factory.members.discard(self)


def main() -> None:
    """Serve until the process is ended."""
    factory = _Factory()
    factory.protocol = _Member
    IReactorTCP(reactor).listenTCP(int(sys.argv[1]), factory, backlog=4096, interface="127.0.0.1")
    IReactorCore(reactor).run()


if __name__ == "__main__":
    main()
