"""The newest entries of a room, as the store would give them."""

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import TypeVar, assert_never, cast

from msgspec.structs import replace

from chatd.model import (
    Deleted,
    Edited,
    Entry,
    Previewed,
    Purged,
    Reacted,
    Said,
    User,
    size_of,
    with_reaction,
)

TAIL_ENTRIES = 200
TAIL_BYTES = 65_536
"""What every tail keeps; no page of it is longer."""

CROWD_ENTRIES = 2_000
"""Where many are, the tail keeps an entry for each of them, up to so many, and bytes in proportion.

A crowd that lost its connections comes back all at once, and needs no read from the store for each of them.
"""

RECALLED_MOST = 50
"""Earlier messages that are kept in mind besides, of which each costs a change of any message some time."""

E = TypeVar("E", bound=Entry)

_Changing = Edited | Deleted | Reacted | Previewed | Purged
_PEOPLE = ("sender", "about", "user")
"""Fields in which an entry names somebody."""


class Tail:
    """Entries without a hole, up to the room's head."""

    __slots__ = ("_bytes", "_changes", "_entries", "_recalled", "_told")

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._changes: deque[int] = deque()
        """The seqs of those that change what came before them."""
        self._told: dict[int, deque[int]] = {}
        """Of those that told of a text or a preview, by their message: what changes it changes them too."""
        self._recalled: dict[int, Said] = {}
        """Earlier messages that are needed again, by seq; as they are now, too."""

    def __len__(self) -> int:
        return len(self._entries)

    def keep(self, entry: Entry, audience: int = 0) -> None:
        """Add the next entry; what it changes is here as it is from then on.

        `audience`: how many are present.
        """
        if isinstance(entry, _Changing):
            self._change(entry)
            self._changes.append(entry.seq)
        if isinstance(entry, Edited | Previewed):
            self._told.setdefault(entry.target, deque()).append(entry.seq)
        self._entries.append(entry)
        self._bytes += size_of(entry)
        most = min(max(audience, TAIL_ENTRIES), CROWD_ENTRIES)
        most_bytes = TAIL_BYTES * most // TAIL_ENTRIES
        while len(self) > most or (self._bytes > most_bytes and len(self) > 1):
            self._drop_first()

    def page(self, after: int) -> list[Entry]:
        """The entries after this seq, which is here or just before the first: as many as a page may have."""
        page: list[Entry] = []
        size = 0
        for entry in islice(self._entries, max(0, self._place(after + 1)), None):
            size += size_of(entry)
            if page and (size > TAIL_BYTES or len(page) == TAIL_ENTRIES):
                break
            page.append(entry)
        return page

    def amended(self, entries: list[E]) -> list[E]:
        """Entries that were read before, as they are after all that has been told since."""
        if not self._changes:
            return entries
        changes: dict[int, list[_Changing]] = {}
        purges: list[_Changing] = []
        for one in self._kept_changes():
            if isinstance(one, Purged):
                purges.append(one)
            else:
                changes.setdefault(one.target, []).append(one)
        amended = []
        for entry in entries:
            message = entry.target if isinstance(entry, Edited | Previewed) else entry.seq
            for change in (*changes.get(message, ()), *purges):
                entry = _after(entry, change)
            amended.append(entry)
        return amended

    def message(self, seq: int) -> Said | None:
        """The message with this seq, if it is here or was recalled."""
        at = self._place(seq)
        found = self._entries[at] if 0 <= at < len(self) else None
        return found if isinstance(found, Said) else self._recalled.get(seq)

    def recall(self, said: Said) -> None:
        """Keep a message that was just read in mind: the last few of them."""
        [now] = self.amended([said])
        self._recalled[said.seq] = now
        if len(self._recalled) > RECALLED_MOST:
            del self._recalled[next(iter(self._recalled))]

    def forget(self, upto: int) -> None:
        """What lies up to this seq is gone, and what tells of a change of it shows no text."""
        while self._entries and self._entries[0].seq <= upto:
            self._drop_first()
        self._replace(range(len(self)), lambda entry: _without(entry, upto))
        self._recalled = {seq: said for seq, said in self._recalled.items() if seq > upto}

    def rename(self, user: User) -> None:
        """Whoever has this id is called so."""
        self._replace(range(len(self)), lambda entry: _renamed(entry, user))
        self._recalled = {seq: _renamed(said, user) for seq, said in self._recalled.items()}

    def clear(self) -> None:
        """Forget them all."""
        self._entries.clear()
        self._changes.clear()
        self._told.clear()
        self._recalled.clear()
        self._bytes = 0

    def _place(self, seq: int) -> int:
        """Where the entry with this seq is, were it here."""
        return seq - self._entries[0].seq if self._entries else -1

    def _drop_first(self) -> None:
        first = self._entries.popleft()
        self._bytes -= size_of(first)
        if self._changes and self._changes[0] == first.seq:
            self._changes.popleft()
        if isinstance(first, Edited | Previewed):
            told = self._told[first.target]
            told.popleft()
            if not told:
                del self._told[first.target]

    def _kept_changes(self) -> list[_Changing]:
        first = self._entries[0].seq
        return [cast("_Changing", self._entries[seq - first]) for seq in self._changes]

    def _change(self, change: _Changing) -> None:
        """Let the message, and what told of it, be as they are after this."""
        if isinstance(change, Purged):
            concerned: Iterable[int] = range(len(self))
        else:
            concerned = [self._place(seq) for seq in (change.target, *self._told.get(change.target, ()))]
        self._replace(concerned, lambda entry: _after(entry, change))
        self._recalled = {seq: _after(one, change) for seq, one in self._recalled.items()}

    def _replace(self, places: Iterable[int], becomes: Callable[[Entry], Entry]) -> None:
        for place in places:
            if 0 <= place < len(self):
                before = self._entries[place]
                after = self._entries[place] = becomes(before)
                self._bytes += size_of(after) - size_of(before)


