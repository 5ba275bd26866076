"""Fakes of what the core asks of the outside; each runs the same suite as the real thing."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from msgspec.structs import replace
from twisted.internet.defer import Deferred, execute

from chatd.model import (
    Account,
    ChatError,
    Code,
    Colour,
    Draft,
    Entry,
    Listing,
    Page,
    Profile,
    Room,
    RoomKind,
    RoomState,
    Said,
    Token,
    User,
    direct_name,
)

T = TypeVar("T")

TOKEN_MS = 30 * 24 * 3600 * 1000
PAGE_ENTRIES = 200
PAGE_BYTES = 256 * 1024
UNREAD_MOST = 1_000


@dataclass
class _Membership:
    read: int
    member: bool = True


@dataclass
class _Log:
    """One room: what is known of it, its entries by seq, and who has a position in it."""

    room: Room
    at: int = 0
    entries: dict[int, Said] = field(default_factory=dict)
    members: dict[int, _Membership] = field(default_factory=dict)
    participants: tuple[int, ...] = ()
    """For a direct room: whose it is, whoever else may have joined."""

    def page(self, after: int, before: int, limit: int, *, newest: bool) -> Page:
        """What still exists between two seqs, cut from the front or, with `newest`, from the back."""
        first, last = max(after, self.room.floor) + 1, min(before - 1, self.room.head)
        wanted = range(last, first - 1, -1) if newest else range(first, last + 1)
        taken: list[Entry] = []
        owed = 0
        complete = True
        for seq in wanted:
            entry = self.entries[seq]
            owed += len(entry.text.encode())
            if taken and (len(taken) == limit or owed > PAGE_BYTES):
                complete = False
                break
            taken.append(entry)
        if newest:
            taken.reverse()
            return Page(taken, first if complete else taken[0].seq, max(last, first - 1), complete)
        return Page(taken, first, max(last, first - 1) if complete else taken[-1].seq, complete)


@dataclass
class _Person:
    account: Account
    holds_name: bool = True
    display_name: str = ""
    colour: Colour | None = None


@dataclass
class _Token:
    user: int
    expires_at: int
    row: Token


def _storable(draft: Draft) -> bool:
    key = draft.key or ""
    try:
        (draft.text + key).encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in key


class MemoryStore:
    """The `Store` port over dicts: every answer is there at once, unless `hold` keeps the writes waiting,
    or `hold_reads` the answers of reads.

    `publish` hears every entry in commit order, before its sender has the answer. Needs no reactor.
    """

    def __init__(
        self, publish: Callable[[Entry], None] = lambda entry: None, clock: Callable[[], int] = lambda: 0
    ) -> None:
        """`clock` gives milliseconds since 1970."""
        self.epoch = "memory"
        self.publish = publish
        self.failure: Exception | None = None
        """While set, every read and write is refused with it."""
        self.read_failure: Exception | None = None
        """While set, every read is refused with it."""
        self._clock = clock
        self._holding = False
        self._committing = False
        self._waiting: list[Callable[[], Callable[[], None]]] = []
        self._reads_to_hold = 0
        self._read: list[Callable[[], object]] = []
        self._fresh: list[Entry] = []
        self._users: dict[int, _Person] = {}
        self._rooms: dict[int, _Log] = {}
        self._directs: dict[tuple[int, ...], int] = {}
        self._keys: dict[tuple[int, str], tuple[Draft, Said]] = {}
        self._tokens: dict[bytes, _Token] = {}
        self._new_room("lobby", "public")

    def hold(self) -> None:
        """Keep every write from now on waiting, until `release`."""
        self._holding = True

    def release(self, count: int | None = None) -> None:
        """Carry out the waiting writes as one batch: all are committed, then published, then answered.

        With `count` so many of the first ones, and go on holding.
        """
        self._holding = count is not None
        if count is None:
            self._commit()
        else:
            jobs, self._waiting = self._waiting[:count], self._waiting[count:]
            self._batch(jobs)

    def hold_reads(self, count: int = 1 << 30) -> None:
        """Carry out the next `count` reads at once, but give no answer until `release_reads`."""
        self._reads_to_hold = count

    def release_reads(self) -> None:
        """Give the answers that wait, in order, and hold no more."""
        self._reads_to_hold = 0
        answers, self._read = self._read, []
        for answer in answers:
            answer()

    def members(self, ref: int | str) -> set[int]:
        """Who belongs to a room, by what is written; nobody does where there is none."""
        logs = [log for log in self._rooms.values() if ref and ref in (log.room.id, log.room.name)]
        return {user for log in logs for user, one in log.members.items() if one.member}

    def hidden_from(self, user: int, ref: int | str) -> bool:
        """Whether a room is not there for this user, or not there at all."""
        for log in self._rooms.values():
            if ref and ref in (log.room.id, log.room.name):
                return log.room.kind != "public" and user not in self.members(ref)
        return True

    def raise_floor(self, room: int, floor: int) -> None:
        """Let the entries up to `floor` vanish, as retention does; what is not written yet stays."""
        log = self._log(room)
        floor = max(log.room.floor, min(floor, log.room.head))
        log.room = replace(log.room, floor=floor)
        log.entries = {seq: entry for seq, entry in log.entries.items() if seq > floor}

    # Writes

    def append(self, draft: Draft) -> Deferred[Entry]:
        return self._write(lambda: self._append(draft))

    def open_direct(self, users: tuple[int, int]) -> Deferred[Room]:
        def job() -> Room:
            key = tuple(sorted(set(users)))
            for user in key:
                self._person(user)
            if key not in self._directs:
                self._directs[key] = self._new_room("", "direct")
                self._log(self._directs[key]).participants = key
            log = self._log(self._directs[key])
            for user in key:
                log.members.setdefault(user, _Membership(log.room.head)).member = True
            return self._shown(log)

        return self._write(job)

    def create_room(self, name: str, kind: RoomKind, creator: int) -> Deferred[Room]:
        def job() -> Room:
            self._person(creator)
            if any(log.room.name == name for log in self._rooms.values()):
                raise ChatError(Code.NAME_TAKEN, f'There is a room called "{name}" already.')
            log = self._log(self._new_room(name, kind))
            log.members[creator] = _Membership(0)
            return log.room

        return self._write(job)

    def join(self, user: int, room: int) -> Deferred[None]:
        def job() -> None:
            self._person(user)
            log = self._log(room)
            log.members.setdefault(user, _Membership(log.room.head)).member = True

        return self._write(job)

    def leave(self, user: int, room: int) -> Deferred[None]:
        def job() -> None:
            if (log := self._rooms.get(room)) and user in log.members:
                log.members[user].member = False

        return self._write(job)

    def read(self, user: int, room: int, seq: int) -> Deferred[int]:
        def job() -> int:
            log = self._rooms.get(room)
            position = log.members.get(user) if log else None
            if log is None or position is None or not position.member:
                raise ChatError(Code.NOT_A_MEMBER, "You do not belong to that room.")
            position.read = max(position.read, min(seq, log.room.head))
            return position.read

        return self._write(job)

    def create_guest(self, name: str) -> Deferred[User]:
        return self._write(lambda: self._create(name, None))

    def create_account(self, name: str, password_hash: str) -> Deferred[User]:
        return self._write(lambda: self._create(name, password_hash))

    def hold_name(self, user: int) -> Deferred[User]:
        def job() -> User:
            person = self._person(user)
            if not person.holds_name:
                name, number = person.account.user.name, 1
                while self._holder(name):
                    number += 1
                    name = person.account.user.name[: 31 - len(str(number))] + str(number)
                person.account = replace(person.account, user=replace(person.account.user, name=name))
                person.holds_name = True
            return person.account.user

        return self._write(job)

    def free_name(self, user: int) -> Deferred[None]:
        def job() -> None:
            if (person := self._users.get(user)) and person.account.user.kind == "guest":
                person.holds_name = False

        return self._write(job)

    def promote(self, guest: int, password_hash: str) -> Deferred[User]:
        def job() -> User:
            person = self._person(guest)
            user = person.account.user
            if user.kind != "guest" or not person.holds_name:
                raise ChatError(Code.NO_SUCH_USER, "There is no such user.")
            user = replace(user, kind="user")
            person.account = replace(person.account, user=user, password_hash=password_hash)
            return user

        return self._write(job)

    def set_password(self, user: int, password_hash: str, keep: bytes | None) -> Deferred[None]:
        def job() -> None:
            if person := self._users.get(user):
                person.account = replace(person.account, password_hash=password_hash)
                for digest in [one for one, token in self._tokens.items() if token.user == user]:
                    if digest != keep:
                        del self._tokens[digest]

        return self._write(job)

    def appear(self, user: int, display_name: str | None, colour: Colour | None) -> Deferred[None]:
        def job() -> None:
            if person := self._users.get(user):
                person.display_name = display_name or person.display_name
                person.colour = colour or person.colour

        return self._write(job)

    def profiles(self, users: Collection[int]) -> Deferred[list[Profile]]:
        def job() -> list[Profile]:
            found = [
                (self._users[id].account.user, self._users[id])
                for id in sorted(set(users) & set(self._users))
            ]
            return [
                Profile(user.id, user.name, user.kind, person.display_name, person.colour)
                for user, person in found
            ]

        return self._answer(job)

    def tokens_of(self, user: int) -> Deferred[list[Token]]:
        def job() -> list[Token]:
            found = [
                token.row
                for token in self._tokens.values()
                if token.user == user and token.expires_at > self._clock()
            ]
            return sorted(found, key=lambda row: (-row.created_at, row.digest))

        return self._write(job)

    def add_token(self, user: int, digest: bytes, frontend: str = "", address: str = "") -> Deferred[None]:
        def job() -> None:
            self._person(user)
            now = self._clock()
            self._tokens[digest] = _Token(user, now + TOKEN_MS, Token(digest, frontend, address, now, now))

        return self._write(job)

    def use_token(self, digest: bytes) -> Deferred[Account | None]:
        def job() -> Account | None:
            token = self._tokens.get(digest)
            if token is None or token.expires_at <= self._clock():
                return None
            token.expires_at = self._clock() + TOKEN_MS
            token.row = replace(token.row, used_at=self._clock())
            return self._users[token.user].account

        return self._write(job)

    def drop_token(self, digest: bytes) -> Deferred[None]:
        def job() -> None:
            self._tokens.pop(digest, None)

        return self._write(job)

    def prefer(self, user: int, numbers: bool) -> Deferred[None]:
        def job() -> None:
            if person := self._users.get(user):
                person.account = replace(person.account, numbers=numbers)

        return self._write(job)

    # Reads

    def entries(self, room: int, after: int, upto: int | None = None) -> Deferred[Page]:
        def job() -> Page:
            log = self._log(room)
            before = log.room.head + 1 if upto is None else upto + 1
            return self._named(log.page(after, before, PAGE_ENTRIES, newest=False))

        return self._answer(job)

    def messages(self, room: int, *, before: int | None, after: int | None, limit: int) -> Deferred[Page]:
        def job() -> Page:
            log = self._log(room)
            end = log.room.head + 1 if before is None else before
            return self._named(log.page(after or 0, end, min(limit, PAGE_ENTRIES), newest=after is None))

        return self._answer(job)

    def room(self, ref: int | str) -> Deferred[Room | None]:
        def job() -> Room | None:
            for log in self._rooms.values():
                if ref and ref in (log.room.id, log.room.name):
                    return self._shown(log)
            return None

        return self._answer(job)

    def direct_room(self, users: tuple[int, int]) -> Deferred[Room | None]:
        def job() -> Room | None:
            room = self._directs.get(tuple(sorted(set(users))))
            return None if room is None else self._shown(self._log(room))

        return self._answer(job)

    def rooms_of(self, user: int) -> Deferred[list[RoomState]]:
        return self._answer(lambda: self._states(user))

    def room_of(self, user: int, room: int) -> Deferred[RoomState | None]:
        return self._answer(lambda: next((state for state in self._states(user) if state.room == room), None))

    def list_rooms(self, user: int, after: str, limit: int) -> Deferred[tuple[list[Listing], bool]]:
        def job() -> tuple[list[Listing], bool]:
            found = []
            for log in self._rooms.values():
                room, members = log.room, [id for id, position in log.members.items() if position.member]
                if room.name > after and (
                    room.kind == "public" or (room.kind == "private" and user in members)
                ):
                    found.append(
                        Listing(room.id, room.name, room.kind, room.topic, len(members), user in members)
                    )
            found.sort(key=lambda listing: listing.name)
            return found[:limit], len(found) > limit

        return self._answer(job)

    def account(self, ref: int | str) -> Deferred[Account | None]:
        def job() -> Account | None:
            person = self._holder(ref) if isinstance(ref, str) else self._users.get(ref)
            return person.account if person else None

        return self._answer(job)

    def guests_holding_names(self) -> Deferred[list[int]]:
        return self._answer(
            lambda: [
                id
                for id, person in self._users.items()
                if person.holds_name and person.account.user.kind == "guest"
            ]
        )

    # How it is done

    def _answer(self, job: Callable[[], T]) -> Deferred[T]:
        read = execute(self._carry_out, job, self.read_failure)
        if not self._reads_to_hold:
            return read
        self._reads_to_hold -= 1
        answer: Deferred[T] = Deferred()
        self._read.append(partial(read.chainDeferred, answer))
        return answer

    def _carry_out(self, job: Callable[[], T], failure: Exception | None = None) -> T:
        if failure := self.failure or failure:
            raise failure
        return job()

    def _write(self, job: Callable[[], T]) -> Deferred[T]:
        answer: Deferred[T] = Deferred()

        def carry_out() -> Callable[[], None]:
            try:
                value = self._carry_out(job)
            except ChatError as refusal:
                return partial(answer.errback, refusal)
            return partial(answer.callback, value)

        self._waiting.append(carry_out)
        self._commit()
        return answer

    def _commit(self) -> None:
        """What comes out of an answer is the next batch, after all answers of this one."""
        while self._waiting and not self._holding and not self._committing:
            jobs, self._waiting = self._waiting, []
            self._batch(jobs)

    def _batch(self, jobs: list[Callable[[], Callable[[], None]]]) -> None:
        self._committing = True
        try:
            answers = [carry_out() for carry_out in jobs]
            fresh, self._fresh = self._fresh, []
            for entry in fresh:
                self.publish(entry)
            for answer in answers:
                answer()
        finally:
            self._committing = False

    def _append(self, draft: Draft) -> Entry:
        if not _storable(draft):
            raise ChatError(Code.BAD_REQUEST, "That has a character that cannot be stored.")
        if draft.key is not None and (known := self._keys.get((draft.author.id, draft.key))):
            first, entry = known
            if (first.room, first.text, first.reply_to, first.me) != (
                draft.room,
                draft.text,
                draft.reply_to,
                draft.me,
            ):
                raise ChatError(Code.KEY_REUSED, "That key was used for another message.")
            return entry
        if draft.reply_to is not None and not self._is_there(draft.room, draft.reply_to):
            raise ChatError(Code.NO_SUCH_MESSAGE, "The message to answer is not there.")
        log = self._log(draft.room)
        self._person(draft.author.id)
        log.at = max(log.at, self._clock())
        log.room = replace(log.room, head=log.room.head + 1)
        entry = Said(
            room=draft.room,
            seq=log.room.head,
            at=log.at,
            sender=draft.author,
            text=draft.text,
            key=draft.key,
            reply_to=draft.reply_to,
            me=draft.me,
        )
        log.entries[entry.seq] = entry
        if draft.key is not None:
            self._keys[draft.author.id, draft.key] = draft, entry
        self._fresh.append(entry)
        return entry

    def _is_there(self, room: int, seq: int) -> bool:
        log = self._rooms.get(room)
        return log is not None and seq in log.entries

    def _create(self, name: str, password_hash: str | None) -> User:
        if self._holder(name):
            raise ChatError(Code.NAME_TAKEN, f'The name "{name}" is taken.')
        user = User(len(self._users) + 1, name, "guest" if password_hash is None else "user")
        self._users[user.id] = _Person(Account(user, password_hash, numbers=False))
        lobby = self._log(1)
        lobby.members[user.id] = _Membership(lobby.room.head)
        return user

    def _new_room(self, name: str, kind: RoomKind) -> int:
        room = len(self._rooms) + 1
        self._rooms[room] = _Log(Room(room, kind, name, "", head=0, floor=0))
        return room

    def _log(self, room: int) -> _Log:
        if log := self._rooms.get(room):
            return log
        raise ChatError(Code.NO_SUCH_ROOM, "There is no such room.")

    def _person(self, user: int) -> _Person:
        if person := self._users.get(user):
            return person
        raise ChatError(Code.NO_SUCH_USER, "There is no such user.")

    def _holder(self, name: str) -> _Person | None:
        people = self._users.values()
        return next((one for one in people if one.holds_name and one.account.user.name == name), None)

    def _participants(self, log: _Log) -> tuple[User, ...]:
        return tuple(self._users[user].account.user for user in log.participants)

    def _shown(self, log: _Log) -> Room:
        return replace(log.room, participants=self._participants(log))

    def _named(self, page: Page) -> Page:
        """The page with its senders as they are called now."""
        entries = [replace(entry, sender=self._users[entry.sender.id].account.user) for entry in page.entries]
        return replace(page, entries=entries)

    def _states(self, user: int) -> list[RoomState]:
        logs = [
            log for log in self._rooms.values() if (one := log.members.get(user)) is not None and one.member
        ]
        states = [self._state(log, user) for log in logs]
        return sorted(states, key=lambda state: (state.kind == "direct", state.name, state.room))

    def _state(self, log: _Log, user: int) -> RoomState:
        room, read, participants = log.room, log.members[user].read, self._participants(log)
        others = [one.name for one in participants if one.id != user] or [one.name for one in participants]
        unread = sum(
            entry.seq > read and entry.sender.id != user and not entry.deleted
            for entry in log.entries.values()
        )
        return RoomState(
            room=room.id,
            name=direct_name(others) if room.kind == "direct" else room.name,
            kind=room.kind,
            topic=room.topic,
            head=room.head,
            read=read,
            unread=min(unread, UNREAD_MOST),
            participants=participants,
        )
