"""The second factor: how it is turned on and off, what it lets in, and what trying costs."""

from collections.abc import Iterator

import pytest

from chatd.core.accounts import RECOVERY_CODES
from chatd.model import (
    Answer,
    Close,
    Code,
    Done,
    Error,
    Limits,
    LoggedIn,
    Login,
    NewToken,
    Password,
    RecoveryCodes,
    Register,
    SessionList,
    Sessions,
    TokenMade,
    Totp,
    TotpSecret,
)
from tests.unit.core_peer import PASSWORD, Core, totp_code

NEW = "battery staple"
FIRST = 100
"""The time step at which it is turned on."""


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


class Enrolled:
    """Alice, whose password takes a code too."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.alice = core.account("alice")
        self.secret = self.alice.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
        confirmed = Totp(on=True, code=self.code(FIRST))
        self.recovery = self.alice.expect(RecoveryCodes, confirmed).recovery

    def code(self, step: int) -> str:
        return totp_code(self.secret, step)

    def login(self, code: str | None, *, address: str = "192.0.2.1") -> Answer:
        return self.core.connect(address=address).ask(Login(name="alice", password=PASSWORD, code=code))

    def refused(self, code: str | None) -> Code:
        answer = self.login(code)
        assert isinstance(answer, Error)
        return answer.code

    def enters(self, code: str | None) -> bool:
        return isinstance(self.login(code), LoggedIn)


@pytest.fixture
def enrolled(core: Core) -> Enrolled:
    return Enrolled(core)


# Turning it on.


def test_a_password_is_enough_until_a_first_code_confirms_it(core: Core) -> None:
    alice = core.account("alice")
    begun = alice.expect(TotpSecret, Totp(on=True, password=PASSWORD))
    assert begun.uri == f"otpauth://{begun.secret}/alice"
    assert Code.WRONG_CODE is alice.refused(Totp(on=True, code="000000")).code
    core.connect().expect(LoggedIn, Login(name="alice", password=PASSWORD))
    recovery = alice.expect(RecoveryCodes, Totp(on=True, code=totp_code(begun.secret, FIRST))).recovery
    assert RECOVERY_CODES == len(set(recovery))
    assert Code.TOTP_REQUIRED is core.connect().refused(Login(name="alice", password=PASSWORD)).code


def test_it_is_begun_with_the_password_and_by_an_account_only(core: Core) -> None:
    alice = core.account("alice")
    assert Code.BAD_REQUEST is alice.refused(Totp(on=True)).code
    assert Code.BAD_REQUEST is alice.refused(Totp(on=True, code="000000")).code
    assert Code.WRONG_PASSWORD is alice.refused(Totp(on=True, password="wrong horse")).code
    assert Code.FORBIDDEN is core.guest("bob").refused(Totp(on=True, password=PASSWORD)).code


def test_it_is_not_begun_where_others_read_along(core: Core) -> None:
    alice, line = core.account("alice"), core.connect(passwords=False)
    line.expect(LoggedIn, Login(token=alice.token))
    assert Code.FORBIDDEN is line.refused(Totp(on=True, password=PASSWORD)).code


def test_a_second_one_is_refused(core: Core, enrolled: Enrolled) -> None:
    secret = enrolled.alice.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
    assert Code.FORBIDDEN is enrolled.alice.refused(Totp(on=True, code=totp_code(secret, FIRST))).code
    assert enrolled.enters(enrolled.code(FIRST + 1))


def test_a_session_that_is_being_ended_turns_nothing_on(core: Core) -> None:
    alice, thief = core.account("alice"), core.connect()
    thief.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    secret = thief.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
    core.store.hold()
    alice.tell(Password(current=PASSWORD, password=NEW))
    thief.tell(Totp(on=True, code=totp_code(secret, FIRST)))
    core.store.release()
    assert Close.LOGGED_OUT is thief.closed
    core.connect().expect(LoggedIn, Login(name="alice", password=NEW))


# Logging in.


def test_a_code_is_needed_beside_the_password_and_works_once(enrolled: Enrolled) -> None:
    assert Code.TOTP_REQUIRED is enrolled.refused(None)
    assert Code.WRONG_CODE is enrolled.refused(enrolled.code(FIRST))
    code = enrolled.code(FIRST + 1)
    assert enrolled.enters(f"{code[:3]} {code[3:]}")
    assert Code.WRONG_CODE is enrolled.refused(code)
    assert enrolled.enters(enrolled.code(FIRST + 2))


def test_a_code_without_the_password_is_worth_nothing(core: Core, enrolled: Enrolled) -> None:
    login = Login(name="alice", password="wrong horse", code=enrolled.code(FIRST + 1))
    assert Code.WRONG_PASSWORD is core.connect().refused(login).code
    assert enrolled.enters(enrolled.code(FIRST + 1))


def test_two_logins_with_one_code_are_one(core: Core, enrolled: Enrolled) -> None:
    peers = [core.connect(), core.connect()]
    core.store.hold()
    for peer in peers:
        peer.tell(Login(name="alice", password=PASSWORD, code=enrolled.code(FIRST + 1)))
    core.store.release()
    assert [[], ["wrong_code"]] == [peer.take_codes() for peer in peers]


def test_a_recovery_code_replaces_a_code_once(enrolled: Enrolled) -> None:
    first, *others = enrolled.recovery
    assert enrolled.enters(first.upper())
    assert Code.WRONG_CODE is enrolled.refused(first)
    assert all(enrolled.enters(code) for code in others)


def test_a_token_and_a_link_take_no_code(core: Core, enrolled: Enrolled) -> None:
    core.again(enrolled.alice)
    token = enrolled.alice.expect(TokenMade, NewToken(name="ci")).token
    core.connect().expect(LoggedIn, Login(token=token))


def test_wrong_codes_are_counted_as_failed_tries() -> None:
    core = Core(Limits(login_tries_per_minute=3, login_tries_per_address=4))
    enrolled = Enrolled(core)
    codes = [enrolled.refused(code) for code in ("999999", "nonsense", "999998", enrolled.code(FIRST + 1))]
    assert [Code.WRONG_CODE, Code.WRONG_CODE, Code.WRONG_CODE, Code.TOO_FAST] == codes
    assert isinstance(enrolled.login(enrolled.code(FIRST + 1), address="192.0.2.9"), LoggedIn)


def test_a_code_that_is_missing_is_no_failed_try() -> None:
    enrolled = Enrolled(Core(Limits(login_tries_per_minute=1)))
    assert [Code.TOTP_REQUIRED] * 5 == [enrolled.refused(None) for _ in range(5)]


def test_a_login_that_was_under_way_without_a_code_fails(core: Core) -> None:
    alice, thief = core.account("alice"), core.connect()
    secret = alice.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
    core.store.hold()
    alice.tell(Totp(on=True, code=totp_code(secret, FIRST)))
    thief.tell(Login(name="alice", password=PASSWORD))
    core.store.release()
    assert ["wrong_password"] == thief.take_codes()
    assert 1 == len(alice.expect(SessionList, Sessions()).sessions)


def test_another_password_takes_no_code_and_leaves_it_on(core: Core, enrolled: Enrolled) -> None:
    enrolled.alice.expect(Done, Password(current=PASSWORD, password=NEW))
    assert Code.TOTP_REQUIRED is core.connect().refused(Login(name="alice", password=NEW)).code


# Turning it off.


def test_it_is_turned_off_with_the_password_and_a_code(core: Core, enrolled: Enrolled) -> None:
    code = enrolled.code(FIRST + 1)
    for password, given, why in (
        (None, code, Code.BAD_REQUEST),
        ("wrong horse", code, Code.WRONG_PASSWORD),
        (PASSWORD, None, Code.TOTP_REQUIRED),
        (PASSWORD, "999999", Code.WRONG_CODE),
    ):
        assert why is enrolled.alice.refused(Totp(on=False, password=password, code=given)).code
    enrolled.alice.expect(Done, Totp(on=False, password=PASSWORD, code=code))
    enrolled.alice.expect(Done, Totp(on=False, password=PASSWORD))
    assert enrolled.enters(None)


def test_a_recovery_code_turns_it_off_and_the_others_die_with_it(core: Core, enrolled: Enrolled) -> None:
    old, spare = enrolled.recovery[:2]
    enrolled.alice.expect(Done, Totp(on=False, password=PASSWORD, code=old))
    enrolled.secret = enrolled.alice.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
    enrolled.alice.expect(RecoveryCodes, Totp(on=True, code=enrolled.code(FIRST)))
    assert Code.WRONG_CODE is enrolled.refused(spare)
    assert enrolled.enters(enrolled.code(FIRST + 1))


def test_a_guests_account_may_have_it(core: Core) -> None:
    bob = core.guest("bob")
    bob.ask(Register(name="bob", password=PASSWORD))
    bob.expect(TotpSecret, Totp(on=True, password=PASSWORD))
