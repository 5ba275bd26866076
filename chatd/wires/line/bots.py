"""Bots at a terminal: making one, and what is told of them."""

from chatd.model import BotList, BotMade, Bots, EndBot, NewBot, fold_name
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, nothing, one_word, user_name


def _new_bot(talk: Talk, rest: str) -> None:
    name = fold_name(one_word(rest))
    talk.ask(lambda id: NewBot(id=id, name=name))


def _new_hook(talk: Talk, rest: str) -> None:
    name, room = fold_name(one_word(rest)), talk.current()
    talk.ask(lambda id: NewBot(id=id, name=name, room=room), where=room)


def _bots(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Bots(id=id))


def _end_bot(talk: Talk, rest: str) -> None:
    name = user_name(rest)
    talk.ask(lambda id: EndBot(id=id, bot=name), done=f"{name} has ended.")


def show_new_bot(talk: Talk, event: BotMade) -> None:
    """Its secret, this once."""
    name = visible(event.bot.name)
    if event.hook is not None and event.room is not None:
        call = f"curl -d 'hello' {talk.web.base}{visible(event.hook)}"
        what = f"{name} says in {talk.label(event.room)} what is sent to it: {call}"
    else:
        what = f"{visible(event.token or '')} is the token of the bot {name}."
    text = f"{what} It is not shown again; /endbot {name} ends it."
    talk.answers.finish(talk.answers.slot(event.id), news(text))


def show_bots(talk: Talk, event: BotList) -> None:
    """One's bots."""
    lines = []
    for one in event.bots:
        where = "" if one.room is None else f", speaks in {talk.label(one.room)}"
        lines.append(news(f"{visible(one.bot.name)} (bot), since {moment(one.since, talk.zone)}{where}"))
    found = "".join(lines) or news("You have no bots. /newbot NAME makes one, /newhook NAME an address.")
    talk.answers.finish(talk.answers.slot(event.id), found)


PROGRAMS = (
    Verb("newbot", "NAME", "make a bot, a user that a program of yours is", _new_bot),
    Verb("newhook", "NAME", "make a bot that says here what is sent to an address", _new_hook),
    Verb("bots", "", "list your bots", _bots),
    Verb("endbot", "NAME", "let a bot of yours open and say nothing any more", _end_bot),
)
"""The commands about bots, in the order of `/help`."""
