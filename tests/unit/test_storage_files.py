"""What every store does with files, and what is found on the disk."""

import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
import pytest_twisted
from hypothesis import given
from hypothesis import strategies as some
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads

from chatd.core.files import Contents
from chatd.core.ports import FileStore
from chatd.model import Account, Change, ChatError, Code, Draft, File, FileSize, StoredFile, User, size
from chatd.storage import files, writes
from chatd.storage.dialect import writing_engine
from chatd.storage.disk import DiskFiles, examine, place
from chatd.storage.files import UNSENT_MS
from chatd.storage.upgrade import DATABASE, upgrade
from tests.fakes import MemoryStore
from tests.unit.store_bench import Bench, purge, refusal

T = TypeVar("T")

LOBBY = 1
CAT = File(id="cat", name="cat.png", type="image/png", bytes=9, width=3, height=2, placeholder="UklG")


def one_byte(number: int) -> bytes:
    return bytes([number]) * 32


async def upload(bench: Bench, user: User, file: File = CAT, *, digest: int = 1, room: int = LOBBY) -> File:
    sizes: dict[FileSize, bytes] = {"": one_byte(digest), "small": one_byte(digest + 100)}
    stored = StoredFile(file, room, user, None, sizes)
    await bench.store.add_file(stored, 0)
    return file


async def guest(bench: Bench, name: str = "alice") -> User:
    return await bench.store.create_guest(name)


@pytest_twisted.ensureDeferred
async def test_a_message_carries_a_file_wherever_it_is_read(bench: Bench) -> None:
    alice = await guest(bench)
    await upload(bench, alice)
    said = await bench.store.append(Draft(LOBBY, alice, "", file="cat"))
    assert CAT == said.file
    assert said == bench.published[-1]
    plain = await bench.store.append(Draft(LOBBY, alice, "plain"))
    assert [said, plain] == (await bench.store.entries(LOBBY, 0)).entries
    assert [said, plain] == (await bench.store.messages(LOBBY, before=None, after=None, limit=9)).entries
    assert said == await bench.store.message(LOBBY, 1)
    stored = await bench.store.file("cat")
    sizes: dict[FileSize, bytes] = {"": one_byte(1), "small": one_byte(101)}
    assert StoredFile(CAT, LOBBY, alice, 1, sizes) == stored


@pytest_twisted.ensureDeferred
async def test_a_file_is_sent_once_by_who_uploaded_it_in_the_room_that_it_is_for(bench: Bench) -> None:
    alice, bob = await guest(bench), await guest(bench, "bob")
    den = await bench.store.create_room("den", "private", alice.id)
    await upload(bench, alice)
    for draft in (
        Draft(LOBBY, bob, "", file="cat"),
        Draft(den.id, alice, "", file="cat"),
        Draft(LOBBY, alice, "", file="dog"),
        Draft(LOBBY, alice, "", file="cat\0"),
    ):
        assert Code.NO_SUCH_FILE == await refusal(bench.store.append(draft))
    first, again = [Deferred.fromCoroutine(_code(bench, Draft(LOBBY, alice, "", file="cat"))) for _ in "ab"]
    assert [None, Code.NO_SUCH_FILE] == await gatherResults([first, again])


async def _code(bench: Bench, draft: Draft) -> Code | None:
    try:
        await bench.store.append(draft)
    except ChatError as error:
        return error.code
    return None


@pytest_twisted.ensureDeferred
async def test_a_retry_with_a_file_is_one_message(bench: Bench) -> None:
    alice = await guest(bench)
    await upload(bench, alice)
    draft = Draft(LOBBY, alice, "look", key="k", file="cat")
    assert (await bench.store.append(draft)).seq == (await bench.store.append(draft)).seq == 1
    for other in (Draft(LOBBY, alice, "look", key="k"), Draft(LOBBY, alice, "look", key="k", file="dog")):
        assert Code.KEY_REUSED == await refusal(bench.store.append(other))


@pytest_twisted.ensureDeferred
async def test_the_sum_of_a_users_files_has_a_bound(bench: Bench) -> None:
    alice, bob = await guest(bench), await guest(bench, "bob")
    await upload(bench, alice)
    stored = StoredFile(File(id="b", name="b", type="text/plain", bytes=11), LOBBY, alice, None, {})
    assert Code.NO_SPACE == await refusal(bench.store.add_file(stored, 19))
    assert (9, 0) == (await bench.store.used_bytes(alice.id), await bench.store.used_bytes(bob.id))
    assert await bench.store.file("b") is None


