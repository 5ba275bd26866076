"""Whatever is said, changed and forgotten, and however far the index has come: a search finds what looking at
each text of one's own rooms would find, page by page, and nothing else."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from twisted.internet.defer import Deferred

from chatd.model import Change, Draft, Place, Said, Sought, phrase, terms
from chatd.storage import indexing
from chatd.storage.dialect import driver_of
from tests.fakes import MemoryStore

WORDS = (
    "tea",
    "Tee",
    "café",
    "green",
    "東京",
    "東京都",
    "京",
    "ｶﾞﾗｽ",
    "iPhoneを買った",
    "http://tea.example/",
)
QUERIES = ("tea", "CAFE", "green tea", "東京", "京都", "京", "ガラス", "iphone", "買った", "example")
NOW = 1_764_000_000_000


class World:
    """Three rooms, of which alice is in the first two and bob in the first and the last."""

    def __init__(self) -> None:
        self.now = NOW
        self.store = MemoryStore(clock=lambda: self.now)
        self.alice, self.bob = (self.done(self.store.create_guest(name)) for name in ("alice", "bob"))
        self.rooms = [
            1,
            self.done(self.store.create_room("den", "private", self.alice.id)).id,
            self.done(self.store.create_room("attic", "private", self.bob.id)).id,
        ]
        self.said: list[Said] = []

    def done(self, work: "Deferred[Any]") -> Any:
        found: list[Any] = []
        work.addCallback(found.append)
        [one] = found
        return one

    def do(self, work: Any) -> Any:
        return self.store._database.ask(work)

    def members(self, room: int) -> list[Any]:
        theirs = {1: [self.alice, self.bob], self.rooms[1]: [self.alice], self.rooms[2]: [self.bob]}
        return theirs[room]

    def step(self, action: str, which: int, text: str) -> None:
        room = self.rooms[which % 3]
        sender = self.members(room)[which % len(self.members(room))]
        match action:
            case "say":
                self.said.append(self.done(self.store.append(Draft(room, sender, text))))
            case "edit" | "delete" if self.said:
                one = self.said[which % len(self.said)]
                new = text if action == "edit" else None
                work = self.store.change(Change(one.room, one.sender, one.seq, one.sender.id, new))
                work.addErrback(lambda failure: None)  # it is deleted already, or forgotten
            case "wait":
                self.now += which
            case "learn":
                self.do(lambda connection, now: indexing.learn(connection))
            case "clean":
                self.do(lambda connection, now: indexing.tidy(connection, which % 2 == 0))
            case "forget":
                self.store.raise_floor(room, self.store.floor(room) + 1)

    def expected(self, user: int, what: Sought) -> list[tuple[int, int]]:
        rows = self.store.rows(
            "SELECT e.at, e.room, e.seq, e.text FROM entries e JOIN members m ON m.room = e.room"
            " WHERE m.user = ? AND m.member AND e.kind = 'said' AND NOT e.deleted"
            " AND (? IS NULL OR e.author = ?) AND e.at >= ? AND e.at < ? ORDER BY 1 DESC, 2 DESC, 3 DESC",
            user,
            what.by,
            what.by,
            what.since or 0,
            what.until or 1 << 60,
        )
        return [
            (room, seq)
            for _, room, seq, text in rows
            if all(f" {words} " in f" {terms(text)} " for words in what.words)
            and all(letter in text for letter in what.letters)
        ]

    def found(self, user: int, what: Sought, limit: int) -> list[tuple[int, int]]:
        """On all pages."""
        places: list[tuple[int, int]] = []
        before, more = None, True
        while more:
            page, more = self.done(self.store.search(user, what, before, 0, limit))
            assert len(page) == limit if more else len(page) <= limit
            places += [(one.room, one.seq) for one in page]
            before = Place(*places[-1]) if places else None
        return places


ACTIONS = st.sampled_from(
    ["say"] * 6 + ["edit", "delete", "wait", "wait", "learn", "learn", "clean", "forget"]
)
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
STEPS = st.lists(st.tuples(ACTIONS, st.integers(0, 50), TEXTS), max_size=40)


@settings(max_examples=100, deadline=None)
@given(
    STEPS,
    st.sampled_from(QUERIES),
    st.integers(1, 4),
    st.booleans(),
    st.sampled_from([None, NOW + 30, NOW + 200]),
    st.sampled_from([None, NOW + 40, NOW + 300]),
)
def test_a_search_finds_what_looking_at_each_text_would_find(
    steps: list[tuple[str, int, str]], query: str, limit: int, by: bool, since: int | None, until: int | None
) -> None:
    world = World()
    for step in steps:
        world.step(*step)
    words, letter = phrase(query)
    for user in (world.alice, world.bob):
        what = Sought(
            words=(words,) if words else (),
            letters=(letter,) if letter else (),
            by=world.bob.id if by else None,
            since=since,
            until=until,
        )
        assert world.expected(user.id, what) == world.found(user.id, what, limit)
    check_index(world)


def check_index(world: World) -> None:
    """It has what its own making anew would put into it."""

    def check(connection: Connection, now: int) -> None:
        driver = driver_of(connection)
        driver.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, instance)")
        found = driver.execute("SELECT doc, offset, term FROM temp.terms").fetchall()
        texts = driver.execute(
            "SELECT e.room, e.seq, e.text FROM entries e JOIN rooms r ON r.id = e.room"
            " WHERE e.kind = 'said' AND NOT e.deleted AND e.seq <= r.indexed"
        )
        wanted = [
            (indexing.number(room, seq), offset, term)
            for room, seq, text in texts
            for offset, term in enumerate(terms(text).split())
        ]
        assert sorted(wanted) == sorted(found)

    world.do(check)
