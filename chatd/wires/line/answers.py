"""Output in the order of the input, though answers come in any order."""

from typing import NamedTuple

from chatd.model import DeleteAccount, LoggedIn, Login, RoomRef
from chatd.wires.line.places import Choice


class Slot:
    """Where the answer to one command will stand in the output, and what must be known to write it."""

    __slots__ = (
        "archived",
        "choice",
        "done",
        "entering",
        "login",
        "number",
        "numbered",
        "outcome",
        "query",
        "tail",
        "text",
        "where",
    )

    def __init__(self, number: int, choice: Choice | None, where: RoomRef | None, outcome: str) -> None:
        self.number = number
        self.choice = choice
        """The choice of a room that this command made, and that its refusal undoes."""
        self.where = where
        """The room that was named, as it was named."""
        self.outcome = outcome
        """What to say when it was done and the answer says no more."""
        self.archived = False
        """Whether archived rooms were asked for …"""
        self.query = ""
        """… and what was looked for, so that the next page can be asked for."""
        self.entering: Login | DeleteAccount | None = None
        """What was asked for with a password, in case that it takes a code too."""
        self.numbered = False
        """Whether each message of the answer shows its number, whatever the client's setting is."""
        self.login: LoggedIn | None = None
        """The login that was granted, and whose first room is awaited."""
        self.done = False
        self.text = ""
        self.tail = ""
        """What was said by ourselves after this command and before the next."""


class Piece(NamedTuple):
    """Something to write."""

    data: bytes
    page_of: int = 0
    """The room, for a page of one: nobody who is put out of it meanwhile is to read it."""


class Answers:
    """The output of one connection: each answer waits for those to earlier commands."""

    __slots__ = ("_count", "_out", "_slots", "held_chars")

    def __init__(self) -> None:
        self.held_chars = 0
        """Of what we said ourselves, and waits for an answer to what was asked before."""
        self._count = 0
        self._out: list[Piece] = []
        self._slots: dict[int, Slot] = {}

    @property
    def owed(self) -> bool:
        """Whether an answer has not come yet."""
        return bool(self._slots)

    def ask(self, choice: Choice | None = None, where: RoomRef | None = None, outcome: str = "") -> Slot:
        """A place for one more answer."""
        self._count += 1
        slot = self._slots[self._count] = Slot(self._count, choice, where, outcome)
        return slot

    def slot(self, number: int | str | None) -> Slot:
        """The place of the answer with this `id`; for one that nobody asked for, after all the others."""
        slot = self._slots.get(number) if isinstance(number, int) else None
        return self.ask() if slot is None or slot.done else slot

    def finish(self, slot: Slot, text: str) -> None:
        """The rest of the answer."""
        slot.text += text
        slot.done = True
        self._release()

    def give_up(self) -> None:
        """No more answers will come: what has come of them is all."""
        for slot in self._slots.values():
            slot.done = True
        self._release()

    def _release(self) -> None:
        while self._slots:
            number, first = next(iter(self._slots.items()))
            if not first.done:
                break
            del self._slots[number]
            self.held_chars -= len(first.tail)
            self._out.append(Piece((first.text + first.tail).encode()))

    def tell(self, text: str) -> None:
        """What we say ourselves, after the answers to all that was asked before."""
        if self._slots:
            self._slots[next(reversed(self._slots))].tail += text
            self.held_chars += len(text)
        else:
            self._out.append(Piece(text.encode()))

    def interject(self, data: bytes, page_of: int = 0) -> None:
        """What waits for no answer: telnet's bytes, news, and pages, which live messages follow."""
        self._out.append(Piece(data, page_of))

    def take(self) -> list[Piece]:
        """What may be written now; given once."""
        pieces, self._out = self._out, []
        return pieces
