"""A room as it was and as it ends: pages of what was said, and the last lines of who only reads."""

import datetime
from collections.abc import Callable, Iterable, Sequence

from chatd.model import CLOSINGS, Attached, Close, Entry, Reacted, Removed, Said, gathered
from chatd.wires.line.render import day, news, shown
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.web import Web


def page(entries: Sequence[Entry], label: str, numbers: bool, zone: datetime.tzinfo, web: Web) -> str:
    """The entries of a page of one room."""
    said = {entry.seq: entry for entry in entries if isinstance(entry, Said) and not entry.deleted}
    lines = []
    for entry in entries:
        answered = said.get(entry.reply_to or 0) if isinstance(entry, Said) else None
        lines.append((entry, shown(entry, label, numbers, zone, answered, web)))
    return _dated(lines, zone) + _reactions(entries, label, numbers, zone, web)


def listed(messages: Iterable[Said], label: Callable[[int], str], zone: datetime.tzinfo, web: Web) -> str:
    """Messages of any rooms, each with its number."""
    return _dated([(said, shown(said, label(said.room), True, zone, None, web)) for said in messages], zone)


def _dated(lines: Iterable[tuple[Entry, str]], zone: datetime.tzinfo) -> str:
    """The day before it wherever it changes: a clock time alone says too little."""
    dated, last = [], None
    for entry, text in lines:
        today = day(entry, zone)
        if text and today != last:
            last = today
            dated.append(news(today.isoformat()))
        dated.append(text)
    return "".join(dated)


def _reactions(entries: Sequence[Entry], label: str, numbers: bool, zone: datetime.tzinfo, web: Web) -> str:
    """What a page tells of reactions to messages that it does not show."""
    said = {entry.seq for entry in entries if isinstance(entry, Said)}
    changes: dict[int, list[Reacted]] = {}
    for entry in entries:
        if isinstance(entry, Reacted) and entry.target not in said:
            changes.setdefault(entry.target, []).append(entry)
    events = filter(None, map(gathered, changes.values()))
    return "".join(shown(event, label, numbers, zone, None, web) for event in events)


def attached(event: Attached, numbers: bool, zone: datetime.tzinfo, web: Web) -> bytes:
    """A page of what was missed."""
    text, called = "", visible(label_in(event))
    if event.reset:
        text += news(f"reset {called}; its numbers began anew, forget those that you kept")
    if event.gap is not None:
        text += news(f"gap {called} {event.gap.first} {event.gap.last}; those are gone")
    return (text + page(event.entries, label_in(event), numbers, zone, web)).encode()


def label_in(event: Attached) -> str:
    """How its room is called: `#lobby`, `@alice`."""
    return event.name if event.kind == "direct" else f"#{event.name}"


def removal(event: Removed, label: str) -> str:
    """That one is in a room no longer, and by whose doing."""
    if event.by is None:
        return f"You are in {label} no longer."
    if event.destroyed:
        return f"{visible(event.by.name)} deleted {label}, with everything in it."
    reason = f": {quoted(event.reason)}" if event.reason else ""
    return f"{visible(event.by.name)} removed you from {label}{reason}."


def removed(event: Removed, label: str) -> bytes:
    """The same as a last line."""
    return news(removal(event, visible(label))).encode()


def closing(why: Close) -> bytes:
    """The last line when the server ends it."""
    return news(CLOSINGS[why].text).encode()
