"""Links that open a file for whoever has them, for a while: for terminals, which bring no cookie."""

import hashlib
import hmac
from collections.abc import Callable
from urllib.parse import quote

from chatd.model import File

LIFE_SECONDS = 24 * 3600
STEP_SECONDS = 3600
"""Links to one file are the same for so long, so that a cache knows them."""


def path_of(file: File) -> str:
    """Where the file is served; the name is for people, and for what they save it as."""
    return f"/f/{file.id}/{quote(file.name, safe='')}"


class Signer:
    """Makes such links, and knows its own."""

    def __init__(self, secret: bytes, clock: Callable[[], int]) -> None:
        """`clock` gives ms since 1970."""
        self._secret = secret
        self._clock = clock

    def path(self, file: File) -> str:
        """The address of the file, with what opens it."""
        until = self._clock() // 1000 // STEP_SECONDS * STEP_SECONDS + STEP_SECONDS + LIFE_SECONDS
        return f"{path_of(file)}?until={until}&sign={self._sign(file.id, until)}"

    def opens(self, file: str, until: str, sign: str) -> bool:
        """Whether this link still opens the file with this id."""
        if not (until.isascii() and until.isdigit() and len(until) <= 12):
            return False
        fresh = int(until) * 1000 > self._clock()
        return hmac.compare_digest(self._sign(file, int(until)).encode(), sign.encode()) and fresh

    def _sign(self, file: str, until: int) -> str:
        said = hmac.new(self._secret, f"{file} {until}".encode(), hashlib.sha256)
        return said.hexdigest()[:32]
