"""Who may say something in a room, asked in the transaction that stores it.

The core asks before; but what waits for the disk behind a leave or a kick must find it here.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from chatd.model import ChatError
from chatd.storage.dialect import json_rows
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import may_not_speak, not_a_member
from chatd.storage.schema import members, sanctions

Place = tuple[int, int]
"""An author and a room."""

_places = json_rows("places", "author", "room")
_standings = Prepared(
    select(members.c.user, members.c.room, members.c.member).join_from(
        _places, members, and_(members.c.user == _places.c.author, members.c.room == _places.c.room)
    )
)
_sanctions = Prepared(
    select(
        _places.c.author,
        _places.c.room,
        sanctions.c.room,
        sanctions.c.kind,
        sanctions.c.until,
        sanctions.c.reason,
    )
    .join_from(_places, sanctions, sanctions.c.user == _places.c.author)
    .where(
        or_(sanctions.c.room.is_(None), sanctions.c.room == _places.c.room),
        or_(sanctions.c.until.is_(None), sanctions.c.until > bindparam("now")),
    )
)


def refusals(connection: Connection, now: int, places: Collection[Place]) -> dict[Place, ChatError]:
    """Why these authors may say nothing in these rooms; who may is left out."""
    asked = json.dumps(list(places))
    rows = _standings(connection, places=asked)
    standings = {(author, room): standing for author, room, *standing in rows}
    found = ((place, _refusal(standings.get(place))) for place in places)
    refused = {place: refusal for place, refusal in found if refusal is not None}
    for author, room, where, kind, until, reason in _sanctions(connection, places=asked, now=now):
        left_ms = None if until is None else until - now
        refused.setdefault((author, room), may_not_speak(kind, where is None, reason, left_ms))
    return refused


def check_may_say(connection: Connection, now: int, author: int, room: int) -> None:
    """Raise ChatError unless this author may say something in this room."""
    for refusal in refusals(connection, now, [(author, room)]).values():
        raise refusal


def _refusal(standing: list[Any] | None) -> ChatError | None:
    """What speaks against it, from the columns of `_standings` after the place."""
    if standing is None:
        return not_a_member()
    [member] = standing
    return None if member else not_a_member()
