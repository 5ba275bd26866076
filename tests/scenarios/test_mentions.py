"""Whoever is mentioned finds it, whatever they came by, and however long they were away."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

API = True


@pytest_twisted.ensureDeferred
async def test_whoever_is_mentioned_finds_it(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("den")
    await bob.join("den")
    await alice.say("#lobby", "hi @bob!")
    await alice.say("#den", "and @room, too")
    await alice.say("#den", "but not `@bob`")
    await alice.say("#den", "nor @bob, perhaps")
    await alice.edit("#den", 3, "nor anybody")
    assert ["and @room, too", "hi @bob!"] == await bob.mentions()
    assert [] == await alice.mentions()
    await house.restart()
    for kind in KINDS.values():
        carol = kind(house)
        await carol.register(f"carol-{carol.frontend}", "correct horse")
        await carol.say("#lobby", f"@carol-{carol.frontend} is me")
        assert [] == await carol.mentions()


@pytest_twisted.ensureDeferred
async def test_nothing_is_found_of_what_is_gone_or_not_to_be_read(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("den")
    await bob.join("den")
    await alice.say("#den", "secret @bob")
    await alice.say("#lobby", "regretted @bob")
    await alice.delete("#lobby", -1)
    assert ["secret @bob"] == await bob.mentions()
    await bob.leave("#den")
    assert [] == await bob.mentions()


@pytest_twisted.ensureDeferred
async def test_a_level_is_kept(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await bob.set_level("#lobby", "nothing")
    await bob.create("den")
    await bob.leave("#den")
    with pytest.raises(Refusal):
        await alice.set_level("#den", "all")


@pytest_twisted.ensureDeferred
async def test_what_was_missed_is_counted_and_told_at_the_next_login(house: House) -> None:
    """A browser in numbers, a terminal in its greeting."""
    alice, bob, again = KINDS["ws"](house), KINDS["ws"](house), KINDS["line"](house)
    await alice.enter("alice")
    await bob.register("bob", "correct horse")
    await bob.say_goodbye()
    await alice.say("#lobby", "where is @bob?")
    await alice.say("#lobby", "hm")
    await again.log_in("bob", "correct horse")
    assert {"#lobby": 2} == again.unread
    assert {"#lobby": 1} == again.mentioned
