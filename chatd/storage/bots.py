"""Bots: users that programs are. Each has a maker, who is an account, and ends with it at the latest."""

from sqlalchemy import Connection, delete, func, insert, select, update

from chatd.model import Bot, User
from chatd.storage import icons
from chatd.storage.members import belongs_to, remove_member
from chatd.storage.purging import rooms_of
from chatd.storage.refusals import no_such_bot, not_a_member, too_many_bots
from chatd.storage.schema import bots, tokens, users
from chatd.storage.tokens import NEVER, need_login
from chatd.storage.writes import create_bot

BOTS_MOST = 20
TOKEN_NAME = "bot"
"""What a bot's one API token is called."""


def make(
    connection: Connection, now: int, maker: int, name: str, secret: bytes, by: bytes | None, room: int | None
) -> User:
    """A new bot, made with the login `by`. `secret` is the digest of its token or, with a room, of what lets
    anybody speak there as it; it belongs to that room then, and to no other."""
    need_login(connection, now, maker, by)
    if room is not None and not belongs_to(connection, maker, room):
        raise not_a_member()
    mine = select(func.count()).where(bots.c.maker == maker)
    if connection.execute(mine).scalar_one() >= BOTS_MOST:
        raise too_many_bots(BOTS_MOST)
    bot = create_bot(connection, now, name, room)
    hook = None if room is None else secret
    connection.execute(insert(bots).values(bot=bot.id, maker=maker, at=now, room=room, hook=hook))
    if room is None:
        row = {"digest": secret, "user": bot.id, "name": TOKEN_NAME}
        connection.execute(insert(tokens).values(created_at=now, used_at=0, expires_at=NEVER, **row))
    return bot


def bots_of(connection: Connection, maker: int) -> list[Bot]:
    """The bots of a maker, by name."""
    found = connection.execute(
        select(users.c.id, users.c.name, users.c.kind, bots.c.at, bots.c.room)
        .join_from(bots, users, bots.c.bot == users.c.id)
        .where(bots.c.maker == maker)
        .order_by(users.c.name)
    )
    return [Bot(User(id, name, kind), at, room) for id, name, kind, at, room in found]


def end(connection: Connection, now: int, maker: int, bot: int) -> None:
    """The bot opens nothing and belongs nowhere any more, and its name is free; what it said stays."""
    gone = delete(bots).where(bots.c.bot == bot, bots.c.maker == maker)
    if not connection.execute(gone).rowcount:
        raise no_such_bot()
    connection.execute(delete(tokens).where(tokens.c.user == bot))
    for room in rooms_of(connection, bot):
        remove_member(connection, bot, room)
    icons.release_of_user(connection, bot)
    connection.execute(update(users).where(users.c.id == bot).values(holds_name=False, ended_at=now))


def end_all(connection: Connection, now: int, maker: int) -> None:
    """End every bot of a maker, who ends."""
    for one in bots_of(connection, maker):
        end(connection, now, maker, one.bot.id)


def end_hooked(connection: Connection, now: int, room: int) -> None:
    """End every bot that speaks in a room by its address, because the room ends."""
    found = connection.execute(select(bots.c.maker, bots.c.bot).where(bots.c.room == room))
    for maker, bot in found.all():
        end(connection, now, maker, bot)


def hooked(connection: Connection, secret: bytes) -> tuple[User, int] | None:
    """Who speaks by the secret with this digest, and where."""
    row = connection.execute(
        select(users.c.id, users.c.name, users.c.kind, bots.c.room)
        .join_from(bots, users, bots.c.bot == users.c.id)
        .where(bots.c.hook == secret)
    ).one_or_none()
    if row is None:
        return None
    *user, room = row
    return User(*user), room
