"""What must hold of a room's log and of what its readers saw, whatever happened to the server meanwhile.

Each check gives a sentence for every violation it finds; nothing here talks to a server.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a log, as somebody saw it, as it was acknowledged, or as it is stored."""

    room: str
    seq: int
    author: str
    text: str
    """A message's own, without what an edit appended in brackets, and empty when it was deleted; of an entry
    that changed a message, that one's seq."""
    kind: str = "said"

    def __str__(self) -> str:
        kind = "" if self.kind == "said" else f" {self.kind}"
        return f'#{self.room} {self.seq}{kind} <{self.author}> "{self.text}"'

    @property
    def said(self) -> bool:
        """Whether it is a message whose text is known."""
        return self.kind == "said" and self.text != ""

    @property
    def gone(self) -> "Message":
        """The same after it was deleted."""
        return replace(self, text="") if self.kind == "said" else self


def unedited(text: str) -> str:
    """What a message was called at first: `web1 17` for `web1 17 (2)`."""
    return text.partition(" (")[0]


@dataclass
class Journal:
    """What one client saw and was promised, over all its connections."""

    client: str
    """The name under which its messages are stored."""
    echoes: bool
    """Whether it is shown its own messages."""
    kinds: frozenset[str] = frozenset({"said", "edited", "deleted", "reacted"})
    """Which entries it is shown with their seqs."""
    start: int = 0
    """The position, in every room, after which it wanted everything."""
    attachments: list[list[Message]] = field(default_factory=list)
    """Each time it attached to a room: what came, in the order it came."""
    acknowledged: list[Message] = field(default_factory=list)
    """Its own messages that the server said were stored."""
    complaints: list[str] = field(default_factory=list)
    """Answers that no correct server gives to what it did, and gaps that nobody made."""
    view: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    """Its messages by room and seq as they are in the end: the seq of the last change, and the text, which
    is empty for a deleted one. Empty for a client that keeps none."""
    gaps: int = 0
    """How often the server said that something was left out, and it went back for that."""

    def seen(self) -> Iterator[Message]:
        """All that it saw."""
        for attachment in self.attachments:
            yield from attachment


@dataclass
class Log:
    """What is stored."""

    messages: list[Message]
    """By room and seq."""
    heads: dict[str, int]
    """Of each room, as the room's own row says."""
    keys: list[tuple[str, str, Message]]
    """Author, key, and the message that has it."""
    texts: dict[tuple[str, int], str] = field(default_factory=dict)
    """The messages by room and seq, with their whole texts."""

    def rooms(self) -> dict[str, list[Message]]:
        """The entries of each room, ascending."""
        rooms: dict[str, list[Message]] = {name: [] for name in self.heads}
        for message in self.messages:
            rooms[message.room].append(message)
        return rooms

    def shown(self, kinds: Collection[str]) -> list[Message]:
        """The entries that everybody is shown who is shown these kinds.

        Whoever is not shown deletions may never be shown an edit of what was deleted meanwhile.
        """
        gone = (
            set()
            if "deleted" in kinds
            else {(one.room, str(one.seq)) for one in self.messages if not one.text}
        )
        return [
            one
            for one in self.messages
            if one.kind in kinds and not (one.kind == "edited" and (one.room, one.text) in gone)
        ]

    def ends(self, kinds: Collection[str]) -> dict[str, int]:
        """The seq of the newest entry in each room of those that are shown."""
        ends = dict.fromkeys(self.heads, 0)
        return ends | {one.room: one.seq for one in self.shown(kinds)}


def read_log(database: Path) -> Log:
    """The log in chatd's database, read directly."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return log_of(connection)


def log_of(connection: sqlite3.Connection) -> Log:
    """The log in chatd's database."""
    heads = dict(connection.execute("SELECT name, head FROM rooms WHERE kind != 'direct'").fetchall())
    rows = connection.execute(
        "SELECT rooms.name, seq, users.name, text, entries.kind, target, key FROM entries"
        " JOIN rooms ON rooms.id = entries.room JOIN users ON users.id = author"
        " WHERE rooms.kind != 'direct' ORDER BY entries.room, seq"
    ).fetchall()
    messages = [
        Message(room, seq, author, unedited(text or "") if target is None else str(target), kind)
        for room, seq, author, text, kind, target, _ in rows
    ]
    keys = [(row[2], row[6], message) for row, message in zip(rows, messages, strict=True) if row[6]]
    texts = {(room, seq): text or "" for room, seq, _, text, kind, _, _ in rows if kind == "said"}
    return Log(messages, heads, keys, texts)


