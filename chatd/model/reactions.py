"""What one reacts with, and what becomes of a message's reactions."""

import re

from chatd.model.errors import ChatError, Code
from chatd.model.events import Gathered, Reacted, Said
from chatd.model.rows import Reaction, User

_JOINER = "\u200d"
_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\u3297\u3299"
    "\U0001f000-\U0001faff]"
)
# The blocks that emoji are in or are kept free for: Python's own tables know those of its year only.
_LOOK = "[\ufe0e\ufe0f]?[\U0001f3fb-\U0001f3ff]?"
_TAGS = "(?:[\U000e0020-\U000e007e]{1,7}\U000e007f)?"
_PART = f"{_PICTURE}{_LOOK}{_TAGS}"
_FLAG = "[\U0001f1e6-\U0001f1ff]{2}"
_KEYCAP = "[0-9#*]\ufe0f?\u20e3"
_EMOJI = re.compile(f"{_FLAG}|{_KEYCAP}|{_PART}(?:{_JOINER}{_PART}){{0,7}}")
"""One emoji, by the grammar of Unicode TR #51 (ED-14 to ED-16); eight parts are more than any has."""


def valid_emoji(text: str) -> str:
    """Exactly one emoji, without blanks around it; raises ChatError `bad_request`."""
    emoji = text.strip()
    if not _EMOJI.fullmatch(emoji):
        raise ChatError(Code.BAD_REQUEST, "One reacts with exactly one emoji.")
    return emoji


def with_reaction(
    reactions: tuple[Reaction, ...], emoji: str, user: int, *, on: bool
) -> tuple[Reaction, ...]:
    """The reactions of a message after this user has put an emoji on it, or taken it off."""
    users = {one.emoji: set(one.users) for one in reactions}
    if on:
        users.setdefault(emoji, set()).add(user)
    else:
        users.get(emoji, set()).discard(user)
    return tuple(Reaction(one, tuple(sorted(users[one]))) for one in sorted(users) if users[one])


def gathered(
    changes: list[Reacted], message: Said | None = None, ignored: frozenset[int] = frozenset()
) -> Gathered | None:
    """What became of one message by all of these, in their order, but for those of people who are ignored.

    What was undone again is left out; None when nothing is left.
    """
    left: dict[tuple[str, int], Reacted] = {}
    for change in changes:
        place = change.emoji, change.sender.id
        if change.sender.id not in ignored and left.pop(place, None) is None:
            left[place] = change
    changed = list(left.values())
    if not changed:
        return None
    return Gathered(
        room=changed[0].room,
        target=changed[0].target,
        came=_by_emoji(changed, on=True),
        went=_by_emoji(changed, on=False),
        message=None if message is None or message.sender.id in ignored else message,
    )


def _by_emoji(changes: list[Reacted], *, on: bool) -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    for change in changes:
        if change.on is on:
            found.setdefault(change.emoji, []).append(change.sender)
    return found
