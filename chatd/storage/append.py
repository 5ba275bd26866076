"""The hot path: many drafts become entries in a handful of statements."""

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, false, insert, select, update

from chatd.model import ChatError, Draft, Entry, Said
from chatd.storage.dialect import json_rows
from chatd.storage.refusals import key_reused, no_such_message, no_such_room, unstorable
from chatd.storage.schema import entries, is_said, keys, rooms


class Appended(NamedTuple):
    """What became of one draft."""

    entry: Entry
    fresh: bool
    """Stored just now; False for the first entry that the same key already stands for."""


Outcome = Appended | ChatError

_Key = tuple[int, str]


class _Use(NamedTuple):
    """What a key stands for in the database."""

    digest: bytes
    seq: int
    at: int


_pairs = json_rows("pairs", "author", "key")
_uses = select(keys.c.author, keys.c.key, keys.c.digest, keys.c.seq, keys.c.at).join_from(
    _pairs, keys, and_(keys.c.author == _pairs.c.author, keys.c.key == _pairs.c.key)
)
_places = json_rows("places", "room", "seq")
_present = (
    select(entries.c.room, entries.c.seq)
    .join_from(_places, entries, and_(entries.c.room == _places.c.room, entries.c.seq == _places.c.seq))
    .where(is_said)
)
_counts = json_rows("counts", "room", "count")
_advance = (
    update(rooms)
    .where(rooms.c.id == _counts.c.room)
    .values(
        head=rooms.c.head + _counts.c.count,
        at=case((rooms.c.at > bindparam("now"), rooms.c.at), else_=bindparam("now")),
    )
    .returning(rooms.c.id, rooms.c.head, rooms.c.at)
)
_insert_said = insert(entries).values(kind="said", edited=false(), deleted=false())
_insert_key = insert(keys)


def append_all(connection: Connection, drafts: Sequence[Draft], now: int) -> list[Outcome]:
    """Store the drafts in their order, each under its room's next seq, at `now` or the room's newest time.

    A known key, an earlier draft's included, is answered before seqs are given out. Raises IntegrityError
    when an author is not stored, UnicodeEncodeError or OverflowError for what no column holds; then the
    caller rolls back.
    """
    known = _find_uses(connection, [(one.author.id, one.key) for one in drafts if one.key is not None])
    present = _find_present(
        connection, [(one.room, one.reply_to) for one in drafts if one.reply_to is not None]
    )
    outcomes: dict[int, Outcome] = {}
    fresh: dict[int, Draft] = {}
    digests: dict[int, bytes] = {}
    first_uses: dict[_Key, int] = {}
    repeats: dict[int, int] = {}
    for index, draft in enumerate(drafts):
        if draft.key is not None:
            if "\0" in draft.key:  # json_rows would find another key
                outcomes[index] = unstorable()
                continue
            pair = draft.author.id, draft.key
            digest = digests[index] = _digest(draft)
            if use := known.get(pair):
                same = use.digest == digest
                outcomes[index] = Appended(_said(draft, use.seq, use.at), False) if same else key_reused()
                continue
            if (first := first_uses.get(pair)) is not None:
                if digests[first] == digest:
                    repeats[index] = first
                else:
                    outcomes[index] = key_reused()
                continue
        if draft.reply_to is not None and (draft.room, draft.reply_to) not in present:
            outcomes[index] = no_such_message()
            continue
        if draft.key is not None:
            first_uses[pair] = index
        fresh[index] = draft
    outcomes.update(_store(connection, fresh, digests, now))
    for index, first in repeats.items():
        outcomes[index] = _again(outcomes[first])
    return [outcomes[index] for index in range(len(drafts))]


def _store(
    connection: Connection, drafts: dict[int, Draft], digests: dict[int, bytes], now: int
) -> dict[int, Outcome]:
    """Give seqs out and write the rows; every draft is new, and may be stored if its room exists."""
    places = _advance_rooms(connection, Counter(draft.room for draft in drafts.values()), now)
    outcomes: dict[int, Outcome] = {}
    said_rows, key_rows = [], []
    for index, draft in drafts.items():
        place = places.get(draft.room)
        if place is None:
            outcomes[index] = no_such_room()
            continue
        seq, at = place
        places[draft.room] = seq + 1, at
        outcomes[index] = Appended(_said(draft, seq, at), True)
        said_rows.append(
            {
                "room": draft.room,
                "seq": seq,
                "at": at,
                "author": draft.author.id,
                "text": draft.text,
                "reply_to": draft.reply_to,
                "me": draft.me,
                "key": draft.key,
            }
        )
        if draft.key is not None:
            key_rows.append(
                {
                    "author": draft.author.id,
                    "key": draft.key,
                    "room": draft.room,
                    "seq": seq,
                    "digest": digests[index],
                    "at": at,
                }
            )
    if said_rows:
        connection.execute(_insert_said, said_rows)
    if key_rows:
        connection.execute(_insert_key, key_rows)
    return outcomes


def _advance_rooms(connection: Connection, counts: Counter[int], now: int) -> dict[int, tuple[int, int]]:
    """Reserve so many seqs in each room: the first of them and their time; nothing for a room not there."""
    ends = connection.execute(_advance, {"counts": json.dumps(sorted(counts.items())), "now": now})
    return {room: (head - counts[room] + 1, at) for room, head, at in ends}


def _find_uses(connection: Connection, pairs: Sequence[_Key]) -> dict[_Key, _Use]:
    if not pairs:
        return {}
    rows = connection.execute(_uses, {"pairs": json.dumps(pairs)})
    return {(author, key): _Use(digest, seq, at) for author, key, digest, seq, at in rows}


def _find_present(connection: Connection, places: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    if not places:
        return set()
    return {(room, seq) for room, seq in connection.execute(_present, {"places": json.dumps(places)})}


def _said(draft: Draft, seq: int, at: int) -> Said:
    return Said(
        room=draft.room,
        seq=seq,
        at=at,
        sender=draft.author,
        text=draft.text,
        key=draft.key,
        reply_to=draft.reply_to,
        me=draft.me,
    )


def _digest(draft: Draft) -> bytes:
    """What tells a retry from another command with the same key."""
    content = f"say {draft.room} {draft.reply_to} {draft.me} {draft.text}"
    return blake2b(content.encode(), digest_size=16).digest()


def _again(first: Outcome) -> Outcome:
    if isinstance(first, ChatError):
        return ChatError(first.code, first.text, first.retry_ms)
    return Appended(first.entry, False)
