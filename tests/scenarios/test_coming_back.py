"""People go and come back: nothing is lost, nothing is doubled, and they are who they were."""

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.house import House
from tests.scenarios.people import KINDS, LinePerson, Message, Person, Refusal, WebSocketPerson

MORE_THAN_A_PAGE = 250


@pytest.fixture
def limits() -> Limits:
    """Nobody is slowed: the stories say much."""
    return Limits(say_per_second=0)


@pytest_twisted.ensureDeferred
async def test_all_that_was_missed_is_there(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "before")
    await bob.hear(1)
    await bob.drop()
    alice.shout("#lobby", [f"missed {number}" for number in range(MORE_THAN_A_PAGE)])
    await alice.answered()
    await bob.come_back()
    await alice.say("#lobby", "after")
    missed = [
        Message("#lobby", 2 + number, "alice", f"missed {number}") for number in range(MORE_THAN_A_PAGE)
    ]
    assert missed == await bob.hear(MORE_THAN_A_PAGE)
    assert [Message("#lobby", MORE_THAN_A_PAGE + 2, "alice", "after")] == await bob.hear(1)
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_all_that_was_missed_is_there_while_others_go_on(alice: Person, bob: Person) -> None:
    """What is said during the catching up comes after it, once."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "before")
    await bob.hear(1)
    await bob.drop()
    alice.shout("#lobby", [str(number) for number in range(MORE_THAN_A_PAGE)])
    await bob.come_back()
    await alice.answered()
    texts = [message.text for message in await bob.hear(MORE_THAN_A_PAGE)]
    assert [str(number) for number in range(MORE_THAN_A_PAGE)] == texts
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_restart_loses_nothing(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.create("#dev")
    await alice.say("#dev", "a room of our own")
    await alice.say("#lobby", "before")
    await bob.hear(1)
    await house.restart()
    await alice.drop()
    await bob.drop()
    await alice.come_back()
    await bob.come_back()
    assert ("alice", "bob") == (alice.name, bob.name)
    assert 2 == await bob.say("#lobby", "we are all here again")
    assert "we are all here again" == (await alice.hear(1))[0].text
    assert ["before", "we are all here again"] == [said.text for said in await alice.history("#lobby", 20)]
    await bob.join("#dev")
    assert [Message("#dev", 1, "alice", "a room of our own")] == await bob.history("#dev", 20)


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_a_retry_is_not_a_duplicate(house: House, kind: str) -> None:
    """The same key is the same message: on the same connection, on another one, and after a restart."""
    alice, bob = WebSocketPerson(house), KINDS[kind](house)
    await alice.enter("alice")
    await bob.enter("bob")
    assert 1 == await alice.say("#lobby", "once", key="k1")
    assert 1 == await alice.say("#lobby", "once", key="k1")
    await alice.drop()
    await alice.come_back()
    assert 1 == await alice.say("#lobby", "once", key="k1")
    assert [Message("#lobby", 1, "alice", "once")] == await bob.hear(1)
    await bob.hears_nothing()
    await house.restart()
    await alice.drop()
    await bob.drop()
    await alice.come_back()
    await bob.come_back()
    assert 1 == await alice.say("#lobby", "once", key="k1")
    await bob.hears_nothing()
    assert 2 == await alice.say("#lobby", "and now something else")


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_what_was_on_its_way_when_the_sender_vanished_is_there_once(house: House, kind: str) -> None:
    """Nobody knows whether it was stored before the connection broke; the retry settles it."""
    alice, bob = WebSocketPerson(house), KINDS[kind](house)
    await alice.enter("alice")
    await bob.enter("bob")
    alice.peer.send({"type": "say", "room": "lobby", "text": "hello?", "key": "k1"})
    alice.peer.close()
    await alice.drop()
    await alice.come_back()
    assert 1 == await alice.say("#lobby", "hello?", key="k1")
    assert [Message("#lobby", 1, "alice", "hello?")] == await bob.hear(1)
    await bob.hears_nothing()


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_what_was_said_before_hanging_up_is_said(house: House, kind: str) -> None:
    """Whatever became of its sender, and whether or not they waited for an answer."""
    alice, bob = KINDS[kind](house), WebSocketPerson(house)
    await bob.enter("bob")
    await alice.enter("alice")
    alice.shout("#lobby", ["one", "two", "three"])
    alice.peer.close()
    assert ["one", "two", "three"] == [message.text for message in await bob.hear(3)]


@pytest_twisted.ensureDeferred
async def test_coming_and_going_is_told(alice: Person, bob: Person) -> None:
    """A second connection of the same person is no news; the end of the last one is."""
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.see("bob came #lobby")
    await bob.say_goodbye()
    await alice.see("bob went #lobby")
    assert ["alice"] == await alice.who("#lobby")
    await bob.enter("bob")
    await alice.see("bob came #lobby")


@pytest_twisted.ensureDeferred
async def test_a_name_belongs_to_one_person(alice: Person, bob: Person, house: House) -> None:
    """A lost connection keeps the name, a goodbye frees it."""
    await alice.enter("alice")
    with pytest.raises(Refusal, match="name_taken"):
        await bob.enter("Alice")
    await alice.drop()
    with pytest.raises(Refusal, match="name_taken"):
        await bob.enter("alice")
    await alice.come_back()
    assert "alice" == alice.name
    await alice.say_goodbye()
    await bob.enter("alice")
    assert "alice" == bob.name


@pytest_twisted.ensureDeferred
async def test_who_comes_back_late_is_the_same_under_another_name(house: House) -> None:
    """A name that was freed may have gone to somebody else; the rooms are still one's own."""
    alice, newcomer = LinePerson(house), WebSocketPerson(house)
    await alice.enter("alice")
    await alice.create("#dev")
    await alice.say_goodbye()
    await newcomer.enter("alice")
    await alice.come_back()
    assert "alice2" == alice.name
    assert 1 == await alice.say("#dev", "still mine")


