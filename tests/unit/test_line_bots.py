"""Bots at a terminal."""

import pytest

from chatd.model import Bot, BotList, BotMade, Bots, Command, Done, EndBot, NewBot, User
from chatd.wires.line import Conversation, LineWire, Web
from tests.unit.line_peer import AT, LOBBY, UTC, in_the_lobby, said

CI = User(9, "ci", "bot")


def bob() -> Conversation:
    talk = in_the_lobby(web=Web("https://chat.example", lambda file: ""))
    talk.output()
    return talk


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/newbot CI", NewBot(id=2, name="ci")),
        ("/newhook ci", NewBot(id=2, name="ci", room=LOBBY)),
        ("/bots", Bots(id=2)),
        ("/endbot @ci", EndBot(id=2, bot="ci")),
    ],
)
def test_a_line_is_a_command(line: str, command: Command) -> None:
    assert [command] == bob().receive(f"{line}\n".encode())


def test_what_was_made_is_told_once() -> None:
    talk = bob()
    talk.receive(b"/newbot ci\n/newhook ci\n/bots\n/bots\n/endbot ci\n")
    told = talk.event(BotMade(id=2, bot=CI, token="chatd_x"))
    assert b"* chatd_x is the token of the bot ci. It is not shown again; /endbot ci ends it.\n" == told
    told = talk.event(BotMade(id=3, bot=CI, hook="/hook/x", room=LOBBY))
    call = b"curl -d 'hello' https://chat.example/hook/x"
    end = b"It is not shown again; /endbot ci ends it."
    assert b"* ci says in #lobby what is sent to it: " + call + b" " + end + b"\n" == told
    told = talk.event(BotList(id=4, bots=[Bot(CI, AT), Bot(CI, AT, LOBBY)]))
    since = b"* ci (bot), since 2026-09-28 09:14"
    assert since + b"\n" + since + b", speaks in #lobby\n" == told
    assert b"* You have no bots." == talk.event(BotList(id=5, bots=[]))[:19]
    assert b"* ci has ended.\n" == talk.event(Done(id=6))


def test_a_bot_is_marked_where_it_speaks() -> None:
    assert b"[#lobby] 09:14 <ci, bot> hi\n" == LineWire(False, UTC).encode(said(1, "hi", sender=CI), "#lobby")
