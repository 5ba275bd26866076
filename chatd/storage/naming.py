"""What rooms are called, and were called before: a former name leads to its room, and is not free."""

from sqlalchemy import Connection, Select, delete, insert, select, update

from chatd.model import User
from chatd.storage import audit
from chatd.storage.log import Recorded, note
from chatd.storage.reads import called, need_room
from chatd.storage.refusals import room_name_taken
from chatd.storage.roles import footing
from chatd.storage.schema import former_names, rooms
from chatd.storage.settings import Permit

KEPT_MOST = 10
"""Former names of one room; older ones are free again, so that nobody gathers names."""


def rename(
    connection: Connection, now: int, room: int, by: User, name: str, permit: Permit
) -> Recorded[None]:
    """Give the room another name."""
    permit(footing(connection, by.id, room))
    before = need_room(connection, room).name
    if before == name:
        return Recorded(None)
    need_free(connection, name, room)
    connection.execute(delete(former_names).where(former_names.c.name == name))
    connection.execute(insert(former_names).values(name=before, room=room, at=now))
    connection.execute(delete(former_names).where(former_names.c.name.in_(_too_old(room))))
    connection.execute(update(rooms).where(rooms.c.id == room).values(name=name))
    audit.record(connection, now, by.id, "rename", room=room, detail=f"{before} {name}")
    return Recorded(None, [note(connection, now, room, by, "renamed", text=f"{before} {name}")])


def need_free(connection: Connection, name: str, room: int | None = None) -> None:
    """Raise ChatError `name_taken` where a room is called so, or was; `room`: but this one."""
    for found in connection.execute(select(rooms.c.id).where(called(name))).scalars():
        if found != room:
            raise room_name_taken(name)


def _too_old(room: int) -> Select[str]:
    theirs = select(former_names.c.name).where(former_names.c.room == room)
    return theirs.order_by(former_names.c.at.desc(), former_names.c.name).offset(KEPT_MOST)
