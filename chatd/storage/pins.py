"""Messages that are pinned to their rooms, until they are taken down or deleted."""

from collections.abc import Collection

from sqlalchemy import Connection, and_, delete, func, insert, select

from chatd.model import Pinned, PinnedMessage, Pinning, Receipt, User, size_of
from chatd.storage import keys, pages
from chatd.storage.log import Recorded, add, when
from chatd.storage.reads import need_room
from chatd.storage.refusals import no_such_target, too_many_pins
from chatd.storage.roles import footing
from chatd.storage.schema import pins, users
from chatd.storage.settings import Permit
from chatd.storage.speaking import check_may_react

PINS_MOST = 50
"""In one room."""


def pin(connection: Connection, now: int, pinning: Pinning, permit: Permit) -> Recorded[Receipt]:
    """Pin a message, or take it down; what changes nothing is answered with what was there before."""
    room, target, author = pinning.room, pinning.target, pinning.author
    content = f"pin {room} {target} {pinning.on}"
    if stored := keys.used(connection, author.id, pinning.key, content):
        return Recorded(stored)
    check_may_react(connection, now, author.id, room)
    permit(footing(connection, author.id, room))
    recorded = _pin(connection, now, pinning)
    keys.use(connection, author.id, pinning.key, content, recorded.value)
    return recorded


def _pin(connection: Connection, now: int, pinning: Pinning) -> Recorded[Receipt]:
    room, target, author = pinning.room, pinning.target, pinning.author
    message = pages.message(connection, room, target)
    if message is None or message.deleted:
        raise no_such_target()
    this = and_(pins.c.room == room, pins.c.target == target)
    before = connection.execute(select(pins.c.seq).where(this)).scalar()
    if pinning.on is (before is not None):
        earlier = before or message.changed or target
        return Recorded(Receipt(room, earlier, when(connection, room, earlier)))
    if pinning.on:
        count = select(func.count()).select_from(pins).where(pins.c.room == room)
        if connection.execute(count).scalar_one() >= PINS_MOST:
            raise too_many_pins(PINS_MOST)
    kind = "pinned" if pinning.on else "unpinned"
    seq, at = add(connection, now, room, kind, author.id, target=target)
    if pinning.on:
        row = {"room": room, "seq": seq, "target": target, "by": author.id, "at": at}
        connection.execute(insert(pins).values(row))
    else:
        connection.execute(delete(pins).where(this))
    entry = Pinned(room=room, seq=seq, at=at, sender=author, target=target, on=pinning.on)
    return Recorded(Receipt(room, seq, at), [entry])


def pinned(
    connection: Connection, room: int, before: int | None, without: Collection[int] = ()
) -> tuple[list[PinnedMessage], bool]:
    """What is pinned to a room, the last pinned first, as much as fits into a page; whether there is more.

    `without`: nothing that these said.
    """
    need_room(connection, room)
    query = (
        select(pins.c.seq, pins.c.at, pins.c.target, users.c.id, users.c.name, users.c.kind)
        .join_from(pins, users, pins.c.by == users.c.id)
        .where(pins.c.room == room)
        .order_by(pins.c.seq.desc())
    )
    if before is not None:
        query = query.where(pins.c.seq < before)
    found: list[PinnedMessage] = []
    size_bytes = 0
    for row in connection.execute(query).all():
        message = pages.message(connection, room, row.target)
        assert message is not None, "what vanishes is taken down"
        if message.sender.id in without:
            continue
        size_bytes += size_of(message)
        if found and size_bytes > pages.PAGE_BYTES:
            return found, True
        found.append(PinnedMessage(row.seq, row.at, User(row.id, row.name, row.kind), message))
    return found, False
