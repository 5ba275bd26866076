"""What happened in a room besides messages, as lines of ours. Whatever a user wrote is quoted in them."""

from collections.abc import Mapping, Sequence
from typing import assert_never

from chatd.model import DELETED, Deleted, Gathered, Noticed, Pinned, Previewed, Purged, Said, User
from chatd.wires.line.people import NAMED, names
from chatd.wires.line.safe import quoted, visible

_EXCERPT_CHARS = 40


def notice(entry: Deleted | Previewed | Pinned | Purged | Noticed, label: str) -> str:
    """The line, without its mark, if there is one; `label` is how the reader calls the room, made safe."""
    who = visible(entry.sender.name)
    match entry:
        case Deleted():
            whose = "" if entry.about is None else f" of {visible(entry.about.name)}"
            return f"{who} deleted a message{whose} ({entry.target}) in {label}"
        case Previewed():
            return _preview(entry, label)
        case Pinned():
            return f"{who} {'pinned' if entry.on else 'took down'} message {entry.target} in {label}"
        case Purged() if who == DELETED:
            return f"the messages of a deleted account up to {entry.up_to} in {label} are gone"
        case Purged():
            whose = "their" if entry.user.id == entry.sender.id else f"{visible(entry.user.name)}'s"
            return f"{who} deleted all of {whose} messages up to {entry.up_to} in {label}"
        case Noticed():
            return f"{who} {_what(entry, label)}"
        case _:
            assert_never(entry)


def _preview(entry: Previewed, label: str) -> str:
    if entry.preview is None:
        return ""
    title, site = entry.preview.title, entry.preview.site
    return (
        f"link of {visible(entry.sender.name)} ({entry.target}) in {label}: {quoted(title)}, {quoted(site)}"
    )


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
        case "retention" if entry.text:
            return f"set {label} to keep {visible(entry.text)}"
        case "retention":
            return f"set {label} to keep everything"
        case "previews" if entry.text == "on":
            return f"has links in {label} looked at"
        case "previews":
            return f"has links in {label} looked at no longer"
        case "icon" if entry.text:
            return f"gave {label} another icon"
        case "icon":
            return f"removed the icon of {label}"
        case "archived":
            return f"archived {label}: it can be read, and nothing else"
        case "unarchived":
            return f"lets {label} live again"
        case "renamed":
            before, name = visible(entry.text).split()
            return f"renamed #{before} to #{name}"
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


def reactions(event: Gathered, label: str) -> str:
    """`👍 by alice, bob; 🎉 no longer by carol, on 12 in #lobby (alice: "hi bob")`."""
    changes = [*_by_whom(event.came, "by"), *_by_whom(event.went, "no longer by")]
    about = "" if event.message is None else f" ({about_message(event.message)})"
    return f"{'; '.join(changes)}, on {event.target} in {label}{about}"


def _by_whom(changes: Mapping[str, Sequence[User]], how: str) -> list[str]:
    return [f"{visible(emoji)} {how} {names(users, NAMED)}" for emoji, users in changes.items()]


def about_message(said: Said) -> str:
    """Who said what, in a few words: `alice: "hi bob"`."""
    text = said.text.strip() or ("" if said.file is None else f"[{said.file.name}]")
    first, *more = text.splitlines() or [""]
    cut = first[:_EXCERPT_CHARS].rstrip()
    return f"{visible(said.sender.name)}: {quoted(cut + '…' if more or cut != first else cut)}"
