"""Who is here: arriving and departing, names, rooms that come and go, and holes in what is published."""

from collections.abc import Iterator

import pytest

from chatd.core.registry import DOZE_MS, DOZING_AT_ONCE, GRACE_MS
from chatd.model import (
    Added,
    Attached,
    ChatError,
    Close,
    Code,
    Create,
    Direct,
    Done,
    Entered,
    Entry,
    Error,
    Event,
    Gap,
    Join,
    Joined,
    Leave,
    Left,
    Limits,
    LoggedIn,
    Login,
    Logout,
    Removed,
    Said,
    Say,
    User,
    text_of,
)
from tests.unit.core_peer import FADE_MS, LOBBY, Core, Peer

UNAVAILABLE = ChatError(Code.UNAVAILABLE, "The disk does not answer.")


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def is_free(core: Core, name: str) -> bool:
    """Whether a new guest may be called this; if so, one is."""
    answer = core.connect().ask(Login(name=name))
    assert isinstance(answer, LoggedIn) or (isinstance(answer, Error) and answer.code is Code.NAME_TAKEN)
    return isinstance(answer, LoggedIn)


# Guests' names.


def test_a_guest_who_says_goodbye_frees_the_name_at_once(core: Core) -> None:
    core.guest("bob").leave_politely()
    assert is_free(core, "bob")


def test_a_guest_who_is_lost_keeps_the_name_for_a_minute(core: Core) -> None:
    core.guest("bob").lose()
    core.pass_time(GRACE_MS - 1)
    assert not is_free(core, "bob")
    core.pass_time(1)
    assert is_free(core, "bob")


def test_a_guest_who_comes_back_within_the_minute_keeps_the_name(core: Core) -> None:
    bob = core.guest("bob")
    bob.lose()
    core.pass_time(GRACE_MS - 1)
    again = core.again(bob)
    core.pass_time(GRACE_MS)
    assert not is_free(core, "bob")
    assert "bob" == again.user.name


def test_a_guest_who_comes_back_later_is_the_same_user_by_another_name(core: Core) -> None:
    bob = core.guest("bob")
    bob_id = bob.user.id
    bob.leave_politely()
    core.guest("bob")
    assert User(bob_id, "bob2", "guest") == core.again(bob).user


def test_a_name_is_freed_with_the_last_session_only(core: Core) -> None:
    bob = core.guest("bob")
    other = core.again(bob)
    bob.leave_politely()
    core.pass_time(2 * GRACE_MS)
    assert not is_free(core, "bob")
    other.leave_politely()
    assert is_free(core, "bob")


def test_an_account_never_loses_its_name(core: Core) -> None:
    core.account("alice").leave_politely()
    core.pass_time(2 * GRACE_MS)
    assert not is_free(core, "alice")


def test_after_a_restart_guests_have_a_minute_to_come_back(core: Core) -> None:
    bob = core.guest("bob")
    after = Core(after=core)
    after.pass_time(GRACE_MS - 1)
    assert not is_free(after, "bob")
    assert "bob" == after.again(bob).user.name
    after.pass_time(1)
    assert not is_free(after, "bob")


def test_after_a_restart_the_names_of_guests_who_stay_away_are_freed(core: Core) -> None:
    core.guest("bob")
    after = Core(after=core)
    after.pass_time(GRACE_MS)
    assert is_free(after, "bob")


def test_a_guest_who_was_back_before_the_restart_was_over_frees_the_name_with_a_goodbye(core: Core) -> None:
    bob = core.guest("bob")
    core.store.hold_reads(1)
    after = Core(after=core)
    back = after.again(bob)
    core.store.release_reads()
    back.leave_politely()
    assert is_free(after, "bob")


def test_a_guest_whose_token_cannot_be_stored_leaves_the_name_free_in_a_minute(core: Core) -> None:
    bob = core.connect()
    core.store.hold()
    bob.tell(Login(name="bob"))
    core.store.release(1)
    core.store.failure = UNAVAILABLE
    core.store.release()
    core.store.failure = None
    assert ["unavailable"] == bob.take_codes()
    assert not is_free(core, "bob")
    core.pass_time(GRACE_MS)
    assert is_free(core, "bob")


def test_a_guest_whose_rooms_cannot_be_read_leaves_the_name_free_in_a_minute(core: Core) -> None:
    bob = core.connect()
    core.store.read_failure = UNAVAILABLE
    bob.tell(Login(name="bob"))
    core.store.read_failure = None
    assert ["unavailable"] == bob.take_codes()
    core.pass_time(GRACE_MS)
    assert is_free(core, "bob")


