"""Accounts at a terminal: tokens, and logging in by a code."""

import pytest

from chatd.model import (
    Command,
    Done,
    Link,
    LinkCode,
    Linked,
    NewToken,
    Revoke,
    TokenList,
    TokenMade,
    Tokens,
    TokenState,
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
