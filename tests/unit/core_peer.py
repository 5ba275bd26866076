"""The core with fakes around it, and peers that speak with it in commands and events."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, get_args

import msgspec
from msgspec.structs import replace
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from chatd.core.accounts import Accounts
from chatd.core.ports import Frame, Wire
from chatd.core.registry import Registry
from chatd.core.session import Session
from chatd.model import (
    Account,
    Answer,
    Attach,
    Attached,
    Attaching,
    Change,
    ChatError,
    Close,
    Command,
    Create,
    Draft,
    Edited,
    Entered,
    Error,
    Event,
    Gathered,
    Here,
    Join,
    Limits,
    LoggedIn,
    Login,
    Position,
    Register,
    RoomEvent,
    Said,
    Say,
    Shown,
    Stored,
    User,
    text_of,
)
from tests.fakes import MemoryStore
from tests.unit.store_bench import purge

E = TypeVar("E")

LOBBY = 1
PASSWORD = "correct horse"
UNLIMITED = Limits(
    say_per_second=0,
    search_per_second=0,
    login_tries_per_minute=0,
    login_tries_per_address=0,
    creations_per_minute=0,
    rooms_per_user=0,
    trust_seconds=0,
)

FADE_MS = UNLIMITED.fade_seconds * 1_000

ANSWERS: tuple[type[Answer], ...] = get_args(Answer)


class FakeWire:
    """The `Wire` port: an event as JSON, beside what the recipient calls the room, and what is quoted."""

    def __init__(self, *, personal: bool = False, hides: tuple[type[RoomEvent], ...] = ()) -> None:
        """`hides`: kinds of events that this wire does not show."""
        self.personal = personal
        self.encoded = 0
        """How often something was encoded."""
        self._hides = hides

    def encode(self, event: Shown, label: str, quoted: Said | None = None) -> bytes:
        self.encoded += 1
        if quoted is not None:
            label = f"{label} {quoted.text}"
        return b"" if isinstance(event, self._hides) else msgspec.json.encode((label, event))


class FakeOutbox:
    """The `Outbox` port: what is owed is received at once, unless its reader has stopped reading."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.received: list[Event] = []
        self.gathered: list[Gathered] = []
        """What was received of reactions once more, gathered."""
        self.labels: list[str] = []
        """What the rooms of the received room events were called, and what was quoted."""
        self.bound = 1_000
        """How many frames and answers may be owed to one who does not read, before a room's are refused."""
        self.on_received: Callable[[Event], None] = lambda event: None
        self._owed: list[Frame | Event] = []
        self._reading = True
        self._waiting: list[Deferred[None]] = []

    def stop_reading(self) -> None:
        """Leave everything from now on owed, until `read`."""
        self._reading = False

    def read(self) -> None:
        """Receive all that is owed, and what comes from now on."""
        self._reading = True
        self._leave()

    @property
    def owed(self) -> int:
        """How many frames and answers have not been received yet."""
        return len(self._owed)

    @property
    def congested(self) -> bool:
        return len(self._owed) > self.bound >> 1

    def put(self, frame: Frame) -> bool:
        if not self._reading and len(self._owed) >= self.bound:
            return False
        self._owe(frame)
        return True

    def send(self, event: Event) -> None:
        self._owe(event)

    def drop_room(self, room: int) -> None:
        self._owed = [one for one in self._owed if not isinstance(one, Frame | Attached) or one.room != room]

    def drained(self) -> Deferred[None]:
        if self._reading:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        return waiting

    def _owe(self, one: Frame | Event) -> None:
        self._owed.append(one)
        if self._reading:
            self._leave()

    def _leave(self) -> None:
        while self._reading and self._owed:
            one = self._owed.pop(0)
            event: Event
            if isinstance(one, Frame):
                label, shown = msgspec.json.decode(one.data, type=tuple[str, Shown])
                if isinstance(shown, Gathered):
                    self.gathered.append(shown)
                    continue
                event = shown
                self.labels.append(label)
            else:
                event = one
            self.received.append(event)
            self.on_received(event)
        if self._reading:
            waiting, self._waiting = self._waiting, []
            for deferred in waiting:
                deferred.callback(None)


