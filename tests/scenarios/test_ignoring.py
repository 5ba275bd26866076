"""Ignoring somebody, on every frontend: they are not heard, nobody else is lost, and they cannot tell."""

import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person

API = True


@pytest_twisted.ensureDeferred
async def test_somebody_ignored_is_not_heard_and_everybody_else_is(
    house: House, alice: Person, bob: Person
) -> None:
    carol = KINDS["ws"](house)
    await alice.enter("alice")
    await bob.enter("bob")
    await carol.enter("carol")
    assert ["bob"] == await alice.ignore("bob")
    assert 1 == await bob.say("#lobby", "psst")
    assert 2 == await carol.say("#lobby", "hi")
    assert 3 == await bob.say("#lobby", "alice?")
    assert 1 == await bob.say("@alice", "alice?")
    assert [Message("#lobby", 2, "carol", "hi")] == await alice.hear(1)
    await alice.hears_nothing()
    assert [Message("#lobby", 2, "carol", "hi")] == await bob.hear(1)
    assert ["alice", "bob", "carol"] == await bob.who("#lobby")
    assert [Message("#lobby", 2, "carol", "hi")] == await alice.history("#lobby", 10)


@pytest_twisted.ensureDeferred
async def test_somebody_ignored_is_not_missed_either(house: House, alice: Person, bob: Person) -> None:
    carol = KINDS["line"](house)
    await alice.enter("alice")
    await bob.enter("bob")
    await carol.enter("carol")
    await alice.say("#lobby", "hello")
    await alice.ignore("bob")
    await alice.drop()
    await bob.say("#lobby", "psst")
    await carol.say("#lobby", "hi")
    await bob.say("@alice", "psst")
    await alice.come_back()
    assert {"#lobby": 1} == alice.unread
    assert [Message("#lobby", 3, "carol", "hi")] == await alice.hear(1)
    await alice.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_heard_again_they_are_read_too(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.ignore("bob")
    await bob.say("#lobby", "psst")
    assert [] == await alice.unignore("bob")
    assert [Message("#lobby", 1, "bob", "psst")] == await alice.history("#lobby", 10)
    await bob.say("#lobby", "hi")
    assert [Message("#lobby", 2, "bob", "hi")] == await alice.hear(1)