@pytest_twisted.ensureDeferred
async def test_an_account_is_there_again_on_any_frontend(alice: Person, bob: Person) -> None:
    await alice.register("carol", "correct horse")
    await alice.create("#dev")
    await alice.say("#dev", "remember this")
    with pytest.raises(Refusal, match="wrong_password"):
        await bob.log_in("carol", "battery staple")
    with pytest.raises(Refusal, match="name_taken"):
        await bob.register("carol", "battery staple")
    with pytest.raises(Refusal, match="name_taken"):
        await bob.enter("carol")
    await bob.log_in("carol", "correct horse")
    assert "carol" == bob.name
    assert ["#dev", "#lobby"] == await bob.rooms()
    assert [Message("#dev", 1, "carol", "remember this")] == await bob.history("#dev", 20)


@pytest_twisted.ensureDeferred
async def test_two_sessions_of_one_user_are_one_person(alice: Person, bob: Person, house: House) -> None:
    """Each hears what the other says, follows it into rooms, and knows what was read."""
    first, second, other = alice, bob, WebSocketPerson(house)
    await other.enter("other")
    await first.register("carol", "correct horse")
    await second.log_in("carol", "correct horse")
    assert ["carol", "other"] == await first.who("#lobby")
    await first.say("#lobby", "from the first")
    assert [Message("#lobby", 1, "carol", "from the first")] == await second.hear(1)
    await second.say("#lobby", "from the second")
    assert [Message("#lobby", 2, "carol", "from the second")] == await first.hear(1)
    await first.create("#dev")
    await other.join("#dev")
    await other.say("#dev", "hello both")
    assert [Message("#dev", 1, "other", "hello both")] == await first.hear(1)
    assert [Message("#dev", 1, "other", "hello both")] == await second.hear(1)


@pytest_twisted.ensureDeferred
async def test_what_was_read_is_read_everywhere(alice: Person, bob: Person, house: House) -> None:
    first, second, other = alice, bob, WebSocketPerson(house)
    await other.enter("other")
    await first.register("carol", "correct horse")
    for number in range(3):
        await other.say("#lobby", str(number))
    await first.hear(3)
    await second.log_in("carol", "correct horse")
    assert {"#lobby": 3} == second.unread
    await second.drop()
    await first.read("#lobby")
    await second.log_in("carol", "correct horse")
    assert {} == second.unread


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_the_read_position_is_told_to_the_other_sessions(house: House, kind: str) -> None:
    first, second = KINDS[kind](house), WebSocketPerson(house)
    await first.register("carol", "correct horse")
    await second.log_in("carol", "correct horse")
    seq = await first.say("#lobby", "hello")
    await first.read("#lobby")
    await second.see(f"read #lobby {seq}")


@pytest_twisted.ensureDeferred
async def test_a_logout_ends_every_session_that_came_by_the_same_token(house: House) -> None:
    page, tab, phone = (WebSocketPerson(house) for _ in range(3))
    await page.register("carol", "correct horse")
    tab.token = page.token
    await tab.come_back()
    await phone.log_in("carol", "correct horse")
    await page.say_goodbye()
    assert await tab.peer.inbox.rest() == []
    assert 4001 == tab.peer.close_code
    with pytest.raises(Refusal, match="wrong_token"):
        await page.come_back()
    assert ["carol"] == await phone.who("#lobby")
