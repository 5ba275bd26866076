"""Where the same server is on the web, for those who have a terminal only."""

from collections.abc import Callable
from typing import NamedTuple

from chatd.model import File, size
from chatd.wires.line.safe import visible


class Web(NamedTuple):
    """How addresses are written."""

    base: str
    """What they begin with: `https://chat.example`."""
    path: Callable[[File], str]
    """Where whoever has a terminal reads a file, without logging in."""


NOWHERE = Web("", lambda file: "")
"""Nothing is served there."""


def shown_file(file: File, web: Web) -> str:
    """A file in one line: `[image cat.png 1280×720 240 kB] https://…`."""
    facts = [_kind(file), visible(file.name), size(file.bytes)]
    if file.width is not None:
        facts.insert(2, f"{file.width}×{file.height}")
    return f"[{' '.join(facts)}] {web.base}{web.path(file)}".rstrip()


def _kind(file: File) -> str:
    kind = file.type.partition("/")[0]
    return kind if kind in ("image", "audio", "video") else "file"
