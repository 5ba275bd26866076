"""Whoever is new writes no links, and is told when they may."""

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.people import Person, Refusal


@pytest.fixture
def limits() -> Limits:
    return Limits(trust_seconds=3)


@pytest_twisted.ensureDeferred
async def test_links_come_with_time(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await bob.join("#dev")
    await alice.say("#dev", "mine: https://example.com")
    await bob.hear(1)
    said = await bob.say("#dev", "look")
    for refused in (bob.say("#dev", "@all"), bob.edit("#dev", said, "https://example.org")):
        with pytest.raises(Refusal, match="You are new here"):
            await refused
    texts = ["look"]
    while texts[-1] != "https://example.org":
        try:
            await bob.say("#dev", "https://example.org")
        except Refusal as refusal:
            assert "You are new here" in refusal.text
        else:
            texts.append("https://example.org")
    assert texts == [message.text for message in await alice.hear(2)]
