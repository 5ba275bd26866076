"""HTTP responses that go on: each is the client of a session that only reads."""

from time import monotonic
from typing import Protocol, cast

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IDelayedCall, IPushProducer
from twisted.logger import Logger
from twisted.web.server import NOT_DONE_YET, Request

from chatd.core import ports
from chatd.core.actions.places import look_up
from chatd.core.session import Session
from chatd.frontends.outbox import Outbox
from chatd.frontends.requests import Caller, connection
from chatd.frontends.sockets import Connection, log_end, tune
from chatd.frontends.websocket import WebSocketFrontend
from chatd.model import (
    CLOSINGS,
    Account,
    Attach,
    Attaching,
    ChatError,
    Close,
    Code,
    Error,
    Event,
    Gap,
    LoggedIn,
    Position,
    Refused,
    RoomRef,
    RoomState,
)

log = Logger()

HEARTBEAT_SECONDS = 25

REFUSED: dict[Close, Code] = {Close.BANNED: Code.BANNED, Close.LOGGED_OUT: Code.NOT_LOGGED_IN}
"""What is answered where a session ends before there is anything to answer; otherwise `unavailable`."""


class Reading(Protocol):
    """What is read by one stream, and how it is written."""

    kind: str
    """The Content-Type."""
    wire: ports.Wire
    heartbeat: bytes
    """What is written now and then, so that nobody between takes the connection for dead; or nothing."""
    follows: bool
    """Whether it goes on with what is said from now on; otherwise it makes nobody present."""

    named: list[RoomRef]
    """The rooms that were asked for by name or id."""

    def outbox(self, outbox: Outbox) -> ports.Outbox:
        """What the session is to put its frames into, before this outbox."""

    def rooms(self, login: LoggedIn, states: dict[RoomRef, RoomState]) -> list[Position]:
        """What to attach to; `states` are those of one's own rooms among the `named`."""

    def fault(self, refused: list[Refused]) -> Refused | None:
        """For which of these there is no stream at all."""

    def write(self, event: Event) -> bytes:
        """What to write for an event of this session alone; asked in order, and from the first one on."""

    def further(self, event: Event) -> list[Position]:
        """What else to attach to after this."""

    def is_over(self, event: Event) -> bool:
        """Whether nothing comes after this."""

    def last_words(self, why: Close) -> bytes:
        """What to write when the server ends it."""

    def refusal(self, request: Request, error: ChatError) -> bytes:
        """The answer when nothing can be read."""


