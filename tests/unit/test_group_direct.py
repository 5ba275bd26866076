"""Direct rooms of several: exactly these people, in whatever order they are named."""

from collections.abc import Iterator
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.model import (
    PARTICIPANTS_MOST,
    Added,
    Attached,
    Code,
    Command,
    Direct,
    Entered,
    History,
    Ignore,
    Join,
    Leave,
    LoggedIn,
    Login,
    Messages,
    Said,
    Say,
    User,
)
from tests.unit.core_peer import Core, FakeWire, Peer

NAMES = ("alice", "bob", "carol", "dave")


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def people(core: Core) -> list[Peer]:
    return [core.account(name) for name in NAMES]


def group(peer: Peer, *users: int | str) -> int:
    """The id of the room with these."""
    return peer.expect(Entered, Direct(users=list(users))).rooms[0].room


def test_a_group_is_there_for_all_and_called_after_the_others(people: list[Peer]) -> None:
    alice, bob, carol, dave = people
    [mine] = alice.expect(Entered, Direct(users=["carol", "bob"])).rooms
    participants = (alice.user, bob.user, carol.user)
    assert ("@bob,carol", "direct", participants) == (mine.name, mine.kind, mine.participants)
    for peer, name in ((bob, "@alice,carol"), (carol, "@alice,bob")):
        assert [name] == [event.rooms[0].name for event in peer.take_all(Added)]
        peer.attach(mine.room)
    alice.say("hi all", mine.room)
    assert [["hi all"], ["hi all"], []] == [peer.take_texts() for peer in (bob, carol, dave)]


def test_the_same_people_in_any_order_and_with_oneself_are_one_room(people: list[Peer]) -> None:
    alice, bob, *_ = people
    rooms = {group(alice, *names) for names in permutations(["bob", "carol", "dave"])}
    rooms.add(group(bob, "bob", "alice", "carol", 4, "DAVE"))
    assert 1 == len(rooms)
    assert rooms != {group(alice, "bob", "carol")}


def test_two_are_a_pair_however_they_are_named(people: list[Peer]) -> None:
    alice, *_ = people
    pair = alice.expect(Entered, Direct("bob")).rooms
    assert pair == alice.expect(Entered, Direct(users=["bob"])).rooms
    assert pair == alice.expect(Entered, Direct(users=["bob", "alice", "bob"])).rooms


def test_saying_something_to_several_opens_the_room(people: list[Peer]) -> None:
    alice, bob, *_ = people
    stored = alice.say("hi", "@carol,bob")
    assert stored.room == alice.say("again", "@bob,carol").room == bob.say("yes?", "@carol,alice").room


def test_a_group_with_somebody_away_is_found_by_their_names(core: Core, people: list[Peer]) -> None:
    alice, _, carol, _ = people
    room = group(alice, "bob", "carol")
    carol.lose()
    assert room == alice.expect(Messages, History("@bob,carol")).room
    back = core.connect()
    assert room in [state.room for state in back.expect(LoggedIn, Login(token=carol.token)).rooms]


def test_a_group_is_neither_left_nor_joined(people: list[Peer]) -> None:
    alice, _, _, dave = people
    room = group(alice, "bob", "carol")
    assert Code.FORBIDDEN is alice.refused(Leave(room)).code
    assert Code.NO_SUCH_ROOM is dave.refused(Join(room)).code
    assert Code.NO_SUCH_ROOM is dave.refused(Join("@alice,bob")).code


def test_one_line_is_labelled_for_each_reader(core: Core, people: list[Peer]) -> None:
    alice, bob, *_ = people
    follower = core.again(bob, follow=True, wire=FakeWire(personal=True))
    room = group(alice, "bob", "carol")
    follower.take()
    alice.say("hi", room)
    assert "@alice,carol" == follower.client.outbox.labels[-1]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (Direct(), Code.BAD_REQUEST),
        (Direct(users=[]), Code.BAD_REQUEST),
        (Direct("bob", users=["carol"]), Code.BAD_REQUEST),
        (Direct(users=["alice"]), Code.BAD_REQUEST),
        (Direct(users=["bob", "nobody"]), Code.NO_SUCH_USER),
        (Say(room="@bob,,carol", text="hi"), Code.NO_SUCH_USER),
        (History("@bob,carol"), Code.NO_SUCH_ROOM),
        (Say(room="@" + ",".join(["bob"] * 11), text="hi"), Code.TOO_MANY),
        (History("@" + ",".join(["bob"] * 11)), Code.TOO_MANY),
    ],
)
def test_what_names_no_group_is_refused(people: list[Peer], command: Command, code: Code) -> None:
    assert code is people[0].refused(command).code


def test_one_ignored_is_still_in_a_group(people: list[Peer]) -> None:
    alice, bob, *_ = people
    alice.ask(Ignore("bob"))
    assert Code.FORBIDDEN is alice.refused(Direct(users=["bob"])).code
    room = group(alice, "bob", "carol")
    alice.take()
    bob.say("hi", room)
    alice.say("hello", room)
    assert ["hello"] == [event.text for event in alice.take_all(Said)]


def test_a_group_has_ten_people_at_most(core: Core, people: list[Peer]) -> None:
    alice, *_ = people
    others = [core.guest(f"guest{number}").user.name for number in range(PARTICIPANTS_MOST)]
    group(alice, *others[:-1])
    group(alice, *others[:-1], "alice")
    assert Code.TOO_MANY is alice.refused(Direct(users=[*others])).code
    assert Code.TOO_MANY is alice.refused(Direct(users=[*others, "bob"])).code


@given(
    st.lists(st.sets(st.sampled_from(NAMES), min_size=2), min_size=1, max_size=6),
    st.sets(st.sampled_from(NAMES), max_size=3),
)
def test_what_everybody_calls_a_room_leads_back_to_it(groups: list[set[str]], away: set[str]) -> None:
    core = Core()
    people = {name: core.account(name) for name in NAMES}
    for names in groups:
        first, *others = sorted(names)
        group(people[first], *others)
    for name in away:
        people[name].lose()
    found: dict[int, tuple[User, ...]] = {}
    for peer in people.values():
        again = core.connect()
        states = again.expect(LoggedIn, Login(token=peer.token)).rooms
        for state in [one for one in states if one.kind == "direct"]:
            again.take()
            again.attach(state.name)
            assert [(state.room, state.name)] == [(one.room, one.name) for one in again.take_all(Attached)]
            assert found.setdefault(state.room, state.participants) == state.participants
        again.lose()
    assert {frozenset(names) for names in groups} == {
        frozenset(user.name for user in participants) for participants in found.values()
    }
    core.check()
