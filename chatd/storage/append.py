"""The hot path: many drafts become entries in a handful of statements."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, and_, false, insert, literal_column, select, update

from chatd.model import ChatError, Draft, File, Said
from chatd.storage import files, mentions
from chatd.storage.keys import digest
from chatd.storage.log import advance
from chatd.storage.prepared import Prepared, PreparedInsert, given
from chatd.storage.refusals import key_reused, no_such_file, no_such_message, unstorable
from chatd.storage.schema import entries, is_said, keys, members
from chatd.storage.speaking import Voices


class Appended(NamedTuple):
    """What became of one draft."""

    entry: Said
    fresh: bool
    """Stored just now; False for the first entry that the same key already stands for."""


Outcome = Appended | ChatError
_Key = tuple[int, str]


class _Use(NamedTuple):
    """What a key stands for in the database."""

    digest: bytes
    seq: int
    at: int


_pairs = given("author", "key")
_uses = Prepared(
    select(keys.c.author, keys.c.key, keys.c.digest, keys.c.seq, keys.c.at).join_from(
        _pairs, keys, and_(keys.c.author == _pairs.c.author, keys.c.key == _pairs.c.key)
    )
)
_places = given("room", "seq")
_present = Prepared(
    select(entries.c.room, entries.c.seq)
    .join_from(_places, entries, and_(entries.c.room == _places.c.room, entries.c.seq == _places.c.seq))
    .where(is_said)
)
_insert_said = PreparedInsert(
    insert(entries).values(kind=literal_column("'said'"), edited=false(), deleted=false()),
    ("room", "seq", "at", "author", "text", "reply_to", "me", "key"),
)
_insert_key = PreparedInsert(insert(keys), ("author", "key", "room", "seq", "digest", "at"))
_positions = given("author", "room", "seq")
_keep_read = Prepared(
    update(members)
    .where(
        members.c.user == _positions.c.author,
        members.c.room == _positions.c.room,
        members.c.read < _positions.c.seq,
    )
    .values(read=_positions.c.seq)
    .returning(members.c.user)
)


def append_all(connection: Connection, drafts: Sequence[Draft], now: int) -> list[Outcome]:
    """Store the drafts in their order, each under its room's next seq, at `now` or the room's newest time.

    A known key, an earlier draft's included, is answered before anything else is asked. Raises
    UnicodeEncodeError or OverflowError for what no column holds: then the caller rolls back, and tries one by
    one.
    """
    known = _find_uses(connection, [(one.author.id, one.key) for one in drafts if one.key is not None])
    present = _find_present(
        connection, [(one.room, one.reply_to) for one in drafts if one.reply_to is not None]
    )
    voices = Voices(connection, now, {(one.author.id, one.room) for one in drafts})
    offered = files.offered(connection, drafts)
    outcomes: dict[int, Outcome] = {}
    fresh: dict[int, Draft] = {}
    digests: dict[int, bytes] = {}
    first_uses: dict[_Key, int] = {}
    repeats: dict[int, int] = {}
    carried: dict[int, File] = {}
    for index, draft in enumerate(drafts):
        if draft.key is not None:
            if "\0" in draft.key:  # where SQLite's own functions see its end
                outcomes[index] = unstorable()
                continue
            pair = draft.author.id, draft.key
            mine = digests[index] = _digest(draft)
            if use := known.get(pair):
                same = use.digest == mine
                outcomes[index] = Appended(_said(draft, use.seq, use.at), False) if same else key_reused()
                continue
            if (first := first_uses.get(pair)) is not None:
                if digests[first] == mine:
                    repeats[index] = first
                else:
                    outcomes[index] = key_reused()
                continue
        place = draft.author.id, draft.room
        if refusal := voices.refusal(place):
            outcomes[index] = refusal
            continue
        if draft.reply_to is not None and (draft.room, draft.reply_to) not in present:
            outcomes[index] = no_such_message()
            continue
        if draft.file is not None:
            file = offered.pop((draft.room, draft.author.id, draft.file), None)
            if file is None:
                outcomes[index] = no_such_file()
                continue
            carried[index] = file
        if draft.key is not None:
            first_uses[pair] = index
        voices.spoke(place)
        fresh[index] = draft
    voices.keep()
    entries = _give_seqs(connection, fresh, carried, now)
    _insert(connection, entries, digests)
    called = [
        (one.room, entries[index].seq, one.author.id, one.calls)
        for index, one in fresh.items()
        if one.calls is not None
    ]
    if called:
        mentions.keep(connection, called)
    files.send(connection, ((file.id, entries[index].seq) for index, file in carried.items()))
    read = {(one.author.id, one.room): entries[index].seq for index, one in fresh.items() if one.reads}
    if read:
        _keep_read(connection, [(*place, seq) for place, seq in read.items()])
    outcomes.update((index, Appended(entry, True)) for index, entry in entries.items())
    outcomes.update((index, Appended(entries[first], False)) for index, first in repeats.items())
    return [outcomes[index] for index in range(len(drafts))]


def _give_seqs(
    connection: Connection, drafts: dict[int, Draft], carried: dict[int, File], now: int
) -> dict[int, Said]:
    counts = Counter(draft.room for draft in drafts.values())
    places = advance(connection, counts, now) if counts else {}
    said = {}
    for index, draft in drafts.items():
        before, at = places[draft.room]
        places[draft.room] = before + 1, at
        said[index] = _said(draft, before + 1, at, carried.get(index))
    return said


def _insert(connection: Connection, said: dict[int, Said], digests: dict[int, bytes]) -> None:
    rows = [
        (one.room, one.seq, one.at, one.sender.id, one.text, one.reply_to, one.me, one.key)
        for one in said.values()
    ]
    key_rows = [
        (one.sender.id, one.key, one.room, one.seq, digests[index], one.at)
        for index, one in said.items()
        if one.key is not None
    ]
    if rows:
        _insert_said(connection, rows)
    if key_rows:
        _insert_key(connection, key_rows)


def _find_uses(connection: Connection, pairs: Sequence[_Key]) -> dict[_Key, _Use]:
    if not pairs:
        return {}
    return {(author, key): _Use(digest, seq, at) for author, key, digest, seq, at in _uses(connection, pairs)}


def _find_present(connection: Connection, places: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    if not places:
        return set()
    return {(room, seq) for room, seq in _present(connection, places)}


def _said(draft: Draft, seq: int, at: int, file: File | None = None) -> Said:
    return Said(
        room=draft.room,
        seq=seq,
        at=at,
        sender=draft.author,
        text=draft.text,
        key=draft.key,
        reply_to=draft.reply_to,
        me=draft.me,
        file=file,
    )


def _digest(draft: Draft) -> bytes:
    """What tells a retry from another command with the same key."""
    content = f"say {draft.room} {draft.reply_to} {draft.me} {draft.text}"
    return digest(content if draft.file is None else f"{content!r} with {draft.content or draft.file}")
