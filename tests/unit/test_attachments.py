"""What one session is sent of a room: what it missed, then what is said, and never a hole unannounced."""

from collections.abc import Iterator

import pytest

from chatd.core.tail import TAIL_ENTRIES
from chatd.model import (
    Attach,
    Attached,
    Attaching,
    ChatError,
    Code,
    Create,
    Detach,
    Done,
    Entered,
    Entry,
    Event,
    Gap,
    Join,
    Leave,
    Missing,
    Position,
    Said,
    Typing,
)
from tests.unit.core_peer import LOBBY, Core, FakeWire, Peer

UNAVAILABLE = ChatError(Code.UNAVAILABLE, "The disk does not answer.")


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def pages(events: list[Event]) -> list[tuple[int, int, bool]]:
    """From where to where each page goes, and whether it is the last one; its entries are exactly those."""
    attached = [event for event in events if isinstance(event, Attached)]
    for page in attached:
        assert [entry.seq for entry in page.entries] == list(range(page.first, page.last + 1))
    return [(page.first, page.last, page.complete) for page in attached]


def seqs(events: list[Event]) -> list[int]:
    """The seqs of all entries, in the order in which they were received."""
    found: list[int] = []
    for event in events:
        match event:
            case Said():
                found.append(event.seq)
            case Attached():
                found.extend(entry.seq for entry in event.entries)
            case _:
                pass
    return found


def gaps(events: list[Event]) -> list[tuple[int, int]]:
    """What was announced as missing, live or in pages."""
    found: list[tuple[int, int]] = []
    for event in events:
        match event:
            case Gap():
                found.append((event.first, event.last))
            case Attached(gap=Missing() as gap):
                found.append((gap.first, gap.last))
            case _:
                pass
    return found


# Catching up.


def test_without_a_position_an_attachment_begins_at_the_head(core: Core) -> None:
    core.write(3)
    alice = core.guest("alice")
    alice.attach()
    assert [
        Attached(
            room=LOBBY,
            name="lobby",
            kind="public",
            topic="",
            head=3,
            count=1,
            present=[alice.here],
            entries=[],
            first=4,
            last=3,
            complete=True,
        )
    ] == alice.take()


def test_what_the_tail_has_comes_in_one_page(core: Core) -> None:
    alice = core.guest("alice")
    core.write(3)
    alice.attach(after=1)
    assert [(2, 3, True)] == pages(alice.take())


def test_what_the_tail_has_not_comes_from_the_store_first(core: Core) -> None:
    alice = core.guest("alice")
    core.write(2 * TAIL_ENTRIES + 50)
    alice.attach(after=0)
    assert [
        (1, TAIL_ENTRIES, False),
        (TAIL_ENTRIES + 1, 2 * TAIL_ENTRIES, False),
        (2 * TAIL_ENTRIES + 1, 2 * TAIL_ENTRIES + 50, True),
    ] == pages(alice.take())


def test_a_crowd_that_comes_back_is_sent_pages_without_the_store(core: Core) -> None:
    alice = core.guest("alice")
    for number in range(2 * TAIL_ENTRIES + 50):
        core.guest(f"guest{number}")
    core.write(2 * TAIL_ENTRIES + 10)
    core.store.hold_reads()
    alice.attach(after=5)
    assert [
        (6, TAIL_ENTRIES + 5, False),
        (TAIL_ENTRIES + 6, 2 * TAIL_ENTRIES + 5, False),
        (2 * TAIL_ENTRIES + 6, 2 * TAIL_ENTRIES + 10, True),
    ] == pages(alice.take())


def test_a_log_that_ends_with_a_page_is_completed_by_an_empty_one(core: Core) -> None:
    core.write(5)
    alice = core.guest("alice")
    alice.attach(after=0)
    assert [(1, 5, False), (6, 5, True)] == pages(alice.take())


def test_only_the_last_page_says_who_is_present(core: Core) -> None:
    core.write(5)
    alice = core.guest("alice")
    alice.attach(after=0)
    assert [None, [alice.here]] == [page.present for page in alice.take_all(Attached)]


def test_live_begins_where_the_pages_end(core: Core) -> None:
    core.write(5)
    alice = core.guest("alice")
    alice.attach(after=2)
    core.write(2)
    events = alice.take()
    assert [3, 4, 5, 6, 7] == seqs(events)
    assert [Said, Said] == [type(event) for event in events[-2:]]


def test_nothing_live_is_sent_between_pages(core: Core) -> None:
    core.write(5)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    core.write(2)
    assert [] == seqs(alice.take())
    core.store.release_reads()
    events = alice.take()
    assert [(1, 5, False), (6, 7, True)] == pages(events)
    core.write(1)
    assert [8] == seqs(alice.take())


def test_what_is_committed_but_not_published_yet_is_no_part_of_a_page(core: Core) -> None:
    core.write(5)
    alice = core.guest("alice")
    publish, late = core.store.publish, list[Entry]()
    core.store.publish = late.append
    core.write(2)
    alice.attach(after=0)
    assert [(1, 5, False), (6, 5, True)] == pages(alice.take())
    for entry in late:
        publish(entry)
    assert [6, 7] == seqs(alice.take())


