"""Carries reads and writes out in threads: one that writes and a few that read, over one directory."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from chatd.model import Draft, Entry, Said
from chatd.storage import reads
from chatd.storage.dialect import BUSY_SECONDS, DATABASE_ERRORS, reading_engine, writing_engine
from chatd.storage.refusals import stopping, unavailable, unstorable
from chatd.storage.store import Store
from chatd.storage.troubles import Troubles
from chatd.storage.upgrade import DATABASE, Lock, operable, prepare_directory, upgrade
from chatd.storage.writer import Settle, Work, Writer, awaited

T = TypeVar("T")

READERS = 3


def open_store(
    directory: Path,
    *,
    reactor: IReactorFromThreads,
    clock: Callable[[], int],
    publish: Callable[[Entry], None],
    busy_seconds: float = BUSY_SECONDS,
    new_epoch: bool = False,
) -> Store:
    """Make or upgrade the database, and start. Blocks; raises StorageError, a sentence for the operator.

    `new_epoch`: what clients know of it may not be so any more, because it is an older copy.

    `clock` gives ms since 1970, and is called in the writer's thread. `publish` hears each committed
    entry, in commit order, in the reactor's thread, before its sender has the answer.
    """
    prepare_directory(directory)
    lock = Lock(directory)
    try:
        upgrade(directory / DATABASE, new_epoch=new_epoch)
        with operable(directory / DATABASE):
            return Store(Threads(directory / DATABASE, lock, reactor, clock, publish, busy_seconds))
    except BaseException:
        lock.release()
        raise


class Threads:
    """The `Database` of a running server."""

    def __init__(
        self,
        path: Path,
        lock: Lock,
        reactor: IReactorFromThreads,
        clock: Callable[[], int],
        publish: Callable[[Entry], None],
        busy_seconds: float,
    ) -> None:
        """`open_store` calls this, with the database ready and locked."""
        self._path = path
        self._lock = lock
        self._reactor = reactor
        self.clock = clock
        self._reading = reading_engine(path, READERS, busy_seconds)
        self.epoch = _run(self._reading, reads.epoch)
        self._writing = writing_engine(path, busy_seconds)
        # Now, so that the start says that a directory cannot be written, and not the first who speaks.
        self._writing.connect().close()
        self._readers = ThreadPool(0, READERS, "chatd-reader")
        self._readers.start()
        self._writer = Writer(self._writing, reactor, clock, publish)
        self._troubles = Troubles("read")
        self._closed = False

    @property
    def publish(self) -> Callable[[Entry], None]:
        """Hears each committed entry."""
        return self._writer.publish

    @publish.setter
    def publish(self, publish: Callable[[Entry], None]) -> None:
        self._writer.publish = publish

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._readers.stop()
        self._reading.dispose()
        await self._writer.close()
        self._writing.dispose()
        self._lock.release()

    def ask(self, query: Callable[[Connection, int], T]) -> T:
        with operable(self._path):
            return _run(self._reading, lambda connection: query(connection, self.clock()))

    def append(self, draft: Draft, settle: Settle[Said]) -> None:
        self._writer.submit(draft, settle)

    def write(self, work: Work[T]) -> Deferred[T]:
        return awaited(partial(self._writer.submit, work))

    def read(self, query: Callable[[Connection], T], even_seconds: float = 0) -> Deferred[T]:
        return Deferred.fromCoroutine(
            self._evenly(query, even_seconds) if even_seconds else self._answer(query)
        )

    async def _evenly(self, query: Callable[[Connection], T], even_seconds: float) -> T:
        time = cast(IReactorTime, self._reactor)
        begun = time.seconds()
        try:
            return await self._answer(query)
        finally:
            await deferLater(time, (begun - time.seconds()) % even_seconds)

    async def _answer(self, query: Callable[[Connection], T]) -> T:
        if self._closed:
            raise stopping()
        try:
            return await deferToThreadPool(self._reactor, self._readers, _run, self._reading, query)
        except (UnicodeEncodeError, OverflowError, DataError):
            raise unstorable() from None
        except DATABASE_ERRORS:
            self._troubles.tell(Failure())
            raise unavailable() from None


def _run(engine: Engine, query: Callable[[Connection], T]) -> T:
    with engine.connect() as connection, connection.begin():
        return query(connection)
