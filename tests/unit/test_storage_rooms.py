"""The list of rooms as it is stored: how it is searched, and that members are counted right."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import Connection, Engine, func, select, update

from chatd.model import ChatError, RoomKind
from chatd.storage import invitations, reads, writes
from chatd.storage.dialect import savepoint, writing_engine
from chatd.storage.schema import belongs, members, rooms
from chatd.storage.upgrade import DATABASE, upgrade

NOW = 1_000


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("data") / DATABASE
    upgrade(path)
    engine = writing_engine(path)
    yield engine
    engine.dispose()


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """In a transaction that is taken back."""
    with engine.connect() as connection, connection.begin() as undone:
        yield connection
        undone.rollback()


def found(connection: Connection, user: int, query: str) -> list[str]:
    listed, more = reads.list_rooms(connection, user, "", 100, query)
    assert not more
    return [listing.name for listing in listed]


def test_rooms_are_found_by_words_of_name_and_topic_whatever_their_case(connection: Connection) -> None:
    alice = writes.create_user(connection, NOW, "alice", None).id
    bob = writes.create_user(connection, NOW, "bob", None).id
    made: list[tuple[str, RoomKind, str]] = [
        ("dogs", "public", "Große HUNDE"),
        ("cats", "public", "not dogs, 100%"),
        ("den", "private", "dogs_only"),
    ]
    for name, kind, topic in made:
        room = writes.create_room(connection, NOW, name, kind, alice).id
        connection.execute(
            update(rooms).where(rooms.c.id == room).values(topic=topic, topic_folded=topic.casefold())
        )
    assert ["cats", "den", "dogs"] == found(connection, alice, "Dogs")
    assert ["cats", "dogs"] == found(connection, bob, "dogs")
    assert ["dogs"] == found(connection, bob, "hunde  GROSSE dog")
    assert ["cats"] == found(connection, bob, "100% dogs")
    assert ["den"] == found(connection, alice, "_")
    assert [] == found(connection, bob, "%s")
    assert ["cats", "dogs", "lobby"] == found(connection, bob, " ")


@given(
    some.lists(
        some.one_of(
            some.tuples(some.sampled_from(["join", "leave"]), some.integers(1, 4), some.integers(1, 5)),
            some.tuples(some.just("direct"), some.integers(1, 4), some.integers(1, 4)),
            some.tuples(some.just("create"), some.integers(1, 4), some.sampled_from(["den", "attic"])),
            some.tuples(some.just("arrive"), some.none(), some.sampled_from(["alice", "bob", "carol"])),
        ),
        max_size=20,
    )
)
def test_the_count_of_members_is_right_after_whatever_came(
    engine: Engine, steps: list[tuple[str, int, int | str]]
) -> None:
    counted = select(rooms.c.id, func.count(members.c.user)).outerjoin_from(
        rooms, members, (members.c.room == rooms.c.id) & belongs
    )
    with engine.connect() as connection, connection.begin() as undone:
        writes.create_user(connection, NOW, "dave", None)
        for step in steps:
            with suppress(ChatError), savepoint(connection):
                carry_out(connection, *step)
        assert (
            connection.execute(counted.group_by(rooms.c.id).order_by(rooms.c.id)).all()
            == connection.execute(select(rooms.c.id, rooms.c.members).order_by(rooms.c.id)).all()
        )
        undone.rollback()


def carry_out(connection: Connection, what: str, user: int, other: int | str) -> None:
    match what, other:
        case "join", int():
            invitations.join(connection, NOW, user, other)
        case "leave", int():
            writes.leave(connection, NOW, user, other)
        case "direct", int():
            writes.open_direct(connection, NOW, (user, other))
        case "create", str():
            writes.create_room(connection, NOW, other, "public", user)
        case "arrive", str():
            writes.create_user(connection, NOW, other, None)
