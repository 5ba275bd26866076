"""Ignoring somebody: what is not heard any more, what is not lost by it, and that nobody is told."""

from collections.abc import Iterator

import pytest

from chatd.core.ignoring import Ignorers
from chatd.core.tail import TAIL_ENTRIES
from chatd.model import (
    Added,
    Attached,
    Code,
    Create,
    Direct,
    Entered,
    Error,
    Gap,
    History,
    Ignore,
    Ignored,
    IgnoredList,
    Ignoring,
    Join,
    LoggedIn,
    Login,
    Messages,
    Present,
    Profiles,
    Register,
    Removed,
    Said,
    Say,
    Skipped,
    Typed,
    Typing,
    Unignore,
    Who,
    text_of,
)
from tests.unit.core_peer import FADE_MS, LOBBY, Core, FakeWire, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def ignores(peer: Peer, *others: Peer) -> None:
    for other in others:
        peer.expect(IgnoredList, Ignore(user=other.user.name))


def log_of(peer: Peer) -> list[int]:
    """The seqs of what came live and in pages, of what is only a place with a minus."""
    seqs: list[int] = []
    for event in peer.take():
        if isinstance(event, Said | Skipped):
            seqs.append(event.seq if isinstance(event, Said) else -event.seq)
        elif isinstance(event, Attached):
            seqs.extend(entry.seq for entry in event.entries)
    return seqs


# The list.


