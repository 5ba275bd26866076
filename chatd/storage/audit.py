"""What the powerful did: each act leaves a row in the transaction that carries it out."""

from sqlalchemy import Connection, insert

from chatd.model import Deed
from chatd.storage.schema import audit


def record(
    connection: Connection,
    now: int,
    by: int,
    what: Deed,
    *,
    room: int | None = None,
    about: int | None = None,
    detail: str = "",
) -> None:
    """Keep that somebody did something: in which room, to whom, and what there is to say of it."""
    row = {"at": now, "by": by, "what": what, "room": room, "about": about, "detail": detail}
    connection.execute(insert(audit), row)
