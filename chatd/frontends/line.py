"""The line frontend: a TCP protocol that holds a conversation, a session and an outbox."""

from datetime import tzinfo
from time import monotonic

from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.logger import Logger
from twisted.protocols.tls import TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from zope.interface import implementer

from chatd import __version__
from chatd.core.registry import Registry
from chatd.core.session import Session
from chatd.frontends.gate import Gate
from chatd.frontends.inbox import Inbox, Turns
from chatd.frontends.outbox import Flusher, Outbox
from chatd.frontends.sockets import connection_of, is_loopback, log_end, peer_host, peer_ip, tune
from chatd.model import ChatError, Close, Event
from chatd.wires.line import Conversation, LineWire, Web

log = Logger()

HELD_MOST = 1024 * 1024
"""Characters that may wait for an answer to an earlier command: a hundred times all of `/help`."""


class LineFrontend(Factory):
    """What all line connections share."""

    noisy = False

    def __init__(
        self,
        registry: Registry,
        gate: Gate,
        flusher: Flusher,
        zone: tzinfo,
        web: Web,
        *,
        allow_plaintext_login: bool,
    ) -> None:
        self.registry = registry
        self.gate = gate
        self.flusher = flusher
        self.turns = Turns(flusher.reactor)
        self.zone = zone
        self.web = web
        self.allow_plaintext_login = allow_plaintext_login
        self.wires = {numbers: LineWire(numbers, zone, web) for numbers in (False, True)}
        self.connections: dict[LineProtocol, None] = {}

    def buildProtocol(self, addr: IAddress | None) -> "LineProtocol":
        return LineProtocol(self)


@implementer(IHalfCloseableProtocol)
class LineProtocol(Protocol):
    """One `nc`, `telnet` or `openssl s_client`; the client of its session."""

    def __init__(self, frontend: LineFrontend) -> None:
        self.frontend = frontend
        self.session: Session | None = None
        self.outbox: Outbox
        self._inbox: Inbox
        self._conversation: Conversation
        self._address = ""
        self._begun_at = 0.0
        self._received_bytes = 0
        self._input_ended = False
        self._why = "lost"

    def connectionMade(self) -> None:
        frontend, registry = self.frontend, self.frontend.registry
        peer = peer_host(connection_of(self))
        try:
            registry.admit(peer)
        except ChatError as error:
            connection_of(self).write(f"! {error.code}: {error.text}\n".encode())
            connection_of(self).loseConnection()
            return
        self._address = peer
        self._begun_at = monotonic()
        tune(connection_of(self))
        passwords = (
            frontend.allow_plaintext_login
            or is_loopback(peer)
            or isinstance(self.transport, TLSMemoryBIOProtocol)
        )
        locked = registry.accounts.lockdown.state(registry.now) is not None
        self._conversation = Conversation(
            server=f"chatd {__version__}",
            zone=frontend.zone,
            passwords=passwords,
            guests=registry.accounts.guests and not locked,
            registration=registry.accounts.registration and not locked,
            invitation=registry.accounts.invitation,
            text_chars=registry.limits.text_chars,
            web=frontend.web,
        )
        self._inbox = Inbox(frontend.turns, connection_of(self), self._take)
        self.outbox = Outbox(
            frontend.flusher,
            connection_of(self),
            frontend.wires[False],
            owed_bytes=registry.limits.owed_bytes,
            on_stalled=self.stalled,
            inbox=self._inbox,
        )
        self.session = Session(
            registry,
            self,
            frontend="line",
            address=peer,
            follow=True,
            passwords=passwords,
            local=frontend.gate.local(peer_ip(connection_of(self))),
        )
        frontend.connections[self] = None
        self.outbox.send(self._conversation.greeting())
        self.session.open()

    # What comes in.

    def dataReceived(self, data: bytes) -> None:
        if self.session is not None:
            self._received_bytes += len(data)
            self._inbox.receive(data)

    def _take(self, data: bytes) -> None:
        session = self.session
        if session is None or self._input_ended:
            return
        conversation = self._conversation
        try:
            refusals = conversation.refusals
            for command in conversation.receive(data):
                session.receive(command)
            self.outbox.send(conversation.output())
            self._keep_wire(session)
            for _ in range(conversation.refusals - refusals):
                session.lose_patience()
            if conversation.held_chars > HELD_MOST:
                session.close(Close.ABUSE)
        except Exception:
            log.failure("input could not be handled")
            session.close(Close.BROKEN)
        if conversation.hangup:
            self._why = "not a line client"
            connection_of(self).abortConnection()
        elif conversation.quit:
            self._end_input()

    def readConnectionLost(self) -> None:
        """The client has shut down its side: what it asked for is answered before ours closes."""
        if self.session is not None:
            self._inbox.end(self._end_input)

    def writeConnectionLost(self) -> None:
        """Called by Twisted when our side is shut down, which only happens with the whole connection."""

    def _end_input(self) -> None:
        if not self._input_ended:
            self._input_ended = True
            self._conversation.end()
            self.outbox.send(self._conversation.output())
            self._finish_when_answered()

    def _finish_when_answered(self) -> None:
        if self._input_ended and self.session is not None and not self._conversation.waiting:
            self.session.finish(Close.GOODBYE)

    def _keep_wire(self, session: Session) -> None:
        wire = self.frontend.wires[self._conversation.numbers]
        if wire is not self.outbox.wire:
            session.change_wire(wire)

    # The client of the session.

    def send(self, event: Event) -> None:
        """Owe an event to this connection alone."""
        session = self.session
        if session is None:
            return
        for data, page_of in self._conversation.pieces(event):
            self.outbox.send(data, page_of)
        self._keep_wire(session)
        for command in self._conversation.further():
            session.receive(command)
        self._finish_when_answered()

    def read_on(self, wanted: bool) -> None:
        """Whether more commands are wanted."""
        self.outbox.read_on(wanted)

    def close(self, why: Close) -> None:
        """Send what is owed and a last line."""
        self._why = why.name.lower()
        self.outbox.end(lambda: self._last_words(why))

    def _last_words(self, why: Close) -> None:
        connection_of(self).write(self._conversation.closing(why))
        connection_of(self).loseConnection()

    def stalled(self) -> None:
        """Nothing was read for too long."""
        if self.session is not None:
            self.session.close(Close.TOO_SLOW)

    def finish(self) -> None:
        """The server stops: carry out what came, then say goodbye."""
        if self.session is not None:
            self.session.finish(Close.RESTART)

    def abort(self) -> None:
        """The server has waited long enough."""
        connection_of(self).abortConnection()

    # The end.

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.session is not None:
            self.outbox.gone()
            self._inbox.lose(self._lost)

    def _lost(self) -> None:
        """And all that had come is carried out."""
        session, self.session = self.session, None
        assert session is not None
        self.frontend.registry.doors.leave(self._address)
        del self.frontend.connections[self]
        log_end("line", session, self._begun_at, self._received_bytes, self.outbox.sent_bytes, self._why)
        session.lost()
