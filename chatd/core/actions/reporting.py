"""Telling those who keep order of a message, and what they do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.actions.places import check_in, known_room, own_room
from chatd.core.people import Person
from chatd.core.permissions import Action, ServerAction, check_server, standing
from chatd.core.reports import as_seen, check_judge
from chatd.model import (
    Answer,
    CloseReport,
    Done,
    Filed,
    Footing,
    ReportList,
    ReportMessage,
    Reports,
    valid_reason,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

TOO_MANY = "You have reported many messages. Wait a moment."


async def report(session: Session, person: Person, command: ReportMessage) -> Answer:
    """Tell the room's moderators of a message; where there are none, the server's admins."""
    registry, note = session.registry, valid_reason(command.note)
    room = await own_room(session, command.room, Action.READ)
    registry.reports.check(person.user.id, registry.now, TOO_MANY)
    registry.reports.count(person.user.id, registry.now)
    filed = await registry.store.report(room.id, command.target, person.user, note)
    if filed is not None:
        registry.tell_of_report(filed)
    return Done(id=command.id)


async def reports(session: Session, person: Person, command: Reports) -> Answer:
    """The open ones of a room, or those that are for the server's admins."""
    store = session.registry.store
    if command.room is None:
        check_server(ServerAction.SEE_SERVER_REPORTS, person.role)
        found, more = await store.open_reports(None, command.after, command.limit)
        check_server(ServerAction.SEE_SERVER_REPORTS, person.role)
    else:
        room = await known_room(session, command.room)
        check_in(person, room, Action.SEE_REPORTS, command.room)
        found, more = await store.open_reports(room.id, command.after, command.limit)
        check_in(person, room, Action.SEE_REPORTS, command.room)
    others = [one for one in found if one.report.author.id != person.user.id]
    shown = [as_seen(one, one.report.room in person.rooms) for one in others]
    return ReportList(id=command.id, reports=shown, more=more)


async def close_report(session: Session, person: Person, command: CloseReport) -> Answer:
    """It is dealt with."""

    def judge(actor: Footing, filed: Filed) -> None:
        where = standing(filed.kind, actor.server, actor.room)
        check_judge(filed, actor.user.id, where, actor.server)

    note = valid_reason(command.note)
    await session.registry.store.close_report(command.report, person.user, note, judge)
    return Done(id=command.id)
