"""What happened in a room besides messages, as lines of ours. Whatever a user wrote is quoted in them."""

from typing import assert_never

from chatd.model import Deleted, Noticed, Purged
from chatd.wires.line.safe import quoted, visible


def notice(entry: Deleted | Purged | Noticed, label: str) -> str:
    """The line, without its mark; `label` is how the reader calls the room, made safe."""
    who = visible(entry.sender.name)
    match entry:
        case Deleted():
            whose = "" if entry.about is None else f" of {visible(entry.about.name)}"
            return f"{who} deleted a message{whose} ({entry.target}) in {label}"
        case Purged():
            whose = "their" if entry.user.id == entry.sender.id else f"{visible(entry.user.name)}'s"
            return f"{who} deleted all of {whose} messages up to {entry.up_to} in {label}"
        case Noticed():
            return f"{who} {_what(entry, label)}"
        case _:
            assert_never(entry)


def _what(entry: Noticed, label: str) -> str:
    match entry.what:
        case "topic" if entry.text:
            return f"changed the topic of {label} to {quoted(entry.text)}"
        case "topic":
            return f"removed the topic of {label}"
        case "kicked":
            return f"removed {_whom(entry)} from {label}{_why(entry)}"
        case "banned":
            return f"banned {_whom(entry)} from {label}{_why(entry)}"
        case "unbanned":
            return f"lets {_whom(entry)} into {label} again"
        case "muted":
            return f"muted {_whom(entry)} in {label}{_why(entry)}"
        case "unmuted":
            return f"lets {_whom(entry)} speak in {label} again"
        case "moderated":
            return f"lets only moderators speak in {label}"
        case "unmoderated":
            return f"lets everybody speak in {label} again"
        case "slow" if entry.text != "0":
            return f"slowed {label} down: one message every {counted(int(entry.text), 'second')}"
        case "slow":
            return f"ended the slow mode of {label}"
        case _:
            assert_never(entry.what)


def counted(count: int, what: str) -> str:
    """`1 second`, `30 seconds`."""
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _whom(entry: Noticed) -> str:
    assert entry.about is not None, "it was done to somebody"
    return visible(entry.about.name)


def _why(entry: Noticed) -> str:
    return f": {quoted(entry.text)}" if entry.text else ""
