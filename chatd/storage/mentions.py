"""Who is mentioned where. Rows are written with the message, and go with it.

A message that mentions nobody costs nothing here.
"""

from collections.abc import Iterable

from sqlalchemy import Connection, and_, delete, or_, select, tuple_, update

from chatd.model import Calls, Level, Place, Said
from chatd.storage import pages
from chatd.storage.dialect import upsert
from chatd.storage.prepared import Prepared, given
from chatd.storage.refusals import not_a_member
from chatd.storage.schema import belongs, counts, entries, ignores, members, mentions, name_held, users

EVERYBODY = 0
"""In the place of a user."""

_called = given("room", "seq", "author", "name")
_named = Prepared(
    select(users.c.id.label("user"), _called.c.room, _called.c.seq)
    .join_from(_called, users, and_(users.c.name == _called.c.name, name_held))
    .join(members, and_(members.c.user == users.c.id, members.c.room == _called.c.room, belongs))
    .where(users.c.id != _called.c.author)
)
_insert = upsert(mentions).on_conflict_do_nothing()


def keep(connection: Connection, called: Iterable[tuple[int, int, int, Calls]]) -> None:
    """Write down whom messages mention: each as its room, seq and author, and whom it calls."""
    names: list[tuple[int, int, int, str]] = []
    rows: list[tuple[int, int, int]] = []
    for room, seq, author, calls in called:
        if calls.everybody:  # and nobody twice
            rows.append((EVERYBODY, room, seq))
            continue
        names += [(room, seq, author, name) for name in calls.names]
        rows += [(user, room, seq) for user in calls.present if user != author]
    if names:
        rows += _named(connection, names)
    if rows:
        connection.execute(_insert, [{"user": user, "room": room, "seq": seq} for user, room, seq in rows])


def change(connection: Connection, room: int, seq: int, author: int, calls: Calls | None) -> None:
    """The message mentions others now."""
    connection.execute(delete(mentions).where(mentions.c.room == room, mentions.c.seq == seq))
    if calls is not None:
        keep(connection, [(room, seq, author, calls)])


def mentioned(connection: Connection, user: int, before: Place | None, limit: int) -> tuple[list[Said], bool]:
    """Messages that mention the user, the newest first, in their rooms; and whether there is more."""
    unheard = select(ignores.c.ignored).where(ignores.c.user == user)
    mine = and_(members.c.user == user, members.c.room == mentions.c.room, belongs)
    found = (
        select(entries.c.room, entries.c.seq)
        .join_from(members, mentions, mine)
        .join(entries, and_(entries.c.room == mentions.c.room, entries.c.seq == mentions.c.seq))
        .where(
            or_(
                mentions.c.user == user,
                and_(mentions.c.user == EVERYBODY, entries.c.at >= members.c.joined_at),
            ),
            entries.c.author != user,
            entries.c.author.not_in(unheard),
            counts,
        )
        .order_by(entries.c.at.desc(), entries.c.room.desc(), entries.c.seq.desc())
        .limit(limit + 1)
    )
    if before is not None:
        # Of a room that the user is not in, nothing is to be learnt, not even when something was said there.
        inside = and_(members.c.room == entries.c.room, members.c.user == user, belongs)
        at = (
            select(entries.c.at)
            .join_from(entries, members, inside)
            .where(entries.c.room == before.room, entries.c.seq == before.seq)
            .correlate(None)
        )
        order = tuple_(entries.c.at, entries.c.room, entries.c.seq)
        found = found.where(order < tuple_(at.scalar_subquery(), before.room, before.seq))
    places = connection.execute(found).all()
    first = [Place(place.room, place.seq) for place in places[:limit]]
    return pages.messages_at(connection, first), len(places) > limit


def notify(connection: Connection, now: int, user: int, room: int, level: Level) -> None:
    """Keep of what in a room the user wants to be told."""
    mine = and_(members.c.user == user, members.c.room == room, belongs)
    if not connection.execute(update(members).where(mine).values(notify=level)).rowcount:
        raise not_a_member()
