"""Accounts at a terminal: tokens, logging in by a code, and the second factor."""

from typing import Literal

import pytest
from msgspec.structs import replace

from chatd.model import (
    Code,
    Command,
    DeleteAccount,
    Done,
    Error,
    Link,
    LinkCode,
    Linked,
    Login,
    NewToken,
    RecoveryCodes,
    Revoke,
    TokenList,
    TokenMade,
    Tokens,
    TokenState,
    Totp,
    TotpSecret,
)
from tests.unit.line_peer import AT, LOBBY, attached, conversation, in_the_lobby, logged_in, state


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/tokens", Tokens(id=2)),
        ("/token CI", NewToken(id=2, name="ci")),
        ("/revoke ci", Revoke(id=2, name="ci")),
        ("/link", Link(id=2)),
        ("/link K7F3 9qx2", Link(id=2, code="K7F3 9qx2")),
        ("/totp confirm 123 456", Totp(id=2, on=True, code="123 456")),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(line.encode() + b"\n")


@pytest.mark.parametrize(
    ("line", "refusal"),
    [
        ("/tokens all", "! bad_request: Usage: /tokens"),
        ("/token", "! bad_request: Usage: /token NAME"),
        ("/token 7", "! bad_name: "),
        ("/revoke", "! bad_request: Usage: /revoke NAME"),
        ("/totp", "! bad_request: Usage: /totp on|off, and the password on the next line, or /totp confirm"),
        ("/totp confirm", "! bad_request: Usage: /totp on|off, and"),
        ("/totp on horse", "! bad_request: Usage: /totp on|off, and"),
    ],
)
def test_what_makes_no_sense_is_refused_here(line: str, refusal: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().decode().startswith(refusal)


# Tokens.


def test_tokens_are_listed_with_their_use() -> None:
    talk = in_the_lobby()
    talk.receive(b"/tokens\n")
    tokens = [TokenState("ci", AT, 0), TokenState("feed", AT, 2, AT + 60_000)]
    assert (
        b"* ci, since 2026-09-28 09:14, never used\n"
        b"* feed, since 2026-09-28 09:14, last used 2026-09-28 09:15, 2 connected\n"
    ) == talk.event(TokenList(id=2, tokens=tokens))
    talk.receive(b"/tokens\n")
    assert b"* You have no tokens. /token NAME makes one.\n" == talk.event(TokenList(id=3, tokens=[]))


def test_a_token_is_shown_once() -> None:
    talk = in_the_lobby()
    talk.receive(b"/token ci\n")
    assert b"* chatd_x is the token ci. It is not shown again; /revoke ci ends it.\n" == talk.event(
        TokenMade(id=2, name="ci", token="chatd_x")
    )
    talk.receive(b"/revoke ci\n")
    assert b"* The token ci opens nothing any more.\n" == talk.event(Done(id=3))


# Links.


def test_a_terminal_shows_a_code_and_is_let_in() -> None:
    talk = conversation()
    assert [Link(id=1)] == talk.receive(b"/link\n")
    assert (
        b"* Type /link k7f3-9qx2 where you are logged in, within 5 minutes: then you are here too.\n"
    ) == talk.event(LinkCode(id=1, code="k7f3-9qx2", expires_ms=300_000))
    assert b"" == talk.event(logged_in(state(LOBBY, "lobby"), id=None))
    assert talk.event(attached(LOBBY, "lobby")).startswith(b"* You are bob (guest). You are alone in #lobby.")


def test_a_code_lets_a_terminal_in() -> None:
    talk = conversation()
    assert [Link(id=1, code="k7f3-9qx2")] == talk.receive(b"/link k7f3-9qx2\n")
    talk.event(logged_in(state(LOBBY, "lobby"), id=1))
    assert talk.event(attached(LOBBY, "lobby")).startswith(b"* You are bob (guest). You are alone in #lobby.")


def test_somebody_is_shown_a_code_and_told_who_came_by_it() -> None:
    talk = in_the_lobby()
    talk.receive(b"/link\n")
    assert (
        b"* Type /link k7f3-9qx2 where you are not logged in, within 5 minutes. Whoever types it is you.\n"
    ) == talk.event(LinkCode(id=2, code="k7f3-9qx2", expires_ms=300_000))
    assert (
        b"* The terminal at 192.0.2.7 is now logged in as you. If that is not you: /end aa\n"
    ) == talk.event(Linked(session="aa", frontend="line", address="192.0.2.7"))
    assert b"* The web client at ::1 is now" in talk.event(
        Linked(session="aa", frontend="web", address="::1")
    )


def test_a_code_that_was_taken_is_followed_by_who_came() -> None:
    talk = in_the_lobby()
    talk.receive(b"/link k7f3-9qx2\n")
    assert b"" == talk.event(Done(id=2))


# The second factor.

REQUIRED = Error(id=1, code=Code.TOTP_REQUIRED, text="A code.")


def test_a_login_that_takes_a_code_asks_for_it_on_the_next_line() -> None:
    talk = conversation()
    [login] = talk.receive(b"/login alice\r\ncorrect horse\r\n")
    assert Login(id=1, name="alice", password="correct horse") == login
    assert b"* Password for alice:\n\xff\xfb\x01\xff\xfc\x01" == talk.output()
    prompt = b"* Code for alice:\n"
    assert b"! totp_required: A code.\n" + prompt + b"\xff\xfb\x01" == talk.event(REQUIRED)
    assert [replace(login, id=2, code="123456")] == talk.receive(b"123456\r\n")
    assert b"\xff\xfc\x01" == talk.output()
    wrong = Error(id=2, code=Code.WRONG_CODE, text="Wrong.")
    assert b"! wrong_code: Wrong.\n" + prompt + b"\xff\xfb\x01" == talk.event(wrong)
    assert [replace(login, id=3, code="123457")] == talk.receive(b"123457\r\n")
    talk.event(logged_in(state(LOBBY, "lobby"), id=3))
    assert b"You are alone in #lobby." in talk.event(attached(LOBBY, "lobby"))


def test_an_empty_line_in_place_of_a_code_gives_up() -> None:
    talk = conversation()
    talk.receive(b"/login alice\ncorrect horse\n")
    talk.event(REQUIRED)
    assert [] == talk.receive(b"\n")
    assert b"! bad_request: A code is not empty. /login alice asks again.\n" == talk.output()
    assert [Login(id=2, name="bob")] == talk.receive(b"/nick bob\n")


def test_a_command_in_place_of_a_code_gives_up_too() -> None:
    talk = conversation()
    talk.receive(b"/login alice\r\ncorrect horse\r\n")
    talk.event(REQUIRED)
    assert [Login(id=2, name="bob")] == talk.receive(b"/nick bob\r\n")
    assert b"\xff\xfc\x01" == talk.output()
    assert talk.receive(b"hello\n")


def test_no_code_is_asked_for_where_another_secret_is_awaited() -> None:
    talk = conversation()
    talk.receive(b"/login alice\ncorrect horse\n/login bob\n")
    talk.output()
    assert b"! totp_required: A code.\n* Password for bob:\n" == talk.event(REQUIRED)
    assert [Login(id=2, name="bob", password="staple")] == talk.receive(b"staple\n")


def test_a_login_that_is_refused_for_another_reason_asks_for_nothing() -> None:
    talk = conversation()
    talk.receive(b"/login alice\ncorrect horse\n")
    talk.output()
    refused = Error(id=1, code=Code.WRONG_PASSWORD, text="No.")
    assert b"! wrong_password: No.\n" == talk.event(refused)


def test_the_second_factor_is_turned_on_by_the_password_and_a_first_code() -> None:
    talk = in_the_lobby()
    assert [Totp(id=2, on=True, password="correct horse")] == talk.receive(b"/totp on\ncorrect horse\n")
    assert b"* Your password:\n" == talk.output()
    assert (
        b"* Give your authenticator this secret: ABCD EFGH IJ\n"
        b"* or this address: otpauth://totp/x\n"
        b"* /totp confirm CODE, with the code that it shows then, turns it on.\n"
    ) == talk.event(TotpSecret(id=2, secret="ABCDEFGHIJ", uri="otpauth://totp/x"))
    talk.receive(b"/totp confirm 123456\n")
    codes = [f"aaaa-bbbb-{number:04}" for number in range(7)]
    assert (
        b"* From now on your password takes a code of your authenticator too.\n"
        b"* Each of these replaces such a code once. They are not shown again:\n"
        b"* aaaa-bbbb-0000 aaaa-bbbb-0001 aaaa-bbbb-0002 aaaa-bbbb-0003 aaaa-bbbb-0004\n"
        b"* aaaa-bbbb-0005 aaaa-bbbb-0006\n"
    ) == talk.event(RecoveryCodes(id=3, recovery=codes))


def test_the_second_factor_is_turned_off_by_the_password_and_a_code() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/totp off\r\ncorrect horse\r\n")
    assert b"* Your password:\n\xff\xfb\x01* Code:\n" == talk.output()
    assert [Totp(id=2, on=False, password="correct horse", code="123456")] == talk.receive(b"123456\r\n")
    assert b"\xff\xfc\x01" == talk.output()
    assert b"* Your password is enough again.\n" == talk.event(Done(id=2))


# Deleting it.


@pytest.mark.parametrize(("word", "messages"), [("stay", "stay"), ("GO", "go")])
def test_an_account_is_deleted_by_the_password(word: str, messages: Literal["stay", "go"]) -> None:
    talk = in_the_lobby()
    asked = DeleteAccount(id=2, password="correct horse", messages=messages)
    assert [asked] == talk.receive(f"/deleteaccount {word}\ncorrect horse\n".encode())
    assert b" Your password:\n" in talk.output()
    assert b"* Your account is deleted.\n" == talk.event(Done(id=2))


def test_a_code_is_asked_for_where_deleting_takes_one() -> None:
    talk = in_the_lobby()
    talk.receive(b"/deleteaccount stay\ncorrect horse\n")
    talk.output()
    refused = Error(id=2, code=Code.TOTP_REQUIRED, text="x")
    assert b"! totp_required: x\n* Code:\n" == talk.event(refused)
    asked = DeleteAccount(id=3, password="correct horse", messages="stay", code="123456")
    assert [asked] == talk.receive(b"123456\n")
    talk.event(Error(id=3, code=Code.WRONG_CODE, text="x"))
    assert [] == talk.receive(b"\n")
    assert b"! bad_request: A code is not empty. /deleteaccount stay asks again.\n" == talk.output()


@pytest.mark.parametrize("line", [b"/deleteaccount\n", b"/deleteaccount now\n"])
def test_what_becomes_of_the_messages_must_be_said(line: bytes) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line + b"correct horse\n")
    assert talk.output().startswith(b"! bad_request: Usage: /deleteaccount stay|go")


def test_what_follows_a_refused_totp_is_dropped() -> None:
    for talk, line in ((conversation(passwords=False), b"/totp on\n"), (in_the_lobby(), b"/totp on horse\n")):
        assert [] == talk.receive(line + b"battery staple\n")
        assert talk.output().endswith(b"* That line was dropped.\n")
