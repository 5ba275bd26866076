"""API tokens: who makes them, what they open, and how they end."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Close,
    Code,
    Done,
    Limits,
    LoggedIn,
    Login,
    Logout,
    NewToken,
    Password,
    Revoke,
    SessionList,
    Sessions,
    TokenList,
    TokenMade,
    Tokens,
    TokenState,
)
from tests.unit.core_peer import PASSWORD, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def made(peer: Peer, name: str = "ci") -> str:
    return peer.expect(TokenMade, NewToken(name=name)).token


def come(core: Core, token: str) -> Peer:
    peer = core.connect()
    peer.expect(LoggedIn, Login(token=token))
    return peer


def tokens(peer: Peer) -> list[TokenState]:
    return peer.expect(TokenList, Tokens()).tokens


def test_a_token_comes_in_as_its_owner_and_is_listed_without_its_secret(core: Core) -> None:
    alice = core.account("alice")
    made_at = core.now
    token = made(alice, "CI")
    assert [TokenState("ci", made_at, 0)] == tokens(alice)
    core.pass_time()
    bot = come(core, token)
    assert alice.user == bot.user
    assert [TokenState("ci", made_at, 1, made_at + 1_000)] == tokens(alice)
    bot.lose()
    assert [TokenState("ci", made_at, 0, made_at + 1_000)] == tokens(alice)


def test_a_token_is_no_session(core: Core) -> None:
    alice = core.account("alice")
    come(core, made(alice))
    assert [True] == [session.this for session in alice.expect(SessionList, Sessions()).sessions]


def test_a_logout_by_a_token_ends_that_connection_and_nothing_else(core: Core) -> None:
    alice = core.account("alice")
    token = made(alice)
    bot, other = come(core, token), come(core, token)
    bot.expect(Done, Logout())
    assert [Close.LOGGED_OUT, None, None] == [bot.closed, other.closed, alice.closed]
    come(core, token)


def test_a_revoked_token_opens_nothing_and_its_connections_end(core: Core) -> None:
    alice = core.account("alice")
    token = made(alice)
    bot = come(core, token)
    alice.expect(Done, Revoke(name="CI"))
    assert [Close.LOGGED_OUT, None] == [bot.closed, alice.closed]
    assert Code.WRONG_TOKEN is core.connect().refused(Login(token=token)).code
    assert Code.NO_SUCH_TOKEN is alice.refused(Revoke(name="ci")).code


def test_who_came_by_a_token_may_revoke_it_and_is_out(core: Core) -> None:
    bot = come(core, made(core.account("alice")))
    bot.expect(Done, Revoke(name="ci"))
    assert Close.LOGGED_OUT is bot.closed


def test_a_token_makes_no_tokens(core: Core) -> None:
    bot = come(core, made(core.account("alice")))
    assert Code.FORBIDDEN is bot.refused(NewToken(name="more")).code


def test_a_guest_has_no_tokens(core: Core) -> None:
    guest = core.guest("bob")
    assert Code.FORBIDDEN is guest.refused(NewToken(name="ci")).code
    assert [] == tokens(guest)


def test_no_token_is_told_where_others_read_along(core: Core) -> None:
    alice, line = core.account("alice"), core.connect(passwords=False)
    line.expect(LoggedIn, Login(token=alice.token))
    assert Code.FORBIDDEN is line.refused(NewToken(name="ci")).code


def test_nobody_revokes_the_token_of_another(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    made(alice)
    assert Code.NO_SUCH_TOKEN is bob.refused(Revoke(name="ci")).code
    assert ["ci"] == [token.name for token in tokens(alice)]


def test_a_tokens_name_is_a_name_and_taken_once(core: Core) -> None:
    alice = core.account("alice")
    made(alice)
    assert Code.NAME_TAKEN is alice.refused(NewToken(name="ci")).code
    assert Code.BAD_NAME is alice.refused(NewToken(name="no name")).code


def test_another_password_ends_tokens_too(core: Core) -> None:
    alice = core.account("alice")
    bot = come(core, made(alice))
    alice.expect(Done, Password(current=PASSWORD, password="battery staple"))
    assert Close.LOGGED_OUT is bot.closed
    assert [] == tokens(alice)


def test_a_token_asked_for_by_a_session_that_is_being_ended_is_not_made(core: Core) -> None:
    alice, thief = core.account("alice"), core.connect()
    thief.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    core.store.hold()
    alice.tell(Password(current=PASSWORD, password="battery staple"))
    thief.tell(NewToken(name="mine"))
    core.store.release()
    assert Close.LOGGED_OUT is thief.closed
    assert [] == tokens(alice)


def test_wrong_tokens_are_counted_as_failed_tries() -> None:
    core = Core(Limits(login_tries_per_address=2))
    token = made(core.account("alice"))
    peer = core.connect()
    codes = [peer.refused(Login(token="chatd_nonsense")).code for _ in range(3)]
    assert [Code.WRONG_TOKEN, Code.WRONG_TOKEN, Code.TOO_FAST] == codes
    assert Code.TOO_FAST is peer.refused(Login(token=token)).code
