"""Mentions: what is one, who is told, what is counted, and what is listed."""

import time
from collections.abc import Iterator

import pytest

from chatd.core.mentions import MENTIONS_MOST, names_in
from chatd.model import (
    Attached,
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
    Invite,
    Join,
    Leave,
    Listing,
    LoggedIn,
    Login,
    Mentioned,
    MentionList,
    Mentions,
    Notify,
    Notifying,
    Place,
    Read,
    RoomList,
    Rooms,
    RoomState,
    Said,
    Say,
    Stored,
)
from chatd.wires.line import LineWire
from tests.unit.core_peer import LOBBY, Core, Peer
from tests.unit.line_peer import AT, UTC, conversation, in_the_lobby, logged_in, said, state
from tests.unit.line_peer import attached as page


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


def told(peer: Peer) -> list[int]:
    return [event.seq for event in peer.take_all(Mentioned)]


def counted(core: Core, peer: Peer, room: int = LOBBY) -> tuple[int, int]:
    """What a new session of theirs is told to be unread: in all, and of mentions; the list says the same."""
    tab = core.connect()
    rooms = tab.expect(LoggedIn, Login(token=peer.token)).rooms
    [mine] = [one for one in rooms if one.room == room]
    for listed in tab.expect(RoomList, Rooms()).rooms:
        if listed.room == room:
            assert (mine.unread, mine.mentions) == (listed.unread, listed.mentions)
    tab.lose()
    return mine.unread, mine.mentions


def listed(peer: Peer) -> list[str]:
    return [one.text for one in peer.expect(MentionList, Mentions()).messages]


# The text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("hi", []),
        ("@bob", ["bob"]),
        ("hi @Bob, and @al-ice_2!", ["bob", "al-ice_2"]),
        ("(@bob) @bob's @BOB", ["bob"]),
        ("@room @here @bob", ["room", "here", "bob"]),
        ("a@bob.example @@bob @ bob @1bob", []),
        ("@bobé @" + "b" * 32, []),
        ("`@bob` @carol", ["carol"]),
        ("```\n@bob\n``` @carol ```\n@dave", ["carol"]),
        ("`@bob\n@carol`", ["bob", "carol"]),
        ("@\u202ebob", []),
    ],
)
def test_a_name_behind_an_at_is_a_mention_but_not_in_code(text: str, names: list[str]) -> None:
    assert names == names_in(text)


def test_so_many_names_are_looked_at() -> None:
    assert MENTIONS_MOST == len(names_in(" ".join(f"@a{number}" for number in range(99))))


def test_no_text_takes_long() -> None:
    started = time.process_time()
    for text in ("@" * 4_000, "`" * 4_000, "@a" * 2_000, "``` @" * 800):
        names_in(text)
    assert time.process_time() - started < 1


# Who is told


def test_whoever_is_mentioned_is_told_on_every_session(core: Core, alice: Peer, bob: Peer) -> None:
    phone = core.again(bob)
    alice.say("hi @bob, @alice, @nobody")
    for peer in (bob, phone):
        [event] = peer.take_all(Mentioned)
        assert (LOBBY, 1, alice.user) == (event.room, event.seq, event.sender)
    assert [] == told(alice)
    assert (1, 1) == counted(core, bob)


