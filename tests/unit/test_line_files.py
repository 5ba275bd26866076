"""Files at a terminal: what is shown of them, and how one is sent."""

import pytest

from chatd.model import (
    Appearance,
    Appeared,
    Done,
    Draw,
    Drawn,
    File,
    Icon,
    IconSet,
    Noticed,
    Said,
    Upload,
    Uploaded,
    UploadPlace,
)
from chatd.wires.line import Conversation, LineWire, Web
from tests.unit.line_peer import ALICE, AT, LOBBY, UTC, in_the_lobby

CAT = File(id="cat", name="cat.png", type="image/png", bytes=240_123, width=1280, height=720)
WEB = Web("https://chat.example", lambda file: f"/f/{file.id}")


def said(file: File, text: str = "", **more: object) -> Said:
    return Said(room=LOBBY, seq=7, at=AT, sender=ALICE, text=text, file=file, **more)  # type: ignore[arg-type]  # fields


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (said(CAT), ["[image cat.png 1280×720 240 kB] https://chat.example/f/cat"]),
        (said(CAT, "my\ncat"), ["[image cat.png 1280×720 240 kB] https://chat.example/f/cat", "my", "cat"]),
        (said(CAT, reply_to=3), ["(to 3) [image cat.png 1280×720 240 kB] https://chat.example/f/cat"]),
        (
            said(File(id="a", name="a\x1b\u202e.ogg", type="audio/ogg", bytes=1)),
            ["[audio a\\x1b\\u202e.ogg 1 byte] https://chat.example/f/a"],
        ),
        (
            said(File(id="v", name="v", type="video/mp4", bytes=5_000_000)),
            ["[video v 5.0 MB] https://chat.example/f/v"],
        ),
        (
            said(File(id="z", name="z.zip", type="application/zip", bytes=0)),
            ["[file z.zip 0 bytes] https://chat.example/f/z"],
        ),
    ],
)
def test_a_file_is_a_line_with_a_link(event: Said, lines: list[str]) -> None:
    expected = "".join(f"[#lobby] 09:14 <alice> {line}\n" for line in lines)
    assert expected == LineWire(False, UTC, WEB).encode(event, "#lobby").decode()


def test_without_the_web_there_is_no_link() -> None:
    shown = LineWire(False, UTC).encode(said(CAT), "#lobby").decode()
    assert "[#lobby] 09:14 <alice> [image cat.png 1280×720 240 kB]\n" == shown


def with_web() -> Conversation:
    talk = in_the_lobby(web=WEB)
    talk.output()
    return talk


def test_put_gives_a_line_for_a_shell() -> None:
    talk = with_web()
    assert [Upload(id=2, room=LOBBY, name="it's a cat.png")] == talk.receive(b"/put it's a cat.png\n")
    shown = talk.event(UploadPlace(id=2, put="/api/put/CODE", expires_ms=600_000)).decode()
    address = "https://chat.example/api/put/CODE"
    assert f"* For your shell, within 10 minutes: curl -T 'it'\\''s a cat.png' {address}\n" == shown


def test_put_needs_a_name_and_a_web() -> None:
    talk = with_web()
    assert [] == talk.receive(b"/put\n")
    assert talk.output().startswith(b"! bad_request: Usage: /put FILE")
    talk = in_the_lobby()
    talk.output()
    assert [] == talk.receive(b"/put cat\n")
    assert talk.output().startswith(b"! unavailable: ")


def test_the_answer_to_a_body_is_not_for_a_line_client() -> None:
    assert b"" == with_web().event(Uploaded(room=LOBBY, file=CAT))
    assert b"" == with_web().event(IconSet(icon="cat"))


# Avatars and icons


@pytest.mark.parametrize(
    ("line", "icon"),
    [(b"/avatar\n", Icon(id=2)), (b"/icon\n", Icon(id=2, room=LOBBY))],
    ids=["avatar", "icon"],
)
def test_an_image_of_oneself_or_the_room_is_sent_by_a_shell_too(line: bytes, icon: Icon) -> None:
    talk = with_web()
    assert [icon] == talk.receive(line)
    shown = talk.event(UploadPlace(id=2, put="/api/put/CODE", expires_ms=600_000)).decode()
    address = "https://chat.example/api/put/CODE"
    assert f"* For your shell, within 10 minutes: curl -T 'IMAGE' {address}\n" == shown
    talk = in_the_lobby()
    talk.output()
    assert [] == talk.receive(line)
    assert talk.output().startswith(b"! unavailable: ")


