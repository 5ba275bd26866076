"""What somebody new may not write, for how long, and who may."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from chatd.model import (
    Appear,
    Away,
    Code,
    Create,
    Done,
    Edit,
    Entered,
    Join,
    LoggedIn,
    Login,
    Profiles,
    Register,
    Role,
    Say,
    Status,
    Stored,
    Topic,
    Upload,
    UploadPlace,
)
from tests.unit.core_peer import LOBBY, PASSWORD, UNLIMITED, Core, Peer

LINK = "look: https://example.com"
LIMITS = replace(UNLIMITED, trust_seconds=60)


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core(LIMITS)
    yield core
    core.check()


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.guest("bob")


@pytest.mark.parametrize(
    "text",
    [
        LINK,
        "HTTP://EXAMPLE.COM/",
        "[here](https://example.com)",
        "`ftp://x`",
        "www.example.com",
        "example.com/x",
        "192.0.2.1.example.org:8080/x",
    ],
)
def test_no_links(bob: Peer, text: str) -> None:
    refused = bob.refused(Say(room=LOBBY, text=text))
    assert (Code.FORBIDDEN, "You are new here: you may write links in 60 seconds.", 60_000) == (
        refused.code,
        refused.text,
        refused.retry_ms,
    )


@pytest.mark.parametrize("text", ["@room", "hi @HERE!", "(@all)", "@everyone: look"])
def test_no_calls_to_everybody(bob: Peer, text: str) -> None:
    refused = bob.refused(Say(room=LOBBY, text=text))
    assert "You are new here: you may write calls to everybody in 60 seconds." == refused.text


@pytest.mark.parametrize(
    "text",
    [
        "hi",
        "node.js or main.py?",
        "and/or",
        "a://",
        "@bob",
        "@allen",
        "me@all",
        "a@here.org",
        "`@room`",
        "see: this",
        "1.5/2",
    ],
)
def test_all_else_is_free(bob: Peer, text: str) -> None:
    bob.say(text)


def test_edits_and_topics_are_no_way_round(bob: Peer) -> None:
    said = bob.say("look")
    assert Code.FORBIDDEN is bob.refused(Edit(room=LOBBY, target=said.seq, text=LINK)).code
    assert Code.FORBIDDEN is bob.refused(Topic(room=LOBBY, text=LINK)).code
    bob.expect(Stored, Edit(room=LOBBY, target=said.seq, text="look here"))


def test_what_one_shows_of_oneself_is_no_way_round(core: Core, bob: Peer) -> None:
    for command in (Appear(display_name=LINK), Status(text=LINK), Away(text=LINK)):
        assert Code.FORBIDDEN is bob.refused(command).code
    bob.expect(Done, Away(on=False))
    bob.expect(Profiles, Appear(colour="teal"))
    core.pass_time(60_000)
    bob.expect(Done, Status(text=LINK))


def test_the_text_beside_a_file_is_no_way_round(core: Core, bob: Peer) -> None:
    wish = Upload(room=LOBBY, name="cat.png", text=LINK)
    assert Code.FORBIDDEN is bob.refused(wish).code
    core.pass_time(60_000)
    bob.expect(UploadPlace, wish)


def test_it_is_over_by_itself(core: Core, bob: Peer) -> None:
    core.pass_time(59_000)
    assert "You are new here: you may write links in 1 second." == bob.refused(Say(LOBBY, LINK)).text
    core.pass_time(999)
    assert 1 == bob.refused(Say(LOBBY, LINK)).retry_ms
    core.pass_time(1)
    bob.say(LINK)
    bob.expect(Stored, Topic(room=LOBBY, text=LINK))


def test_coming_again_gains_and_loses_nothing(core: Core, bob: Peer) -> None:
    core.pass_time(20_000)
    bob.lose()
    core.pass_time(20_000)
    again = core.connect()
    again.expect(LoggedIn, Login(token=bob.token))
    assert 20_000 == again.refused(Say(LOBBY, LINK)).retry_ms
    again.expect(Profiles, Register(name="bob", password=PASSWORD))
    assert 20_000 == again.refused(Say(LOBBY, LINK)).retry_ms
    core.pass_time(20_000)
    again.say(LINK)


def test_a_clock_that_was_set_back_holds_nobody_up_longer(core: Core, bob: Peer) -> None:
    bob.lose()
    core.pass_time(20_000)
    core.now -= 1_000_000_000
    again = core.connect()
    again.expect(LoggedIn, Login(token=bob.token))
    assert 60_000 == again.refused(Say(LOBBY, LINK)).retry_ms


def test_who_keeps_order_is_trusted(core: Core, bob: Peer) -> None:
    bob.expect(Entered, Create(name="den"))
    bob.say(LINK, "den")
    carol = core.account("carol")
    carol.expect(Entered, Join(room="den"))
    assert Code.FORBIDDEN is carol.refused(Say(room="den", text="@all")).code
    bob.expect(Done, Role(user="carol", role="moderator", room="den"))
    carol.say("@all", "den")
    core.store.make_owner("carol")
    core.registry.appoint(carol.user.id, "owner")
    carol.say("@all")


def test_it_can_be_turned_off() -> None:
    core = Core(UNLIMITED)
    core.guest("bob").say(LINK)
    core.check()


def test_a_long_word_is_looked_through_once() -> None:
    """Once for each of its letters would take minutes."""
    bob = Core(replace(LIMITS, text_chars=0)).guest("bob")
    bob.say("x" * 200_000)
