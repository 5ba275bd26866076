"""Roles: who makes whom what, and what changes at once; and how a server gets its owner."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import Person, Refusal

PASSWORD = "correct horse"


@pytest_twisted.ensureDeferred
async def test_the_maker_of_a_room_makes_a_moderator(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await bob.join("#dev")
    assert {"alice": "owner", "bob": "member"} == await bob.members("#dev")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.give_role("alice", "member", "#dev")
    await alice.give_role("bob", "moderator", "#dev")
    await bob.see("moderator of #dev")
    assert {"alice": "owner", "bob": "moderator"} == await alice.members("#dev")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.give_role("alice", "member", "#dev")
    await bob.give_role("bob", "member", "#dev")
    await bob.see("member of #dev")


@pytest_twisted.ensureDeferred
async def test_an_admin_takes_over_a_public_room_and_not_a_private_one(alice: Person, bob: Person) -> None:
    await alice.register("root", PASSWORD)
    await bob.enter("bob")
    await bob.create("#open")
    await bob.create("#secret", private=True)
    await alice.give_role("bob", "member", "#open")
    await bob.see("member of #open")
    with pytest.raises(Refusal, match="no_such_room") as hidden:
        await alice.give_role("bob", "member", "#secret")
    with pytest.raises(Refusal, match="no_such_room") as missing:
        await alice.give_role("bob", "member", "#nowhere")
    assert missing.value.text.replace("nowhere", "secret") == hidden.value.text
    assert {"bob": "owner"} == await bob.members("#secret")


@pytest_twisted.ensureDeferred
async def test_the_owner_of_the_server_makes_an_admin_until_further_notice(
    house: House, alice: Person, bob: Person
) -> None:
    await alice.register("root", PASSWORD)
    await bob.register("bob", PASSWORD)
    await alice.give_role("bob", "admin")
    await bob.see("admin of the server")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.give_role("bob", "owner")
    with pytest.raises(Refusal, match="last owner"):
        await alice.give_role("root", "user")
    await house.restart()
    await alice.drop()
    await bob.drop()
    await alice.log_in("root", PASSWORD)
    await bob.log_in("bob", PASSWORD)
    await alice.create("#dev")
    await bob.join("#dev")
    await bob.give_role("bob", "owner", "#dev")
