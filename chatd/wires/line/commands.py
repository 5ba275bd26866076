"""The commands of a line client, as the one table that also prints `/help`."""

from collections.abc import Callable
from typing import NamedTuple, get_args

from chatd.model import (
    QUERY_CHARS_MOST,
    Appear,
    Attach,
    ChatError,
    Code,
    Colour,
    Create,
    Direct,
    End,
    History,
    Ignore,
    Ignored,
    Join,
    Leave,
    Link,
    Login,
    NewToken,
    Password,
    Position,
    Prefer,
    Register,
    Revoke,
    RoomRef,
    Rooms,
    Say,
    Sessions,
    Tokens,
    Unignore,
    Users,
    Who,
    fold_name,
)
from chatd.wires.line.talk import LOBBY, PAGE_OF_PEOPLE, Asking, Changing, Talk

_HISTORY = 20
_HISTORY_MOST = 200
_SEQ_MOST = 2**53 - 1

COLOURS: tuple[Colour, ...] = get_args(Colour)

_DROPPED = "The next line is dropped, in case it is a password."


class Verb(NamedTuple):
    """One row of the table."""

    name: str
    usage: str
    """What follows the name."""
    gives: str
    carry_out: Callable[[Talk, str], None]
    """Takes what follows the name; raises ChatError to refuse, with an empty text for a wrong usage."""


def say(talk: Talk, text: str, me: bool = False) -> None:
    """Say something in the current room."""
    _say_in(talk, talk.current(), text, me)


def say_piped(talk: Talk, room: RoomRef, line: str) -> None:
    """Say a line as it is; an empty one is nothing to say."""
    if line:
        _say_in(talk, room, line)


def take_password(talk: Talk, asking: Asking | Changing, password: str) -> None:
    """Log in, make an account or change the password, with the line that followed."""
    if isinstance(asking, Changing):
        _take_change(talk, asking, password)
    elif asking.dropped:
        talk.tell("That line was dropped.")
    elif not password:
        verb = "/register" if asking.new else "/login"
        raise ChatError(Code.BAD_REQUEST, f"A password is not empty. {verb} {asking.name} asks again.")
    elif asking.new:
        _enter(talk, lambda id: Register(id=id, name=asking.name, password=password))
    else:
        _enter(talk, lambda id: Login(id=id, name=asking.name, password=password))


def _take_change(talk: Talk, changing: Changing, password: str) -> None:
    if not password:
        raise ChatError(Code.BAD_REQUEST, "A password is not empty. /password asks again.")
    current = changing.current
    if current is None:
        talk.asking = Changing(password)
        talk.tell("New password:")
    else:
        done = "Your password is changed. All your other sessions have ended."
        talk.ask(lambda id: Password(id=id, current=current, password=password), done=done)


def _say_in(talk: Talk, room: RoomRef, text: str, me: bool = False) -> None:
    talk.ask(lambda id: Say(id=id, room=room, text=text, me=me), where=room)


def _enter(talk: Talk, command: Callable[[int], Login | Register | Link]) -> None:
    choice = talk.place.choose(LOBBY) if talk.user is None else None
    talk.ask(command, choice)


def _nick(talk: Talk, rest: str) -> None:
    name = fold_name(_word(rest))
    _enter(talk, lambda id: Login(id=id, name=name))


def _login(talk: Talk, rest: str) -> None:
    _ask_password(talk, rest, new=False)


def _register(talk: Talk, rest: str) -> None:
    _ask_password(talk, rest, new=True)


def _ask_password(talk: Talk, rest: str, new: bool) -> None:
    talk.asking = Asking("", new, dropped=True)
    if not talk.passwords:
        raise ChatError(Code.FORBIDDEN, f"Passwords are not taken on an unencrypted connection. {_DROPPED}")
    try:
        name = fold_name(_word(rest))
    except ChatError as error:
        usage = f"Usage: {'/register' if new else '/login'} NAME, and the password on the next line."
        raise ChatError(error.code, f"{error.text or usage} {_DROPPED}") from None
    talk.asking = Asking(name, new, dropped=False)
    talk.tell(f"Password for {name}:")


def _password(talk: Talk, rest: str) -> None:
    talk.asking = Asking("", False, dropped=True)
    if not talk.passwords:
        raise ChatError(Code.FORBIDDEN, f"Passwords are not taken on an unencrypted connection. {_DROPPED}")
    if rest.strip():
        raise ChatError(
            Code.BAD_REQUEST, f"Usage: /password, and both passwords on lines of their own. {_DROPPED}"
        )
    talk.asking = Changing()
    talk.tell("Your password as it is now:")


def _display(talk: Talk, rest: str) -> None:
    if not rest.strip():
        raise _misused()
    talk.ask(lambda id: Appear(id=id, display_name=rest))


