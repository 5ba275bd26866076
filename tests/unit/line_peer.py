"""A conversation with the events that a session would answer, for the tests of the line wire."""

import datetime
from collections.abc import Sequence

from chatd.model import Attached, Entered, Entry, Frontend, Here, LoggedIn, RoomKind, RoomState, Said, User
from chatd.wires.line import Conversation, Web
from chatd.wires.line.web import NOWHERE

UTC = datetime.UTC

ALICE = User(1, "alice", "user")
BOB = User(2, "bob", "guest")
CAROL = User(3, "carol", "bot")

LOBBY, DEV, DIRECT, SECRET = 1, 2, 3, 4

AT = 1_790_586_840_000
"""2026-09-28 09:14 UTC."""

CODE = "k7f3-9qx2-m4tz"


def conversation(
    *,
    passwords: bool = True,
    guests: bool = True,
    registration: bool = True,
    invitation: bool = False,
    text_chars: int = 100,
    numbers: bool = False,
    web: Web = NOWHERE,
) -> Conversation:
    return Conversation(
        server="chatd 0.1",
        numbers=numbers,
        zone=UTC,
        passwords=passwords,
        guests=guests,
        registration=registration,
        invitation=invitation,
        text_chars=text_chars,
        web=web,
    )


def state(room: int, name: str, kind: RoomKind = "public", *, unread: int = 0, read: int = 7) -> RoomState:
    return RoomState(room, name, kind, "", read + unread, read, unread)


def logged_in(*rooms: RoomState, id: int | None = 1, user: User = BOB, numbers: bool = False) -> LoggedIn:
    return LoggedIn(id=id, user=user, rooms=list(rooms), token=CODE, numbers=numbers)


def here(user: User, *frontends: Frontend, away: bool = False, status: str = "") -> Here:
    """Present through these, or at a terminal."""
    return Here(user.id, user.name, user.kind, frontends or ("line",), away, status)


def attached(
    room: int,
    name: str,
    kind: RoomKind = "public",
    *,
    present: list[User] | None = None,
    count: int = 1,
    entries: Sequence[Entry] = (),
    topic: str = "",
    head: int = 7,
    complete: bool = True,
) -> Attached:
    company = None if present is None else [here(user) for user in present]
    first = entries[0].seq if entries else head + 1
    last = entries[-1].seq if entries else head
    return Attached(
        room=room,
        name=name,
        kind=kind,
        topic=topic,
        head=head,
        count=count,
        entries=list(entries),
        first=first,
        last=last,
        complete=complete,
        present=company,
    )


def entered(room: int, name: str, kind: RoomKind = "public", *, id: int) -> Entered:
    return Entered(id=id, rooms=[state(room, name, kind)])


def said(seq: int = 8, text: str = "hi", room: int = LOBBY, sender: User = ALICE, at: int = AT) -> Said:
    return Said(room=room, seq=seq, at=at, sender=sender, text=text)


def in_the_lobby(
    *others: RoomState, user: User = BOB, numbers: bool = False, web: Web = NOWHERE
) -> Conversation:
    """Bob (or `user`) has come in, and has read the greeting; his next command has the id 2."""
    talk = conversation(web=web)
    talk.receive(b"/nick bob\n")
    talk.event(logged_in(state(LOBBY, "lobby"), *others, user=user, numbers=numbers))
    assert talk.event(attached(LOBBY, "lobby", present=[user])).startswith(b"* You are ")
    return talk