def test_a_guest_who_is_lost_during_the_login_keeps_the_name_for_a_minute(core: Core) -> None:
    bob = core.connect()
    core.store.hold_reads()
    bob.tell(Login(name="bob"))
    bob.lose()
    core.store.release_reads()
    assert not is_free(core, "bob")
    core.pass_time(GRACE_MS)
    assert is_free(core, "bob")


def test_a_guest_who_says_goodbye_while_coming_back_elsewhere_keeps_the_name(core: Core) -> None:
    bob = core.guest("bob")
    back = core.connect()
    core.store.hold_reads(1)
    back.tell(Login(token=bob.token))
    bob.leave_politely()
    core.store.release_reads()
    assert not is_free(core, "bob")
    core.pass_time(GRACE_MS)
    assert not is_free(core, "bob")


def test_a_guest_who_comes_back_just_as_the_name_is_freed_holds_it(core: Core) -> None:
    bob = core.guest("bob")
    bob.lose()
    core.store.hold()
    back = core.connect()
    back.tell(Login(token=bob.token))
    core.store.release(1)
    core.pass_time(GRACE_MS)
    core.store.release()
    assert "bob" == back.user.name
    assert not is_free(core, "bob")


# Arriving, with the world changing meanwhile.


def test_a_room_that_is_entered_during_a_login_belongs_to_it(core: Core) -> None:
    alice = core.account("alice")
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=alice.token))
    alice.expect(Entered, Create("den"))
    core.store.release_reads()
    [answer] = late.take_all(LoggedIn)
    assert {"lobby", "den"} == {state.name for state in answer.rooms}


def test_a_room_that_is_left_during_a_login_does_not_belong_to_it(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=alice.token))
    alice.expect(Done, Leave(LOBBY))
    alice.lose()
    core.store.release_reads()
    [answer] = late.take_all(LoggedIn)
    assert [] == answer.rooms
    late.refused(Say(room=LOBBY, text="still here?"))
    core.pass_time(FADE_MS)
    assert {bob.user.id} == set(core.registry.rooms[LOBBY].company.present)


