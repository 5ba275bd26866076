"""Who of those who are here ignores whom: nobody is asked for an author whom nobody ignores."""

from collections.abc import Collection, Iterable
from typing import TypeVar, cast

from msgspec.structs import replace

from chatd.model import Edited, Entry, Previewed, Reacted, Reaction, Said, User

E = TypeVar("E", bound=Entry)


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
    """Whether it is what its author has to say, which those who ignore them do not hear.

    What they take back is told: it may have been heard before it was ignored, and must go where it is kept.
    """
    return isinstance(entry, Said | Edited | Reacted | Previewed)


def heard(entries: list[E], ignored: Collection[int]) -> list[E]:
    """Without what is told by somebody who is ignored, and without their reactions."""
    if not ignored:
        return entries
    return [
        _without(entry, ignored) for entry in entries if entry.sender.id not in ignored or not tells(entry)
    ]


def _without(entry: E, ignored: Collection[int]) -> E:
    if not isinstance(entry, Said) or not entry.reactions:
        return entry
    left = [(one.emoji, tuple(user for user in one.users if user not in ignored)) for one in entry.reactions]
    return cast(
        "E", replace(entry, reactions=tuple(Reaction(emoji, users) for emoji, users in left if users))
    )


def names(users: Iterable[User]) -> dict[int, User]:
    """The users by their ids."""
    return {user.id: user for user in users}
