"""What each command does, what it is answered with, and what the others hear of it."""

from collections.abc import Iterator

import pytest

from chatd.core.actions.speaking import TYPING_MS
from chatd.core.company import NAMES_MOST
from chatd.model import (
    Added,
    Attach,
    Attached,
    Attaching,
    ChatError,
    Code,
    Command,
    Create,
    Detach,
    Direct,
    Done,
    Entered,
    Here,
    History,
    Join,
    Leave,
    Limits,
    LoggedIn,
    Login,
    Messages,
    Position,
    Prefer,
    Present,
    Read,
    ReadTo,
    Refused,
    Register,
    RoomList,
    Rooms,
    Said,
    Say,
    Stored,
    Typed,
    Typing,
    User,
    Who,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, FakeWire, Peer


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
    return core.guest("bob")


# Login and registration.


def test_a_guest_is_told_who_they_are_and_gets_a_token(core: Core) -> None:
    answer = core.connect().expect(LoggedIn, Login(name="bob"))
    assert (User(1, "bob", "guest"), "token-1", False) == (answer.user, answer.token, answer.numbers)
    assert ["lobby"] == [state.name for state in answer.rooms]


def test_a_guest_on_a_line_gets_a_code_to_type(core: Core) -> None:
    answer = core.connect(follow=True).expect(LoggedIn, Login(name="bob"))
    assert "code-1" == answer.token


def test_whoever_comes_by_a_token_gets_no_other(core: Core, alice: Peer) -> None:
    answer = core.connect().expect(LoggedIn, Login(token=alice.token))
    assert (alice.user, None) == (answer.user, answer.token)


def test_whoever_comes_by_a_password_gets_a_token(core: Core, alice: Peer) -> None:
    answer = core.connect().expect(LoggedIn, Login(name="Alice", password=PASSWORD))
    assert (alice.user, True) == (answer.user, answer.token is not None)


def test_a_login_names_somebody(core: Core) -> None:
    assert Code.BAD_REQUEST is core.connect().refused(Login()).code


@pytest.mark.parametrize("command", [Login(name="carol"), Register(name="carol", password=PASSWORD)])
def test_one_login_per_connection(alice: Peer, command: Command) -> None:
    assert Code.ALREADY_LOGGED_IN is alice.refused(command).code


@pytest.mark.parametrize(
    "command", [Login(name="alice", password=PASSWORD), Register(name="carol", password=PASSWORD)]
)
def test_passwords_are_not_taken_where_they_can_be_overheard(
    core: Core, alice: Peer, command: Command
) -> None:
    overheard = core.connect(passwords=False)
    assert Code.FORBIDDEN is overheard.refused(command).code
    assert "carol" == overheard.expect(LoggedIn, Login(name="carol")).user.name


# Attaching.


def test_attaching_to_everything_means_every_room_one_belongs_to(alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create("elsewhere"))
    alice.expect(Entered, Create("den"))
    alice.take()
    assert Attaching(rooms=[LOBBY, 3]) == alice.ask(Attach())
    assert ["lobby", "den"] == [page.name for page in alice.take_all(Attached)]


def test_rooms_that_cannot_be_attached_are_named_and_the_others_are_attached(alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create("public"))
    bob.expect(Entered, Create("secret", kind="private"))
    positions = [Position("lobby"), Position("nowhere"), Position("secret"), Position("public"), Position(99)]
    answer = alice.expect(Attaching, Attach(rooms=positions))
    assert [LOBBY] == answer.rooms
    assert [
        ("nowhere", Code.NO_SUCH_ROOM),
        ("secret", Code.NO_SUCH_ROOM),
        ("public", Code.NOT_A_MEMBER),
        (99, Code.NO_SUCH_ROOM),
    ] == [(refused.room, refused.code) for refused in answer.refused]
    assert [Refused] * 4 == [type(refused) for refused in answer.refused]


def test_a_room_that_is_left_while_another_is_looked_up_is_not_attached(core: Core, alice: Peer) -> None:
    other = core.again(alice)
    core.store.hold_reads(1)
    alice.tell(Attach(id=1, rooms=[Position(LOBBY), Position("nowhere")]))
    other.expect(Done, Leave(LOBBY))
    core.store.release_reads()
    [answer] = alice.take_all(Attaching)
    assert [] == answer.rooms
    core.write(1)
    assert [] == alice.take()


@pytest.mark.parametrize("name", ["lobby", "LOBBY", LOBBY])
def test_a_room_is_named_by_id_or_name(alice: Peer, name: int | str) -> None:
    alice.attach(name)
    assert [LOBBY] == [page.room for page in alice.take_all(Attached)]


# Rooms.


def test_a_new_room_has_its_maker_and_is_attached(core: Core, alice: Peer) -> None:
    answer = alice.expect(Entered, Create("Den"))
    assert [(2, "den", "public")] == [(state.room, state.name, state.kind) for state in answer.rooms]
    assert [2] == [page.room for page in alice.take_all(Attached)]
    alice.say("hello", "den")
    assert ["hello"] == alice.take_texts()


@pytest.mark.parametrize("kind", ["public", "private"])
def test_a_taken_name_is_refused_whatever_has_it(alice: Peer, bob: Peer, kind: str) -> None:
    bob.expect(Entered, Create("den", kind="private" if kind == "private" else "public"))
    assert Code.NAME_TAKEN is alice.refused(Create("den")).code


@pytest.mark.parametrize("name", ["here", "no room", "@alice", ""])
def test_a_room_needs_a_name_that_is_one(alice: Peer, name: str) -> None:
    assert Code.BAD_NAME is alice.refused(Create(name)).code


def test_rooms_are_made_at_a_limited_rate() -> None:
    core = Core(Limits(creations_per_minute=2))
    alice = core.account("alice")
    alice.expect(Entered, Create("one"))
    refused = alice.refused(Create("two"))
    assert (Code.TOO_FAST, True) == (refused.code, refused.retry_ms is not None)


def test_one_belongs_to_so_many_rooms_and_no_more() -> None:
    core = Core(Limits(rooms_per_user=2, creations_per_minute=0))
    alice, bob = core.account("alice"), core.guest("bob")
    bob.expect(Entered, Create("other"))
    alice.expect(Entered, Create("den"))
    commands: list[Command] = [Create("more"), Join("other"), Direct("bob"), Say(room="@bob", text="psst")]
    for command in commands:
        assert Code.TOO_MANY is alice.refused(command).code
    alice.expect(Entered, Join("den"))
    alice.expect(Done, Leave("den"))
    alice.expect(Entered, Join("other"))


def test_joining_makes_a_member_who_hears_the_room(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    alice.say("before", "den")
    bob.expect(Entered, Join("den"))
    alice.say("after", "den")
    assert ["after"] == bob.take_texts()


def test_joining_after_a_seq_gives_what_was_said_since(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    for text in ("one", "two", "three"):
        alice.say(text, "den")
    bob.expect(Entered, Join("den", after=1))
    assert ["two", "three"] == bob.take_texts()


def test_a_private_room_is_joined_by_nobody(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den", kind="private"))
    assert Code.NO_SUCH_ROOM is bob.refused(Join("den")).code
    alice.expect(Done, Leave("den"))
    assert Code.NO_SUCH_ROOM is alice.refused(Join("den")).code


def test_a_room_that_is_left_while_it_is_joined_again_is_left(core: Core, alice: Peer) -> None:
    other = core.again(alice)
    core.store.hold_reads(1)
    alice.tell(Join(LOBBY))
    other.expect(Done, Leave(LOBBY))
    core.store.release_reads()
    assert ["not_a_member"] == alice.take_codes()
    core.write(1)
    assert [] == alice.take()


def test_two_sessions_that_join_at_once_are_both_attached(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create("den"))
    other = core.again(alice)
    core.store.hold()
    alice.tell(Join("den"))
    other.tell(Join("den"))
    core.store.release()
    bob.say("welcome", "den")
    assert [["welcome"], ["welcome"]] == [alice.take_texts(), other.take_texts()]


def test_a_room_that_another_session_joined_meanwhile_is_attached(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create("den"))
    bob.lose()
    other = core.again(alice)
    core.store.hold_reads(1)
    alice.tell(Join("den"))
    other.expect(Entered, Join("den"))
    core.store.release_reads()
    other.say("here already", "den")
    assert ["here already"] == alice.take_texts()


def test_whoever_left_neither_hears_nor_speaks_nor_reads(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    bob.expect(Done, Leave("den"))
    bob.take()
    alice.say("psst", "den")
    assert [] == bob.take()
    commands: list[Command] = [
        Say(room="den", text="hi"),
        History("den"),
        Who("den"),
        Typing("den"),
        Read("den", 1),
        Detach("den"),
        Leave("den"),
    ]
    for command in commands:
        assert Code.NOT_A_MEMBER is bob.refused(command).code


@pytest.mark.parametrize("called", ["den", "Den", 3])
def test_a_private_room_is_to_strangers_exactly_what_no_room_is(
    alice: Peer, bob: Peer, called: int | str
) -> None:
    def ask_all() -> list[tuple[Code, str]]:
        commands: list[Command] = [
            Join(called),
            Leave(called),
            Say(room=called, text="hi"),
            History(called),
            Who(called),
            Typing(called),
            Read(called, 1),
            Detach(called),
        ]
        errors = [bob.refused(command) for command in commands]
        return [(error.code, error.text) for error in errors]

    alice.expect(Entered, Create("other"))
    nothing = ask_all()
    alice.expect(Entered, Create("den", kind="private"))
    assert nothing == ask_all()
    assert {Code.NO_SUCH_ROOM} == {code for code, _ in nothing}
    alice.lose()
    assert nothing == ask_all()


def test_names_that_no_room_can_have_are_rooms_that_are_not_there(bob: Peer) -> None:
    for ref in ("no room", "", "Böse", 0, -1, 2**60):
        assert Code.NO_SUCH_ROOM is bob.refused(Say(room=ref, text="hi")).code
        assert Code.NO_SUCH_ROOM is bob.refused(Join(ref)).code


def test_rooms_are_listed_by_name_a_page_at_a_time(alice: Peer, bob: Peer) -> None:
    for name in ("one", "two", "three"):
        alice.expect(Entered, Create(name))
    alice.expect(Entered, Create("secret", kind="private"))
    first = bob.expect(RoomList, Rooms(limit=2))
    assert (["lobby", "one"], True) == ([listing.name for listing in first.rooms], first.more)
    assert [True, False] == [listing.member for listing in first.rooms]
    rest = bob.expect(RoomList, Rooms(after="one"))
    assert (["three", "two"], False) == ([listing.name for listing in rest.rooms], rest.more)
    found = bob.expect(RoomList, Rooms(query="TW"))
    assert (["two"], False) == ([listing.name for listing in found.rooms], found.more)
    mine = alice.expect(RoomList, Rooms(after="one"))
    assert ["secret", "three", "two"] == [listing.name for listing in mine.rooms]


def test_who_lists_who_is_present_by_name(core: Core, alice: Peer, bob: Peer) -> None:
    assert Present(room=LOBBY, users=[alice.here], count=2, more=True) == alice.ask(Who(LOBBY, limit=1))
    assert Present(room=LOBBY, users=[bob.here], count=2, more=False) == alice.ask(Who(LOBBY, after="alice"))


# Direct rooms.


def test_a_direct_room_is_there_for_both_and_called_after_the_other(alice: Peer, bob: Peer) -> None:
    [mine] = alice.expect(Entered, Direct("bob")).rooms
    [added] = bob.take_all(Added)
    assert ("@bob", "@alice", "direct") == (mine.name, added.rooms[0].name, mine.kind)
    assert [mine.room] == [state.room for state in bob.expect(Entered, Direct("alice")).rooms]


@pytest.mark.parametrize("by_id", [False, True])
def test_a_direct_room_is_opened_with_somebody_who_is_away(core: Core, alice: Peer, by_id: bool) -> None:
    carol = core.account("carol")
    user = carol.user
    carol.lose()
    alice.expect(Entered, Direct(user.id if by_id else "Carol"))
    alice.say("when you are back", "@carol")
    carol = core.again(carol)
    carol.attach("@alice", after=0)
    assert ["when you are back"] == carol.take_texts()


def test_two_who_open_a_direct_room_at_once_are_in_one_room(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.hold()
    alice.tell(Direct("bob"))
    bob.tell(Direct("alice"))
    core.store.release()
    assert 1 == len({entered.rooms[0].room for peer in (alice, bob) for entered in peer.take_all(Entered)})
    alice.say("hi", "@bob")
    bob.say("hi yourself", "@alice")
    assert ["hi", "hi yourself"] == alice.take_texts()
    assert ["hi", "hi yourself"] == bob.take_texts()


def test_a_direct_room_that_was_made_meanwhile_is_found(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.hold_reads(1)
    alice.tell(Direct("bob"))
    bob.expect(Entered, Direct("alice"))
    core.store.release_reads()
    assert 1 == len({state.room for entered in alice.take_all(Entered) for state in entered.rooms})
    assert 2 == len(core.registry.rooms)


def test_a_direct_room_that_is_stored_but_not_told_of_yet_is_found(
    core: Core, alice: Peer, bob: Peer
) -> None:
    core.store.hold()
    alice.tell(Prefer(numbers=True), Direct("bob"))
    bob.tell(Direct("alice"))
    core.store.release()
    assert 1 == len({entered.rooms[0].room for peer in (alice, bob) for entered in peer.take_all(Entered)})


@pytest.mark.parametrize("called", ["alice", "ALICE", 1])
def test_nobody_talks_directly_with_themselves(alice: Peer, called: int | str) -> None:
    assert Code.BAD_REQUEST is alice.refused(Direct(called)).code


@pytest.mark.parametrize("called", ["nobody", "no name", "", 99, 2**60])
def test_a_direct_room_needs_somebody(alice: Peer, called: int | str) -> None:
    assert Code.NO_SUCH_USER is alice.refused(Direct(called)).code
    if isinstance(called, str):
        assert Code.NO_SUCH_USER is alice.refused(Say(room=f"@{called}", text="hi")).code
        assert Code.NO_SUCH_USER is alice.refused(History(f"@{called}")).code


def test_a_direct_room_that_nobody_opened_is_not_there(alice: Peer, bob: Peer) -> None:
    assert Code.NO_SUCH_ROOM is alice.refused(History("@bob")).code
    assert Code.NO_SUCH_ROOM is alice.refused(Join("@bob")).code


def test_nobody_leaves_a_direct_room(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct("bob"))
    assert Code.FORBIDDEN is alice.refused(Leave("@bob")).code


def test_direct_rooms_are_limited_like_all_that_is_made() -> None:
    core = Core(Limits(creations_per_minute=3))
    alice = core.account("alice")
    core.guest("bob"), core.guest("carol")
    assert Code.TOO_FAST is alice.refused(Direct("bob")).code


def test_a_direct_room_with_somebody_away_is_found_by_their_name(core: Core, alice: Peer) -> None:
    carol = core.account("carol")
    alice.expect(Entered, Direct("carol"))
    carol.lose()
    alice.attach("@carol")
    alice.expect(Messages, History("@carol"))


def test_the_name_of_a_guest_who_is_gone_means_nobody(alice: Peer, bob: Peer) -> None:
    [state] = alice.expect(Entered, Direct("bob")).rooms
    bob.leave_politely()
    assert Code.NO_SUCH_USER is alice.refused(Say(room="@bob", text="hi")).code
    alice.say("hi", state.room)


def test_the_name_of_a_guest_who_is_gone_may_mean_somebody_else(core: Core, alice: Peer, bob: Peer) -> None:
    [old] = alice.expect(Entered, Direct("bob")).rooms
    bob.leave_politely()
    new_bob = core.guest("bob")
    stored = alice.say("hi", "@bob")
    assert old.room != stored.room
    [added] = new_bob.take_all(Added)
    assert stored.room == added.rooms[0].room


def test_a_direct_room_is_called_after_the_others_name_of_now(core: Core, alice: Peer, bob: Peer) -> None:
    follower = core.again(alice, follow=True, wire=FakeWire(personal=True))
    [state] = alice.expect(Entered, Direct("bob")).rooms
    bob.leave_politely()
    core.guest("bob")
    back = core.again(bob)
    follower.take()
    back.say("me again", state.room)
    assert "@bob2" == follower.client.outbox.labels[-1]
    alice.take()
    alice.attach(state.room)
    assert ["@bob2"] == [page.name for page in alice.take_all(Attached)]


# Speaking.


def test_what_is_said_is_stored_and_heard(core: Core, alice: Peer, bob: Peer) -> None:
    bob.attach()
    bob.take()
    stored = alice.expect(Stored, Say(room="lobby", text="waves", key="k", me=True))
    assert Stored(room=LOBBY, seq=1, at=core.now) == stored
    assert [
        Said(room=LOBBY, seq=1, at=core.now, sender=alice.user, text="waves", key="k", me=True)
    ] == bob.take()


def test_a_retry_is_answered_with_the_first_ones_seq_and_heard_once(alice: Peer, bob: Peer) -> None:
    bob.attach()
    assert alice.say("hi", key="k") == alice.say("hi", key="k")
    assert ["hi"] == bob.take_texts()


def test_a_key_is_for_one_message(alice: Peer) -> None:
    alice.say("hi", key="k")
    assert Code.KEY_REUSED is alice.refused(Say(room=LOBBY, text="ho", key="k")).code


def test_an_answer_is_to_a_message_that_is_there(alice: Peer, bob: Peer) -> None:
    seq = alice.say("hi").seq
    bob.attach(after=0)
    alice.expect(Stored, Say(room=LOBBY, text="hm", reply_to=seq))
    assert [seq] == [said.reply_to for said in bob.take_all(Said)]
    assert Code.NO_SUCH_MESSAGE is alice.refused(Say(room=LOBBY, text="hm", reply_to=99)).code


def test_a_message_has_at_most_so_many_characters() -> None:
    core = Core(Limits(text_chars=5))
    alice = core.guest("alice")
    alice.say("12345")
    assert Code.TOO_LONG is alice.refused(Say(room=LOBBY, text="123456")).code


def test_without_a_limit_a_message_may_be_any_length() -> None:
    Core(Limits(text_chars=0)).guest("alice").say("a" * 100_000)


@pytest.mark.parametrize("text", ["", " ", "\n\t\u3000"])
def test_a_message_says_something(alice: Peer, text: str) -> None:
    assert Code.BAD_REQUEST is alice.refused(Say(room=LOBBY, text=text)).code


def test_saying_to_somebody_opens_the_direct_room(alice: Peer, bob: Peer) -> None:
    stored = alice.say("psst", "@bob")
    [added] = bob.take_all(Added)
    assert (stored.room, 0) == (added.rooms[0].room, added.rooms[0].head)
    bob.attach(stored.room, after=added.rooms[0].head)
    assert ["psst"] == bob.take_texts()


def test_a_follower_hears_the_reply_to_what_it_said_directly(core: Core, bob: Peer) -> None:
    alice = core.guest("alice", follow=True)
    alice.say("psst", "@bob")
    alice.say("psst again", "@bob")
    bob.say("yes?", "@alice")
    assert ["yes?"] == alice.take_texts()


def test_a_follower_who_has_heard_the_room_goes_on_where_it_was(core: Core, bob: Peer) -> None:
    alice = core.guest("alice", follow=True)
    core.store.hold()
    bob.tell(Say(room="@alice", text="one"))
    alice.tell(Say(room="@bob", text="two"))
    core.store.release()
    bob.say("three", "@alice")
    assert ["one", "three"] == alice.take_texts()


def test_a_browser_is_told_of_the_direct_room_that_it_opened_by_saying(alice: Peer, bob: Peer) -> None:
    stored = alice.say("psst", "@bob")
    [added] = alice.take_all(Added)
    assert stored.room == added.rooms[0].room
    alice.attach(stored.room, after=added.rooms[0].head)
    assert ["psst"] == alice.take_texts()


def test_what_a_follower_says_it_has_read_up_to(core: Core, alice: Peer, bob: Peer) -> None:
    follower = core.again(alice, follow=True)
    bob.say("hi")
    seq = follower.say("hello").seq
    assert [ReadTo(room=LOBBY, seq=seq)] == alice.take_all(ReadTo)
    assert [] == follower.take_all(ReadTo)


# Reading.


def test_history_is_a_page_before_or_after_a_seq(core: Core, alice: Peer) -> None:
    core.write(9)
    newest = alice.expect(Messages, History(LOBBY, limit=2))
    assert ([8, 9], 8, 9, False) == _page(newest)
    assert ([1, 2], 1, 2, True) == _page(alice.expect(Messages, History(LOBBY, before=3)))
    assert ([4, 5], 4, 5, False) == _page(alice.expect(Messages, History(LOBBY, after=3, limit=2)))


def _page(page: Messages) -> tuple[list[int], int, int, bool]:
    return [entry.seq for entry in page.entries], page.first, page.last, page.complete


def test_history_goes_one_way(alice: Peer) -> None:
    assert Code.BAD_REQUEST is alice.refused(History(LOBBY, before=3, after=1)).code


def test_history_that_arrives_after_one_has_left_is_not_given(core: Core, alice: Peer) -> None:
    other = core.again(alice)
    core.write(3)
    core.store.hold_reads(1)
    alice.tell(History(LOBBY))
    other.expect(Done, Leave(LOBBY))
    core.store.release_reads()
    assert ["not_a_member"] == alice.take_codes()


def test_a_read_position_is_told_to_the_persons_other_sessions(core: Core, alice: Peer, bob: Peer) -> None:
    other = core.again(alice)
    core.write(5)
    alice.expect(Done, Read(LOBBY, 4))
    alice.expect(Done, Read(LOBBY, 2))
    assert [ReadTo(room=LOBBY, seq=4)] * 2 == other.take()
    assert [] == alice.take_all(ReadTo) + bob.take_all(ReadTo)
    [state] = core.connect().expect(LoggedIn, Login(token=alice.token)).rooms
    assert (4, 1) == (state.read, state.unread)


def test_who_says_something_at_a_terminal_has_read_what_was_said_before(core: Core, alice: Peer) -> None:
    terminal = core.again(alice, follow=True)
    core.write(3)
    alice.take()
    terminal.say("hello")
    assert [ReadTo(room=LOBBY, seq=4)] == alice.take_all(ReadTo)
    assert [] == terminal.take_all(ReadTo)
    alice.say("hello from a browser")
    [state] = core.connect().expect(LoggedIn, Login(token=alice.token)).rooms
    assert (4, 0) == (state.read, state.unread)


# Typing, preferring.


def test_typing_is_told_to_the_others_and_not_too_often(core: Core, alice: Peer, bob: Peer) -> None:
    other = core.again(alice)
    for peer in (alice, bob, other):
        peer.attach()
        peer.take()
    alice.expect(Done, Typing(LOBBY))
    alice.expect(Done, Typing(LOBBY))
    assert [Typed(room=LOBBY, user=alice.user)] == bob.take_all(Typed)
    assert [] == alice.take_all(Typed) + other.take_all(Typed)
    core.pass_time(TYPING_MS)
    alice.expect(Done, Typing(LOBBY))
    assert [Typed(room=LOBBY, user=alice.user)] == bob.take_all(Typed)


def test_typing_in_one_room_does_not_hide_typing_in_another(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    bob.attach()
    alice.expect(Done, Typing(LOBBY))
    alice.expect(Done, Typing("den"))
    assert [LOBBY, 2] == [typed.room for typed in bob.take_all(Typed)]


def test_nobody_is_told_of_typing_in_a_crowd(core: Core, alice: Peer, bob: Peer) -> None:
    bob.attach()
    for number in range(NAMES_MOST):
        core.registry.rooms[LOBBY].came(Here(1_000 + number, f"user{number}", "guest", ("web",)))
    alice.expect(Done, Typing(LOBBY))
    assert [] == bob.take_all(Typed)


def test_a_setting_is_kept_for_the_next_session(core: Core, alice: Peer) -> None:
    alice.expect(Done, Prefer(numbers=True))
    assert core.connect().expect(LoggedIn, Login(token=alice.token)).numbers


def test_a_name_that_cannot_be_looked_up_is_refused_as_what_went_wrong(core: Core, alice: Peer) -> None:
    core.store.read_failure = ChatError(Code.UNAVAILABLE, "The disk does not answer.")
    assert Code.UNAVAILABLE is alice.refused(Join("nowhere")).code
    assert Code.UNAVAILABLE is alice.refused(Direct("nobody")).code
