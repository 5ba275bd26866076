"""Whom a text mentions: `@alice`, everybody with `@room`, and with `@here` whoever is present."""

import re

ROOM = "room"
HERE = "here"

MENTIONS_MOST = 50
"""So many names in one message are looked at."""

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
_MENTION = re.compile(r"(?<![\w@])@([A-Za-z][A-Za-z0-9_-]{0,30})(?!\w)")


def names_in(text: str) -> list[str]:
    """The names that stand behind an `@`, each once and in lower case; nothing that stands in code."""
    if "@" not in text:
        return []
    found = _MENTION.findall(_CODE.sub(" ", text))
    return list(dict.fromkeys(name.lower() for name in found))[:MENTIONS_MOST]
