"""Group commit: one thread takes all the writes that wait, and commits them together."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError, SQLAlchemyError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd.model import Draft, Entry
from chatd.storage.append import Appended, append_all
from chatd.storage.dialect import TransactionLost, driver_of, savepoint
from chatd.storage.log import Recorded
from chatd.storage.refusals import stopping, unavailable, unstorable
from chatd.storage.troubles import Troubles

T = TypeVar("T")

Work = Callable[[Connection, int], Recorded[T]]
"""A write other than an append: is given the writer's connection and the time in ms."""

Settle = Callable[[T | Exception], None]
"""Hears what became of a write; it must not raise."""

MOST_JOBS = 256
"""How many jobs one transaction takes, so that the first of them does not wait long for the last."""

GATHER_SECONDS = 0.001
"""How long a job waits for others to share its commit, where the batch before had several; PostgreSQL calls
it commit_delay and commit_siblings. A lone writer never waits."""

SLICE_SECONDS = 0.02
"""How long publishing and answering may keep the reactor in one turn: a transaction may have stored 256
messages, and each of them may be for thousands."""

_log = Logger()


class Job(NamedTuple):
    """One write, and who hears what became of it."""

    work: Draft | Work[object]
    settle: Settle[Any]


@dataclass(slots=True)
class Batch:
    """What a transaction did, on its way back to the reactor."""

    jobs: list[Job]
    results: list[object] = field(default_factory=list)
    """One for each job: its value, or the exception that it is answered with."""
    fresh: list[Entry] = field(default_factory=list)
    """What was committed, in the order of the jobs."""
    troubles: list[Failure] = field(default_factory=list)
    """What an operator must hear of."""

    def deliver(self, publish: Callable[[Entry], None]) -> Iterator[None]:
        """Publish what is fresh, then give every answer: one at each step."""
        for entry in self.fresh:
            try:
                publish(entry)
            except Exception:
                _log.failure("Publishing {room} {seq} failed", room=entry.room, seq=entry.seq)
            yield
        for job, result in zip(self.jobs, self.results, strict=True):
            try:
                job.settle(result)
            except Exception:
                _log.failure("An answer could not be given")
            yield


def awaited(submit: Callable[[Settle[T]], None]) -> Deferred[T]:
    """What `submit` settles, to be awaited; cancelling it stops nothing."""
    # A Deferred without a canceller ignores the result that comes after cancel().
    answer: Deferred[T] = Deferred()

    def settle(result: T | Exception) -> None:
        if isinstance(result, Exception):
            answer.errback(result)
        else:
            answer.callback(result)

    submit(settle)
    return answer


class _Refused(Exception):
    """A write failed before anything was committed."""

    def __init__(self, why: Exception) -> None:
        super().__init__(why)
        self.why = why


