"""The commands of a line client, as the one table that also prints `/help`."""

import re
from functools import cache

from chatd.model import (
    QUERY_CHARS_MOST,
    Attach,
    ChatError,
    Code,
    Create,
    Delete,
    Direct,
    Edit,
    History,
    Ignore,
    Ignored,
    Join,
    Leave,
    Level,
    Mentions,
    Notify,
    Pin,
    Pins,
    Position,
    Prefer,
    React,
    RoomRef,
    Rooms,
    Say,
    Search,
    Topic,
    Unignore,
    Who,
    direct_name,
    fold_name,
    valid_emoji,
)
from chatd.wires.line.accounts import ENTERING, ONESELF
from chatd.wires.line.admissions import ADMITTING
from chatd.wires.line.bots import PROGRAMS
from chatd.wires.line.files import SENDING, SHOWING
from chatd.wires.line.invitations import INVITING, PAGE_PATH
from chatd.wires.line.locking import LOCKING
from chatd.wires.line.managing import MANAGING
from chatd.wires.line.moderating import MODERATING
from chatd.wires.line.overseeing import OVERSEEING
from chatd.wires.line.presence import PRESENCE
from chatd.wires.line.render import news
from chatd.wires.line.reporting import REPORTING
from chatd.wires.line.roles import ROLES
from chatd.wires.line.talk import PAGE_OF_PEOPLE, Talk
from chatd.wires.line.words import (
    SEQ_MOST,
    Verb,
    message_number,
    misused,
    nothing,
    number,
    one_word,
    switched_on,
    user_name,
)

_HISTORY = 20
_HISTORY_MOST = 200
_MENTIONS_MOST = 100
_SHOWN = 5
"""A message, and two on either side."""
_LINK = re.compile(r"(?:https?://[^/]+)?/(r|dm)/([^/]+)/([^/]+)/?")
"""Where the page shows a message."""


def say(talk: Talk, text: str, me: bool = False) -> None:
    """Say something in the current room."""
    _say_in(talk, talk.current(), text, me)


def say_piped(talk: Talk, room: RoomRef, line: str) -> None:
    """Say a line as it is; an empty one is nothing to say."""
    if line:
        _say_in(talk, room, line)


def _say_in(talk: Talk, room: RoomRef, text: str, me: bool = False) -> None:
    talk.ask(lambda id: Say(id=id, room=room, text=text, me=me), where=room)


def _ignore(talk: Talk, rest: str) -> None:
    name = user_name(rest)
    talk.ask(lambda id: Ignore(id=id, user=name))


def _unignore(talk: Talk, rest: str) -> None:
    name = user_name(rest)
    talk.ask(lambda id: Unignore(id=id, user=name))


def _ignored(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Ignored(id=id))


def _join(talk: Talk, rest: str) -> None:
    word = one_word(rest)
    room = f"+{word.rsplit('/', 1)[1]}" if PAGE_PATH in word else talk.room_ref(word)
    talk.ask(lambda id: Join(id=id, room=room), talk.place.choose(room))


def _create(talk: Talk, rest: str) -> None:
    word, *more = rest.split() or [""]
    name = fold_name(one_word(word.removeprefix("#")))
    if more not in ([], ["private"]):
        raise misused()
    talk.ask(
        lambda id: Create(id=id, name=name, kind="private" if more else "public"), talk.place.choose(name)
    )


def _leave(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest)) if rest else talk.current()
    choice = talk.place.choose(talk.falls_back_to(room)) if room == talk.place.room else None
    talk.ask(lambda id: Leave(id=id, room=room), choice, where=room)


def _switch(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest))
    choice = talk.place.choose(room)
    if isinstance(room, int):
        talk.place.confirm(choice, room)
        talk.tell(f"Lines go to {talk.label(room)} now.")
    else:  # a room that nothing has told us of yet; asking for it tells whether one is in it
        talk.ask(lambda id: Who(id=id, room=room, limit=1), choice, where=room)


def _me(talk: Talk, rest: str) -> None:
    if not rest:
        raise misused()
    say(talk, rest, me=True)


def _msg(talk: Talk, rest: str) -> None:
    word, *text = rest.split(maxsplit=1) or [""]
    names = [fold_name(name) for name in one_word(word.removeprefix("@")).split(",")]
    room = direct_name(names)
    if text:
        _say_in(talk, room, text[0])
    elif len(names) == 1:
        talk.ask(lambda id: Direct(id=id, user=names[0]), talk.place.choose(room))
    else:
        talk.ask(lambda id: Direct(id=id, users=[*names]), talk.place.choose(room))


def _edit(talk: Talk, rest: str) -> None:
    word, *text = rest.split(maxsplit=1) or [""]
    target = message_number(word)
    if not text:
        raise misused()
    room = talk.current()
    talk.ask(lambda id: Edit(id=id, room=room, target=target, text=text[0]), where=room)


