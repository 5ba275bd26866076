"""Searching: what is found, by whom, in which order, and what is found no more."""

from collections.abc import Iterator
from datetime import UTC
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from twisted.internet.defer import Deferred

from chatd.core import searching
from chatd.model import (
    ChatError,
    Code,
    Create,
    Delete,
    Direct,
    Done,
    Edit,
    Entered,
    Error,
    Found,
    Hit,
    Ignore,
    IgnoredList,
    Invite,
    Join,
    Leave,
    Place,
    Said,
    Search,
    Topic,
    User,
)
from chatd.wires.line import Conversation
from tests.fakes import MemoryStore
from tests.unit.core_peer import LOBBY, UNLIMITED, Core, Peer


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


def found(peer: Peer, query: str, order: str = "newest") -> list[str]:
    """The same, whether or not what was said is in the index yet."""
    command = Search(query, order=order)  # type: ignore[arg-type]  # one of the two
    before = peer.expect(Found, command)
    Deferred.fromCoroutine(cast(MemoryStore, peer.session.registry.store).learn())
    assert before == peer.expect(Found, command)
    return [hit.message.text for hit in before.messages]


class TestWords:
    @pytest.mark.parametrize(
        ("query", "texts"),
        [
            ("tea", ["Green TEA", "tea for two, please"]),
            ("TEA two", ["tea for two, please"]),
            ('"for two"', ["tea for two, please"]),
            ('"two for"', []),
            ("creme", ["Crème brûlée"]),
            ("te", []),
            ('tea "', ["Green TEA", "tea for two, please"]),
            ("nothing*here", []),
            ("tea*", ["Green TEA", "tea for two, please"]),
            ("tea OR coffee", []),
            ("tea AND NOT", []),
            ('te"a', []),
            ("zzz", []),
            ("\u6771\u4eac", ["\u6771\u4eactower", "\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u6771\u4eac\u90fd", ["\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u4eac\u90fd\u306b \u884c", ["\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u4eac\u6771", []),
            ("tokyo \u6771\u4eac", []),
            ("iphone", ["iPhone\u3092\u8cb7\u3063\u305f"]),
            ("iphone\u3092", ["iPhone\u3092\u8cb7\u3063\u305f"]),
            ("iphone\u3092\u8cb7", ["iPhone\u3092\u8cb7\u3063\u305f"]),
            ("\u8cb7\u3063\u305f iphone", ["iPhone\u3092\u8cb7\u3063\u305f"]),
            ('"\u8cb7\u3063\u305f iphone"', []),
            ("\u6771\u4eac tower", ["\u6771\u4eactower"]),
            ('"\u6771\u4eac tower"', ["\u6771\u4eactower"]),
            ("\U00020bb7\u91ce", ["\U00020bb7\u91ce\u5bb6"]),
            ("\U00020bb7", ["\U00020bb7\u91ce\u5bb6"]),
            ("\u30ac\u30e9", ["\uff76\uff9e\uff97\uff7d"]),
            ("\uff76\uff9e\uff97\uff7d", ["\uff76\uff9e\uff97\uff7d"]),
            ("\ud559\uad50", ["\ud559\uad50\uc5d0\uc11c"]),
            ("\u0939\u093f\u0928\u094d\u0926\u0940", ["\u0939\u093f\u0928\u094d\u0926\u0940"]),
            ("\u0939", []),
            ("resume", ["re\u0301sume\u0301"]),
            ("r\u00e9sum\u00e9", ["re\u0301sume\u0301"]),
            ("strasse", ["Stra\u00dfe"]),
        ],
    )
    def test_all_of_them_are_in_what_is_found(self, bob: Peer, query: str, texts: list[str]) -> None:
        for text in (
            "tea for two, please",
            "Green TEA",
            "Crème brûlée",
            "teapot, 100%",
            "\u6771\u4eac\u90fd\u306b\u884c\u304f",
            "iPhone\u3092\u8cb7\u3063\u305f",
            "\u6771\u4eactower",
            "\U00020bb7\u91ce\u5bb6",
            "\uff76\uff9e\uff97\uff7d",
            "\ud559\uad50\uc5d0\uc11c",
            "\u0939\u093f\u0928\u094d\u0926\u0940",
            "re\u0301sume\u0301",
            "Stra\u00dfe",
        ):
            bob.say(text)
        assert texts == found(bob, query)

    def test_what_fits_best_comes_first(self, bob: Peer) -> None:
        bob.say("tea " * 5)
        bob.say("tea, and much else that is not about it at all, as one can see here")
        assert found(bob, "tea", "best") == list(reversed(found(bob, "tea")))

    def test_topics_and_emoji_are_not_said(self, bob: Peer) -> None:
        bob.ask(Topic(LOBBY, "tea"))
        assert [] == found(bob, "tea")


class TestFilters:
    @pytest.fixture(autouse=True)
    def said(self, core: Core, alice: Peer, bob: Peer) -> None:
        bob.expect(Entered, Create("dev"))
        alice.say("tea at home")
        bob.say("tea at http://tea.example/")
        bob.say("tea in dev", "dev")

    def test_by_whom_and_where(self, alice: Peer, bob: Peer) -> None:
        assert ["tea at home"] == found(bob, "tea from:alice")
        assert ["tea at home"] == found(bob, "from:@Alice")
        assert ["tea at home"] == found(bob, "from: alice tea")
        assert ["tea in dev"] == found(bob, 'in: "dev" in:dev')
        assert ["tea in dev"] == found(bob, "tea in:#dev")
        assert ["tea in dev"] == found(bob, 'in:"dev"')
        assert Code.NO_SUCH_USER is bob.refused(Search("from:nobody")).code
        assert Code.NO_SUCH_ROOM is bob.refused(Search("in:nowhere tea")).code
        assert Code.NOT_A_MEMBER is alice.refused(Search("in:dev tea")).code

    def test_when(self, core: Core, bob: Peer) -> None:
        assert 3 == len(found(bob, "tea after:2025-11-24"))
        assert [] == found(bob, "tea before:2025-11-24")
        assert 3 == len(found(bob, "tea before:2025-11-25"))
        assert [] == found(bob, "after:2025-11-25")

    def test_with_a_link(self, bob: Peer) -> None:
        assert ["tea at http://tea.example/"] == found(bob, "tea has:link")
        assert ["tea at http://tea.example/"] == found(bob, "has:link")

    @pytest.mark.parametrize("query", ["*", '"', "has:files", "after:yesterday", "before:2026-13-01", "..."])
    def test_what_makes_no_sense_is_refused(self, bob: Peer, query: str) -> None:
        assert Code.BAD_REQUEST is bob.refused(Search(query)).code

    @pytest.mark.parametrize(
        "query", ["tea from:", 'in:""', "tea before:", "after:  ", "has:", "from:bob from:alice"]
    )
    def test_what_is_half_said_is_refused_with_what_to_say(self, bob: Peer, query: str) -> None:
        refused = bob.refused(Search(query))
        assert Code.BAD_REQUEST is refused.code
        assert ":" in refused.text

    def test_orders_go_on_in_their_own_ways(self, bob: Peer) -> None:
        place = Place(1, 1)
        for command in (
            Search("tea", order="best", before=place),
            Search("tea", skip=1),
            Search("from:bob", order="best"),
        ):
            assert Code.BAD_REQUEST is bob.refused(command).code


class TestPages:
    def test_every_message_is_on_one_page(self, core: Core, bob: Peer) -> None:
        bob.expect(Entered, Create("dev"))
        for number in range(7):
            bob.say(f"tea {number}", "dev" if number % 2 else "lobby")
        first = bob.expect(Found, Search("tea", limit=4))
        last = first.messages[-1].message
        rest = bob.expect(Found, Search("tea", limit=4, before=Place(last.room, last.seq)))
        assert (True, False) == (first.more, rest.more)
        texts = [hit.message.text for hit in [*first.messages, *rest.messages]]
        assert sorted(texts) == [f"tea {number}" for number in range(7)]
        best = [bob.expect(Found, Search("tea", order="best", skip=skip, limit=4)) for skip in (0, 4)]
        assert [True, False] == [page.more for page in best]
        assert sorted(texts) == sorted(hit.message.text for page in best for hit in page.messages)


class TestWhoMayRead:
    def test_rooms_of_others_are_not_searched(self, core: Core, alice: Peer, bob: Peer) -> None:
        alice.expect(Entered, Create("secret", kind="private"))
        alice.expect(Entered, Direct(user=core.account("carol").user.name))
        alice.say("tea in secret", "secret")
        alice.say("tea for carol", "@carol")
        assert ["tea for carol", "tea in secret"] == sorted(found(alice, "tea"))
        assert [] == found(bob, "tea")
        assert [] == found(bob, "tea", "best")
        alice.expect(Done, Invite("secret", "bob"))
        bob.expect(Entered, Join("secret"))
        assert ["tea in secret"] == found(bob, "tea")
        bob.expect(Done, Leave("secret"))
        assert [] == found(bob, "tea")

    def test_a_hidden_room_is_what_no_room_is(self, alice: Peer, bob: Peer) -> None:
        alice.expect(Entered, Create("secret", kind="private"))
        alice.say("tea", "secret")
        hidden, nowhere = (bob.refused(Search(f"tea in:{room}")) for room in ("secret", "nowhere"))
        assert hidden.text.replace("secret", "nowhere") == nowhere.text
        assert Code.NO_SUCH_ROOM is hidden.code is nowhere.code

    def test_who_is_ignored_is_not_found(self, alice: Peer, bob: Peer) -> None:
        alice.say("tea")
        bob.expect(IgnoredList, Ignore("alice"))
        assert [] == found(bob, "tea")
        assert [] == found(bob, "tea", "best")


class TestChanges:
    def test_an_edit_is_found_by_what_it_says_now(self, bob: Peer) -> None:
        seq = bob.say("tea").seq
        bob.ask(Edit(LOBBY, seq, "coffee \u6771\u4eac\u90fd"))
        assert [] == found(bob, "tea")
        assert 1 == len(found(bob, "coffee")) == len(found(bob, "\u6771\u4eac\u90fd"))
        bob.ask(Edit(LOBBY, seq, "water"))
        assert [] == found(bob, "coffee") == found(bob, "\u6771\u4eac\u90fd")

    def test_what_is_deleted_is_not_found(self, core: Core, bob: Peer) -> None:
        seq = bob.say("tea").seq
        bob.ask(Delete(LOBBY, seq))
        assert [] == found(bob, "tea") == found(bob, "tea", "best") == found(bob, "from:bob")


class TestPace:
    @pytest.fixture
    def core(self) -> Core:
        return Core(replace(UNLIMITED, search_per_second=1, search_burst=2))

    def test_who_searches_too_fast_is_slowed(self, core: Core) -> None:
        bob = core.guest("bob")
        bob.tell(*(Search("tea", id=number) for number in range(4)), Search("coffee", id=4))
        assert [0, 1] == [one.id for one in bob.take_all(Found)]
        core.pass_time(1_000)
        assert [2] == [one.id for one in bob.take_all(Found)]

    def test_two_sessions_are_one_person(self, core: Core) -> None:
        bob = core.account("bob")
        again = core.again(bob)
        bob.tell(Search("tea", id=1), Search("tea", id=2))
        again.tell(Search("tea", id=3))
        assert ([1, 2], []) == ([one.id for one in bob.take_all(Found)], again.take_all(Found))
        bob.say("which has a pace of its own")

    def test_a_request_is_told_when_to_try_again(self, core: Core) -> None:
        bob = core.account("bob")
        for _ in range(2):
            assert isinstance(core.request(bob, Search("tea")), Found)
        answer = core.request(bob, Search("tea"))
        assert isinstance(answer, Error)
        assert (Code.TOO_FAST, 1_001) == (answer.code, answer.retry_ms)
        assert "search" in answer.text


# What is typed, and what is marked.


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_can_be_typed(query: str, text: str) -> None:
    try:
        terms = searching.read(query)
    except ChatError as error:
        assert Code.BAD_REQUEST is error.code
        return
    marked = searching.marks(text, terms)
    assert marked == sorted(marked)
    for start, end in marked:
        assert 0 <= start < end <= len(text)


@given(st.text(min_size=1, max_size=40))
def test_any_query_is_answered(query: str) -> None:
    core = Core()
    bob = core.guest("bob")
    bob.say("tea")
    bob.ask(Search(query))
    core.check()


def test_words_are_marked() -> None:
    terms = searching.read('tea "for two"')
    assert [(0, 3), (4, 12), (14, 17)] == searching.marks("Tea for  two, TEA", terms)
    assert [(0, 3)] == searching.marks("T\u00e9a", searching.read("tea"))
    assert [(1, 3)] == searching.marks("x\u6771\u4eac", searching.read("\u6771\u4eac"))
    assert [(0, 5), (6, 9)] == searching.marks("cafe\u0301 Caf", searching.read("caf\u00e9 caf"))
    assert [(0, 2)] == searching.marks("\uff76\uff9e\uff97", searching.read("\u30ac"))
    assert [(2, 3)] == searching.marks("\U00020bb7 \u5bb6", searching.read("\u5bb6"))
    both = searching.read('"a b" "b c"')
    assert [(0, 5)] == searching.marks("a b c", both)


# At a terminal.


def test_search_at_a_terminal() -> None:
    talk = Conversation(
        server="chatd", zone=UTC, passwords=True, guests=True, registration=True, text_chars=4_000
    )
    assert [Search("tea in:dev", id=1)] == talk.receive(b"/search tea in:dev\n")
    alice, times = User(1, "alice", "user"), {3: 86_400_000, 2: 0, 1: 0}
    said = [Said(room=1, seq=seq, at=at, sender=alice, text="tea") for seq, at in times.items()]
    answer = Found(id=1, messages=[Hit(message=one, marks=[(0, 3)]) for one in said], more=True)
    lines = talk.event(answer).decode().splitlines()
    assert [
        "* There is more: say it more exactly, or when: before:DAY.",
        "* 1970-01-01",
        "[#1 1] 00:00 <alice> tea",
        "[#1 2] 00:00 <alice> tea",
        "* 1970-01-02",
        "[#1 3] 00:00 <alice> tea",
    ] == lines
    assert [Search("coffee", id=2)] == talk.receive(b"/search coffee\n")
    assert b"* Nothing was found.\n" == talk.event(Found(id=2, messages=[], more=False))
    assert [] == talk.receive(b"/search\n")
    assert talk.output().startswith(b"! bad_request: Usage: /search WORDS")
