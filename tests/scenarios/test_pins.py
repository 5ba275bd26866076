"""A room has a board, and everybody in it reads it."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Person, Refusal

API = True


@pytest_twisted.ensureDeferred
async def test_what_is_pinned_is_found_by_everybody(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("den")
    await bob.join("den")
    await alice.say("#den", "be kind")
    await alice.say("#den", "be brief")
    assert 3 == await alice.pin("#den", 1)
    await alice.pin("#den", -1)
    await bob.see("alice pinned 1 in #den")
    await bob.see("alice pinned 2 in #den")
    assert ["be brief", "be kind"] == await bob.pins("#den")
    with pytest.raises(Refusal, match="forbidden"):
        await bob.pin("#den", 1, on=False)
    await alice.pin("#den", 2, on=False)
    await bob.see("alice took down 2 in #den")
    await house.restart()
    for kind in KINDS.values():
        carol = kind(house)
        await carol.enter(f"carol-{carol.frontend}")
        await carol.join("den")
        assert ["be kind"] == await carol.pins("#den")


@pytest_twisted.ensureDeferred
async def test_what_is_deleted_is_not_pinned_any_more(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("@bob", "our secret")
    await alice.pin("@bob", 1)
    await alice.delete("@bob", 1)
    assert [] == await bob.pins("@alice")
