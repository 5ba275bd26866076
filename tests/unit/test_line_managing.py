"""How rooms work, at a terminal: `/set` and what one is told."""

import pytest

from chatd.model import (
    Act,
    ActList,
    Archive,
    Code,
    Command,
    Configure,
    Configured,
    Destroy,
    Done,
    Ended,
    Error,
    Listing,
    Notice,
    Noticed,
    Removed,
    Rename,
    Renamed,
    RoomList,
    Rooms,
    Settings,
    Stored,
    User,
)
from tests.unit.line_peer import ALICE, DEV, LOBBY, in_the_lobby, state


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/set", Configure(id=2, room=LOBBY)),
        ("/set #dev", Configure(id=2, room="dev")),
        ("/set moderated on", Configure(id=2, room=LOBBY, moderated=True)),
        ("/set #Dev Moderated OFF", Configure(id=2, room="dev", moderated=False)),
        ("/set slow 30", Configure(id=2, room=LOBBY, slow_seconds=30)),
        ("/set slow off", Configure(id=2, room=LOBBY, slow_seconds=0)),
        ("/set days 30", Configure(id=2, room=LOBBY, retain_days=30)),
        ("/set #dev count off", Configure(id=2, room="dev", retain_count=0)),
        ("/set previews on", Configure(id=2, room=LOBBY, previews=True)),
        ("/set #dev previews off", Configure(id=2, room="dev", previews=False)),
        ("/destroy #Dev", Destroy(id=2, room="dev", name="Dev")),
        ("/archive", Archive(id=2, room=LOBBY)),
        ("/archive #dev", Archive(id=2, room="dev")),
        ("/unarchive dev", Archive(id=2, room="dev", on=False)),
        ("/unarchive", Archive(id=2, room=LOBBY, on=False)),
        ("/archived", Rooms(id=2, archived=True)),
        ("/archived old  news", Rooms(id=2, query="old news", archived=True)),
        ("/rename Cave", Rename(id=2, room=LOBBY, name="cave")),
        ("/rename #dev #cave", Rename(id=2, room="dev", name="cave")),
    ],
)
def test_a_line_means_a_command(line: str, command: Command) -> None:
    assert [command] == in_the_lobby().receive(f"{line}\n".encode())