def _delete(talk: Talk, rest: str) -> None:
    target = message_number(rest)
    room = talk.current()
    talk.ask(lambda id: Delete(id=id, room=room, target=target), where=room)


def _react(talk: Talk, rest: str, on: bool = True) -> None:
    word, *emoji = rest.split(maxsplit=1) or [""]
    target = message_number(word)
    if not emoji:
        raise misused()
    emoji_meant = valid_emoji(emoji[0])
    room = talk.current()
    talk.ask(lambda id: React(id=id, room=room, target=target, emoji=emoji_meant, on=on), where=room)


def _unreact(talk: Talk, rest: str) -> None:
    _react(talk, rest, on=False)


def _pin(talk: Talk, rest: str, on: bool = True) -> None:
    target = message_number(rest)
    room = talk.current()
    talk.ask(lambda id: Pin(id=id, room=room, target=target, on=on), where=room)


def _unpin(talk: Talk, rest: str) -> None:
    _pin(talk, rest, on=False)


def _pins(talk: Talk, rest: str) -> None:
    room = talk.room_ref(one_word(rest)) if rest else talk.current()
    talk.ask(lambda id: Pins(id=id, room=room), where=room)


def _mentions(talk: Talk, rest: str) -> None:
    limit = number(rest, 1, _MENTIONS_MOST) if rest else _HISTORY
    talk.ask(lambda id: Mentions(id=id, limit=limit))


def _search(talk: Talk, rest: str) -> None:
    if not rest:
        raise ChatError(Code.BAD_REQUEST, "")
    talk.ask(lambda id: Search(id=id, query=rest))


_LEVELS: dict[str, tuple[Level, str]] = {
    "all": ("all", "all that is said"),
    "mentions": ("mentions", "what is for you"),
    "nothing": ("nothing", "nothing"),
}


def _notify(talk: Talk, rest: str) -> None:
    word = one_word(rest).lower()
    if word not in _LEVELS:
        raise misused()
    room = talk.current()
    level, what = _LEVELS[word]
    done = f"When you come back, {what} in {talk.label(room)} counts as unread."
    talk.ask(lambda id: Notify(id=id, room=room, level=level), done=done)


def _reply(talk: Talk, rest: str) -> None:
    word, *text = rest.split(maxsplit=1) or [""]
    target = message_number(word)
    if not text:
        raise misused()
    room = talk.current()
    talk.ask(lambda id: Say(id=id, room=room, text=text[0], reply_to=target), where=room)


def _topic(talk: Talk, rest: str) -> None:
    text = rest.strip()
    room = talk.current()
    if not text:
        talk.ask(lambda id: Topic(id=id, room=room), where=room)
    else:
        talk.ask(lambda id: Topic(id=id, room=room, text="" if text == "-" else text), where=room)


def _who(talk: Talk, rest: str) -> None:
    nothing(rest)
    room = talk.current()
    talk.ask(lambda id: Who(id=id, room=room, limit=PAGE_OF_PEOPLE), where=room)


def _rooms(talk: Talk, rest: str) -> None:
    _list_rooms(talk, rest, archived=False)


def _archived(talk: Talk, rest: str) -> None:
    _list_rooms(talk, rest, archived=True)


def _list_rooms(talk: Talk, rest: str, *, archived: bool) -> None:
    query = " ".join(rest.split())
    if len(query) > QUERY_CHARS_MOST:
        raise ChatError(Code.TOO_LONG, f"At most {QUERY_CHARS_MOST} characters can be looked for.")
    slot = talk.ask(lambda id: Rooms(id=id, query=query, archived=archived))
    slot.query, slot.archived = query, archived


def _history(talk: Talk, rest: str) -> None:
    limit = number(rest, 1, _HISTORY_MOST) if rest else _HISTORY
    room = talk.current()
    talk.ask(lambda id: History(id=id, room=room, limit=limit), where=room)


def _show(talk: Talk, rest: str) -> None:
    word, slash, seq = _unlinked(one_word(rest)).rpartition("/")
    if slash and not word:
        raise misused()
    room = talk.room_ref(word) if slash else talk.current()
    around = number(seq, 1, SEQ_MOST)
    asked = talk.ask(lambda id: History(id=id, room=room, around=around, limit=_SHOWN), where=room)
    asked.numbered = True


def _unlinked(word: str) -> str:
    """`lobby/4712` or `@alice/7`, also where it is the page's address that was pasted."""
    link = _LINK.fullmatch(word)
    if link is None:
        return word
    name = link[2].replace("%2C", ",")
    return f"{'@' if link[1] == 'dm' else ''}{name}/{link[3]}"


def _since(talk: Talk, rest: str) -> None:
    word, *seq = rest.split(maxsplit=1) or [""]
    after = number("".join(seq), 0, SEQ_MOST)
    room = talk.room_ref(word)
    talk.ask(lambda id: Attach(id=id, rooms=[Position(room, after)]), where=room)


