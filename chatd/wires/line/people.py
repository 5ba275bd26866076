"""People by name, as they stand in a line of ours."""

from collections.abc import Sequence

from chatd.model import Here, User
from chatd.wires.line.safe import visible

NAMED = 10
"""Up to so many are named where something happened to them; more are counted."""


def names(users: Sequence[User | Here], most: int) -> str:
    """`alice, bob`; past `most` names, `and 12 others`."""
    listed = ", ".join(visible(user.name) for user in users[:most])
    return f"{listed} and {others(len(users) - most)}" if len(users) > most else listed


def others(count: int) -> str:
    """`1 other`, `12 others`."""
    return "1 other" if count == 1 else f"{count} others"