@pytest_twisted.ensureDeferred
async def test_who_may_not_speak_in_a_room_leaves_no_file_there(bench: Bench) -> None:
    alice = await guest(bench)
    await bench.store.leave(alice.id, LOBBY)
    assert Code.NOT_A_MEMBER == await refusal(upload(bench, alice))


@pytest_twisted.ensureDeferred
async def test_a_deleted_message_lets_its_file_go(bench: Bench) -> None:
    alice = await guest(bench)
    await upload(bench, alice)
    await upload(bench, alice, File(id="dog", name="dog", type="text/plain", bytes=1), digest=2)
    await bench.store.append(Draft(LOBBY, alice, "", file="cat"))
    await bench.store.append(Draft(LOBBY, alice, "", file="dog"))
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    assert await bench.store.file("cat") is None
    assert await bench.store.file("dog") is not None
    message = await bench.store.message(LOBBY, 1)
    assert message is not None
    assert message.file is None
    assert {one_byte(1), one_byte(101)} == set(await bench.store.freed_contents())


@pytest_twisted.ensureDeferred
async def test_a_purge_lets_the_files_of_one_user_go(bench: Bench) -> None:
    alice, bob = await guest(bench), await guest(bench, "bob")
    for user, name, digest in ((alice, "cat", 1), (bob, "dog", 2), (alice, "unsent", 3)):
        await upload(bench, user, File(id=name, name=name, type="text/plain", bytes=1), digest=digest)
    await bench.store.append(Draft(LOBBY, alice, "", file="cat"))
    await bench.store.append(Draft(LOBBY, bob, "", file="dog"))
    await purge(bench.store, LOBBY, bob, alice)
    left = [name for name in ("cat", "dog", "unsent") if await bench.store.file(name) is not None]
    assert ["dog", "unsent"] == left


@pytest_twisted.ensureDeferred
async def test_what_was_never_sent_goes_with_its_account(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    for name in ("sent", "unsent"):
        file = File(id=name, name=name, type="text/plain", bytes=1)
        await upload(bench, alice, file, digest=len(name))
    await bench.store.append(Draft(LOBBY, alice, "", file="sent"))
    await bench.store.end_account(Account(alice, "hash", False), False, lambda actor, same, owners: None)
    left = [name for name in ("sent", "unsent") if await bench.store.file(name) is not None]
    assert ["sent"] == left


@pytest_twisted.ensureDeferred
async def test_what_was_never_sent_goes_after_a_day() -> None:
    now = 1_000
    store = MemoryStore(clock=lambda: now)
    bench = Bench(store)
    alice = await guest(bench)
    await upload(bench, alice)
    await upload(bench, alice, File(id="dog", name="dog", type="text/plain", bytes=1), digest=2)
    await store.append(Draft(LOBBY, alice, "", file="dog"))
    now += UNSENT_MS
    await store.prune()
    assert await store.file("cat") is not None
    now += 1
    await store.prune()
    assert await store.file("cat") is None
    assert await store.file("dog") is not None


@pytest_twisted.ensureDeferred
async def test_a_content_is_needed_as_long_as_some_file_has_it(bench: Bench) -> None:
    alice = await guest(bench)
    await upload(bench, alice)
    await upload(bench, alice, File(id="same", name="same", type="image/png", bytes=9))
    await bench.store.append(Draft(LOBBY, alice, "", file="cat"))
    await bench.store.append(Draft(LOBBY, alice, "", file="same"))
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    freed = await bench.store.freed_contents()
    assert ([], []) == (await bench.store.unneeded(freed), await bench.store.freed_contents())
    await bench.store.change(Change(LOBBY, alice, 2, alice.id, None))
    freed = await bench.store.freed_contents()
    assert {one_byte(1), one_byte(101)} == set(await bench.store.unneeded(freed))
    await bench.store.removed(freed)
    assert [] == await bench.store.freed_contents()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1_000, "1.0 kB"),
        (9_949, "9.9 kB"),
        (9_950, "10 kB"),
        (240_123, "240 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (26_214_400, "26 MB"),
        (5 * 10**15, "5000 TB"),
    ],
)
def test_sizes_are_told_as_people_say_them(count: int, words: str) -> None:
    assert words == size(count)


# The disk


@pytest_twisted.async_yield_fixture
async def disk(tmp_path: Path) -> AsyncIterator[DiskFiles]:
    disk = DiskFiles(tmp_path / "files", IReactorFromThreads(reactor))
    yield disk
    disk.close()


async def kept(disk: DiskFiles, *parts: bytes) -> bytes:
    incoming = await disk.begin()
    for part in parts:
        await incoming.write(part)
    await incoming.keep()
    return incoming.digest


