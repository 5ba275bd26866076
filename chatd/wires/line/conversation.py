"""One line client: its bytes into commands, its events into bytes."""

import datetime
import re

from chatd.model import CLOSINGS, ChatError, Close, Code, Command, Event
from chatd.wires.line.answers import Piece
from chatd.wires.line.commands import VERBS, say, say_piped
from chatd.wires.line.lines import Line, Lines
from chatd.wires.line.news import await_nothing, tell
from chatd.wires.line.render import news
from chatd.wires.line.talk import Talk
from chatd.wires.line.telnet import WILL_ECHO, WONT_ECHO, Kind, Telnet
from chatd.wires.line.web import NOWHERE, Web

_LONGEST_UTF8 = 4
_COMMAND_BYTES = 256
_UNLIMITED_LINE_BYTES = 262_144
"""The bound on one line where the length of a text has none: as much as a page of history may have."""

_HTTP = re.compile(rb"\S+ \S+ HTTP/[0-9]")
_HTTP_BEGINNING = re.compile(rb"\S+ (/|\*|https?:)")
_TLS_HANDSHAKE = b"\x16\x03"
"""RFC 8446 section 5.1: a record of type handshake, version 3.x."""

_CALL = re.compile(r"/(\S*)\s*(.*)", re.DOTALL)
_INDENTED = re.compile(r"[\s\ufeff]+/([A-Za-z]+)")
_SHOWABLE = re.compile(r"[A-Za-z0-9_-]{1,20}")


