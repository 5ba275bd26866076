"""Sending files from a terminal: the answer is what a shell carries out."""

from chatd.model import ChatError, Code, Upload, UploadPlace
from chatd.wires.line.render import news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, misused

_MINUTE_MS = 60_000


def _put(talk: Talk, rest: str) -> None:
    if not rest:
        raise misused()
    if not talk.web.base:
        raise ChatError(Code.UNAVAILABLE, "This server takes no files: it serves nothing on the web.")
    room = talk.current()
    talk.ask(lambda id: Upload(id=id, room=room, name=rest), where=room).query = rest


def show_place(talk: Talk, event: UploadPlace) -> None:
    """Where the file is to be sent."""
    slot = talk.answers.slot(event.id)
    name = "'" + slot.query.replace("'", "'\\''") + "'"
    address = f"{talk.web.base}{event.put}"
    minutes = event.expires_ms // _MINUTE_MS
    line = f"For your shell, within {minutes} minutes: curl -T {visible(name)} {address}"
    talk.answers.finish(slot, news(line))


SENDING = (Verb("put", "FILE", "send a file: the answer is a line for your shell", _put),)
