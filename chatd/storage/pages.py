"""Reading a room's log: pages of all that is in it, or of its messages as they are now."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, TypeVar, cast, get_args

from msgspec.structs import replace
from sqlalchemy import Connection, Select, and_, select

from chatd.model import (
    Deleted,
    Edited,
    Entry,
    File,
    Notice,
    Noticed,
    Page,
    Pinned,
    Place,
    Previewed,
    Purged,
    Reacted,
    Said,
    User,
    size_of,
)
from chatd.storage import files
from chatd.storage.dialect import json_rows
from chatd.storage.prepared import Prepared
from chatd.storage.previews import with_previews
from chatd.storage.reactions import with_reactions
from chatd.storage.reads import need_room
from chatd.storage.refusals import no_such_target
from chatd.storage.schema import entries as log
from chatd.storage.schema import is_said, users

E = TypeVar("E", bound=Entry)

PAGE_ENTRIES = 200
PAGE_BYTES = 256 * 1024
"""Bytes of text and of reactions in a page: what one answer may cost in memory and on the wire."""

_NOTICES = get_args(Notice)
_targets = log.alias("targets")
_others = users.alias("others")

_MESSAGE = (
    log.c.room,
    log.c.seq,
    log.c.at,
    log.c.author,
    users.c.name,
    users.c.kind,
    log.c.text,
    log.c.key,
    log.c.reply_to,
    log.c.me,
    log.c.changed,
    log.c.edited,
    log.c.deleted,
)

_places = json_rows("places", "room", "seq")
_at_places = Prepared(
    select(*_MESSAGE)
    .join_from(_places, log, and_(log.c.room == _places.c.room, log.c.seq == _places.c.seq))
    .join(users, log.c.author == users.c.id)
    .where(is_said)
)


def entries(connection: Connection, room: int, after: int, upto: int | None) -> Page[Entry]:
    """Every kind of entry after `after`, ascending; complete when it reaches `upto`, or the head."""
    row = need_room(connection, room)
    first, last = max(after, row.floor) + 1, row.head if upto is None else min(upto, row.head)
    return _ascending(connection, _entries(room), _entry, first, last, PAGE_ENTRIES)


def messages(
    connection: Connection,
    room: int,
    before: int | None,
    after: int | None,
    limit: int,
    without: Collection[int] = (),
    around: int | None = None,
) -> Page[Said]:
    """Messages only, ascending: the first ones after `after`, or without it the last ones before `before`.

    `without`: by nobody of these. `around`: a message and its neighbours; raises ChatError `no_such_message`
    when it is not there.
    """
    row = need_room(connection, room)
    limit = max(1, min(limit, PAGE_ENTRIES))
    first, last = max(after or 0, row.floor) + 1, row.head if before is None else min(before - 1, row.head)
    said = _messages(room)
    if without:
        said = said.where(log.c.author.not_in(without))
    if around is not None:
        return _around(connection, said, first, around, last, limit)
    if after is not None:
        return _ascending(connection, said, _said, first, last, limit)
    return _descending(connection, said, _said, first, last, limit)


def _around(
    connection: Connection, query: Select[Any], first: int, seq: int, last: int, limit: int
) -> Page[Said]:
    """The message with this seq in the middle of a page, so far as there are as many on both sides."""
    earlier = _descending(connection, query, _said, first, min(seq, last), limit // 2 + 1)
    if not earlier.entries or earlier.entries[-1].seq != seq:
        raise no_such_target()
    left = limit - len(earlier.entries)
    if not left:
        return Page(earlier.entries, earlier.first, seq, earlier.complete and seq == last)
    later = _ascending(connection, query, _said, seq + 1, last, left)
    size_bytes = sum(map(size_of, earlier.entries))
    entries, fits = _fitting(later.entries, left, size_bytes)
    end = later.last if fits else entries[-1].seq
    complete = earlier.complete and later.complete and fits
    return Page([*earlier.entries, *entries], earlier.first, end, complete)


def message(connection: Connection, room: int, seq: int) -> Said | None:
    """One message in its current state."""
    return next(iter(messages_at(connection, [Place(room, seq)])), None)


def messages_at(connection: Connection, places: Collection[Place]) -> list[Said]:
    """The messages at these places, in their order, so far as there are messages."""
    if not places:
        return []
    asked = json.dumps([(one.room, one.seq) for one in places])
    found = {(row.room, row.seq): _said(row) for row in _at_places(connection, places=asked)}
    there = (found.get((one.room, one.seq)) for one in places)
    return [_furnished(connection, [said])[0] for said in there if said is not None]


def _messages(room: int) -> Select[Any]:
    return (
        select(*_MESSAGE).join_from(log, users, log.c.author == users.c.id).where(log.c.room == room, is_said)
    )


def _entries(room: int) -> Select[Any]:
    """Every kind: the messages' columns, then what other kinds have besides."""
    its_target = and_(log.c.kind == "edited", _targets.c.room == log.c.room, _targets.c.seq == log.c.target)
    return (
        select(
            *_MESSAGE,
            log.c.kind,
            log.c.target,
            _targets.c.text,
            _targets.c.me,
            _others.c.id,
            _others.c.name,
            _others.c.kind,
        )
        .join_from(log, users, log.c.author == users.c.id)
        .outerjoin(_targets, its_target)
        .outerjoin(_others, log.c.about == _others.c.id)
        .where(log.c.room == room)
    )