def test_who_is_written_to_during_a_login_hears_it(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    alice.lose()
    late = core.connect(follow=True)
    core.store.hold_reads(1)
    late.tell(Login(token=alice.token))
    bob.say("psst", "@alice")
    core.store.release_reads()
    bob.say("are you there?", "@alice")
    events = late.take()
    [answer] = [event for event in events if isinstance(event, LoggedIn)]
    assert ["lobby", "@bob"] == [state.name for state in answer.rooms]
    assert "are you there?" == heard(events)[-1]


def test_a_token_that_is_ended_during_a_login_lets_nobody_in(core: Core) -> None:
    alice = core.account("alice")
    late = core.connect()
    core.store.hold_reads()
    late.tell(Login(token=alice.token))
    alice.expect(Done, Logout())
    core.store.release_reads()
    assert Close.LOGGED_OUT is late.closed
    assert [] == late.take()


def test_two_logins_at_once_are_one_person(core: Core) -> None:
    alice = core.account("alice")
    alice.lose()
    core.store.hold_reads()
    peers = [core.connect(), core.connect()]
    for peer in peers:
        peer.tell(Login(token=alice.token))
    core.store.release_reads()
    assert 1 == len(core.registry.people)
    for peer in peers:
        peer.lose()
    core.pass_time(FADE_MS)
    assert ({}, {}) == (core.registry.people, core.registry.rooms)


# Logging out.


def test_logging_out_ends_every_session_of_the_token_and_no_other(core: Core) -> None:
    alice = core.account("alice")
    same = core.again(alice)
    other = core.connect()
    other.expect(LoggedIn, Login(name="alice", password="correct horse"))
    alice.tell(Logout(id=1), Say(room=LOBBY, text="never"))
    assert [Done(id=1)] == alice.take()
    assert [Close.LOGGED_OUT, Close.LOGGED_OUT, None] == [peer.closed for peer in (alice, same, other)]
    assert ["wrong_token"] == [core.connect().refused(Login(token=alice.token)).code]


def test_what_waits_behind_a_logout_is_not_carried_out(core: Core) -> None:
    alice, bob = core.account("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    core.store.hold()
    alice.tell(Logout(id=1), Say(room=LOBBY, text="never"))
    core.store.release()
    assert ([Done(id=1)], Close.LOGGED_OUT) == (alice.take(), alice.closed)
    assert [] == bob.take_texts()


def test_logging_out_frees_a_guests_name_when_the_connection_is_gone(core: Core) -> None:
    bob = core.guest("bob")
    bob.expect(Done, Logout())
    bob.lose()
    assert is_free(core, "bob")


def test_who_is_logged_out_elsewhere_hears_nothing_more_not_even_what_is_owed(core: Core) -> None:
    alice = core.account("alice")
    other = core.again(alice)
    other.attach()
    other.take()
    other.client.outbox.stop_reading()
    core.write(2)
    alice.expect(Done, Logout())
    core.write(2)
    other.client.outbox.read()
    assert [] == other.take()


def test_a_session_without_a_token_can_log_out(core: Core) -> None:
    alice = core.account("alice")
    alice.session.token_digest = None
    other = core.again(alice)
    alice.expect(Done, Logout())
    assert (Close.LOGGED_OUT, None) == (alice.closed, other.closed)


def test_logging_out_somebody_who_is_not_here_is_nothing(core: Core) -> None:
    core.registry.log_out(99, b"token")


# Rooms that come and go.


def test_a_room_where_nobody_is_present_is_forgotten_and_found_again(core: Core) -> None:
    alice = core.guest("alice")
    alice.expect(Entered, Create("den"))
    alice.say("one", "den")
    alice.lose()
    core.pass_time(FADE_MS)
    assert {} == core.registry.rooms
    assert None is core.registry.room_named("den")
    bob = core.guest("bob")
    bob.expect(Entered, Join("den", after=0))
    assert ["one"] == bob.take_texts()


def test_a_direct_room_is_forgotten_when_both_are_gone(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    alice.expect(Entered, Direct("bob"))
    assert 2 == len(core.registry.rooms)
    bob.lose()
    core.pass_time(FADE_MS)
    assert 2 == len(core.registry.rooms)
    alice.lose()
    core.pass_time(FADE_MS)
    assert {} == core.registry.rooms


def test_a_room_that_was_read_before_somebody_spoke_begins_at_what_was_published(core: Core) -> None:
    alice = core.guest("alice")
    alice.expect(Entered, Create("den"))
    alice.lose()
    bob = core.guest("bob")
    core.store.hold_reads()
    bob.tell(Join("den"))
    core.write(2, room=2)
    core.store.release_reads()
    core.write(1, room=2)
    assert ["3"] == bob.take_texts()


def test_a_room_that_is_entered_just_before_its_topic_changes_has_the_new_one(core: Core) -> None:
    alice = core.guest("alice")
    alice.expect(Entered, Create("den"))
    core.write(1, room=2)
    alice.lose()
    core.pass_time(FADE_MS)
    core.note("before", room=2)
    bob, carol = core.guest("bob"), core.guest("carol")
    core.store.hold()
    bob.tell(Join("den"))
    core.note("after", room=2)
    core.store.release()
    assert ["after"] == [page.topic for page in bob.take_all(Attached)]
    bob.leave_politely()
    carol.tell(Join("den"))
    assert ["after"] == [page.topic for page in carol.take_all(Attached)]


# Membership, seen from elsewhere.


def test_the_other_sessions_of_a_person_are_told_of_a_new_room(core: Core) -> None:
    alice = core.account("alice")
    browser, follower = core.again(alice), core.again(alice, follow=True)
    follower.take()
    alice.expect(Entered, Create("den"))
    [added] = browser.take_all(Added)
    assert ["den"] == [state.name for state in added.rooms]
    assert [] == alice.take_all(Added)
    alice.say("hello", "den")
    assert ["hello"] == follower.take_texts()
    assert [] == browser.take_texts()


def test_an_added_room_is_heard_from_the_moment_of_being_added(core: Core) -> None:
    alice = core.account("alice")
    browser, follower = core.again(alice), core.again(alice, follow=True)
    core.store.hold_reads()
    alice.tell(Create("den"))
    core.write(2, room=2)
    core.store.release_reads()
    [added] = browser.take_all(Added)
    assert 0 == added.rooms[0].head
    browser.attach("den", after=added.rooms[0].head)
    assert ["1", "2"] == follower.take_texts()
    assert ["1", "2"] == browser.take_texts()


def test_a_room_that_was_left_before_its_news_came_is_no_news(core: Core) -> None:
    alice = core.account("alice")
    browser = core.again(alice)
    core.store.hold_reads()
    alice.tell(Create("den"))
    core.registry.exit(core.registry.people[alice.user.id], core.registry.rooms[2], alice.session)
    core.store.release_reads()
    assert [] == browser.take_all(Added)


def test_sessions_that_cannot_be_told_of_their_new_room_come_back_and_see_it(core: Core) -> None:
    alice = core.account("alice")
    follower = core.again(alice, follow=True)
    core.store.hold()
    alice.tell(Create("den"))
    core.store.read_failure = UNAVAILABLE
    core.store.release()
    assert Close.BROKEN is follower.closed


def test_the_other_sessions_of_a_person_are_told_of_a_room_that_was_left(core: Core) -> None:
    alice, bob = core.account("alice"), core.guest("bob")
    other = core.again(alice)
    for peer in (alice, bob, other):
        peer.attach()
    core.pass_time(1_000)
    for peer in (alice, bob, other):
        peer.take()
    alice.expect(Done, Leave(LOBBY))
    assert [Removed(room=LOBBY)] == other.take()
    assert [] == alice.take()
    core.pass_time(1_000)
    assert [Left(room=LOBBY, users=[alice.user], count=1)] == bob.take()
    core.write(1)
    assert [[], []] == [peer.take() for peer in (alice, other)]


def test_joining_is_told_to_the_others_who_hear_the_room(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    alice.expect(Entered, Create("den"))
    alice.take()
    bob.expect(Entered, Join("den"))
    assert [Joined(room=2, users=[bob.here], count=2)] == alice.take()
    assert [] == bob.take_all(Joined)


def test_two_sessions_that_leave_at_once_leave_once(core: Core) -> None:
    alice, bob = core.account("alice"), core.guest("bob")
    other = core.again(alice)
    bob.attach()
    core.pass_time(1_000)
    bob.take()
    core.store.hold()
    alice.tell(Leave(LOBBY))
    other.tell(Leave(LOBBY))
    core.store.release()
    core.pass_time(1_000)
    assert 1 == len(bob.take_all(Left))


# Holes in what is published.


class Leaky:
    """Between the store and the registry, losing the entries that it is told to lose."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.lost: list[Entry] = []
        self._publish = core.store.publish

    def lose(self, count: int) -> None:
        """Write so many messages that are not published."""
        self.core.store.publish = self.lost.append
        self.core.write(count)
        self.core.store.publish = self._publish

    def repeat(self) -> None:
        """Publish after all what was lost."""
        for entry in self.lost:
            self._publish(entry)


@pytest.fixture
def leaky(core: Core) -> Leaky:
    return Leaky(core)


def listener(core: Core, *, follow: bool = False) -> Peer:
    peer = core.guest("alice", follow=follow)
    peer.attach()
    peer.take()
    return peer


def heard(events: list[Event]) -> list[str]:
    """Texts, and gaps as from–to, in order."""
    found: list[str] = []
    for event in events:
        if isinstance(event, Said):
            found.append(event.text)
        elif isinstance(event, Gap):
            found.append(f"{event.first}–{event.last}")
    return found


def test_a_hole_is_filled_from_the_store_before_what_follows_it(core: Core, leaky: Leaky) -> None:
    alice = listener(core)
    core.write(1)
    leaky.lose(3)
    core.write(2)
    assert list("123456") == heard(alice.take())


def test_a_hole_longer_than_a_page_is_filled_page_by_page(core: Core, leaky: Leaky) -> None:
    alice = listener(core)
    leaky.lose(450)
    core.write(1)
    assert [str(seq) for seq in range(1, 452)] == heard(alice.take())


def test_what_is_published_while_a_hole_is_filled_waits(core: Core, leaky: Leaky) -> None:
    alice = listener(core)
    leaky.lose(1)
    core.store.hold_reads()
    core.write(2)
    assert [] == heard(alice.take())
    leaky.lose(1)
    core.write(1)
    core.store.release_reads()
    assert list("12345") == heard(alice.take())


def test_what_comes_late_or_twice_is_delivered_once(core: Core, leaky: Leaky) -> None:
    alice = listener(core)
    leaky.lose(2)
    core.store.hold_reads()
    core.write(1)
    leaky.repeat()
    core.store.release_reads()
    leaky.repeat()
    assert list("123") == heard(alice.take())


def test_a_hole_that_cannot_be_read_is_a_gap(core: Core, leaky: Leaky) -> None:
    alice, bob = listener(core), core.guest("bob", follow=True)
    bob.take()
    leaky.lose(2)
    core.store.read_failure = UNAVAILABLE
    core.write(2)
    core.store.read_failure = None
    assert ["1–2"] == heard(alice.take())
    assert ["1–2", "3", "4"] == heard(bob.take())
    alice.attach(after=0)
    assert list("1234") == alice.take_texts()


def test_a_hole_that_retention_took_is_a_gap(core: Core, leaky: Leaky) -> None:
    alice = listener(core, follow=True)
    leaky.lose(3)
    core.store.raise_floor(LOBBY, 2)
    core.write(1)
    assert ["1–2", "3", "4"] == heard(alice.take())


def test_a_hole_of_which_the_store_knows_nothing_is_a_gap(core: Core, leaky: Leaky) -> None:
    alice = listener(core, follow=True)
    core.write(1)
    entry = Said(room=LOBBY, seq=5, at=0, sender=alice.user, text="5")
    core.registry.publish(entry)
    assert ["1", "2–4", "5"] == heard(alice.take())


def test_ones_own_line_from_a_hole_is_not_echoed(core: Core, leaky: Leaky) -> None:
    alice = listener(core, follow=True)
    bob = core.guest("bob", follow=True)
    bob.take()
    lost: list[Entry] = []
    publish, core.store.publish = core.store.publish, lost.append
    core.store.hold()
    alice.tell(Say(room=LOBBY, text="mine"))
    bob.tell(Say(room=LOBBY, text="yours"))
    core.store.publish = lambda entry: publish(entry) if text_of(entry) == "yours" else None
    core.store.release()
    assert ["yours"] == heard(alice.take())
    assert ["mine"] == heard(bob.take())


def test_what_the_store_has_lost_is_a_gap_for_whoever_asks_for_it(core: Core) -> None:
    alice = core.guest("alice")
    core.write(1)
    core.registry.publish(Said(room=LOBBY, seq=5, at=0, sender=alice.user, text="5"))
    alice.attach(after=0)
    events = alice.take()
    assert ["2–5"] == heard(events)


def test_a_room_that_is_forgotten_while_a_hole_is_filled_is_heard_when_it_is_back(
    core: Core, leaky: Leaky
) -> None:
    alice = listener(core)
    leaky.lose(1)
    core.store.hold_reads(1)
    core.write(1)
    alice.leave_politely()
    bob = core.guest("bob")
    bob.attach()
    core.write(1)
    assert ["3"] == heard(bob.take())
    core.store.release_reads()


# Time.


def test_once_a_minute_what_holds_nobody_up_is_forgotten() -> None:
    core = Core(Limits(connections_per_address=0, connects_per_minute=2))
    core.registry.doors.enter("192.0.2.9", core.now)
    core.pass_time(60_000)
    core.registry.doors.enter("192.0.2.9", core.now)
    core.registry.doors.enter("192.0.2.9", core.now)
    with pytest.raises(ChatError):
        core.registry.doors.enter("192.0.2.9", core.now)


# Rooms that sleep.


def test_a_room_in_which_nothing_is_said_for_long_has_its_entries_in_the_store_alone(core: Core) -> None:
    alice = core.attached("alice")
    core.write(3)
    room = core.registry.rooms[LOBBY]
    assert room.covers(0)
    for _ in range(2):
        core.pass_time(DOZE_MS)
    assert not room.covers(2)
    alice.take()
    alice.attach(after=1)
    attached = alice.take_all(Attached)
    assert ["2", "3"] == [text_of(entry) for page in attached for entry in page.entries]
    core.write(1)
    assert ["4"] == alice.take_texts()


def test_a_room_in_which_something_is_said_now_and_then_keeps_its_entries(core: Core) -> None:
    core.attached("alice")
    for _ in range(4):
        core.write(1)
        core.pass_time(DOZE_MS)
    assert core.registry.rooms[LOBBY].covers(0)


def test_so_many_rooms_fall_asleep_that_nobody_has_to_wait(core: Core) -> None:
    alice = core.guest("alice")
    creating = (Create(name=f"r{number}") for number in range(DOZING_AT_ONCE + 1))
    rooms = [alice.expect(Entered, command).rooms[0].room for command in creating]
    core.pass_time(DOZE_MS)
    for room in rooms:
        alice.say("hello", room)
    core.pass_time(DOZE_MS)
    core.pass_time(DOZE_MS - 1)
    core.pass_time(1)
    awake = [room for room in rooms if core.registry.rooms[room].covers(0)]
    assert 0 < len(awake) < DOZING_AT_ONCE
    core.pass_time()
    assert [] == [room for room in rooms if core.registry.rooms[room].covers(0)]