def _avatar(talk: Talk, rest: str) -> None:
    colour = _word(rest).lower()
    if colour not in COLOURS:
        raise ChatError(Code.BAD_REQUEST, f"An avatar is {', '.join(COLOURS[:-1])} or {COLOURS[-1]}.")
    talk.ask(lambda id: Appear(id=id, colour=colour))


def _whois(talk: Talk, rest: str) -> None:
    name = _user_name(rest)
    talk.ask(lambda id: Users(id=id, users=[name]))


def _ignore(talk: Talk, rest: str) -> None:
    name = _user_name(rest)
    talk.ask(lambda id: Ignore(id=id, user=name))


def _unignore(talk: Talk, rest: str) -> None:
    name = _user_name(rest)
    talk.ask(lambda id: Unignore(id=id, user=name))


def _ignored(talk: Talk, rest: str) -> None:
    _nothing(rest)
    talk.ask(lambda id: Ignored(id=id))


def _sessions(talk: Talk, rest: str) -> None:
    _nothing(rest)
    talk.ask(lambda id: Sessions(id=id))


def _end(talk: Talk, rest: str) -> None:
    name = _word(rest).lower()
    talk.ask(lambda id: End(id=id, session=name), done="That session has ended.")


def _tokens(talk: Talk, rest: str) -> None:
    _nothing(rest)
    talk.ask(lambda id: Tokens(id=id))


def _token(talk: Talk, rest: str) -> None:
    name = fold_name(_word(rest))
    talk.ask(lambda id: NewToken(id=id, name=name))


def _revoke(talk: Talk, rest: str) -> None:
    name = fold_name(_word(rest))
    talk.ask(lambda id: Revoke(id=id, name=name), done=f"The token {name} opens nothing any more.")


def _resume(talk: Talk, rest: str) -> None:
    if not rest:
        raise _misused()
    _enter(talk, lambda id: Login(id=id, token=rest))


def _link(talk: Talk, rest: str) -> None:
    code = rest.strip()
    if not code:
        talk.ask(lambda id: Link(id=id))
    elif talk.user is None:
        _enter(talk, lambda id: Link(id=id, code=code))
    else:
        talk.ask(lambda id: Link(id=id, code=code))


def _join(talk: Talk, rest: str) -> None:
    room = talk.room_ref(_word(rest))
    talk.ask(lambda id: Join(id=id, room=room), talk.place.choose(room))


def _create(talk: Talk, rest: str) -> None:
    word, *more = rest.split() or [""]
    name = fold_name(_word(word.removeprefix("#")))
    if more not in ([], ["private"]):
        raise _misused()
    talk.ask(
        lambda id: Create(id=id, name=name, kind="private" if more else "public"), talk.place.choose(name)
    )


def _leave(talk: Talk, rest: str) -> None:
    room = talk.room_ref(_word(rest)) if rest else talk.current()
    choice = talk.place.choose(talk.falls_back_to(room)) if room == talk.place.room else None
    talk.ask(lambda id: Leave(id=id, room=room), choice, where=room)


def _switch(talk: Talk, rest: str) -> None:
    room = talk.room_ref(_word(rest))
    choice = talk.place.choose(room)
    if isinstance(room, int):
        talk.place.confirm(choice, room)
        talk.tell(f"Lines go to {talk.label(room)} now.")
    else:  # a room that nothing has told us of yet; asking for it tells whether one is in it
        talk.ask(lambda id: Who(id=id, room=room, limit=1), choice, where=room)


def _me(talk: Talk, rest: str) -> None:
    if not rest:
        raise _misused()
    say(talk, rest, me=True)


def _msg(talk: Talk, rest: str) -> None:
    word, *text = rest.split(maxsplit=1) or [""]
    name = fold_name(_word(word.removeprefix("@")))
    room = f"@{name}"
    if text:
        _say_in(talk, room, text[0])
    else:
        talk.ask(lambda id: Direct(id=id, user=name), talk.place.choose(room))


def _who(talk: Talk, rest: str) -> None:
    _nothing(rest)
    room = talk.current()
    talk.ask(lambda id: Who(id=id, room=room, limit=PAGE_OF_PEOPLE), where=room)


def _rooms(talk: Talk, rest: str) -> None:
    query = " ".join(rest.split())
    if len(query) > QUERY_CHARS_MOST:
        raise ChatError(Code.TOO_LONG, f"At most {QUERY_CHARS_MOST} characters can be looked for.")
    talk.ask(lambda id: Rooms(id=id, query=query)).query = query


def _history(talk: Talk, rest: str) -> None:
    limit = _number(rest, 1, _HISTORY_MOST) if rest else _HISTORY
    room = talk.current()
    talk.ask(lambda id: History(id=id, room=room, limit=limit), where=room)


def _since(talk: Talk, rest: str) -> None:
    word, *number = rest.split(maxsplit=1) or [""]
    after = _number("".join(number), 0, _SEQ_MOST)
    room = talk.room_ref(word)
    talk.ask(lambda id: Attach(id=id, rooms=[Position(room, after)]), where=room)


