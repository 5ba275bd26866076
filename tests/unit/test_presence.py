"""How people are present: through which frontends, away or back, with which words, and since when not."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from chatd.core.company import NAMES_MOST
from chatd.core.people import AT_ONCE, IDLE_MS
from chatd.model import (
    Attach,
    Attached,
    Away,
    Close,
    Code,
    Command,
    Create,
    Direct,
    Done,
    Entered,
    Event,
    Here,
    Ignore,
    Join,
    Joined,
    Left,
    LoggedIn,
    Login,
    Logout,
    Ping,
    Presence,
    Present,
    Profile,
    Profiles,
    Read,
    Say,
    Status,
    Typing,
    User,
    Users,
    Who,
)
from tests.unit.core_peer import FADE_MS, LOBBY, PASSWORD, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    """Who hears the lobby, and knows all that there is to know."""
    alice = core.account("alice")
    alice.attach()
    alice.take()
    return alice


@pytest.fixture
def bob(core: Core, alice: Peer) -> Peer:
    """Whom alice knows to be there."""
    bob = core.account("bob")
    told(core, alice)
    return bob


def told(core: Core, peer: Peer) -> list[Event]:
    """What the peer hears of a second, and of what was to be told before."""
    core.pass_time()
    core.pass_time()
    return peer.take()


def here_in(peer: Peer, room: int = LOBBY) -> list[Here]:
    return peer.expect(Present, Who(room)).users


def profile(asker: Peer, name: str) -> Profile:
    [found] = asker.expect(Profiles, Users(users=[name])).profiles
    return found


# Coming and going.


def test_coming_is_told(core: Core, alice: Peer) -> None:
    bob = core.guest("bob")
    assert [Presence(room=LOBBY, count=2, came=[bob.here])] == told(core, alice)


def test_a_goodbye_is_told_at_once(core: Core, alice: Peer, bob: Peer) -> None:
    gone = bob.user
    bob.leave_politely()
    core.pass_time()
    assert [Presence(room=LOBBY, count=1, went=[gone])] == alice.take()


def test_who_lost_the_connection_is_present_until_that_has_faded(core: Core, alice: Peer, bob: Peer) -> None:
    gone = bob.here
    bob.lose()
    core.pass_time(FADE_MS - 1)
    assert [] == alice.take()
    assert [alice.here, gone] == here_in(alice)
    core.pass_time(1)
    assert [Presence(room=LOBBY, count=1, went=[gone.user])] == alice.take()
    assert [alice.here] == here_in(alice)


def test_a_flap_makes_no_noise(core: Core, alice: Peer, bob: Peer) -> None:
    for _ in range(3):
        bob.lose()
        core.pass_time(FADE_MS - 1)
        bob = core.again(bob)
    core.pass_time(FADE_MS)
    assert [] == told(core, alice)
    assert [alice.here, bob.here] == here_in(alice)


def test_one_who_changes_frontends_within_a_flap_never_went(core: Core, alice: Peer, bob: Peer) -> None:
    bob.lose()
    bob = core.again(bob, follow=True)
    both = replace(bob.here, frontends=("web", "line"))
    assert [Presence(room=LOBBY, count=2, changed=[both])] == told(core, alice)
    core.pass_time(FADE_MS)
    assert [Presence(room=LOBBY, count=2, changed=[bob.here])] == told(core, alice)
    assert ("line",) == bob.here.frontends


def test_who_lost_every_connection_goes_once(core: Core, alice: Peer, bob: Peer) -> None:
    other, gone = core.again(bob, follow=True), bob.user
    told(core, alice)
    other.lose()
    bob.lose()
    core.pass_time(FADE_MS)
    assert [Presence(room=LOBBY, count=1, went=[gone])] == told(core, alice)


def test_the_last_connection_to_fade_decides(core: Core, alice: Peer, bob: Peer) -> None:
    gone, other = bob.here, core.again(bob, follow=True)
    told(core, alice)
    other.lose()
    core.pass_time()
    bob.lose()
    core.pass_time(FADE_MS - 1_000)
    assert [Presence(room=LOBBY, count=2, changed=[gone])] == alice.take()
    core.pass_time()
    assert [Presence(room=LOBBY, count=1, went=[gone.user])] == alice.take()


def test_a_person_with_several_sessions_is_one(core: Core, alice: Peer, bob: Peer) -> None:
    tab, phone = core.again(bob), core.again(bob, follow=True)
    both = replace(bob.here, frontends=("web", "line"))
    assert [Presence(room=LOBBY, count=2, changed=[both])] == told(core, alice)
    bob.leave_politely()
    assert [] == told(core, alice)
    tab.leave_politely()
    only = replace(both, frontends=("line",))
    assert [Presence(room=LOBBY, count=2, changed=[only])] == told(core, alice)
    phone.leave_politely()
    assert [Presence(room=LOBBY, count=1, went=[both.user])] == told(core, alice)


def test_a_goodbye_while_coming_back_elsewhere_makes_no_noise(core: Core, alice: Peer, bob: Peer) -> None:
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=bob.token))
    bob.leave_politely()
    core.store.release_reads()
    core.pass_time(FADE_MS)
    assert [] == told(core, alice)
    assert [alice.here, late.here] == here_in(alice)


def test_who_logs_out_through_no_session_is_gone_at_once(core: Core, alice: Peer) -> None:
    """As a page does by HTTP, whose WebSocket may have gone before."""
    bob = core.guest("bob")
    told(core, alice)
    gone, digest = bob.user, bob.session.token_digest
    assert digest is not None
    bob.lose()
    core.registry.log_out(gone.id, digest)
    core.pass_time()
    assert [Presence(room=LOBBY, count=1, went=[gone])] == alice.take()
    assert "bob" == core.guest("bob").user.name


def test_who_is_about_to_come_back_is_not_gone_by_logging_out_elsewhere(core: Core, bob: Peer) -> None:
    user = bob.user.id
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=bob.token))
    bob.lose()
    core.registry.log_out(user, b"another token")
    core.store.release_reads()
    assert user == late.user.id
    core.pass_time(FADE_MS)
    assert user in core.registry.people


def test_who_is_logged_out_is_gone_with_the_connection(core: Core, alice: Peer, bob: Peer) -> None:
    gone, other = bob.user, core.again(bob)
    bob.expect(Done, Logout())
    assert Close.LOGGED_OUT is other.closed
    other.lose()
    bob.lose()
    core.pass_time()
    assert [Presence(room=LOBBY, count=1, went=[gone])] == alice.take()


def test_a_lost_one_is_added_to_a_room_and_finds_it_on_return(core: Core, alice: Peer, bob: Peer) -> None:
    bob.lose()
    [room] = alice.expect(Entered, Direct("bob")).rooms
    back = core.connect()
    answer = back.expect(LoggedIn, Login(token=bob.token))
    assert ["lobby", "@alice"] == [state.name for state in answer.rooms]
    assert [alice.here, back.here] == here_in(back, room.room)


def test_joining_shows_how_one_is_present(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Done, Status(text="new here"))
    told(core, alice)
    bob.expect(Entered, Join("den"))
    assert [Joined(room=2, users=[replace(bob.here, status="new here")], count=2)] == told(core, alice)


def test_many_who_are_lost_at_once_do_not_all_go_in_one_tick(core: Core, alice: Peer) -> None:
    for number in range(AT_ONCE + 1):
        core.guest(f"guest{number}").lose()
    core.pass_time(FADE_MS)
    assert 2 == len(core.registry.people)
    core.pass_time(0)
    assert [alice.user.id] == list(core.registry.people)


# Away, and a few words.


def test_away_is_told_until_one_is_back(core: Core, alice: Peer, bob: Peer) -> None:
    here = bob.here
    bob.expect(Done, Away(text=" out for lunch "))
    away = replace(here, away=True, status="out for lunch")
    assert [Presence(room=LOBBY, count=2, changed=[away])] == told(core, alice)
    bob.say("from the restaurant")
    alice.take()
    assert [alice.here, away] == here_in(alice)
    bob.expect(Done, Away(on=False, text="nobody reads this"))
    assert [Presence(room=LOBBY, count=2, changed=[here])] == told(core, alice)


def test_the_words_left_when_going_away_stand_before_the_status(bob: Peer) -> None:
    bob.expect(Done, Status(text="at work"))
    assert "at work" == bob.here.status
    bob.expect(Done, Away(text="lunch"))
    assert "lunch" == bob.here.status
    bob.expect(Done, Away())
    assert (True, "at work") == (bob.here.away, bob.here.status)
    bob.expect(Done, Away(on=False))
    bob.expect(Done, Status(text=" "))
    assert (False, "") == (bob.here.away, bob.here.status)


@pytest.mark.parametrize("kind", ["guest", "user"])
def test_words_and_absence_outlast_a_restart(core: Core, kind: str) -> None:
    bob = core.guest("bob") if kind == "guest" else core.account("bob")
    bob.expect(Done, Status(text="at work"))
    bob.expect(Done, Away(text=""))
    after = Core(after=core)
    back = after.connect()
    answer = back.expect(LoggedIn, Login(token=bob.token))
    assert ("at work", "") == (answer.status, answer.away)
    assert (True, "at work") == (back.here.away, back.here.status)


def test_nobody_is_away_who_did_not_say_so(core: Core) -> None:
    bob = core.account("bob")
    answer = core.connect().expect(LoggedIn, Login(name="bob", password=PASSWORD))
    assert ("", None) == (answer.status, answer.away)
    bob.expect(Done, Away())
    assert "" == core.connect().expect(LoggedIn, Login(token=bob.token)).away


@pytest.mark.parametrize(
    ("text", "code"),
    [("x" * 101, Code.TOO_LONG), ("a\nb", Code.BAD_REQUEST), ("\u202ea", Code.BAD_REQUEST)],
)
def test_a_status_is_one_line_that_can_be_seen(bob: Peer, text: str, code: Code) -> None:
    here = bob.here
    assert code is bob.refused(Status(text=text)).code
    assert code is bob.refused(Away(text=text)).code
    assert here == bob.here
    bob.expect(Done, Status(text="x" * 100))


def test_the_same_again_is_no_news(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Done, Status(text="at work"))
    told(core, alice)
    bob.expect(Done, Status(text="at work"))
    assert [] == told(core, alice)


# Idle.


def test_who_does_nothing_for_ten_minutes_is_away(core: Core, alice: Peer, bob: Peer) -> None:
    idle = replace(bob.here, away=True)
    core.pass_time(1_000)
    for peer in (alice, bob):
        peer.expect(Done, Read(LOBBY, 0))
    core.pass_time(IDLE_MS - 2_000)
    alice.expect(Done, Read(LOBBY, 0))
    core.pass_time(1_999)
    assert [] == alice.take()
    core.pass_time(1)
    assert [Presence(room=LOBBY, count=2, changed=[idle])] == alice.take()


@pytest.mark.parametrize("command", [Typing(LOBBY), Read(LOBBY, 0), Say(LOBBY, "hi"), Who(LOBBY)])
def test_whoever_does_something_is_back(core: Core, bob: Peer, command: Command) -> None:
    core.pass_time(IDLE_MS)
    assert bob.here.away
    bob.tell(command)
    assert not bob.here.away
    core.pass_time(IDLE_MS - 1)
    assert not bob.here.away
    core.pass_time(1)
    assert bob.here.away


def test_doing_something_does_not_end_what_one_said(core: Core, bob: Peer) -> None:
    bob.expect(Done, Away())
    core.pass_time(IDLE_MS)
    bob.expect(Done, Typing(LOBBY))
    assert bob.here.away
    bob.expect(Done, Away(on=False))
    assert not bob.here.away


def test_what_a_client_sends_by_itself_keeps_nobody_awake(core: Core, alice: Peer, bob: Peer) -> None:
    core.pass_time(IDLE_MS - 1)
    bob.lose()
    bob = core.again(bob)
    bob.tell(Attach(), Ping())
    core.pass_time(1)
    assert bob.here.away
    told(core, alice)
    bob.lose()
    bob = core.again(bob)
    bob.tell(Attach(), Ping())
    assert [] == told(core, alice)


def test_one_busy_session_is_enough(core: Core, bob: Peer) -> None:
    phone = core.again(bob, follow=True)
    core.pass_time(IDLE_MS - 1)
    phone.expect(Done, Typing(LOBBY))
    core.pass_time(1)
    assert not bob.here.away


def test_not_all_who_are_idle_are_told_of_in_one_tick(core: Core) -> None:
    peers = [core.guest(f"guest{number}") for number in range(AT_ONCE + 1)]
    core.pass_time(IDLE_MS)
    assert AT_ONCE == sum(peer.here.away for peer in peers)
    core.pass_time(0)
    assert all(peer.here.away for peer in peers)


# What is known of somebody.


def test_a_profile_tells_how_somebody_is_present(core: Core, alice: Peer, bob: Peer) -> None:
    core.again(bob, follow=True)
    bob.expect(Done, Away(text="lunch"))
    found = profile(alice, "bob")
    assert (("web", "line"), True, "lunch", None) == (found.frontends, found.away, found.status, found.seen)


def test_a_status_that_changes_during_a_login_is_shown_by_it(core: Core, alice: Peer, bob: Peer) -> None:
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=bob.token))
    bob.expect(Done, Status(text="at work"))
    bob.expect(Done, Away(text="lunch"))
    bob.leave_politely()
    core.store.release_reads()
    [answer] = late.take_all(LoggedIn)
    assert ("at work", "lunch") == (answer.status, answer.away)
    assert (True, "lunch") == (late.here.away, late.here.status)


def test_a_profile_does_not_tell_who_ignores_whom(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct("bob"))
    before = profile(alice, "bob")
    bob.tell(Ignore(user="alice"))
    assert before == profile(alice, "bob")


def test_a_profile_names_the_rooms_that_one_shares_and_no_other(alice: Peer, bob: Peer) -> None:
    shared = alice.expect(Entered, Create("shared")).rooms[0].room
    alice.expect(Entered, Create("hers", "private"))
    bob.expect(Entered, Join("shared"))
    bob.expect(Entered, Create("his", "private"))
    assert (LOBBY, shared) == profile(alice, "bob").rooms == profile(bob, "alice").rooms


def test_who_is_gone_was_seen_when_the_last_session_ended(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Done, Status(text="at work"))
    core.pass_time(5_000)
    lost_at = core.now
    bob.lose()
    core.pass_time(FADE_MS + 200)
    found = profile(alice, "bob")
    assert ((), False, (), "at work", lost_at) == (
        found.frontends,
        found.away,
        found.rooms,
        found.status,
        found.seen,
    )


def test_a_guest_who_said_goodbye_was_seen_then(core: Core, alice: Peer) -> None:
    carol = core.guest("carol")
    user = carol.user.id
    core.pass_time(5_000)
    carol.leave_politely()
    said_at = core.now
    core.pass_time(200)
    core.pass_time(5_000)
    [found] = alice.expect(Profiles, Users(users=[user])).profiles
    assert said_at == found.seen


def test_a_login_is_seen_though_its_end_is_not(core: Core, bob: Peer) -> None:
    """After a crash: nobody wrote down who was there."""
    core.pass_time(5_000)
    core.connect().expect(LoggedIn, Login(name="bob", password=PASSWORD))
    after = Core(after=core)
    after.pass_time(5_000)
    assert core.now == profile(after.guest("carol"), "bob").seen


def test_whoever_is_here_at_the_end_was_seen_then(core: Core, alice: Peer, bob: Peer) -> None:
    bob.lose()
    core.pass_time(5_000)
    core.registry.sleep()
    after = Core(after=core)
    after.pass_time(5_000)
    carol = after.guest("carol")
    assert [core.now, core.now] == [profile(carol, name).seen for name in ("alice", "bob")]


def test_an_end_without_anybody_writes_nothing(core: Core) -> None:
    core.store.hold()
    core.registry.sleep()
    core.store.release()
    core.check()


# Storms.


def named(event: Event) -> list[User | Here]:
    match event:
        case Presence():
            return [*(event.present or []), *event.came, *event.went, *event.changed]
        case Joined() | Left():
            return list(event.users)
        case Attached():
            return list(event.present or [])
        case _:
            return []


def test_a_thousand_who_join_cost_each_listener_a_few_events(core: Core, alice: Peer) -> None:
    alice.expect(Entered, Create("den"))
    alice.take()
    peers = [core.guest(f"guest{number}") for number in range(1_000)]
    for peer in peers:
        peer.expect(Entered, Join("den"))
    core.pass_time(1_000)
    events = [event for peer in (alice, *peers) for event in peer.take()]
    assert len(events) <= 3 * 1_001
    assert sum(len(named(event)) for event in events) <= NAMES_MOST * (NAMES_MOST + 1)


def test_a_crowd_that_loses_its_connections_and_comes_back_is_no_news(core: Core, alice: Peer) -> None:
    """Each is one arrival, which changes nothing in any room; above 500 no name would travel either."""
    peers = [core.guest(f"guest{number}") for number in range(NAMES_MOST)]
    told(core, alice)
    for peer in peers:
        peer.lose()
    core.pass_time(FADE_MS - 1)
    for peer in peers:
        core.again(peer)
    core.pass_time(FADE_MS)
    assert [] == told(core, alice)
    assert NAMES_MOST + 1 == len(core.registry.rooms[LOBBY].company.present)


def test_four_hundred_who_come_back_after_a_restart_are_told_of_each_other_once() -> None:
    before = Core()
    tokens = [before.guest(f"guest{number}").token for number in range(400)]
    core = Core(after=before)
    peers: list[Peer] = []
    for first in range(0, 400, 80):
        for token in tokens[first : first + 80]:
            peer = core.connect()
            peer.tell(Login(token=token), Attach())
            peers.append(peer)
        core.pass_time()
    core.pass_time()
    for peer in peers:
        events = peer.take()
        assert len([event for event in events if isinstance(event, Presence)]) <= 6
        assert sum(len(named(event)) for event in events) <= 400 + 80
    core.check()
