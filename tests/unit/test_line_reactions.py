"""Reactions on a line: how they are asked for, and what everybody reads of them."""

import pytest

from chatd.model import Entry, Gathered, Messages, React, Reacted, Reaction, Said, Stored, User
from chatd.wires.json import JsonWire
from chatd.wires.line import LineWire
from tests.unit.line_peer import ALICE, AT, BOB, CAROL, LOBBY, UTC, attached, in_the_lobby, said

PLAIN = LineWire(False, UTC)


def reacted(user: User, seq: int, emoji: str = "👍", *, target: int = 3, on: bool = True) -> Reacted:
    return Reacted(room=LOBBY, seq=seq, at=AT, sender=user, target=target, emoji=emoji, on=on)


def gathered(message: Said | None = None) -> Gathered:
    return Gathered(room=LOBBY, target=8, came={"👍": [ALICE, BOB], "🎉": [CAROL]}, went={}, message=message)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (gathered(), "* 👍 by alice, bob; 🎉 by carol, on 8 in #lobby\n"),
        (gathered(said()), '* 👍 by alice, bob; 🎉 by carol, on 8 in #lobby (alice: "hi")\n'),
        (
            Gathered(room=LOBBY, target=8, came={}, went={"👍": [BOB]}),
            "* 👍 no longer by bob, on 8 in #lobby\n",
        ),
        (
            Gathered(room=LOBBY, target=8, came={"👍": [BOB] * 12}, went={}),
            f"* 👍 by {'bob, ' * 9}bob and 2 others, on 8 in #lobby\n",
        ),
    ],
)
def test_what_was_reacted_is_one_line(event: Gathered, line: str) -> None:
    assert line.encode() == PLAIN.encode(event, "#lobby")


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("one\ntwo", "one…"),
        ("\n one ", "one"),
        ("x" * 40, "x" * 40),
        ("x" * 41, "x" * 40 + "…"),
        ('a "b" \\ \x1b[2J\u202e', 'a \\"b\\" \\\\ \\x1b[2J\\u202e'),
    ],
)
def test_a_text_is_told_in_a_few_safe_words(text: str, excerpt: str) -> None:
    assert f'(alice: "{excerpt}")\n' in PLAIN.encode(gathered(said(text=text)), "#lobby").decode()


def test_one_by_one_they_are_not_shown() -> None:
    assert b"" == PLAIN.encode(reacted(BOB, 9), "#lobby")


def test_where_each_is_told_they_are_not_told_again() -> None:
    assert b"" == JsonWire().encode(gathered(), "#lobby")
    assert b'"type":"reacted"' in JsonWire().encode(reacted(BOB, 9), "#lobby")


# Pages


def test_a_page_shows_what_is_on_a_message() -> None:
    talk = in_the_lobby()
    talk.receive(b"/history 1\n")
    entry = Said(
        room=LOBBY,
        seq=8,
        at=AT,
        sender=ALICE,
        text="hi",
        reply_to=3,
        edited=True,
        changed=12,
        reactions=(Reaction("🎉", (1,)), Reaction("👍", (1, 2))),
    )
    shown = talk.event(Messages(id=2, room=LOBBY, entries=[entry], first=8, last=8, complete=True))
    assert shown.endswith("[#lobby] 09:14 <alice> (to 3) (edited) (🎉1 👍2) hi\n".encode())


def test_a_page_tells_what_was_reacted_to_earlier_messages_together() -> None:
    talk = in_the_lobby()
    entries: list[Entry] = [
        said(8),
        reacted(BOB, 9),
        reacted(CAROL, 10),
        reacted(BOB, 11, "🎉"),
        reacted(BOB, 12, "🎉", on=False),
        reacted(ALICE, 13, target=8),
        reacted(ALICE, 14, target=4, on=False),
        reacted(ALICE, 15, "🎉", target=5),
        reacted(ALICE, 16, "🎉", target=5, on=False),
    ]
    lines = talk.event(attached(LOBBY, "lobby", entries=entries, head=16)).decode().splitlines()
    assert ["* 👍 by bob, carol, on 3 in #lobby", "* 👍 no longer by alice, on 4 in #lobby"] == lines[2:]


# Commands


def test_reacting() -> None:
    talk = in_the_lobby()
    assert [React(id=2, room=LOBBY, target=8, emoji="👍")] == talk.receive("/react 8  👍 \n".encode())
    assert [React(id=3, room=LOBBY, target=-1, emoji="🎉", on=False)] == talk.receive(
        "/unreact -1 🎉\n".encode()
    )
    assert b"" == talk.event(Stored(id=2, room=LOBBY, seq=9, at=AT))


@pytest.mark.parametrize("line", ["/react", "/react 8", "/react x 👍", "/unreact 👍"])
def test_a_reaction_needs_a_number_and_an_emoji(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert talk.output().startswith(b"! bad_request: Usage: /")


def test_what_is_no_emoji_is_refused() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/react 8 nice\n")
    assert b"! bad_request: One reacts with exactly one emoji.\n" == talk.output()
