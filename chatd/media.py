"""Looks into files."""

from chatd.model import Look
from chatd.model.media import kind_of


class Media:
    """The `Media` port."""

    async def look(self, path: str, head: bytes) -> Look:
        """What the file is that lies there and begins so."""
        return Look(kind_of(head))
