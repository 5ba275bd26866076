"""The lockdown at a terminal."""

import re

from chatd.model import LOCKDOWN_MINUTES_MOST, ChatError, Code, LockDown, LockedDown, valid_reason
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused

_TIME = re.compile(r"([1-9]\d{0,4})([mhd]?)")
_MINUTES = {"": 1, "m": 1, "h": 60, "d": 1_440}


def _lockdown(talk: Talk, rest: str) -> None:
    word, _, why = rest.partition(" ")
    if word in ("", "off"):
        if why.strip():
            raise misused()
        minutes = 0 if word else None
        talk.ask(lambda id: LockDown(id=id, minutes=minutes))
        return
    found = _TIME.fullmatch(word)
    if found is None:
        raise misused()
    minutes = int(found[1]) * _MINUTES[found[2]]
    if minutes > LOCKDOWN_MINUTES_MOST:
        raise ChatError(Code.BAD_REQUEST, "A lockdown ends within 30 days.")
    reason = valid_reason(why)
    talk.ask(lambda id: LockDown(id=id, minutes=minutes, reason=reason))


LOCKING = (
    Verb(
        "lockdown",
        "[TIME|off] [REASON]",
        "let nobody new in for 30 minutes, 12h or 7d, and slow all rooms; or show whether that is so",
        _lockdown,
    ),
)
"""The commands about it, for `/help`."""


def show_lockdown(talk: Talk, event: LockedDown) -> None:
    """Whether the server is locked down, and how."""
    state = event.lockdown
    if state is None:
        text = "The server is not locked down."
    else:
        reason = f": {quoted(state.reason)}" if state.reason else ""
        until = moment(state.until, talk.zone)
        text = f"The server is locked down until {until} by {visible(state.by.name)}{reason}"
        slow = f", and {state.slow_seconds} seconds pass between two messages" if state.slow_seconds else ""
        text = f"{text}. Nobody new comes in{slow}."
    talk.answers.finish(talk.answers.slot(event.id), news(text))