class FakeClient:
    """The `Client` port: it remembers what the session asked of it."""

    def __init__(self, wire: Wire) -> None:
        self.outbox = FakeOutbox(wire)
        self.reading = True
        self.closed: Close | None = None

    def send(self, event: Event) -> None:
        self.outbox.send(event)

    def read_on(self, wanted: bool) -> None:
        assert wanted is not self.reading, "the session repeats itself"
        self.reading = wanted

    def close(self, why: Close) -> None:
        self.closed = self.closed or why


def totp_code(secret: str, step: int) -> str:
    """What a FakeAuth takes as the code of this step."""
    return f"{secret.rpartition('-')[2]:0>3}{step:03}"


class FakeAuth:
    """The `Auth` port, quick and without dice: tokens are numbered, a hash shows its password."""

    def __init__(self) -> None:
        self.verified: list[str | None] = []
        """Against which hashes passwords were tried."""
        self.thinking: Deferred[None] | None = None
        """While set, passwords are not verified before it fires."""
        self._made = 0

    def hash(self, password: str) -> Deferred[str]:
        return succeed(f"hash of {password}")

    def verify(self, password_hash: str | None, password: str) -> Deferred[bool]:
        self.verified.append(password_hash)
        answer: Deferred[bool] = Deferred()
        fits = password_hash == f"hash of {password}"
        if self.thinking is None:
            return succeed(fits)
        self.thinking.addCallback(lambda ignored: answer.callback(fits))
        return answer

    def new_token(self) -> str:
        return self._new("token")

    def new_api_token(self) -> str:
        return self._new("chatd_token")

    def new_code(self, groups: int = 3) -> str:
        return self._new("code" if groups == 3 else "link")

    def new_totp_secret(self) -> str:
        return self._new("secret")

    def totp_uri(self, secret: str, name: str) -> str:
        return f"otpauth://{secret}/{name}"

    def totp_step(self, secret: str, code: str) -> int | None:
        found = code.isdecimal() and int(code) % 1_000
        return found if found and totp_code(secret, found) == code else None

    def _new(self, kind: str) -> str:
        self._made += 1
        return f"{kind}-{self._made}"

    def digest(self, token: str) -> bytes:
        return token.lower()[::-1].encode()  # as with a real one, no two begin alike


