"""What links lead to: found once, kept with each message that has the link, and gone with its text.

There is no cache beside: a message whose link another one has too takes what was found for that one, so what
is known of a link is known as long as a message shows it.
"""

import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from chatd.model import Entry, File, FileSize, Preview, Previewed, Previewing, Said, StoredFile, User
from chatd.model.links import first_link
from chatd.storage import files
from chatd.storage.dialect import json_rows
from chatd.storage.keys import digest
from chatd.storage.log import Recorded, add
from chatd.storage.prepared import Prepared
from chatd.storage.schema import contents, entries, is_said, is_there, previews, rooms, users
from chatd.storage.schema import files as carried

FRESH_MS = 24 * 3600 * 1000
"""How long another message with the same link is shown the same."""

_PREVIEW = (
    previews.c.target,
    previews.c.url,
    previews.c.title,
    previews.c.site,
    previews.c.description,
    carried.c.id,
    carried.c.name,
    carried.c.type,
    carried.c.bytes,
    carried.c.width,
    carried.c.height,
    carried.c.placeholder,
)
_all = select(*_PREVIEW).join_from(previews, carried, previews.c.image == carried.c.id, isouter=True)
_of_span = Prepared(
    _all.where(
        previews.c.room == bindparam("room"),
        previews.c.target.between(bindparam("first"), bindparam("last")),
    )
)
_targets = json_rows("targets", "room", "target")
_of_some = Prepared(
    select(*_PREVIEW)
    .select_from(_targets)
    .join(previews, and_(previews.c.room == _targets.c.room, previews.c.target == _targets.c.target))
    .join(carried, previews.c.image == carried.c.id, isouter=True)
)


def shown(room_has: bool | None, kind: str) -> bool:
    """Whether links are looked at in a room: as it was said, or else as its kind has it."""
    return kind == "public" if room_has is None else room_has


# Reading


def with_previews(connection: Connection, page: Sequence[Entry]) -> list[Entry]:
    """Neighbouring entries of one room, in any order, with what their links lead to now."""
    room = page[0].room
    first, last = sorted((page[0].seq, page[-1].seq))
    told = [entry.target for entry in page if isinstance(entry, Previewed)]
    if not told and not any(isinstance(entry, Said) for entry in page):
        return list(page)
    rows = _of_span(connection, room=room, first=first, last=last)
    if elsewhere := [[room, target] for target in told if target < first]:
        rows += _of_some(connection, targets=json.dumps(elsewhere))
    if not rows:
        return list(page)
    found = {row[0]: _preview(row[1:]) for row in rows}
    return [_with(entry, found) for entry in page]


def _with(entry: Entry, found: dict[int, Preview]) -> Entry:
    match entry:
        case Said(seq=message) | Previewed(target=message) if message in found:
            return replace(entry, preview=found[message])
        case _:
            return entry


def _preview(row: Sequence[Any]) -> Preview:
    url, title, site, description, *image = row
    file = None if image[0] is None else File(*image)
    return Preview(url, title, site, description, file)


# Writing


def reuse(connection: Connection, now: int, room: int, target: int, url: str, image: str) -> Recorded[bool]:
    """Show with a message what was found for its link lately, its picture under the id `image`.

    Whether the link is still to be looked at: nothing is known of it, and the message is there to show it.
    """
    message = _waiting(connection, room, target, url)
    if message is None:
        return Recorded(False)
    known = connection.execute(
        _all.add_columns(previews.c.looked_at)
        .where(previews.c.digest == digest(url), previews.c.looked_at > now - FRESH_MS)
        .order_by(previews.c.looked_at.desc())
        .limit(1)
    ).one_or_none()
    if known is None:
        return Recorded(True)
    preview = _preview(known[1:-1])
    stored = None
    if preview.image is not None:
        digests = select(contents.c.size, contents.c.digest).where(contents.c.file == preview.image.id)
        sizes: dict[FileSize, bytes] = dict(list(connection.execute(digests)))
        file = replace(preview.image, id=image)
        preview = replace(preview, image=file)
        stored = StoredFile(file, room, _author(message), target, sizes)
    previewing = Previewing(room, target, preview, stored)
    return Recorded(False, [_show(connection, now, previewing, message, known.looked_at)])


def show(connection: Connection, now: int, previewing: Previewing) -> Recorded[None]:
    """Show with a message what was found for its link, if it still waits for that."""
    message = _waiting(connection, previewing.room, previewing.target, previewing.preview.url)
    if message is None:
        return Recorded(None)
    return Recorded(None, [_show(connection, now, previewing, message, now)])


def _waiting(connection: Connection, room: int, target: int, url: str) -> Row[Any] | None:
    """The message, while this is its link, nothing is shown for it, and its room has links looked at."""
    query: Select[Any] = (
        select(entries.c.text, users.c.id, users.c.name, users.c.kind, rooms.c.previews, rooms.c.kind)
        .join_from(entries, users, entries.c.author == users.c.id)
        .join(rooms, entries.c.room == rooms.c.id)
        .where(_is(room, target), is_said, entries.c.deleted.is_(False))
        .where(is_there, rooms.c.archived.is_(False))
    )
    row = connection.execute(query).one_or_none()
    if row is None or not shown(row.previews, row[5]) or first_link(row.text) != url:
        return None
    has = select(previews.c.target).where(previews.c.room == room, previews.c.target == target)
    return None if connection.execute(has).first() else row


def _author(message: Row[Any]) -> User:
    return User(message.id, message.name, message.kind)


def _is(room: int, seq: int) -> ColumnElement[bool]:
    return and_(entries.c.room == room, entries.c.seq == seq)


def _show(connection: Connection, now: int, previewing: Previewing, message: Row[Any], at: int) -> Entry:
    room, target, preview = previewing.room, previewing.target, previewing.preview
    if previewing.image is not None:
        files.keep(
            connection, now, replace(previewing.image, user=_author(message), seq=target), preview=True
        )
    connection.execute(
        insert(previews).values(
            room=room,
            target=target,
            url=preview.url,
            digest=digest(preview.url),
            title=preview.title,
            site=preview.site,
            description=preview.description,
            image=None if preview.image is None else preview.image.id,
            looked_at=at,
        )
    )
    author = _author(message)
    seq, entry_at = add(connection, now, room, "previewed", author.id, target=target)
    connection.execute(update(entries).where(_is(room, target)).values(changed=seq))
    return Previewed(room=room, seq=seq, at=entry_at, sender=author, target=target, preview=preview)


def forget(connection: Connection, room: int, target: int) -> None:
    """The message says something else now: nothing is shown for it until that is looked at."""
    its = and_(carried.c.room == room, carried.c.seq == target, carried.c.preview.is_(True))
    files.release(connection, its)
    connection.execute(delete(previews).where(previews.c.room == room, previews.c.target == target))