def violations(log: Log, journals: Sequence[Journal]) -> list[str]:
    """Every promise that was broken."""
    return [
        *dense(log),
        *nothing_twice(log),
        *acknowledged_is_stored(log, journals),
        *seen_is_stored(log, journals),
        *one_order(journals),
        *ascending(journals),
        *no_hole(log, journals),
        *same_view(log, journals),
        *(f"{journal.client}: {complaint}" for journal in journals for complaint in journal.complaints),
    ]


def dense(log: Log) -> Iterator[str]:
    """Each room's seqs are 1, 2, 3 … up to its head."""
    for room, messages in log.rooms().items():
        seqs = [message.seq for message in messages]
        if seqs != list(range(1, log.heads[room] + 1)):
            yield f"#{room} has the head {log.heads[room]} and {len(seqs)} entries that are not 1 to head."


def nothing_twice(log: Log) -> Iterator[str]:
    """No text is stored twice, and no sender's key."""
    for text, count in _repeated(message.text for message in log.messages if message.said):
        yield f'"{text}" is stored {count} times.'
    for (author, key), count in _repeated((author, key) for author, key, _ in log.keys):
        yield f"The key {key} of {author} is stored {count} times."


def acknowledged_is_stored(log: Log, journals: Sequence[Journal]) -> Iterator[str]:
    """What a sender was told is stored is stored, under the seq that it was told."""
    stored = set(log.messages)
    for journal in journals:
        for message in journal.acknowledged:
            if not {message, message.gone} & stored:
                yield f"{message} was acknowledged and is not stored."


def seen_is_stored(log: Log, journals: Sequence[Journal]) -> Iterator[str]:
    """What anybody saw is stored, exactly as they saw it, unless it was deleted since."""
    stored = set(log.messages)
    for journal in journals:
        for message in journal.seen():
            if not {message, message.gone} & stored:
                yield f"{message} was seen by {journal.client} and is not stored."


def one_order(journals: Sequence[Journal]) -> Iterator[str]:
    """No two readers saw different entries under the same seq, nor one message under two seqs."""
    at: dict[tuple[str, int], Message] = {}
    of: dict[str, Message] = {}
    for journal in journals:
        for message in journal.seen():
            place = (message.room, message.seq)
            there = at.setdefault(place, message)
            if message.said and not there.said:
                at[place] = message
            same = of.setdefault(message.text, message) if message.said else message
            for other in (there, same):
                if other != message and not (message.gone == other.gone and "" in (message.text, other.text)):
                    yield f"{journal.client} saw {message}, and somebody saw {other}."


def ascending(journals: Sequence[Journal]) -> Iterator[str]:
    """On one attachment a room's seqs strictly ascend."""
    for journal in journals:
        for attachment in journal.attachments:
            last: dict[str, int] = {}
            for message in attachment:
                if message.seq <= last.get(message.room, 0):
                    yield f"{journal.client} saw {message} after {last[message.room]} on one attachment."
                last[message.room] = message.seq


def no_hole(log: Log, journals: Sequence[Journal]) -> Iterator[str]:
    """Over all its connections each reader saw everything after its start."""
    for journal in journals:
        saw: defaultdict[str, set[int]] = defaultdict(set)
        for message in journal.seen():
            saw[message.room].add(message.seq)
        for message in log.shown(journal.kinds):
            own = message.author == journal.client and not journal.echoes
            if message.seq > journal.start and not own and message.seq not in saw[message.room]:
                yield f"{message} was never seen by {journal.client}."


def same_view(log: Log, journals: Sequence[Journal]) -> Iterator[str]:
    """In the end each reader has the messages as they are stored, edits and deletions included."""
    for journal in journals:
        if not journal.view:
            continue
        for (room, seq), text in log.texts.items():
            _, seen = journal.view.get((room, seq), (0, None))
            if seq > journal.start and seen != text:
                yield f"{journal.client} has #{room} {seq} as {seen!r}, and it is {text!r}."


_Thing = TypeVar("_Thing")


def _repeated(things: Iterable[_Thing]) -> list[tuple[_Thing, int]]:
    return [(thing, count) for thing, count in Counter(things).items() if count > 1]
