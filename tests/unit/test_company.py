"""Who is present in a room, and what is told of it: whoever listens knows it, and nothing is told twice."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.core.company import NAMES_AGAIN, NAMES_MOST, Company
from chatd.model import Appearance, Appeared, Here, Joined, Left, Presence, User

ROOM = 1
ALICE = Here(1, "alice", "user", ("web",))
BOB = Here(2, "bob", "guest", ("line",))
CAROL = Here(3, "carol", "user", ("web",))
AWAY = replace(ALICE, away=True, status="lunch")


def crowd(count: int, first: int = 100) -> list[Here]:
    return [Here(id, f"user{id}", "guest", ("web",)) for id in range(first, first + count)]


def company(*present: Here) -> Company:
    """Where these are, and everybody knows it."""
    made = Company(ROOM)
    for here in present:
        made.came(here)
    made.news()
    return made


def test_nothing_is_told_twice() -> None:
    some = company(ALICE)
    some.came(BOB)
    assert [Presence(room=ROOM, count=2, came=[BOB])] == some.news()
    assert [] == some.news()


def test_leaving_is_told_before_joining_and_joining_before_the_rest() -> None:
    some = company(ALICE)
    some.came(CAROL)
    some.joined(BOB)
    some.left(ALICE.user)
    assert [
        Left(room=ROOM, users=[ALICE.user], count=2),
        Joined(room=ROOM, users=[BOB], count=2),
        Presence(room=ROOM, count=2, came=[CAROL]),
    ] == some.news()


def test_a_flap_is_no_news() -> None:
    some = company(ALICE)
    some.went(ALICE.user)
    some.came(ALICE)
    some.came(BOB)
    some.went(BOB.user)
    assert [] == some.news()


def test_whoever_is_back_in_another_way_has_changed() -> None:
    some = company(ALICE)
    some.went(ALICE.user)
    some.came(AWAY)
    assert [Presence(room=ROOM, count=1, changed=[AWAY])] == some.news()


def test_a_change_is_told_once_and_as_it_is_in_the_end() -> None:
    some = company(ALICE, BOB)
    some.changed(replace(ALICE, status="here"))
    some.changed(AWAY)
    some.changed(replace(BOB, away=True))
    some.changed(BOB)
    assert [Presence(room=ROOM, count=2, changed=[AWAY])] == some.news()


def test_whoever_comes_and_changes_has_come() -> None:
    some = company()
    some.came(ALICE)
    some.changed(AWAY)
    assert [Presence(room=ROOM, count=1, came=[AWAY])] == some.news()


def test_leaving_and_joining_again_is_no_news() -> None:
    some = company(ALICE)
    some.left(ALICE.user)
    some.joined(ALICE)
    some.joined(BOB)
    some.left(BOB.user)
    assert [] == some.news()


def test_joining_and_then_going_is_no_news() -> None:
    some = company()
    some.joined(ALICE)
    some.went(ALICE.user)
    assert [] == some.news()


def test_whoever_came_and_left_for_good_has_left() -> None:
    some = company()
    some.came(ALICE)
    some.left(ALICE.user)
    assert [Left(room=ROOM, users=[ALICE.user], count=0)] == some.news()


def test_whoever_was_shown_somebody_who_went_at_once_is_told_so() -> None:
    some = company(ALICE)
    some.came(BOB)
    assert [ALICE, BOB] == some.show()
    some.went(BOB.user)
    assert [Presence(room=ROOM, count=1, went=[BOB.user])] == some.news()


def test_whoever_was_not_shown_somebody_who_is_back_at_once_is_told_so() -> None:
    some = company(ALICE, BOB)
    some.went(BOB.user)
    assert [ALICE] == some.show()
    some.came(BOB)
    assert [Presence(room=ROOM, count=2, changed=[BOB])] == some.news()


def test_above_five_hundred_only_the_count_travels() -> None:
    some = company(*crowd(NAMES_MOST))
    assert not some.crowded
    some.came(ALICE)
    assert (True, None) == (some.crowded, some.show())
    assert [Presence(room=ROOM, count=NAMES_MOST + 1)] == some.news()
    some.joined(BOB)
    assert [Presence(room=ROOM, count=NAMES_MOST + 2)] == some.news()


def test_a_change_in_a_crowd_is_told_to_nobody_but_who_asks() -> None:
    some = company(*crowd(NAMES_MOST), ALICE)
    some.changed(AWAY)
    assert [] == some.news()
    assert ([AWAY], True) == some.page("", 1)


def test_names_come_back_with_a_snapshot_below_four_hundred() -> None:
    people = crowd(NAMES_MOST + 1)
    some = company(*people)
    for here in people[NAMES_AGAIN:]:
        some.went(here.user)
    assert [Presence(room=ROOM, count=NAMES_AGAIN)] == some.news()
    some.went(people[NAMES_AGAIN - 1].user)
    left = people[: NAMES_AGAIN - 1]
    assert [Presence(room=ROOM, count=NAMES_AGAIN - 1, present=left)] == some.news()
    assert left == some.show()
    some.came(ALICE)
    assert [Presence(room=ROOM, count=NAMES_AGAIN, came=[ALICE])] == some.news()


def test_a_crowd_that_came_and_went_at_once_leaves_a_snapshot() -> None:
    people = crowd(NAMES_MOST + 1)
    some = company()
    for here in people:
        some.joined(here)
    for here in people[1:]:
        some.left(here.user)
    assert [Presence(room=ROOM, count=1, present=people[:1])] == some.news()


def test_it_is_paged_by_name() -> None:
    some = company(CAROL, ALICE, BOB)
    assert ([ALICE, BOB], True) == some.page("", 2)
    assert ([CAROL], False) == some.page("bob", 2)
    some.went(BOB.user)
    assert ([CAROL], False) == some.page("alice", 2)


class Listener:
    """Somebody who was shown a company, and believes what is told."""

    def __init__(self, some: Company) -> None:
        shown = some.show()
        self.known = None if shown is None else {here.id: here for here in shown}
        self.count = len(some.present)

    def hear(self, event: Joined | Left | Presence) -> None:
        self.count = event.count
        match event:
            case Joined():
                self._know(event.users)
            case Left():
                self._forget(event.users)
            case Presence(present=list() as present):
                self.known = {here.id: here for here in present}
            case Presence(came=[], went=[], changed=[]):
                self.known = None
            case Presence():
                self._forget(event.went)
                self._know(event.came + event.changed)

    def _know(self, people: list[Here]) -> None:
        assert self.known is not None
        self.known.update((here.id, here) for here in people)

    def _forget(self, people: list[User]) -> None:
        assert self.known is not None
        for user in people:
            self.known.pop(user.id, None)


class Story:
    """A company in which anything happens, and those who listen."""

    def __init__(self, others: int) -> None:
        self.some = company(*crowd(others))
        self.listeners: list[Listener] = []

    def happen(self, way: str, id: int, status: str) -> None:
        here = Here(id, f"user{id}", "user", ("web",), status=status)
        if id in self.some.present:
            {
                "arrive": lambda: self.some.changed(here),
                "enter": lambda: self.some.changed(here),
                "go": lambda: self.some.went(here.user),
                "leave": lambda: self.some.left(here.user),
            }[way]()
        elif way == "arrive":
            self.some.came(here)
        elif way == "enter":
            self.some.joined(here)

    def listen(self) -> None:
        self.listeners.append(Listener(self.some))

    def crowd_together(self) -> None:
        for here in crowd(NAMES_MOST):
            if here.id not in self.some.present:
                self.some.came(here)

    def disperse(self) -> None:
        for here in crowd(NAMES_MOST)[2:]:
            if here.id in self.some.present:
                self.some.went(here.user)

    def tell(self) -> None:
        for event in self.some.news():
            for listener in self.listeners:
                assert not isinstance(event, Appeared), "nobody changed how they want to be seen"
                listener.hear(event)
        for listener in self.listeners:
            assert len(self.some.present) == listener.count
            assert listener.known == (None if self.some.crowded else self.some.present)


WAYS = st.sampled_from(["arrive", "enter", "go", "leave"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(Story.happen), WAYS, st.integers(1, 4), st.sampled_from(["", "lunch"])),
        st.tuples(st.sampled_from([Story.listen, Story.listen, Story.tell])),
        st.tuples(st.sampled_from([Story.crowd_together, Story.disperse])),
    ),
    max_size=40,
)


@settings(max_examples=300)
@given(st.sampled_from([0, 2, NAMES_MOST - 2]), STEPS)
def test_whoever_listens_knows_who_is_present(others: int, steps: list[tuple[object, ...]]) -> None:
    story = Story(others)
    for step, *arguments in steps:
        assert callable(step)
        step(story, *arguments)
    story.tell()


def test_who_wants_to_be_seen_otherwise_is_told_once_and_last() -> None:
    some = company(ALICE)
    some.came(BOB)
    some.appeared(Appearance(1, "Al"))
    some.appeared(Appearance(1, "Alice", "teal", "image"))
    some.appeared(Appearance(9, avatar="other"))
    came, appeared = some.news()
    assert Presence(room=ROOM, count=2, came=[BOB]) == came
    looks = [Appearance(1, "Alice", "teal", "image"), Appearance(9, avatar="other")]
    assert Appeared(room=ROOM, users=looks) == appeared
    assert [] == some.news()


def test_in_a_crowd_nobody_is_told_how_somebody_wants_to_be_seen() -> None:
    some = company(*crowd(NAMES_MOST + 1))
    some.appeared(Appearance(100, "Al"))
    assert [] == some.news()
    assert [] == some.news()
