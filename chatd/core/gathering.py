"""Reactions, gathered until there is one line to tell for each message, and not one for each of them."""

from chatd.model import Reacted

GATHER_MS = 5_000
"""How long after the first one a message's reactions are told."""


class Gathering:
    """What changed on the messages of one room and is still to be told."""

    __slots__ = ("_changes", "_due")

    def __init__(self) -> None:
        self._changes: dict[int, list[Reacted]] = {}
        """By message."""
        self._due: dict[int, int] = {}
        """When they are told, by message, soonest first."""

    def add(self, entry: Reacted, now: int) -> None:
        """One more."""
        self._changes.setdefault(entry.target, []).append(entry)
        self._due.setdefault(entry.target, now + GATHER_MS)

    def take(self, now: int) -> list[list[Reacted]]:
        """What is to be told now, by message; each is given once."""
        ripe = [target for target, due in self._due.items() if due <= now]
        for target in ripe:
            del self._due[target]
        return [self._changes.pop(target) for target in ripe]

    def __len__(self) -> int:
        return len(self._due)
