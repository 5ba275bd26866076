"""Rooms on Twisted as Autobahn's examples write them: one `sendMessage` for each member.

Run as `python -m bench.peers.autobahn_loop PORT [CERTIFICATE PRIVATE_KEY]`.
"""

import sys
from collections import defaultdict

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet import reactor
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore, ITCPTransport

from bench.peers.room import saying


class _Room:
    def __init__(self) -> None:
        self.members: set[_Member] = set()
        self.said = saying()

    def broadcast(self, payload: bytes) -> None:
        for member in self.members:
            member.sendMessage(payload)


class _Factory(WebSocketServerFactory):
    def __init__(self) -> None:
        super().__init__()
        self.rooms: defaultdict[str, _Room] = defaultdict(_Room)


class _Member(WebSocketServerProtocol):
    factory: _Factory
    room: _Room

    def onConnect(self, request: ConnectionRequest) -> None:
        ITCPTransport(self.transport).setTcpNoDelay(True)
        self.room = self.factory.rooms[request.params["room"][0]]

    def onOpen(self) -> None:
        self.room.members.add(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.room.broadcast(self.room.said(payload))

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        self.room.members.discard(self)


def main() -> None:
    """Serve until the process is ended."""
    factory = _Factory()
    factory.protocol = _Member
    port, *tls = sys.argv[1:]
    where = f"{port}:interface=127.0.0.1:backlog=4096"
    keys = f":certKey={tls[0]}:privateKey={tls[1]}" if tls else ""
    serverFromString(reactor, f"{'ssl' if tls else 'tcp'}:{where}{keys}").listen(factory)
    IReactorCore(reactor).run()


if __name__ == "__main__":
    main()
