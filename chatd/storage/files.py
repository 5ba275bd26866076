"""Files: what belongs to which message, and which contents nothing needs any more.

Here are the rows; `disk` has the bytes. A content is placed before its row commits, and removed after the
last row that named it is gone, so a crash leaves at most a content too many.
"""

from collections.abc import Collection, Iterable, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    delete,
    func,
    insert,
    select,
    union,
    update,
)

from chatd.model import Draft, File, StoredFile, User
from chatd.storage.dialect import upsert
from chatd.storage.prepared import Prepared, given
from chatd.storage.refusals import quota_full
from chatd.storage.schema import contents, files, freed, icons, is_unsent, users
from chatd.storage.speaking import check_may_say

UNSENT_MS = 24 * 3600 * 1000
"""How long an upload waits for the message that is to carry it."""
FREED_AT_ONCE = 100

_NEEDED = (contents.c.digest, icons.c.small, icons.c.large)
"""Whatever has a content."""
_FILE = (
    files.c.id,
    files.c.name,
    files.c.type,
    files.c.bytes,
    files.c.width,
    files.c.height,
    files.c.placeholder,
)
_of_room = Prepared(
    select(files.c.seq, *_FILE).where(
        files.c.room == bindparam("room"),
        files.c.seq.between(bindparam("first"), bindparam("last")),
        files.c.preview.is_(False),
    )
)
_ids = given("id")
_offered = Prepared(
    select(files.c.room, files.c.user, *_FILE).join_from(
        _ids, files, and_(files.c.id == _ids.c.id, files.c.seq.is_(None))
    )
)


def add(connection: Connection, now: int, stored: StoredFile, quota_bytes: int) -> StoredFile:
    """Keep a file whose contents are in their place.

    Raises ChatError where its sender may say nothing in the room any more, or has too much (0: no quota).
    """
    file = stored.file
    check_may_say(connection, now, stored.user.id, stored.room)
    if quota_bytes and used_bytes(connection, stored.user.id) + file.bytes > quota_bytes:
        raise quota_full(quota_bytes)
    keep(connection, now, stored)
    return stored


def keep(connection: Connection, now: int, stored: StoredFile, *, preview: bool = False) -> None:
    """Write down a file whose contents are in their place; `preview`: nobody has sent it."""
    file = stored.file
    connection.execute(
        insert(files).values(
            id=file.id,
            room=stored.room,
            user=stored.user.id,
            seq=stored.seq,
            at=now,
            name=file.name,
            type=file.type,
            bytes=file.bytes,
            width=file.width,
            height=file.height,
            placeholder=file.placeholder,
            preview=preview,
        )
    )
    rows = [{"file": file.id, "size": size, "digest": digest} for size, digest in stored.contents.items()]
    connection.execute(insert(contents), rows)


def stored_file(connection: Connection, file: str) -> StoredFile | None:
    """A file, and where its bytes are."""
    row = connection.execute(
        select(*_FILE, files.c.room, files.c.seq, users.c.id, users.c.name, users.c.kind)
        .join_from(files, users, files.c.user == users.c.id)
        .where(files.c.id == file)
    ).one_or_none()
    if row is None:
        return None
    *its, room, seq, user, name, kind = row
    digests = connection.execute(select(contents.c.size, contents.c.digest).where(contents.c.file == file))
    return StoredFile(File(*its), room, User(user, name, kind), seq, dict(list(digests)))


def used_bytes(connection: Connection, user: int) -> int:
    """How many bytes the files have that a user sent."""
    its = and_(files.c.user == user, files.c.preview.is_(False))
    total = select(func.coalesce(func.sum(files.c.bytes), 0)).where(its)
    used: int = connection.execute(total).scalar_one()
    return used


# Messages


def of_room(connection: Connection, room: int, first: int, last: int) -> dict[int, File]:
    """The files that messages of a room carry, by their seq."""
    return {seq: File(*its) for seq, *its in _of_room(connection, room=room, first=first, last=last)}


def offered(connection: Connection, drafts: Sequence[Draft]) -> dict[tuple[int, int, str], File]:
    """What of the files that these drafts name can be sent, by room, author and id."""
    ids = [[draft.file] for draft in drafts if draft.file is not None]
    if not ids:
        return {}
    return {(room, user, its[0]): File(*its) for room, user, *its in _offered(connection, ids)}


def send(connection: Connection, places: Iterable[tuple[str, int]]) -> None:
    """These files are carried by the messages with these seqs from now on."""
    for file, seq in places:
        connection.execute(update(files).where(files.c.id == file).values(seq=seq))


# What is not needed any more


def release(connection: Connection, which: ColumnElement[bool]) -> None:
    """Let the files go of which this holds, in terms of `schema.files`; called by whatever removes messages.

    Their contents are removed later, where no other file has the same.
    """
    gone = list(connection.execute(select(files.c.id).where(which)).scalars())
    for start in range(0, len(gone), FREED_AT_ONCE):
        some = gone[start : start + FREED_AT_ONCE]
        theirs = contents.c.file.in_(some)
        digests = set(connection.execute(select(contents.c.digest).where(theirs)).scalars())
        connection.execute(delete(contents).where(theirs))
        connection.execute(delete(files).where(files.c.id.in_(some)))
        free(connection, digests)


def free(connection: Connection, digests: Collection[bytes]) -> None:
    """A row that had each of these contents is gone: they are removed later, where no other one has them."""
    rows = [{"digest": digest} for digest in digests]
    connection.execute(upsert(freed).on_conflict_do_nothing(), rows)


def expire(connection: Connection, now: int, most: int) -> int:
    """Let some uploads go that were never sent; how many."""
    old = select(files.c.id).where(is_unsent, files.c.at < now - UNSENT_MS).limit(most)
    ids = list(connection.execute(old).scalars())
    if ids:
        release(connection, files.c.id.in_(ids))
    return len(ids)


def freed_contents(connection: Connection) -> list[bytes]:
    """Some contents that perhaps nothing needs any more."""
    return list(connection.execute(select(freed.c.digest).limit(FREED_AT_ONCE)).scalars())


def unneeded(connection: Connection, now: int, digests: Collection[bytes]) -> list[bytes]:
    """Which of these contents no file and no icon has; the others are not looked at again."""
    found = union(*(select(column).where(column.in_(digests)) for column in _NEEDED))
    needed = set(connection.execute(found).scalars())
    if needed:
        connection.execute(delete(freed).where(freed.c.digest.in_(needed)))
    return [digest for digest in digests if digest not in needed]


def removed(connection: Connection, now: int, digests: Collection[bytes]) -> None:
    """The contents with these digests are gone."""
    connection.execute(delete(freed).where(freed.c.digest.in_(digests)))


def digests_of_all(connection: Connection) -> set[bytes]:
    """Every content that a file has, or an icon."""
    return set(connection.execute(union(*map(select, _NEEDED))).scalars())
