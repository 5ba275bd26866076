"""Being here at a terminal: away and back, a status, and how others are present."""

from chatd.model import Away, Here, LoggedIn, Profile, Status
from chatd.wires.line.render import news
from chatd.wires.line.roles import called
from chatd.wires.line.safe import quoted
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, nothing

# Commands.


def _away(talk: Talk, rest: str) -> None:
    text = rest.strip()
    talk.ask(lambda id: Away(id=id, text=text or None), done="You are away. /back ends it.")


def _back(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Away(id=id, on=False), done="You are back.")


def _status(talk: Talk, rest: str) -> None:
    text = rest.strip()
    done = f"Your status is {quoted(text)}." if text else "You have no status."
    talk.ask(lambda id: Status(id=id, text=text), done=done)


PRESENCE = (
    Verb("away", "[TEXT]", "be shown as away, with a few words", _away),
    Verb("back", "", "be here again", _back),
    Verb("status", "[TEXT]", "show a few words beside your name; without a text, none", _status),
)


# What is told.


def seen(here: Here) -> str:
    """Who somebody is and how they are present: `bob (guest, line, away: "lunch")`."""
    return called(here.user, more=[*here.frontends, *words(here)])


def words(one: Here | Profile) -> list[str]:
    """`away`, `away: "lunch"`, `status: "at work"`, or nothing."""
    word = "away" if one.away else "status"
    if one.status:
        return [f"{word}: {quoted(one.status)}"]
    return [word] if one.away else []


def still_away(login: LoggedIn) -> str:
    """Whoever went away stays so through every login, which is easily forgotten."""
    if login.away is None:
        return ""
    left = f": {quoted(login.away)}" if login.away else ""
    return news(f"You are still away{left}. /back ends it.")
