"""Deleting an account: the row stays, because it says who wrote; everything else of it goes."""

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from chatd.model import DELETED, Account
from chatd.storage import bots, files, icons, purging
from chatd.storage.members import remove_member
from chatd.storage.refusals import password_changed
from chatd.storage.roles import DecideOnServer, footing, owner_count
from chatd.storage.schema import (
    admissions,
    ignores,
    invitations,
    is_unsent,
    links,
    members,
    mentions,
    recovery_codes,
    retired_names,
    rooms,
    sanctions,
    tokens,
    unchanged,
    users,
)
from chatd.storage.schema import files as uploads

_WIPED = {
    "name": DELETED,
    "holds_name": False,
    "display_name": "",
    "password_hash": None,
    "numbers": False,
    "colour": None,
    "totp_secret": None,
    "totp_step": None,
    "role": None,
    "status": "",
    "away": None,
}


def end_account(
    connection: Connection, now: int, known: Account, purge: bool, decide: DecideOnServer
) -> list[int]:
    """Delete the account, which a login still takes the same for; gives every room that it was ever in.

    `purge`: what it has said is to be removed too, which the caller carries on.
    """
    user = known.user.id
    me = footing(connection, user)
    decide(me, me, owner_count(connection))
    wiped = update(users).where(unchanged(known)).values({**_WIPED, "seen_at": now, "ended_at": now})
    if not connection.execute(wiped).rowcount:
        raise password_changed()
    connection.execute(insert(retired_names), {"name": me.user.name, "at": now})
    where = purging.rooms_of(connection, user)
    if purge:
        purging.begin(connection, user, user, where)
    bots.end_all(connection, now, user)
    icons.release_of_user(connection, user)
    files.release(connection, and_(uploads.c.user == user, is_unsent))
    for room in where:
        remove_member(connection, user, room)
    settings = {"read": 0, "notify": "all", "said_at": 0}
    connection.execute(update(members).where(members.c.user == user).values(settings))
    theirs = select(members.c.room).where(members.c.user == user)
    connection.execute(
        update(rooms).where(rooms.c.id.in_(theirs), rooms.c.kind == "direct").values(ended=True)
    )
    for table, what in (
        (tokens, tokens.c.user == user),
        (recovery_codes, recovery_codes.c.user == user),
        (ignores, ignores.c.user == user),
        (mentions, mentions.c.user == user),
        (sanctions, sanctions.c.user == user),
        (invitations, or_(invitations.c.user == user, invitations.c.by == user)),
        (links, links.c.by == user),
        (admissions, admissions.c.by == user),
    ):
        connection.execute(delete(table).where(what))
    return where
