"""Contents of files, from when they are in their place to when nothing needs them any more.

A content may be freed by one message in the moment in which another one brings the same: whoever has a
content in hand holds it, and what is held is not removed.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial

from chatd.core.ports import FileStore, Store


class Contents:
    """Removes what nothing needs, and nothing else."""

    def __init__(self, store: Store, disk: FileStore) -> None:
        """Nothing else removes contents from `disk`."""
        self._store = store
        self._disk = disk
        self._held: Counter[bytes] = Counter()
        self._doomed: set[bytes] = set()
        """Of what is being asked whether anything needs it; taking one in hand takes it out of here."""
        self._sweeping = False

    def hold(self, digests: Iterable[bytes]) -> None:
        """These are in hand: a file that has them is about to be stored."""
        for digest in digests:
            self._held[digest] += 1
            self._doomed.discard(digest)

    def let_go(self, digests: Iterable[bytes]) -> None:
        """That file is stored, or never will be."""
        for digest in digests:
            self._held[digest] -= 1
            self._doomed.discard(digest)
            if not self._held[digest]:
                del self._held[digest]

    async def sweep(self) -> None:
        """Remove what nothing needs. Called every few seconds; while one runs, another does nothing."""
        if self._sweeping:
            return
        self._sweeping = True
        try:
            await self._sweep()
        finally:
            self._sweeping = False

    async def _sweep(self) -> None:
        gone: list[bytes] = []
        freed = await self._store.freed_contents()
        self._doomed = {digest for digest in freed if digest not in self._held}
        if not self._doomed:
            return
        for digest in await self._store.unneeded(list(self._doomed)):
            await self._disk.remove(digest, partial(self._doomed.__contains__, digest))
            gone.append(digest)
        # What was taken in hand since may be freed once more: that is to be remembered.
        gone = [digest for digest in gone if digest in self._doomed]
        self._doomed = set()
        if gone:
            await self._store.removed(gone)
