"""What the store does when its disk does not: refuse, pretend nothing, read on, and recover by itself."""

import os
import random
import resource
import shutil
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import LogEvent, capturedLogs, eventAsText

from chatd.model import Change, ChatError, Code, Draft, Entry, User
from chatd.storage.health import ADVICE, find_damage, was_cut_off
from chatd.storage.store import Store
from chatd.storage.threads import open_store
from chatd.storage.upgrade import DATABASE, StorageError, upgrade

LOBBY = 1
SMALL_DISK_BYTES = 4 * 1024 * 1024


class Opened:
    """A store in a directory, and all that it published."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.published: list[Entry] = []
        self.open()

    @property
    def database(self) -> Path:
        return self.directory / DATABASE

    @property
    def wal(self) -> Path:
        return self.directory / f"{DATABASE}-wal"

    def open(self) -> None:
        self.store: Store = open_store(
            self.directory,
            reactor=IReactorFromThreads(reactor),
            clock=lambda: 1_000,
            publish=self.published.append,
            busy_seconds=0.01,
        )

    def copy(self, to: Path) -> Path:
        """The files as a crash at this moment would leave them."""
        to.mkdir()
        for file in (self.database, self.wal):
            shutil.copy(file, to)
        return to


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system of its own, where this user may mount one; else a directory."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = (
        os.geteuid() == 0
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "chatd-test", small],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )
    yield small
    if mounted:
        subprocess.run(["umount", small], check=True)


@pytest_twisted.async_yield_fixture
async def opened(disk: Path) -> AsyncIterator[Opened]:
    opened = Opened(disk / "data")
    yield opened
    await opened.store.close()


@pytest.fixture
def logged() -> Iterator[Sequence[LogEvent]]:
    with capturedLogs() as events:
        yield events


async def outcome(answer: Deferred[Any]) -> object:
    """What came of it; for a refusal its code."""
    try:
        return await answer
    except ChatError as error:
        return error.code


# Faults: each lasts as long as its context.


@contextmanager
def full_disk(opened: Opened) -> Iterator[None]:
    """No byte is left."""
    if not os.path.ismount(opened.directory.parent):
        pytest.skip("Only root may mount a small file system; tests of SQLite's own limit run all the same.")
    ballast = opened.directory.parent / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 4096)
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def file_limit(opened: Opened) -> Iterator[None]:
    """Writing past the end of a file is an error of the disk's (EFBIG): RLIMIT_FSIZE is one byte more."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (opened.wal.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(opened: Opened) -> Iterator[None]:
    """Another program writes, and does not end."""
    with closing(sqlite3.connect(opened.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@pytest.mark.parametrize(
    ("fault", "reason"),
    [(full_disk, "disk is full"), (file_limit, "disk I/O error"), (locked, "database is locked")],
    ids=["full disk", "I/O error", "locked"],
)
@pytest_twisted.ensureDeferred
async def test_a_fault_refuses_writers_and_nobody_else_and_passes(
    opened: Opened,
    logged: Sequence[LogEvent],
    fault: Callable[[Opened], AbstractContextManager[None]],
    reason: str,
) -> None:
    store = opened.store
    alice = await store.create_account("alice", "hash")
    await store.add_token(alice.id, b"digest")
    before = await store.append(Draft(LOBBY, alice, "before", key="1"))
    drafts = [Draft(LOBBY, alice, f"secret {number}" * 100, key=f"k{number}") for number in range(20)]
    change = Change(LOBBY, alice, before.seq, alice.id, "changed", key="change")
    with fault(opened):
        for _ in range(2):
            writes: list[Deferred[Any]] = [store.append(draft) for draft in drafts]
            writes += [store.change(change), store.create_guest("bob"), store.read(alice.id, LOBBY, 1)]
            assert {Code.UNAVAILABLE} == {await outcome(write) for write in writes}
        assert [before] == (await store.entries(LOBBY, 0)).entries == opened.published
        account = await store.account("alice")
        assert account is not None and alice == account.user
        assert [account, None] == [await store.use_token(digest) for digest in (b"digest", b"other")]
    again = await gatherResults([store.append(draft) for draft in drafts])
    assert list(range(2, 22)) == [entry.seq for entry in again]
    assert 22 == (await store.change(change)).seq
    assert list(range(1, 23)) == [entry.seq for entry in opened.published]
    told = [text for event in logged if "Cannot write" in (text := eventAsText(event))]
    assert told and all(reason in text for text in told)
    assert 2 >= len(told)
    assert not any("secret" in eventAsText(event) for event in logged)
    await store.close()
    opened.open()
    kept = (await opened.store.entries(LOBBY, 0)).entries
    assert [one.seq for one in kept] == list(range(1, 23))
    assert None is find_damage(opened.database)


@pytest_twisted.ensureDeferred
async def test_a_store_opens_on_a_full_disk_and_says_what_to_do_where_it_cannot(opened: Opened) -> None:
    """SQLite needs 32 KiB for the index of its log, where there is none yet."""
    alice = await opened.store.create_account("alice", "hash")
    await opened.store.append(Draft(LOBBY, alice, "before"))
    await opened.store.close()
    with full_disk(opened), pytest.raises(StorageError) as refusal:
        opened.open()
    assert str(refusal.value).endswith("Make room on the disk.") or "Look after the disk" in str(
        refusal.value
    )
    opened.open()
    assert 1 == len((await opened.store.entries(LOBBY, 0)).entries)


@pytest_twisted.ensureDeferred
async def test_an_upgrade_on_a_full_disk_changes_nothing(disk: Path) -> None:
    """Nor is a new database half made."""
    fresh = Opened.__new__(Opened)
    fresh.directory = disk / "data"
    fresh.directory.mkdir()
    with full_disk(fresh), pytest.raises(StorageError, match=r"cannot be opened or upgraded: .*disk"):
        upgrade(fresh.database)
    upgrade(fresh.database)
    assert None is find_damage(fresh.database)


# What a crash leaves


@pytest_twisted.ensureDeferred
async def test_whatever_was_cut_off_of_the_last_writes_leaves_a_clean_beginning(
    opened: Opened, tmp_path: Path
) -> None:
    """A torn write: SQLite's log is cut at every one of its last bytes. Nothing is half there."""
    alice = await opened.store.create_account("alice", "hash")
    sizes = []
    for number in range(6):
        await opened.store.append(Draft(LOBBY, alice, f"text {number}", key=f"k{number}"))
        sizes.append(opened.wal.stat().st_size)
    whole = opened.copy(tmp_path / "whole")
    log = (whole / opened.wal.name).read_bytes()
    torn = tmp_path / "torn"
    torn.mkdir()
    # Every byte around the ends of a page, and one inside, where it is as good as its checksum.
    inside = {*range(28), 2_000, *range(4_110, 4_120)}
    cuts = [size for size in range(sizes[-2] - 1, sizes[-1] + 1) if (size - 32) % 4_120 in inside]
    shutil.copy(whole / DATABASE, torn / "original")
    seen = set()
    for size in cuts:
        shutil.copy(torn / "original", torn / DATABASE)
        (torn / opened.wal.name).write_bytes(log[:size])
        with closing(sqlite3.connect(torn / DATABASE)) as connection:
            entries = connection.execute("SELECT seq, text, key FROM entries ORDER BY seq").fetchall()
            (head,) = connection.execute("SELECT head FROM rooms WHERE id = 1").fetchone()
            keys = connection.execute("SELECT key, seq FROM keys ORDER BY seq").fetchall()
        stored = sum(size >= end for end in sizes)
        assert [(number + 1, f"text {number}", f"k{number}") for number in range(stored)] == entries
        assert stored == head == len(keys)
        seen.add(stored)
    assert {4, 5, 6} == seen


@pytest_twisted.ensureDeferred
async def test_a_server_goes_on_after_what_was_cut_off(opened: Opened, tmp_path: Path) -> None:
    alice = await opened.store.create_account("alice", "hash")
    for number in range(10):
        await opened.store.append(Draft(LOBBY, alice, f"text {number}", key=f"k{number}"))
    choice = random.Random(9)
    whole = opened.copy(tmp_path / "whole")
    size = opened.wal.stat().st_size
    for turn in range(8):
        crashed = tmp_path / f"crashed{turn}"
        shutil.copytree(whole, crashed)
        os.truncate(crashed / opened.wal.name, choice.randrange(size // 2, size))
        assert was_cut_off(crashed / DATABASE)
        again = Opened(crashed)
        left = [entry.seq for entry in (await again.store.entries(LOBBY, 0)).entries]
        assert list(range(1, len(left) + 1)) == left
        answers = [
            again.store.append(Draft(LOBBY, alice, f"text {number}", key=f"k{number}"))
            for number in range(10)
        ]
        assert list(range(1, 11)) == [entry.seq for entry in await gatherResults(answers)]
        assert list(range(len(left) + 1, 11)) == [entry.seq for entry in again.published]
        await again.store.close()
        assert not was_cut_off(crashed / DATABASE)


@pytest_twisted.ensureDeferred
async def test_a_log_that_is_no_log_is_as_good_as_none(opened: Opened, tmp_path: Path) -> None:
    await opened.store.create_account("alice", "hash")
    crashed = opened.copy(tmp_path / "crashed")
    await opened.store.close()
    shutil.copy(opened.database, crashed)  # all of the log is in it
    (crashed / opened.wal.name).write_bytes(os.urandom(50_000))
    again = Opened(crashed)
    account = await again.store.account("alice")
    assert account is not None and "alice" == account.user.name
    await again.store.close()
    opened.open()


# Damage


def scribble(path: Path, page: int) -> None:
    """Write nonsense over one page of a database."""
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\x0d\x7f" + b"\xa5" * 4094)


def root_of(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
        return int(page)


async def damaged(opened: Opened, table: str, *, cut_off: bool) -> None:
    """A database that was damaged while nobody looked, after a clean stop or a crash."""
    alice = await opened.store.create_account("alice", "hash")
    await opened.store.append(Draft(LOBBY, alice, "text"))
    await opened.store.close()
    page = root_of(opened.database, table)
    if cut_off:
        opened.open()
        await opened.store.append(Draft(LOBBY, alice, "another"))
        log = opened.wal.read_bytes()
        await opened.store.close()
        scribble(opened.database, page)
        # The log of what was written to other pages.
        opened.wal.write_bytes(log[:32])
    else:
        scribble(opened.database, page)


@pytest.mark.parametrize("table", ["entries", "keys", "audit"])
@pytest_twisted.ensureDeferred
async def test_damage_is_found_after_a_crash(opened: Opened, table: str) -> None:
    await damaged(opened, table, cut_off=True)
    with pytest.raises(StorageError) as refusal:
        opened.open()
    sentence = str(refusal.value)
    assert sentence.startswith(f"{opened.database} is damaged (") or "malformed" in sentence
    assert "Restore a backup" in sentence and "docs/operations.md" in sentence
    shutil.rmtree(opened.directory)
    opened.open()


@pytest_twisted.ensureDeferred
async def test_damage_of_what_every_start_reads_is_a_sentence_too(opened: Opened) -> None:
    await damaged(opened, "meta", cut_off=False)
    with pytest.raises(StorageError, match=r"malformed\. Restore a backup"):
        opened.open()
    shutil.rmtree(opened.directory)
    opened.open()


@pytest_twisted.ensureDeferred
async def test_damage_that_is_met_later_costs_what_it_touches(
    opened: Opened, logged: Sequence[LogEvent]
) -> None:
    await damaged(opened, "entries", cut_off=False)
    opened.open()
    for _ in range(3):
        assert Code.UNAVAILABLE == await outcome(opened.store.entries(LOBBY, 0))
        assert Code.UNAVAILABLE == await outcome(
            opened.store.append(Draft(LOBBY, User(1, "alice", "user"), "text"))
        )
    assert None is not await opened.store.account("alice")
    for what in ("Cannot read: ", "Cannot write: "):
        assert 1 == sum(what in eventAsText(event) for event in logged)
    await opened.store.close()
    shutil.rmtree(opened.directory)
    opened.open()


def test_looking_for_damage_ends_in_time(tmp_path: Path, logged: Sequence[LogEvent]) -> None:
    path = tmp_path / DATABASE
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 100,)] * 20_000)
    assert None is find_damage(path, 60)
    assert not logged
    assert None is find_damage(path, 0)
    assert any("stopped before the end" in eventAsText(event) for event in logged)
    scribble(path, path.stat().st_size // 4096)
    assert None is not find_damage(path, 60)


def test_every_advice_is_a_sentence() -> None:
    assert all(advice.endswith(".") and advice[0].isupper() for advice in ADVICE.values())