def test_an_image_is_removed_at_a_terminal() -> None:
    talk = in_the_lobby()
    talk.output()
    assert [Icon(id=2, remove=True)] == talk.receive(b"/avatar none\n")
    assert b"* You have no avatar any more, but a colour.\n" == talk.event(Done(id=2))
    assert [Icon(id=3, room=LOBBY, remove=True)] == talk.receive(b"/icon none\n")
    assert b"" == talk.event(Done(id=3))
    assert [] == talk.receive(b"/icon red\n")
    assert talk.output().startswith(b"! bad_request: Usage: /icon [none]")
    assert [] == talk.receive(b"/avatar black\n")
    assert talk.output().startswith(b"! bad_request: An avatar is red, ")


@pytest.mark.parametrize(
    ("icon", "line"),
    [("x", "* alice gave #lobby another icon\n"), ("", "* alice removed the icon of #lobby\n")],
)
def test_another_icon_of_a_room_is_a_line(icon: str, line: str) -> None:
    event = Noticed(room=LOBBY, seq=7, at=AT, sender=ALICE, what="icon", text=icon)
    assert line == LineWire(False, UTC, WEB).encode(event, "#lobby").decode()


def test_how_somebody_is_seen_is_not_for_lines() -> None:
    event = Appeared(room=LOBBY, users=[Appearance(1, avatar="x")])
    assert b"" == LineWire(False, UTC, WEB).encode(event, "#lobby")


def test_what_is_quoted_of_a_file_without_a_text_is_its_name() -> None:
    answer = Said(room=LOBBY, seq=8, at=AT, sender=ALICE, text="nice", reply_to=7)
    wire = LineWire(False, UTC, WEB)
    assert (
        '[#lobby] 09:14 <alice> (to alice: "[cat.png]") nice\n'
        == wire.encode(answer, "#lobby", said(CAT)).decode()
    )
    assert '(to alice: "my cat") nice\n' in wire.encode(answer, "#lobby", said(CAT, "my cat")).decode()


# Images in half blocks


def with_colours() -> Conversation:
    talk = with_web()
    assert [] == talk.receive(b"/color on\n")
    assert b"* Colours are on.\n" == talk.output()
    return talk


def drawn(*rows: str) -> list[str]:
    talk = with_colours()
    talk.receive(b"/img 7\n")
    shown = talk.event(Drawn(id=2, room=LOBBY, seq=7, file=CAT, rows=list(rows))).decode()
    first, *lines = shown.splitlines()
    assert "* [image cat.png 1280×720 240 kB] https://chat.example/f/cat" == first
    return lines


def test_an_image_has_two_dots_in_each_character() -> None:
    assert ["* \x1b[38;2;255;0;0;48;2;0;0;16m▀\x1b[38;2;0;255;0;48;2;0;0;32m▀\x1b[0m"] == drawn(
        "ff000000ff00", "000010000020"
    )


def test_a_colour_is_told_where_it_changes() -> None:
    assert ["* \x1b[38;2;1;2;3;48;2;1;2;3m▀▀▀\x1b[0m"] == drawn("010203" * 3, "010203" * 3)


def test_below_an_odd_row_there_is_nothing() -> None:
    lines = drawn("ffffff", "ffffff", "ffffff")
    assert "* \x1b[38;2;255;255;255;48;2;0;0;0m▀\x1b[0m" == lines[1]


@pytest.mark.parametrize(("line", "target"), [(b"/img 7\n", 7), (b"/img -1\n", -1)])
def test_an_image_is_asked_for_by_its_message(line: bytes, target: int) -> None:
    assert [Draw(id=2, room=LOBBY, target=target)] == with_colours().receive(line)


def test_an_image_is_shown_in_colours_only() -> None:
    talk = with_web()
    assert [] == talk.receive(b"/img 7\n")
    assert talk.output().startswith(b"! bad_request: An image is shown in colours: /color on")
    talk = with_colours()
    assert [] == talk.receive(b"/color off\n")
    assert [] == talk.receive(b"/img 7\n")
    assert b"/color on" in talk.output()
    assert [] == talk.receive(b"/img\n")
    assert talk.output().startswith(b"! bad_request: Usage: /img N")
