"""What a file is, by its bytes; what it is called; and the tickets by which it comes in."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chatd.core.tickets import LIFE_MS, MOST_OF_ONE, Ticket, Tickets
from chatd.model import ChatError, Code, User, file_name
from chatd.model.media import SAFE, TEXT, UNKNOWN, kind_of

ALICE, BOB = User(1, "alice", "user"), User(2, "bob", "user")


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90\x00", "audio/mpeg"),
        (b"fLaC", "audio/flac"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00AVI ", UNKNOWN),
        (b"OggS" + b"\0" * 24 + b"\x01vorbis", "audio/ogg"),
        (b"OggS" + b"\0" * 24 + b"\x80theora", "video/ogg"),
        (b"\x1a\x45\xdf\xa3", "video/webm"),
        (b"\0\0\0\x18ftypmp42", "video/mp4"),
        (b"\0\0\0\x18ftypM4A ", "audio/mp4"),
        (b"%PDF-1.7", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1f\x8b\x08", "application/gzip"),
        (b"<!doctype html><script>alert(1)</script>", TEXT),
        ("grüße".encode(), TEXT),
        ("grüße".encode()[:4] + b"\xc3", TEXT),
        ("😀".encode()[:3], TEXT),
        (b"\xff", UNKNOWN),
        (b"a\xff\xff\xff\xff", UNKNOWN),
        (b"a\0b", UNKNOWN),
        (b"", TEXT),
    ],
)
def test_the_bytes_say_what_it_is(head: bytes, kind: str) -> None:
    assert kind == kind_of(head)


@given(some.binary(max_size=64))
def test_whatever_it_is_nothing_that_a_browser_would_carry_out_is_shown_by_it(head: bytes) -> None:
    assert kind_of(head) in SAFE or kind_of(head).startswith("application/")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cat.png", "cat.png"),
        ("/etc/passwd", "passwd"),
        ("C:\\Users\\me\\cat.png", "cat.png"),
        ("../../x", "x"),
        ("dir/", "dir"),
        ("  e\u0301.txt ", "\xe9.txt"),
        ("a\nb\x1b\u202e.txt", "a_b__.txt"),
        ("", "file"),
        ("..", "file"),
        (" . ", "file"),
        ("\0", "file"),
        ("x" * 200 + ".tar.gz", "x" * 117 + ".gz"),
        ("x" * 200, "x" * 120),
        ("." + "x" * 200, "." + "x" * 119),
        ("a." + "x" * 200, "a." + "x" * 118),
    ],
)
def test_a_name_is_one_line_without_directories(text: str, name: str) -> None:
    assert name == file_name(text)


@given(some.text(max_size=300))
def test_every_name_is_a_name(text: str) -> None:
    name = file_name(text)
    assert 1 <= len(name) <= 120
    assert "/" not in name
    assert all(unicodedata.category(char)[0] != "C" for char in name)


# Tickets


def ticket(user: User = ALICE) -> Ticket:
    return Ticket(user, 1, "cat")


def test_a_ticket_is_used_once() -> None:
    tickets = Tickets()
    tickets.open(b"a", ticket(), 0)
    assert tickets.take(b"b", 0) is None
    assert ticket() == tickets.take(b"a", 1)
    assert tickets.take(b"a", 1) is None
    assert 0 == len(tickets)


def test_a_ticket_ends() -> None:
    tickets = Tickets()
    tickets.open(b"a", ticket(), 0)
    tickets.open(b"b", ticket(), 5)
    assert tickets.take(b"a", LIFE_MS) is None
    assert ticket() == tickets.take(b"b", LIFE_MS)


def test_one_user_has_so_many_tickets() -> None:
    tickets = Tickets()
    for number in range(MOST_OF_ONE):
        tickets.open(b"%d" % number, ticket(), 0)
    with pytest.raises(ChatError) as caught:
        tickets.open(b"more", ticket(), 0)
    assert Code.TOO_MANY == caught.value.code
    tickets.open(b"more", ticket(BOB), 0)
    tickets.open(b"again", ticket(), LIFE_MS)
    assert 1 == len(tickets)
