"""Accounts at a terminal: coming in, and what one says and sees of one's own account."""

from collections.abc import Callable
from functools import partial
from typing import Literal, get_args

from msgspec.structs import replace

from chatd.model import (
    LOBBY,
    Appear,
    ChatError,
    Code,
    Colour,
    DeleteAccount,
    End,
    Error,
    Link,
    LinkCode,
    Linked,
    Login,
    NewToken,
    Password,
    RecoveryCodes,
    Register,
    Revoke,
    SessionList,
    Sessions,
    SessionState,
    TokenList,
    TokenMade,
    Tokens,
    TokenState,
    Totp,
    TotpSecret,
    Users,
    fold_name,
)
from chatd.wires.line.files import change_icon
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Asking, Talk
from chatd.wires.line.words import Verb, misused, nothing, one_word, user_name

COLOURS: tuple[Colour, ...] = get_args(Colour)

_DROPPED = "The next line is dropped, in case it is a password."
_GROUP_CHARS = 4
_CODES_A_LINE = 5


# Secrets, which come on lines of their own, so that telnet does not show them.


def _expect_secret(talk: Talk) -> None:
    """The next line may be a secret, even where this is refused."""
    talk.asking = Asking(lambda line: talk.tell("That line was dropped."))
    if not talk.passwords:
        raise ChatError(Code.FORBIDDEN, f"Passwords are not taken on an unencrypted connection. {_DROPPED}")


def _ask(talk: Talk, prompt: str, again: str, take: Callable[[str], None], what: str = "password") -> None:
    """Let `take` have the next line, as `_await`."""
    talk.tell(prompt)
    _await(talk, again, take, what)


def _await(talk: Talk, again: str, take: Callable[[str], None], what: str) -> None:
    """Let `take` have the next line; `again` is the command that asks anew after an empty one."""

    def taken(line: str) -> None:
        if not line:
            raise ChatError(Code.BAD_REQUEST, f"A {what} is not empty. {again} asks again.")
        take(line)

    talk.asking = Asking(taken, yields=what == "code")


# Coming in.


def _enter(talk: Talk, command: Callable[[int], Login | Register | Link]) -> None:
    choice = talk.place.choose(LOBBY) if talk.user is None else None
    slot = talk.ask(command, choice)
    made = talk.commands[-1]
    if isinstance(made, Login) and made.password is not None:
        slot.entering = made


def ask_code(talk: Talk, command: Login | DeleteAccount, refused: Error) -> str:
    """The line that asks for the code which this takes too, if that is why it was refused."""
    if refused.code not in (Code.TOTP_REQUIRED, Code.WRONG_CODE) or talk.asking is not None:
        return ""
    if isinstance(command, DeleteAccount):
        end = partial(_delete_with_code, talk, command)
        _await(talk, f"/deleteaccount {command.messages}", end, "code")
        return news("Code:")
    _await(talk, f"/login {command.name}", partial(_log_in_with_code, talk, command), "code")
    return news(f"Code for {command.name}:")


def _delete_with_code(talk: Talk, command: DeleteAccount, code: str) -> None:
    _end_account(talk, replace(command, code=code))


def _log_in_with_code(talk: Talk, login: Login, code: str) -> None:
    _enter(talk, lambda id: replace(login, id=id, code=code))


def _nick(talk: Talk, rest: str) -> None:
    name = fold_name(one_word(rest))
    _enter(talk, lambda id: Login(id=id, name=name))


def _login(talk: Talk, rest: str) -> None:
    _ask_password(talk, rest, "/login", lambda name, line: lambda id: Login(id=id, name=name, password=line))


def _register(talk: Talk, rest: str) -> None:
    words = rest.split()
    with_code = len(words) == 2 and (talk.invitation or not talk.registration)
    code = words[1] if with_code else None
    _ask_password(
        talk,
        words[0] if with_code else rest,
        "/register",
        lambda name, line: lambda id: Register(id=id, name=name, password=line, invitation=code),
    )


def _ask_password(
    talk: Talk, rest: str, call: str, command: Callable[[str, str], Callable[[int], Login | Register]]
) -> None:
    _expect_secret(talk)
    try:
        name = fold_name(one_word(rest))
    except ChatError as error:
        usage = f"Usage: {call} NAME, and the password on the next line."
        raise ChatError(error.code, f"{error.text or usage} {_DROPPED}") from None
    _ask(talk, f"Password for {name}:", f"{call} {name}", lambda line: _enter(talk, command(name, line)))


def _resume(talk: Talk, rest: str) -> None:
    if not rest:
        raise misused()
    _enter(talk, lambda id: Login(id=id, token=rest))


def _link(talk: Talk, rest: str) -> None:
    code = rest.strip()
    if not code:
        talk.ask(lambda id: Link(id=id))
    elif talk.user is None:
        _enter(talk, lambda id: Link(id=id, code=code))
    else:
        talk.ask(lambda id: Link(id=id, code=code))