def _receipts(talk: Talk, rest: str) -> None:
    talk.receipts = _switched_on(rest)
    talk.tell(f"Receipts are {'on' if talk.receipts else 'off'}.")


def _numbers(talk: Talk, rest: str) -> None:
    on = talk.numbers = _switched_on(rest)
    talk.numbers_chosen = True
    talk.tell(f"Numbers are {'on' if on else 'off'}.")
    if talk.user is not None and talk.user.kind == "user":
        talk.ask(lambda id: Prefer(id=id, numbers=on))


def _pipe(talk: Talk, rest: str) -> None:
    talk.pipe = talk.room_ref(_word(rest))
    talk.tell(f"All that follows is said in {talk.label(talk.pipe)}, to the end of the connection.")


def _help(talk: Talk, rest: str) -> None:
    _nothing(rest)
    talk.tell("A line is said in the current room. //x says /x. These are the commands:")
    unavailable = set() if talk.guests else {"nick"}
    unavailable |= set() if talk.registration else {"register"}
    for verb in VERBS.values():
        if verb.name in unavailable:
            continue
        call = f"/{verb.name} {verb.usage}".rstrip()
        talk.tell(f"{call:<24}  {verb.gives}")


def _quit(talk: Talk, rest: str) -> None:
    _nothing(rest)
    talk.quit = True


def _word(rest: str) -> str:
    """The only word."""
    words = rest.split()
    if len(words) != 1:
        raise _misused()
    return words[0]


def _user_name(rest: str) -> str:
    """The only word, as the name of a user."""
    return fold_name(_word(rest.removeprefix("@")))


def _nothing(rest: str) -> None:
    if rest.strip():
        raise _misused()


def _number(rest: str, least: int, most: int) -> int:
    word = _word(rest)
    if not (word.isascii() and word.isdigit() and len(word) <= 16 and least <= int(word) <= most):
        raise _misused()
    return int(word)


def _switched_on(rest: str) -> bool:
    word = _word(rest).lower()
    if word not in ("on", "off"):
        raise _misused()
    return word == "on"


def _misused() -> ChatError:
    return ChatError(Code.BAD_REQUEST, "")


VERBS: dict[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb("nick", "NAME", "come in as a guest", _nick),
        Verb("login", "NAME", "log in; the next line is the password", _login),
        Verb(
            "register",
            "NAME",
            "make an account, or your guest one; the next line is its password",
            _register,
        ),
        Verb("resume", "CODE", "come back as the guest that you were, or in by an API token", _resume),
        Verb("link", "[CODE]", "log in without a password: shows a code, or takes the other side's", _link),
        Verb("join", "ROOM", "enter a room", _join),
        Verb("create", "NAME [private]", "make a room and enter it", _create),
        Verb("leave", "[ROOM]", "belong to a room no longer; the current one, if none is named", _leave),
        Verb("switch", "ROOM", "choose the current room: lobby, #lobby or @alice", _switch),
        Verb("me", "TEXT", "say what you do: * alice waves", _me),
        Verb(
            "msg",
            "USER [TEXT]",
            "talk to one person; without a text, all lines go there",
            _msg,
        ),
        Verb("who", "", "list who is in the current room", _who),
        Verb("rooms", "[WORDS]", "list the rooms, or those whose name or topic has these words", _rooms),
        Verb("history", "[N]", f"show the last {_HISTORY} messages, or N, up to {_HISTORY_MOST}", _history),
        Verb("since", "ROOM SEQ", "show all that came after message number SEQ", _since),
        Verb("receipts", "on|off", "tell when each line of yours is stored", _receipts),
        Verb("password", "", "change your password; the next lines are the old and the new one", _password),
        Verb("display", "TEXT", "say how you want to be called", _display),
        Verb("avatar", "COLOUR", f"choose a colour: {', '.join(COLOURS)}", _avatar),
        Verb("whois", "USER", "show how somebody wants to be called", _whois),
        Verb("ignore", "USER", "hear nothing more of somebody, who is not told", _ignore),
        Verb("unignore", "USER", "hear them again", _unignore),
        Verb("ignored", "", "list whom you ignore", _ignored),
        Verb("sessions", "", "list where you are logged in", _sessions),
        Verb("end", "SESSION", "log one of them out", _end),
        Verb("tokens", "", "list the tokens that your programs log in with", _tokens),
        Verb("token", "NAME", "make such a token", _token),
        Verb("revoke", "NAME", "let a token open nothing any more", _revoke),
        Verb("numbers", "on|off", "show each message's number; accounts keep it", _numbers),
        Verb("pipe", "ROOM", "say everything after this line literally, slashes included", _pipe),
        Verb("help", "", "show this", _help),
        Verb("quit", "", "say goodbye", _quit),
    )
}
"""Every command by its name, in the order of `/help`."""
