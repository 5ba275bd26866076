"""Tickets: by each of them one body may come in, without any other login."""

from collections import Counter
from typing import NamedTuple

from chatd.core.ports import Permit
from chatd.core.rates import MINUTE_MS
from chatd.model import ChatError, Code, User

LIFE_MS = 10 * MINUTE_MS
MOST = 10_000
"""Tickets that are open at once."""
MOST_OF_ONE = 100
"""Of one user: as many files as somebody drags into a window at once."""


class Ticket(NamedTuple):
    """A file may come in, and this becomes of it."""

    user: User
    room: int
    name: str
    """What the file is called."""
    send: bool = True
    """It becomes a message by itself, with what follows; otherwise a message of the user's names it."""
    text: str = ""
    key: str | None = None
    reply_to: int | None = None


class IconTicket(NamedTuple):
    """An image may come in, by which the user is shown then, or a room."""

    user: User
    room: int | None = None
    permit: Permit | None = None
    """Whether they may do that to the room, asked again when the image is there."""


class Tickets:
    """Every open ticket, by the digest of its code. Time is in milliseconds."""

    def __init__(self) -> None:
        self._open: dict[bytes, tuple[Ticket | IconTicket, int]] = {}
        """In the order in which they end."""
        self._of: Counter[int] = Counter()

    def open(self, digest: bytes, ticket: Ticket | IconTicket, now: int) -> None:
        """From now on the code with this digest opens it, once; raises ChatError `too_many`."""
        self._forget(now)
        if len(self._open) >= MOST or self._of[ticket.user.id] >= MOST_OF_ONE:
            raise ChatError(Code.TOO_MANY, "Too many uploads are expected. Wait a moment.", MINUTE_MS)
        self._open[digest] = ticket, now + LIFE_MS
        self._of[ticket.user.id] += 1

    def take(self, digest: bytes, now: int) -> Ticket | IconTicket | None:
        """What the code opens, which is used up; None where that is nothing."""
        self._forget(now)
        return self._drop(digest) if digest in self._open else None

    def _drop(self, digest: bytes) -> Ticket | IconTicket:
        ticket, _ = self._open.pop(digest)
        self._of[ticket.user.id] -= 1
        if not self._of[ticket.user.id]:
            del self._of[ticket.user.id]
        return ticket

    def _forget(self, now: int) -> None:
        for digest, (_, until) in list(self._open.items()):
            if until > now:
                return
            self._drop(digest)

    def __len__(self) -> int:
        return len(self._open)
