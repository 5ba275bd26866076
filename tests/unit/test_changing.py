"""Editing and deleting what was said, and saying what a room is about."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Attached,
    Code,
    Create,
    Delete,
    Deleted,
    Direct,
    Done,
    Edit,
    Edited,
    Entered,
    Event,
    Ignore,
    IgnoredList,
    Join,
    Leave,
    Limits,
    Noticed,
    Said,
    Say,
    Skipped,
    Stored,
    Topic,
)
from tests.unit.core_peer import LOBBY, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.attached("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.attached("bob")


def entries(events: list[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, Said | Edited | Deleted | Noticed)]


# Editing


def test_everybody_hears_of_an_edit_before_it_is_answered(alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    assert 2 == alice.expect(Stored, Edit(LOBBY, 1, "hi")).seq
    for peer in (alice, bob):
        [_, edited] = entries(peer.take())
        assert isinstance(edited, Edited)
        assert (2, alice.user, 1, "hi") == (edited.seq, edited.sender, edited.target, edited.text)


def test_only_who_wrote_a_message_edits_it(alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    assert Code.FORBIDDEN is bob.refused(Edit(LOBBY, 1, "hi")).code
    assert ["hello"] == bob.take_texts()


@pytest.mark.parametrize("target", [0, 2, 9, 2**53 - 1])
def test_what_is_not_there_is_not_changed(alice: Peer, target: int) -> None:
    alice.say("hello")
    assert Code.NO_SUCH_MESSAGE is alice.refused(Edit(LOBBY, target, "hi")).code
    assert Code.NO_SUCH_MESSAGE is alice.refused(Delete(LOBBY, target)).code


def test_an_edited_text_is_a_text(alice: Peer) -> None:
    alice.say("hello")
    assert Code.BAD_REQUEST is alice.refused(Edit(LOBBY, 1, " ")).code
    assert Code.TOO_LONG is alice.refused(Edit(LOBBY, 1, "x" * 4_001)).code


def test_what_is_resumed_is_as_it_is_now(core: Core, alice: Peer) -> None:
    """The edit comes in order, with what the message says now, from the tail and from the store."""
    for command in (Edit(LOBBY, 1, "two"), Edit(LOBBY, 1, "three"), Delete(LOBBY, 2)):
        if isinstance(command, Edit) and command.text == "two":
            alice.say("one")
            alice.say("regretted")
        alice.expect(Stored, command)
    expected: list[tuple[int, str | None]] = [(1, "three"), (2, ""), (3, "three"), (4, "three"), (5, None)]
    for again in (core.again(alice), Core(after=core).guest("bob")):
        again.attach(after=0)
        pages = again.take_all(Attached)
        found = [(entry.seq, getattr(entry, "text", None)) for page in pages for entry in page.entries]
        assert expected == found


def test_minus_one_is_what_one_said_last_in_the_room(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("one")
    alice.expect(Entered, Create("den"))
    alice.say("elsewhere", room="den")
    alice.say("two", key="k")
    alice.say("three")
    alice.say("two", key="k")
    bob.say("four")
    phone = core.again(alice)
    alice.expect(Stored, Edit(LOBBY, -1, "3"))
    assert ["one", "two", "three", "four", "3"] == bob.take_texts()
    phone.expect(Stored, Delete(LOBBY, -1))
    [deleted] = bob.take_all(Deleted)
    assert 3 == deleted.target


def test_who_has_said_nothing_yet_has_no_last_message(alice: Peer) -> None:
    assert Code.NO_SUCH_MESSAGE is alice.refused(Edit(LOBBY, -1, "x")).code
    assert Code.NO_SUCH_MESSAGE is alice.refused(Delete(LOBBY, -1)).code


def test_minus_one_waits_for_what_is_on_its_way_to_the_disk(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.hold()
    alice.tell(Say(room=LOBBY, text="helo"), Edit(LOBBY, -1, "hello"), Say(room=LOBBY, text="bye"))
    core.store.release()
    assert ["helo", "hello", "bye"] == bob.take_texts()


def test_a_line_client_is_not_told_its_own_edit(core: Core, alice: Peer) -> None:
    terminal, other = core.again(alice, follow=True), core.again(alice, follow=True)
    for peer in (terminal, other):
        peer.take()
    terminal.say("helo")
    terminal.say("helo again")
    terminal.expect(Stored, Edit(LOBBY, 1, "hello"))
    assert [] == terminal.take_texts()
    assert ["helo", "helo again", "hello"] == other.take_texts()


def test_edits_are_not_taken_for_one_another(core: Core, alice: Peer) -> None:
    """Two terminals of one person: each hears the other's."""
    one, two = core.again(alice, follow=True), core.again(alice, follow=True)
    one.say("a")
    two.say("b")
    for peer in (one, two):
        peer.take()
    core.store.hold()
    one.tell(Edit(LOBBY, 1, "x"))
    two.tell(Edit(LOBBY, 2, "x"))
    core.store.release()
    assert [2] == [edited.target for edited in one.take_all(Edited)]
    assert [1] == [edited.target for edited in two.take_all(Edited)]


