"""Changing what was said, and what a room is about.

A message's row holds its current state; the entries that changed it hold no text, so that what is deleted is
stored nowhere.
"""

from sqlalchemy import Connection, and_, update

from chatd.model import Change, Deleted, Edited, Receipt, User
from chatd.storage import audit, files, keys, leftovers, mentions, previews
from chatd.storage.log import Recorded, add, note, when
from chatd.storage.pages import message
from chatd.storage.reads import need_room
from chatd.storage.refusals import no_such_target
from chatd.storage.roles import footing
from chatd.storage.schema import entries, rooms
from chatd.storage.schema import files as carried
from chatd.storage.settings import Permit
from chatd.storage.speaking import check_may_say

GONE = {"text": None, "edited": False, "deleted": True, "changed": None}
"""What is left of a message. `changed` is the seq of the *deleted* entry, and absent after a *purged* one."""


def change(
    connection: Connection, now: int, change: Change, permit: Permit | None = None
) -> Recorded[Receipt]:
    """Edit or delete a message; what changes nothing is answered with what changed it last.

    Raises ChatError `no_such_message` when it is not of whom it was thought to be, or an edit comes after its
    end.
    """
    author, key = change.author.id, change.key
    content = _content(change)
    if stored := keys.used(connection, author, key, content):
        return Recorded(stored)
    if permit is not None:
        permit(footing(connection, author, change.room))
    recorded = _delete(connection, now, change) if change.text is None else _edit(connection, now, change)
    keys.use(connection, author, key, content, recorded.value)
    return recorded


def _content(change: Change) -> str:
    place = f"{change.room} {change.target}"
    return f"delete {place}" if change.text is None else f"edit {place} {change.text}"


def _edit(connection: Connection, now: int, change: Change) -> Recorded[Receipt]:
    room, target, author, text = change.room, change.target, change.author, change.text
    check_may_say(connection, now, author.id, room)
    said = message(connection, room, target)
    if said is None or said.deleted or said.sender.id != change.of:
        raise no_such_target()
    if said.text == text:
        return _unchanged(connection, room, said.changed or target)
    seq, at = add(connection, now, room, "edited", author.id, target=target)
    _set(connection, room, target, {"text": text, "edited": True, "changed": seq})
    mentions.change(connection, room, target, author.id, change.calls)
    if said.preview is not None:
        previews.forget(connection, room, target)
    entry = Edited(room=room, seq=seq, at=at, sender=author, target=target, text=text, me=said.me)
    return Recorded(Receipt(room, seq, at), [entry])


def _delete(connection: Connection, now: int, change: Change) -> Recorded[Receipt]:
    room, target, author = change.room, change.target, change.author
    said = message(connection, room, target)
    if said is None or said.sender.id != change.of:
        raise no_such_target()
    if said.deleted:
        return _unchanged(connection, room, said.changed or target)
    about = None if said.sender.id == author.id else said.sender
    whose = None if about is None else about.id
    seq, at = add(connection, now, room, "deleted", author.id, target=target, about=whose)
    _set(connection, room, target, {**GONE, "changed": seq})
    files.release(connection, and_(carried.c.room == room, carried.c.seq == target))
    leftovers.forget(connection, room, target, target, said.sender.id)
    if about is not None:
        audit.record(connection, now, author.id, "delete", room=room, about=whose, detail=str(target))
    entry = Deleted(room=room, seq=seq, at=at, sender=author, target=target, about=about)
    return Recorded(Receipt(room, seq, at), [entry])


def _set(connection: Connection, room: int, seq: int, values: dict[str, object]) -> None:
    connection.execute(update(entries).where(entries.c.room == room, entries.c.seq == seq).values(values))


def _unchanged(connection: Connection, room: int, seq: int) -> Recorded[Receipt]:
    return Recorded(Receipt(room, seq, when(connection, room, seq)))


def set_topic(
    connection: Connection, now: int, room: int, author: User, text: str, key: str | None
) -> Recorded[Receipt]:
    """Another topic, noted in the log; the same one again is answered with the room's head."""
    content = f"topic {room} {text}"
    if stored := keys.used(connection, author.id, key, content):
        return Recorded(stored)
    check_may_say(connection, now, author.id, room)
    row = need_room(connection, room)
    if row.topic == text:
        recorded = Recorded(Receipt(room, row.head, row.at))
    else:
        new = {"topic": text, "topic_folded": text.casefold()}
        connection.execute(update(rooms).where(rooms.c.id == room).values(new))
        entry = note(connection, now, room, author, "topic", text=text)
        recorded = Recorded(Receipt(room, entry.seq, entry.at), [entry])
    keys.use(connection, author.id, key, content, recorded.value)
    return recorded
