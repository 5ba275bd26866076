"""A data directory in which many people have accounts: everybody is in the lobby, many are in one room, the
square, and each is in a few of thousands of others."""

import random
import time
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher
from sqlalchemy import Connection, func, insert, select, update

from bench.search import texts
from chatd.auth import LANES, MEMORY_KIB, TIME_COST
from chatd.model import LOBBY, Draft, RoomRole, User
from chatd.storage.append import append_all
from chatd.storage.dialect import driver_of, writing_engine
from chatd.storage.schema import members, rooms, tokens, users
from chatd.storage.tokens import TOKEN_MS
from chatd.storage.upgrade import DATABASE, prepare_directory, upgrade

T = TypeVar("T")

PASSWORD = "correct horse battery staple"
_SQUARE = "square"
_ROOMS_EACH = 5
"""Of the others."""
_MESSAGES_EACH = 10
"""In each of the others, by default; in the square a hundred times as many."""
_TOPIC = "What belongs here, and what does not"
_BATCH = 1_000


class Town(NamedTuple):
    """Who lives there, and where they meet."""

    people: list[User]
    """Each token is the person's name, and everybody has the same password."""
    square: int
    in_square: int
    """So many of them belong to the square, from the first on."""
    head: int
    """How much was said in the square."""
    rooms: dict[int, list[int]]
    """The others: who belongs to them, by their places in `people`, the owner first."""


def found(
    directory: Path,
    how_many: int,
    how_many_rooms: int,
    in_square: int,
    *,
    messages_each: int = _MESSAGES_EACH,
) -> Town:
    """Write all of that. Rows go in by the thousand: by the statements of a registration it takes minutes."""
    prepare_directory(directory)
    upgrade(directory / DATABASE)
    engine = writing_engine(directory / DATABASE)
    dice, now = random.Random(11), int(time.time() * 1000)
    with engine.connect() as connection:
        driver_of(connection).execute("PRAGMA synchronous = OFF")
        with connection.begin():
            people = _register(connection, now, how_many)
            lobby, square, *others = _open(connection, how_many_rooms)
            residents: list[list[int]] = [[dice.randrange(how_many)] for _ in others]
            for one in range(how_many if others else 0):
                for room in dice.choices(residents, k=_ROOMS_EACH):
                    if one not in room:
                        room.append(one)
            _settle(connection, now, lobby, people)
            _settle(connection, now, square, people[:in_square], "owner")
            for other, inside in zip(others, residents, strict=True):
                _settle(connection, now, other, [people[one] for one in inside], "owner")
        said = 100 * messages_each
        town = Town(people, square, in_square, said, dict(zip(others, residents, strict=True)))
        _talk(connection, now, town, dice, messages_each)
        driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return town


def _register(connection: Connection, now: int, how_many: int) -> list[User]:
    password_hash = PasswordHasher(TIME_COST, MEMORY_KIB, LANES).hash(PASSWORD)
    first = (connection.execute(select(func.max(users.c.id))).scalar() or 0) + 1
    people = [User(first + one, f"p{one}", "user") for one in range(how_many)]
    for batch in _batches(people):
        rows = [
            {
                "id": one.id,
                "name": one.name,
                "holds_name": True,
                "display_name": "",
                "kind": "user",
                "password_hash": password_hash,
                "numbers": False,
                "created_at": now,
                "seen_at": now,
            }
            for one in batch
        ]
        connection.execute(insert(users), rows)
        logins = [
            {
                "user": one.id,
                "digest": sha256(one.name.encode()).digest(),
                "created_at": now,
                "used_at": now,
                "expires_at": now + TOKEN_MS,
                "frontend": "web",
                "address": "127.0.0.1",
            }
            for one in batch
        ]
        connection.execute(insert(tokens), logins)
    return people


def _open(connection: Connection, how_many: int) -> list[int]:
    names = [_SQUARE, *(f"r{number}" for number in range(1, how_many))]
    common = {"kind": "public", "topic": _TOPIC, "topic_folded": _TOPIC.casefold()}
    connection.execute(
        insert(rooms), [{"name": name, "head": 0, "floor": 0, "at": 0, **common} for name in names]
    )
    ids = dict(connection.execute(select(rooms.c.name, rooms.c.id)).tuples().all())
    return [ids[name] for name in (LOBBY, *names)]


def _settle(
    connection: Connection, now: int, room: int, inside: list[User], first: RoomRole = "member"
) -> None:
    """They belong to the room; what the first of them is there."""
    for batch in _batches(inside):
        rows = [
            {
                "user": one.id,
                "room": room,
                "read": 0,
                "member": True,
                "joined_at": now,
                "role": first if one is inside[0] else "member",
            }
            for one in batch
        ]
        connection.execute(insert(members), rows)
    connection.execute(update(rooms).where(rooms.c.id == room).values(members=len(inside)))


def _talk(connection: Connection, now: int, town: Town, dice: random.Random, messages_each: int) -> None:
    everywhere = [
        (room, [town.people[one] for one in inside]) for room, inside in town.rooms.items()
    ] * messages_each
    everywhere += [(town.square, town.people[: town.in_square])] * town.head
    dice.shuffle(everywhere)
    said = texts(len(everywhere))
    for batch in _batches(everywhere):
        drafts = [
            Draft(room, dice.choice(inside), text)
            for (room, inside), text in zip(batch, islice(said, len(batch)), strict=True)
        ]
        with connection.begin():
            append_all(connection, drafts, now)


def _batches(things: list[T]) -> list[list[T]]:
    return [things[first : first + _BATCH] for first in range(0, len(things), _BATCH)]
