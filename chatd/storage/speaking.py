"""Who may say something in a room, asked in the transaction that stores it.

The core asks before; but what waits for the disk behind a leave or a kick must find it here.
"""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, and_, select

from chatd.model import ChatError
from chatd.storage.dialect import json_rows
from chatd.storage.prepared import Prepared
from chatd.storage.refusals import not_a_member
from chatd.storage.schema import members

Place = tuple[int, int]
"""An author and a room."""

_places = json_rows("places", "author", "room")
_standings = Prepared(
    select(members.c.user, members.c.room, members.c.member).join_from(
        _places, members, and_(members.c.user == _places.c.author, members.c.room == _places.c.room)
    )
)


def refusals(connection: Connection, places: Collection[Place]) -> dict[Place, ChatError]:
    """Why these authors may say nothing in these rooms; who may is left out."""
    rows = _standings(connection, places=json.dumps(list(places)))
    standings = {(author, room): standing for author, room, *standing in rows}
    found = ((place, _refusal(standings.get(place))) for place in places)
    return {place: refusal for place, refusal in found if refusal is not None}


def check_may_say(connection: Connection, author: int, room: int) -> None:
    """Raise ChatError unless this author may say something in this room."""
    for refusal in refusals(connection, [(author, room)]).values():
        raise refusal


def _refusal(standing: list[Any] | None) -> ChatError | None:
    """What speaks against it, from the columns of `_standings` after the place."""
    if standing is None:
        return not_a_member()
    [member] = standing
    return None if member else not_a_member()
