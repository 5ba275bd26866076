"""Codes by which one session logs another in: each works once, within minutes, while its session is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from chatd.core.rates import MINUTE_MS
from chatd.model import ChatError, Code

if TYPE_CHECKING:
    from chatd.core.session import Session

LIFE_MS = 5 * MINUTE_MS

MOST = 1_000
"""Codes that are open at once. An address that fails 30 times a minute finds one of so many, of 40 bits each,
in 70 years."""


class _Open(NamedTuple):
    session: Session
    until: int


class Links:
    """Every open code, by its digest. Time is in milliseconds."""

    def __init__(self) -> None:
        self._open: dict[bytes, _Open] = {}
        """In the order in which they end."""
        self._of: dict[Session, bytes] = {}

    def open(self, session: Session, digest: bytes, now: int) -> None:
        """From now on this is the session's code, in place of any other; raises ChatError `unavailable`."""
        self.drop(session)
        self.forget(now)
        if len(self._open) >= MOST:
            raise ChatError(Code.UNAVAILABLE, "Too many codes are in use. Try again in a minute.", MINUTE_MS)
        self._open[digest] = _Open(session, now + LIFE_MS)
        self._of[session] = digest

    def take(self, digest: bytes, now: int, *, stranger: bool) -> Session | None:
        """The session that has this code, which is used up; None where there is none.

        `stranger`: whether it is somebody who is not logged in that may have it, and nobody else.
        """
        self.forget(now)
        found = self._open.get(digest)
        if found is None or (found.session.person is None) is not stranger:
            return None
        self.drop(found.session)
        return found.session

    def drop(self, session: Session) -> None:
        """The session's code works no more, if it has one."""
        digest = self._of.pop(session, None)
        if digest is not None:
            del self._open[digest]

    def forget(self, now: int) -> None:
        """Drop the codes whose time is over."""
        for found in list(self._open.values()):
            if found.until > now:
                return
            self.drop(found.session)

    def __len__(self) -> int:
        return len(self._open)
