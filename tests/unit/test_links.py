"""Logging in by a code: who may, how often, how long, and what everybody is told."""

from collections.abc import Iterator

import pytest

from chatd.core.links import LIFE_MS, MOST
from chatd.model import (
    Close,
    Code,
    Done,
    End,
    Error,
    Limits,
    Link,
    LinkCode,
    Linked,
    LoggedIn,
    Login,
    Logout,
    NewToken,
    Password,
    SessionList,
    Sessions,
    SessionState,
    TokenMade,
)
from tests.unit.core_peer import PASSWORD, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def code(peer: Peer) -> str:
    return peer.expect(LinkCode, Link()).code


def terminal(core: Core) -> Peer:
    return core.connect(follow=True, address="192.0.2.7")


def others(peer: Peer) -> list[SessionState]:
    return [one for one in peer.expect(SessionList, Sessions()).sessions if not one.this]


# What works.


def test_a_terminal_that_shows_a_code_is_let_in_where_it_is_typed(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    assert LIFE_MS == line.expect(LinkCode, Link()).expires_ms
    alice.expect(Done, Link(code="link-2"))
    [login] = line.take_all(LoggedIn)
    assert (alice.user, None) == (login.user, login.id)
    [session] = others(alice)
    assert ("line", "192.0.2.7", 1) == (session.frontend, session.address, session.connections)
    assert [Linked(session=session.session, frontend="line", address="192.0.2.7")] == alice.take_all(Linked)


def test_a_code_that_is_shown_to_somebody_lets_a_terminal_in(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    tab = core.again(alice)
    login = line.expect(LoggedIn, Link(code=code(alice)))
    assert (alice.user, ["lobby"]) == (login.user, [room.name for room in login.rooms])
    [session] = others(alice)
    told = Linked(session=session.session, frontend="line", address="192.0.2.7")
    assert [[told], [told], []] == [peer.take_all(Linked) for peer in (alice, tab, line)]
    alice.expect(Done, End(session=session.session))
    assert Close.LOGGED_OUT is line.closed


def test_a_code_is_the_same_however_it_is_typed(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    line.expect(LoggedIn, Link(code=code(alice).upper()))


def test_the_session_of_an_account_at_a_terminal_ends_with_its_connection(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    line.expect(LoggedIn, Link(code=code(alice)))
    line.lose()
    assert [] == others(alice)


def test_a_guest_links_too_and_both_may_come_back(core: Core) -> None:
    bob, line = core.guest("bob"), terminal(core)
    token = line.expect(LoggedIn, Link(code=code(bob))).token
    bob.lose()
    line.lose()
    assert "bob" == core.connect().expect(LoggedIn, Login(token=token)).user.name


def test_what_was_asked_before_comes_before_the_login(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    shown = code(line)
    core.store.hold()
    alice.tell(Link(code=shown))
    core.store.release()
    assert ["LoggedIn", "Attached"] == [type(event).__name__ for event in line.take()]


# What does not.


def test_a_code_works_once(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    shown = code(alice)
    line.expect(LoggedIn, Link(code=shown))
    assert Code.WRONG_CODE is terminal(core).refused(Link(code=shown)).code


def test_a_code_works_for_five_minutes(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    shown, late = code(alice), code(line)
    core.pass_time(LIFE_MS)
    assert Code.WRONG_CODE is terminal(core).refused(Link(code=shown)).code
    assert Code.WRONG_CODE is alice.refused(Link(code=late)).code
    assert 0 == len(core.registry.links)


def test_a_session_has_one_code_at_most(core: Core) -> None:
    alice = core.account("alice")
    first, second = code(alice), code(alice)
    assert Code.WRONG_CODE is terminal(core).refused(Link(code=first)).code
    terminal(core).expect(LoggedIn, Link(code=second))


def test_a_code_is_for_the_other_side(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    mine, shown = code(alice), code(line)
    assert Code.WRONG_CODE is core.again(alice).refused(Link(code=mine)).code
    assert Code.WRONG_CODE is terminal(core).refused(Link(code=shown)).code
    alice.expect(Done, Link(code=shown))


def test_a_code_ends_with_its_session(core: Core) -> None:
    alice, line, other = core.account("alice"), terminal(core), terminal(core)
    codes = [code(line), code(other)]
    line.lose()
    other.expect(LoggedIn, Login(name="bob"))
    assert [Code.WRONG_CODE] * 2 == [alice.refused(Link(code=one)).code for one in codes]
    mine = code(alice)
    alice.expect(Done, Logout())
    assert Code.WRONG_CODE is terminal(core).refused(Link(code=mine)).code


def test_a_terminal_that_ends_is_not_let_in(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    shown = code(line)
    core.store.hold()
    line.tell(Login(name="bob"))
    line.session.finish(Close.GOODBYE)
    assert Code.WRONG_CODE is alice.refused(Link(code=shown)).code
    core.store.release()


def test_a_terminal_that_became_somebody_else_meanwhile_is_not_let_in(core: Core) -> None:
    alice, line = core.account("alice"), terminal(core)
    shown = code(line)
    core.store.hold()
    line.tell(Login(name="bob"))
    alice.expect(Done, Link(code=shown))
    core.store.release()
    assert [["already_logged_in"]] * 2 == [alice.take_codes(), line.take_codes()]
    assert "bob" == line.user.name


def test_a_login_that_ended_meanwhile_lets_nobody_in(core: Core) -> None:
    alice, thief, line = core.account("alice"), core.connect(), terminal(core)
    thief.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    shown = code(thief)
    core.store.hold()
    alice.tell(Password(current=PASSWORD, password="battery staple"))
    line.tell(Link(code=shown))
    core.store.release()
    assert ["wrong_code"] == line.take_codes()
    assert [] == others(alice)


def test_a_login_that_ends_while_the_token_is_made_lets_nobody_in(core: Core) -> None:
    alice, thief, line = core.account("alice"), core.connect(), terminal(core)
    thief.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    shown = code(thief)
    core.store.hold()
    line.tell(Link(code=shown))
    alice.tell(Password(current=PASSWORD, password="battery staple"))
    core.store.release()
    assert ["not_logged_in"] == line.take_codes()
    assert [] == others(alice)


def test_who_came_by_an_api_token_lets_nobody_in(core: Core) -> None:
    alice, bot, line = core.account("alice"), core.connect(), terminal(core)
    bot.expect(LoggedIn, Login(token=alice.expect(TokenMade, NewToken(name="ci")).token))
    assert Code.FORBIDDEN is line.refused(Link(code=code(bot))).code
    bot.expect(Done, Link(code=code(line)))
    assert ["forbidden"] == bot.take_codes()
    assert Code.FORBIDDEN in [error.code for error in line.take_all(Error)]


def test_wrong_codes_are_counted_as_failed_tries() -> None:
    core = Core(Limits(login_tries_per_address=2))
    alice, line = core.account("alice"), terminal(core)
    shown = code(alice)
    assert [Code.WRONG_CODE, Code.WRONG_CODE, Code.TOO_FAST] == [
        line.refused(Link(code=wrong)).code for wrong in ("a", "b", shown)
    ]
    terminal(core)
    core.connect(address="192.0.2.8").expect(LoggedIn, Link(code=shown))


def test_codes_are_limited_per_address_and_in_all() -> None:
    core = Core(Limits(creations_per_minute=1))
    line = terminal(core)
    code(line)
    assert Code.TOO_FAST is line.refused(Link()).code
    core = Core()
    for _ in range(MOST):
        code(terminal(core))
    late = terminal(core)
    assert Code.UNAVAILABLE is late.refused(Link()).code
    core.pass_time(LIFE_MS)
    code(late)
