"""Fakes of what the core asks of the outside; each runs the same suite as the real thing."""

import functools
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, update
from sqlalchemy.exc import DataError
from twisted.internet.defer import Deferred, execute

from chatd.model import Draft, Entry, Said
from chatd.storage import reads
from chatd.storage.dialect import driver_of, teach
from chatd.storage.refusals import unstorable
from chatd.storage.schema import entries, rooms
from chatd.storage.store import Store
from chatd.storage.upgrade import DATABASE, upgrade
from chatd.storage.writer import Job, Settle, Transactions, Work, awaited

T = TypeVar("T")


def outcome(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine that waits for nothing gives or raises."""
    given: list[T] = []
    raised: list[BaseException] = []
    Deferred.fromCoroutine(work).addCallbacks(given.append, lambda failure: raised.append(failure.value))
    if raised:
        raise raised[0]
    return given[0]


def at_once(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that awaits only what is carried out at once, and so needs no reactor."""

    @functools.wraps(test)
    def carried_out() -> None:
        outcome(test())

    return carried_out


class MemoryDatabase:
    """The `Database` port over SQLite in memory: everything is carried out at once, without threads, unless
    `hold` keeps the writes waiting, or `hold_reads` the answers of reads.
    """

    def __init__(self, publish: Callable[[Entry], None], clock: Callable[[], int]) -> None:
        self.publish = publish
        self.failure: Exception | None = None
        self.read_failure: Exception | None = None
        self.clock = clock
        engine = _engine()
        self.connection = engine.connect()
        weakref.finalize(self, self.connection.close)
        self.epoch = "memory"
        self._transactions = Transactions(cast(Engine, _Connected(self.connection)), clock)
        self._holding = False
        self._committing = False
        self._waiting: list[Job] = []
        self._reads_to_hold = 0
        self._read: list[Callable[[], object]] = []

    def hold(self) -> None:
        self._holding = True

    def release(self, count: int | None) -> None:
        self._holding = count is not None
        if count is None:
            self._commit()
        else:
            jobs, self._waiting = self._waiting[:count], self._waiting[count:]
            if jobs:
                self._batch(jobs)

    def hold_reads(self, count: int) -> None:
        self._reads_to_hold = count

    def release_reads(self) -> None:
        self._reads_to_hold = 0
        answers, self._read = self._read, []
        for answer in answers:
            answer()

    def crash(self, committed: int) -> None:
        """Write so many of the jobs that wait, answer nobody, and forget all that is asked."""
        jobs, self._waiting = self._waiting[:committed], []
        self._reads_to_hold = 0
        self._read.clear()
        if jobs:
            self._transactions.commit(jobs)

    def append(self, draft: Draft, settle: Settle[Said]) -> None:
        self._submit(draft, settle)

    def write(self, work: Work[T]) -> Deferred[T]:
        return awaited(partial(self._submit, work))

    def read(self, query: Callable[[Connection], T], even_seconds: float = 0) -> Deferred[T]:
        read = execute(self._answer, query)
        if not self._reads_to_hold:
            return read
        self._reads_to_hold -= 1
        answer: Deferred[T] = Deferred()
        self._read.append(partial(read.chainDeferred, answer))
        return answer

    def ask(self, query: Callable[[Connection, int], T]) -> T:
        with self.connection.begin():
            return query(self.connection, self.clock())

    async def close(self) -> None:
        self.connection.close()

    def _answer(self, query: Callable[[Connection], T]) -> T:
        if failure := self.failure or self.read_failure:
            raise failure
        try:
            with self.connection.begin():
                return query(self.connection)
        except (UnicodeEncodeError, OverflowError, DataError):
            raise unstorable() from None

    def _submit(self, work: Draft | Work[T], settle: Settle[Any]) -> None:
        self._waiting.append(Job(work, settle))
        self._commit()

    def _commit(self) -> None:
        """What comes out of an answer is the next batch, after all answers of this one."""
        while self._waiting and not self._holding and not self._committing:
            jobs, self._waiting = self._waiting, []
            self._batch(jobs)

    def _batch(self, jobs: list[Job]) -> None:
        self._committing = True
        try:
            if self.failure is not None:
                for job in jobs:
                    job.settle(self.failure)
                return
            batch = self._transactions.commit(jobs)
            assert [] == [trouble.getTraceback() for trouble in batch.troubles]
            for _ in batch.deliver(self.publish):
                pass
        finally:
            self._committing = False


class _Connected:
    """The one connection of a database in memory, where an engine would give it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def connect(self) -> Connection:
        return self._connection


class MemoryStore(Store):
    """The real store, over a database in memory that a test can stop, slow down and look into.

    `publish` hears every entry in commit order, before its sender has the answer. Needs no reactor.
    """

    def __init__(
        self, publish: Callable[[Entry], None] = lambda entry: None, clock: Callable[[], int] = lambda: 0
    ) -> None:
        """`clock` gives milliseconds since 1970."""
        self._memory = MemoryDatabase(publish, clock)
        super().__init__(self._memory)

    @property
    def failure(self) -> Exception | None:
        """While set, every read and write is refused with it."""
        return self._memory.failure

    @failure.setter
    def failure(self, failure: Exception | None) -> None:
        self._memory.failure = failure

    @property
    def read_failure(self) -> Exception | None:
        """While set, every read is refused with it."""
        return self._memory.read_failure

    @read_failure.setter
    def read_failure(self, failure: Exception | None) -> None:
        self._memory.read_failure = failure

    def hold(self) -> None:
        """Keep every write from now on waiting, until `release`."""
        self._memory.hold()

    def release(self, count: int | None = None) -> None:
        """Carry out the waiting writes as one batch: all are committed, then published, then answered.

        With `count` so many of the first ones, and go on holding.
        """
        self._memory.release(count)

    def hold_reads(self, count: int = 1 << 30) -> None:
        """Carry out the next `count` reads at once, but give no answer until `release_reads`."""
        self._memory.hold_reads(count)

    def release_reads(self) -> None:
        """Give the answers that wait, in order, and hold no more."""
        self._memory.release_reads()

    def overheard(self) -> list[str]:
        """A list to which every statement is added from now on, when it is carried out."""
        statements: list[str] = []
        driver_of(self._memory.connection).set_trace_callback(statements.append)
        return statements

    def members(self, ref: int | str) -> set[int]:
        """Who belongs to a room, by what is written; nobody does where there is none."""
        found = self.rows(
            "SELECT user FROM members JOIN rooms ON id = room "
            "WHERE member AND NOT destroyed AND ? IN (id, name)",
            ref,
        )
        return {user for (user,) in found}

    def hidden_from(self, user: int, ref: int | str) -> bool:
        """Whether a room is not there for this user, or not there at all."""
        found = self.rows("SELECT id, kind FROM rooms WHERE NOT destroyed AND ? IN (id, name)", ref)
        if not found or found[0][1] == "public" or user in self.members(ref):
            return not found
        return not self.rows("SELECT 1 FROM invitations WHERE room = ? AND user = ?", found[0][0], user)

    def reports(self) -> list[int]:
        """The numbers of all reports, closed ones too."""
        return [report for (report,) in self.rows("SELECT id FROM reports ORDER BY id")]

    def room_id(self, name: str) -> int | None:
        """The id of the room that is called so."""
        return next((room for (room,) in self.rows("SELECT id FROM rooms WHERE name = ?", name)), None)

    def floor(self, room: int) -> int:
        """Up to which seq its entries are gone."""
        [(floor,)] = self.rows("SELECT floor FROM rooms WHERE id = ?", room)
        return int(floor)

    def head(self, room: int) -> int:
        """The seq of the room's newest entry."""
        row = self._look(partial(reads.room, ref=room))
        assert row is not None
        return row.head

    def raise_floor(self, room: int, floor: int) -> None:
        """Let the entries up to `floor` vanish, as retention does; what is not written yet stays."""
        self._look(partial(_raise_floor, room=room, floor=floor))

    def rows(self, query: str, *values: object) -> list[Any]:
        """What is written, in the driver's own words: properties ask thousands of times."""
        return driver_of(self._memory.connection).execute(query, values).fetchall()

    def _look(self, query: Callable[[Connection], T]) -> T:
        """The answer, past all that holds or fails."""
        connection = self._memory.connection
        with connection.begin():
            return query(connection)


def _raise_floor(connection: Connection, room: int, floor: int) -> None:
    row = reads.room(connection, room)
    assert row is not None
    floor = max(row.floor, min(floor, row.head))
    connection.execute(update(rooms).where(rooms.c.id == room).values(floor=floor))
    connection.execute(entries.delete().where(entries.c.room == room, entries.c.seq <= floor))


@functools.cache
def _engine() -> Engine:
    """Gives a new database with every connection; one engine, so that each statement is compiled once."""
    empty = _empty()

    def connect() -> sqlite3.Connection:
        driver = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        driver.deserialize(empty)
        driver.execute("PRAGMA foreign_keys = ON")
        teach(driver)
        return driver

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver_of(connection).execute("BEGIN")

    return engine


def _empty() -> bytes:
    """A new database as the migrations make it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / DATABASE
        upgrade(path)
        driver = sqlite3.connect(path)
        try:
            return driver.serialize()
        finally:
            driver.close()
