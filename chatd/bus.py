"""How committed entries reach those who deliver them; in one process: straight back."""

from collections.abc import Callable

from chatd.model import Entry


class LocalBus:
    """Hands each entry to every subscriber, in the order of subscribing, before `publish` returns."""

    def __init__(self) -> None:
        """Nobody hears anything until they subscribe."""
        self._subscribers: list[Callable[[Entry], None]] = []

    def subscribe(self, hear: Callable[[Entry], None]) -> None:
        """Hear every entry from now on, in commit order."""
        self._subscribers.append(hear)

    def publish(self, entry: Entry) -> None:
        """Called by the store for every committed entry, in commit order."""
        for hear in self._subscribers:
            hear(entry)
