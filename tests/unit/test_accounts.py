"""Every way of logging in, every refusal, and what trying costs."""

from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from chatd.core.accounts import PASSWORD_CHARS_LEAST, PASSWORD_CHARS_MOST, Accounts
from chatd.model import Account, ChatError, Code, Limits, User
from tests.fakes import MemoryStore, outcome
from tests.unit.core_peer import PASSWORD, FakeAuth

HOME, AWAY = "192.0.2.1", "192.0.2.2"
LIMITS = Limits(login_tries_per_minute=3, login_tries_per_address=5, creations_per_minute=4)


T = TypeVar("T")


class Desk:
    """Accounts over a store in memory, at a time that the test sets."""

    def __init__(self, limits: Limits = LIMITS, *, guests: bool = True, registration: bool = True) -> None:
        self.now = 0
        self.store = MemoryStore(clock=lambda: self.now)
        self.auth = FakeAuth()
        self.accounts = Accounts(self.store, self.auth, limits, guests=guests, registration=registration)

    def guest(self, name: str, address: str = HOME) -> Account:
        return outcome(self.accounts.guest(name, address, self.now))

    def register(self, name: str, password: str = PASSWORD, address: str = HOME) -> Account:
        return outcome(self.accounts.register(name, password, address, self.now))

    def by_password(self, name: str, password: str = PASSWORD, address: str = HOME) -> Account:
        return outcome(self.accounts.by_password(name, password, address, self.now))

    def by_token(self, token: str, address: str = HOME) -> Account:
        return outcome(self.accounts.by_token(token, address, self.now))

    def new_token(self, user: User, *, typed: bool = False) -> str:
        frontend = "line" if typed else "web"
        return outcome(self.accounts.new_token(Account(user, None, False), frontend, HOME))


def refusal(work: Coroutine[Any, Any, Any]) -> ChatError:
    with pytest.raises(ChatError) as refused:
        outcome(work)
    return refused.value


# Guests.


def test_a_guest_has_the_name_folded_and_no_password() -> None:
    account = Desk().guest("Bob")
    assert (User(1, "bob", "guest"), None, False) == (
        account.user,
        account.password_hash,
        account.numbers,
    )


@pytest.mark.parametrize("name", ["", "1bob", "böb", "room", "a" * 32, "bob smith"])
def test_a_guest_needs_a_name_that_is_one(name: str) -> None:
    assert Code.BAD_NAME is refusal(Desk().accounts.guest(name, HOME, 0)).code


def test_a_name_is_one_guests_only() -> None:
    desk = Desk()
    desk.guest("bob")
    assert Code.NAME_TAKEN is refusal(desk.accounts.guest("BOB", HOME, 0)).code


def test_where_guests_are_not_admitted_nobody_gets_in_by_a_name() -> None:
    assert Code.FORBIDDEN is refusal(Desk(guests=False).accounts.guest("bob", HOME, 0)).code


# Registration.


def test_an_account_is_made_with_its_hash_alone() -> None:
    desk = Desk()
    assert User(1, "alice", "user") == desk.register("Alice").user
    assert f"hash of {PASSWORD}" == desk.by_password("alice").password_hash


@pytest.mark.parametrize("password", ["", "a" * (PASSWORD_CHARS_LEAST - 1), "a" * (PASSWORD_CHARS_MOST + 1)])
def test_a_password_is_neither_short_nor_endless(password: str) -> None:
    assert Code.BAD_REQUEST is refusal(Desk().accounts.register("alice", password, HOME, 0)).code


@pytest.mark.parametrize("length", [PASSWORD_CHARS_LEAST, PASSWORD_CHARS_MOST])
def test_the_shortest_and_the_longest_password_are_taken(length: int) -> None:
    desk = Desk()
    desk.register("alice", "a" * length)
    assert "alice" == desk.by_password("alice", "a" * length).user.name


def test_a_taken_name_is_refused_before_anything_is_hashed() -> None:
    desk = Desk()
    desk.guest("bob")
    assert Code.NAME_TAKEN is refusal(desk.accounts.register("bob", PASSWORD, HOME, 0)).code


@pytest.mark.parametrize("name", ["system", "9lives"])
def test_an_account_needs_a_name_that_is_one(name: str) -> None:
    assert Code.BAD_NAME is refusal(Desk().accounts.register(name, PASSWORD, HOME, 0)).code


def test_where_registration_is_closed_no_account_is_made() -> None:
    desk = Desk(registration=False)
    assert Code.FORBIDDEN is refusal(desk.accounts.register("alice", PASSWORD, HOME, 0)).code


def test_creations_are_limited_per_address() -> None:
    desk = Desk()
    for name in ("ann", "ben", "cat"):
        desk.guest(name)
    desk.register("dan")
    late = refusal(desk.accounts.guest("eve", HOME, 0))
    assert Code.TOO_FAST is late.code
    assert late.retry_ms is not None
    desk.guest("eve", AWAY)
    desk.now = late.retry_ms
    desk.guest("fay")


# Passwords.


def test_a_name_is_folded_for_a_login_too() -> None:
    desk = Desk()
    desk.register("alice")
    assert "alice" == desk.by_password("ALICE").user.name


