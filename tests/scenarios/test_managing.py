"""Owners manage their rooms: everybody in them notices, through whatever they came."""

import pytest
import pytest_twisted

from tests.scenarios.people import Message, Person, Refusal


async def in_dev(alice: Person, bob: Person) -> None:
    """Alice owns #dev, and bob has joined it."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await bob.join("#dev")


@pytest_twisted.ensureDeferred
async def test_only_moderators_speak_where_the_owner_says_so(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    with pytest.raises(Refusal, match="forbidden: Only owners"):
        await bob.configure("#dev", "moderated", "on")
    await alice.configure("#dev", "moderated", "on")
    await bob.see("alice: #dev is moderated")
    with pytest.raises(Refusal, match="forbidden: Only moderators"):
        await bob.say("#dev", "but …")
    await alice.say("#dev", "you hear me")
    assert ["you hear me"] == [message.text for message in await bob.hear(1)]
    await alice.configure("#dev", "moderated", "off")
    await bob.see("alice: #dev is unmoderated")
    await bob.say("#dev", "thanks")


@pytest_twisted.ensureDeferred
async def test_in_a_slow_room_members_wait(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    await alice.configure("#dev", "slow", "3600")
    await bob.see("alice: #dev is slow")
    await bob.say("#dev", "one")
    with pytest.raises(Refusal, match="too_fast: Slow mode: one message every 3600 seconds"):
        await bob.say("#dev", "two")
    await bob.say("#lobby", "elsewhere I may")
    await alice.say("#dev", "one")
    await alice.say("#dev", "two")


@pytest_twisted.ensureDeferred
async def test_a_room_is_renamed_under_the_feet_of_those_in_it(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    await bob.say("#dev", "before")
    await alice.rename("#dev", "#tools")
    await alice.see("alice: #dev is #tools")
    await bob.see("alice: #dev is #tools")
    await alice.say("#tools", "here we are")
    assert [Message("#tools", 3, "alice", "here we are")] == await bob.hear(1)
    await bob.say("#tools", "after")
    assert ["#lobby", "#tools"] == await bob.rooms()
    with pytest.raises(Refusal, match="name_taken"):
        await bob.create("#dev")
    await bob.leave("#tools")
    await bob.join("#dev")
    assert ["alice", "bob"] == await bob.who("#tools")


@pytest_twisted.ensureDeferred
async def test_an_archived_room_is_read_until_it_lives_again(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    await bob.say("#dev", "before")
    await alice.archive("#dev")
    await bob.see("alice: #dev is archived")
    with pytest.raises(Refusal, match="is archived"):
        await bob.say("#dev", "after")
    assert ["before"] == [message.text for message in await bob.history("#dev", 5)]
    assert (["#lobby"], ["#dev"]) == (await bob.rooms(), await bob.archived())
    await bob.leave("#dev")
    with pytest.raises(Refusal, match="is archived"):
        await bob.join("#dev")
    await alice.archive("#dev", on=False)
    await bob.join("#dev")
    await bob.say("#dev", "and on")


@pytest_twisted.ensureDeferred
async def test_a_deleted_room_is_gone_for_everybody(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    await bob.say("#dev", "before")
    await alice.destroy("#dev")
    await alice.see("alice deleted #dev")
    await bob.see("alice deleted #dev")
    with pytest.raises(Refusal, match="no_such_room"):
        await bob.join("#dev")
    assert ["#lobby"] == await alice.rooms()
    await bob.create("#dev")
    assert [] == await bob.history("#dev", 5)
    await bob.say("#dev", "anew")


@pytest_twisted.ensureDeferred
async def test_a_room_keeps_its_newest_entries_only(alice: Person, bob: Person) -> None:
    await in_dev(alice, bob)
    for number in range(9):
        await alice.say("#dev", str(number))
    await bob.hear(9)
    await alice.configure("#dev", "count", "3")
    await bob.see("alice: #dev is retention")
    await alice.say("#dev", "after")
    while len(kept := await bob.history("#dev", 9)) > 3:
        pass
    texts = [message.text for message in kept]
    assert ["7", "8", "after"][-len(texts) :] == texts