ENTERING = (
    Verb("nick", "NAME", "come in as a guest", _nick),
    Verb("login", "NAME", "log in; the next line is the password", _login),
    Verb(
        "register",
        "NAME [CODE]",
        "make an account, or your guest one; the next line is its password, CODE an invitation",
        _register,
    ),
    Verb("resume", "CODE", "come back as the guest that you were, or in by an API token", _resume),
    Verb("link", "[CODE]", "log in without a password: shows a code, or takes the other side's", _link),
)
"""The commands by which somebody comes, in the order of `/help`."""


# Oneself.


def _password(talk: Talk, rest: str) -> None:
    _expect_secret(talk)
    if rest.strip():
        raise ChatError(
            Code.BAD_REQUEST, f"Usage: /password, and both passwords on lines of their own. {_DROPPED}"
        )
    _ask(
        talk,
        "Your password as it is now:",
        "/password",
        lambda current: _ask(
            talk, "New password:", "/password", lambda line: _change_password(talk, current, line)
        ),
    )


def _change_password(talk: Talk, current: str, password: str) -> None:
    done = "Your password is changed. All your other sessions have ended."
    talk.ask(lambda id: Password(id=id, current=current, password=password), done=done)


def _totp(talk: Talk, rest: str) -> None:
    word, *code = rest.split(maxsplit=1) or [""]
    if word == "confirm" and code:
        talk.ask(lambda id: Totp(id=id, on=True, code=code[0]))
        return
    _expect_secret(talk)
    if code or word not in ("on", "off"):
        usage = "Usage: /totp on|off, and the password on the next line, or /totp confirm CODE."
        raise ChatError(Code.BAD_REQUEST, f"{usage} {_DROPPED}")
    _ask(
        talk,
        "Your password:",
        f"/totp {word}",
        lambda line: _begin_totp(talk, line) if word == "on" else _ask_to_end_totp(talk, line),
    )


def _begin_totp(talk: Talk, password: str) -> None:
    talk.ask(lambda id: Totp(id=id, on=True, password=password))


def _ask_to_end_totp(talk: Talk, password: str) -> None:
    _ask(talk, "Code:", "/totp off", lambda line: _end_totp(talk, password, line), "code")


def _end_totp(talk: Talk, password: str, code: str) -> None:
    done = "Your password is enough again."
    talk.ask(lambda id: Totp(id=id, on=False, password=password, code=code), done=done)


def _delete_account(talk: Talk, rest: str) -> None:
    _expect_secret(talk)
    word = rest.strip().lower()
    if word not in ("stay", "go"):
        usage = (
            "Usage: /deleteaccount stay|go: what becomes of your messages. The next line is your password."
        )
        raise ChatError(Code.BAD_REQUEST, f"{usage} {_DROPPED}")
    messages: Literal["stay", "go"] = "go" if word == "go" else "stay"
    stays = "Your messages are deleted too." if word == "go" else "Your messages stay, without your name."
    _ask(
        talk,
        f"This cannot be taken back. {stays} Your password:",
        f"/deleteaccount {word}",
        lambda line: _end_account(talk, DeleteAccount(password=line, messages=messages)),
    )


def _end_account(talk: Talk, command: DeleteAccount) -> None:
    slot = talk.ask(lambda id: replace(command, id=id), done="Your account is deleted.")
    slot.entering = command


def _display(talk: Talk, rest: str) -> None:
    if not rest.strip():
        raise misused()
    talk.ask(lambda id: Appear(id=id, display_name=rest))


def _avatar(talk: Talk, rest: str) -> None:
    word = rest.strip().lower()
    if word in ("", "none"):
        change_icon(talk, remove=word == "none")
    elif word in COLOURS:
        talk.ask(lambda id: Appear(id=id, colour=word))
    else:
        raise ChatError(
            Code.BAD_REQUEST,
            f"An avatar is {', '.join(COLOURS)} or, with /avatar alone, an image; /avatar none removes that.",
        )


def _whois(talk: Talk, rest: str) -> None:
    name = user_name(rest)
    talk.ask(lambda id: Users(id=id, users=[name]))


def _sessions(talk: Talk, rest: str) -> None:
    name = user_name(rest) if rest.strip() else None
    talk.ask(lambda id: Sessions(id=id, user=name))


def _end(talk: Talk, rest: str) -> None:
    session, _, whose = rest.strip().partition(" ")
    word, name = one_word(session).lower(), user_name(whose) if whose else None
    talk.ask(lambda id: End(id=id, session=word, user=name), done="That session has ended.")


def _tokens(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Tokens(id=id))


def _token(talk: Talk, rest: str) -> None:
    name = fold_name(one_word(rest))
    talk.ask(lambda id: NewToken(id=id, name=name))


