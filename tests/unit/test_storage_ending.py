"""What every store does with deleted accounts, and with what was said."""

import pytest_twisted

from chatd.model import DELETED, Account, Code, Draft, Footing, Purged, Said, User
from chatd.storage.purging import PURGED_AT_ONCE
from tests.unit.store_bench import Bench, allow, purge, refusal, refuse

LOBBY = 1


def stay(actor: Footing, same: Footing, owners: int) -> None:
    assert actor == same


@pytest_twisted.ensureDeferred
async def test_a_guest_does_not_get_the_name_of_a_deleted_account(bench: Bench) -> None:
    guest = await bench.store.create_guest("alice")
    await bench.store.free_name(guest.id)
    alice = await bench.store.create_account("alice", "hash")
    assert [LOBBY] == await bench.store.end_account(Account(alice, "hash", False), False, stay)
    assert "alice2" == (await bench.store.hold_name(guest.id)).name
    assert Code.NAME_TAKEN == await refusal(bench.store.create_guest("alice"))
    assert Code.NO_SUCH_USER == await refusal(
        bench.store.end_account(Account(alice, "hash", False), False, stay)
    )


@pytest_twisted.ensureDeferred
async def test_only_the_password_that_was_checked_deletes(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    assert Code.WRONG_PASSWORD == await refusal(
        bench.store.end_account(Account(alice, "other", False), True, stay)
    )
    await bench.store.append(Draft(LOBBY, alice, "still here"))
    await bench.store.finish_purges()
    assert ["still here"] == [one.text for one in bench.published if isinstance(one, Said)]
    account = await bench.store.account("alice")
    assert account is not None


@pytest_twisted.ensureDeferred
async def test_a_deleted_account_changes_nothing_any_more(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.end_account(Account(alice, "hash", False), False, stay)
    bench.now += 1_000
    assert Code.NOT_LOGGED_IN == await refusal(
        bench.store.set_password(Account(alice, "hash", False), "another", b"login")
    )
    await bench.store.appear(alice.id, "Alice", "teal")
    await bench.store.set_status(alice.id, "here")
    await bench.store.set_away(alice.id, "not here")
    await bench.store.prefer(alice.id, True)
    await bench.store.saw({alice.id: 0})
    [profile] = await bench.store.profiles([alice.id])
    assert (DELETED, "", None, "", 1_000) == (
        profile.name,
        profile.display_name,
        profile.colour,
        profile.status,
        profile.seen,
    )
    assert None is await bench.store.account(alice.id)
    for late in (
        bench.store.add_token(alice.id, b"digest"),
        bench.store.arrival(alice.id),
        bench.store.create_room("den", "public", alice.id),
        bench.store.join(alice.id, LOBBY),
        bench.store.open_direct([alice.id, alice.id + 1]),
    ):
        assert Code.NO_SUCH_USER == await refusal(late)


@pytest_twisted.ensureDeferred
async def test_a_second_purge_finds_nothing_to_tell(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    for number in range(3):
        await bench.store.append(Draft(LOBBY, alice, str(number)))
    await purge(bench.store, LOBBY, bob, alice)
    await purge(bench.store, LOBBY, bob, alice)
    assert [4] == [one.seq for one in bench.published if isinstance(one, Purged)]


@pytest_twisted.ensureDeferred
async def test_only_public_rooms_are_purged_together(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    rooms = [
        (await bench.store.create_room("public", "public", alice.id)).id,
        (await bench.store.create_room("private", "private", alice.id)).id,
        (await bench.store.open_direct([alice.id, bob.id])).id,
    ]
    for room in (LOBBY, *rooms):
        await bench.store.append(Draft(room, alice, "x"))
    await bench.store.leave(alice.id, rooms[0])
    await bench.store.purge(None, alice.id, bob, "spam", allow)
    await bench.store.finish_purges()
    purged = [one for one in bench.published if isinstance(one, Purged)]
    assert [LOBBY, rooms[0]] == [one.room for one in purged]
    acts, _ = await bench.store.acts(None, bob.id, None, 9)
    assert [("server purge", bob, alice, "spam")] == [
        (one.what, one.by, one.about, one.detail) for one in acts
    ]


@pytest_twisted.ensureDeferred
async def test_in_a_deleted_room_there_is_nothing_to_remove(bench: Bench) -> None:
    alice, bob = await bench.store.create_account("alice", "hash"), await bench.store.create_guest("bob")
    den = await bench.store.create_room("den", "public", alice.id)
    await bench.store.append(Draft(den.id, alice, "x"))
    await bench.store.destroy(den.id, alice, "den", lambda actor: None)
    await bench.store.purge(None, alice.id, bob, "", allow)
    assert [LOBBY] == await bench.store.end_account(Account(alice, "hash", False), True, stay)
    await bench.store.finish_purges()
    assert [] == [one for one in bench.published if isinstance(one, Purged)]


@pytest_twisted.ensureDeferred
async def test_what_is_refused_is_not_begun(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    await bench.store.append(Draft(LOBBY, alice, "x"))
    assert Code.FORBIDDEN == await refusal(bench.store.purge(LOBBY, alice.id, bob, "", refuse))
    await bench.store.finish_purges()
    assert [1] == [one.seq for one in bench.published]


@pytest_twisted.ensureDeferred
async def test_the_messages_of_a_deleted_account_can_be_removed_later(bench: Bench) -> None:
    alice, bob = await bench.store.create_account("alice", "hash"), await bench.store.create_guest("bob")
    for _ in range(PURGED_AT_ONCE + 1):
        await bench.store.append(Draft(LOBBY, alice, "x"))
    await bench.store.end_account(Account(alice, "hash", False), False, stay)
    await purge(bench.store, LOBBY, bob, alice)
    [purged] = [one for one in bench.published if isinstance(one, Purged)]
    assert (bob, User(alice.id, DELETED, "user")) == (purged.sender, purged.user)
