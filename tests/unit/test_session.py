"""One session's conversation: the order of its commands, how it is slowed, refused and ended."""

from collections.abc import Iterator

import pytest

from chatd import __version__
from chatd.core.session import PATIENCE, QUEUE_MOST, SAYS_MOST, Session
from chatd.model import (
    Attach,
    Attached,
    Attaching,
    ChatError,
    Close,
    Code,
    Command,
    Create,
    Done,
    Entered,
    Error,
    Event,
    Join,
    Leave,
    Limits,
    LoggedIn,
    Login,
    Logout,
    Ping,
    Pong,
    Register,
    Said,
    Say,
    Stored,
    Welcome,
    Who,
)
from tests.unit.core_peer import FADE_MS, LOBBY, PASSWORD, Core, FakeClient, FakeWire, Peer

SLOW = Limits(say_per_second=2, say_burst=3, creations_per_minute=0)


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def answered(events: list[Event]) -> list[int | str | None]:
    """The ids of the answers, in the order in which they came."""
    return [
        event.id for event in events if isinstance(event, Done | Stored | Pong | Error | LoggedIn | Entered)
    ]


def says(*texts: str, room: int | str = LOBBY) -> list[Say]:
    return [Say(id=text, room=room, text=text) for text in texts]


# Greeting.


def test_the_server_speaks_first() -> None:
    core = Core(Limits(text_chars=7, say_per_second=8, say_burst=9, upload_bytes=10), guests=False)
    peer = Peer(*_connection(core, passwords=False))
    assert [
        Welcome(
            server=f"chatd/{__version__}",
            epoch=core.store.epoch,
            limits={"text_chars": 7, "say_per_second": 8, "say_burst": 9, "upload_bytes": 10},
            auth={
                "guests": False,
                "registration": True,
                "invitation": False,
                "lockdown": False,
                "plaintext": False,
            },
        )
    ] == peer.take()


def _connection(core: Core, *, passwords: bool = True) -> "tuple[Session, FakeClient]":
    client = FakeClient(FakeWire())
    session = Session(
        core.registry, client, frontend="web", address="192.0.2.1", follow=False, passwords=passwords
    )
    session.open()
    return session, client


def test_whoever_brings_a_token_is_greeted_by_name_and_then_logged_in(core: Core) -> None:
    alice = core.guest("alice")
    client = FakeClient(FakeWire())
    session = Session(
        core.registry, client, frontend="web", address="192.0.2.1", follow=False, passwords=True
    )
    session.open(*core.recognised(alice))
    peer = Peer(session, client)
    welcome, answer = peer.take()
    assert isinstance(welcome, Welcome)
    assert alice.user == welcome.user
    assert isinstance(answer, LoggedIn)
    assert (None, alice.user, None) == (answer.id, answer.user, answer.token)


def test_nothing_is_carried_out_before_such_a_login_is(core: Core) -> None:
    alice = core.guest("alice")
    account, digest = core.recognised(alice)
    client = FakeClient(FakeWire())
    session = Session(
        core.registry, client, frontend="web", address="192.0.2.1", follow=False, passwords=True
    )
    core.store.hold_reads()
    session.open(account, digest)
    peer = Peer(session, client)
    peer.tell(Ping(id=1), *says("hi"))
    core.store.release_reads()
    assert [None, 1, "hi"] == answered(peer.take())


# Order.


