"""What people report to those who keep order. A report names a message and never holds its text."""

from collections.abc import Callable

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from chatd.model import Filed, Footing, Report, User
from chatd.storage import audit
from chatd.storage.members import belongs_to
from chatd.storage.pages import message
from chatd.storage.refusals import (
    no_such_report,
    no_such_target,
    not_a_member,
    own_message,
    too_many_reports,
)
from chatd.storage.roles import footing
from chatd.storage.schema import entries, is_open, members, reports, rooms, users

OPEN_MOST = 50
"""Open reports of one person."""
CLOSED_MS = 366 * 24 * 3600 * 1000
"""How long a closed one is kept: a year, as the audit log."""

Judge = Callable[[Footing, Filed], None]
"""Given where the one who acts stands in the room, raises ChatError to refuse."""

_authors = users.alias()
_keepers = members.alias()
_has_keepers = exists().where(
    _keepers.c.room == reports.c.room,
    _keepers.c.member.is_(True),
    _keepers.c.role.in_(("moderator", "owner")),
    _keepers.c.user != reports.c.author,
)
_is_for_server = or_(rooms.c.kind == "direct", not_(_has_keepers))
"""Nobody keeps order there, but perhaps who is reported."""


def report(connection: Connection, now: int, room: int, target: int, by: User, note: str) -> Filed | None:
    """Keep that a member reports a message; None where they did that already."""
    if not belongs_to(connection, by.id, room):
        raise not_a_member()
    said = message(connection, room, target)
    if said is None or said.deleted:
        raise no_such_target()
    if said.sender.id == by.id:
        raise own_message()
    mine = and_(reports.c.by == by.id, is_open)
    about = and_(reports.c.room == room, reports.c.seq == target)
    if connection.execute(select(reports.c.id).where(mine, about)).first() is not None:
        return None
    if connection.execute(select(func.count()).where(mine)).scalar_one() >= OPEN_MOST:
        raise too_many_reports(OPEN_MOST)
    row = {"at": now, "room": room, "seq": target, "by": by.id, "author": said.sender.id, "note": note}
    made = connection.execute(insert(reports).returning(reports.c.id), row).scalar_one()
    return _one(connection, made)


def open_reports(
    connection: Connection, room: int | None, after: int, limit: int
) -> tuple[list[Filed], bool]:
    """The oldest first, after one of them, of a room, or without one those that are for the server's admins;
    and whether there are more."""
    where = reports.c.room == room if room is not None else _is_for_server
    found = _read(connection, and_(where, is_open, reports.c.id > after), limit + 1)
    return found[:limit], len(found) > limit


def close_report(connection: Connection, now: int, report: int, by: User, note: str, judge: Judge) -> None:
    """It is dealt with; raises ChatError `no_such_report` where it was already."""
    filed = _one(connection, report)
    if filed is None:
        raise no_such_report()
    state = filed.report
    judge(footing(connection, by.id, state.room), filed)
    closed = {"closed_at": now, "closed_by": by.id, "outcome": note}
    connection.execute(update(reports).where(reports.c.id == report).values(closed))
    detail = f"{state.seq} {note}".rstrip()
    audit.record(
        connection, now, by.id, "close report", room=state.room, about=state.author.id, detail=detail
    )


def prune_reports(connection: Connection, now: int, most: int) -> int:
    """Remove some that were closed long ago; how many."""
    some = select(reports.c.id).where(reports.c.closed_at < now - CLOSED_MS).limit(most)
    return connection.execute(delete(reports).where(reports.c.id.in_(some))).rowcount


def _one(connection: Connection, report: int) -> Filed | None:
    return next(iter(_read(connection, and_(reports.c.id == report, is_open), 1)), None)


def _read(connection: Connection, where: ColumnElement[bool], limit: int) -> list[Filed]:
    query = (
        select(
            reports,
            rooms.c.kind.label("room_kind"),
            rooms.c.name.label("room_name"),
            users.c.name,
            users.c.kind,
            _authors.c.name.label("author_name"),
            _authors.c.kind.label("author_kind"),
            entries.c.text,
            _is_for_server.label("for_server"),
        )
        .join_from(reports, rooms, reports.c.room == rooms.c.id)
        .join(users, reports.c.by == users.c.id)
        .join(_authors, reports.c.author == _authors.c.id)
        .outerjoin(entries, and_(entries.c.room == reports.c.room, entries.c.seq == reports.c.seq))
        .where(where)
        .order_by(reports.c.id)
        .limit(limit)
    )
    return [
        Filed(
            Report(
                report=row.id,
                at=row.at,
                by=User(row.by, row.name, row.kind),
                author=User(row.author, row.author_name, row.author_kind),
                note=row.note,
                room=row.room,
                room_name=row.room_name or "",
                seq=row.seq,
                text=row.text,
            ),
            row.room_kind,
            bool(row.for_server),
        )
        for row in connection.execute(query)
    ]
