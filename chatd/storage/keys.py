"""What a sender's key stands for: a retry is answered with what was stored the first time."""

from hashlib import blake2b

from sqlalchemy import Connection, insert, select

from chatd.model import Receipt
from chatd.storage.refusals import key_reused
from chatd.storage.schema import keys


def digest(content: str) -> bytes:
    """What tells a retry from another command with the same key; `content` begins with the command's name."""
    return blake2b(content.encode(), digest_size=16).digest()


def used(connection: Connection, author: int, key: str | None, content: str) -> Receipt | None:
    """What the key stands for; None for a new one. Raises ChatError `key_reused` for something else."""
    if key is None:
        return None
    found = connection.execute(
        select(keys.c.room, keys.c.seq, keys.c.at, keys.c.digest).where(
            keys.c.author == author, keys.c.key == key
        )
    ).one_or_none()
    if found is None:
        return None
    if found.digest != digest(content):
        raise key_reused()
    return Receipt(found.room, found.seq, found.at)


def use(connection: Connection, author: int, key: str | None, content: str, stored: Receipt) -> None:
    """From now on the key stands for this."""
    if key is not None:
        connection.execute(
            insert(keys).values(
                author=author,
                key=key,
                room=stored.room,
                seq=stored.seq,
                at=stored.at,
                digest=digest(content),
            )
        )