def test_commands_are_answered_in_order(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(Create(id=1, name="den"), *says("hi"), Ping(id=2), Leave(id=3, room="den"), Ping(id=4))
    assert [] == answered(alice.take())
    core.store.release()
    assert [1, "hi", 2, 3, 4] == answered(alice.take())


def test_messages_to_ones_rooms_are_on_their_way_together(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    core.store.hold()
    alice.tell(*says("a", "b", "c"))
    core.store.release()
    assert ["a", "b", "c"] == answered(alice.take())
    assert ["a", "b", "c"] == bob.take_texts()


def test_only_so_many_messages_are_on_their_way_together(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says(*map(str, range(SAYS_MOST + 5))))
    core.store.release()
    stored = alice.take()
    assert list(map(str, range(SAYS_MOST + 5))) == answered(stored)


def test_nothing_overtakes_a_message_that_is_on_its_way(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says("a", "b"), Ping(id=1))
    assert [] == answered(alice.take())
    core.store.release()
    assert ["a", "b", 1] == answered(alice.take())


def test_a_message_does_not_overtake_the_join_before_it(core: Core) -> None:
    bob = core.guest("bob")
    bob.expect(Entered, Create("den"))
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says("a"), Join(id=1, room="den"), *says("b", room="den"))
    core.store.release()
    assert ["a", 1, "b"] == answered(alice.take())
    assert ["b"] == bob.take_texts()


def test_a_message_to_a_room_that_is_not_known_yet_waits_for_those_before_it(core: Core) -> None:
    alice = core.guest("alice")
    core.guest("bob")
    core.store.hold()
    alice.tell(*says("a"), *says("b", room="@bob"), *says("c"))
    core.store.release()
    assert ["a", "b", "c"] == answered(alice.take())


def test_when_reading_stops_and_goes_on(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(Create(id=1, name="den"), *(Ping(id=number) for number in range(QUEUE_MOST - 1)))
    assert alice.client.reading
    alice.tell(Ping(id="last"))
    assert not alice.client.reading
    core.store.release()
    assert alice.client.reading
    assert [1, *range(QUEUE_MOST - 1), "last"] == answered(alice.take())


def test_nothing_more_is_begun_while_the_answers_pile_up(core: Core) -> None:
    alice = core.guest("alice")
    alice.client.outbox.bound = 10
    alice.client.outbox.stop_reading()
    alice.tell(*(Ping(id=number) for number in range(QUEUE_MOST + 6)))
    assert alice.client.outbox.owed == 6
    assert not alice.client.reading
    alice.client.outbox.read()
    assert alice.client.reading
    assert list(range(QUEUE_MOST + 6)) == answered(alice.take())


# Slowing.


def test_whoever_speaks_too_fast_is_slowed_and_loses_nothing() -> None:
    core = Core(SLOW)
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    texts = [str(number) for number in range(10)]
    alice.tell(*says(*texts))
    assert texts[:3] == bob.take_texts()
    assert not alice.client.reading
    heard = []
    for _ in range(7):
        core.pass_time(501)
        heard.append(bob.take_texts())
    assert [[text] for text in texts[3:]] == heard
    assert alice.client.reading
    assert texts == answered(alice.take())
    core.check()


def test_who_is_slowed_keeps_the_order_of_all_commands() -> None:
    core = Core(SLOW)
    alice = core.guest("alice")
    alice.tell(*says("1", "2", "3", "4"), Ping(id="5"), *says("6"))
    assert ["1", "2", "3"] == answered(alice.take())
    core.pass_time(501)
    assert ["4", "5"] == answered(alice.take())
    core.pass_time(501)
    assert ["6"] == answered(alice.take())


def test_slowing_one_person_slows_nobody_else() -> None:
    core = Core(SLOW)
    alice, bob = core.guest("alice"), core.guest("bob")
    alice.tell(*says("1", "2", "3", "4"))
    assert not alice.client.reading
    bob.say("quick")
    assert bob.client.reading


def test_two_sessions_of_one_person_share_a_rate() -> None:
    core = Core(SLOW)
    alice = core.guest("alice")
    other = core.again(alice)
    alice.tell(*says("1", "2"))
    other.tell(*says("3", "4"))
    assert ["3"] == answered(other.take())
    core.pass_time(501)
    assert ["4"] == answered(other.take())


def test_a_tick_that_comes_too_early_lets_nobody_speak() -> None:
    core = Core(SLOW)
    alice = core.guest("alice")
    alice.tell(*says("1", "2", "3", "4"))
    alice.take()
    core.pass_time(100)
    assert [] == answered(alice.take())
    core.pass_time(401)
    assert ["4"] == answered(alice.take())


def test_who_asks_too_fast_is_slowed_and_is_answered_all() -> None:
    core = Core(SLOW)
    alice = core.guest("alice")
    alice.tell(*(Who(id=number, room=LOBBY) for number in range(20)))
    at_once = len(alice.take())
    core.pass_time(501)
    assert (15, 5) == (at_once, len(alice.take()))


def test_nothing_is_looked_up_for_somebody_who_has_gone() -> None:
    core = Core(SLOW)
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    alice.tell(*says("1", "2", "3", "4"), *(Who(id=number, room=LOBBY) for number in range(100)), *says("5"))
    alice.lose()
    core.pass_time(501)
    core.pass_time(501)
    assert list("12345") == bob.take_texts()


def test_nobody_is_slowed_while_the_server_stops() -> None:
    core = Core(SLOW)
    alice = core.guest("alice")
    alice.tell(*says("1", "2", "3", "4", "5", "6"))
    core.registry.stopping = True
    alice.session.finish(Close.RESTART)
    core.pass_time(1)
    assert list("123456") == answered(alice.take())
    assert Close.RESTART is alice.closed


# Refusals.


def test_a_refusal_is_an_answer(core: Core) -> None:
    alice = core.guest("alice")
    alice.tell(Join(id="x", room="nowhere"))
    assert [Error(id="x", code=Code.NO_SUCH_ROOM, text='There is no room called "nowhere".')] == alice.take()


def test_a_stranger_is_answered_too(core: Core) -> None:
    stranger = core.connect()
    commands: list[Command] = [*says("hi"), Attach(), Who(LOBBY), Logout()]
    for command in commands:
        assert Code.NOT_LOGGED_IN is stranger.refused(command).code
    assert Pong() == stranger.ask(Ping())


def test_a_fault_of_ours_is_reported_and_answered_without_its_text() -> None:
    core = Core()
    alice = core.guest("alice")
    core.store.failure = fault = RuntimeError("a secret")
    error = alice.refused(Say(room=LOBBY, text="hi"))
    assert (Code.INTERNAL, False) == (error.code, "secret" in error.text)
    assert [fault] == core.faults
    core.store.failure = None
    alice.say("hi")


def test_a_refusal_says_when_to_try_again() -> None:
    core = Core(Limits(creations_per_minute=1))
    core.guest("alice")
    retry_ms = core.connect().refused(Login(name="bob")).retry_ms
    assert retry_ms is not None
    assert retry_ms > 0


def test_malformed_input_costs_the_message_and_not_the_connection(core: Core) -> None:
    alice = core.guest("alice")
    alice.session.refuse(ChatError(Code.BAD_REQUEST, "What?"), 7)
    assert [Error(id=7, code=Code.BAD_REQUEST, text="What?")] == alice.take()
    alice.say("hi")


def test_too_much_that_makes_no_sense_closes_the_connection(core: Core) -> None:
    alice = core.guest("alice")
    for _ in range(PATIENCE):
        alice.session.refuse(ChatError(Code.UNKNOWN_TYPE, "What?"), None)
    assert alice.closed is None
    alice.session.refuse(ChatError(Code.UNKNOWN_TYPE, "What?"), None)
    assert Close.ABUSE is alice.closed


def test_a_malformed_command_a_second_is_forgiven(core: Core) -> None:
    alice = core.guest("alice")
    for _ in range(10 * PATIENCE):
        core.pass_time(1_000)
        alice.session.lose_patience()
    assert alice.closed is None


def test_refusals_that_a_correct_client_may_earn_are_no_abuse(core: Core) -> None:
    alice = core.guest("alice")
    for _ in range(10 * PATIENCE):
        alice.refused(Join("nowhere"))
    assert alice.closed is None


# Ending.


def test_whoever_says_goodbye_is_answered_first(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says("a"), Ping(id=1))
    alice.session.finish(Close.GOODBYE)
    assert (None, False) == (alice.closed, alice.client.reading)
    core.store.release()
    assert ["a", 1] == answered(alice.take())
    assert Close.GOODBYE is alice.closed


def test_after_a_goodbye_nothing_more_is_taken(core: Core) -> None:
    alice = core.guest("alice")
    alice.session.finish(Close.GOODBYE)
    alice.tell(*says("too late"))
    assert [] == answered(alice.take())


def test_the_first_reason_to_finish_stands(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says("a"))
    alice.session.finish(Close.RESTART)
    alice.session.finish(Close.GOODBYE)
    core.store.release()
    assert Close.RESTART is alice.closed


def test_what_came_before_a_lost_connection_is_carried_out(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    core.store.hold()
    alice.tell(*says("a"), Create(name="den"), *says("b"))
    alice.lose()
    core.store.release()
    assert ["a", "b"] == bob.take_texts()
    assert [] == answered(alice.take())


def test_a_login_before_a_lost_connection_is_carried_out_and_what_follows_it(core: Core) -> None:
    bob = core.guest("bob")
    bob.attach()
    bob.take()
    alice = core.connect()
    core.store.hold()
    alice.tell(Login(name="alice"), *says("hello"))
    alice.lose()
    core.store.release()
    assert ["hello"] == bob.take_texts()
    core.pass_time(FADE_MS)
    assert [bob.user.id] == list(core.registry.people)


def test_what_a_slowed_sayer_sent_before_the_connection_was_lost_is_carried_out() -> None:
    core = Core(SLOW)
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    alice.tell(*says("1", "2", "3", "4", "5"))
    alice.lose()
    core.pass_time(501)
    core.pass_time(501)
    assert ["1", "2", "3", "4", "5"] == bob.take_texts()
    core.pass_time(FADE_MS)
    assert [bob.user.id] == list(core.registry.people)


def test_a_stranger_who_is_lost_leaves_nothing(core: Core) -> None:
    core.connect().lose()
    assert {} == core.registry.people


def test_closing_drops_what_waits(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.attach()
    bob.take()
    core.store.hold()
    alice.tell(Create(name="den"), *says("never"))
    alice.session.close(Close.TOO_SLOW)
    core.store.release()
    assert [] == bob.take_texts()
    assert Close.TOO_SLOW is alice.closed


def test_a_stranger_can_be_closed(core: Core) -> None:
    stranger = core.connect()
    stranger.session.close(Close.BROKEN)
    assert Close.BROKEN is stranger.closed


def test_closing_what_is_lost_already_tells_nobody(core: Core) -> None:
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(*says("a"))
    alice.lose()
    alice.session.close(Close.LOGGED_OUT)
    core.store.release()
    assert None is alice.closed
    assert {} == core.registry.people


def test_whoever_is_closed_hears_nothing_more(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    alice.take()
    alice.session.close(Close.TOO_SLOW)
    core.write(1)
    assert [] == alice.take()


def test_what_was_on_its_way_when_a_session_was_closed_brings_nothing_to_it(core: Core) -> None:
    bob = core.guest("bob")
    bob.expect(Entered, Create("den"))
    alice = core.guest("alice")
    core.store.hold()
    alice.tell(Join("den"))
    alice.session.close(Close.LOGGED_OUT)
    core.store.release()
    bob.say("psst", "den")
    assert [] == alice.take()


def test_a_room_that_is_opened_with_somebody_who_is_just_lost_is_heard_by_those_who_are_there() -> None:
    core = Core(SLOW)
    wire = FakeWire(personal=True)
    alice, bob = core.guest("alice", follow=True, wire=wire), core.guest("bob", follow=True, wire=wire)
    alice.tell(*says("1", "2", "3", "4"))
    alice.lose()
    bob.say("psst", "@alice")
    core.pass_time(501)
    core.pass_time(FADE_MS)
    assert [bob.user.id] == list(core.registry.people)
    carol = core.again(bob, follow=True, wire=wire)
    bob.say("still there?", "@alice")
    assert ["still there?"] == carol.take_texts()
    core.check()


def test_what_is_attached_after_the_connection_is_lost_is_sent_to_nobody(core: Core) -> None:
    core.write(9)
    alice = core.guest("alice")
    core.store.hold_reads()
    alice.attach(after=0)
    core.store.hold()
    alice.tell(*says("a"), Attach())
    alice.lose()
    core.store.release()
    core.store.release_reads()
    assert [] == alice.take_texts()
    core.pass_time(FADE_MS)
    assert {} == core.registry.rooms


def test_a_follower_hears_all_rooms_from_the_login_on(core: Core) -> None:
    alice = core.guest("alice")
    alice.expect(Entered, Create("den"))
    follower = core.connect(follow=True)
    assert alice.token is not None
    follower.expect(LoggedIn, Login(token=alice.token))
    alice.say("one", "den")
    alice.say("two", "lobby")
    assert ["one", "two"] == follower.take_texts()


def test_a_follower_does_not_hear_itself_but_another_session_of_the_same_user_does(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    other = core.again(alice, follow=True)
    browser = core.again(alice)
    browser.attach()
    browser.take()
    alice.say("hello")
    assert [] == alice.take_texts()
    assert ["hello"] == other.take_texts()
    assert ["hello"] == browser.take_texts()


def test_two_sessions_who_say_the_same_at_once_hear_each_other(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    other = core.again(alice, follow=True)
    core.store.hold()
    alice.tell(*says("hello"))
    other.tell(*says("hello"))
    core.store.release()
    assert ["hello"] == alice.take_texts()
    assert ["hello"] == other.take_texts()


def test_a_follower_who_says_the_same_twice_hears_it_not_even_once(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    core.store.hold()
    alice.tell(*says("hello", "hello"))
    core.store.release()
    alice.tell(*says("hello"))
    assert [] == alice.take_texts()


def test_a_follower_does_not_hear_what_it_said_beside_a_retry(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    alice.say("again", key="k")
    core.store.hold()
    alice.tell(Say(room=LOBBY, text="again", key="k"), *says("hello"))
    core.store.release()
    assert [] == alice.take_texts()


def test_a_follower_hears_what_another_session_said_while_its_own_message_was_refused(core: Core) -> None:
    alice = core.guest("alice", follow=True)
    other = core.again(alice, follow=True)
    alice.tell(Say(room=LOBBY, text="hello", reply_to=99))
    other.tell(*says("hello"))
    assert ["hello"] == alice.take_texts()


def test_a_browser_hears_itself_before_it_is_answered(core: Core) -> None:
    alice = core.guest("alice")
    alice.attach()
    alice.take()
    alice.tell(*says("hello"))
    assert [Said, Stored] == [type(event) for event in alice.take()]


def test_registering_logs_in(core: Core) -> None:
    answer = core.connect().expect(LoggedIn, Register(name="alice", password=PASSWORD))
    assert ("alice", "user", ["lobby"]) == (
        answer.user.name,
        answer.user.kind,
        [state.name for state in answer.rooms],
    )


def test_attaching_to_everything_is_not_live_before_its_answer(core: Core) -> None:
    alice = core.guest("alice")
    alice.tell(Attach(id=1))
    assert [Attaching, Attached] == [type(event) for event in alice.take()]
