"""Reacting to messages: who may, what everybody hears of it, and what is gathered for lines."""

from collections.abc import Iterator

import pytest

from chatd.core.gathering import GATHER_MS
from chatd.model import (
    Attached,
    ChatError,
    Code,
    Create,
    Delete,
    Direct,
    Entered,
    Gathered,
    History,
    Ignore,
    IgnoredList,
    Join,
    Leave,
    Limits,
    Messages,
    Mute,
    React,
    Reacted,
    Reaction,
    Said,
    Say,
    Skipped,
    Stored,
    Unignore,
    User,
    valid_emoji,
)
from tests.unit.core_peer import LOBBY, Core, FakeWire, Peer


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


def put(peer: Peer, emoji: str = "👍", target: int = 1, *, on: bool = True) -> int:
    return peer.expect(Stored, React(LOBBY, target, emoji, on=on)).seq


# One emoji


@pytest.mark.parametrize(
    "emoji",
    [
        *"👍🎉❤😀🫠🫨🪿ℹ⬆‼™㊗",
        "❤️",
        "☝🏽",
        "🏳️‍🌈",
        "👩‍❤️‍💋‍👨",
        "👨‍👩‍👧‍👦",
        "👩🏽‍🤝‍👨🏻",
        "🇩🇪",
        "1️⃣",
        "#⃣",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    ],
)
def test_an_emoji_is_one_whatever_it_is_made_of(emoji: str) -> None:
    assert emoji == valid_emoji(f" {emoji} ")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "+1",
        ":)",
        "1",
        "👍👍",
        "👍 👍",
        "👍a",
        "\u200d",
        "👍\u200d",
        "\u202e👍",
        "👍\u202e",
        "\u200f",
        "👍\x1b[2J",
        "\ufe0f",
        "🏴\U000e0067",
        "‍".join("👩" * 9),
        "\ud83d",
    ],
)
def test_nothing_else_is_an_emoji(text: str) -> None:
    with pytest.raises(ChatError):
        valid_emoji(text)


def test_a_reaction_is_an_emoji(alice: Peer) -> None:
    alice.say("hello")
    assert Code.BAD_REQUEST is alice.refused(React(LOBBY, 1, "nice")).code


# What everybody hears