class Transactions:
    """Carries jobs out, in order, in one transaction for each batch.

    Each job stands alone: what one is refused for does not touch the others.
    """

    def __init__(self, engine: Engine, clock: Callable[[], int]) -> None:
        """`clock` gives ms since 1970."""
        self._engine = engine
        self._clock = clock
        self._connection: Connection | None = None

    def commit(self, jobs: list[Job]) -> Batch:
        """What became of the jobs; a failure of the whole transaction refuses each of them."""
        batch = Batch(jobs)
        try:
            self._transact(batch)
        except Exception:
            batch.troubles.append(Failure())
            batch.fresh.clear()
            batch.results[:] = [unavailable() for _ in jobs]
            batch.troubles += self.disconnect()
        return batch

    def disconnect(self) -> list[Failure]:
        """Forget the connection, whatever state it is in; the next batch makes a new one."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.invalidate()
                connection.close()
            except Exception:
                return [Failure()]
        return []

    def _transact(self, batch: Batch) -> None:
        if self._connection is None:
            self._connection = self._engine.connect()
        runs = list(_runs(batch.jobs))
        if len(runs) > 1 or not self._at_once(self._connection, runs[0], batch):
            with self._connection.begin():
                now = self._clock()
                for run in runs:
                    batch.results += self._carry_out(run, now, batch.troubles)
        for index, result in enumerate(batch.results):
            if isinstance(result, Appended):
                batch.results[index] = result.entry
                if result.fresh:
                    batch.fresh.append(result.entry)
            elif isinstance(result, Recorded):
                batch.results[index] = result.value
                batch.fresh += result.entries

    def _at_once(self, connection: Connection, run: list[Job], batch: Batch) -> bool:
        """Carry out a whole batch of neighbouring appends, or one other write, as nearly all are; False, and
        nothing is done, where one of several must be refused.

        Without a savepoint, for which SQLite copies each page before it is changed.
        """
        driver = driver_of(connection)
        try:
            with connection.begin():
                try:
                    batch.results += _results(connection, run, self._clock())
                except Exception as error:
                    if not driver.in_transaction:
                        raise TransactionLost(str(error)) from error
                    raise _Refused(error) from error
        except _Refused as refused:
            if len(run) > 1:
                return False
            batch.results.append(_refusal(refused.why, run[0], batch.troubles))
        return True

    def _carry_out(self, run: list[Job], now: int, troubles: list[Failure]) -> Sequence[object]:
        """The results of neighbouring appends, or of one other write; a failure splits the appends up."""
        assert self._connection is not None
        try:
            with savepoint(self._connection):
                return _results(self._connection, run, now)
        except TransactionLost:
            raise
        except Exception as error:
            if len(run) > 1:
                return [result for job in run for result in self._carry_out([job], now, troubles)]
            return [_refusal(error, run[0], troubles)]


class Writer:
    """Carries writes out in its own thread.

    What a transaction committed comes back to the reactor: first every fresh entry is published, then every
    answer is given, and then it is the next one's turn. The reactor does other things in between.
    """

    def __init__(
        self,
        engine: Engine,
        reactor: IReactorFromThreads,
        clock: Callable[[], int],
        publish: Callable[[Entry], None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` gives ms since 1970, in the writer's thread; `publish` is called in the reactor's.

        `monotonic` gives seconds, by which what is delivered in one turn is measured.
        """
        self.publish = publish
        self._transactions = Transactions(engine, clock)
        self._reactor = reactor
        self._monotonic = monotonic
        self._delivering: deque[Iterator[None]] = deque()
        """What the reactor's thread is to deliver, in commit order; the first of them may be half done."""
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._ended: Deferred[None] = Deferred()
        self._closing = False
        self._siblings = False
        """Whether the batch before had several jobs, so that waiting a moment finds several again."""
        self._troubles = Troubles("write")
        self._thread = Thread(target=self._run, name="chatd-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Draft | Work[T], settle: Settle[Any]) -> None:
        """Append a draft to its room's log, or carry out another write."""
        if self._closing:
            settle(stopping())
        else:
            self._queue.put(Job(work, settle))

    def close(self) -> Deferred[None]:
        """Called once; resolves when all that was accepted is committed and answered, and the thread over."""
        self._closing = True
        self._queue.put(None)
        return self._ended

    # In the reactor's thread

    def _deliver(self, batch: Batch) -> None:
        for trouble in batch.troubles:
            self._troubles.tell(trouble)
        self._follow(batch.deliver(self.publish))

    def _end(self, troubles: list[Failure]) -> None:
        self._thread.join()
        for trouble in troubles:
            self._troubles.tell(trouble)
        self._follow(self._last())

    def _last(self) -> Iterator[None]:
        self._ended.callback(None)
        yield

    def _follow(self, steps: Iterator[None]) -> None:
        self._delivering.append(steps)
        if len(self._delivering) == 1:
            self._go_on()

    def _go_on(self) -> None:
        until = self._monotonic() + SLICE_SECONDS
        while self._delivering:
            for _ in self._delivering[0]:
                if self._monotonic() > until:
                    self._reactor.callFromThread(self._go_on)  # in the next turn
                    return
            self._delivering.popleft()

    # In the writer's thread

    def _run(self) -> None:
        while jobs := self._take():
            self._siblings = len(jobs) > 1
            self._reactor.callFromThread(self._deliver, self._transactions.commit(jobs))
        self._reactor.callFromThread(self._end, self._transactions.disconnect())

    def _take(self) -> list[Job]:
        """All that waits, at least one job; nothing at the end."""
        jobs: list[Job] = []
        job = self._queue.get()
        if self._siblings:
            time.sleep(GATHER_SECONDS)
        while job is not None:
            jobs.append(job)
            if len(jobs) == MOST_JOBS:
                return jobs
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs
        if jobs:
            self._queue.put(None)
        return jobs


def _runs(jobs: list[Job]) -> Iterator[list[Job]]:
    """Neighbouring appends together, every other job alone."""
    for appends, run in groupby(jobs, lambda job: isinstance(job.work, Draft)):
        if appends:
            yield list(run)
        else:
            yield from ([job] for job in run)


def _results(connection: Connection, run: list[Job], now: int) -> Sequence[object]:
    first = run[0].work
    if isinstance(first, Draft):
        return append_all(connection, [cast("Draft", job.work) for job in run], now)
    return [first(connection, now)]


def _refusal(error: Exception, job: Job, troubles: list[Failure]) -> Exception:
    """What the sender of a job that failed alone is told; a bug of ours stays what it is."""
    match error:
        case UnicodeEncodeError() | OverflowError() | DataError():
            return unstorable()
        case SQLAlchemyError():
            troubles.append(Failure(error))
            return unavailable()
        case _:
            return error
