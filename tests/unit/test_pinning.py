"""Pinning messages: who may, and what everybody finds."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Code,
    Configure,
    Configured,
    Create,
    Delete,
    Direct,
    Done,
    Edit,
    Entered,
    Ignore,
    IgnoredList,
    Join,
    Leave,
    Mute,
    Pin,
    PinList,
    Pinned,
    PinnedMessage,
    Pins,
    React,
    Reaction,
    Role,
    Said,
    Stored,
)
from chatd.wires.line import LineWire
from tests.unit.core_peer import LOBBY, Core, Peer
from tests.unit.line_peer import ALICE, AT, BOB, UTC, in_the_lobby, said
from tests.unit.line_peer import LOBBY as ROOM


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    """She owns the den."""
    peer = core.account("alice")
    peer.expect(Entered, Create("den"))
    peer.take()
    return peer


@pytest.fixture
def bob(core: Core, alice: Peer) -> Peer:
    peer = core.account("bob")
    peer.expect(Entered, Join("den"))
    peer.take()
    return peer


def pinned(peer: Peer, room: int | str = "den") -> list[str]:
    return [one.message.text for one in peer.expect(PinList, Pins(room)).pins]


def test_everybody_hears_of_a_pin_and_finds_it(alice: Peer, bob: Peer) -> None:
    alice.say("rules", room="den")
    assert 2 == alice.expect(Stored, Pin("den", -1)).seq
    [heard] = bob.take_all(Pinned)
    assert (2, alice.user, 1, True) == (heard.seq, heard.sender, heard.target, heard.on)
    found = bob.expect(PinList, Pins("den"))
    assert [(2, alice.user, "rules")] == [(one.seq, one.by, one.message.text) for one in found.pins]
    assert not found.more
    alice.expect(Stored, Pin("den", 1, on=False))
    assert [False] == [one.on for one in bob.take_all(Pinned)]
    assert [] == pinned(bob)


def test_in_a_public_room_moderators_pin(alice: Peer, bob: Peer) -> None:
    bob.say("mine", room="den")
    assert Code.FORBIDDEN is bob.refused(Pin("den", 1)).code
    alice.expect(Done, Role(user="bob", room="den", role="moderator"))
    bob.expect(Stored, Pin("den", 1))


def test_in_private_everybody_pins(core: Core, alice: Peer, bob: Peer) -> None:
    room = alice.expect(Entered, Direct("bob")).rooms[0].room
    bob.say("hi", room=room)
    bob.expect(Stored, Pin(room, 1))
    assert ["hi"] == pinned(alice, room)
    assert Code.NO_SUCH_ROOM is core.guest("carol").refused(Pin(room, 1)).code
    assert Code.NO_SUCH_ROOM is core.again(core.guest("dave")).refused(Pins(room)).code


def test_admins_pin_where_they_belong(core: Core, alice: Peer) -> None:
    carol = core.account("carol")
    core.registry.appoint(carol.user.id, "admin")
    core.store.make_owner("carol")
    alice.say("rules", room="den")
    assert Code.NOT_A_MEMBER is carol.refused(Pin("den", 1)).code
    carol.expect(Entered, Join("den"))
    carol.expect(Stored, Pin("den", 1))


def test_who_is_muted_pins_and_reacts_no_more(alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Role(user="bob", room="den", role="moderator"))
    alice.say("rules", room="den")
    alice.expect(Done, Mute(user="bob", room="den"))
    assert Code.MUTED is bob.refused(Pin("den", 1)).code


def test_where_only_moderators_speak_the_others_react_but_do_not_pin(alice: Peer, bob: Peer) -> None:
    alice.say("rules", room="den")
    alice.expect(Configured, Configure(room="den", moderated=True))
    bob.expect(Stored, React("den", 1, "👍"))
    assert Code.FORBIDDEN is bob.refused(Pin("den", 1)).code
    alice.expect(Stored, Pin("den", 1))


def test_a_power_that_was_taken_away_meanwhile_does_not_count(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Role(user="bob", room="den", role="moderator"))
    alice.say("rules", room="den")
    core.store.hold()
    alice.tell(Role(user="bob", room="den", role="member"))
    bob.tell(Pin("den", 1))
    core.store.release()
    assert ["forbidden"] == bob.take_codes()


def test_whoever_left_while_the_list_was_read_is_refused(core: Core, bob: Peer) -> None:
    phone = core.again(bob)
    core.store.hold_reads(1)
    bob.tell(Pins("den"))
    phone.expect(Done, Leave("den"))
    core.store.release_reads()
    assert ["not_a_member"] == bob.take_codes()


def test_the_list_is_as_the_room_has_been_told(core: Core, alice: Peer, bob: Peer) -> None:
    for text in ("one", "two"):
        alice.say(text, room="den")
        alice.expect(Stored, Pin("den", -1))
    core.store.hold_reads(1)
    bob.tell(Pins("den"))
    alice.tell(Edit("den", 1, "uno"), Delete("den", 3))
    core.store.release_reads()
    [found] = bob.take_all(PinList)
    assert [("uno", True)] == [(one.message.text, one.message.edited) for one in found.pins]


def test_nothing_is_listed_of_who_is_ignored(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.account("carol")
    carol.expect(Entered, Join("den"))
    alice.say("one", room="den")
    bob.say("two", room="den")
    bob.expect(Stored, React("den", 1, "👍"))
    for target in (1, 2):
        alice.expect(Stored, Pin("den", target))
    carol.expect(IgnoredList, Ignore("bob"))
    [one] = carol.expect(PinList, Pins("den")).pins
    assert ("one", ()) == (one.message.text, one.message.reactions)


# On a line


def entry(on: bool) -> Pinned:
    return Pinned(room=ROOM, seq=9, at=AT, sender=ALICE, target=8, on=on)


def test_a_pin_is_news() -> None:
    wire = LineWire(False, UTC)
    assert b"* alice pinned message 8 in #lobby\n" == wire.encode(entry(True), "#lobby")
    assert b"* alice took down message 8 in #lobby\n" == wire.encode(entry(False), "#lobby")


def test_what_is_pinned_is_listed_page_by_page() -> None:
    talk = in_the_lobby()
    assert [Pins(id=2, room=ROOM)] == talk.receive(b"/pins\n")
    first = PinnedMessage(9, AT, BOB, said(8))
    second = PinnedMessage(
        5,
        AT,
        ALICE,
        Said(room=ROOM, seq=4, at=AT, sender=ALICE, text="yo", reactions=(Reaction("👍", (1,)),)),
    )
    assert b"" == talk.event(PinList(id=2, room=ROOM, pins=[first], more=True))
    assert [Pins(id=2, room=ROOM, before=9)] == talk.further()
    assert [
        "* Pinned by bob, 2026-09-28 09:14",
        "[#lobby 8] 09:14 <alice> hi",
        "* Pinned by alice, 2026-09-28 09:14",
        "[#lobby 4] 09:14 <alice> (👍1) yo",
    ] == talk.event(PinList(id=2, room=ROOM, pins=[second], more=False)).decode().splitlines()


def test_where_nothing_is_pinned_that_is_said() -> None:
    talk = in_the_lobby()
    assert [Pins(id=2, room=ROOM)] == talk.receive(b"/pins lobby\n")
    assert b"* Nothing is pinned in #lobby.\n" == talk.event(PinList(id=2, room=ROOM, pins=[], more=False))


def test_pinning() -> None:
    talk = in_the_lobby()
    assert [Pin(id=2, room=ROOM, target=8)] == talk.receive(b"/pin 8\n")
    assert [Pin(id=3, room=ROOM, target=-1, on=False)] == talk.receive(b"/unpin -1\n")
    assert [] == talk.receive(b"/pin x\n")


def test_the_lobby_has_pins_of_its_own(alice: Peer) -> None:
    assert [] == pinned(alice, LOBBY)