def test_everybody_hears_of_a_reaction_before_it_is_answered(alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    assert 2 == put(bob)
    for peer in (alice, bob):
        [heard] = peer.take_all(Reacted)
        assert (2, bob.user, 1, "👍", True) == (heard.seq, heard.sender, heard.target, heard.emoji, heard.on)
    assert 2 == put(bob)
    assert 3 == put(bob, on=False)
    assert [False] == [heard.on for heard in alice.take_all(Reacted)]


def test_minus_one_is_what_one_said_last(alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    bob.say("hi")
    put(alice, target=-1)
    assert [1] == [heard.target for heard in bob.take_all(Reacted)]


def test_pages_say_who_reacted(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    put(alice)
    put(bob)
    expected = (Reaction("👍", (alice.user.id, bob.user.id)),)
    [said] = alice.expect(Messages, History(LOBBY)).entries
    assert (expected, 3) == (said.reactions, said.changed)
    for again in (core.again(alice), Core(after=core).guest("carol")):
        again.attach(after=0)
        [page] = [page for page in again.take_all(Attached) if page.entries]
        assert [said, 2, 3] == [entry if isinstance(entry, Said) else entry.seq for entry in page.entries]


def test_a_page_that_was_read_before_a_deletion_shows_no_reaction(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    put(bob)
    core.store.hold_reads(1)
    bob.tell(History(LOBBY))
    alice.tell(Delete(LOBBY, 1))
    core.store.release_reads()
    assert [()] == [said.reactions for page in bob.take_all(Messages) for said in page.entries]


# Who may


def test_only_members_react(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    alice.say("hello", room="den")
    assert Code.NOT_A_MEMBER is bob.refused(React("den", 1, "👍")).code
    alice.expect(Entered, Create("cellar", kind="private"))
    assert Code.NO_SUCH_ROOM is bob.refused(React("cellar", 1, "👍")).code


def test_who_is_muted_does_not_react(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("den"))
    bob.expect(Entered, Join("den"))
    alice.say("hello", room="den")
    alice.ask(Mute(user="bob", room="den"))
    assert Code.MUTED is bob.refused(React("den", 1, "👍")).code


def test_who_left_meanwhile_does_not_react(core: Core, alice: Peer, bob: Peer) -> None:
    phone = core.again(bob)
    alice.say("hello")
    core.store.hold()
    phone.tell(Leave(LOBBY))
    bob.tell(React(LOBBY, 1, "👍"))
    core.store.release()
    assert ["not_a_member"] == bob.take_codes()


def test_reactions_are_no_faster_than_speech() -> None:
    core = Core(Limits(say_per_second=1, say_burst=2))
    alice = core.attached("alice")
    alice.tell(Say(room=LOBBY, text="a"), React(LOBBY, 1, "👍"), React(LOBBY, 1, "🎉"))
    assert ["👍"] == [heard.emoji for heard in alice.take_all(Reacted)]
    core.pass_time(1_000)
    assert ["🎉"] == [heard.emoji for heard in alice.take_all(Reacted)]
    core.check()


# Ignoring


def test_who_ignores_somebody_sees_no_reaction_of_theirs(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.attached("carol")
    alice.say("hello")
    put(carol)
    put(bob, "🎉")
    alice.expect(IgnoredList, Ignore("bob"))
    alice.take()
    put(bob)
    assert [Skipped(room=LOBBY, seq=4)] == alice.take()
    shown = (Reaction("👍", (carol.user.id,)),)
    assert [shown] == [said.reactions for said in alice.expect(Messages, History(LOBBY)).entries]
    alice.attach(after=0)
    [page] = alice.take_all(Attached)
    assert [(1, shown), (2, None)] == [
        (entry.seq, getattr(entry, "reactions", None)) for entry in page.entries
    ]
    alice.expect(IgnoredList, Unignore("bob"))
    [said] = alice.expect(Messages, History(LOBBY)).entries
    assert 3 == sum(len(one.users) for one in said.reactions)


# Gathered for lines


def gathered(peer: Peer) -> list[Gathered]:
    outbox = peer.client.outbox
    heard, outbox.gathered = outbox.gathered, []
    return heard


def changes(event: Gathered) -> tuple[dict[str, list[User]], dict[str, list[User]]]:
    return event.came, event.went


def test_reactions_to_a_message_are_gathered_for_five_seconds(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    alice.say("again")
    put(alice)
    core.pass_time(GATHER_MS - 1)
    put(bob)
    put(bob, "🎉")
    put(bob, target=2)
    assert [] == gathered(alice)
    core.pass_time(1)
    [event] = gathered(alice)
    assert (1, {"👍": [alice.user, bob.user], "🎉": [bob.user]}, {}) == (event.target, *changes(event))
    assert event.message is not None
    assert "hello" == event.message.text
    core.pass_time(GATHER_MS)
    assert [2] == [one.target for one in gathered(alice)]
    core.pass_time(GATHER_MS)
    assert [] == gathered(alice)


def test_what_is_taken_off_at_once_is_not_told(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    put(bob, "🎉")
    put(alice, "🎉")
    core.pass_time(GATHER_MS)
    gathered(alice)
    put(bob)
    put(bob, on=False)
    put(alice)
    put(bob, "🎉", on=False)
    core.pass_time(GATHER_MS)
    assert [({"👍": [alice.user]}, {"🎉": [bob.user]})] == [changes(event) for event in gathered(alice)]
    put(bob)
    put(bob, on=False)
    core.pass_time(GATHER_MS)
    assert [] == gathered(alice)


def test_nobody_is_told_that_they_alone_reacted(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    put(alice)
    core.pass_time(GATHER_MS)
    assert [] == gathered(alice)
    assert 1 == len(gathered(bob))


def test_reactions_to_what_was_deleted_are_not_told(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    put(bob)
    alice.expect(Stored, Delete(LOBBY, 1))
    core.pass_time(GATHER_MS)
    assert [] == gathered(alice)


def test_what_is_no_more_in_memory_is_not_quoted(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    core.write(300)
    put(bob)
    core.pass_time(GATHER_MS)
    assert [None] == [event.message for event in gathered(alice)]


def test_gathered_reactions_are_without_those_of_who_is_ignored(core: Core, alice: Peer, bob: Peer) -> None:
    carol, dave = core.attached("carol"), core.attached("dave")
    alice.say("hello")
    bob.say("psst")
    dave.expect(IgnoredList, Ignore("bob"))
    put(bob)
    put(carol)
    put(carol, target=2)
    put(bob, "🎉", target=2)
    core.pass_time(GATHER_MS)
    [first, second] = gathered(alice)
    assert [alice.user.name, "bob"] == [one.message.sender.name for one in (first, second) if one.message]
    [first, second] = gathered(dave)
    assert ({"👍": [carol.user]}, {"👍": [carol.user]}) == (first.came, second.came)
    assert first.message is not None
    assert second.message is None
    put(bob, "🎉")
    core.pass_time(GATHER_MS)
    assert [] == gathered(dave)
    assert 3 == len(gathered(carol))


def test_a_conversation_of_two_has_its_reactions_too(core: Core, alice: Peer, bob: Peer) -> None:
    wire = FakeWire(personal=True)
    terminal = core.again(alice, follow=True, wire=wire)
    room = alice.expect(Entered, Direct("bob")).rooms[0].room
    bob.say("psst", room=room)
    bob.expect(Stored, React(room, 1, "👍"))
    core.pass_time(GATHER_MS)
    assert [room] == [event.room for event in gathered(terminal)]


def test_a_room_that_nobody_hears_any_more_tells_nothing(core: Core, alice: Peer) -> None:
    alice.say("hello")
    put(alice)
    alice.lose()
    core.pass_time(60_000)
    core.pass_time(GATHER_MS)