def _ascending(
    connection: Connection,
    query: Select[Any],
    read: Callable[[Sequence[Any]], E],
    first: int,
    last: int,
    limit: int,
) -> Page[E]:
    page, complete = _take(connection, query.order_by(log.c.seq), read, first, last, limit)
    end = max(last, first - 1) if complete else page[-1].seq
    return Page(page, first, end, complete)


def _descending(
    connection: Connection,
    query: Select[Any],
    read: Callable[[Sequence[Any]], E],
    first: int,
    last: int,
    limit: int,
) -> Page[E]:
    page, complete = _take(connection, query.order_by(log.c.seq.desc()), read, first, last, limit)
    page.reverse()
    return Page(page, first if complete else page[0].seq, max(last, first - 1), complete)


def _take(
    connection: Connection,
    query: Select[Any],
    read: Callable[[Sequence[Any]], E],
    first: int,
    last: int,
    limit: int,
) -> tuple[list[E], bool]:
    """What fits into a page, in the query's order, and whether that was all."""
    found = connection.execute(query.where(log.c.seq.between(first, last)).limit(limit + 1))
    taken, all_of_them = _fitting(map(read, found), limit)
    found.close()
    taken, fits = _fitting(_furnished(connection, taken), limit)
    return taken, all_of_them and fits


def _fitting(found: Iterable[E], limit: int, size_bytes: int = 0) -> tuple[list[E], bool]:
    """The first of these, as far as a page of so many bytes takes them, and whether those were all."""
    taken: list[E] = []
    for entry in found:
        size_bytes += size_of(entry)
        if taken and (len(taken) == limit or size_bytes > PAGE_BYTES):
            return taken, False
        taken.append(entry)
    return taken, True


def _furnished(connection: Connection, page: list[E]) -> list[E]:
    """Entries of one room, with the files that they carry, what is on them and what their links lead to."""
    if not page:
        return page
    page = cast("list[E]", with_previews(connection, with_reactions(connection, page)))
    return _with_files(connection, page)


def _with_files(connection: Connection, page: list[E]) -> list[E]:
    seqs = sorted((page[0].seq, page[-1].seq))
    found = files.of_room(connection, page[0].room, *seqs)
    if not found:
        return page
    return [cast("E", _carrying(entry, found.get(entry.seq))) for entry in page]


def _carrying(entry: Entry, file: File | None) -> Entry:
    return replace(entry, file=file) if isinstance(entry, Said) and file is not None else entry


def _entry(row: Sequence[Any]) -> Entry:
    room, seq, at, author, name, user_kind, text, *_ = row[: len(_MESSAGE)]
    kind, target, now_says, me, *other = row[len(_MESSAGE) :]
    sender = User(author, name, user_kind)
    about = None if other[0] is None else User(*other)
    match kind:
        case "said":
            return _said(row[: len(_MESSAGE)])
        case "edited":
            return Edited(room=room, seq=seq, at=at, sender=sender, target=target, text=now_says, me=bool(me))
        case "deleted":
            return Deleted(room=room, seq=seq, at=at, sender=sender, target=target, about=about)
        case "reacted" | "unreacted":
            on = kind == "reacted"
            return Reacted(room=room, seq=seq, at=at, sender=sender, target=target, emoji=text, on=on)
        case "pinned" | "unpinned":
            on = kind == "pinned"
            return Pinned(room=room, seq=seq, at=at, sender=sender, target=target, on=on)
        case "previewed":
            return Previewed(room=room, seq=seq, at=at, sender=sender, target=target)
        case "purged":
            assert about is not None
            return Purged(room=room, seq=seq, at=at, sender=sender, user=about, up_to=target)
        case _:
            assert kind in _NOTICES, f"entry {room} {seq} is of the unknown kind {kind}"
            return Noticed(room=room, seq=seq, at=at, sender=sender, what=kind, about=about, text=text or "")


def _said(row: Sequence[Any]) -> Said:
    room, seq, at, author, name, user_kind, text, key, reply_to, me, changed, edited, deleted = row
    return Said(
        room=room,
        seq=seq,
        at=at,
        sender=User(author, name, user_kind),
        text=text or "",
        key=key,
        reply_to=reply_to,
        me=me,
        changed=changed,
        edited=edited,
        deleted=deleted,
    )
