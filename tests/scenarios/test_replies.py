"""People answer a message, and everybody sees which."""

import pytest
import pytest_twisted

from tests.peers import LinePeer
from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person, Refusal

API = True


@pytest_twisted.ensureDeferred
async def test_an_answer_says_what_it_answers(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "who comes?")
    assert 2 == await bob.reply("#lobby", 1, "me")
    assert 3 == await bob.reply("#lobby", -1, "and carol")
    expected = [
        Message("#lobby", 2, "bob", "me", answers=1),
        Message("#lobby", 3, "bob", "and carol", answers=2),
    ]
    assert expected == await alice.hear(2)
    assert expected == (await alice.history("#lobby", 9))[1:]
    with pytest.raises(Refusal, match="no_such_message"):
        await bob.reply("#lobby", 9, "what?")


@pytest_twisted.ensureDeferred
async def test_a_line_quotes_what_is_answered_after_a_restart_too(alice: Person, house: House) -> None:
    await alice.enter("alice")
    await alice.say("#lobby", "who comes?")
    await house.restart()
    listener = await LinePeer.connect(house.endpoint("line"))
    listener.send_raw(b"/nick carol\n")
    while not (await listener.inbox.next()).startswith("* You are carol"):
        pass
    bob = KINDS["ws"](house)
    await bob.enter("bob")
    await bob.reply("#lobby", 1, "me")
    line = ""
    while not line.startswith("["):
        line = await listener.inbox.next()
    assert '<bob> (to alice: "who comes?") me' == line.split(" ", 2)[2]
    listener.close()
    await listener.closed
