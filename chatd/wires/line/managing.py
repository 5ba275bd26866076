"""How rooms work, at a terminal: `/set` changes it and tells it."""

from chatd.model import (
    RETAIN_COUNT_MOST,
    RETAIN_DAYS_MOST,
    SLOW_SECONDS_MOST,
    Archive,
    Configure,
    Configured,
    Destroy,
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
        case ["days", value]:
            days = _or_off(value, RETAIN_DAYS_MOST)
            talk.ask(lambda id: Configure(id=id, room=room, retain_days=days), where=room)
        case ["count", value]:
            count = _or_off(value, RETAIN_COUNT_MOST)
            talk.ask(lambda id: Configure(id=id, room=room, retain_count=count), where=room)
        case ["previews", value]:
            looked = switched_on(value)
            talk.ask(lambda id: Configure(id=id, room=room, previews=looked), where=room)
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


def _destroy(talk: Talk, rest: str) -> None:
    if not rest:
        label = talk.label(talk.current())
        told = f"This deletes {label} with all that was said in it, for everybody and for good."
        talk.tell(f"{told} If that is what you want: /destroy {label.removeprefix('#')}")
        return
    name = one_word(rest).removeprefix("#")
    room = talk.room_ref(name)
    talk.ask(lambda id: Destroy(id=id, room=room, name=name), done=f"{talk.label(room)} is deleted.")


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
        "[#ROOM] [moderated on|off | slow SECONDS|off | days N|off | count N|off | previews on|off]",
        "change how a room works, or show it: who speaks, how often, what is kept, if links are looked at",
        _set,
    ),
    Verb("rename", "[ROOM] NAME", "give a room another name; the one before leads to it", _rename),
    Verb("archive", "[ROOM]", "let a room be read, and nothing else; /archived lists such rooms", _archive),
    Verb("unarchive", "[ROOM]", "let it live again", _unarchive),
    Verb("destroy", "[ROOM]", "delete a room, with everything in it", _destroy),
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
        f"kept are {settings.kept()}" if settings.kept() else "everything is kept",
        "links are looked at" if settings.previews else "links are not looked at",
    ]