def test_an_unknown_name_and_a_wrong_password_are_refused_alike_and_cost_the_same() -> None:
    desk = Desk()
    desk.register("alice")
    unknown = refusal(desk.accounts.by_password("nobody", PASSWORD, HOME, 0))
    wrong = refusal(desk.accounts.by_password("alice", "incorrect horse", HOME, 0))
    assert (Code.WRONG_PASSWORD, unknown.text) == (wrong.code, wrong.text)
    assert Code.WRONG_PASSWORD is unknown.code
    assert [None, f"hash of {PASSWORD}"] == desk.auth.verified


def test_a_guest_has_no_password_to_log_in_with() -> None:
    desk = Desk()
    desk.guest("bob")
    assert Code.WRONG_PASSWORD is refusal(desk.accounts.by_password("bob", "None", HOME, 0)).code


def test_an_endless_password_is_refused_without_hashing_it() -> None:
    desk = Desk()
    endless = "a" * (PASSWORD_CHARS_MOST + 1)
    assert Code.WRONG_PASSWORD is refusal(desk.accounts.by_password("alice", endless, HOME, 0)).code
    assert [] == desk.auth.verified


def test_failed_tries_are_limited_per_name_and_address_but_never_per_name_alone() -> None:
    desk = Desk()
    desk.register("alice")
    for _ in range(3):
        refusal(desk.accounts.by_password("alice", "wrong", HOME, 0))
    late = refusal(desk.accounts.by_password("alice", PASSWORD, HOME, 0))
    assert Code.TOO_FAST is late.code
    assert "alice" == desk.by_password("alice", address=AWAY).user.name
    assert late.retry_ms is not None
    desk.now = late.retry_ms
    assert "alice" == desk.by_password("alice").user.name


def test_failed_tries_are_limited_per_address_whatever_the_names() -> None:
    desk = Desk()
    desk.register("alice")
    for number in range(5):
        refusal(desk.accounts.by_password(f"user{number}", "wrong", HOME, 0))
    assert Code.TOO_FAST is refusal(desk.accounts.by_password("alice", PASSWORD, HOME, 0)).code
    assert Code.TOO_FAST is refusal(desk.accounts.by_token("token-1", HOME, 0)).code


def test_tries_at_the_same_time_are_limited_too() -> None:
    desk = Desk()
    desk.register("alice")
    desk.auth.thinking = Deferred()
    found: list[object] = []
    for password in ("a", "b", "c", "d", PASSWORD):
        trying = desk.accounts.by_password("alice", password, HOME, 0)
        Deferred.fromCoroutine(trying).addBoth(found.append)
    desk.auth.thinking.callback(None)
    refusals = [failure.value for failure in found if isinstance(failure, Failure)]
    codes = [refusal.code for refusal in refusals if isinstance(refusal, ChatError)]
    assert [Code.WRONG_PASSWORD] * 3 + [Code.TOO_FAST] * 2 == codes


def test_logins_that_succeed_cost_nothing() -> None:
    desk = Desk()
    desk.register("alice")
    for _ in range(20):
        desk.by_password("alice")


# Tokens.


def test_a_token_comes_back_as_its_user() -> None:
    desk = Desk()
    alice = desk.register("alice").user
    assert alice == desk.by_token(desk.new_token(alice)).user


def test_a_guest_may_have_a_code_to_type_and_an_account_a_whole_token() -> None:
    desk = Desk()
    assert "code-1" == desk.new_token(desk.guest("bob").user, typed=True)
    assert "token-2" == desk.new_token(desk.guest("ben").user)
    assert "token-3" == desk.new_token(desk.register("alice").user, typed=True)


def test_a_code_is_the_same_however_it_is_typed() -> None:
    desk = Desk()
    bob = desk.guest("bob").user
    code = desk.new_token(bob, typed=True)
    assert desk.accounts.digest(code) == desk.accounts.digest(code.upper())
    assert bob == desk.by_token(code.upper()).user


def test_an_unknown_token_is_refused_and_counted() -> None:
    desk = Desk()
    for _ in range(5):
        assert Code.WRONG_TOKEN is refusal(desk.accounts.by_token("nonsense", HOME, 0)).code
    assert Code.TOO_FAST is refusal(desk.accounts.by_token("nonsense", HOME, 0)).code


def test_a_guest_who_comes_back_holds_a_name_again() -> None:
    desk = Desk()
    bob = desk.guest("bob").user
    token = desk.new_token(bob)
    outcome(_waited(desk.store.free_name(bob.id)))
    desk.guest("bob")
    assert User(bob.id, "bob2", "guest") == desk.by_token(token).user


def test_a_setting_comes_back_with_a_token() -> None:
    desk = Desk()
    bob = desk.guest("bob").user
    outcome(_waited(desk.store.prefer(bob.id, True)))
    assert desk.by_token(desk.new_token(bob)).numbers


def test_forgetting_forgives_nothing() -> None:
    desk = Desk()
    for _ in range(3):
        refusal(desk.accounts.by_password("alice", "wrong", HOME, 0))
    desk.accounts.forget(0)
    assert Code.TOO_FAST is refusal(desk.accounts.by_password("alice", "wrong", HOME, 0)).code


async def _waited(answer: Deferred[T]) -> T:
    return await answer
