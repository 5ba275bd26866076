"""Images in a few coloured dots, for those who have a terminal."""

from chatd.core.ports import FileStore, Painter
from chatd.model import StoredFile

AT_ONCE_BYTES = 1 << 20
"""What is read of an image at once."""


class Drawing:
    """Draws what the file store has."""

    def __init__(self, disk: FileStore, painter: Painter) -> None:
        self._disk = disk
        self._painter = painter

    async def draw(self, stored: StoredFile, columns: int) -> list[str]:
        """The image, at most so many dots wide and high; raises ChatError."""
        disk, contents = self._disk, stored.contents
        digest = contents.get("small") or contents[""]
        length = await disk.length(digest)
        copy = await disk.begin()
        try:
            for start in range(0, length, AT_ONCE_BYTES):
                await copy.write(await disk.read(digest, start, min(AT_ONCE_BYTES, length - start)))
            return await self._painter.paint(copy.path, columns)
        finally:
            await copy.discard()
