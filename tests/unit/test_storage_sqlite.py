"""What the store on disk promises beyond every store: batches, failures, reopening, pruning."""

import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import pytest
import pytest_twisted
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads, IReactorTime
from twisted.logger import LogEvent, capturedLogs, eventAsText

from chatd.model import Change, ChatError, Code, Draft, Entry, Said, Sought, User
from chatd.storage import searching, writes
from chatd.storage.dialect import teach, writing_engine
from chatd.storage.log import Recorded
from chatd.storage.store import Store
from chatd.storage.threads import open_store
from chatd.storage.upgrade import DATABASE, StorageError, upgrade
from chatd.storage.writer import MOST_JOBS, Work, Writer, awaited
from tests.unit.store_bench import purge

DAY_MS = 24 * 3600 * 1000
LOBBY = 1


class Clock:
    """The writer asks it once for each transaction: while it is stopped, writes gather into a batch."""

    def __init__(self) -> None:
        self.now = 1_000
        self.asked = 0
        self._waiting = Event()
        self._going = Event()
        self._going.set()

    def __call__(self) -> int:
        self.asked += 1
        self._waiting.set()
        assert self._going.wait(30)
        return self.now

    @contextmanager
    def stopped(self, store: Store) -> Iterator[None]:
        """Inside, every write waits behind one that is under way already."""
        self._going.clear()
        self._waiting.clear()
        store.leave(99, 99)
        assert self._waiting.wait(30)
        self.asked = 0
        try:
            yield
        finally:
            self._going.set()


class Opened:
    """A store that can be closed and opened again in the same place."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = Clock()
        self.published: list[Entry] = []
        self.open()

    def open(self) -> None:
        self.store = open_store(
            self.directory,
            reactor=IReactorFromThreads(reactor),
            clock=self.clock,
            publish=self.published.append,
            busy_seconds=0.01,
        )

    async def reopen(self) -> None:
        await self.store.close()
        self.open()

    def sql(self, statement: str) -> list[tuple[object, ...]]:
        """Run one statement behind the store's back."""
        with closing(sqlite3.connect(self.directory / DATABASE, isolation_level=None)) as connection:
            teach(connection)
            return connection.execute(statement).fetchall()


@pytest_twisted.async_yield_fixture
async def opened(tmp_path: Path) -> AsyncIterator[Opened]:
    opened = Opened(tmp_path / "data")
    yield opened
    await opened.store.close()


@pytest.fixture
def logged() -> Iterator[Sequence[LogEvent]]:
    with capturedLogs() as events:
        yield events


def outcome(answer: Deferred[Said]) -> Deferred[int | Code]:
    """The seq, or the code of the refusal."""

    async def wait() -> int | Code:
        try:
            return (await answer).seq
        except ChatError as error:
            return error.code

    return Deferred.fromCoroutine(wait())


# Group commit


