"""People find what was said, through whatever they came."""

import pytest_twisted

from tests.protocol.test_api import Script
from tests.scenarios.house import House
from tests.scenarios.people import Person, WebSocketPerson

API = True


@pytest_twisted.ensureDeferred
async def test_what_was_said_is_found_until_it_is_deleted(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "green tea")
    await bob.say("#lobby", "black tea")
    seq = await alice.say("#lobby", "coffee")
    assert ["black tea", "green tea"] == await bob.search("tea")
    assert ["green tea"] == await bob.search('"green tea" from:alice')
    assert ["coffee"] == await alice.search("coffee in:lobby")
    await alice.edit("#lobby", seq, "water")
    assert [] == await bob.search("coffee")
    assert ["water"] == [text.removeprefix("(edited) ") for text in await bob.search("water")]
    await alice.delete("#lobby", seq)
    assert [] == await bob.search("water")


@pytest_twisted.ensureDeferred
async def test_a_script_finds_it_too_and_nobody_finds_what_is_not_theirs(house: House, bob: Person) -> None:
    alice = WebSocketPerson(house)
    await alice.register("root", "correct horse")
    await bob.enter("bob")
    await alice.create("#plans", private=True)
    await alice.say("#plans", "secret tea")
    assert [] == await bob.search("tea")
    token = await alice.new_token("script")
    answer = await Script(house, token).ask("search", query="TEA", order="best")
    [hit] = answer["messages"]
    assert ("secret tea", [[7, 10]]) == (hit["message"]["text"], hit["marks"])