class Spawned:
    """Starts coroutines, and keeps their failures for the test."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []

    def __call__(self, work: Coroutine[Any, Any, None]) -> None:
        Deferred.fromCoroutine(work).addErrback(self.failures.append)


class Core:
    """A registry with a store in memory, at a time that the test moves on."""

    def __init__(
        self,
        limits: Limits = UNLIMITED,
        *,
        guests: bool = True,
        registration: bool = True,
        invitation: bool = False,
        owner: str | None = None,
        after: "Core | None" = None,
    ) -> None:
        """`after`: what ran before on the same store."""
        self.now = 1_764_000_000_000
        self.registry: Registry
        self.auth: FakeAuth
        self.store: MemoryStore
        self.store = MemoryStore(clock=lambda: self.now) if after is None else after.store
        self.store.publish = lambda entry: self.registry.publish(entry)
        self.auth = FakeAuth() if after is None else after.auth
        self.accounts = Accounts(
            self.store,
            self.auth,
            limits,
            guests=guests,
            registration=registration,
            invitation=invitation,
            owner=owner,
        )
        self.spawned = Spawned()
        self.faults: list[Exception] = []
        self.registry = Registry(
            self.store, self.accounts, limits, spawn=self.spawned, report=self.faults.append
        )
        self.wire = FakeWire()
        self._writer: User | None = None
        self._written: dict[int, int] = {}
        self.registry.prepare(self.now)
        self.spawned(self.registry.wake())

    def print_code(self) -> str | None:
        """What the server prints at its start, for whoever is to own it."""
        code = self.accounts.founding.begin()
        self.spawned(self.accounts.founding.appoint())
        return code

    def pass_time(self, ms: int = 1_000) -> None:
        """Move on by so much, and tick once."""
        self.now += ms
        self.registry.tick(self.now)

    def connect(
        self,
        *,
        follow: bool = False,
        passwords: bool = True,
        address: str = "192.0.2.1",
        local: bool = False,
        wire: Wire | None = None,
    ) -> "Peer":
        """A new connection, greeted."""
        client = FakeClient(wire or self.wire)
        session = Session(
            self.registry,
            client,
            frontend="line" if follow else "web",
            address=address,
            follow=follow,
            passwords=passwords,
            local=local,
        )
        session.open()
        peer = Peer(session, client)
        peer.take()
        return peer

    def guest(self, name: str, *, follow: bool = False, wire: Wire | None = None) -> "Peer":
        """A new guest, attached to nothing unless it follows."""
        peer = self.connect(follow=follow, wire=wire)
        peer.expect(LoggedIn, Login(name=name))
        peer.take()
        return peer

    def account(self, name: str, *, follow: bool = False) -> "Peer":
        """A new account, attached to nothing unless it follows."""
        peer = self.connect(follow=follow)
        peer.expect(LoggedIn, Register(name=name, password=PASSWORD))
        peer.take()
        return peer

    def attached(self, name: str) -> "Peer":
        """An account that is attached to the lobby, and has heard of nothing."""
        peer = self.account(name)
        peer.attach()
        peer.take()
        return peer

    def server_owner(self, name: str = "root") -> "Peer":
        """An account that owns the server, in the lobby alone."""
        peer = self.account(name)
        self.store.make_owner(name)
        self.registry.appoint(peer.user.id, "owner")
        peer.take()
        return peer

    def again(self, peer: "Peer", *, follow: bool = False, wire: Wire | None = None) -> "Peer":
        """Another session of the same user, by the same token."""
        other = self.connect(follow=follow, wire=wire)
        other.token = peer.token
        other.expect(LoggedIn, Login(token=peer.token))
        other.take()
        return other

    def recognised(self, peer: "Peer") -> tuple[Account, bytes]:
        """The account of this peer's token, as a frontend that reads cookies finds it."""
        assert peer.token is not None
        found: list[Account] = []
        coroutine = self.accounts.by_token(peer.token, "192.0.2.1", self.now)
        Deferred.fromCoroutine(coroutine).addCallback(found.append)
        return found[0], self.accounts.digest(peer.token)

    def begin(self, peer: "Peer", command: Command, address: str = "192.0.2.1") -> "Peer":
        """A request of this peer's user, by the same token; it is over when it is lost."""
        account, digest = self.recognised(peer)
        client = FakeClient(self.wire)
        session = Session(
            self.registry,
            client,
            frontend="web",
            address=address,
            follow=False,
            passwords=True,
            shown=False,
        )
        asking = Peer(session, client)
        session.serve(command, account, digest)
        return asking

    def request(self, peer: "Peer", command: Command) -> Answer:
        """The answer to such a request."""
        asking = self.begin(peer, command)
        asking.lose()
        [answer] = [event for event in asking.take() if isinstance(event, ANSWERS)]
        return answer

    def write(self, count: int, room: int = LOBBY, length: int = 0) -> None:
        """So many messages of somebody who is not here: texts are seqs, with dots up to `length`."""
        if self._writer is None:
            creating = self.store.create_guest("writer")
            creating.addCallback(self._set_writer)
        assert self._writer is not None
        if room not in self._written:
            self.store.join(self._writer.id, room)
        for _ in range(count):
            self._written[room] = seq = self._written.get(room, 0) + 1
            self.store.append(Draft(room, self._writer, str(seq).ljust(length, ".")))

    def change(self, target: int, text: str | None, room: int = LOBBY) -> None:
        """Edit or delete what somebody who is not here has said, if that can be done."""
        if self._writer is not None:
            changing = self.store.change(Change(room, self._writer, target, self._writer.id, text))
            changing.addErrback(lambda failure: failure.trap(ChatError))

    def purge(self, room: int = LOBBY) -> None:
        """Remove all that they have said."""
        if self._writer is not None:
            self.spawned(purge(self.store, room, self._writer, self._writer))

    def note(self, topic: str, room: int = LOBBY) -> None:
        """Let them change the topic."""
        if self._writer is not None:
            self.store.set_topic(room, self._writer, topic)

    def written(self, room: int = LOBBY) -> int:
        """How many of them there are."""
        return self._written[room]

    def _set_writer(self, writer: User) -> None:
        self._writer = writer

    def check(self) -> None:
        """Nothing went wrong that no peer was told of."""
        assert [] == [str(failure) for failure in self.spawned.failures]
        assert [] == self.faults


