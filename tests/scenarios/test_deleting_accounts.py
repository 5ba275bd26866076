"""Deleting one's account, as the others see it, and as nobody can undo it."""

import time

import pyotp
import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person, Refusal

API = True
PASSWORD = "correct horse"


@pytest_twisted.ensureDeferred
async def test_messages_may_stay_without_a_name(house: House, alice: Person, bob: Person) -> None:
    await alice.register("alice", PASSWORD)
    await bob.register("bob", PASSWORD)
    await alice.say("#lobby", "hello")
    await bob.hear(1)
    await alice.say("@bob", "psst")
    await bob.hear(1)
    with pytest.raises(Refusal, match="wrong_password"):
        await alice.delete_account("wrong horse", "stay")
    await alice.delete_account(PASSWORD, "stay")
    await bob.see("alice left #lobby")
    with pytest.raises(Refusal, match="wrong_password"):
        await alice.log_in("alice", PASSWORD)
    with pytest.raises(Refusal, match="name_taken"):
        await alice.register("alice", PASSWORD)
    assert ["bob"] == await bob.who("#lobby")
    assert [Message("#lobby", 1, "deleted", "hello")] == await bob.history("#lobby", 9)
    await house.restart()
    await bob.drop()
    await bob.log_in("bob", PASSWORD)
    assert [Message("#lobby", 1, "deleted", "hello")] == await bob.history("#lobby", 9)
    assert [Message("@deleted", 1, "deleted", "psst")] == await bob.catch_up("@deleted", 0)


@pytest_twisted.ensureDeferred
async def test_messages_may_go_too(house: House, alice: Person, bob: Person) -> None:
    await alice.register("alice", PASSWORD)
    await bob.register("bob", PASSWORD)
    await bob.create("#dev")
    await alice.join("#dev")
    for room in ("#lobby", "#dev"):
        await bob.say(room, "of bob's")
        await alice.say(room, "of alice's")
    await bob.hear(2)
    await alice.delete_account(PASSWORD, "go")
    for room in ("#lobby", "#dev"):
        await bob.see(f"messages of deleted are gone in {room}")
        left = [(one.author, one.text) for one in await bob.history(room, 9)]
        assert [("bob", "of bob's"), ("deleted", "(deleted)")] == left


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_a_second_factor_is_asked_for(house: House, kind: str) -> None:
    alice = KINDS[kind](house)
    await alice.register("alice", PASSWORD)
    secret = await alice.begin_totp(PASSWORD)
    recovery = await alice.confirm_totp(pyotp.TOTP(secret).at(int(time.time())))
    with pytest.raises(Refusal, match="totp_required"):
        await alice.delete_account(PASSWORD, "stay")
    with pytest.raises(Refusal, match="wrong_code"):
        await alice.delete_account(PASSWORD, "stay", "000000")
    await alice.delete_account(PASSWORD, "stay", recovery[0])
    with pytest.raises(Refusal, match="wrong_password"):
        await alice.log_in("alice", PASSWORD)


@pytest_twisted.ensureDeferred
async def test_a_conversation_is_read_only_afterwards(alice: Person, bob: Person) -> None:
    await alice.register("alice", PASSWORD)
    await bob.register("bob", PASSWORD)
    await bob.say("@alice", "hello?")
    await alice.hear(1)
    await alice.delete_account(PASSWORD, "stay")
    await bob.see("@alice is over")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.say("@deleted", "are you gone?")
    assert [Message("@deleted", 1, "bob", "hello?")] == await bob.history("@deleted", 9)
    await bob.drop()
    await bob.log_in("bob", PASSWORD)
    assert ["hello?"] == [one.text for one in await bob.catch_up("@deleted", 0)]
    with pytest.raises(Refusal, match="forbidden"):
        await bob.say("@deleted", "are you there?")
