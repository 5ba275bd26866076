"""What is written of a message beside it, and goes with it when it is deleted: its row stays."""

from sqlalchemy import Connection, delete, select

from chatd.storage.schema import entries, mentions, pins, previews, reactions

_OF_MESSAGES = (reactions.c.target, pins.c.target, previews.c.target, mentions.c.seq)
"""In each of these tables, the seq of the message."""


def forget(connection: Connection, room: int, first: int, last: int, author: int) -> None:
    """Remove it for all that this author said between these seqs."""
    theirs = select(entries.c.seq).where(
        entries.c.room == room, entries.c.seq.between(first, last), entries.c.author == author
    )
    for message in _OF_MESSAGES:
        table = message.table
        where = (table.c.room == room, message.between(first, last), message.in_(theirs))
        connection.execute(delete(table).where(*where))
