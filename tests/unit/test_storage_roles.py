"""Roles as they are stored: given in one transaction with what allows it, and ended with the membership."""

import pytest
import pytest_twisted

from chatd.model import ChatError, Code, Footing, Member, RoomRole, ServerRole, User
from tests.unit.store_bench import Bench, refusal

LOBBY = 1


def anything(*facts: object) -> None:
    """Allow it."""


async def role_in(bench: Bench, user: User, room: int) -> RoomRole | None:
    state = await bench.store.room_of(user.id, room)
    return None if state is None else state.role


async def role_of(bench: Bench, user: User) -> ServerRole:
    return (await bench.store.arrival(user.id)).role


@pytest_twisted.ensureDeferred
async def test_who_makes_a_room_owns_it(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    den = await bench.store.create_room("den", "private", alice.id)
    await bench.store.invite(den.id, bob.id, alice.id)
    await bench.store.join(bob.id, den.id)
    assert ("owner", "member") == (await role_in(bench, alice, den.id), await role_in(bench, bob, den.id))
    assert "member" == await role_in(bench, alice, LOBBY)
    states = (await bench.store.arrival(alice.id)).rooms
    assert [("den", "owner"), ("lobby", "member")] == [(state.name, state.role) for state in states]


@pytest_twisted.ensureDeferred
async def test_a_role_ends_with_the_membership(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    den = await bench.store.create_room("den", "public", alice.id)
    await bench.store.join(alice.id, den.id)
    assert "owner" == await role_in(bench, alice, den.id)
    await bench.store.leave(alice.id, den.id)
    assert await role_in(bench, alice, den.id) is None
    await bench.store.join(alice.id, den.id)
    assert "member" == await role_in(bench, alice, den.id)


@pytest_twisted.ensureDeferred
async def test_a_role_in_a_room_is_given_by_what_is_written_of_both(bench: Bench) -> None:
    alice, bob = await bench.store.create_account("alice", "hash"), await bench.store.create_guest("bob")
    den = await bench.store.create_room("den", "public", alice.id)
    await bench.store.make_owner("alice")
    asked: list[tuple[Footing, Footing]] = []

    def decide(actor: Footing, other: Footing) -> None:
        asked.append((actor, other))
        if other.room is None:
            raise ChatError(Code.FORBIDDEN, "No.")

    async def give(role: RoomRole) -> bool:
        return await bench.store.set_room_role(den.id, bob.id, role, alice.id, decide)

    assert Code.FORBIDDEN == await refusal(give("moderator"))
    assert (Footing(alice, "owner", "owner"), Footing(bob, "guest", None)) == asked[-1]
    await bench.store.join(bob.id, den.id)
    assert [True, False] == [await give("moderator"), await give("moderator")]
    assert Footing(bob, "guest", "moderator") == asked[-1][1]
    assert "moderator" == await role_in(bench, bob, den.id)
    assert Code.NO_SUCH_USER == await refusal(
        bench.store.set_room_role(den.id, 99, "owner", alice.id, decide)
    )


@pytest_twisted.ensureDeferred
async def test_a_role_on_the_server_is_given_with_the_number_of_owners_in_view(bench: Bench) -> None:
    alice, bob = [await bench.store.create_account(name, "hash") for name in ("alice", "bob")]
    await bench.store.make_owner("alice")
    counted: list[int] = []

    def decide(actor: Footing, other: Footing, owners: int) -> None:
        counted.append(owners)
        if owners == 1 and other.server == "owner":
            raise ChatError(Code.FORBIDDEN, "No.")

    async def give(user: User, role: ServerRole) -> bool:
        return await bench.store.set_server_role(user.id, role, alice.id, decide)

    assert ("owner", "user") == (await role_of(bench, alice), await role_of(bench, bob))
    assert [True, False] == [await give(bob, "admin"), await give(bob, "admin")]
    assert Code.FORBIDDEN == await refusal(give(alice, "user"))
    assert await give(bob, "owner")
    assert await give(alice, "user")
    assert Code.FORBIDDEN == await refusal(give(bob, "user"))
    assert ("user", "owner") == (await role_of(bench, alice), await role_of(bench, bob))
    assert [1, 1, 1, 1, 2, 1] == counted


@pytest_twisted.ensureDeferred
async def test_an_account_owns_the_server_if_nobody_does(bench: Bench) -> None:
    guest = await bench.store.create_guest("guest")
    alice, bob = [await bench.store.create_account(name, "hash") for name in ("alice", "bob")]
    assert 0 == await bench.store.owner_count()
    named = [bench.store.owned(name) for name in (None, "nobody", "guest", "bob")]
    assert [False, False, False, True] == named
    assert [False, True, False] == [
        await bench.store.found(guest.id),
        await bench.store.found(alice.id),
        await bench.store.found(bob.id),
    ]
    assert bench.store.owned(None)
    assert ("owner", "user") == (await role_of(bench, alice), await role_of(bench, bob))
    assert [False, False, True] == [
        await bench.store.make_owner("nobody"),
        await bench.store.make_owner("guest"),
        await bench.store.make_owner("bob"),
    ]
    assert 2 == await bench.store.owner_count()
    profiles = await bench.store.profiles([guest.id, alice.id])
    assert [None, "owner"] == [one.role for one in profiles]


@pytest_twisted.ensureDeferred
async def test_nobody_arrives_who_never_was(bench: Bench) -> None:
    assert Code.NO_SUCH_USER == await refusal(bench.store.arrival(99))


@pytest_twisted.ensureDeferred
async def test_members_are_listed_by_name_page_by_page(bench: Bench) -> None:
    zoe = await bench.store.create_account("zoe", "hash")
    den = await bench.store.create_room("den", "public", zoe.id)
    guests = []
    for _ in range(2):  # two who had one name in turn
        guests.append(await bench.store.create_guest("bob"))
        await bench.store.free_name(guests[-1].id)
    gone = await bench.store.create_guest("gone")
    for one in (*guests, gone):
        await bench.store.join(one.id, den.id)
    await bench.store.leave(gone.id, den.id)
    await bench.store.set_room_role(den.id, guests[1].id, "moderator", zoe.id, anything)
    first, second = guests
    listed = [
        Member(first.id, "bob", "guest"),
        Member(second.id, "bob", "guest", "moderator"),
        Member(zoe.id, "zoe", "user", "owner"),
    ]
    assert (listed, 3, False) == await bench.store.list_members(den.id, 0, 3)
    assert (listed[:1], 3, True) == await bench.store.list_members(den.id, 0, 1)
    assert (listed[1:2], 3, True) == await bench.store.list_members(den.id, first.id, 1)
    assert (listed[2:], 3, False) == await bench.store.list_members(den.id, second.id, 1)
    assert ([], 3, False) == await bench.store.list_members(den.id, zoe.id, 1)
    assert (listed, 3, False) == await bench.store.list_members(den.id, 99, 3)
    assert ([], 0, False) == await bench.store.list_members(99, 0, 3)


@pytest_twisted.ensureDeferred
async def test_members_are_found_by_what_they_are_called_and_one_by_one(bench: Bench) -> None:
    zoe = await bench.store.create_account("zoe", "hash")
    den = await bench.store.create_room("den", "public", zoe.id)
    bob = await bench.store.create_guest("bob_1")
    other = await bench.store.create_guest("bobx1")
    for one in (bob, other):
        await bench.store.join(one.id, den.id)
    await bench.store.appear(zoe.id, "Robobo 100%", None)
    seen = [Member(bob.id, "bob_1", "guest")]
    also = [*seen, Member(other.id, "bobx1", "guest"), Member(zoe.id, "zoe", "user", "owner")]
    assert (also, 3, False) == await bench.store.list_members(den.id, 0, 9, "BOB")
    assert (also[:2], 3, True) == await bench.store.list_members(den.id, 0, 2, "bob")
    assert (seen, 3, False) == await bench.store.list_members(den.id, 0, 9, "b_1")
    assert (also[2:], 3, False) == await bench.store.list_members(den.id, 0, 9, "0%")
    assert (seen, 3, False) == await bench.store.list_members(den.id, 0, 9, "", bob.id)
    assert ([], 3, False) == await bench.store.list_members(den.id, 0, 9, "zoe", bob.id)
    await bench.store.leave(bob.id, den.id)
    assert ([], 2, False) == await bench.store.list_members(den.id, 0, 9, only=bob.id)


@pytest.mark.parametrize("role", ["owner", "admin"])
@pytest_twisted.ensureDeferred
async def test_a_role_on_the_server_can_be_taken_back(bench: Bench, role: ServerRole) -> None:
    alice = await bench.store.create_account("alice", "hash")
    assert await bench.store.set_server_role(alice.id, role, alice.id, anything)
    assert await bench.store.set_server_role(alice.id, "user", alice.id, anything)
    assert "user" == await role_of(bench, alice)
