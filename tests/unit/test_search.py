"""Searching: what is found, by whom, in which order, and what is found no more."""

from collections.abc import Iterator
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from tests.unit.core_peer import LOBBY, Core, Peer


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
    command = Search(query, order=order)  # type: ignore[arg-type]  # one of the two
    return [hit.message.text for hit in peer.expect(Found, command).messages]


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
            ("\u6771\u4eac", ["\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u6771\u4eac\u90fd", ["\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u4eac\u90fd\u306b \u884c", ["\u6771\u4eac\u90fd\u306b\u884c\u304f"]),
            ("\u4eac\u6771", []),
            ("tokyo \u6771\u4eac", []),
        ],
    )
    def test_all_of_them_are_in_what_is_found(self, bob: Peer, query: str, texts: list[str]) -> None:
        for text in (
            "tea for two, please",
            "Green TEA",
            "Crème brûlée",
            "teapot, 100%",
            "\u6771\u4eac\u90fd\u306b\u884c\u304f",
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