def test_only_members_are_mentioned(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    alice.say("@bob @room", room="den")
    assert [] == told(bob)
    core.pass_time()
    bob.expect(Entered, Join("den"))
    assert [] == listed(bob)
    assert (0, 0) == counted(core, bob, 2)


def test_everybody_and_whoever_is_present(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.account("carol")
    carol.lose()
    core.pass_time(60_000)
    core.registry.appoint(alice.user.id, "admin")
    alice.say("@here")
    alice.say("@room")
    alice.say("@room @bob @here")
    assert [1, 2, 3] == told(bob)
    assert (3, 3) == counted(core, bob)
    assert (3, 2) == counted(core, carol)
    assert (0, 0) == counted(core, alice)
    assert ["@room @bob @here", "@room", "@here"] == listed(bob)


def test_where_only_moderators_speak_they_alone_call_everybody(core: Core, alice: Peer, bob: Peer) -> None:
    """Then nobody else says anything at all; but it is a right of its own."""
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    bob.say("hi", room="den")
    bob.take()
    core.store.hold_reads(1)
    bob.tell(Edit("den", 1, "@room"))
    alice.expect(Configured, Configure(room="den", moderated=True))
    core.store.release_reads()
    assert ["forbidden"] == bob.take_codes()
    alice.say("@room", room="den")
    assert [3] == told(bob)


def test_in_a_public_room_members_call_nobody_but_by_name(core: Core, alice: Peer, bob: Peer) -> None:
    """Their message is said all the same."""
    alice.say("@room @here")
    alice.say("@room @bob")
    assert [2] == told(bob)
    assert (2, 1) == counted(core, bob)
    alice.expect(Entered, Create("den", kind="private"))
    alice.expect(Done, Invite("den", "bob"))
    bob.expect(Entered, Join("den"))
    bob.say("@room", room="den")
    assert [1] == told(alice)


def test_who_ignores_somebody_is_not_mentioned_by_them(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(IgnoredList, Ignore("alice"))
    alice.say("@bob")
    alice.say("@room")
    assert [] == told(bob)
    assert (0, 0) == counted(core, bob)
    assert [] == listed(bob)


def test_a_conversation_of_two_knows_mentions_too(core: Core, alice: Peer, bob: Peer) -> None:
    room = alice.expect(Entered, Direct("bob")).rooms[0].room
    alice.say("@bob", room=room)
    assert [1] == told(bob)
    assert (1, 1) == counted(core, bob, room)


def test_a_session_that_hears_no_room_is_told_all_the_same(core: Core, alice: Peer) -> None:
    bob = core.account("bob")
    alice.say("@bob")
    assert [1] == told(bob)


# What is counted


def test_reading_clears_mentions_as_it_clears_the_rest(core: Core, alice: Peer, bob: Peer) -> None:
    for text in ("@bob", "x", "@bob"):
        alice.say(text)
    bob.expect(Done, Read(LOBBY, 2))
    assert (1, 1) == counted(core, bob)
    bob.expect(Done, Read(LOBBY, 3))
    assert (0, 0) == counted(core, bob)
    assert ["@bob", "@bob"] == listed(bob)


def test_edits_and_deletions_keep_mentions_right(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.attached("carol")
    alice.say("@bob")
    alice.say("@bob")
    alice.expect(Stored, Edit(LOBBY, 1, "@carol"))
    assert [1] == told(carol)
    assert ((2, 1), (2, 1)) == (counted(core, bob), counted(core, carol))
    alice.expect(Stored, Edit(LOBBY, 1, "nobody"))
    alice.expect(Stored, Delete(LOBBY, 2))
    assert ((1, 0), (1, 0)) == (counted(core, bob), counted(core, carol))
    assert [] == listed(bob)
    assert [] == listed(carol)


def test_a_repeated_message_mentions_nobody_twice(core: Core, alice: Peer, bob: Peer) -> None:
    for _ in range(2):
        alice.say("@bob", key="k")
    assert (1, 1) == counted(core, bob)


def test_mentions_outlive_a_restart(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("@bob")
    again = Core(after=core)
    tab = again.connect()
    [lobby] = tab.expect(LoggedIn, Login(token=bob.token)).rooms
    assert 1 == lobby.mentions


# The list


def test_the_list_has_pages_and_goes_over_all_rooms(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    for number in range(3):
        alice.say(f"lobby {number} @bob")
        alice.say(f"den {number} @bob", room="den")
        core.now += 1
    first = bob.expect(MentionList, Mentions(limit=4))
    assert (["den 2", "lobby 2", "den 1", "lobby 1"], True) == (
        [one.text.removesuffix(" @bob") for one in first.messages],
        first.more,
    )
    last = first.messages[-1]
    rest = bob.expect(MentionList, Mentions(before=Place(last.room, last.seq), limit=4))
    assert (["den 0 @bob", "lobby 0 @bob"], False) == ([one.text for one in rest.messages], rest.more)
    bob.expect(Done, Leave("den"))
    assert ["lobby 2 @bob", "lobby 1 @bob", "lobby 0 @bob"] == listed(bob)


def test_the_list_is_as_the_rooms_have_been_told(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    phone = core.again(bob)
    for text in ("one @bob", "two @bob"):
        alice.say(text)
    alice.say("three @bob", room="den")
    core.store.hold_reads(1)
    bob.tell(Mentions())
    alice.tell(Edit(LOBBY, 1, "uno @bob"), Delete(LOBBY, 2))
    phone.tell(Leave("den"))
    core.store.release_reads()
    [found] = bob.take_all(MentionList)
    assert ["uno @bob"] == [one.text for one in found.messages]


def test_what_was_said_to_everybody_before_one_came_is_not_for_one(core: Core, alice: Peer) -> None:
    core.registry.appoint(alice.user.id, "admin")
    alice.say("@room")
    core.now += 1_000
    bob = core.account("bob")
    assert [] == listed(bob)
    alice.say("@room!")
    assert ["@room!"] == listed(bob)


def test_a_place_in_a_hidden_room_is_no_place(core: Core, alice: Peer, bob: Peer) -> None:
    """Otherwise the list would tell when something was said there."""
    alice.say("before @bob")
    core.now += 1
    alice.expect(Entered, Create("den", kind="private"))
    alice.say("secret", room="den")
    for place in (Place(2, 1), Place(2, 9), Place(9, 1)):
        assert MentionList(messages=[], more=False) == bob.expect(MentionList, Mentions(before=place))
    alice.say("after", room=LOBBY)
    assert ["before @bob"] == [
        one.text for one in bob.expect(MentionList, Mentions(before=Place(1, 2))).messages
    ]


# Levels


def test_a_level_is_kept_and_told_to_the_others(core: Core, alice: Peer) -> None:
    phone, tablet = core.again(alice), core.again(alice)
    alice.expect(Done, Notify("lobby", "mentions"))
    assert [] == alice.take()
    for peer in (phone, tablet):
        assert [Notifying(room=LOBBY, level="mentions")] == peer.take()
    tab = core.connect()
    assert ["mentions"] == [one.notify for one in tab.expect(LoggedIn, Login(token=alice.token)).rooms]


def test_a_level_is_for_ones_own_rooms(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    assert Code.NOT_A_MEMBER is bob.refused(Notify("den", "nothing")).code
    phone = core.again(alice)
    core.store.hold()
    phone.tell(Leave("den"))
    alice.tell(Notify("den", "nothing"))
    core.store.release()
    assert ["not_a_member"] == alice.take_codes()


# On a line


def test_lines_are_told_of_no_mention_which_they_read() -> None:
    event = Mentioned(room=1, seq=8, sender=said().sender)
    assert b"" == LineWire(False, UTC).encode(event, "#lobby")
    talk = in_the_lobby()
    assert b"" == talk.event(event)
    assert b"" == talk.event(Notifying(room=1, level="all"))


def test_mentions_on_a_line() -> None:
    talk = in_the_lobby(state(2, "dev"))
    assert [Mentions(id=2, limit=20)] == talk.receive(b"/mentions\n")
    messages = [said(9, "hi @bob", room=2), Said(room=1, seq=4, at=AT, sender=said().sender, text="@bob")]
    assert [
        "* 2026-09-28",
        "[#lobby 4] 09:14 <alice> @bob",
        "[#dev 9] 09:14 <alice> hi @bob",
    ] == talk.event(MentionList(id=2, messages=messages, more=True)).decode().splitlines()
    assert [Mentions(id=3, limit=5)] == talk.receive(b"/mentions 5\n")
    assert b"* Nobody has mentioned you.\n" == talk.event(MentionList(id=3, messages=[], more=False))


def test_levels_on_a_line() -> None:
    talk = in_the_lobby()
    assert [Notify(id=2, room=1, level="mentions")] == talk.receive(b"/notify Mentions\n")
    assert b"* When you come back, what is for you in #lobby counts as unread.\n" == talk.event(Done(id=2))
    for line in (b"/notify\n", b"/notify loud\n"):
        assert [] == talk.receive(line)
        assert b"! bad_request: Usage: /notify all|mentions|nothing\n" == talk.output()


def test_the_greeting_tells_what_is_for_one_as_far_as_one_wants() -> None:
    def room(id: int, name: str, level: str, unread: int, mentions: int) -> RoomState:
        return RoomState(id, name, "public", "", 9, 3, unread, mentions=mentions, notify=level)  # type: ignore[arg-type]

    talk = conversation()
    talk.receive(b"/nick bob\n")
    rooms = [
        room(1, "lobby", "all", 4, 2),
        room(2, "dev", "mentions", 3, 1),
        room(3, "fun", "nothing", 3, 1),
        room(4, "ops", "all", 1_000, 0),
    ]
    talk.event(logged_in(*rooms))
    lines = talk.event(page(1, "lobby", present=[])).decode().splitlines()
    assert [
        "* 4 unread, 2 for you in #lobby: /since lobby 3",
        "* Also: #dev (1 for you), #fun, #ops (1000+ unread)",
    ] == lines[1:]


# The list of rooms


def test_the_list_of_rooms_counts_for_members_only(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    alice.say("@room", room="den")
    alice.say("@bob")
    rooms = {one.name: one for one in bob.expect(RoomList, Rooms()).rooms}
    assert Listing(2, "den", "public", "", 1, False) == rooms["den"]
    assert (1, 1) == (rooms["lobby"].unread, rooms["lobby"].mentions)
    carol = core.guest("carol")
    carol.expect(Done, Leave("lobby"))
    assert [0, 0] == [one.unread for one in carol.expect(RoomList, Rooms()).rooms]


def test_who_attaches_anew_has_the_same_messages(core: Core, alice: Peer, bob: Peer) -> None:
    """A mention is beside the log: it changes nothing in it."""
    alice.tell(Say(room=LOBBY, text="@bob @room"))
    bob.attach(after=0)
    [one] = [entry for page in bob.take_all(Attached) for entry in page.entries]
    assert isinstance(one, Said)
    assert "@bob @room" == one.text
