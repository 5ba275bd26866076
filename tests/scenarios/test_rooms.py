"""Rooms: made, found, entered, left; who is in them; and those that are nobody's business."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, Message, Person, Refusal, WebSocketPerson

API = True


@pytest_twisted.ensureDeferred
async def test_a_room_is_made_found_entered_and_left(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    assert ["#dev", "#lobby"] == await bob.rooms()
    await bob.join("#dev")
    await alice.see("bob joined #dev")
    assert ["alice", "bob"] == await bob.who("#dev")
    await alice.say("#dev", "welcome")
    assert [Message("#dev", 1, "alice", "welcome")] == await bob.hear(1)
    await bob.leave("#dev")
    await alice.see("bob left #dev")
    assert ["alice"] == await alice.who("#dev")
    await alice.say("#dev", "he has gone")
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_room_one_does_not_belong_to_is_silent_and_closed(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await alice.say("#dev", "between us")
    for verb in (bob.who("#dev"), bob.history("#dev", 10), bob.say("#dev", "me too"), bob.leave("#dev")):
        with pytest.raises(Refusal, match="not_a_member"):
            await verb
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_the_history_is_there_for_who_comes_later(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await alice.create("#dev")
    for number in range(5):
        await alice.say("#dev", str(number))
    await bob.enter("bob")
    await bob.join("#dev")
    assert [Message("#dev", 4, "alice", "3"), Message("#dev", 5, "alice", "4")] == await bob.history(
        "#dev", 2
    )
    assert [Message("#dev", 1 + number, "alice", str(number)) for number in range(5)] == (
        await bob.catch_up("#dev", 0)
    )
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_private_room_is_invisible(alice: Person, bob: Person) -> None:
    """Whoever is not in it is answered exactly as for a room that does not exist."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#secret", private=True)
    assert ["#lobby", "#secret"] == await alice.rooms()
    assert ["#lobby"] == await bob.rooms()
    await alice.say("#secret", "for me only")
    for name, ask in (("join", bob.join), ("who", bob.who), ("leave", bob.leave)):
        with pytest.raises(Refusal) as hidden:
            await ask("#secret")
        with pytest.raises(Refusal) as missing:
            await ask("#nowhere")
        same = missing.value.text.replace("nowhere", "secret")
        assert (name, "no_such_room", same) == (name, hidden.value.code, hidden.value.text)
    with pytest.raises(Refusal, match="no_such_room"):
        await bob.say("#secret", "let me in")
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_the_name_of_a_room_is_taken_once(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#secret", private=True)
    with pytest.raises(Refusal, match="name_taken"):
        await bob.create("#Secret")
    with pytest.raises(Refusal, match="bad_name"):
        await bob.create("#everyone")


@pytest_twisted.ensureDeferred
async def test_who_has_left_may_enter_again(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await bob.leave("#lobby")
    await alice.say("#lobby", "while bob was away")
    await bob.join("#lobby")
    await alice.say("#lobby", "and back")
    assert [Message("#lobby", 2, "alice", "and back")] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_who_leaves_has_left_on_every_connection(alice: Person, bob: Person, house: House) -> None:
    first, second, other = alice, bob, WebSocketPerson(house)
    await other.enter("other")
    await other.create("#dev")
    await first.register("carol", "correct horse")
    await first.join("#dev")
    await second.log_in("carol", "correct horse")
    await first.leave("#dev")
    await other.say("#dev", "they have gone")
    await first.hears_nothing()
    await second.hears_nothing()


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_a_direct_conversation_has_exactly_two(house: House, kind: str) -> None:
    """It cannot be left, and nobody talks to themselves in it or to nobody."""
    alice, bob = KINDS[kind](house), WebSocketPerson(house)
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("@bob", "psst")
    assert ["alice", "bob"] == await alice.who("@bob")
    with pytest.raises(Refusal, match="forbidden"):
        await alice.leave("@bob")
    with pytest.raises(Refusal, match="no_such_user"):
        await alice.say("@nobody", "psst")
    with pytest.raises(Refusal, match="bad_request"):
        await alice.say("@alice", "note to self")
    assert 2 == await alice.say("@bob", "still here")
