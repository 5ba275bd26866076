"""Reporting a message, from whom it hurt to whom it is for."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

PASSWORD = "correct horse"


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_moderators_hear_of_it_and_close_it(
    house: House, alice: Person, bob: Person, kind: str
) -> None:
    mallory = KINDS[kind](house)
    await alice.register("alice", PASSWORD)
    await bob.enter("bob")
    await mallory.enter("mallory")
    await alice.create("#dev")
    for person in (bob, mallory):
        await person.join("#dev")
    said = await mallory.say("#dev", "an insult")
    await bob.report("#dev", said, "rude")
    await alice.see("bob reported mallory in #dev: an insult")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.reports("#dev")
    await house.restart()
    await alice.drop()
    await alice.log_in("alice", PASSWORD)
    assert [(1, "mallory", "an insult")] == await alice.reports("#dev")
    await alice.delete("#dev", said)
    assert [(1, "mallory", "(deleted)")] == await alice.reports("#dev")
    await alice.close_report(1)
    assert [] == await alice.reports("#dev")
    with pytest.raises(Refusal, match="no_such_report"):
        await alice.close_report(1)


@pytest_twisted.ensureDeferred
async def test_what_happens_between_two_goes_to_the_admins(
    house: House, alice: Person, bob: Person, kinds: tuple[str, str]
) -> None:
    root = KINDS[kinds[0]](house)
    await root.register("root", PASSWORD)
    await alice.enter("alice")
    await bob.enter("bob")
    said = await alice.say("@bob", "an insult")
    await bob.hear(1)
    await bob.report("@alice", said, "")
    await root.see("bob reported alice in hiding: an insult")
    assert [(1, "alice", "an insult")] == await root.reports(None)
    await root.close_report(1)
    assert [] == await root.reports(None)
