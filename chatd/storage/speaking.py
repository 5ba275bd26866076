"""Who may say something in a room, asked in the transaction that stores it.

The core asks before; but what waits for the disk behind a leave or a kick must find it here.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select, update

from chatd.model import ChatError
from chatd.storage.prepared import Prepared, given
from chatd.storage.refusals import (
    archived,
    conversation_over,
    may_not_speak,
    not_a_member,
    only_moderators,
    too_soon,
)
from chatd.storage.schema import lockdowns, members, rooms, sanctions, users

Place = tuple[int, int]
"""An author and a room."""

_places = given("author", "room")
_everywhere = func.coalesce(
    select(lockdowns.c.slow_seconds)
    .where(lockdowns.c.id == 1, lockdowns.c.until > bindparam("now"))
    .scalar_subquery(),
    0,
)
_slow_seconds = case((_everywhere > rooms.c.slow_seconds, _everywhere), else_=rooms.c.slow_seconds)
"""How slow a room is, by its own setting or by that of a lockdown."""
_standings = Prepared(
    select(
        members.c.user,
        members.c.room,
        members.c.member,
        members.c.role,
        members.c.said_at,
        users.c.role.label("server_role"),
        rooms.c.destroyed,
        rooms.c.archived,
        rooms.c.moderated,
        rooms.c.ended,
        _slow_seconds.label("slow_seconds"),
    )
    .join_from(_places, members, and_(members.c.user == _places.c.author, members.c.room == _places.c.room))
    .join(rooms, rooms.c.id == members.c.room)
    .join(users, users.c.id == members.c.user)
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
_keep_said = Prepared(
    update(members)
    .where(members.c.user == _places.c.author, members.c.room == _places.c.room)
    .values(said_at=bindparam("now"))
    .returning(members.c.user)
)


class Voices:
    """Who may say what in which room while one batch is stored."""

    def __init__(self, connection: Connection, now: int, places: Collection[Place]) -> None:
        """`places`: all that will be asked about."""
        self._connection = connection
        self._now = now
        self._refused: dict[Place, ChatError] = {}
        """Who may do nothing at all there."""
        self._silent: dict[Place, ChatError] = {}
        """Who may do nothing but react."""
        self._slow_seconds: dict[Place, int] = {}
        """Who has to wait after each message, and how long."""
        self._waiting: dict[Place, ChatError] = {}
        self._spoken: dict[Place, None] = {}
        asked = list(places)
        standings = {(row.user, row.room): row for row in _standings(connection, asked, now=now)}
        for place in places:
            self._look_at(place, standings.get(place))
        for author, room, where, kind, until, reason in _sanctions(connection, asked, now=now):
            left_ms = None if until is None else until - now
            refusal = may_not_speak(kind, where is None, reason, left_ms)
            self._refused.setdefault((author, room), refusal)

    def _look_at(self, place: Place, standing: Any) -> None:
        """`standing`: the row of `_standings`."""
        if standing is None or not standing.member or standing.destroyed:
            self._refused[place] = not_a_member()
        elif standing.ended:
            self._refused[place] = conversation_over()
        elif standing.archived:
            self._refused[place] = archived()
        elif standing.role in ("moderator", "owner") or standing.server_role is not None:
            pass  # whoever keeps order speaks where and when they like
        elif standing.moderated:
            self._silent[place] = only_moderators()
        elif seconds := standing.slow_seconds:
            self._slow_seconds[place] = seconds
            since_ms = self._now - standing.said_at
            if 0 <= since_ms < seconds * 1_000:  # less than 0: the clock was set back
                self._waiting[place] = too_soon(seconds, seconds * 1_000 - since_ms)

    def exclusion(self, place: Place) -> ChatError | None:
        """Why this author may not even react in this room."""
        return self._refused.get(place)

    def silence(self, place: Place) -> ChatError | None:
        """Why this author may not speak in this room, however long they wait."""
        return self._refused.get(place) or self._silent.get(place)

    def refusal(self, place: Place) -> ChatError | None:
        """Why this author may not say something in this room now."""
        return self.silence(place) or self._waiting.get(place)

    def spoke(self, place: Place) -> None:
        """The author said something there, and perhaps has to wait now."""
        if seconds := self._slow_seconds.get(place):
            self._waiting[place] = too_soon(seconds, seconds * 1_000)
            self._spoken[place] = None

    def keep(self) -> None:
        """Write down who has to wait, for the batches to come."""
        if self._spoken:
            _keep_said(self._connection, list(self._spoken), now=self._now)


def check_may_say(connection: Connection, now: int, author: int, room: int) -> None:
    """Raise ChatError unless this author may speak in this room, be it slow or not."""
    if refusal := Voices(connection, now, [(author, room)]).silence((author, room)):
        raise refusal


def check_may_react(connection: Connection, now: int, author: int, room: int) -> None:
    """Raise ChatError unless this author may react in this room, where perhaps only moderators speak."""
    if refusal := Voices(connection, now, [(author, room)]).exclusion((author, room)):
        raise refusal