@pytest.mark.parametrize(
    "line",
    [
        "/set slow",
        "/set slow x",
        "/set slow 21601",
        "/set moderated 1",
        "/set colour red",
        "/set # slow 1",
        "/rename",
        "/rename a b c",
        "/rename a b!",
        "/archive a b",
        "/destroy a b",
        "/set days 3651",
        "/unarchive a b",
    ],
)
def test_what_makes_no_sense_is_refused(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert talk.output().startswith((b"! bad_request: Usage: /", b"! bad_name: "))


@pytest.mark.parametrize(
    ("settings", "shown"),
    [
        (Settings(), "everybody speaks, no slow mode, everything is kept, links are not looked at"),
        (
            Settings(moderated=True, slow_seconds=30),
            "only moderators speak, one message every 30 seconds, everything is kept, "
            "links are not looked at",
        ),
        (
            Settings(slow_seconds=1, retain_days=1, retain_count=1, previews=True),
            "everybody speaks, one message every 1 second, kept are 1 day, at most the newest entry, "
            "links are looked at",
        ),
    ],
)
def test_settings_are_told_of_the_room_that_was_named(settings: Settings, shown: str) -> None:
    talk = in_the_lobby()
    talk.receive(b"/set #dev\n")
    assert f"* #dev: {shown}.\n".encode() == talk.event(Configured(id=2, room=7, settings=settings))


def test_a_refusal_is_one() -> None:
    talk = in_the_lobby()
    talk.receive(b"/set slow 5\n")
    assert b"! forbidden: No.\n" == talk.event(Error(id=2, code=Code.FORBIDDEN, text="No."))


@pytest.mark.parametrize(
    ("what", "text", "shown"),
    [
        ("moderated", "", "* alice lets only moderators speak in #lobby\n"),
        ("unmoderated", "", "* alice lets everybody speak in #lobby again\n"),
        ("slow", "30", "* alice slowed #lobby down: one message every 30 seconds\n"),
        ("renamed", "den cave", "* alice renamed #den to #cave\n"),
        ("retention", "30 days", "* alice set #lobby to keep 30 days\n"),
        ("retention", "", "* alice set #lobby to keep everything\n"),
        ("previews", "on", "* alice has links in #lobby looked at\n"),
        ("previews", "off", "* alice has links in #lobby looked at no longer\n"),
        ("archived", "", "* alice archived #lobby: it can be read, and nothing else\n"),
        ("unarchived", "", "* alice lets #lobby live again\n"),
        ("slow", "0", "* alice ended the slow mode of #lobby\n"),
    ],
)
def test_a_notice_is_a_line_of_ours(what: Notice, text: str, shown: str) -> None:
    event = Noticed(room=LOBBY, seq=1, at=0, sender=ALICE, what=what, text=text)
    assert shown.encode() == in_the_lobby().event(event)


def test_a_renamed_room_is_called_so_from_then_on() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert [Rename(id=2, room=DEV, name="cave")] == talk.receive(b"/rename dev cave\n")
    assert b"" == talk.event(Renamed(room=DEV, name="cave"))
    assert b"* The room is called #cave now.\n" == talk.event(Done(id=2))
    talk.receive(b"/receipts on\n/switch cave\nhi\n")
    talk.output()
    assert b"* stored #cave 8\n" == talk.event(Stored(id=3, room=DEV, seq=8, at=0))


def test_a_conversation_that_is_over_is_told_of_and_read_by_another_name() -> None:
    talk = in_the_lobby(state(DEV, "@alice", "direct"))
    ended = Ended(room=DEV, name="@deleted", user=User(ALICE.id, "deleted", "user"))
    shown = b"* @alice is over, for an account in it was deleted. To read it: /switch @deleted\n"
    assert shown == talk.event(ended)
    talk.receive(b"/switch @deleted\n/receipts on\nhi\n")
    talk.output()
    assert b"* stored @deleted 8\n" == talk.event(Stored(id=2, room=DEV, seq=8, at=0))


def test_a_conversation_that_is_not_ones_own_is_not_told_of() -> None:
    ended = Ended(room=DEV, name="@deleted", user=User(ALICE.id, "deleted", "user"))
    assert b"" == in_the_lobby().event(ended)


def test_a_room_that_is_not_ones_own_is_not_learnt() -> None:
    talk = in_the_lobby()
    assert b"" == talk.event(Renamed(room=DEV, name="cave"))
    talk.receive(b"/switch cave\n")
    assert [] != talk.receive(b"/set #cave\n")


def test_archiving_is_confirmed() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/archive dev\n/unarchive dev\n")
    assert b"* #dev is archived.\n" == talk.event(Done(id=2))
    assert b"* #dev is archived no longer.\n" == talk.event(Done(id=3))


def test_the_list_of_archived_rooms_goes_on_with_archived_ones() -> None:
    talk = in_the_lobby()
    talk.receive(b"/archived old\n")
    listing = Listing(DEV, "dev", "public", "", 2, member=False)
    assert b"" == talk.event(RoomList(id=2, rooms=[listing], more=True))
    assert [Rooms(id=2, query="old", after="dev", archived=True)] == talk.further()
    assert b"* #dev, 2 members\n" == talk.event(RoomList(id=2, rooms=[], more=False))
    talk.receive(b"/archived\n")
    assert b"* No room is archived.\n" == talk.event(RoomList(id=3, rooms=[], more=False))


def test_deleting_is_asked_for_twice_and_told() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    talk.receive(b"/switch dev\n")
    talk.output()
    assert [] == talk.receive(b"/destroy\n")
    assert (
        b"* This deletes #dev with all that was said in it, for everybody and for good. "
        b"If that is what you want: /destroy dev\n"
    ) == talk.output()
    assert [Destroy(id=2, room=DEV, name="dev")] == talk.receive(b"/destroy dev\n")
    assert (
        b"* alice deleted #dev, with everything in it. "
        b"Your lines go nowhere until /switch ROOM chooses another.\n"
    ) == talk.event(Removed(room=DEV, by=ALICE, destroyed=True))
    assert b"* #dev is deleted.\n" == talk.event(Done(id=2))


def test_an_act_in_a_deleted_room_names_it_by_its_number() -> None:
    talk = in_the_lobby()
    talk.receive(b"/serveraudit\n")
    act = Act(1, 0, ALICE, "destroy", room=7, detail="den")
    assert b'* 1970-01-01 00:00, alice: destroy in #7: "den"\n' == talk.event(
        ActList(id=2, acts=[act], more=False)
    )
