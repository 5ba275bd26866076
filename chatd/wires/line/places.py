"""Which room a plain line goes to, while the answers that decide it are still on their way."""

from chatd.model import RoomRef


class Choice:
    """One choice of the current room; None chooses none."""

    __slots__ = ("before", "gone", "room")

    def __init__(self, room: RoomRef | None, before: "Choice | None" = None) -> None:
        self.room = room
        self.before = before
        """What holds again if this choice is refused."""
        self.gone = False


class Place:
    """The current room: the last choice that has not been refused.

    A choice holds from the moment it is made, so a line sent right after `/join` goes to that room or is
    refused there, and never reaches the people of the room before. An earlier choice that is refused
    does not disturb a later one.
    """

    __slots__ = ("_choice",)

    def __init__(self) -> None:
        self._choice = Choice(None)

    @property
    def room(self) -> RoomRef | None:
        """Where a plain line goes."""
        return self._choice.room

    def choose(self, room: RoomRef | None) -> Choice:
        """Try a room."""
        self._choice = Choice(room, self._choice)
        return self._choice

    def holds(self, choice: Choice | None) -> bool:
        """Whether this choice is the current one."""
        return self._choice is choice

    def confirm(self, choice: Choice, room: RoomRef | None) -> None:
        """It was granted; `room` says by id what was asked by name."""
        choice.room = room
        choice.before = None

    def refuse(self, choice: Choice) -> None:
        """It was not granted."""
        choice.gone = True
        self._settle()

    def lose(self, room: int) -> bool:
        """One belongs to this room no longer; whether it was the current one. None is chosen instead."""
        was_current = self._choice.room == room
        choice: Choice | None = self._choice
        while choice is not None:
            choice.gone = choice.gone or choice.room == room
            choice = choice.before
        self._settle()
        return was_current

    def _settle(self) -> None:
        while self._choice.gone:
            self._choice = self._choice.before or Choice(None)