def _receipts(talk: Talk, rest: str) -> None:
    talk.receipts = switched_on(rest)
    talk.tell(f"Receipts are {'on' if talk.receipts else 'off'}.")


def _numbers(talk: Talk, rest: str) -> None:
    on = talk.numbers = switched_on(rest)
    talk.numbers_chosen = True
    talk.tell(f"Numbers are {'on' if on else 'off'}.")
    if talk.user is not None and talk.user.kind == "user":
        talk.ask(lambda id: Prefer(id=id, numbers=on))


def _pipe(talk: Talk, rest: str) -> None:
    talk.pipe = talk.room_ref(one_word(rest))
    talk.tell(f"All that follows is said in {talk.label(talk.pipe)}, to the end of the connection.")


def _help(talk: Talk, rest: str) -> None:
    words = rest.lower().replace("/", " ").split()
    calls = _calls(talk.guests, talk.registration)
    found = [call for call in calls if all(word in call.lower() for word in words)] if words else calls
    if not words:
        talk.tell("A line is said in the current room. //x says /x. These are the commands:")
    elif not found:
        talk.tell("No command is about that. /help lists all of them.")
    if found:
        talk.answers.tell("".join(found))


@cache
def _calls(guests: bool, registration: bool) -> list[str]:
    """The lines of `/help`: a stranger may ask for them as often as they like."""
    unavailable = {name for name, open_ in (("nick", guests), ("register", registration)) if not open_}
    return [
        news(f"{f'/{verb.name} {verb.usage}'.rstrip():<24}  {verb.gives}")
        for verb in VERBS.values()
        if verb.name not in unavailable
    ]


def _quit(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.quit = True


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        *ENTERING,
        Verb("join", "ROOM|+CODE", "enter a room, by its name or by the code of an invitation", _join),
        Verb("create", "NAME [private]", "make a room and enter it", _create),
        Verb("leave", "[ROOM]", "belong to a room no longer; the current one, if none is named", _leave),
        Verb("switch", "ROOM", "choose the current room: lobby, #lobby or @alice", _switch),
        Verb("me", "TEXT", "say what you do: * alice waves", _me),
        Verb("edit", "N TEXT", "change message number N, or with -1 what you said last", _edit),
        Verb("delete", "N", "delete message number N, or with -1 what you said last", _delete),
        Verb("reply", "N TEXT", "answer message number N, or with -1 what you said last", _reply),
        Verb(
            "react", "N EMOJI", "put an emoji on message number N, or with -1 on what you said last", _react
        ),
        Verb("unreact", "N EMOJI", "take it off again", _unreact),
        Verb("pin", "N", "pin message number N to the room", _pin),
        Verb("unpin", "N", "take it down again", _unpin),
        Verb("mentions", "[N]", f"show the last {_HISTORY} messages that mention you, or N", _mentions),
        Verb("search", "WORDS", "find messages: words, from:NAME, in:ROOM, after:DAY, has:link", _search),
        Verb("notify", "all|mentions|nothing", "say what counts as unread in the current room", _notify),
        Verb("pins", "[ROOM]", "show what is pinned to a room; the current one, if none is named", _pins),
        Verb(
            "msg",
            "USER[,USER] [TEXT]",
            "talk to one person, or up to nine, alone; without a text, all lines go there",
            _msg,
        ),
        Verb("topic", "[TEXT]", "show or change what the current room is about; - for nothing", _topic),
        Verb("who", "", "list who is in the current room", _who),
        *SENDING,
        *SHOWING,
        *INVITING,
        Verb("rooms", "[WORDS]", "list the rooms, or those whose name or topic has these words", _rooms),
        Verb("archived", "[WORDS]", "list those of them that are archived", _archived),
        Verb("history", "[N]", f"show the last {_HISTORY} messages, or N, up to {_HISTORY_MOST}", _history),
        Verb("show", "[ROOM/]N", "show message number N of a room, and what was said around it", _show),
        Verb("since", "ROOM SEQ", "show all that came after message number SEQ", _since),
        Verb("receipts", "on|off", "tell when each line of yours is stored", _receipts),
        *ONESELF,
        *PROGRAMS,
        *PRESENCE,
        *ADMITTING,
        Verb("ignore", "USER", "hear nothing more of somebody, who is not told", _ignore),
        Verb("unignore", "USER", "hear them again", _unignore),
        Verb("ignored", "", "list whom you ignore", _ignored),
        *REPORTING,
        *MODERATING,
        *LOCKING,
        *OVERSEEING,
        *ROLES,
        *MANAGING,
        Verb("numbers", "on|off", "show each message's number; accounts keep it", _numbers),
        Verb("pipe", "ROOM", "say everything after this line literally, slashes included", _pipe),
        Verb("help", "[WORDS]", "show this, or only the lines that have these words", _help),
        Verb("quit", "", "say goodbye", _quit),
    )
}
"""Every command by its name, in the order of `/help`."""
