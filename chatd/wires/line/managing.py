"""How rooms work, at a terminal: `/set` changes it and tells it."""

from chatd.model import (
    SLOW_SECONDS_MOST,
    Archive,
    Configure,
    Configured,
    Rename,
    RoomRef,
    Settings,
    fold_name,
)
from chatd.wires.line.notices import counted
from chatd.wires.line.render import news
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused, number, one_word, switched_on


def _set(talk: Talk, rest: str) -> None:
    room, words = _room_and_words(talk, rest)
    match [word.lower() for word in words]:
        case []:
            talk.ask(lambda id: Configure(id=id, room=room), where=room)
        case ["moderated", value]:
            on = switched_on(value)
            talk.ask(lambda id: Configure(id=id, room=room, moderated=on), where=room)
        case ["slow", value]:
            seconds = _or_off(value, SLOW_SECONDS_MOST)
            talk.ask(lambda id: Configure(id=id, room=room, slow_seconds=seconds), where=room)
        case _:
            raise misused()


def _rename(talk: Talk, rest: str) -> None:
    words = rest.split()
    if len(words) not in (1, 2):
        raise misused()
    room = talk.room_ref(words[0]) if words[1:] else talk.current()
    name = fold_name(words[-1].removeprefix("#"))
    talk.ask(lambda id: Rename(id=id, room=room, name=name), done=f"The room is called #{name} now.")


def _archive(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest)) if rest else talk.current()
    talk.ask(lambda id: Archive(id=id, room=room), done=f"{talk.label(room)} is archived.")


def _unarchive(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest)) if rest else talk.current()
    talk.ask(
        lambda id: Archive(id=id, room=room, on=False), done=f"{talk.label(room)} is archived no longer."
    )


def _room_and_words(talk: Talk, rest: str) -> tuple[RoomRef, list[str]]:
    """The room that the first word names, if it begins as a room's label does, or else the current one."""
    words = rest.split()
    if words and words[0].startswith(("#", "@")):
        return talk.room_ref(words[0]), words[1:]
    return talk.current(), words


def _or_off(word: str, most: int) -> int:
    """A number, or 0 for `off`."""
    return 0 if word == "off" else number(word, 0, most)


MANAGING = (
    Verb(
        "set",
        "[#ROOM] [moderated on|off | slow SECONDS|off]",
        "change how a room works, or show it: who speaks, how often one may",
        _set,
    ),
    Verb("rename", "[ROOM] NAME", "give a room another name; the one before leads to it", _rename),
    Verb("archive", "[ROOM]", "let a room be read, and nothing else; /archived lists such rooms", _archive),
    Verb("unarchive", "[ROOM]", "let it live again", _unarchive),
)
"""The commands of those who own a room, in the order of `/help`."""


def show_configured(talk: Talk, event: Configured) -> None:
    """Say how a room works."""
    slot = talk.answers.slot(event.id)
    label = talk.label(event.room, slot.where)
    talk.answers.finish(slot, news(f"{label}: {', '.join(_facts(event.settings))}."))


def _facts(settings: Settings) -> list[str]:
    slow = settings.slow_seconds
    return [
        "only moderators speak" if settings.moderated else "everybody speaks",
        f"one message every {counted(slow, 'second')}" if slow else "no slow mode",
    ]