@pytest_twisted.ensureDeferred
async def test_what_was_kept_is_read_in_slices(disk: DiskFiles, tmp_path: Path) -> None:
    digest = await kept(disk, b"hello ", b"world")
    assert b"lo wo" == await disk.read(digest, 3, 5)
    assert b"" == await disk.read(digest, 11, 5)
    assert digest == await kept(disk, b"hello world")
    path = place(tmp_path / "files", digest)
    assert (b"hello world", 0o600) == (path.read_bytes(), path.stat().st_mode & 0o777)
    assert [] == list((tmp_path / "files" / "incoming").iterdir())
    assert await disk.free_bytes() > 0


@pytest_twisted.ensureDeferred
async def test_what_is_discarded_leaves_nothing(disk: DiskFiles, tmp_path: Path) -> None:
    incoming = await disk.begin()
    await incoming.write(b"half")
    await incoming.discard()
    await incoming.discard()
    assert Code.UNAVAILABLE == await refusal(incoming.write(b"more"))
    assert ["incoming"] == [path.name for path in (tmp_path / "files").iterdir()]
    assert [] == list((tmp_path / "files" / "incoming").iterdir())


@pytest_twisted.ensureDeferred
async def test_an_interrupted_upload_is_gone_after_the_next_start(disk: DiskFiles, tmp_path: Path) -> None:
    await (await disk.begin()).write(b"half")
    DiskFiles(tmp_path / "files", IReactorFromThreads(reactor)).close()
    assert [] == list((tmp_path / "files" / "incoming").iterdir())


@pytest_twisted.ensureDeferred
async def test_only_what_is_doomed_is_removed(disk: DiskFiles) -> None:
    digest = await kept(disk, b"cat")
    assert not await disk.remove(digest, lambda: False)
    assert b"cat" == await disk.read(digest, 0, 9)
    assert await disk.remove(digest, lambda: True)
    assert await disk.remove(digest, lambda: True)
    assert Code.NO_SUCH_FILE == await refusal(disk.read(digest, 0, 9))


@pytest_twisted.ensureDeferred
async def test_a_closed_disk_refuses(disk: DiskFiles) -> None:
    disk.close()
    assert Code.UNAVAILABLE == await refusal(disk.begin())


@pytest_twisted.ensureDeferred
async def test_a_full_or_failing_disk_is_a_refusal(disk: DiskFiles) -> None:
    def fail(number: int) -> None:
        raise OSError(number, "fails")

    assert Code.NO_SPACE == await refusal(disk.run(fail, 28))
    assert Code.UNAVAILABLE == await refusal(disk.run(fail, 5))


@pytest_twisted.ensureDeferred
async def test_an_examination_finds_what_is_missing_damaged_and_left(disk: DiskFiles, tmp_path: Path) -> None:
    good, bad, gone, left = [await kept(disk, text) for text in (b"good", b"bad", b"gone", b"left")]
    directory = tmp_path / "files"
    place(directory, bad).write_bytes(b"other")
    place(directory, gone).unlink()
    (place(directory, good).parent / "note.txt").write_bytes(b"")
    findings = examine(directory, {good, bad, gone})
    assert ([gone], [bad]) == (findings.missing, findings.damaged)
    assert {place(directory, left), place(directory, good).parent / "note.txt"} == set(findings.orphans)
    assert ([], [], []) == examine(tmp_path / "nowhere", set())


def test_every_content_that_a_file_has_is_needed(tmp_path: Path) -> None:
    upgrade(tmp_path / DATABASE)
    engine = writing_engine(tmp_path / DATABASE)
    sizes: dict[FileSize, bytes] = {"": one_byte(1), "small": one_byte(2)}
    with engine.connect() as connection, connection.begin():
        alice = writes.create_user(connection, 1, "alice", None)
        files.add(connection, 1, StoredFile(CAT, LOBBY, alice, None, sizes), 0)
        needed = files.digests_of_all(connection)
    engine.dispose()
    assert {one_byte(1), one_byte(2)} == needed
    assert sorted(needed) == examine(tmp_path / "files", needed).missing


# Sweeping


