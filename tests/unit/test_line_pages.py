"""One room as text: pages, and the last lines."""

from datetime import UTC

from chatd.model import Attached, Close, Missing, Removed, Said, User
from chatd.wires.line import pages
from chatd.wires.line.web import NOWHERE

ALICE = User(1, "alice", "user")


def page(kind: str = "public", name: str = "lobby", **fields: object) -> Attached:
    said = Said(room=1, seq=7, at=0, sender=ALICE, text="hi")
    given = {"room": 1, "topic": "", "head": 7, "count": 1, "entries": [said], "first": 7, "last": 7}
    return Attached(kind=kind, name=name, **{**given, **fields}, complete=True)  # type: ignore[arg-type]  # test data


def test_a_page_has_its_day() -> None:
    assert b"* 1970-01-01\n[#lobby] 00:00 <alice> hi\n" == pages.attached(page(), False, UTC, NOWHERE)
    assert b"* 1970-01-01\n[#lobby 7] 00:00 <alice> hi\n" == pages.attached(page(), True, UTC, NOWHERE)
    assert b"* 1970-01-01\n[@alice] 00:00 <alice> hi\n" == pages.attached(
        page("direct", "@alice"), False, UTC, NOWHERE
    )


def test_what_is_gone_is_named() -> None:
    shown = pages.attached(page(gap=Missing(2, 6), entries=[]), False, UTC, NOWHERE)
    assert b"* gap #lobby 2 6; those are gone\n" == shown


def test_numbers_that_began_anew_are_told() -> None:
    shown = pages.attached(page(reset=True, entries=[]), False, UTC, NOWHERE)
    assert b"* reset #lobby; its numbers began anew, forget those that you kept\n" == shown


def test_the_last_line_says_why() -> None:
    assert b"* You are in #lobby no longer.\n" == pages.removed(Removed(room=1), "#lobby")
    kicked = Removed(room=1, by=ALICE, reason="spam\n! x")
    assert b'* alice removed you from #lobby: "spam\\x0a! x".\n' == pages.removed(kicked, "#lobby")
    assert b"* You are banned from this server.\n" == pages.closing(Close.BANNED)
