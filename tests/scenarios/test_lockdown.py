"""A lockdown as an admin, a member and a stranger live through it."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

PASSWORD = "correct horse"


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_who_is_in_stays_and_nobody_new_comes(
    house: House, alice: Person, bob: Person, kind: str
) -> None:
    stranger = KINDS[kind](house)
    await alice.register("root", PASSWORD)
    await bob.enter("bob")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.lock_down(30)
    await alice.lock_down(30)
    with pytest.raises(Refusal, match="locked down for 30 more minutes"):
        await stranger.enter("eve")
    with pytest.raises(Refusal, match="locked down"):
        await stranger.register("eve", PASSWORD)
    await bob.say("#lobby", "one")
    with pytest.raises(Refusal, match="Slow mode"):
        await bob.say("#lobby", "two")
    assert ["one"] == [message.text for message in await alice.hear(1)]
    await house.restart()
    for person in (alice, bob, stranger):
        await person.drop()
    with pytest.raises(Refusal, match="locked down"):
        await stranger.enter("eve")
    await bob.come_back()
    await alice.log_in("root", PASSWORD)
    await alice.lock_down(0)
    await stranger.enter("eve")
    await bob.say("#lobby", "two")
    assert ["two"] == [message.text for message in await stranger.hear(1)]
