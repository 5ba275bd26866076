"""What holds for a line client whatever it sends, however it is cut, and in whatever order answers come."""

import itertools
import random
import re

from hypothesis import example, given
from hypothesis import strategies as st

from chatd.model import Code, Command, Error, Login, Register, Say, Stored
from chatd.wires.line.commands import VERBS
from tests.unit.line_peer import AT, LOBBY, conversation, in_the_lobby

TELNET = [
    b"\xff\xff",
    b"\xff\xf4",
    b"\xff\xf6",
    b"\xff\xfb\x01",
    b"\xff\xfd\x01",
    b"\xff\xfd\x06",
    b"\xff\xfa\x1f\xff",
    b"\xff\xf0",
]
WORDS = [
    b"bob",
    b"lobby",
    b"#dev",
    b"@alice",
    b"on",
    b"7",
    b" ",
    b"x" * 300,
    b"\x16\x03",
    b"HTTP/1",
    b"\xe2\x82\xac",
]
ENDS = [b"\n", b"\r\n", b"\r\0", b"\r", b"\0"]
VERB_BYTES = [f"/{name} ".encode() for name in VERBS]

FRAGMENTS = st.one_of(
    st.sampled_from(VERB_BYTES + TELNET),
    st.sampled_from(WORDS + ENDS),
    st.sampled_from(ENDS),
    st.binary(max_size=5),
)
STREAMS = st.lists(FRAGMENTS, max_size=30).map(b"".join)


def fed(parts: list[bytes]) -> tuple[list[Command], bytes, tuple[bool, bool, bool, int]]:
    """The commands, the output, and the state after these parts."""
    talk = conversation(text_chars=10)
    commands: list[Command] = []
    output = b""
    for part in parts:
        commands += talk.receive(part)
        output += talk.output()
    return commands, output, (talk.quit, talk.hangup, talk.numbers, talk.refusals)


@example(b"x" * 300 + b"/nick /nick ", [])
@given(STREAMS, st.lists(st.integers(0, 300), max_size=12))
def test_the_cuts_do_not_matter(stream: bytes, cuts: list[int]) -> None:
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    parts = [stream[start:end] for start, end in itertools.pairwise(edges)]
    bytewise = [stream[at : at + 1] for at in range(len(stream))]
    assert fed([stream]) == fed(parts) == fed(bytewise)


@given(STREAMS)
def test_what_the_server_says_is_marked_and_safe(stream: bytes) -> None:
    talk = in_the_lobby()
    talk.receive(stream)
    shown = re.sub(rb"\xff[\xfb-\xfe].", b"", talk.output(), flags=re.DOTALL).decode()
    assert all(line.startswith(("* ", "! ")) for line in shown.splitlines())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1, max_size=50))
def test_a_text_is_said_as_it_was_written(text: str) -> None:
    line = "/" + text if text.startswith("/") else text
    commands = in_the_lobby().receive(line.encode() + b"\n")
    indented = re.match(r"[\s\ufeff]+/[a-z]", text, re.IGNORECASE)
    assert [Say(id=2, room=LOBBY, text=text)] == commands or not text.strip() or indented
    piped = in_the_lobby().receive(b"/pipe lobby\n" + text.encode() + b"\n")
    assert [Say(id=2, room=LOBBY, text=text)] == piped


LITERAL = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), max_size=20)
PASSWORDS = LITERAL.map("hunter2".__add__)


@given(PASSWORDS, st.sampled_from(["/login", "/register"]), st.booleans(), st.booleans())
def test_a_password_is_never_shown_or_said(password: str, verb: str, allowed: bool, named: bool) -> None:
    talk = conversation(passwords=allowed)
    shown = b""
    said = []
    for line in (f"{verb} alice" if named else verb, password, "hello"):
        said += talk.receive(line.encode() + b"\r\n")
        shown += talk.output()
    assert b"hunter2" not in shown
    assert "hunter2" not in repr(talk)
    assert all(isinstance(command, Login | Register) or "hunter2" not in repr(command) for command in said)
    assert (allowed and named) == any(isinstance(command, Login | Register) for command in said)


@given(st.lists(st.sampled_from(["say", "help", "foo"]), min_size=1, max_size=12), st.randoms())
def test_output_has_the_order_of_the_input_whatever_that_of_the_answers(
    kinds: list[str], dice: random.Random
) -> None:
    talk = in_the_lobby()
    lines = {"say": "/receipts on\nx\n", "help": "/help\n", "foo": "/foo\n"}
    commands = talk.receive("".join(lines[kind] for kind in kinds).encode())
    shown = talk.output()
    order = list(commands)
    dice.shuffle(order)
    for command in order:
        number = command.id
        assert isinstance(number, int)
        if number % 3:
            shown += talk.event(Stored(id=number, room=LOBBY, seq=number, at=AT))
        else:
            shown += talk.event(Error(id=number, code=Code.FORBIDDEN, text=str(number)))
    marks = {b"* stored": "say", b"! forbidden": "say", b"* /help": "help", b"! unknown_type": "foo"}
    seen = [kind for line in shown.splitlines() for mark, kind in marks.items() if line.startswith(mark)]
    assert kinds == seen
    numbers = [int(found) for found in re.findall(rb"(?:stored #lobby|forbidden:) (\d+)", shown)]
    assert sorted(numbers) == numbers