def test_a_repeated_edit_is_answered_though_the_message_is_gone(alice: Peer) -> None:
    alice.say("one")
    first = alice.expect(Stored, Edit(LOBBY, 1, "two", key="k"))
    alice.expect(Stored, Delete(LOBBY, 1))
    assert first == alice.expect(Stored, Edit(LOBBY, 1, "two", key="k"))
    assert Code.NO_SUCH_MESSAGE is alice.refused(Edit(LOBBY, 1, "three")).code


def test_who_left_meanwhile_changes_nothing(core: Core, alice: Peer) -> None:
    phone = core.again(alice)
    alice.say("one")
    for command in (Edit(LOBBY, 1, "two"), Delete(LOBBY, 1)):
        core.store.hold_reads()
        alice.tell(command)
        phone.tell(Leave(LOBBY))
        core.store.release_reads()
        assert ["not_a_member"] == alice.take_codes()
        phone.expect(Entered, Join(LOBBY))


def test_changes_are_no_faster_than_speech(core: Core) -> None:
    core = Core(Limits(say_per_second=1, say_burst=2))
    alice = core.attached("alice")
    alice.tell(Say(room=LOBBY, text="a"), Edit(LOBBY, 1, "b"), Edit(LOBBY, 1, "c"), Topic(LOBBY, "d"))
    assert ["a", "b"] == alice.take_texts()
    core.pass_time(1_000)
    assert ["c"] == alice.take_texts()
    core.pass_time(1_000)
    assert ["d"] == [noticed.text for noticed in alice.take_all(Noticed)]
    core.check()


# Deleting


def test_ones_own_message_can_be_taken_back(alice: Peer, bob: Peer) -> None:
    alice.say("regretted")
    assert 2 == alice.expect(Stored, Delete(LOBBY, 1)).seq
    [_, deleted] = entries(bob.take())
    assert isinstance(deleted, Deleted)
    assert (1, None) == (deleted.target, deleted.about)
    assert 2 == alice.expect(Stored, Delete(LOBBY, 1)).seq


def test_a_message_of_somebody_else_is_not_for_everybody_to_delete(alice: Peer, bob: Peer) -> None:
    alice.say("kept")
    assert Code.FORBIDDEN is bob.refused(Delete(LOBBY, 1)).code
    assert Code.FORBIDDEN is bob.refused(Delete(LOBBY, 1, key="k")).code


