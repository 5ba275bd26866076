"""What people may not write in their first moments here, because most who do have come for nothing else."""

import re

from chatd.core.mentions import HERE, ROOM, names_in
from chatd.core.people import Person
from chatd.core.room import Room
from chatd.model import ChatError, Code

_LINK = re.compile(r"[a-z0-9]://\S|\bwww\.\w|\w\.[a-z]{2,24}(?::\d+)?/\S", re.IGNORECASE)
"""An address with its scheme, which clients make a link of, or one that people type themselves.

Of the scheme its end is enough: to look for its beginning is to look again at each letter of a long word.
"""
_ALL = frozenset({ROOM, HERE, "all", "everyone"})
"""Who is meant by these is everybody, if only by the writer."""


def check_trust(person: Person, room: Room | None, text: str, now: int) -> None:
    """Raise ChatError for a link, or a call to everybody, by somebody who is new and keeps no order here.

    `room` is None for what they say of themselves, which is shown everywhere.
    """
    left_ms = person.trusted_at - now
    if left_ms <= 0 or person.role in ("owner", "admin", "bot"):
        return
    if room is not None and room.role_of(person.user.id) != "member":
        return
    what = _what_waits(text)
    if what is not None:
        seconds = -(-left_ms // 1_000)
        wait = "1 second" if seconds == 1 else f"{seconds} seconds"
        raise ChatError(
            Code.FORBIDDEN, f"You are new here: you may write {what} in {wait}.", retry_ms=left_ms
        )


def _what_waits(text: str) -> str | None:
    if _LINK.search(text):
        return "links"
    return "calls to everybody" if _ALL.intersection(names_in(text)) else None
