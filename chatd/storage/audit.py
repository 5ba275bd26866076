"""What the powerful did: each act leaves a row in the transaction that carries it out."""

from sqlalchemy import Connection, and_, insert, not_, select

from chatd.model import Act, Deed, User
from chatd.storage.schema import audit, belongs, is_public, members, rooms, users

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


def acts(
    connection: Connection, room: int | None, reader: int, before: int | None, limit: int
) -> tuple[list[Act], bool]:
    """The newest first, before one of them; and whether there are more.

    What was done in a room that the reader may not know of shows neither the room nor what was said of it.
    """
    mine = and_(members.c.room == audit.c.room, members.c.user == reader, belongs)
    query = (
        select(
            audit,
            users.c.name,
            users.c.kind,
            rooms.c.name.label("room_name"),
            _others.c.name.label("other"),
            _others.c.kind.label("other_kind"),
            and_(audit.c.room.is_not(None), not_(is_public), members.c.user.is_(None)).label("hidden"),
        )
        .join_from(audit, users, audit.c.by == users.c.id)
        .outerjoin(rooms, audit.c.room == rooms.c.id)
        .outerjoin(members, mine)
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
            room=None if row.hidden else row.room,
            room_name="" if row.hidden else row.room_name or "",
            about=None if row.about is None else User(row.about, row.other, row.other_kind),
            detail="" if row.hidden else row.detail,
            hidden=bool(row.hidden),
        )
        for row in connection.execute(query)
    ]
    return found[:limit], len(found) > limit
