"""Sending files and icons from a terminal: the answer is what a shell carries out."""

from chatd.model import ChatError, Code, Draw, Drawn, Icon, RoomRef, Upload, UploadPlace
from chatd.wires.line.render import news
from chatd.wires.line.safe import visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.web import shown_file
from chatd.wires.line.words import Verb, message_number, misused, switched_on

_MINUTE_MS = 60_000
ESCAPE = "\x1b"
HALF_BLOCK = "\u2580"


def _put(talk: Talk, rest: str) -> None:
    if not rest:
        raise misused()
    _need_web(talk)
    room = talk.current()
    talk.ask(lambda id: Upload(id=id, room=room, name=rest), where=room).query = rest


def _need_web(talk: Talk) -> None:
    if not talk.web.base:
        raise ChatError(Code.UNAVAILABLE, "This server takes no files: it serves nothing on the web.")


def _icon(talk: Talk, rest: str) -> None:
    word = rest.strip().lower()
    if word not in ("", "none"):
        raise misused()
    change_icon(talk, remove=word == "none", room=talk.current())


def change_icon(talk: Talk, *, remove: bool, room: RoomRef | None = None) -> None:
    """Ask for a line that sends an image by which one, or a room, is shown; or remove what is there."""
    if not remove:
        _need_web(talk)
    done = "You have no avatar any more, but a colour." if room is None else ""
    talk.ask(lambda id: Icon(id=id, room=room, remove=remove), done=done).query = "IMAGE"


def show_place(talk: Talk, event: UploadPlace) -> None:
    """Where the file is to be sent."""
    slot = talk.answers.slot(event.id)
    name = "'" + slot.query.replace("'", "'\\''") + "'"
    address = f"{talk.web.base}{event.put}"
    minutes = event.expires_ms // _MINUTE_MS
    line = f"For your shell, within {minutes} minutes: curl -T {visible(name)} {address}"
    talk.answers.finish(slot, news(line))


def _img(talk: Talk, rest: str) -> None:
    message = message_number(rest)
    if not talk.colour:
        raise ChatError(Code.BAD_REQUEST, "An image is shown in colours: /color on says that you see them.")
    room = talk.current()
    talk.ask(lambda id: Draw(id=id, room=room, target=message), where=room)


def _color(talk: Talk, rest: str) -> None:
    talk.colour = switched_on(rest)
    talk.tell(f"Colours are {'on' if talk.colour else 'off'}.")


def show_drawn(talk: Talk, event: Drawn) -> None:
    """An image in half blocks: two dots in each character, the upper one in its own colour."""
    slot = talk.answers.slot(event.id)
    rows = event.rows if len(event.rows) % 2 == 0 else [*event.rows, "0" * len(event.rows[-1])]
    pairs = zip(rows[::2], rows[1::2], strict=True)
    lines = [news(_blocks(upper, lower)) for upper, lower in pairs]
    talk.answers.finish(slot, "".join([news(shown_file(event.file, talk.web)), *lines]))


def _blocks(upper: str, lower: str) -> str:
    told, before = "", ""
    for start in range(0, len(upper), 6):
        colours = f"{ESCAPE}[38;2;{_rgb(upper, start)};48;2;{_rgb(lower, start)}m"
        told += HALF_BLOCK if colours == before else colours + HALF_BLOCK
        before = colours
    return f"{told}{ESCAPE}[0m"


def _rgb(row: str, start: int) -> str:
    """One dot as a terminal is told of it (ISO 8613-6, 13.1.8)."""
    return ";".join(str(int(row[at : at + 2], 16)) for at in range(start, start + 6, 2))


SHOWING = (
    Verb("img", "N", "show the image of message number N in half blocks, where colours are on", _img),
    Verb("color", "on|off", "say whether your terminal shows colours (24 bits)", _color),
)
SENDING = (
    Verb("put", "FILE", "send a file: the answer is a line for your shell", _put),
    Verb("icon", "[none]", "give the room an icon: the answer is a line for your shell", _icon),
)
