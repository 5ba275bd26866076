"""What can be asked in a request of its own, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatd.core.people import Person
from chatd.core.rates import Bucket
from chatd.model import (
    Attach,
    Audit,
    ChatError,
    Code,
    Command,
    Delete,
    Detach,
    Draw,
    Edit,
    History,
    Icon,
    Link,
    ListUsers,
    Login,
    Logout,
    Members,
    Mentions,
    Pin,
    Ping,
    Pins,
    React,
    Register,
    Rooms,
    Say,
    Search,
    Topic,
    Totp,
    Typing,
    Upload,
    Users,
    Who,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

PACED = (Say, Upload, Icon, Edit, Delete, React, Pin, Topic, Draw)
"""What is carried out no faster than its sender may speak."""

FREE = (Ping, Attach, Detach, Typing, Logout)
"""What is carried out whenever it comes: it keeps a connection, costs nothing, or must not wait."""

ANSWERED_ONLY = (History, Search, Who, Rooms, Members, Mentions, Pins, Users, Audit, ListUsers, Draw)
"""What changes nothing: where nobody is left to have the answer, it need not be carried out."""


def pace_of(person: Person, command: Command) -> Bucket | None:
    """How fast the person may have this carried out; None where nothing slows it."""
    if isinstance(command, FREE):
        return None
    if isinstance(command, Search):
        return person.search_pace
    return person.pace if isinstance(command, PACED) else person.asking_pace


CONNECTED: tuple[type[Command], ...] = (Attach, Detach)
"""What makes no sense without a connection that stays."""


def check_served(session: Session, person: Person, command: Command) -> None:
    """Raise ChatError for what needs a connection that stays, and `too_fast` where one would wait."""
    match command:
        case Attach() | Detach():
            raise _needs_connection("A request hears of no room afterwards.")
        case Login() | Register():
            raise _needs_connection("A request has its user by its token.")
        case Link(code=None):
            raise _needs_connection("Nobody could be logged in by the code when the request is over.")
        case Totp(on=True):
            raise _needs_connection("The second factor is turned on in two steps.")
    pace, now = pace_of(person, command), session.registry.now
    if pace is not None and not pace.take(now):
        if pace is person.pace:
            what = "That was said"
        else:
            what = "You search" if pace is person.search_pace else "You ask"
        raise ChatError(Code.TOO_FAST, f"{what} too fast. Wait a moment.", retry_ms=pace.wait_ms(now))


def _needs_connection(why: str) -> ChatError:
    return ChatError(Code.BAD_REQUEST, f"{why} Do this on a connection that stays: the WebSocket at /ws.")