def test_whom_one_ignores_is_listed_by_name_and_told_at_login(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    assert [] == alice.expect(IgnoredList, Ignored()).ignored
    ignores(alice, carol)
    assert [bob.user, carol.user] == alice.expect(IgnoredList, Ignore(user=bob.user.id)).ignored
    assert [bob.user, carol.user] == alice.expect(IgnoredList, Ignore(user="bob")).ignored
    again = core.connect()
    assert [bob.user, carol.user] == again.expect(LoggedIn, Login(token=alice.token)).ignored
    assert [carol.user] == alice.expect(IgnoredList, Unignore(user="bob")).ignored
    assert [carol.user] == alice.expect(IgnoredList, Unignore(user="bob")).ignored
    assert [carol.user] == again.expect(IgnoredList, Ignored()).ignored


def test_the_other_sessions_are_told(core: Core, alice: Peer, bob: Peer) -> None:
    tab = core.again(alice)
    alice.take()
    ignores(alice, bob)
    assert ([], [Ignoring(users=[bob.user])]) == (alice.take(), tab.take())
    alice.expect(IgnoredList, Unignore(user="bob"))
    assert [Ignoring(users=[])] == tab.take()


def test_oneself_and_nobody_cannot_be_ignored(alice: Peer) -> None:
    assert Code.BAD_REQUEST is alice.refused(Ignore(user="alice")).code
    assert Code.NO_SUCH_USER is alice.refused(Ignore(user="nobody")).code
    assert Code.NO_SUCH_USER is alice.refused(Unignore(user="nobody")).code


def test_a_guest_who_left_is_heard_again_by_the_name_they_had(core: Core, alice: Peer) -> None:
    carol = core.guest("carol")
    ignores(alice, carol)
    carol.leave_politely()
    assert [] == alice.expect(IgnoredList, Unignore(user="carol")).ignored


# Hearing.


def test_what_they_say_is_a_place_in_the_log_and_nothing_more(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    for peer in (alice, bob, carol):
        peer.attach()
    ignores(alice, bob)
    for peer in (alice, bob, carol):
        peer.take()
    bob.say("psst")
    carol.say("hi")
    assert ([-1, 2], [1, 2], [1, 2]) == (log_of(alice), log_of(bob), log_of(carol))
    alice.expect(IgnoredList, Unignore(user="bob"))
    bob.say("hi")
    assert [3] == log_of(alice)


def test_a_place_is_encoded_once_for_all_who_ignore(core: Core, bob: Peer) -> None:
    wire = FakeWire()
    ears = [core.guest(name, wire=wire) for name in ("carol", "dave", "erin")]
    for ear in ears:
        ear.attach()
    ignores(ears[0], bob)
    ignores(ears[1], bob)
    before = wire.encoded
    bob.say("psst")
    assert 2 == wire.encoded - before
    assert [[-1], [-1], [1]] == [log_of(ear) for ear in ears]


def test_a_wire_that_shows_no_places_is_owed_none(core: Core, bob: Peer) -> None:
    carol = core.guest("carol", wire=FakeWire(hides=(Skipped,)))
    carol.attach()
    ignores(carol, bob)
    bob.say("psst")
    bob.say("psst")
    core.guest("dave").say("hi")
    assert [3] == log_of(carol)


def test_a_place_that_cannot_be_owed_is_a_gap(alice: Peer, bob: Peer) -> None:
    alice.attach()
    ignores(alice, bob)
    alice.take()
    alice.client.outbox.stop_reading()
    alice.client.outbox.bound = 1
    bob.say("psst")
    bob.say("psst")
    alice.client.outbox.read()
    assert [Skipped(room=LOBBY, seq=1), Gap(room=LOBBY, first=2, last=2)] == alice.take()


def test_pages_and_history_leave_it_out_and_cover_its_place(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    for number in range(TAIL_ENTRIES):
        bob.say(f"psst {number}")
    carol.say("hi")
    bob.say("psst")
    ignores(alice, bob)
    alice.take()
    alice.attach(after=0)
    pages = alice.take_all(Attached)
    assert [(1, 200, []), (201, 202, ["hi"])] == [
        (page.first, page.last, [text_of(entry) for entry in page.entries]) for page in pages
    ]
    history = alice.expect(Messages, History(room=LOBBY, limit=5))
    assert (["hi"], 1, 202, True) == (
        [said.text for said in history.entries],
        history.first,
        history.last,
        history.complete,
    )
    assert 5 == len(carol.expect(Messages, History(room=LOBBY, limit=5)).entries)


def test_it_is_not_unread(core: Core, alice: Peer, bob: Peer) -> None:
    bob.say("psst")
    core.guest("carol").say("hi")
    ignores(alice, bob)
    back = core.connect().expect(LoggedIn, Login(token=alice.token))
    assert [1] == [state.unread for state in back.rooms]


def test_it_is_not_told_that_they_are_writing(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    for peer in (alice, carol):
        peer.attach()
    ignores(alice, bob)
    bob.ask(Typing(room=LOBBY))
    assert ([], 1) == (alice.take_all(Typed), len(carol.take_all(Typed)))


def test_it_is_heard_by_those_who_came_after_the_ignorer_left(core: Core, alice: Peer, bob: Peer) -> None:
    ignores(alice, bob)
    alice.leave_politely()
    assert 0 == len(core.registry.ignorers)
    carol = core.guest("carol")
    carol.attach()
    carol.take()
    bob.say("hi")
    assert [1] == log_of(carol)


def test_who_comes_back_still_ignores(core: Core, alice: Peer, bob: Peer) -> None:
    ignores(alice, bob)
    alice.lose()
    again = core.again(alice)
    again.attach()
    again.take()
    bob.say("psst")
    assert [-1] == log_of(again)


def test_it_holds_for_who_is_logging_in_meanwhile(core: Core, alice: Peer, bob: Peer) -> None:
    coming = core.connect()
    core.store.hold_reads(1)
    coming.tell(Login(token=alice.token))
    ignores(alice, bob)
    alice.lose()
    core.store.release_reads()
    assert [bob.user] == coming.take_all(LoggedIn)[0].ignored
    coming.attach()
    coming.take()
    bob.say("psst")
    assert [-1] == log_of(coming)


def test_who_is_gone_before_it_is_kept_is_left_alone(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.hold()
    alice.tell(Ignore(user="bob"))
    alice.lose()
    core.store.release()
    core.pass_time(FADE_MS)
    assert 0 == len(core.registry.ignorers)


# Conversations.


def test_a_conversation_with_them_is_gone_until_they_are_heard_again(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    tab = core.again(alice)
    alice.attach(room)
    alice.take()
    ignores(alice, bob)
    assert ([Removed(room=room)], [Removed(room=room), Ignoring(users=[bob.user])]) == (
        alice.take(),
        tab.take(),
    )
    bob.say("psst", room)
    bob.say("psst", "@alice")
    bob.ask(Typing(room=room))
    assert [] == alice.take()
    assert [LOBBY] == [one.room for one in core.connect().expect(LoggedIn, Login(token=alice.token)).rooms]
    refused = [alice.refused(Say(room=ref, text="hi")) for ref in (room, "@bob")]
    assert [Code.NO_SUCH_ROOM, Code.FORBIDDEN] == [one.code for one in refused]
    assert Error(code=Code.FORBIDDEN, text="You ignore bob. Unignore them first.") == alice.refused(
        Direct(user="bob")
    )
    assert [Code.NO_SUCH_ROOM] * 2 == [
        alice.refused(one).code for one in (Join(room=room), History(room=room))
    ]
    alice.expect(IgnoredList, Unignore(user="bob"))
    [added] = alice.take_all(Added)
    assert [(room, "@bob", 2)] == [(one.room, one.name, one.unread) for one in added.rooms]
    alice.attach(room, after=0)
    assert [1, 2] == log_of(alice)


def test_a_conversation_that_they_open_raises_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    ignores(alice, bob)
    room = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    bob.say("psst", room)
    assert [] == alice.take()
    again = core.connect()
    assert [LOBBY] == [one.room for one in again.expect(LoggedIn, Login(token=alice.token)).rooms]
    again.expect(IgnoredList, Unignore(user="bob"))
    assert [room] == [one.room for added in again.take_all(Added) for one in added.rooms]


def test_they_cannot_find_out(core: Core, bob: Peer) -> None:
    """Everything that bob is told is the same, whether alice ignores him or not."""

    def told(core: Core, *, ignored: bool) -> list[object]:
        alice, bob = core.account("alice"), core.account("bob")
        alice.attach()
        if ignored:
            ignores(alice, bob)
        bob.attach()
        answers: list[object] = [
            bob.ask(Direct(user="alice")),
            bob.ask(Say(room="@alice", text="psst")),
            bob.ask(Say(room=LOBBY, text="psst")),
            bob.ask(Who(room="@alice")),
        ]
        core.pass_time()
        alice.lose()
        core.pass_time()
        again = core.again(alice)
        core.pass_time()
        answers += [bob.ask(Who(room="@alice")), bob.ask(Who(room=LOBBY)), *bob.take()]
        again.lose()
        core.check()
        return answers

    assert told(Core(), ignored=False) == told(Core(), ignored=True)


def test_somebody_ignored_is_present_like_everybody(alice: Peer, bob: Peer) -> None:
    ignores(alice, bob)
    assert ["alice", "bob"] == [user.name for user in alice.expect(Present, Who(room=LOBBY)).users]


def test_a_room_that_they_made_is_a_room_like_any_other(alice: Peer, bob: Peer) -> None:
    ignores(alice, bob)
    bob.expect(Entered, Create(name="dev"))
    assert "dev" == alice.expect(Entered, Join(room="dev")).rooms[0].name


def test_a_guest_who_becomes_an_account_is_seen_so_by_who_is_ignored(core: Core, bob: Peer) -> None:
    carol = core.guest("carol")
    room = bob.expect(Entered, Direct(user="carol")).rooms[0].room
    ignores(carol, bob)
    carol.expect(Profiles, Register(name="carol", password="correct horse"))
    seen = bob.expect(Present, Who(room=room)).users
    assert [("bob", "user"), ("carol", "user")] == [(one.name, one.kind) for one in seen]


# The index.


def test_who_ignores_whom_is_known_while_they_are_here() -> None:
    ignorers = Ignorers()
    ignorers.change(1, (), (2, 3))
    ignorers.change(4, (), (3,))
    assert ([1], {1, 4}, []) == (list(ignorers.of(2)), set(ignorers.of(3)), list(ignorers.of(1)))
    ignorers.change(1, (2, 3), (3,))
    assert ([], {1, 4}) == (list(ignorers.of(2)), set(ignorers.of(3)))
    ignorers.change(1, (3,), ())
    ignorers.change(4, (3,), ())
    assert 0 == len(ignorers)