@pytest_twisted.ensureDeferred
async def test_what_waits_is_committed_together(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    with opened.clock.stopped(opened.store):
        answers = [opened.store.append(Draft(LOBBY, alice, "x")) for _ in range(2 * MOST_JOBS)]
    await gatherResults(answers)
    assert 2 == opened.clock.asked


@pytest_twisted.ensureDeferred
async def test_whole_batch_is_published_before_its_first_answer(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    happened: list[str] = []
    opened.store.publish = lambda entry: happened.append(f"published {entry.seq}")

    async def send() -> None:
        happened.append(f"answered {(await opened.store.append(Draft(LOBBY, alice, 'x'))).seq}")

    with opened.clock.stopped(opened.store):
        answers = [Deferred.fromCoroutine(send()) for _ in range(3)]
    await gatherResults(answers)
    assert [f"{what} {seq}" for what in ("published", "answered") for seq in (1, 2, 3)] == happened


@pytest_twisted.ensureDeferred
async def test_how_long_a_search_takes_does_not_tell_what_others_have_said(opened: Opened) -> None:
    """It is answered only when a multiple of a time has passed that hardly any takes."""
    time = IReactorTime(reactor)
    begun = time.seconds()
    await opened.store.search(1, Sought(words=("tea",)), None, 0, 1)
    assert searching.EVEN_SECONDS <= time.seconds() - begun


@pytest_twisted.ensureDeferred
async def test_failing_publish_stops_neither_answers_nor_other_entries(
    opened: Opened, logged: Sequence[LogEvent]
) -> None:
    alice = await opened.store.create_guest("alice")
    heard: list[int] = []

    def publish(entry: Entry) -> None:
        heard.append(entry.seq)
        raise RuntimeError("a bug of ours")

    opened.store.publish = publish
    with opened.clock.stopped(opened.store):
        answers = [opened.store.append(Draft(LOBBY, alice, "x")) for _ in range(2)]
    assert [1, 2] == [entry.seq for entry in await gatherResults(answers)]
    assert [1, 2] == heard
    assert 2 == sum("a bug of ours" in eventAsText(one) for one in logged)


@pytest_twisted.ensureDeferred
async def test_writes_of_every_kind_are_done_in_the_order_of_the_calls(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    with opened.clock.stopped(opened.store):
        first = opened.store.append(Draft(LOBBY, alice, "1"))
        early = opened.store.read(alice.id, LOBBY, 2)
        second = opened.store.append(Draft(LOBBY, alice, "2"))
        late = opened.store.read(alice.id, LOBBY, 2)
        free = opened.store.free_name(alice.id)
        taken = opened.store.create_guest("alice")
    assert (1, 1, 2, 2) == ((await first).seq, await early, (await second).seq, await late)
    await free
    assert "alice" == (await taken).name


@pytest_twisted.ensureDeferred
async def test_refusals_and_bugs_in_a_batch_harm_no_neighbour(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")

    def bug(connection: Connection, now: int) -> Recorded[None]:
        writes.create_user(connection, now, "halfway", None)
        raise RuntimeError("a bug of ours")

    with opened.clock.stopped(opened.store):
        first = opened.store.append(Draft(LOBBY, alice, "1"))
        nobody = opened.store.append(Draft(LOBBY, User(99, "ghost", "guest"), "x"))
        taken = opened.store.create_room("lobby", "public", alice.id)
        broken = opened.store._database.write(bug)
        second = opened.store.append(Draft(LOBBY, alice, "2"))
    assert (1, 2) == ((await first).seq, (await second).seq)
    with pytest.raises(ChatError):
        await nobody
    with pytest.raises(ChatError):
        await taken
    with pytest.raises(RuntimeError, match="a bug of ours"):
        await broken
    assert None is await opened.store.account("halfway")
    assert 1 == opened.clock.asked


# Durability


@pytest_twisted.ensureDeferred
async def test_everything_is_there_after_opening_again(opened: Opened) -> None:
    alice = await opened.store.create_account("alice", "hash")
    entry = await opened.store.append(Draft(LOBBY, alice, "hi", key="k"))
    await opened.store.add_token(alice.id, b"digest")
    epoch = opened.store.epoch
    await opened.reopen()
    assert epoch == opened.store.epoch
    assert [entry] == (await opened.store.entries(LOBBY, 0)).entries
    assert entry == await opened.store.append(Draft(LOBBY, alice, "hi", key="k"))
    account = await opened.store.use_token(b"digest")
    assert account is not None
    assert alice == account.user
    assert [entry] == opened.published


@pytest_twisted.ensureDeferred
async def test_closing_answers_all_that_was_accepted(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    with opened.clock.stopped(opened.store):
        answers = [opened.store.append(Draft(LOBBY, alice, "x")) for _ in range(600)]
        reading = opened.store.entries(LOBBY, 0)
        closing = Deferred.fromCoroutine(opened.store.close())
        late = [outcome(opened.store.append(Draft(LOBBY, alice, "late")))]
    await closing
    assert all(answer.called for answer in answers)
    assert list(range(1, 601)) == [(await answer).seq for answer in answers]
    assert [Code.UNAVAILABLE] == [await answer for answer in late]
    assert [] == (await reading).entries
    with pytest.raises(ChatError) as refusal:
        await opened.store.room(LOBBY, 1)
    assert Code.UNAVAILABLE == refusal.value.code
    assert {"chatd.db", "lock"} == {file.name for file in opened.directory.iterdir()}
    await opened.store.close()


@pytest_twisted.ensureDeferred
async def test_directory_serves_one_store_at_a_time(opened: Opened) -> None:
    with pytest.raises(StorageError, match="Another chatd"):
        opened.open()
    await opened.reopen()


# Failures


@pytest_twisted.ensureDeferred
async def test_locked_database_refuses_the_batch_and_then_goes_on(
    opened: Opened, logged: Sequence[LogEvent]
) -> None:
    alice = await opened.store.create_guest("alice")
    drafts = [Draft(LOBBY, alice, f"secret {number}", key=f"k{number}") for number in range(3)]
    with closing(sqlite3.connect(opened.directory / DATABASE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = await gatherResults([outcome(opened.store.append(draft)) for draft in drafts])
    assert [Code.UNAVAILABLE] * 3 == refused
    assert [] == opened.published
    assert [1, 2, 3] == await gatherResults([outcome(opened.store.append(draft)) for draft in drafts])
    assert any("locked" in eventAsText(one) for one in logged)
    assert not any("secret" in eventAsText(one) for one in logged)


@pytest_twisted.ensureDeferred
async def test_full_disk_loses_nothing_that_was_published(tmp_path: Path, logged: Sequence[LogEvent]) -> None:
    upgrade(tmp_path / DATABASE)
    engine = writing_engine(tmp_path / DATABASE)
    pages = [120]
    published: list[Entry] = []

    @event.listens_for(engine, "connect")
    def fill_disk(driver: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        with closing(driver.cursor()) as cursor:
            cursor.execute(f"PRAGMA max_page_count = {pages[0]}")

    writer = Writer(engine, IReactorFromThreads(reactor), lambda: 1_000, published.append)
    alice = await wait_for(
        writer, lambda connection, now: Recorded(writes.create_user(connection, now, "alice", None))
    )
    drafts = [Draft(LOBBY, alice, "secret" * 1_000, key=f"{number}") for number in range(100)]
    outcomes = [await outcome(wait_for(writer, draft)) for draft in drafts]
    assert 0 < outcomes.count(Code.UNAVAILABLE) < len(drafts)
    stored = [one for one in outcomes if one != Code.UNAVAILABLE]
    assert list(range(1, len(stored) + 1)) == stored == [entry.seq for entry in published]
    pages[0] = 10_000
    await outcome(wait_for(writer, Draft(LOBBY, alice, "may meet the old connection")))
    again = await gatherResults([outcome(wait_for(writer, draft)) for draft in drafts])
    assert set(again) >= set(stored)
    assert Code.UNAVAILABLE not in again
    await writer.close()
    assert [entry.seq for entry in published] == seqs_in(engine)
    assert 1 == sum("full" in eventAsText(one) for one in logged)
    assert not any("secret" in eventAsText(one) for one in logged)
    engine.dispose()


@pytest_twisted.ensureDeferred
async def test_a_large_batch_leaves_the_reactor_time_for_others(tmp_path: Path) -> None:
    """By a clock that says that every step took too long."""
    upgrade(tmp_path / DATABASE)
    engine = writing_engine(tmp_path / DATABASE)
    happened: list[str] = []

    def publish(entry: Entry) -> None:
        happened.append(f"published {entry.seq}")
        reactor.callLater(0, happened.append, "another")

    seconds = count()
    writer = Writer(engine, IReactorFromThreads(reactor), lambda: 1_000, publish, lambda: next(seconds))
    alice = await wait_for(
        writer, lambda connection, now: Recorded(writes.create_user(connection, now, "alice", None))
    )
    holding = Event()
    held = wait_for(writer, lambda connection, now: Recorded(holding.wait()))
    answers = [wait_for(writer, Draft(LOBBY, alice, "x")) for _ in range(2)]
    for answer in answers:
        answer.addCallback(lambda said: happened.append(f"answered {said.seq}"))
    closed = writer.close()
    closed.addCallback(lambda _: happened.append("closed"))
    holding.set()
    await held
    await closed
    expected = ["published 1", "another", "published 2", "another", "answered 1", "answered 2", "closed"]
    assert expected == happened
    engine.dispose()


def wait_for(writer: Writer, work: Draft | Work[Any]) -> Deferred[Any]:
    return awaited(partial(writer.submit, work))


def seqs_in(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [seq for (seq,) in connection.exec_driver_sql("SELECT seq FROM entries ORDER BY seq")]


@pytest_twisted.ensureDeferred
async def test_broken_database_refuses_reads_in_plain_words(
    opened: Opened, logged: Sequence[LogEvent]
) -> None:
    opened.sql("ALTER TABLE rooms RENAME TO lost")
    with pytest.raises(ChatError) as refusal:
        await opened.store.room("lobby", 1)
    assert (Code.UNAVAILABLE, 1_000) == (refusal.value.code, refusal.value.retry_ms)
    assert "rooms" not in refusal.value.text
    assert any("no such table" in eventAsText(one) for one in logged)


@pytest_twisted.ensureDeferred
async def test_write_that_the_database_cannot_do_harms_no_neighbour(
    opened: Opened, logged: Sequence[LogEvent]
) -> None:
    alice = await opened.store.create_guest("alice")
    opened.sql("DROP TABLE tokens")
    with opened.clock.stopped(opened.store):
        first = opened.store.append(Draft(LOBBY, alice, "1"))
        token = opened.store.add_token(alice.id, b"secret digest")
        second = opened.store.append(Draft(LOBBY, alice, "2"))
    assert (1, 2) == ((await first).seq, (await second).seq)
    with pytest.raises(ChatError) as refusal:
        await token
    assert Code.UNAVAILABLE == refusal.value.code
    assert any("no such table: tokens" in eventAsText(one) for one in logged)
    assert not any("secret" in eventAsText(one) for one in logged)


@pytest_twisted.ensureDeferred
async def test_directory_is_free_again_after_opening_failed(opened: Opened) -> None:
    await opened.store.close()
    path = opened.directory / DATABASE
    path.rename(opened.directory / "aside")
    path.write_text("not a database " * 100)
    with pytest.raises(StorageError, match="not a database"):
        opened.open()
    (opened.directory / "aside").replace(path)
    opened.open()


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: store.room(10**30, 1),
        lambda store: store.room("half \ud800", 1),
        lambda store: store.account(10**30),
        lambda store: store.entries(LOBBY, 10**30),
        lambda store: store.join(10**30, LOBBY),
        lambda store: store.create_guest("half \ud800"),
        lambda store: store.read(10**30, LOBBY, 1),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_no_column_holds_is_refused(
    opened: Opened, ask: Callable[[Store], Deferred[object]]
) -> None:
    with pytest.raises(ChatError) as refusal:
        await ask(opened.store)
    assert Code.BAD_REQUEST == refusal.value.code


# What goes


@pytest.mark.parametrize("length", [1, 30, 1_000])
@pytest_twisted.ensureDeferred
async def test_nothing_of_a_deleted_text_is_left_in_the_files(opened: Opened, length: int) -> None:
    """However long: some lie in a page of the table, some in pages of their own."""
    alice = await opened.store.create_guest("alice")
    bob = await opened.store.create_guest("bob")
    texts = {word: f"regretted-{word}" * length for word in ("deleted", "edited", "purged")}
    for author, text in [(alice, texts["deleted"]), (alice, texts["edited"]), (bob, texts["purged"])]:
        await gatherResults([opened.store.append(Draft(LOBBY, author, text)) for _ in range(9)])
    await opened.store.set_topic(LOBBY, alice, "kept-topic")
    for seq in range(1, 10):
        await opened.store.change(Change(LOBBY, alice, seq, alice.id, None))
        await opened.store.change(Change(LOBBY, alice, 9 + seq, alice.id, "kept-text", key=f"edit {seq}"))
    await purge(opened.store, LOBBY, alice, bob)
    await opened.store.prune()  # which leaves nothing of it in the indexes of search either
    await opened.store.close()
    left = b"".join(file.read_bytes() for file in opened.directory.iterdir() if file.is_file())
    assert b"regretted" not in left
    assert b"kept-text" in left
    assert b"kept-topic" in left
    opened.open()


@pytest_twisted.ensureDeferred
async def test_pages_begin_after_the_floor(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    for text in "abcd":
        await opened.store.append(Draft(LOBBY, alice, text))
    opened.sql("UPDATE rooms SET floor = 2")
    opened.sql("DELETE FROM entries WHERE seq <= 2")
    log = await opened.store.entries(LOBBY, 0)
    newest = await opened.store.messages(LOBBY, before=None, after=None, limit=50)
    assert (3, 4, True) == (log.first, log.last, log.complete) == (newest.first, newest.last, newest.complete)
    beyond = await opened.store.messages(LOBBY, before=2, after=None, limit=50)
    assert ([], 3, 2, True) == (beyond.entries, beyond.first, beyond.last, beyond.complete)


# Pruning


@pytest_twisted.ensureDeferred
async def test_pruning_removes_old_keys_and_dead_tokens_only(opened: Opened) -> None:
    alice = await opened.store.create_guest("alice")
    many = writes.PRUNED_AT_ONCE + 1
    await gatherResults(
        [opened.store.append(Draft(LOBBY, alice, "x", key=f"{number}")) for number in range(many)]
    )
    await opened.store.add_token(alice.id, b"dead")
    opened.clock.now += 31 * DAY_MS
    assert 1 == (await opened.store.append(Draft(LOBBY, alice, "x", key="0"))).seq
    opened.clock.now += 1
    await opened.store.add_token(alice.id, b"alive")
    young = await opened.store.append(Draft(LOBBY, alice, "x", key="young"))
    assert many + 1 == await opened.store.prune()
    assert young == await opened.store.append(Draft(LOBBY, alice, "x", key="young"))
    assert many + 2 == (await opened.store.append(Draft(LOBBY, alice, "other", key="0"))).seq
    assert None is not await opened.store.use_token(b"alive")
    assert [(1,)] == opened.sql("SELECT count(*) FROM tokens")
    assert 0 == await opened.store.prune()
