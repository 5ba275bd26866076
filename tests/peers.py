"""Clients on real sockets, in the test's own reactor: what they send, and what has come back, in order."""

import json
import socket
from collections import deque
from typing import Any, Generic, TypeVar, cast

from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.tcp import Client
from twisted.protocols.basic import LineOnlyReceiver
from twisted.python.failure import Failure

from chatd.frontends.sockets import Connection, connection_of

PATIENCE_SECONDS = 30
"""How long a test waits for what must come, before it fails. Never how long it takes."""

LINE_BYTES_MOST = 2**20
RECEIVE_BUFFER_BYTES = 65_536

Json = dict[str, Any]
Item = TypeVar("Item")

reactor = cast(Any, _reactor)


class Inbox(Generic[Item]):
    """What came from one connection and was not looked at yet."""

    def __init__(self) -> None:
        self._items: deque[Item] = deque()
        self._news: Deferred[None] | None = None
        self._ended = False

    def put(self, item: Item) -> None:
        self._items.append(item)
        self._tell()

    def end(self) -> None:
        """Nothing more will come."""
        self._ended = True
        self._tell()

    def _tell(self) -> None:
        news, self._news = self._news, None
        if news is not None:
            news.callback(None)

    async def next(self) -> Item:
        """The next one; raises EOFError when none will come."""
        while not self._items:
            if self._ended:
                raise EOFError("the connection has ended")
            self._news = Deferred()
            await self._news.addTimeout(PATIENCE_SECONDS, cast(IReactorTime, reactor))
        return self._items.popleft()

    async def rest(self) -> list[Item]:
        """Everything up to the end of the connection."""
        found = []
        try:
            while True:
                found.append(await self.next())
        except EOFError:
            return found


def _pause(connection: Connection) -> None:
    """The kernel's buffer would grow to 6 MiB by itself (Linux); a size that was set stays."""
    handle: socket.socket = cast(Any, connection).getHandle()
    handle.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    connection.pauseProducing()


class WebSocketPeer:
    """One WebSocket connection, at the level of JSON objects."""

    def __init__(self) -> None:
        self.inbox: Inbox[str] = Inbox()
        self.close_code: int | None = None
        """The code of the server's close frame; None for a connection that ended without one."""
        self.closed: Deferred[None] = Deferred()
        self._opened: Deferred[None] = Deferred()
        self._protocol = _WebSocket(self)

    @classmethod
    async def connect(
        cls, endpoint: IStreamClientEndpoint, port: int, headers: dict[str, str] | None = None
    ) -> "WebSocketPeer":
        """Raises ConnectionError with the reason when the server refuses the handshake."""
        peer = cls()
        factory = WebSocketClientFactory(f"ws://127.0.0.1:{port}/ws", headers=headers or {})
        factory.noisy = False
        factory.protocol = lambda: peer._protocol  # type: ignore[assignment]  # one connection
        await endpoint.connect(factory)
        await peer._opened.addTimeout(PATIENCE_SECONDS, cast(IReactorTime, reactor))
        return peer

    async def receive(self) -> Json:
        """The next event; raises EOFError when none will come."""
        return cast(Json, json.loads(await self.inbox.next()))

    def send(self, command: Json) -> None:
        self.send_raw(json.dumps(command).encode())

    def send_raw(self, payload: bytes, binary: bool = False) -> None:
        self._protocol.sendMessage(payload, isBinary=binary)

    def pause(self) -> None:
        """Read nothing more from the socket."""
        _pause(connection_of(self._protocol))

    def resume(self) -> None:
        connection_of(self._protocol).resumeProducing()

    def abort(self) -> None:
        """Lose the connection, without a word."""
        connection_of(self._protocol).abortConnection()

    def close(self) -> None:
        """Say goodbye, as a page does that is left."""
        self._protocol.sendClose(1000)


class _WebSocket(WebSocketClientProtocol):
    def __init__(self, peer: WebSocketPeer) -> None:
        super().__init__()
        self._peer = peer

    def onOpen(self) -> None:
        self._peer._opened.callback(None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self._peer.inbox.put(payload.decode())

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        peer = self._peer
        peer.close_code = code if wasClean else None
        peer.inbox.end()
        peer.closed.callback(None)
        if not peer._opened.called:
            peer._opened.errback(ConnectionError(reason))


class LinePeer:
    """One line connection, at the level of lines."""

    def __init__(self) -> None:
        self.inbox: Inbox[str] = Inbox()
        self.closed: Deferred[None] = Deferred()
        self._protocol = _Lines(self)

    @classmethod
    async def connect(cls, endpoint: IStreamClientEndpoint) -> "LinePeer":
        peer = cls()
        factory = Factory()
        factory.noisy = False
        factory.buildProtocol = lambda addr: peer._protocol  # type: ignore[method-assign]  # one connection
        await endpoint.connect(factory)
        return peer

    def send(self, line: str) -> None:
        self.send_raw(line.encode() + b"\n")

    def send_raw(self, data: bytes) -> None:
        connection_of(self._protocol).write(data)

    def pause(self) -> None:
        """Read nothing more from the socket."""
        _pause(connection_of(self._protocol))

    def resume(self) -> None:
        connection_of(self._protocol).resumeProducing()

    def abort(self) -> None:
        """Lose the connection, without a word."""
        connection_of(self._protocol).abortConnection()

    def close(self) -> None:
        """End the connection when all that was sent has left."""
        connection_of(self._protocol).loseConnection()

    def end_input(self) -> None:
        """Send nothing more, and read on: half a close, as of `nc -N`."""
        cast(Client, self._protocol.transport).loseWriteConnection()


class _Lines(LineOnlyReceiver):
    delimiter = b"\n"
    MAX_LENGTH = LINE_BYTES_MOST

    def __init__(self, peer: LinePeer) -> None:
        self._peer = peer

    def lineReceived(self, line: bytes) -> None:
        self._peer.inbox.put(line.decode())

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._peer.inbox.end()
        self._peer.closed.callback(None)


__all__ = ["PATIENCE_SECONDS", "Inbox", "Json", "LinePeer", "WebSocketPeer", "reactor"]
