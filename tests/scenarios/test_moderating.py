"""Keeping order: who is removed, banned or muted notices it at once, everywhere, and after a restart."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

PASSWORD = "correct horse"


async def in_dev(alice: Person, bob: Person) -> None:
    """Alice owns #dev, and bob has joined it."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await bob.join("#dev")


@pytest_twisted.ensureDeferred
async def test_who_is_kicked_hears_no_more_and_may_come_back(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    with pytest.raises(Refusal, match="forbidden"):
        await bob.order("kick", "alice", "#dev")
    await alice.order("kick", "bob", "#dev")
    await bob.see("alice removed me from #dev")
    await alice.say("#dev", "behind your back")
    await bob.hears_nothing()
    with pytest.raises(Refusal):
        await bob.say("#dev", "hello?")
    await bob.join("#dev")
    await alice.say("#dev", "welcome back")
    assert ["welcome back"] == [message.text for message in await bob.hear(1)]


@pytest_twisted.ensureDeferred
async def test_who_is_banned_from_a_room_is_let_in_again(house: House, alice: Person, bob: Person) -> None:
    await alice.register("alice", PASSWORD)
    await bob.register("bob", PASSWORD)
    await alice.create("#dev")
    await bob.join("#dev")
    await alice.order("ban", "bob", "#dev", 60)
    await bob.see("alice removed me from #dev")
    with pytest.raises(Refusal, match="banned from this room"):
        await bob.join("#dev")
    await house.restart()
    await alice.drop()
    await bob.drop()
    await alice.log_in("alice", PASSWORD)
    await bob.log_in("bob", PASSWORD)
    with pytest.raises(Refusal, match="banned from this room"):
        await bob.join("#dev")
    assert ["bob, banned"] == await alice.sanctions("#dev")
    await alice.order("unban", "bob", "#dev")
    await bob.join("#dev")
    assert [] == await alice.sanctions("#dev")


@pytest_twisted.ensureDeferred
async def test_who_is_muted_reads_on(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    await alice.order("mute", "bob", "#dev", 10)
    with pytest.raises(Refusal, match="10 more minutes"):
        await bob.say("#dev", "but …")
    await alice.say("#dev", "you hear me")
    assert ["you hear me"] == [message.text for message in await bob.hear(1)]
    assert ["bob, muted"] == await alice.sanctions("#dev")
    await alice.order("unmute", "bob", "#dev")
    await bob.say("#dev", "thanks")


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_who_is_banned_from_the_server_is_out_everywhere(
    house: House, alice: Person, bob: Person, kind: str
) -> None:
    await alice.register("root", PASSWORD)
    await bob.register("bob", PASSWORD)
    elsewhere = KINDS[kind](house)
    await elsewhere.log_in("bob", PASSWORD)
    await alice.order("ban", "bob", None)
    await bob.is_banned()
    await elsewhere.is_banned()
    with pytest.raises(Refusal, match="banned from this server"):
        await bob.log_in("bob", PASSWORD)
    assert ["bob, banned"] == await alice.sanctions(None)
    await alice.order("unban", "bob", None)
    await elsewhere.log_in("bob", PASSWORD)


@pytest_twisted.ensureDeferred
async def test_a_banned_guest_is_let_in_by_the_name_that_they_had(alice: Person, bob: Person) -> None:
    await alice.register("root", PASSWORD)
    await bob.enter("bob")
    await alice.order("ban", "bob", None)
    await bob.is_banned()
    await bob.enter("bob")
    await alice.order("unban", "bob", None)
    assert [] == await alice.sanctions(None)


@pytest_twisted.ensureDeferred
async def test_a_network_is_banned_and_let_in(alice: Person, bob: Person) -> None:
    await alice.register("root", PASSWORD)
    await bob.enter("bob")
    await alice.order("ban", "198.51.100.7/24", None)
    assert ["198.51.100.0/24, banned"] == await alice.sanctions(None)
    with pytest.raises(Refusal, match="forbidden"):
        await alice.order("ban", "127.0.0.1", None)
    with pytest.raises(Refusal, match="forbidden"):
        await bob.order("ban", "198.51.100.7", None)
    await alice.order("unban", "198.51.100.1/24", None)
    assert [] == await alice.sanctions(None)


@pytest_twisted.ensureDeferred
async def test_all_that_somebody_said_is_deleted(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    for number in range(3):
        await bob.say("#dev", f"spam {number}")
    await alice.hear(3)
    with pytest.raises(Refusal, match="forbidden"):
        await bob.purge("alice", "#dev")
    with pytest.raises(Refusal, match="forbidden"):
        await alice.purge("bob", None)
    await alice.purge(2, "#dev")
    for person in (alice, bob):
        await person.see("messages of bob are gone in #dev")
        assert ["(deleted)"] * 3 == [message.text for message in await person.history("#dev", 9)]
    await bob.say("#dev", "sorry")
    assert ["sorry"] == [message.text for message in await alice.hear(1)]


@pytest_twisted.ensureDeferred
async def test_an_admin_deletes_in_every_public_room(alice: Person, bob: Person) -> None:
    await alice.register("root", PASSWORD)
    await bob.enter("bob")
    await bob.create("#dev")
    await bob.create("#secret", private=True)
    for room in ("#lobby", "#dev", "#secret"):
        await bob.say(room, "spam")
    await alice.purge("bob", None)
    for room, left in (("#lobby", "(deleted)"), ("#dev", "(deleted)"), ("#secret", "spam")):
        assert [left] == [message.text for message in await bob.history(room, 9)]