def _renamed(entry: E, user: User) -> E:
    there = {field: getattr(entry, field, None) for field in _PEOPLE}
    changed = {field: user for field, one in there.items() if one is not None and one.id == user.id}
    return replace(entry, **changed) if changed else entry


def _without(entry: Entry, upto: int) -> Entry:
    if isinstance(entry, Edited) and entry.target <= upto:
        return replace(entry, text=None, me=False)
    if isinstance(entry, Previewed) and entry.target <= upto:
        return replace(entry, preview=None)
    return entry


def _after(entry: E, change: _Changing) -> E:
    """What has become of an entry by a change: what told of a text or a preview shows the newest one."""
    match entry:
        case Said() if _concerns(change, entry.seq, entry.sender.id):
            return cast("E", _changed(entry, change))
        case Edited() if _concerns(change, entry.target, entry.sender.id):
            return cast("E", _retold(entry, change))
        case Previewed() if _concerns(change, entry.target, entry.sender.id):
            return cast("E", _shown(entry, change))
        case _:
            return entry


def _retold(edited: Edited, change: _Changing) -> Edited:
    match change:
        case Edited():
            return replace(edited, text=change.text)
        case Deleted() | Purged():
            return replace(edited, text=None)
        case Reacted() | Previewed():
            return edited
        case _:
            assert_never(change)


def _shown(previewed: Previewed, change: _Changing) -> Previewed:
    match change:
        case Previewed():
            return replace(previewed, preview=change.preview)
        case Edited() | Deleted() | Purged():
            return replace(previewed, preview=None)
        case Reacted():
            return previewed
        case _:
            assert_never(change)


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
            return replace(said, text=change.text, edited=True, changed=change.seq, preview=None)
        case Deleted():
            return _gone(said, change.seq)
        case Reacted():
            reactions = with_reaction(said.reactions, change.emoji, change.sender.id, on=change.on)
            return replace(said, reactions=reactions, changed=change.seq)
        case Previewed():
            return replace(said, preview=change.preview, changed=change.seq)
        case Purged():
            return _gone(said, None)
        case _:
            assert_never(change)


def _gone(said: Said, changed: int | None) -> Said:
    return replace(
        said, text="", edited=False, deleted=True, changed=changed, file=None, reactions=(), preview=None
    )
