"""Reactions: which emoji are on a message, and who put them there.

They are part of the message's state: each change of them is an entry, and moves the message's `changed`.
"""

from collections.abc import Sequence
from itertools import groupby

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, select, update

from chatd.model import Entry, Reacted, Reacting, Reaction, Receipt, Said
from chatd.storage import keys
from chatd.storage.log import Recorded, add, when
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import no_such_target, too_many_emoji, too_many_reactions
from chatd.storage.schema import entries, is_said, reactions
from chatd.storage.speaking import check_may_react

EMOJI_MOST = 20
"""Different emoji on one message, as elsewhere."""
REACTIONS_MOST = 1_000
"""On one message in all, so that it fits into a page with everybody's id: about 8 kB."""

_on_messages = Prepared(
    select(reactions.c.target, reactions.c.emoji, reactions.c.user)
    .where(
        reactions.c.room == bindparam("room"),
        reactions.c.target.between(bindparam("first"), bindparam("last")),
    )
    .order_by(reactions.c.target, reactions.c.emoji, reactions.c.user)
)


def react(connection: Connection, now: int, reacting: Reacting) -> Recorded[Receipt]:
    """Put an emoji on a message, or take it off; what changes nothing is answered with what was there before.

    Raises ChatError `no_such_message` for what is no message, or was deleted; `too_many`.
    """
    room, target, author = reacting.room, reacting.target, reacting.author
    content = f"react {room} {target} {reacting.on} {reacting.emoji}"
    if stored := keys.used(connection, author.id, reacting.key, content):
        return Recorded(stored)
    check_may_react(connection, now, author.id, room)
    recorded = _react(connection, now, reacting)
    keys.use(connection, author.id, reacting.key, content, recorded.value)
    return recorded


def _react(connection: Connection, now: int, reacting: Reacting) -> Recorded[Receipt]:
    room, target, emoji, author = reacting.room, reacting.target, reacting.emoji, reacting.author
    of_message = and_(entries.c.room == room, entries.c.seq == target, is_said)
    message = connection.execute(select(entries.c.deleted, entries.c.changed).where(of_message)).one_or_none()
    if message is None or message.deleted:
        raise no_such_target()
    mine = and_(_on(room, target), reactions.c.emoji == emoji, reactions.c.user == author.id)
    before = connection.execute(select(reactions.c.seq).where(mine)).scalar()
    if reacting.on is (before is not None):
        earlier = before or message.changed or target
        return Recorded(Receipt(room, earlier, when(connection, room, earlier)))
    if reacting.on:
        _check_room_for(connection, room, target, emoji)
    kind = "reacted" if reacting.on else "unreacted"
    seq, at = add(connection, now, room, kind, author.id, target=target, text=emoji)
    if reacting.on:
        row = {"room": room, "target": target, "emoji": emoji, "user": author.id, "seq": seq}
        connection.execute(insert(reactions).values(row))
    else:
        connection.execute(delete(reactions).where(mine))
    connection.execute(update(entries).where(of_message).values(changed=seq))
    entry = Reacted(room=room, seq=seq, at=at, sender=author, target=target, emoji=emoji, on=reacting.on)
    return Recorded(Receipt(room, seq, at), [entry])


def _on(room: int, target: int) -> ColumnElement[bool]:
    return and_(reactions.c.room == room, reactions.c.target == target)


def _check_room_for(connection: Connection, room: int, target: int, emoji: str) -> None:
    found = (
        select(reactions.c.emoji, func.count().label("number"))
        .where(_on(room, target))
        .group_by(reactions.c.emoji)
    )
    counts = {row.emoji: row.number for row in connection.execute(found)}
    if emoji not in counts and len(counts) >= EMOJI_MOST:
        raise too_many_emoji(EMOJI_MOST)
    if sum(counts.values()) >= REACTIONS_MOST:
        raise too_many_reactions(REACTIONS_MOST)


def with_reactions(connection: Connection, read: Sequence[Entry]) -> list[Entry]:
    """Neighbouring entries of one room, in any order, with what is on the messages among them."""
    said = [entry.seq for entry in read if isinstance(entry, Said)]
    if not said:
        return list(read)
    rows = _on_messages(connection, room=read[0].room, first=min(said), last=max(said))
    found: dict[int, list[Reaction]] = {}
    for (target, emoji), users in groupby(rows, lambda row: (row.target, row.emoji)):
        found.setdefault(target, []).append(Reaction(emoji, tuple(row.user for row in users)))
    return [
        replace(entry, reactions=tuple(found[entry.seq]))
        if isinstance(entry, Said) and entry.seq in found
        else entry
        for entry in read
    ]