def _revoke(talk: Talk, rest: str) -> None:
    name = fold_name(one_word(rest))
    talk.ask(lambda id: Revoke(id=id, name=name), done=f"The token {name} opens nothing any more.")


ONESELF = (
    Verb("password", "", "change your password; the next lines are the old and the new one", _password),
    Verb("totp", "on|off|confirm CODE", "let your password take a code of an authenticator too", _totp),
    Verb("deleteaccount", "stay|go", "be gone for good; your messages stay or go too", _delete_account),
    Verb("display", "TEXT", "say how you want to be called", _display),
    Verb(
        "avatar",
        "[COLOUR|none]",
        f"give yourself an image, by a line for your shell, or a colour: {', '.join(COLOURS)}",
        _avatar,
    ),
    Verb("whois", "USER", "show who somebody is, and whether they are here", _whois),
    Verb("sessions", "[USER]", "list where you are logged in; for admins, where somebody else is", _sessions),
    Verb("end", "SESSION [USER]", "log one of them out", _end),
    Verb("tokens", "", "list the tokens that your programs log in with", _tokens),
    Verb("token", "NAME", "make such a token", _token),
    Verb("revoke", "NAME", "let a token open nothing any more", _revoke),
)
"""The commands about one's own account, in the order of `/help`."""


# What is told of it.


def show_link_code(talk: Talk, event: LinkCode) -> None:
    """A code for the other side."""
    call = f"/link {visible(event.code)}"
    minutes = event.expires_ms // 60_000
    if talk.user is None:
        text = f"Type {call} where you are logged in, within {minutes} minutes: then you are here too."
    else:
        text = f"Type {call} where you are not logged in, within {minutes} minutes. Whoever types it is you."
    talk.answers.finish(talk.answers.slot(event.id), news(text))


def show_linked(talk: Talk, event: Linked) -> None:
    """Somebody came by a code."""
    what = "terminal" if event.frontend == "line" else "web client"
    who = f"The {what} at {visible(event.address)} is now logged in as you."
    talk.answers.interject(news(f"{who} If that is not you: /end {visible(event.session)}").encode())


def show_sessions(talk: Talk, event: SessionList) -> None:
    """Where somebody is logged in."""
    lines = "".join(news(_session_facts(talk, session)) for session in event.sessions)
    talk.answers.finish(talk.answers.slot(event.id), lines or news("They are logged in nowhere."))


def _session_facts(talk: Talk, session: SessionState) -> str:
    facts = [session.session, f"{visible(session.frontend)} from {visible(session.address)}"]
    facts.append(f"since {moment(session.since, talk.zone)}")
    if session.this:
        facts.append("this one")
    elif session.idle_ms is None:
        facts.append(f"last here {moment(session.seen, talk.zone)}")
    else:
        facts.append(f"here, idle for {session.idle_ms // 60_000} min")
    return ", ".join(facts)


def show_tokens(talk: Talk, event: TokenList) -> None:
    """What one's programs log in with."""
    lines = "".join(news(_token_facts(talk, token)) for token in event.tokens)
    none = news("You have no tokens. /token NAME makes one.")
    talk.answers.finish(talk.answers.slot(event.id), lines or none)


def _token_facts(talk: Talk, token: TokenState) -> str:
    facts = [visible(token.name), f"since {moment(token.since, talk.zone)}"]
    if token.seen is None:
        facts.append("never used")
    else:
        facts.append(f"last used {moment(token.seen, talk.zone)}")
    if token.connections:
        facts.append(f"{token.connections} connected")
    return ", ".join(facts)


def show_new_token(talk: Talk, event: TokenMade) -> None:
    """A token, this once."""
    name = visible(event.name)
    text = f"{visible(event.token)} is the token {name}. It is not shown again; /revoke {name} ends it."
    talk.answers.finish(talk.answers.slot(event.id), news(text))


def show_secret(talk: Talk, event: TotpSecret) -> None:
    """What to give to an authenticator."""
    secret = visible(event.secret)
    groups = [secret[at : at + _GROUP_CHARS] for at in range(0, len(secret), _GROUP_CHARS)]
    lines = [
        f"Give your authenticator this secret: {' '.join(groups)}",
        f"or this address: {visible(event.uri)}",
        "/totp confirm CODE, with the code that it shows then, turns it on.",
    ]
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))


def show_recovery_codes(talk: Talk, event: RecoveryCodes) -> None:
    """What helps who has lost the authenticator."""
    codes = [visible(code) for code in event.recovery]
    lines = [
        "From now on your password takes a code of your authenticator too.",
        "Each of these replaces such a code once. They are not shown again:",
        *(" ".join(codes[at : at + _CODES_A_LINE]) for at in range(0, len(codes), _CODES_A_LINE)),
    ]
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))
