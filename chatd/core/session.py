"""One session: its commands, carried out in order, and the one place where errors become answers."""

from collections import deque
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import NamedTuple

from chatd import __version__
from chatd.core.actions import carry_out, enter, serve
from chatd.core.actions.asking import ANSWERED_ONLY, pace_of
from chatd.core.actions.speaking import say_at_once
from chatd.core.attachments import Attachments
from chatd.core.people import Person
from chatd.core.ports import Client, Outbox, Wire
from chatd.core.rates import Bucket
from chatd.core.registry import Registry
from chatd.core.room import Room
from chatd.model import (
    MALFORMED,
    PARTICIPANTS_MOST,
    Account,
    Added,
    Answer,
    Appointed,
    Attach,
    ChatError,
    Close,
    Code,
    Command,
    Error,
    Event,
    Frontend,
    Ignoring,
    LoggedIn,
    Ping,
    ReadTo,
    Removed,
    RoomRef,
    RoomRole,
    RoomState,
    Say,
    ServerRole,
    User,
    Welcome,
)

QUEUE_MOST = 32
"""Commands that may wait before no more are read from the connection."""

SAYS_MOST = 64
"""Messages of one session that may be on their way to the disk at once."""

UNASKED = (Ping, Attach)
"""What a client sends by itself, to keep a connection or when it has come back: nobody need be there."""

PATIENCE = 20
"""Malformed commands that may come at once; one more per second is forgiven."""


class _Handed(NamedTuple):
    """What to carry out that the client has not asked for."""

    work: Callable[[], Awaitable[Answer]]


