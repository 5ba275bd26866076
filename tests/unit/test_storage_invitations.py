"""What every store does with invitations and links: they open a room once, so often, so long."""

import pytest
import pytest_twisted

from chatd.model import ChatError, Code, Invitation, Invitee, InviteLink, User
from tests.unit.store_bench import Bench, refusal

DAY_MS = 24 * 3600 * 1000
LOBBY = 1


async def den(bench: Bench) -> tuple[User, User, int]:
    """Alice, who has a private room; bob; and the room."""
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    return alice, bob, (await bench.store.create_room("den", "private", alice.id)).id


async def members(bench: Bench, user: User) -> int | None:
    listed, _ = await bench.store.list_rooms(user.id, "", 10)
    return next((one.members for one in listed if one.name == "den"), None)


@pytest_twisted.ensureDeferred
async def test_a_private_room_is_there_for_members_and_the_invited_only(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    for ref in (room, "den"):
        assert None is await bench.store.room(ref, bob.id)
    await bench.store.invite(room, bob.id, alice.id)
    for user, invited in ((alice, False), (bob, True)):
        for ref in (room, "den"):
            found = await bench.store.room(ref, user.id)
            assert found is not None
            assert (room, invited) == (found.id, found.invited)
    direct = await bench.store.open_direct((alice.id, 2))
    carol = await bench.store.create_guest("carol")
    assert None is await bench.store.room(direct.id, carol.id)


@pytest_twisted.ensureDeferred
async def test_an_invitation_lets_in_once(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    assert None is await bench.store.join(bob.id, room)
    made = Invitation(room, "den", alice, 1_000)
    assert made == await bench.store.invite(room, bob.id, alice.id)
    assert None is await bench.store.invite(room, bob.id, alice.id)
    assert [made] == await bench.store.invitations_of(bob.id)
    joined = await bench.store.join(bob.id, room)
    assert joined is not None
    assert (room, False) == (joined.id, joined.invited)
    assert [] == await bench.store.invitations_of(bob.id)
    assert None is not await bench.store.join(bob.id, room)
    await bench.store.leave(bob.id, room)
    assert None is await bench.store.join(bob.id, room)


@pytest_twisted.ensureDeferred
async def test_invitations_are_listed_the_newest_first(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    other = (await bench.store.create_room("cave", "public", alice.id)).id
    await bench.store.invite(room, bob.id, alice.id)
    bench.now += 1
    await bench.store.invite(other, bob.id, alice.id)
    assert ["cave", "den"] == [one.name for one in await bench.store.invitations_of(bob.id)]


@pytest_twisted.ensureDeferred
async def test_members_invite_those_who_are_none(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    assert Code.ALREADY_A_MEMBER == await refusal(bench.store.invite(room, alice.id, alice.id))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.invite(room, alice.id, bob.id))
    assert Code.NO_SUCH_USER == await refusal(bench.store.invite(room, 99, alice.id))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.make_link(room, bob.id, b"digest", None, 1))


@pytest_twisted.ensureDeferred
async def test_invitations_end(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    for ref in ("den", room):
        await bench.store.invite(room, bob.id, alice.id)
        assert (room, "den") == await bench.store.decline(bob.id, ref)
        assert Code.NO_SUCH_INVITATION == await refusal(bench.store.decline(bob.id, ref))
    await bench.store.invite(room, bob.id, alice.id)
    await bench.store.uninvite(room, bob.id, alice.id)
    assert Code.NO_SUCH_INVITATION == await refusal(bench.store.uninvite(room, bob.id, alice.id))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.uninvite(room, bob.id, bob.id))
    assert None is await bench.store.join(bob.id, room)


@pytest.mark.parametrize("uses", [1, 3])
@pytest_twisted.ensureDeferred
async def test_a_link_opens_so_often_whoever_comes_at_once(bench: Bench, uses: int) -> None:
    alice, bob, room = await den(bench)
    people = [bob, *[await bench.store.create_guest(f"guest{number}") for number in range(4)]]
    await bench.store.make_link(room, alice.id, b"digest", uses, 1)
    follow = [bench.store.follow_link(one.id, b"digest") for one in [*people, alice]]
    for answer in follow[:uses]:
        assert room == (await answer).id
    for answer in follow[uses:]:
        assert Code.NO_SUCH_INVITATION == await refusal(answer)
    assert 1 + uses == await members(bench, alice)


@pytest_twisted.ensureDeferred
async def test_a_link_counts_who_came_in_and_nobody_twice(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    link = await bench.store.make_link(room, alice.id, b"digest", None, 2)
    assert InviteLink(1, alice, 1_000, 1_000 + 2 * DAY_MS, used=0) == link
    await bench.store.invite(room, bob.id, alice.id)
    assert ([Invitee(bob, alice, 1_000)], [link]) == await bench.store.openings(room)
    for again in [bench.store.follow_link(bob.id, b"digest") for _ in range(3)]:
        await again
    invited, [used] = await bench.store.openings(room)
    assert ([], 1) == (invited, used.used)
    assert Code.NO_SUCH_USER == await refusal(bench.store.follow_link(99, b"digest"))


@pytest_twisted.ensureDeferred
async def test_a_link_ends_when_its_time_is_over_or_it_is_ended(bench: Bench) -> None:
    alice, bob, room = await den(bench)
    first = await bench.store.make_link(room, alice.id, b"first", None, 1)
    second = await bench.store.make_link(room, alice.id, b"second", None, 2)
    bench.now += DAY_MS
    assert Code.NO_SUCH_INVITATION == await refusal(bench.store.follow_link(bob.id, b"first"))
    assert [second.link] == [one.link for one in (await bench.store.openings(room))[1]]
    assert Code.NO_SUCH_INVITATION == await refusal(bench.store.end_link(LOBBY, second.link, alice.id))
    assert Code.NOT_A_MEMBER == await refusal(bench.store.end_link(room, second.link, bob.id))
    await bench.store.end_link(room, second.link, alice.id)
    assert Code.NO_SUCH_INVITATION == await refusal(bench.store.end_link(room, second.link, alice.id))
    with pytest.raises(ChatError, match="unknown or has expired"):
        await bench.store.follow_link(bob.id, b"second")
    assert first.link != second.link
