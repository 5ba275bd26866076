"""What one line client has said of itself and knows: the state behind its commands and its answers."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from chatd.model import (
    LOBBY,
    MALFORMED,
    ChatError,
    Code,
    Command,
    RoomKind,
    RoomRef,
    User,
    direct_name,
    fold_name,
)
from chatd.wires.line.answers import Answers, Slot
from chatd.wires.line.places import Choice, Place
from chatd.wires.line.render import news
from chatd.wires.line.safe import visible
from chatd.wires.line.web import NOWHERE, Web

PAGE_OF_PEOPLE = 500
"""How many names are asked for at once."""


class Asking(NamedTuple):
    """The next line is a secret."""

    take: Callable[[str], None]
    """Takes it; raises ChatError to refuse it."""
    yields: bool = False
    """A line that begins with a slash is a command all the same: that secret cannot begin so."""


class Talk:
    """One client's state. It changes when a command is read and when an answer comes."""

    __slots__ = (
        "answers",
        "asking",
        "awaited",
        "colour",
        "commands",
        "guests",
        "invitation",
        "numbers",
        "numbers_chosen",
        "passwords",
        "pipe",
        "place",
        "quit",
        "receipts",
        "refusals",
        "registration",
        "resuming",
        "rooms",
        "user",
        "web",
        "zone",
    )

    def __init__(
        self,
        *,
        numbers: bool,
        zone: datetime.tzinfo,
        passwords: bool,
        guests: bool,
        registration: bool,
        invitation: bool,
        web: Web = NOWHERE,
    ) -> None:
        self.zone = zone
        self.web = web
        self.passwords = passwords
        self.guests = guests
        self.registration = registration
        self.invitation = invitation
        self.numbers = numbers
        self.numbers_chosen = False
        """`/numbers` was given, so what the account keeps does not count."""
        self.receipts = False
        self.colour = False
        """The terminal shows colours."""
        self.answers = Answers()
        self.place = Place()
        self.commands: list[Command] = []
        """What to hand to the session next."""
        self.rooms: dict[int, str] = {}
        """One's rooms, and how each is called."""
        self.awaited: dict[int, Slot] = {}
        """Answers that are complete when this room has been attached."""
        self.resuming: set[int] = set()
        """Rooms that `/since` asked for."""
        self.user: User | None = None
        self.pipe: RoomRef | None = None
        self.asking: Asking | None = None
        """What the next line is."""
        self.quit = False
        self.refusals = 0
        """How many lines made no sense (model.MALFORMED)."""

    def ask(
        self,
        command: Callable[[int], Command],
        choice: Choice | None = None,
        where: RoomRef | None = None,
        done: str = "",
    ) -> Slot:
        """Hand a command, made from its `id`, to the session, and give the place that its answer will have.

        `done`: what there is to say when it was done.
        """
        slot = self.answers.ask(choice, where, done)
        self.commands.append(command(slot.number))
        return slot

    def tell(self, text: str) -> None:
        """Say something ourselves, as one line of news."""
        self.answers.tell(news(text))

    def refuse(self, error: ChatError) -> None:
        """Refuse what was read, without asking the session."""
        self.refusals += error.code in MALFORMED
        self.answers.tell(refusal(error.code, error.text))

    def label(self, room: RoomRef, named: RoomRef | None = None) -> str:
        """How the client calls this room; `named` helps while it is not known."""
        if isinstance(room, str):
            return label_of(room)
        if room not in self.rooms and isinstance(named, str):
            return label_of(named)
        return self.rooms.get(room, f"#{room}")

    def learn(self, room: int, name: str, kind: RoomKind) -> str:
        """One belongs to this room; gives how it is called."""
        name = visible(name)
        label = self.rooms[room] = f"@{name.removeprefix('@')}" if kind == "direct" else f"#{name}"
        return label

    def rename(self, room: int, label: str) -> None:
        """A room of one's own is called otherwise: `#dev`, `@deleted`."""
        if room in self.rooms:
            self.rooms[room] = visible(label)

    def known(self, label: str) -> int | None:
        """The id of the room called so, unless several are: two guests may have had one name in turn."""
        wanted = _meant(label)
        found = [room for room, called in self.rooms.items() if _meant(called) == wanted]
        return found[0] if len(found) == 1 else None

    def room_ref(self, word: str) -> RoomRef:
        """The room that `lobby`, `#lobby`, `@alice` or `+CODE` means; raises ChatError `bad_name`."""
        if word.startswith("+"):
            return word
        if word.startswith("@"):
            name = direct_name([fold_name(one) for one in word[1:].split(",")])
        else:
            name = fold_name(word.removeprefix("#"))
        known = self.known(label_of(name))
        return name if known is None else known

    def current(self) -> RoomRef:
        """The room that a plain line goes to; raises ChatError when there is none."""
        if self.place.room is not None:
            return self.place.room
        if self.user is None:
            ways = "/nick NAME or /login NAME" if self.guests else "/login NAME"
            raise ChatError(Code.NOT_LOGGED_IN, f"Say who you are first: {ways}.")
        raise ChatError(Code.NOT_A_MEMBER, "You are in no room. /join ROOM enters one; /rooms lists them.")

    def falls_back_to(self, leaving: RoomRef) -> RoomRef | None:
        """The room that is current after this one."""
        lobby = self.known(label_of(LOBBY))
        if lobby is not None and lobby != leaving:
            return lobby
        if self.user is None and leaving != LOBBY:
            return LOBBY
        return next((room for room in self.rooms if room != leaving), None)

    def lose(self, room: int) -> bool:
        """Forget a room; whether it was the current one."""
        del self.rooms[room]
        self.resuming.discard(room)
        return self.place.lose(room)


def label_of(name: str) -> str:
    """How a room is called whose name was given as in a command."""
    return name if name.startswith("@") else f"#{name}"


def _meant(label: str) -> str | set[str]:
    """A room's label, or whom a direct room's names, in whatever order."""
    return set(label[1:].split(",")) if label.startswith("@") else label


def refusal(code: Code, text: str) -> str:
    """The line that refuses something."""
    return f"! {code}: {visible(text)}\n"
