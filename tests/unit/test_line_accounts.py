"""Accounts at a terminal: tokens."""

import pytest

from chatd.model import Command, Done, NewToken, Revoke, TokenList, TokenMade, Tokens, TokenState
from tests.unit.line_peer import AT, in_the_lobby


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/tokens", Tokens(id=2)),
        ("/token CI", NewToken(id=2, name="ci")),
        ("/revoke ci", Revoke(id=2, name="ci")),
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
