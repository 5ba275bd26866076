"""Images by which users and rooms are shown: which one is whose, and when its contents are free again.

`disk` has the bytes. A new image is a new row with a new id, so that an address never shows another image.
"""

from sqlalchemy import Connection, Table, delete, insert, select, update

from chatd.model import Appearance, StoredIcon, User
from chatd.storage import audit, files
from chatd.storage.log import Recorded, note
from chatd.storage.reads import need_room, profiles
from chatd.storage.refusals import no_such_user
from chatd.storage.roles import footing
from chatd.storage.schema import alive, icons, rooms, users
from chatd.storage.settings import Permit


def icon(connection: Connection, id: str) -> StoredIcon | None:
    """An image by its id, and where its bytes are."""
    row = connection.execute(select(icons).where(icons.c.id == id)).one_or_none()
    if row is None:
        return None
    return StoredIcon(row.id, row.room, {"small": row.small, "large": row.large})


def show_user(connection: Connection, now: int, user: int, stored: StoredIcon | None) -> Appearance:
    """Show a user by this image, whose contents are in their place, or by none."""
    found = profiles(connection, [user])
    if not found or not connection.execute(select(users.c.id).where(users.c.id == user, alive)).first():
        raise no_such_user()
    _replace(connection, users, user, found[0].avatar, stored)
    [profile] = profiles(connection, [user])
    return profile.appearance


def show_room(
    connection: Connection, now: int, room: int, by: User, stored: StoredIcon | None, permit: Permit
) -> Recorded[None]:
    """The same for a room, noted in its log; what it has not is not removed again."""
    permit(footing(connection, by.id, room))
    before = need_room(connection, room).icon
    if before is None and stored is None:
        return Recorded(None)
    _replace(connection, rooms, room, before, stored)
    audit.record(connection, now, by.id, "configure", room=room, detail=f"icon {'on' if stored else 'off'}")
    return Recorded(None, [note(connection, now, room, by, "icon", text=stored.id if stored else "")])


def _replace(
    connection: Connection, table: Table, whose: int, before: str | None, stored: StoredIcon | None
) -> None:
    if stored is not None:
        connection.execute(insert(icons).values(id=stored.id, room=stored.room, **stored.contents))
    column = table.c.avatar if table is users else table.c.icon
    shown = {column.name: None if stored is None else stored.id}
    connection.execute(update(table).where(table.c.id == whose).values(shown))
    release(connection, before)


def release(connection: Connection, id: str | None) -> None:
    """Nobody is shown by this image any more, if there was one; its contents are removed later."""
    if id is None:
        return
    gone = delete(icons).where(icons.c.id == id).returning(icons.c.small, icons.c.large)
    row = connection.execute(gone).one_or_none()
    if row is not None:
        files.free(connection, set(row))


def release_of_user(connection: Connection, user: int) -> None:
    """The user ends, and so does the image."""
    release(connection, connection.execute(select(users.c.avatar).where(users.c.id == user)).scalar())
    connection.execute(update(users).where(users.c.id == user).values(avatar=None))
