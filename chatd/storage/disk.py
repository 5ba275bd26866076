"""The contents of files, below the data directory: each under the SHA-256 digest of its bytes.

`files/ab/abcdef…` is complete and on disk, or not there: bytes come in under a temporary name in
`files/incoming`, are flushed, and only then get their name. What an interrupted upload left is removed at the
next start. Everything here happens in threads of its own.
"""

import errno
import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from threading import Lock
from typing import NamedTuple, ParamSpec, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

from chatd.storage.refusals import disk_full, no_such_file, stopping, unavailable

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 2
"""How many slices are hashed and written, or read, at once: a slow disk holds up files only."""
FLUSH_BYTES = 1 << 20
"""After so many bytes a file is flushed, one file at a time. What waits to be written holds up the flushes of
the database, and so every message: beside 50 uploads half of them took 94 ms without this, and 16 with it."""
HASH_BYTES = 1 << 20
"""Bytes that are read at once where a whole content is checked."""

_FLUSHING = Lock()
_log = Logger()


class DiskFiles:
    """The `FileStore` of one machine; `chatd.core.ports.FileStore` says what each method gives."""

    def __init__(self, directory: Path, reactor: IReactorFromThreads) -> None:
        """`directory` is made; nobody else uses it. Raises OSError."""
        self._directory = directory.absolute()
        self._incoming = self._directory / "incoming"
        # Not `parents`: those would have the mode that the umask leaves.
        self._incoming.parent.mkdir(mode=0o700, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)
        for left in self._incoming.iterdir():
            left.unlink()
        self._reactor = reactor
        self._count = 0
        self.closed = False
        self._placing = Lock()
        """One content is placed or removed at a time."""
        self._pool = ThreadPool(0, THREADS, "chatd-files")
        self._pool.start()

    def close(self) -> None:
        """Refuse what comes from now on; waits for what a thread is doing."""
        if not self.closed:
            self.closed = True
            self._pool.stop()

    async def begin(self) -> "DiskIncoming":
        self._count += 1
        path = self._incoming / str(self._count)
        return DiskIncoming(self, path, await self.run(_create, path))

    async def take_in(self, path: str) -> "DiskIncoming":
        file, hashed = await self.run(_open_and_hash, Path(path))
        return DiskIncoming(self, Path(path), file, hashed)

    def length(self, digest: bytes) -> Deferred[int]:
        return self.run(_length, place(self._directory, digest))

    def read(self, digest: bytes, start: int, count: int) -> Deferred[bytes]:
        return self.run(_read, place(self._directory, digest), start, count)

    def remove(self, digest: bytes, doomed: Callable[[], bool]) -> Deferred[bool]:
        return self.run(self._remove, place(self._directory, digest), doomed)

    def free_bytes(self) -> Deferred[int]:
        return self.run(_free_bytes, self._directory)

    def keep(self, path: Path, file: int, digest: bytes) -> Deferred[None]:
        """Put what was written into its place; called by what came in."""
        return self.run(self._keep, path, file, place(self._directory, digest))

    def run(self, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> Deferred[T]:
        """Do it in a thread, and turn what goes wrong into a refusal."""
        return Deferred.fromCoroutine(self._run(lambda: work(*args, **named)))

    async def _run(self, work: Callable[[], T]) -> T:
        if self.closed:
            raise stopping()
        try:
            return await deferToThreadPool(self._reactor, self._pool, work)
        except FileNotFoundError:
            raise no_such_file() from None
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise disk_full() from None
            _log.failure("The disk fails a file: {log_failure.value}")
            raise unavailable() from None

    # In a thread

    def _keep(self, path: Path, file: int, target: Path) -> None:
        with _FLUSHING:
            os.fsync(file)
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with self._placing:
            path.replace(target)  # where the same content lies already, nothing changes
        _flush(target.parent)
        _flush(self._directory)
        os.close(file)

    def _remove(self, path: Path, doomed: Callable[[], bool]) -> bool:
        with self._placing:
            if not doomed():
                return False
            path.unlink(missing_ok=True)
            return True


class DiskIncoming:
    """One content on its way in."""

    def __init__(
        self, files: DiskFiles, path: Path, file: int, hashed: "hashlib._Hash | None" = None
    ) -> None:
        """`file` is the descriptor of the file at `path`, and `hashed` what it has so far."""
        self.path = str(path)
        self._path = path
        self._files = files
        self._file: int | None = file
        self._hash = hashed or hashlib.sha256()
        self._unflushed = 0

    async def write(self, data: bytes) -> None:
        self._unflushed += len(data)
        flushes = self._unflushed >= FLUSH_BYTES
        if flushes:
            self._unflushed = 0
        await self._files.run(_write, self._open(), data, self._hash, flushes)

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    async def keep(self) -> None:
        await self._files.keep(self._path, self._open(), self.digest)
        self._file = None

    async def discard(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            if self._files.closed:
                _discard(self._path, file)
            else:
                await self._files.run(_discard, self._path, file)

    def _open(self) -> int:
        if self._file is None:
            raise stopping()  # discarded while it came in
        return self._file


def place(directory: Path, digest: bytes) -> Path:
    """Where the content with this digest lies."""
    name = digest.hex()
    return directory / name[:2] / name


class Findings(NamedTuple):
    """What is wrong with a directory of contents."""

    missing: list[bytes]
    """Digests of contents that files have, and that are not there."""
    damaged: list[bytes]
    """Digests of contents whose bytes are others."""
    orphans: list[Path]
    """What no file has."""


def examine(directory: Path, needed: Collection[bytes]) -> Findings:
    """Compare the contents below a directory with the digests that files have. Reads every byte, so it may
    take long; while a server runs there, what it takes in and removes meanwhile may be among the findings."""
    wanted, found = set(needed), Findings([], [], [])
    present: set[bytes] = set()
    for path in _contents(directory):
        digest = _digest_of(path)
        if digest is None or digest not in wanted:
            found.orphans.append(path)
            continue
        present.add(digest)
        if _hash_of(path) != digest:
            found.damaged.append(digest)
    found.missing.extend(sorted(wanted - present))
    return found


def _contents(directory: Path) -> Iterator[Path]:
    for below in sorted(directory.iterdir()) if directory.is_dir() else ():
        if below.is_dir() and below.name != "incoming":
            yield from sorted(below.iterdir())


def _digest_of(path: Path) -> bytes | None:
    """The digest that a path stands for."""
    try:
        digest = bytes.fromhex(path.name)
    except ValueError:
        return None
    return digest if place(path.parent.parent, digest) == path else None


def _hash_of(path: Path) -> bytes:
    hashed = hashlib.sha256()
    with path.open("rb") as file:
        while data := file.read(HASH_BYTES):
            hashed.update(data)
    return hashed.digest()


# In a thread


def _create(path: Path) -> int:
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)


def _open_and_hash(path: Path) -> "tuple[int, hashlib._Hash]":
    file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    hashed = hashlib.sha256()
    while data := os.read(file, HASH_BYTES):
        hashed.update(data)
    return file, hashed


def _write(file: int, data: bytes, hashed: "hashlib._Hash", flushes: bool) -> None:
    left = memoryview(data)
    hashed.update(left)
    while left:
        left = left[os.write(file, left) :]
    if flushes:
        with _FLUSHING:
            os.fdatasync(file)


def _flush(directory: Path) -> None:
    """Make the names in it durable."""
    opened = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _discard(path: Path, file: int) -> None:
    os.close(file)
    path.unlink(missing_ok=True)


def _read(path: Path, start: int, count: int) -> bytes:
    with path.open("rb", buffering=0) as file:
        return os.pread(file.fileno(), count, start)


def _length(path: Path) -> int:
    return path.stat().st_size


def _free_bytes(directory: Path) -> int:
    state = os.statvfs(directory)
    return state.f_bavail * state.f_frsize
