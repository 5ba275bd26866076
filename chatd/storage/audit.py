"""What the powerful did: each act leaves a row in the transaction that carries it out."""

from sqlalchemy import Connection, insert, select

from chatd.model import Act, Deed, User
from chatd.storage.schema import audit, rooms, users

_others = users.alias()


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


def acts(connection: Connection, room: int | None, before: int | None, limit: int) -> tuple[list[Act], bool]:
    """The newest first, before one of them; and whether there are more."""
    query = (
        select(
            audit,
            users.c.name,
            users.c.kind,
            rooms.c.name.label("room_name"),
            _others.c.name.label("other"),
            _others.c.kind.label("other_kind"),
        )
        .join_from(audit, users, audit.c.by == users.c.id)
        .outerjoin(rooms, audit.c.room == rooms.c.id)
        .outerjoin(_others, audit.c.about == _others.c.id)
        .order_by(audit.c.id.desc())
        .limit(limit + 1)
    )
    if room is not None:
        query = query.where(audit.c.room == room)
    if before is not None:
        query = query.where(audit.c.id < before)
    found = [
        Act(
            act=row.id,
            at=row.at,
            by=User(row.by, row.name, row.kind),
            what=row.what,
            room=row.room,
            room_name=row.room_name or "",
            about=None if row.about is None else User(row.about, row.other, row.other_kind),
            detail=row.detail,
        )
        for row in connection.execute(query)
    ]
    return found[:limit], len(found) > limit