def test_moderators_delete_what_others_said_but_change_nothing_in_it(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    bob.say("rude", room="den")
    assert Code.FORBIDDEN is alice.refused(Edit("den", 1, "polite")).code
    alice.expect(Stored, Delete("den", 1))
    assert [(1, bob.user)] == [(deleted.target, deleted.about) for deleted in bob.take_all(Deleted)]


def test_admins_delete_in_public_rooms_without_joining(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.make_owner("alice")
    core.registry.appoint(alice.user.id, "owner")
    bob.expect(Entered, Create("den"))
    bob.say("rude", room="den")
    alice.expect(Stored, Delete("den", 1))
    assert [1] == [deleted.target for deleted in bob.take_all(Deleted)]
    bob.expect(Entered, Create("cellar", kind="private"))
    bob.say("rude", room="cellar")
    assert Code.NO_SUCH_ROOM is alice.refused(Delete("cellar", 1)).code


def test_a_power_that_was_taken_away_meanwhile_does_not_count(core: Core, alice: Peer, bob: Peer) -> None:
    core.registry.appoint(alice.user.id, "admin")
    bob.say("rude")
    core.store.hold_reads()
    alice.tell(Delete(LOBBY, 1))
    core.registry.appoint(alice.user.id, "user")
    core.store.release_reads()
    assert ["forbidden"] == alice.take_codes()


def test_whoever_is_not_in_a_public_room_deletes_nothing_there(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    bob.say("mine", room="den")
    bob.expect(Done, Leave("den"))
    assert Code.NOT_A_MEMBER is bob.refused(Delete("den", 1)).code
    assert Code.NOT_A_MEMBER is bob.refused(Delete("den", 7)).code
    assert Code.FORBIDDEN is core.guest("carol").refused(Delete("den", 1)).code


def test_a_room_that_is_not_ones_own_is_refused_as_for_anything_else(core: Core, alice: Peer) -> None:
    alice.expect(Entered, Create("den", kind="private"))
    alice.say("secret", room="den")
    bob = core.guest("bob")
    for command in (Edit("den", 1, "x"), Delete("den", 1), Topic("den", "x"), Topic("den")):
        refusal = bob.refused(command)
        assert (Code.NO_SUCH_ROOM, 'There is no room called "den".') == (refusal.code, refusal.text)
    for command in (Edit(2, 1, "x"), Delete(2, 1), Topic(2, "x"), Topic(2)):
        refusal = bob.refused(command)
        assert (Code.NO_SUCH_ROOM, 'There is no room called "2".') == (refusal.code, refusal.text)


def test_who_ignores_somebody_hears_no_edit_of_theirs_but_what_they_deleted(
    core: Core, alice: Peer, bob: Peer
) -> None:
    """What was heard before must go, too."""
    bob.say("heard")
    bob.say("psst")
    alice.expect(IgnoredList, Ignore("bob"))
    alice.take()
    bob.expect(Stored, Edit(LOBBY, 2, "psst!"))
    bob.expect(Stored, Delete(LOBBY, 1))
    told = alice.take()
    assert [Skipped(room=LOBBY, seq=3)] == [one for one in told if isinstance(one, Skipped)]
    assert [1] == [one.target for one in entries(told) if isinstance(one, Deleted)]
    alice.attach(after=0)
    [page] = alice.take_all(Attached)
    assert [4] == [entry.seq for entry in page.entries]


# Topics


def test_everybody_hears_of_a_topic_and_finds_it_from_then_on(core: Core, alice: Peer, bob: Peer) -> None:
    assert 1 == alice.expect(Stored, Topic(LOBBY, "  plans \n")).seq
    for peer in (alice, bob):
        [noticed] = peer.take_all(Noticed)
        assert ("topic", "plans", "alice") == (noticed.what, noticed.text, noticed.sender.name)
    bob.attach()
    assert ["plans"] == [page.topic for page in bob.take_all(Attached)]
    assert "plans" == bob.expect(Entered, Topic(LOBBY)).rooms[0].topic
    assert [] == bob.take()


def test_a_topic_can_be_taken_away(alice: Peer) -> None:
    alice.expect(Stored, Topic(LOBBY, "plans"))
    alice.expect(Stored, Topic(LOBBY, ""))
    assert "" == alice.expect(Entered, Topic(LOBBY)).rooms[0].topic


@pytest.mark.parametrize("text", ["two\nlines", "a\x1bb", "a\u202eb", "\ud800"])
def test_a_topic_is_one_line_that_can_be_seen(alice: Peer, text: str) -> None:
    assert Code.BAD_REQUEST is alice.refused(Topic(LOBBY, text)).code


def test_a_topic_is_short(alice: Peer) -> None:
    alice.expect(Stored, Topic(LOBBY, "x" * 250))
    assert Code.TOO_LONG is alice.refused(Topic(LOBBY, "x" * 251)).code


def test_a_direct_conversation_is_about_nothing(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct("bob"))
    assert Code.FORBIDDEN is alice.refused(Topic("@bob", "x")).code


def test_a_room_that_was_read_before_its_topic_changed_has_the_new_one(core: Core) -> None:
    """It sleeps while the topic changes: nobody is there who could be told."""
    alice = core.account("alice")
    alice.expect(Entered, Create("den"))
    alice.expect(Stored, Topic("den", "old"))
    bob = core.guest("bob")
    core.store.hold_reads()
    bob.tell(Join("den"))
    alice.expect(Stored, Topic("den", "new"))
    alice.lose()
    core.store.release_reads()
    assert ["new"] == [page.topic for page in bob.take_all(Attached)]


def test_whoever_leaves_while_asking_for_a_topic_is_told_so(core: Core, alice: Peer) -> None:
    phone = core.again(alice)
    core.store.hold_reads(1)
    alice.tell(Topic(LOBBY))
    phone.tell(Leave(LOBBY))
    core.store.release_reads()
    assert ["not_a_member"] == alice.take_codes()
