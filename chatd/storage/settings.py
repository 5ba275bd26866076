"""How a room works, as it is read and changed."""

from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace
from sqlalchemy import Connection, update

from chatd.model import Deed, Footing, Notice, Noticed, SettingName, Settings, User
from chatd.storage import audit, previews
from chatd.storage.log import Recorded, note
from chatd.storage.reads import need_room
from chatd.storage.roles import footing
from chatd.storage.schema import rooms

Permit = Callable[[Footing], None]
"""Given where the one who acts stands, raises ChatError to refuse."""


def settings(connection: Connection, room: int) -> Settings:
    """How the room works."""
    row = need_room(connection, room)
    return Settings(
        moderated=row.moderated,
        slow_seconds=row.slow_seconds,
        retain_days=row.retain_days,
        retain_count=row.retain_count,
        previews=previews.shown(row.previews, row.kind),
    )


def configure(
    connection: Connection,
    now: int,
    room: int,
    by: User,
    changes: Mapping[SettingName, int],
    permit: Permit,
) -> Recorded[Settings]:
    """Let the room work in another way; what it does already is not noted again."""
    permit(footing(connection, by.id, room))
    before = settings(connection, room)
    changed = {name: value for name, value in changes.items() if getattr(before, name) != value}
    if not changed:
        return Recorded(before)
    after = replace(before, **changed)
    keeps_all = not (after.retain_days or after.retain_count)
    connection.execute(update(rooms).where(rooms.c.id == room).values(**changed, forgets=not keeps_all))
    for name, value in changed.items():
        audit.record(connection, now, by.id, "configure", room=room, detail=f"{name} {_in_words(value)}")
    return Recorded(after, list(_noted(connection, now, room, by, changed, after)))


def _in_words(value: int) -> str:
    return str(value) if not isinstance(value, bool) else "on" if value else "off"


def _noted(
    connection: Connection,
    now: int,
    room: int,
    by: User,
    changed: Mapping[SettingName, int],
    after: Settings,
) -> Iterator[Noticed]:
    if "moderated" in changed:
        what: Notice = "moderated" if changed["moderated"] else "unmoderated"
        yield note(connection, now, room, by, what)
    if "slow_seconds" in changed:
        yield note(connection, now, room, by, "slow", text=str(changed["slow_seconds"]))
    if "retain_days" in changed or "retain_count" in changed:
        yield note(connection, now, room, by, "retention", text=after.kept())
    if "previews" in changed:
        yield note(connection, now, room, by, "previews", text="on" if after.previews else "off")


def archive(
    connection: Connection, now: int, room: int, by: User, on: bool, permit: Permit
) -> Recorded[None]:
    """Let the room be read only, or live again."""
    permit(footing(connection, by.id, room))
    if need_room(connection, room).archived is on:
        return Recorded(None)
    connection.execute(update(rooms).where(rooms.c.id == room).values(archived=on))
    deed: Deed = "archive" if on else "unarchive"
    audit.record(connection, now, by.id, deed, room=room)
    return Recorded(None, [note(connection, now, room, by, "archived" if on else "unarchived")])