class SlowDisk:
    """A `FileStore` of digests, whose threads do their work in any order: each when a test says so."""

    def __init__(self) -> None:
        self.contents: set[bytes] = set()
        self._waiting: list[tuple[Callable[[], object], Deferred[Any]]] = []

    def keep(self, digest: bytes) -> Deferred[None]:
        return self._later(lambda: self.contents.add(digest))

    def remove(self, digest: bytes, doomed: Callable[[], bool]) -> Deferred[bool]:
        return self._later(lambda: self._remove(digest, doomed))

    def _remove(self, digest: bytes, doomed: Callable[[], bool]) -> bool:
        if going := doomed():
            self.contents.discard(digest)
        return going

    def _later(self, work: Callable[[], object]) -> Deferred[Any]:
        answer: Deferred[Any] = Deferred()
        self._waiting.append((work, answer))
        return answer

    def step(self, which: int) -> bool:
        """Do what waits, the `which`th of it; False where nothing does."""
        if not self._waiting:
            return False
        work, answer = self._waiting.pop(which % len(self._waiting))
        answer.callback(work())
        return True


class House:
    """A store, a slow disk, and files that come and go."""

    def __init__(self) -> None:
        self.store, self.disk = MemoryStore(), SlowDisk()
        self.contents = Contents(self.store, cast(FileStore, self.disk))
        [self.alice] = now(self.store.create_guest("alice"))
        self.kept: list[str] = []
        self.running: list[Deferred[None]] = []
        self._names = itertools.count()

    def start(self, what: str, number: int) -> None:
        """Begin to bring a content, delete a file or sweep; or let a thread do its work."""
        match what:
            case "bring":
                self.running.append(Deferred.fromCoroutine(self._bring(one_byte(number))))
            case "delete" if self.kept:
                name = self.kept.pop(number % len(self.kept))
                self.running.append(Deferred.fromCoroutine(self._delete(name)))
            case "sweep":
                self.running.append(Deferred.fromCoroutine(self.contents.sweep()))
            case "disk":
                self.disk.step(number)
            case "write":
                self.store.release(number)

    def check(self) -> None:
        """Everything comes to its end, and then the contents on the disk are those of the files."""
        self.store.release()
        for _ in range(3):
            while self.disk.step(0):
                pass
            self.start("sweep", 0)
        assert [[None]] * len(self.running) == [now(work) for work in self.running]
        files = [now(self.store.file(name))[0] for name in self.kept]
        assert {file and file.contents[""] for file in files} == self.disk.contents

    async def _bring(self, digest: bytes) -> None:
        name = str(next(self._names))
        file = File(id=name, name=name, type="text/plain", bytes=1)
        self.contents.hold([digest])
        await self.disk.keep(digest)
        await self.store.add_file(StoredFile(file, LOBBY, self.alice, None, {"": digest}), 0)
        self.contents.let_go([digest])
        await self.store.append(Draft(LOBBY, self.alice, "", file=name))
        self.kept.append(name)

    async def _delete(self, name: str) -> None:
        stored = await self.store.file(name)
        assert stored is not None
        assert stored.seq is not None
        await self.store.change(Change(LOBBY, self.alice, stored.seq, self.alice.id, None))


FREED = [("bring", 1), ("disk", 0), ("delete", 0)]
"""The content 1 is on the disk, and no file has it any more."""


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param([("sweep", 0), ("bring", 1), ("disk", 1), ("disk", 0)], id="taken in hand while doomed"),
        pytest.param(
            [("bring", 1), ("sweep", 0), ("hold", 0), ("disk", 0), ("disk", 0)], id="in hand already"
        ),
        pytest.param(
            [("bring", 1), ("hold", 0), ("disk", 0), ("sweep", 0), ("write", 1), ("disk", 0)],
            id="stored while it is asked for",
        ),
        pytest.param(
            [
                *[("bring", 2), ("disk", 0), ("delete", 0), ("sweep", 0), ("disk", 0)],
                *[("bring", 1), ("disk", 1), ("delete", 0), ("bring", 2), ("disk", 1), ("delete", 0)],
            ],
            id="freed once more",
        ),
    ],
)
def test_a_content_that_comes_while_it_is_swept_away_is_there(steps: list[tuple[str, int]]) -> None:
    house = House()
    for what, number in [*FREED, *steps]:
        if what == "hold":
            house.store.hold()
        else:
            house.start(what, number)
    house.check()


@given(
    some.booleans(),
    some.lists(
        some.tuples(some.sampled_from(["bring", "delete", "sweep", "disk", "write"]), some.integers(0, 1)),
        max_size=40,
    ),
)
def test_no_content_goes_that_a_file_has_and_none_stays_that_none_has(
    hold: bool, steps: list[tuple[str, int]]
) -> None:
    house = House()
    if hold:
        house.store.hold()
    for what, number in steps:
        if hold or what != "write":
            house.start(what, number)
    house.check()


def now(answer: Deferred[T]) -> list[T]:
    """The result that is there already."""
    results: list[T] = []
    failures: list[object] = []
    answer.addCallbacks(results.append, failures.append)
    assert [] == failures
    return results