class Peer:
    """One client: what it asks, and what it has received and not looked at."""

    def __init__(self, session: Session, client: FakeClient) -> None:
        self.session = session
        self.client = client
        self.token: str | None = None
        self._asked = 0
        client.outbox.on_received = self._notice

    def _notice(self, event: Event) -> None:
        if isinstance(event, LoggedIn):
            self.token = event.token or self.token

    @property
    def user(self) -> User:
        return self.session.user

    @property
    def here(self) -> Here:
        """As the others see it now."""
        return self.session.somebody().here

    @property
    def closed(self) -> Close | None:
        return self.client.closed

    def tell(self, *commands: Command) -> None:
        """Send commands without waiting for anything."""
        for command in commands:
            self.session.receive(command)

    def ask(self, command: Command) -> Answer:
        """The answer to this command, which must have come at once; all else stays to be looked at."""
        self._asked += 1
        asked = f"asked {self._asked}"
        self.session.receive(replace(command, id=asked))
        received = self.client.outbox.received
        answers = [one for one in received if isinstance(one, ANSWERS) and one.id == asked]
        assert len(answers) == 1, (command, answers)
        received.remove(answers[0])
        return replace(answers[0], id=None)

    def expect(self, kind: type[E], command: Command) -> E:
        """The answer to this command, which must be of this kind."""
        answer = self.ask(command)
        assert isinstance(answer, kind), (command, answer)
        return answer

    def refused(self, command: Command) -> Error:
        """The refusal of this command."""
        return self.expect(Error, command)

    def attach(self, room: int | str = LOBBY, after: int | None = None) -> None:
        """Attach to one room."""
        refused = self.expect(Attaching, Attach(rooms=[Position(room, after)])).refused
        assert [] == refused

    def say(self, text: str, room: int | str = LOBBY, key: str | None = None) -> Stored:
        """Say something, which is stored."""
        return self.expect(Stored, Say(room=room, text=text, key=key))

    def take(self) -> list[Event]:
        """Everything that was received since the last time."""
        outbox = self.client.outbox
        received, outbox.received = outbox.received, []
        return received

    def take_all(self, kind: type[E]) -> list[E]:
        """The events of this kind among them; the others are forgotten."""
        return [event for event in self.take() if isinstance(event, kind)]

    def take_texts(self) -> list[str]:
        """What was heard live and in pages, in order; all else is forgotten."""
        texts: list[str] = []
        for event in self.take():
            if isinstance(event, Said | Edited):
                texts.append(text_of(event))
            elif isinstance(event, Attached):
                texts.extend(text_of(entry) for entry in event.entries)
        return texts

    def take_codes(self) -> list[str]:
        """The codes of the refusals among what was received; all else is forgotten."""
        return [error.code.value for error in self.take_all(Error)]

    def lose(self) -> None:
        """The connection breaks."""
        self.session.lost()

    def leave_politely(self) -> None:
        """Say goodbye; when the server has closed, the connection is gone."""
        self.session.finish(Close.GOODBYE)
        assert self.closed is Close.GOODBYE
        self.session.lost()


def make_room(owner: Peer, *members: Peer) -> int:
    """The public room "den" of this owner and these members, all attached."""
    room = owner.expect(Entered, Create(name="den")).rooms[0].room
    for member in members:
        member.expect(Entered, Join(room="den"))
    for peer in (owner, *members):
        peer.attach(room)
        peer.take()
    return room
