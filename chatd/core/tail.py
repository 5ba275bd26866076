"""The newest entries of a room, as the store would give them."""

from collections import deque
from typing import TypeVar, assert_never, cast

from msgspec.structs import replace

from chatd.model import Deleted, Edited, Entry, Purged, Said, text_of

TAIL_ENTRIES = 200
TAIL_CHARS = 65_536
"""A tail is sent as one page, so it is as long as a page may be at most."""

E = TypeVar("E", bound=Entry)

_Changing = Edited | Deleted | Purged


class Tail:
    """Entries without a hole, up to the room's head."""

    __slots__ = ("_chars", "_entries")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._chars = 0

    def __len__(self) -> int:
        return len(self._entries)

    def keep(self, entry: Entry) -> None:
        """Add the next entry; what it changes is here as it is from then on."""
        if isinstance(entry, _Changing):
            self._entries = deque(_after(one, entry) for one in self._entries)
            self._chars = sum(len(text_of(one)) for one in self._entries)
        self._entries.append(entry)
        self._chars += len(text_of(entry))
        while len(self) > TAIL_ENTRIES or (self._chars > TAIL_CHARS and len(self) > 1):
            self._chars -= len(text_of(self._entries.popleft()))

    def last(self, count: int) -> list[Entry]:
        """So many of the newest."""
        return list(self._entries)[len(self) - count :]

    def amended(self, entries: list[E]) -> list[E]:
        """Entries that were read before, as they are after all that has been told since."""
        last = {one.target: one for one in self._entries if isinstance(one, Edited | Deleted)}
        purges = [one for one in self._entries if isinstance(one, Purged)]
        if not last and not purges:
            return entries
        amended = []
        for entry in entries:
            message = entry.target if isinstance(entry, Edited) else entry.seq
            if message in last:
                entry = _after(entry, last[message])
            for purge in purges:
                entry = _after(entry, purge)
            amended.append(entry)
        return amended

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()
        self._chars = 0


def _after(entry: E, change: _Changing) -> E:
    """What has become of an entry by a change: an edit of a message shows the message's newest text."""
    match entry:
        case Said() if _concerns(change, entry.seq, entry.sender.id):
            return cast("E", _changed(entry, change))
        case Edited() if _concerns(change, entry.target, entry.sender.id):
            return replace(entry, text=change.text if isinstance(change, Edited) else None)
        case _:
            return entry


def _concerns(change: _Changing, message: int, author: int) -> bool:
    if isinstance(change, Purged):
        return author == change.user.id and message <= change.up_to
    return message == change.target


def _changed(said: Said, change: _Changing) -> Said:
    if said.deleted or change.seq <= (said.changed or said.seq):
        return said
    match change:
        case Edited():
            if change.text is None:
                return said  # read from the store after the message was deleted, which a later entry tells
            return replace(said, text=change.text, edited=True, changed=change.seq)
        case Deleted():
            return replace(said, text="", edited=False, deleted=True, changed=change.seq, file=None)
        case Purged():
            return replace(said, text="", edited=False, deleted=True, changed=None, file=None)
        case _:
            assert_never(change)
