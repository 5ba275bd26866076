"""What admins see of the whole server at a terminal."""

from msgspec.structs import asdict

from chatd.model import AskLimits, LimitList, ListUsers, UserList, UserState
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused, nothing


def _users(talk: Talk, rest: str) -> None:
    """`/users bob >bill`: what has `bob` in it, after `bill`."""
    query, _, after = rest.partition(">")
    if len(query.split()) > 1 or len(after.split()) > 1:
        raise misused()
    talk.ask(lambda id: ListUsers(id=id, query=query.strip(), after=after.strip().lower()))


def _limits(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: AskLimits(id=id))


OVERSEEING = (
    Verb(
        "users",
        "[WORD] [>NAME]",
        "list who has a name on the server: those with WORD in it, after NAME",
        _users,
    ),
    Verb("limits", "", "show what limits are set", _limits),
)
"""The commands, in the order of `/help`."""


def show_users(talk: Talk, event: UserList) -> None:
    """A page of those who have a name here."""
    lines = [_user_facts(talk, user) for user in event.users] or ["Nobody is called so."]
    if event.more:
        lines.append(f"There are more: /users >{visible(event.users[-1].name)} lists those after these.")
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))


def _user_facts(talk: Talk, user: UserState) -> str:
    name = visible(user.name)
    called = f"{name} ({quoted(user.display_name)})" if user.display_name not in ("", user.name) else name
    facts = [called, f"server {user.role}" if user.role is not None else user.kind]
    facts.append(f"since {moment(user.since, talk.zone)}")
    if user.connections:
        facts.append(f"here, {user.connections} connected")
    else:
        facts.append(f"last here {moment(user.seen, talk.zone)}")
    return ", ".join(facts)


def show_limits(talk: Talk, event: LimitList) -> None:
    """What the operator has set."""
    lines = [f"{name}: {value or 'off'}" for name, value in asdict(event.limits).items()]
    talk.answers.finish(talk.answers.slot(event.id), "".join(map(news, lines)))
