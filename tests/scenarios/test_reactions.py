"""People put emoji on what was said, and everybody sees them, on every frontend."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

API = True


@pytest_twisted.ensureDeferred
async def test_what_is_on_a_message_is_the_same_for_everybody(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "hello")
    assert 2 == await bob.react("#lobby", 1, "👍")
    assert 2 == await bob.react("#lobby", 1, "👍")
    assert 3 == await alice.react("#lobby", -1, "👍")
    assert 4 == await alice.react("#lobby", 1, "🎉")
    for person in (alice, bob):
        assert {"👍": 2, "🎉": 1} == await person.reactions("#lobby", 1)
    await bob.react("#lobby", 1, "👍", on=False)
    assert {"👍": 1, "🎉": 1} == await bob.reactions("#lobby", 1)
    with pytest.raises(Refusal, match="no_such_message"):
        await bob.react("#lobby", 99, "👍")
    with pytest.raises(Refusal, match="bad_request"):
        await bob.react("#lobby", 1, "no")


@pytest_twisted.ensureDeferred
async def test_nothing_is_on_what_was_deleted(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "hello")
    await bob.react("#lobby", 1, "👍")
    await alice.delete("#lobby", 1)
    assert {} == await bob.reactions("#lobby", 1)
    with pytest.raises(Refusal, match="no_such_message"):
        await bob.react("#lobby", 1, "🎉")


@pytest_twisted.ensureDeferred
async def test_reactions_outlive_a_restart(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "hello")
    await bob.react("#lobby", 1, "👍")
    await house.restart()
    for kind in KINDS.values():
        carol = kind(house)
        await carol.enter(f"carol-{carol.frontend}")
        assert {"👍": 1} == await carol.reactions("#lobby", 1)


@pytest.mark.parametrize("kinds", [("ws", "line")], ids="-".join)
@pytest_twisted.ensureDeferred
async def test_everybody_is_told_of_a_reaction(alice: Person, bob: Person) -> None:
    """A browser at once, a terminal a few seconds later."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "hello")
    await bob.react("#lobby", 1, "👍")
    await alice.see("bob reacted 👍 to 1 in #lobby")
    await alice.react("#lobby", 1, "🎉")
    await bob.react("#lobby", 1, "👍", on=False)
    await bob.see("alice reacted 🎉 to 1 in #lobby")
