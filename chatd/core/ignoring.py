"""Who of those who are here ignores whom: nobody is asked for an author whom nobody ignores."""

from collections.abc import Collection, Iterable

from chatd.model import Edited, Entry, Said, User


class Ignorers:
    """By the id of who is ignored, the ids of those here who do."""

    __slots__ = ("_of",)

    def __init__(self) -> None:
        self._of: dict[int, set[int]] = {}

    def change(self, user: int, before: Iterable[int], after: Iterable[int]) -> None:
        """The user ignores other people than before."""
        for other in before:
            ignorers = self._of[other]
            ignorers.remove(user)
            if not ignorers:
                del self._of[other]
        for other in after:
            self._of.setdefault(other, set()).add(user)

    def of(self, user: int) -> Collection[int]:
        """Who ignores this user."""
        return self._of.get(user, ())

    def __len__(self) -> int:
        return len(self._of)


def tells(entry: Entry) -> bool:
    """Whether it is what its author has to say, which those who ignore them do not hear."""
    return isinstance(entry, Said | Edited)


def heard(entries: list[Entry], ignored: Collection[int]) -> list[Entry]:
    """Without what is told by somebody who is ignored."""
    if not ignored:
        return entries
    return [entry for entry in entries if entry.sender.id not in ignored or not tells(entry)]


def names(users: Iterable[User]) -> dict[int, User]:
    """The users by their ids."""
    return {user.id: user for user in users}
