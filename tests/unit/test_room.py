"""One room: the order of its log, its tail, who hears what, and how comings and goings are told."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chatd.core.room import NEWS_MS, Room
from chatd.core.tail import TAIL_BYTES, TAIL_ENTRIES
from chatd.model import Event, Here, Joined, Left, Presence, RoomState, Said, Typed, User
from chatd.model import Room as RoomRow
from tests.unit.core_peer import FakeOutbox, FakeWire

ALICE = User(1, "alice", "user")
BOB = User(2, "bob", "guest")
CAROL = User(3, "carol", "user")

WIRE = FakeWire()


class Ear:
    """Somebody who hears a room."""

    def __init__(self, user: User = CAROL, wire: FakeWire = WIRE) -> None:
        self.user = user
        self.outbox = FakeOutbox(wire)
        self.fallen: list[int] = []

    def fell_behind(self, room: Room, seq: int) -> None:
        self.fallen.append(seq)
        room.go_quiet(self)

    def take(self) -> list[Event]:
        received, self.outbox.received = self.outbox.received, []
        return received


def lobby(head: int = 0) -> Room:
    return Room(RoomRow(1, "public", "lobby", "", head=head, floor=0), head)


def direct() -> Room:
    return Room(RoomRow(2, "direct", "", "", head=0, floor=0, participants=(ALICE, BOB)), 0)


def heard_by(room: Room, *ears: Ear) -> Room:
    for ear in ears:
        room.go_live(ear)
    return room


def said(seq: int, text: str = "hi", room: int = 1) -> Said:
    return Said(room=room, seq=seq, at=0, sender=ALICE, text=text)


def crowd(count: int, first: int = 100) -> list[User]:
    return [User(first + number, f"user{first + number}", "guest") for number in range(count)]


# What it is called.


def test_a_direct_room_is_called_after_the_other() -> None:
    assert ["@bob", "@alice"] == [direct().called(ALICE.id), direct().label(BOB.id)]


def test_any_other_room_is_called_the_same_by_everybody() -> None:
    assert ("lobby", "#lobby") == (lobby().called(ALICE.id), lobby().label(BOB.id))


def test_a_room_is_made_of_what_a_user_sees_of_it_too() -> None:
    room = Room(RoomState(7, "@bob", "direct", "topic", 3, 0, 0, (ALICE, BOB)), 5)
    assert (7, "direct", "topic", 5, "@alice") == (
        room.id,
        room.kind,
        room.topic,
        room.head,
        room.called(BOB.id),
    )


# The log.


def test_the_next_entry_is_delivered() -> None:
    ear = Ear()
    room = heard_by(lobby(), ear)
    assert room.accept(said(1))
    assert [said(1)] == ear.take()


def test_an_old_entry_is_dropped() -> None:
    ear = Ear()
    room = heard_by(lobby(5), ear)
    assert room.accept(said(5))
    assert [] == ear.take()
    assert 5 == room.head


def test_an_entry_after_a_hole_waits_outside() -> None:
    ear = Ear()
    room = heard_by(lobby(5), ear)
    assert not room.accept(said(7))
    assert ([], 5) == (ear.take(), room.head)


def test_the_tail_covers_what_was_accepted_and_nothing_older() -> None:
    room = lobby(10)
    room.accept(said(11))
    room.accept(said(12))
    assert [False, True, True, True] == [room.covers(position) for position in (9, 10, 12, 99)]
    assert [said(11), said(12)] == room.since(10)
    assert [said(12)] == room.since(11)
    assert [] == room.since(12)
    assert [] == room.since(99)


def test_the_tail_keeps_the_newest_entries() -> None:
    room = lobby()
    for seq in range(1, TAIL_ENTRIES + 11):
        room.accept(said(seq))
    assert [False, True] == [room.covers(9), room.covers(10)]
    assert TAIL_ENTRIES == len(room.since(10))


def test_the_tail_is_bounded_in_characters_but_keeps_one_entry() -> None:
    room = lobby()
    room.accept(said(1, "a" * TAIL_BYTES))
    assert room.covers(0)
    room.accept(said(2, "b"))
    assert [False, True] == [room.covers(0), room.covers(1)]
    room.accept(said(3, "c" * (TAIL_BYTES + 1)))
    assert [said(3, "c" * (TAIL_BYTES + 1))] == room.since(2)
    room.accept(said(4, "d"))
    assert [False, True] == [room.covers(2), room.covers(3)]


def test_what_is_skipped_is_a_gap_for_everybody_and_the_tail_begins_anew() -> None:
    ears = [Ear(), Ear(wire=FakeWire())]
    room = heard_by(lobby(), *ears)
    room.accept(said(1))
    room.skip_to(4)
    assert [[2], [2]] == [ear.fallen for ear in ears]
    assert [False, True] == [room.covers(3), room.covers(4)]
    assert room.accept(said(5))
    assert [said(5)] == room.since(4)


def test_a_room_forgets_what_was_said_when_nothing_is_for_a_while() -> None:
    room = lobby()
    room.accept(said(1))
    room.doze()
    assert [said(1)] == room.since(0)
    room.doze()
    assert [False, True] == [room.covers(0), room.covers(1)]
    room.accept(said(2))
    assert [said(2)] == room.since(1)


def test_what_is_answered_is_remembered_for_a_while_in_a_room_that_forgot() -> None:
    room = lobby(5)
    room.recall(said(3))
    room.doze()
    assert room.knows(3)
    room.doze()
    assert not room.knows(3)


# Who hears what.


def test_an_entry_is_encoded_once_for_each_wire() -> None:
    wire, other = FakeWire(), FakeWire()
    ears = [Ear(wire=wire) for _ in range(50)] + [Ear(wire=other) for _ in range(50)]
    room = heard_by(lobby(), *ears)
    room.accept(said(1))
    assert (1, 1) == (wire.encoded, other.encoded)
    assert all(ear.take() == [said(1)] for ear in ears)


def test_whoever_is_skipped_hears_nothing() -> None:
    ear, deaf = Ear(), Ear()
    room = heard_by(lobby(), ear, deaf)
    room.accept(said(1), skip=[deaf])
    assert ([said(1)], []) == (ear.take(), deaf.take())


def test_whoever_went_quiet_hears_nothing() -> None:
    ear, quiet = Ear(), Ear()
    room = heard_by(lobby(), ear, quiet)
    room.go_quiet(quiet)
    room.go_quiet(quiet)
    room.accept(said(1))
    assert ([said(1)], []) == (ear.take(), quiet.take())


def test_going_quiet_without_being_live_is_nothing() -> None:
    room = lobby()
    room.go_quiet(Ear())
    assert room.idle


def test_a_room_is_idle_when_nobody_is_present_and_nobody_hears_it() -> None:
    room, ear = lobby(), Ear()
    room.came(here(ALICE))
    room.go_live(ear)
    assert not room.idle
    room.company.went(ALICE)
    assert not room.idle
    room.go_quiet(ear)
    assert room.idle


def test_whose_outbox_is_full_falls_behind_and_nobody_else_does() -> None:
    slow, quick = Ear(), Ear()
    slow.outbox.stop_reading()
    slow.outbox.bound = 1
    room = heard_by(lobby(), slow, quick)
    for seq in (1, 2, 3):
        room.accept(said(seq))
    assert ([2], []) == (slow.fallen, quick.fallen)
    assert [said(1), said(2), said(3)] == quick.take()


def test_what_a_wire_does_not_show_is_owed_to_nobody() -> None:
    ear = Ear(wire=FakeWire(hides=(Typed,)))
    ear.outbox.stop_reading()
    ear.outbox.bound = 0
    room = heard_by(lobby(), ear)
    room.tell(Typed(room=1, user=ALICE))
    assert [] == ear.fallen


def test_the_lines_of_a_direct_room_are_made_for_each_reader() -> None:
    wire = FakeWire(personal=True)
    alice, bob = Ear(ALICE, wire), Ear(BOB, wire)
    room = heard_by(direct(), alice, bob)
    room.accept(said(1, room=2))
    assert [["@bob"], ["@alice"]] == [alice.outbox.labels, bob.outbox.labels]


def test_the_frames_of_a_direct_room_are_the_same_for_everybody_where_the_wire_is() -> None:
    wire = FakeWire()
    room = heard_by(direct(), Ear(ALICE, wire), Ear(BOB, wire))
    room.accept(said(1, room=2))
    assert 1 == wire.encoded


def test_a_personal_wire_falls_behind_skips_and_hides_too() -> None:
    wire = FakeWire(personal=True, hides=(Typed,))
    slow, deaf = Ear(ALICE, wire), Ear(BOB, wire)
    slow.outbox.stop_reading()
    slow.outbox.bound = 0
    room = heard_by(direct(), slow, deaf)
    room.tell(Typed(room=2, user=ALICE))
    assert [] == slow.fallen
    room.accept(said(1, room=2), skip=[deaf])
    assert ([1], []) == (slow.fallen, deaf.take())


def test_an_event_that_is_not_stored_has_no_seq_to_fall_behind_at() -> None:
    slow = Ear()
    slow.outbox.stop_reading()
    slow.outbox.bound = 0
    room = heard_by(lobby(5), slow)
    room.tell(Typed(room=1, user=ALICE))
    assert [0] == slow.fallen


# Who is here.


def here(user: User) -> Here:
    return Here(user.id, user.name, user.kind, ("web",))


def test_the_company_of_a_second_is_told_together() -> None:
    ear = Ear()
    room = heard_by(lobby(), ear)
    room.came(here(CAROL))
    assert room.tell_news(0)
    ear.take()
    room.came(here(ALICE))
    room.company.joined(here(BOB))
    room.company.went(CAROL)
    assert not room.tell_news(NEWS_MS - 1)
    assert [] == ear.take()
    assert room.tell_news(NEWS_MS)
    assert [
        Joined(room=1, users=[here(BOB)], count=2),
        Presence(room=1, count=2, came=[here(ALICE)], went=[CAROL]),
    ] == ear.take()


def test_what_came_to_nothing_delays_no_news() -> None:
    ear = Ear()
    room = heard_by(lobby(), ear)
    room.came(here(ALICE))
    room.company.went(ALICE)
    assert room.tell_news(0)
    room.came(here(BOB))
    assert room.tell_news(1)
    assert [Presence(room=1, count=1, came=[here(BOB)])] == ear.take()


def settled(*present: User) -> tuple[Room, Ear]:
    """A room where these people are, and somebody who knows it."""
    room, ear = lobby(), Ear()
    for user in present:
        room.came(here(user))
    room.tell_news(0)
    room.go_live(ear)
    return room, ear


def test_nobody_is_told_of_their_own_coming() -> None:
    room, carol = settled(BOB)
    alice = Ear(ALICE)
    room.go_live(alice)
    room.company.joined(here(ALICE))
    room.tell_news(NEWS_MS)
    assert [Joined(room=1, users=[here(ALICE)], count=2)] == carol.take()
    assert [] == alice.take()


@pytest.mark.parametrize("changes", [False, True])
def test_whoever_comes_hears_what_happens_meanwhile(changes: bool) -> None:
    room, _ = settled(BOB)
    alice = Ear(ALICE)
    room.came(here(ALICE))
    room.go_live(alice)
    if changes:
        room.changed(replace(here(BOB), away=True))
    else:
        room.company.went(BOB)
    room.tell_news(NEWS_MS)
    [told] = alice.take()
    assert isinstance(told, Presence)
    assert [here(ALICE)] == told.came


def test_whoever_changes_hears_it_on_every_session() -> None:
    room, carol = settled(CAROL)
    away = replace(here(CAROL), away=True)
    room.changed(away)
    room.tell_news(NEWS_MS)
    assert [Presence(room=1, count=1, changed=[away])] == carol.take()


def test_a_participant_of_another_name_or_kind_is_called_so() -> None:
    room = direct()
    room.came(Here(BOB.id, "bob2", "guest", ("web",)))
    assert "@bob2" == room.called(ALICE.id)
    room.changed(Here(BOB.id, "bob2", "user", ("web",)))
    assert (ALICE, User(BOB.id, "bob2", "user")) == room.participants


def test_news_are_not_saved_up_for_nobody() -> None:
    room = lobby()
    room.came(here(ALICE))
    assert room.tell_news(0)
    ear = Ear()
    room.go_live(ear)
    room.came(here(BOB))
    assert room.tell_news(1)
    assert [Presence(room=1, count=2, came=[here(BOB)])] == ear.take()


def join(room: Room, here: Here) -> None:
    room.company.joined(here)


@pytest.mark.parametrize("arrive", [Room.came, join])
def test_a_thousand_arrivals_cost_each_listener_an_event_a_second(
    arrive: Callable[[Room, Here], None],
) -> None:
    ears = [Ear(user) for user in crowd(1_000)]
    room = lobby()
    for now, ear in enumerate(ears):
        arrive(room, here(ear.user))
        room.go_live(ear)
        room.tell_news(now)
    room.tell_news(NEWS_MS + 1)
    events = [event for ear in ears for event in ear.take()]
    assert 1_000 <= len(events) <= 2_000
    assert 0 == sum(len(names_in(event)) for event in events)


def test_five_thousand_who_come_back_in_ten_seconds_cost_each_listener_an_event_a_second() -> None:
    """All to all would be 25 million events; and above 500 no name travels."""
    ears = [Ear(user) for user in crowd(5_000)]
    room = lobby()
    shown = 0
    for second in range(10):
        for ear in ears[second * 500 : second * 500 + 500]:
            room.came(here(ear.user))
            shown += len(room.company.show() or ())
            room.go_live(ear)
            room.tell_news(second * NEWS_MS)
    room.tell_news(10 * NEWS_MS)
    told = [ear.take() for ear in ears]
    assert max(len(events) for events in told) <= 11
    assert shown + sum(len(names_in(event)) for events in told for event in events) <= 500 * 501


def names_in(event: Event) -> list[User | Here]:
    match event:
        case Presence():
            return [*event.came, *event.went, *event.changed, *(event.present or [])]
        case Joined() | Left():
            return list(event.users)
        case _:
            return []