class _Body:
    """The body of a response, as the connection that an outbox writes to."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._connection = connection(request)

    def write(self, data: bytes) -> None:
        self._request.write(data)

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        self._request.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        if getattr(self._request, "channel", None) is not None:  # otherwise the connection is lost already
            self._request.unregisterProducer()

    def loseConnection(self) -> None:
        self._request.finish()

    def abortConnection(self) -> None:
        # Twisted 26.10 raises for a TLS connection that is lost already.
        if getattr(self._connection, "connected", True):
            self._connection.abortConnection()

    def pauseProducing(self) -> None:
        """Nothing more is read from it anyway."""

    def resumeProducing(self) -> None:
        """The same."""

    def getPeer(self) -> IAddress:
        return self._connection.getPeer()

    def getHost(self) -> IAddress:
        return self._connection.getHost()


class Stream:
    """One response."""

    def __init__(self, frontend: WebSocketFrontend, request: Request, reading: Reading) -> None:
        self._frontend = frontend
        self._request = request
        self._reading = reading
        self._session: Session | None = None
        self._body: Connection = _Body(request)
        self._owed: Outbox
        self.outbox: ports.Outbox
        self._early: list[Event] = []
        """What comes before it is known whether there is a stream."""
        self._begun = False
        self._address = ""
        self._begun_at = monotonic()
        self._behind: dict[int, int] = {}
        """Where to go on in rooms for which the reader was too slow, when all that is owed has been read."""
        self._why = "lost"
        self._beating: IDelayedCall | None = None

    def open(self) -> int:
        """Answer the request, in a while or for a long time."""
        Deferred.fromCoroutine(self._open())
        return NOT_DONE_YET

    async def _open(self) -> None:
        gone: list[object] = []
        self._request.notifyFinish().addBoth(gone.append)
        account = None
        try:
            caller = Caller(self._frontend, self._request, reads=True)
            registry = caller.registry
            if registry.stopping:
                raise ChatError(Code.UNAVAILABLE, CLOSINGS[Close.RESTART].text)
            if caller.token is None:
                raise ChatError(
                    Code.NOT_LOGGED_IN, "Say who you are: Authorization: Bearer TOKEN, or a page's cookie."
                )
            registry.admit(caller.address)
            self._address = caller.address
            account = await registry.accounts.by_token(caller.token, caller.address, registry.now)
            registry.lease(account.user)
        except ChatError as error:
            if not gone:
                self._answer(error)
        except Exception:
            log.failure("a stream could not be opened")
            if not gone:
                self._answer(ChatError(Code.INTERNAL, "Something went wrong on our side. Try again."))
        if account is None or gone:
            self._leave()
        else:
            self._begin_session(caller, account, registry.accounts.digest(cast(str, caller.token)))

    def _begin_session(self, caller: Caller, account: Account, digest: bytes) -> None:
        registry = caller.registry
        tune(connection(self._request))
        self._owed = Outbox(
            self._frontend.flusher,
            self._body,
            self._reading.wire,
            owed_bytes=registry.limits.owed_bytes,
            on_stalled=self.stalled,
        )
        self.outbox = self._reading.outbox(self._owed)
        self._session = Session(
            registry,
            self,
            frontend="web",
            address=caller.address,
            follow=False,
            passwords=caller.passwords,
            local=caller.local,
            shown=self._reading.follows,
        )
        self._frontend.connections[self] = None
        self._request.notifyFinish().addBoth(self._gone)
        self._session.open(account, digest)

    # The client of the session.

    def send(self, event: Event) -> None:
        """Write an event that is for this session alone, or see what it says of the stream itself."""
        session = self._session
        if session is None:
            return
        if isinstance(event, Gap):
            self._catch_up(event)
        elif self._begun:
            self._write(event)
        elif isinstance(event, Error):
            self._refuse(ChatError(event.code, event.text, event.retry_ms))
        elif isinstance(event, Attaching):
            self._begin(event)
        else:
            self._early.append(event)
            if isinstance(event, LoggedIn):
                self._frontend.registry.spawn(self._attach(event))

    async def _attach(self, login: LoggedIn) -> None:
        """Attach to what is read, also where it was called by a former name."""
        mine, states = {state.room: state for state in login.rooms}, {}
        for ref in self._reading.named:
            session = self._session
            if session is None or session.person is None:
                return
            try:
                room = session.own_room(ref) or await look_up(session, ref)
            except ChatError:
                continue  # which is answered when it is attached
            if room is not None and room.id in mine:
                states[ref] = mine[room.id]
        if self._session is not None:
            self._session.receive(Attach(rooms=self._reading.rooms(login, states)))

    def read_on(self, wanted: bool) -> None:
        """Nothing is read from it."""

    def close(self, why: Close) -> None:
        """Write what is owed and last words."""
        self._why = why.name.lower()
        if self._begun:
            self._end(self._why, self._reading.last_words(why))
        else:
            self._refuse(ChatError(REFUSED.get(why, Code.UNAVAILABLE), CLOSINGS[why].text))

    def stalled(self) -> None:
        """Nothing was read for too long."""
        if self._session is not None:
            self._session.close(Close.TOO_SLOW)

    def finish(self) -> None:
        """The server stops."""
        if self._session is not None:
            self._session.finish(Close.RESTART)

    def abort(self) -> None:
        """The server has waited long enough."""
        self._body.abortConnection()

    # The response.

    def _begin(self, event: Attaching) -> None:
        fault = self._reading.fault(event.refused)
        if fault is not None:
            self._refuse(ChatError(fault.code, fault.text))
            return
        self._begun = True
        request = self._request
        request.setHeader("Content-Type", self._reading.kind)
        request.setHeader("Cache-Control", "no-store")
        request.setHeader("X-Accel-Buffering", "no")  # nginx would keep it until there is more
        request.setHeader("Connection", "close")
        request.channel.persistent = False
        request.write(b"")
        early, self._early = self._early, []
        for one in early:
            self._write(one)
        if self._reading.heartbeat and self._session is not None:
            self._beating = self._frontend.flusher.reactor.callLater(HEARTBEAT_SECONDS, self._beat)

    def _beat(self) -> None:
        self._beating = self._frontend.flusher.reactor.callLater(HEARTBEAT_SECONDS, self._beat)
        if not self._owed.congested:
            self._owed.send(self._reading.heartbeat)

    def _write(self, event: Event) -> None:
        self._owed.send(self._reading.write(event))
        further = self._reading.further(event)
        if further and self._session is not None:
            self._session.receive(Attach(rooms=further))
        if self._reading.is_over(event) or self._request.method == b"HEAD":
            self._end("over", b"")

    def _end(self, why: str, last_words: bytes) -> None:
        if self._session is not None:
            self._why = why
            self._owed.end(lambda: self._last_words(last_words))

    def _last_words(self, data: bytes) -> None:
        if data:
            self._request.write(data)
        self._request.finish()

    def _refuse(self, error: ChatError) -> None:
        self._why = error.code.value
        self._owed.mute()
        self._answer(error)

    def _answer(self, error: ChatError) -> None:
        body = self._reading.refusal(self._request, error)
        self._request.setHeader("Content-Length", str(len(body)))
        self._request.write(body)
        self._request.finish()

    def _catch_up(self, gap: Gap) -> None:
        waiting = bool(self._behind)
        self._behind[gap.room] = gap.first - 1
        if not waiting:
            self._frontend.registry.spawn(self._go_on())

    async def _go_on(self) -> None:
        await self._owed.drained()
        behind, self._behind = self._behind, {}
        if self._session is not None:
            self._session.receive(Attach(rooms=[Position(room, after) for room, after in behind.items()]))

    # The end.

    def _gone(self, reason: object) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        del self._frontend.connections[self]
        if self._beating is not None:
            self._beating.cancel()
        self._leave()
        log_end("stream", session, self._begun_at, 0, self._owed.sent_bytes, self._why)
        if self._why == "lost":
            self._owed.gone()
        # Not now: it may be the session itself that has ended this, in the middle of what it does.
        self._frontend.flusher.reactor.callLater(0, session.lost)

    def _leave(self) -> None:
        if self._address:
            self._frontend.registry.doors.leave(self._address)
            self._address = ""
