"""What was said is changed, taken back, and named anew; and everybody knows, present or not."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person, Refusal

API = True


@pytest_twisted.ensureDeferred
async def test_a_message_is_edited(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "hi bbo")
    await alice.say("#lobby", "waves", me=True)
    assert 3 == await alice.edit("#lobby", 1, "hi bob!")
    assert 4 == await alice.edit("#lobby", -1, "waves twice")
    assert [
        Message("#lobby", 1, "alice", "hi bbo"),
        Message("#lobby", 2, "alice", "waves", me=True),
        Message("#lobby", 3, "alice", "hi bob!", edits=1),
        Message("#lobby", 4, "alice", "waves twice", me=True, edits=2),
    ] == await bob.hear(4)
    await alice.hears_nothing()
    assert [1, 2] == [message.seq for message in await bob.history("#lobby", 9)]


@pytest_twisted.ensureDeferred
async def test_a_message_is_taken_back(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "regretted")
    await bob.hear(1)
    assert 2 == await alice.delete("#lobby", -1)
    await bob.see("alice deleted 1 in #lobby")
    assert [Message("#lobby", 1, "alice", "(deleted)")] == await bob.history("#lobby", 9)
    assert 2 == await alice.delete("#lobby", 1)
    with pytest.raises(Refusal, match="no_such_message"):
        await alice.edit("#lobby", 1, "after all")


@pytest_twisted.ensureDeferred
async def test_nobody_changes_what_others_said(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "mine")
    for change in (bob.edit("#lobby", 1, "yours"), bob.delete("#lobby", 1)):
        with pytest.raises(Refusal, match="forbidden"):
            await change
    with pytest.raises(Refusal, match="no_such_message"):
        await bob.delete("#lobby", -1)
    assert [Message("#lobby", 1, "alice", "mine")] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_who_was_away_hears_what_was_changed_meanwhile(alice: Person, bob: Person) -> None:
    """In order; and of what was deleted, nothing but that it is gone."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "one")
    await bob.hear(1)
    await bob.drop()
    await alice.edit("#lobby", 1, "1")
    await alice.say("#lobby", "secret")
    await alice.edit("#lobby", 3, "secret, too")
    await alice.delete("#lobby", 3)
    await bob.come_back()
    assert [
        Message("#lobby", 2, "alice", "1", edits=1),
        Message("#lobby", 3, "alice", "(deleted)"),
    ] == await bob.hear(2)
    await bob.see("alice deleted 3 in #lobby")
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_room_is_given_a_topic(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    assert "" == await bob.topic("#lobby")
    await alice.set_topic("#lobby", "plans for the week")
    await bob.see("alice: #lobby is about plans for the week")
    assert "plans for the week" == await bob.topic("#lobby")
    await house.restart()
    for kind in KINDS.values():
        carol = kind(house)
        await carol.enter(f"carol-{carol.frontend}")
        assert "plans for the week" == await carol.topic("#lobby")
        await carol.set_topic("#lobby", "")
        assert "" == await carol.topic("#lobby")
        await carol.set_topic("#lobby", "plans for the week")


@pytest_twisted.ensureDeferred
async def test_a_topic_is_one_line_of_some_length(alice: Person) -> None:
    await alice.enter("alice")
    with pytest.raises(Refusal, match="too_long"):
        await alice.set_topic("#lobby", "x" * 251)
    with pytest.raises(Refusal, match="bad_request"):
        await alice.set_topic("#lobby", "a\x1b[2Jb")