class Conversation:
    """What one line client says and is told. Pure: bytes in, commands out; events in, bytes out.

    Commands carry ids 1, 2, 3 … and may be answered in any order; the output has the order of the input.
    An unfinished last line, at the end of the input, is no command.
    """

    __slots__ = ("_begun", "_hides", "_lines", "_server", "_talk", "_telnet", "_text_chars", "hangup")

    def __init__(
        self,
        *,
        server: str,
        numbers: bool = False,
        zone: datetime.tzinfo,
        passwords: bool,
        guests: bool,
        registration: bool,
        invitation: bool = False,
        text_chars: int,
        web: Web = NOWHERE,
    ) -> None:
        """`passwords`: they may be taken on this connection. `text_chars`: the limit of that name."""
        self._server = server
        self._text_chars = text_chars
        limit_bytes = text_chars * _LONGEST_UTF8 + _COMMAND_BYTES if text_chars else _UNLIMITED_LINE_BYTES
        self._lines = Lines(limit_bytes)
        self._telnet = Telnet()
        self._hides = False
        """The client is one that can be asked to echo nothing, as far as the last secret showed."""
        self._begun = False
        """The first line has come."""
        self._talk = Talk(
            numbers=numbers,
            zone=zone,
            passwords=passwords,
            guests=guests,
            registration=registration,
            invitation=invitation,
            web=web,
        )
        self.hangup = False
        """Something other than a person or a script speaks here: close at once, without an answer."""

    @property
    def quit(self) -> bool:
        """The client wants no more; nothing that it sends is read any longer."""
        return self._talk.quit or self.hangup

    @property
    def numbers(self) -> bool:
        """Which variant of LineWire this client reads; may change with every `receive` and `event`."""
        return self._talk.numbers

    @property
    def refusals(self) -> int:
        """How many lines made no sense and were refused here (model.MALFORMED), since the beginning."""
        return self._talk.refusals

    @property
    def held_chars(self) -> int:
        """What was said here and cannot be written before an earlier answer comes."""
        return self._talk.answers.held_chars

    @property
    def waiting(self) -> bool:
        """Whether something asked for has not been answered to its end, pages of `/since` included."""
        return self._talk.answers.owed or bool(self._talk.resuming)

    def greeting(self) -> bytes:
        """The first line."""
        ways = "/nick NAME (guest) or /login NAME" if self._talk.guests else "/login NAME"
        return news(f"{self._server}. Say who you are: {ways}. /help lists the commands.").encode()

    def receive(self, data: bytes) -> list[Command]:
        """The commands in these bytes; how the bytes were cut does not matter. `output` may follow."""
        for kind, text in self._telnet.feed(data):
            if self.quit:
                break
            if kind is Kind.TEXT:
                self._text(text)
            elif kind is Kind.REPLY:
                self._talk.answers.interject(text)
            elif kind is Kind.INTERRUPT:
                self._lines.forget()
            elif kind is Kind.MARK:
                self._talk.tell("/quit ends the connection.")
            else:
                self._talk.tell(f"{self._server} is here.")
        return self.further()

    def end(self) -> None:
        """Nothing more will come. A line that was begun is no command, and its author is told so."""
        if not self.quit and self._lines.beginning(1):
            self._lines.forget()
            self._talk.refuse(
                ChatError(Code.BAD_REQUEST, "The last line had no end, so it was not carried out.")
            )

    def further(self) -> list[Command]:
        """Commands that the conversation gives by itself, such as for a next page: ask after `event`."""
        commands, self._talk.commands = self._talk.commands, []
        return commands

    def output(self) -> bytes:
        """What may be written now: given once."""
        return b"".join(piece.data for piece in self._talk.answers.take())

    def event(self, event: Event) -> bytes:
        """What may be written now that this has happened; empty while an earlier answer is missing."""
        return b"".join(piece.data for piece in self.pieces(event))

    def pieces(self, event: Event) -> list[Piece]:
        """The same in pieces: an answer stands, though the page after it may have to be taken back."""
        asking = self._talk.asking
        tell(self._talk, event)
        if asking is None and self._talk.asking is not None and self._hides:
            self._hide()
        return self._talk.answers.take()

    def closing(self, close: Close) -> bytes:
        """All that is left to write, last words included. Nothing may be asked after it."""
        await_nothing(self._talk)
        self._talk.answers.give_up()
        self._talk.tell(CLOSINGS[close].text)
        return self.output()

    def _text(self, text: bytes) -> None:
        for line in self._lines.feed(text):
            self._line(line)
            if self.quit:
                return
        if not self._begun and self._lines.beginning(len(_TLS_HANDSHAKE)) == _TLS_HANDSHAKE:
            self.hangup = True

    def _line(self, line: Line) -> None:
        if not self._begun:
            self._begun = True
            foreign = _HTTP_BEGINNING if line.too_long else _HTTP
            if foreign.match(line.data) or line.data.startswith(_TLS_HANDSHAKE):
                self.hangup = True
                self._talk.commands.clear()
                return
        asking = self._talk.asking
        try:
            self._read(self._decode(line))
        except ChatError as error:
            self._talk.refuse(error)
        if asking is None and self._talk.asking is not None:
            self._hide_typing(line)
        elif self._talk.asking is None and self._telnet.echo_taken:
            self._show_typing()

    def _decode(self, line: Line) -> str:
        if line.too_long:
            self._talk.asking = None
            most = f"A message has at most {self._text_chars} characters." if self._text_chars else ""
            raise ChatError(Code.TOO_LONG, f"That line is too long and was dropped. {most}".rstrip())
        try:
            return line.data.decode()
        except UnicodeDecodeError:
            self._talk.asking = None
            raise ChatError(Code.BAD_REQUEST, "That line is not UTF-8 and was dropped.") from None

    def _read(self, line: str) -> None:
        talk = self._talk
        asking, talk.asking = talk.asking, None
        if asking is not None and not (asking.yields and line.startswith("/")):
            asking.take(line)
        elif talk.pipe is not None:
            say_piped(talk, talk.pipe, line)
        elif line.startswith("//"):
            say(talk, line[1:])
        elif line.startswith("/"):
            self._call(line)
        elif (found := _INDENTED.match(line)) and found[1].lower() in VERBS:
            raise ChatError(
                Code.BAD_REQUEST, f"/{found[1].lower()} works only at the very beginning of a line."
            )
        elif line.strip():
            say(talk, line)

    def _call(self, line: str) -> None:
        found = _CALL.fullmatch(line)
        assert found is not None, "the pattern fits every line that begins with a slash"
        word, rest = found[1], found[2]
        verb = VERBS.get(word.lower())
        if verb is None:
            named = f"command /{word}" if _SHOWABLE.fullmatch(word) else "such command"
            raise ChatError(Code.UNKNOWN_TYPE, f"There is no {named}. /help lists them.")
        try:
            verb.carry_out(self._talk, rest)
        except ChatError as error:
            usage = f"Usage: /{verb.name} {verb.usage}".rstrip()
            raise ChatError(error.code, error.text or usage) from None

    def _hide_typing(self, line: Line) -> None:
        """Ask a telnet client to echo nothing.

        GNU inetutils telnet 2.4 offers no option by itself on any port but 23, so its line end must give it
        away: CR LF. `nc` sends LF and is sent nothing that it would print. WILL ECHO turns its echo off and
        leaves it in line mode; WONT ECHO turns the echo on again (tests/e2e drives it through a pty).
        """
        self._hides = self._telnet.negotiates or line.carriage_return
        if self._hides:
            self._hide()

    def _hide(self) -> None:
        self._telnet.echo_taken = True
        self._talk.answers.interject(WILL_ECHO)

    def _show_typing(self) -> None:
        self._telnet.echo_taken = False
        self._talk.answers.interject(WONT_ECHO)