def test_a_page_is_sent_when_the_one_before_has_left(core: Core) -> None:
    alice = core.guest("alice")
    core.write(3 * TAIL_ENTRIES)
    alice.client.outbox.stop_reading()
    alice.tell(Attach(rooms=[Position(LOBBY, 0)]))
    assert 2 == alice.client.outbox.owed, "the answer and one page"
    alice.client.outbox.read()
    assert list(range(1, 3 * TAIL_ENTRIES + 1)) == seqs(alice.take())


def test_one_room_goes_live_while_another_still_catches_up(core: Core) -> None:
    alice = core.guest("alice")
    alice.expect(Entered, Create("den"))
    core.write(2 * TAIL_ENTRIES)
    alice.take()
    core.store.hold_reads()
    alice.expect(Attaching, Attach(rooms=[Position(LOBBY, 0), Position("den", 0)]))
    alice.say("hello", "den")
    assert [(1, 0, True)] == pages(alice.take()[:1])
    core.store.release_reads()
    assert list(range(1, 2 * TAIL_ENTRIES + 1)) == seqs(alice.take())


# What is there no longer.


def test_what_retention_took_is_a_gap_before_the_first_page(core: Core) -> None:
    core.write(9)
    core.store.raise_floor(LOBBY, 4)
    alice = core.guest("alice")
    alice.attach(after=2)
    events = alice.take()
    assert [(3, 4)] == gaps(events)
    assert [(5, 9, False), (10, 9, True)] == pages(events)


def test_what_retention_takes_between_two_pages_is_a_gap_too(core: Core) -> None:
    alice = core.guest("alice")
    core.write(3 * TAIL_ENTRIES)
    alice.client.outbox.stop_reading()
    alice.tell(Attach(rooms=[Position(LOBBY, 0)]))
    core.store.raise_floor(LOBBY, TAIL_ENTRIES + 10)
    alice.client.outbox.read()
    events = alice.take()
    assert [(TAIL_ENTRIES + 1, TAIL_ENTRIES + 10)] == gaps(events)
    assert [*range(1, TAIL_ENTRIES + 1), *range(TAIL_ENTRIES + 11, 3 * TAIL_ENTRIES + 1)] == seqs(events)


def test_where_everything_vanished_there_is_a_gap_and_nothing_else(core: Core) -> None:
    core.write(9)
    core.store.raise_floor(LOBBY, 9)
    alice = core.guest("alice")
    alice.attach(after=2)
    events = alice.take()
    assert [(3, 9)] == gaps(events)
    assert [(10, 9, False), (10, 9, True)] == pages(events)


def test_what_vanished_before_it_was_told_of_is_no_part_of_the_gap(core: Core) -> None:
    core.write(3)
    alice = core.guest("alice")
    publish, late = core.store.publish, list[Entry]()
    core.store.publish = late.append
    core.write(2)
    core.store.raise_floor(LOBBY, 5)
    alice.attach(after=1)
    for entry in late:
        publish(entry)
    events = alice.take()
    assert ([(2, 3)], [4, 5]) == (gaps(events), seqs(events))
    assert [(4, 3, False), (4, 3, True)] == pages(events)


def test_a_position_beyond_the_head_belongs_to_another_log(core: Core) -> None:
    core.write(3)
    alice = core.guest("alice")
    alice.attach(after=4)
    [page] = alice.take_all(Attached)
    assert (True, 4, 3, True) == (page.reset, page.first, page.last, page.complete)
    alice.attach(after=3)
    [page] = alice.take_all(Attached)
    assert not page.reset


# Changing one's mind.