class Session:
    """A connection of one user through one frontend.

    Commands are carried out one at a time, in order; only messages to rooms that the user belongs to may be
    on their way to the disk together, because the store keeps their order.
    """

    __slots__ = (
        "_advancing",
        "_choked",
        "_closed",
        "_exclusive",
        "_finishing",
        "_goodbye",
        "_lost",
        "_patience",
        "_queue",
        "_reading",
        "_running",
        "_slowed",
        "address",
        "attachments",
        "came_by",
        "client",
        "fleeting",
        "follow",
        "frontend",
        "local",
        "passwords",
        "person",
        "registry",
        "seen_at",
        "shown_as",
        "token_digest",
        "totp_secret",
    )

    def __init__(
        self,
        registry: Registry,
        client: Client,
        *,
        frontend: Frontend,
        address: str,
        follow: bool,
        passwords: bool,
        local: bool = False,
        shown: bool = True,
    ) -> None:
        """`follow`: hear all of one's rooms without asking, do not hear oneself, skip to live when too slow.

        `passwords`: whether they may be sent through this connection.

        `local`: it certainly comes from the machine that the server runs on.

        `shown`: whether it makes its user present; otherwise it is there for one request: see `serve`.
        """
        self.registry = registry
        self.client = client
        self.frontend = frontend
        self.shown_as = frontend if shown else None
        self.address = address
        self.follow = follow
        self.passwords = passwords
        self.local = local
        self.person: Person | None = None
        self.token_digest: bytes | None = None
        self.fleeting = False
        """Nobody was given the token: it ends with the connection."""
        self.totp_secret: str | None = None
        """Given to an authenticator, and not confirmed by a code of it yet."""
        self.came_by: tuple[RoomRef, int] | None = None
        """The code by which it last joined a room, which goes on naming that room."""
        self.seen_at = registry.now
        """When somebody last did something here."""
        self.attachments = Attachments(self)
        self._queue: deque[Command | _Handed] = deque()
        self._running = 0
        self._exclusive = False
        self._advancing = False
        self._reading = True
        self._slowed = False
        self._choked = False
        """Nothing is begun before what is owed has been read: the answers would pile up without a bound."""
        self._patience: Bucket | None = None
        self._finishing: Close | None = None
        self._closed = False
        self._lost = False
        self._goodbye = False

    # Who it is.

    @property
    def user(self) -> User:
        """Who is logged in; raises ChatError `not_logged_in`."""
        return self.somebody().user

    def somebody(self) -> Person:
        """The person who is logged in; raises ChatError `not_logged_in`."""
        if self.person is None:
            raise ChatError(Code.NOT_LOGGED_IN, "Say who you are first: log in, or choose a name.")
        return self.person

    @property
    def outbox(self) -> Outbox:
        """Where its frames go."""
        return self.client.outbox

    def own_room(self, ref: RoomRef) -> Room | None:
        """The room that this names, if it is known at once that the user belongs to it."""
        if self.person is None:
            return None
        if isinstance(ref, int):
            return self.person.rooms.get(ref)
        if self.came_by is not None and ref == self.came_by[0]:
            return self.person.rooms.get(self.came_by[1])
        name = ref.lower()
        if name.startswith("@"):
            return self._direct_named(name[1:].split(","))
        room = self.registry.room_named(name)
        return None if room is None else self.person.rooms.get(room.id)

    def _direct_named(self, names: list[str]) -> Room | None:
        if len(names) > PARTICIPANTS_MOST:
            return None
        people = [self.registry.person_named(name) for name in names]
        ids = {person.user.id for person in people if person is not None}
        return self._over_with(names) if None in people else self.own_direct({self.user.id, *ids})

    def _over_with(self, names: list[str]) -> Room | None:
        """The only conversation that is over and called so: a deleted account is found by no name."""
        found = [
            room
            for room in self.somebody().rooms.values()
            if room.ended and set(names) == set(room.called(self.user.id)[1:].split(","))
        ]
        return found[0] if len(found) == 1 else None

    def own_direct(self, ids: Collection[int]) -> Room | None:
        """The direct room of exactly these users, if there is one already that the user is in."""
        wanted = set(ids)
        for room in self.somebody().rooms.values():
            if room.kind == "direct" and {user.id for user in room.participants} == wanted:
                return room
        return None

    # What the frontend tells.

    def open(self, account: Account | None = None, digest: bytes | None = None) -> None:
        """Greet; `account` is logged in already, by the token with this digest."""
        limits, accounts = self.registry.limits, self.registry.accounts
        locked = accounts.lockdown.state(self.registry.now) is not None
        self.client.send(
            Welcome(
                server=f"chatd/{__version__}",
                epoch=self.registry.store.epoch,
                limits={
                    "text_chars": limits.text_chars,
                    "say_per_second": limits.say_per_second,
                    "say_burst": limits.say_burst,
                    "upload_bytes": limits.upload_bytes,
                },
                auth={
                    "guests": accounts.guests and not locked,
                    "registration": accounts.registration and not locked,
                    "invitation": accounts.invitation,
                    "lockdown": locked,
                    "plaintext": self.passwords,
                    **accounts.founding.told(self.local),
                },
                user=None if account is None else account.user,
            )
        )
        if account is not None:
            self._start(enter(self, account, digest), None)

    def receive(self, command: Command) -> None:
        """Carry this out, after everything that came before."""
        if self._finishing is None:
            if not isinstance(command, UNASKED):
                self.seen_at = self.registry.now
                if self.person is not None:
                    self.registry.active(self.person)
            self._queue.append(command)
            self._advance()

    def serve(self, command: Command, account: Account, digest: bytes) -> None:
        """Carry out one request of the user, who came by the token with this digest: at once, or not at all.

        It hears of no room, makes nobody present, and is not what somebody does who is.
        """
        self.attachments.end()
        self._start(serve(self, command, account, digest), command.id)

    def hand(self, work: Callable[[], Awaitable[Answer]]) -> bool:
        """Carry this out after everything that came before, and send its answer without an `id`.

        False, and it is not done, for a session that takes no more.
        """
        if self._finishing is not None:
            return False
        self._queue.append(_Handed(work))
        self._advance()
        return True

    def refuse(self, error: ChatError, command_id: int | str | None) -> None:
        """Answer input that the wire could not make a command of."""
        self._answer(Error(id=command_id, code=error.code, text=error.text, retry_ms=error.retry_ms))
        if error.code in MALFORMED:
            self.lose_patience()

    def lose_patience(self) -> None:
        """Something malformed came; too much of it is abuse, and closes the connection."""
        if self._patience is None:
            self._patience = Bucket(1, PATIENCE)
        if not self._patience.take(self.registry.now):
            self.close(Close.ABUSE)

    def finish(self, why: Close) -> None:
        """Take no more commands; close when those that came are carried out and answered."""
        if why is Close.LOGGED_OUT:
            self._queue.clear()  # what waits was asked by somebody who is logged in
        self._finishing = self._finishing or why
        self._goodbye = self._goodbye or why in (Close.GOODBYE, Close.LOGGED_OUT)
        self._advance()

    def lost(self) -> None:
        """The connection is gone. What had come and changes something is still carried out."""
        self._lost = self._closed = True
        self._queue = deque(one for one in self._queue if not isinstance(one, ANSWERED_ONLY))
        self._finishing = self._finishing or Close.BROKEN
        self._hear_no_more()
        self._advance()

    def close(self, why: Close) -> None:
        """End it now: what waits is dropped, and nothing more of any room is sent."""
        self._queue.clear()
        self._goodbye = self._goodbye or why in (Close.LOGGED_OUT, Close.BANNED)
        self._finishing = why
        if self.person is not None:
            for room in self.person.rooms.values():
                self.attachments.drop(room)
        self._close(why)

    def change_wire(self, wire: Wire) -> None:
        """From now on events are encoded by this wire."""
        rooms = self.attachments.quiet()
        self.client.outbox.wire = wire
        self.attachments.loud(rooms)

    # What the registry and the rooms tell.

    def fell_behind(self, room: Room, seq: int) -> None:
        """The outbox refused this entry (0: an event that is not stored)."""
        self.attachments.fell_behind(room, seq)

    def added(self, room: Room, state: RoomState) -> None:
        """The user belongs to this room now, not by this session's doing."""
        self._send(Added(rooms=[state]))
        if self.follow:
            self.attachments.attach(room, state.head)
            self.attachments.begin()

    def removed(
        self,
        room: Room,
        by_itself: bool,
        by: User | None = None,
        reason: str = "",
    ) -> None:
        """The user belongs to this room no longer, perhaps because somebody removed them."""
        self.drop(room)
        if not by_itself:
            self._send(Removed(room=room.id, by=by, reason=reason))

    def drop(self, room: Room) -> None:
        """Hear nothing more of this room, not even what is owed already."""
        self.attachments.drop(room)

    def appointed(self, role: ServerRole | RoomRole, room: int | None, by: User | None) -> None:
        """The user has another role now, in this room or on the server."""
        self._send(Appointed(role=role, room=room, by=by))

    def ignoring(self, users: list[User]) -> None:
        """Another session of the user has said whom they ignore."""
        self._send(Ignoring(users=users))

    def read_to(self, room: int, seq: int) -> None:
        """Another session of the user has read up to here."""
        self._send(ReadTo(room=room, seq=seq))

    def tell(self, event: Event) -> None:
        """Something happened that is news to the user alone."""
        self._send(event)

    def tick(self, now: int) -> None:
        """Time has passed for a session that was slowed."""
        self._slowed = False
        self._advance()

    # The queue.

    def _advance(self) -> None:
        if self._advancing:
            return
        self._advancing = True
        while self._queue and self._may_start(self._queue[0]):
            command = self._queue.popleft()
            if isinstance(command, _Handed):
                self._start(command.work(), None)
            elif isinstance(command, Say) and (room := self._room_to_say_in(command)) is not None:
                self._say(command, room)
            else:
                self._start(carry_out(self, command), command.id)
        self._advancing = False
        if not self._closed:
            self._read_on()
        if self._finishing is not None and not self._queue and not self._running:
            self._ended(self._finishing)

    def _may_start(self, command: Command | _Handed) -> bool:
        if self._exclusive or self._slowed or self._choked:
            return False
        if not self._closed and self.outbox.congested:
            self._choked = True
            self.registry.spawn(self._go_on_when_drained())
            return False
        if self._running and not (
            self._running < SAYS_MOST
            and isinstance(command, Say)
            and self._room_to_say_in(command) is not None
        ):
            return False
        registry, person = self.registry, self.person
        if person is None or isinstance(command, _Handed):
            return True
        pace = pace_of(person, command)
        if pace is None or registry.stopping or pace.take(registry.now):
            return True
        self._slowed = True
        registry.slow(self)
        return False

    def _room_to_say_in(self, command: Say) -> Room | None:
        """Where this is said, if it may be on its way to the disk together with others: it waits for nothing
        else before."""
        return None if command.reply_to is not None else self.own_room(command.room)

    async def _go_on_when_drained(self) -> None:
        await self.outbox.drained()
        self._choked = False
        self._advance()

    def _say(self, command: Say, room: Room) -> None:
        self._running += 1
        settle = partial(self._conclude, command.id)
        try:
            say_at_once(self, self.somebody(), room, command, settle)
        except Exception as error:
            settle(error)

    def _start(self, work: Awaitable[Answer], command_id: int | str | None) -> None:
        self._running += 1
        self._exclusive = True
        self.registry.spawn(self._run(work, command_id))

    async def _run(self, work: Awaitable[Answer], command_id: int | str | None) -> None:
        outcome: Answer | Exception
        try:
            outcome = await work
        except Exception as error:
            outcome = error
        self._conclude(command_id, outcome)

    def _conclude(self, command_id: int | str | None, outcome: Answer | Exception) -> None:
        if not isinstance(outcome, Exception):
            self._answer(outcome)
        elif isinstance(outcome, ChatError):
            self.refuse(outcome, command_id)
        else:
            self.registry.report(outcome)
            self._answer(
                Error(id=command_id, code=Code.INTERNAL, text="Something went wrong on our side. Try again.")
            )
        self._running -= 1
        self._exclusive = False
        self._advance()

    def _answer(self, answer: Answer) -> None:
        self._send(answer)
        if isinstance(answer, LoggedIn) and self.follow and self.person is not None:
            for room in self.person.rooms.values():
                self.attachments.attach(room, None)
        self.attachments.begin()

    def _read_on(self) -> None:
        wanted = len(self._queue) < QUEUE_MOST and not self._slowed and self._finishing is None
        if wanted != self._reading:
            self._reading = wanted
            self.client.read_on(wanted)

    def _send(self, event: Event) -> None:
        if not self._closed:
            self.client.send(event)

    def _close(self, why: Close) -> None:
        if not self._closed:
            self._closed = True
            self._hear_no_more()
            self.client.close(why)

    def _hear_no_more(self) -> None:
        self.attachments.end()
        self.registry.links.drop(self)

    def _ended(self, why: Close) -> None:
        self._close(why)
        if not self._lost:
            return
        if self.person is not None:
            person, self.person = self.person, None
            if self.fleeting and self.token_digest is not None:
                self.registry.spawn(self._drop_token(self.token_digest))
            self.registry.depart(self, person, goodbye=self._goodbye)
        del self.attachments  # which hold the session in turn

    async def _drop_token(self, digest: bytes) -> None:
        await self.registry.store.drop_token(digest)
