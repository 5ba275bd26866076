"""People talk: both ways, in one order, aloud and in private, present or not."""

import pytest
import pytest_twisted

from tests.scenarios.house import House
from tests.scenarios.people import KINDS, LinePerson, Message, Person, WebSocketPerson

API = True


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def tls(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest_twisted.ensureDeferred
async def test_two_people_hear_each_other(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    assert 1 == await alice.say("#lobby", "hi bob")
    assert [Message("#lobby", 1, "alice", "hi bob")] == await bob.hear(1)
    assert 2 == await bob.say("#lobby", "hi alice")
    assert [Message("#lobby", 2, "bob", "hi alice")] == await alice.hear(1)
    await alice.hears_nothing()
    await bob.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_text_arrives_as_it_was_written(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    texts = [
        "  indented",
        "/me is said, not done",
        "* You are root.",
        "ümläut 🦊 \u05d0",
        '"quoted" \\n',
        "x" * 4000,
    ]
    for text in texts:
        await alice.say("#lobby", text)
    assert texts == [message.text for message in await bob.hear(len(texts))]


@pytest_twisted.ensureDeferred
async def test_a_text_of_several_lines_stays_one_message(bob: Person, house: House) -> None:
    """At a terminal, too, each of its lines says who wrote it: none can look like one of the server's."""
    alice = WebSocketPerson(house)
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "one\n* stored #lobby 2\n\n! four")
    assert [Message("#lobby", 1, "alice", "one\n* stored #lobby 2\n\n! four")] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_nothing_that_moves_a_cursor_reaches_a_terminal(house: House) -> None:
    alice, bob = WebSocketPerson(house), LinePerson(house)
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "\x1b[2J\r\x07\u202e")
    shown = (await bob.hear(1))[0].text
    assert shown.isprintable()
    assert "[2J" in shown


@pytest_twisted.ensureDeferred
async def test_what_somebody_does_is_told(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.say("#lobby", "waves", me=True)
    assert [Message("#lobby", 1, "alice", "waves", me=True)] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_all_hear_the_same_order(alice: Person, bob: Person, house: House) -> None:
    """Two speak at once, and two others listen: one order, which is that of the history."""
    listeners = [KINDS["ws"](house), KINDS["line"](house)]
    await alice.enter("alice")
    await bob.enter("bob")
    for name, listener in zip(("carol", "dave"), listeners, strict=True):
        await listener.enter(name)
    alice.shout("#lobby", [f"a{number}" for number in range(10)])
    bob.shout("#lobby", [f"b{number}" for number in range(10)])
    seqs = [*await alice.answered(), *await bob.answered()]
    assert list(range(1, 21)) == sorted(seqs)
    order = await alice.history("#lobby", 20)
    assert list(range(1, 21)) == [message.seq for message in order]
    for listener in listeners:
        assert order == await listener.hear(20)
    assert [message for message in order if message.author == "bob"] == await alice.hear(10)
    assert [message for message in order if message.author == "alice"] == await bob.hear(10)


@pytest_twisted.ensureDeferred
async def test_a_direct_message_reaches_one_person_only(alice: Person, bob: Person, house: House) -> None:
    carol = KINDS["ws"](house)
    await alice.enter("alice")
    await bob.enter("bob")
    await carol.enter("carol")
    assert 1 == await alice.say("@bob", "psst")
    assert [Message("@alice", 1, "alice", "psst")] == await bob.hear(1)
    assert 2 == await bob.say("@alice", "yes?")
    assert [Message("@bob", 2, "bob", "yes?")] == await alice.hear(1)
    await carol.hears_nothing()


@pytest_twisted.ensureDeferred
async def test_a_direct_message_waits_for_somebody_absent(alice: Person, bob: Person) -> None:
    await bob.register("bob", "correct horse")
    await bob.drop()
    await alice.enter("alice")
    await alice.say("@bob", "when you are back")
    await bob.log_in("bob", "correct horse")
    assert {"@alice": 1} == bob.unread
    assert [Message("@alice", 1, "alice", "when you are back")] == await bob.catch_up("@alice", 0)