def test_attaching_again_begins_anew(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    core.write(4)
    alice.take()
    alice.attach(after=1)
    core.write(1)
    events = alice.take()
    assert [(2, 4, True)] == pages(events)
    assert [2, 3, 4, 5] == seqs(events)


def test_attaching_again_forgets_what_is_owed_of_the_room(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    alice.take()
    alice.client.outbox.stop_reading()
    core.write(3)
    alice.tell(Attach(rooms=[Position(LOBBY, 0)]))
    alice.client.outbox.read()
    events = alice.take()
    assert [Attaching, Attached] == [type(event) for event in events]
    assert [1, 2, 3] == seqs(events)


def test_attaching_again_while_a_page_is_on_its_way_drops_that_page(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    alice.attach(after=6)
    core.store.release_reads()
    assert [(7, 9, False), (10, 9, True)] == pages(alice.take())


def test_after_detaching_nothing_is_sent(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    alice.expect(Done, Detach(LOBBY))
    alice.take()
    core.write(1)
    assert [] == alice.take()


def test_detaching_drops_what_is_owed_and_the_page_on_its_way(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    alice.expect(Done, Detach(LOBBY))
    core.store.release_reads()
    core.write(1)
    assert [] == alice.take()


def test_leaving_drops_the_page_on_its_way(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    alice.expect(Done, Leave(LOBBY))
    core.store.release_reads()
    core.write(1)
    assert [] == alice.take()


def test_a_lost_connection_ends_its_catching_up(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    alice.lose()
    core.store.release_reads()
    assert [] == alice.take()


# When the store does not answer.


def test_a_page_that_cannot_be_read_is_an_announced_gap(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.failure = UNAVAILABLE
    alice.attach(after=4)
    assert [Gap(room=LOBBY, first=5, last=9)] == alice.take()
    core.store.failure = None
    core.write(1)
    assert [] == alice.take(), "the room is detached"
    alice.attach(after=4)
    assert [5, 6, 7, 8, 9, 10] == seqs(alice.take())


def test_a_page_that_cannot_be_read_and_is_not_wanted_any_more_is_nothing(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    core.store.failure = UNAVAILABLE
    alice.attach(after=4)
    core.store.failure = None
    alice.expect(Done, Detach(LOBBY))
    core.store.release_reads()
    assert [] == alice.take()


def test_a_follower_goes_on_live_after_a_page_that_cannot_be_read(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice", follow=True)
    core.store.failure = UNAVAILABLE
    alice.attach(after=4)
    core.store.failure = None
    assert [Gap(room=LOBBY, first=5, last=9)] == alice.take()
    core.write(1)
    assert [10] == seqs(alice.take())


# Falling behind.


def slow(peer: Peer, bound: int) -> None:
    """From now on the peer reads nothing, and is owed at most so much."""
    peer.client.outbox.stop_reading()
    peer.client.outbox.bound = bound


def test_whoever_falls_behind_is_told_where_and_hears_no_more_of_the_room(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    alice.attach()
    bob.attach()
    for peer in (alice, bob):
        peer.take()
    slow(alice, 2)
    core.write(4)
    alice.client.outbox.read()
    events = alice.take()
    assert [1, 2] == seqs(events)
    assert Gap(room=LOBBY, first=3, last=3) == events[-1]
    assert [1, 2, 3, 4] == seqs(bob.take())
    alice.attach(after=2)
    assert [3, 4] == seqs(alice.take())


def test_an_event_without_a_seq_that_is_refused_loses_no_entry(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    alice.attach()
    core.write(1)
    alice.take()
    slow(alice, 0)
    bob.expect(Done, Typing(LOBBY))
    core.write(1)
    alice.client.outbox.read()
    assert [Gap(room=LOBBY, first=2, last=1)] == alice.take()
    alice.attach(after=1)
    assert [2] == seqs(alice.take())


def test_a_follower_who_fell_behind_goes_on_live_when_everything_owed_has_left(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    slow(alice, 2)
    core.write(5)
    assert 2 == alice.client.outbox.owed
    alice.client.outbox.read()
    core.write(1)
    events = alice.take()
    assert [1, 2, 6] == seqs(events)
    assert [(3, 5)] == gaps(events)
    assert [Said, Said, Gap, Said] == [type(event) for event in events]


def test_a_follower_who_missed_no_entry_is_told_of_no_gap(core: Core) -> None:
    alice, bob = core.guest("alice", follow=True), core.guest("bob")
    alice.take()
    slow(alice, 0)
    bob.expect(Done, Typing(LOBBY))
    alice.client.outbox.read()
    core.write(1)
    events = alice.take()
    assert ([1], []) == (seqs(events), gaps(events))


def test_a_follower_behind_in_two_rooms_goes_on_in_both(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    bob = core.account("bob")
    bob.say("psst", "@alice")
    alice.take()
    slow(alice, 0)
    core.write(1)
    bob.say("hello?", "@alice")
    alice.client.outbox.read()
    assert [(1, 1), (2, 2)] == gaps(alice.take())
    core.write(1)
    bob.say("yes", "@alice")
    assert ["2", "yes"] == alice.take_texts()


def test_a_follower_who_detached_while_behind_stays_detached(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    slow(alice, 0)
    core.write(1)
    alice.tell(Detach(LOBBY))
    alice.client.outbox.read()
    core.write(1)
    events = alice.take()
    assert ([], []) == (seqs(events), gaps(events))


def test_a_follower_who_attached_again_while_behind_has_it_all(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    slow(alice, 0)
    core.write(3)
    alice.tell(Attach(rooms=[Position(LOBBY, 0)]))
    alice.client.outbox.read()
    core.write(1)
    events = alice.take()
    assert ([1, 2, 3, 4], []) == (seqs(events), gaps(events))


def test_a_follower_who_is_lost_while_behind_stays_lost(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    alice.take()
    slow(alice, 0)
    core.write(1)
    alice.lose()
    alice.client.outbox.read()
    core.write(1)
    assert [] == alice.take()


# Wires.


def test_a_new_wire_takes_over_between_two_events(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    core.write(1)
    wire = FakeWire()
    alice.session.change_wire(wire)
    core.write(1)
    assert [1, 2] == seqs(alice.take())
    assert 1 == wire.encoded
    alice.expect(Done, Detach(LOBBY))
    core.write(1)
    assert 1 == wire.encoded


def test_joining_a_room_again_attaches_it_again(core: Core) -> None:
    alice = core.guest("alice")
    core.write(3)
    alice.tell(Join(LOBBY, after=1))
    assert [2, 3] == seqs(alice.take())
