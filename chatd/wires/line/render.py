"""Room events as lines: what everybody in a room reads."""

import datetime
from collections.abc import Sequence
from typing import assert_never

from chatd.model import (
    Appeared,
    Deleted,
    Edited,
    Entry,
    Gathered,
    Here,
    Joined,
    Left,
    Mentioned,
    Noticed,
    Pinned,
    Presence,
    Previewed,
    Purged,
    Reacted,
    Said,
    Shown,
    Skipped,
    Typed,
    User,
)
from chatd.wires.line.notices import about_message, notice, reactions
from chatd.wires.line.people import NAMED, names
from chatd.wires.line.safe import visible
from chatd.wires.line.web import NOWHERE, Web, shown_file


class LineWire:
    """Lines for people and pipes, in one variant: with or without each message's seq.

    Lines end in LF alone. Telnet's network terminal asks for CR LF, but GNU inetutils telnet 2.4 shows LF
    properly while it edits lines itself (it leaves the mapping to the terminal), a pipe into `grep` or
    `while read` would keep each CR, and one ending for all lets a room's members share a frame.
    """

    __slots__ = ("_numbers", "_web", "_zone")

    personal = True

    def __init__(self, numbers: bool, zone: datetime.tzinfo, web: Web = NOWHERE) -> None:
        """`zone`: where the clock times that people read belong to."""
        self._numbers = numbers
        self._web = web
        self._zone = zone

    def encode(self, event: Shown, label: str, quoted: Said | None = None) -> bytes:
        """The lines to send; empty when there is nothing to show. `label` is `#lobby` or `@alice`."""
        return shown(event, label, self._numbers, self._zone, quoted, self._web).encode()


def shown(
    event: Shown,
    label: str,
    numbers: bool,
    zone: datetime.tzinfo,
    quoted: Said | None = None,
    web: Web = NOWHERE,
) -> str:
    """An event of a room as lines; empty when there is nothing to show."""
    match event:
        case Said() | Edited():
            return message(event, label, numbers, zone, quoted, web)
        case Deleted() | Previewed() | Pinned() | Purged() | Noticed():
            told = notice(event, visible(label))
            return news(told) if told else ""
        case Joined() | Left() | Presence() if label.startswith("@"):
            return ""  # who is here is told once, where both meet others too
        case Joined():
            return _news(_people(event.users), f"joined {visible(label)}")
        case Left():
            return _news(_people(event.users), f"left {visible(label)}")
        case Presence():
            return _presence(event, visible(label))
        case Gathered():
            return news(reactions(event, visible(label)))
        case Typed() | Mentioned() | Skipped() | Reacted() | Appeared():
            return ""  # what was reacted is told gathered
        case _:
            assert_never(event)


LINES_MOST = 100
"""Of one message; the rest stands in the last one, its ends of lines written out.

Each line repeats the prefix: 4,000 ends of lines would be 4,000 prefixes, to every terminal in the room.
"""


def message(
    said: Said | Edited,
    label: str,
    numbers: bool,
    zone: datetime.tzinfo,
    quoted: Said | None = None,
    web: Web = NOWHERE,
) -> str:
    """The lines of one message, each with the same prefix, so that no text can look like a line of ours.

    Empty for an edit of what is gone: that it is gone comes later in the log.
    """
    place = f"{visible(label)} {said.seq}" if numbers else visible(label)
    name = called(said.sender)
    gone = isinstance(said, Said) and said.deleted
    who = f"* {name}" if said.me and not gone else f"<{name}>"
    prefix = f"[{place}] {_time(said.at, zone):%H:%M} {who} "
    if gone:
        return f"{prefix}(deleted)\n"
    if said.text is None:
        return ""
    lines = [visible(line) for line in said.text.replace("\r\n", "\n").split("\n", LINES_MOST - 1)]
    if isinstance(said, Said) and said.file is not None:
        lines = [shown_file(said.file, web), *(lines if said.text else ())]
    lines[0] = _marks(said, numbers, quoted) + lines[0]
    return "".join(f"{prefix}{line}\n" for line in lines)


def called(user: User) -> str:
    """Who it is: `alice`, or `ci, bot` for a bot."""
    return f"{visible(user.name)}, bot" if user.kind == "bot" else visible(user.name)


def _marks(said: Said | Edited, numbers: bool, quoted: Said | None) -> str:
    """What is to be known of it before its text."""
    if isinstance(said, Edited):
        return f"(edited {said.target}) " if numbers else "(edited) "
    marks = [] if said.reply_to is None else [_answered(said.reply_to, numbers, quoted)]
    if said.edited:
        marks.append("(edited)")
    if said.reactions:
        marks.append(f"({' '.join(f'{visible(one.emoji)}{len(one.users)}' for one in said.reactions)})")
    return "".join(f"{mark} " for mark in marks)


def _answered(seq: int, numbers: bool, quoted: Said | None) -> str:
    """`(to alice: "hi bob")`, or with numbers `(to 12, alice: "hi bob")`; without the message its number."""
    if quoted is None:
        return f"(to {seq})"
    return f"(to {seq}, {about_message(quoted)})" if numbers else f"(to {about_message(quoted)})"


def day(entry: Entry, zone: datetime.tzinfo) -> datetime.date:
    """The day from which it is, where its reader's clock stands."""
    return _time(entry.at, zone).date()


def moment(at_ms: int, zone: datetime.tzinfo) -> str:
    """A day and a clock time: `2026-09-28 09:14`."""
    return f"{_time(at_ms, zone):%Y-%m-%d %H:%M}"


def news(text: str) -> str:
    """A line of ours."""
    return f"* {text}\n"


def _presence(event: Presence, label: str) -> str:
    if len(event.came) + len(event.went) > NAMED:
        return news(f"{len(event.came)} came, {len(event.went)} went; {event.count} are here ({label})")
    came = _news(_people(event.came), f"{_verb(event.came, 'is', 'are')} here ({label})")
    return came + _news(_people(event.went), f"{_verb(event.went, 'has', 'have')} gone ({label})")


def _news(who: str, what: str) -> str:
    return news(f"{who} {what}") if who else ""


def _people(users: Sequence[User | Here]) -> str:
    return f"{len(users)} people" if len(users) > NAMED else names(users, NAMED)


def _verb(users: Sequence[User | Here], one: str, many: str) -> str:
    return one if len(users) == 1 else many


def _time(at_ms: int, zone: datetime.tzinfo) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at_ms / 1000, zone)
