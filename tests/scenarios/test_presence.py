"""Who is here, and how: on several frontends at once, away, lost for a moment, and gone."""

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.house import House
from tests.scenarios.people import KINDS, LinePerson, Person, Seen, WebSocketPerson


@pytest_twisted.ensureDeferred
async def test_who_loses_the_connection_for_a_moment_never_went(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.see("bob came #lobby")
    for _ in range(3):
        await bob.drop()
        assert ["alice", "bob"] == await alice.who("#lobby")
        await bob.come_back()
    await bob.say_goodbye()
    await alice.see("bob went #lobby")
    await alice.sees_nothing()


class TestGoneForGood:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(fade_seconds=1)

    @pytest_twisted.ensureDeferred
    async def test_who_stays_away_after_losing_the_connection_went(self, alice: Person, bob: Person) -> None:
        await alice.enter("alice")
        await bob.enter("bob")
        await alice.see("bob came #lobby")
        await bob.drop()
        await alice.see("bob went #lobby")
        assert ["alice"] == await alice.who("#lobby")
        assert None is await alice.meet("bob")
        await bob.come_back()
        await alice.see("bob came #lobby")


@pytest_twisted.ensureDeferred
async def test_a_person_is_one_on_all_frontends(alice: Person, bob: Person, house: House) -> None:
    """Whatever they came through, and each frontend goes with its last connection."""
    terminal, page, tab = LinePerson(house), WebSocketPerson(house), WebSocketPerson(house)
    await alice.enter("alice")
    await page.register("carol", "correct horse")
    for more in (terminal, tab):
        await more.log_in("carol", "correct horse")
    assert Seen(("web", "line")) == (await alice.company("#lobby"))["carol"] == await alice.meet("carol")
    await page.say_goodbye()
    assert Seen(("web", "line")) == await alice.meet("carol")
    await terminal.say_goodbye()
    assert Seen(("web",)) == await alice.meet("carol")
    await tab.say_goodbye()
    assert None is await alice.meet("carol")


@pytest_twisted.ensureDeferred
async def test_who_is_away_is_so_until_they_are_back(alice: Person, bob: Person, house: House) -> None:
    """Through everything that they say, other logins and a restart."""
    await alice.enter("alice")
    await bob.register("carol", "correct horse")
    await bob.go_away('out for "lunch"')
    away = Seen((bob.frontend,), True, 'out for "lunch"')
    assert away == (await alice.company("#lobby"))["carol"] == await alice.meet("carol")
    await bob.say("#lobby", "this soup is good")
    assert away == await alice.meet("carol")
    await house.restart()
    for person in (alice, bob):
        await person.drop()
    await alice.come_back()
    await bob.log_in("carol", "correct horse")
    assert away == await alice.meet("carol")
    await bob.be_back()
    assert Seen((bob.frontend,)) == await alice.meet("carol")


@pytest_twisted.ensureDeferred
async def test_a_status_is_shown_to_all_and_kept(alice: Person, bob: Person, house: House) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await bob.set_status("at work, (mostly)")
    assert Seen((bob.frontend,), False, "at work, (mostly)") == (await alice.company("#lobby"))["bob"]
    await bob.go_away("lunch")
    await bob.be_back()
    await house.restart()
    for person in (alice, bob):
        await person.drop()
        await person.come_back()
    assert Seen((bob.frontend,), False, "at work, (mostly)") == await alice.meet("bob")
    await bob.set_status("")
    assert Seen((bob.frontend,)) == await alice.meet("bob")


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_a_page_hears_of_every_change(house: House, kind: str) -> None:
    alice, bob = WebSocketPerson(house), KINDS[kind](house)
    await alice.enter("alice")
    await bob.enter("bob")
    await alice.see("bob came #lobby")
    await bob.go_away()
    await alice.see("bob changed #lobby")
    await bob.be_back()
    await alice.see("bob changed #lobby")


@pytest_twisted.ensureDeferred
async def test_a_terminal_is_left_in_peace(house: House) -> None:
    alice, bob, other = LinePerson(house), LinePerson(house), WebSocketPerson(house)
    await alice.enter("alice")
    await other.enter("other")
    await bob.register("bob", "correct horse")
    await alice.see("bob came #lobby")
    await other.see("bob came #lobby")
    await bob.go_away("lunch")
    await other.see("bob changed #lobby")
    await bob.be_back()
    await other.see("bob changed #lobby")
    assert [] == await alice.ask()
