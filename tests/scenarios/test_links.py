"""A message has a permanent link, room/seq, and every frontend leads there."""

import pytest
import pytest_twisted

from tests.scenarios.people import Message, Person, Refusal


@pytest_twisted.ensureDeferred
async def test_a_link_leads_to_a_message_and_its_neighbours(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("den")
    await bob.join("den")
    for seq in range(1, 10):
        await alice.say("#den", f"text {seq}")
    await alice.edit("#den", 4, "text four")
    await alice.delete("#den", 5)
    texts = [
        (seq, "text four" if seq == 4 else "(deleted)" if seq == 5 else f"text {seq}") for seq in range(1, 10)
    ]
    everything = [Message("#den", seq, "alice", text) for seq, text in texts]
    assert [one.seq for one in everything[2:7]] == [one.seq for one in await bob.show("#den", 5)]
    assert everything[4] == (await bob.show("#den", 5))[2]
    assert [6, 7, 8, 9] == [one.seq for one in await bob.show("#den", 8)]
    for seq in (10, 99):
        with pytest.raises(Refusal, match="no_such_message"):
            await bob.show("#den", seq)
    await bob.leave("#den")
    with pytest.raises(Refusal, match="not_a_member"):
        await bob.show("#den", 5)
