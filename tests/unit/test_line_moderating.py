"""Keeping order at a terminal: `/kick`, `/ban`, `/mute` and what one is told."""

import pytest

from chatd.model import (
    Act,
    ActList,
    Audit,
    Ban,
    Command,
    Done,
    Kick,
    Mute,
    Notice,
    Noticed,
    Purge,
    Removed,
    Sanction,
    SanctionList,
    Sanctions,
    Unban,
    Unmute,
    User,
)
from tests.unit.line_peer import ALICE, BOB, DEV, LOBBY, in_the_lobby, state

MALLORY = User(9, "mallory", "guest")


@pytest.mark.parametrize(
    ("line", "command", "done"),
    [
        ("/kick @Bob", Kick(id=2, room=LOBBY, user="bob"), "bob is in #lobby no longer."),
        (
            "/kick bob too  loud",
            Kick(id=2, room=LOBBY, user="bob", reason="too  loud"),
            "bob is in #lobby no longer.",
        ),
        ("/ban bob", Ban(id=2, user="bob", room=LOBBY), "bob is banned from #lobby."),
        (
            "/ban bob 90m spam",
            Ban(id=2, user="bob", room=LOBBY, minutes=90, reason="spam"),
            "bob is banned from #lobby for 90 minutes.",
        ),
        (
            "/ban bob 1h",
            Ban(id=2, user="bob", room=LOBBY, minutes=60),
            "bob is banned from #lobby for 1 hour.",
        ),
        (
            "/ban bob 7 days",
            Ban(id=2, user="bob", room=LOBBY, reason="7 days"),
            "bob is banned from #lobby.",
        ),
        ("/unban bob", Unban(id=2, user="bob", room=LOBBY), "bob may enter #lobby again."),
        (
            "/mute bob 2d",
            Mute(id=2, user="bob", room=LOBBY, minutes=2880),
            "bob is muted in #lobby for 2 days.",
        ),
        ("/unmute bob", Unmute(id=2, user="bob", room=LOBBY), "bob may speak in #lobby again."),
        ("/serverban bob x", Ban(id=2, user="bob", reason="x"), "bob is banned from the server."),
        (
            "/serverban 192.0.2.0/24 1h x",
            Ban(id=2, network="192.0.2.0/24", minutes=60, reason="x"),
            "192.0.2.0/24 is banned from the server for 1 hour.",
        ),
        (
            "/serverunban 2001:db8::/32",
            Unban(id=2, network="2001:db8::/32"),
            "2001:db8::/32 may come in again.",
        ),
        ("/serverunban bob", Unban(id=2, user="bob"), "bob may come in again."),
        ("/servermute bob", Mute(id=2, user="bob"), "bob is muted everywhere."),
        ("/serverunmute bob", Unmute(id=2, user="bob"), "bob may speak everywhere again."),
    ],
)
def test_a_line_means_a_command_and_is_confirmed(line: str, command: Command, done: str) -> None:
    talk = in_the_lobby()
    assert [command] == talk.receive(f"{line}\n".encode())
    assert f"* {done}\n".encode() == talk.event(Done(id=2))


@pytest.mark.parametrize(
    "line",
    [
        "/kick",
        "/ban",
        "/ban 1",
        "/unban a b",
        "/bans x",
        "/serverbans x",
        "/mute",
        "/serverunban",
        "/ban b 9999d",
    ],
)
def test_what_makes_no_sense_is_refused(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert talk.output().startswith((b"! bad_request: ", b"! bad_name: "))


def test_a_reason_that_is_too_long_is_refused() -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(b"/kick bob " + b"x" * 251 + b"\n")
    assert talk.output().startswith(b"! too_long: ")


@pytest.mark.parametrize(
    ("line", "command", "done"),
    [
        (
            "/purge BOB so much spam",
            Purge(id=2, user="bob", room=LOBBY, reason="so much spam"),
            "* All that bob said in #lobby is deleted.\n",
        ),
        (
            "/purge 12",
            Purge(id=2, target=12, room=LOBBY),
            "* All that the author of 12 said in #lobby is deleted.\n",
        ),
        (
            "/serverpurge bob spam",
            Purge(id=2, user="bob", reason="spam"),
            "* All that bob said in public rooms is deleted.\n",
        ),
    ],
)
def test_all_that_somebody_said_is_deleted(line: str, command: Command, done: str) -> None:
    talk = in_the_lobby()
    assert [command] == talk.receive(line.encode() + b"\n")
    assert done.encode() == talk.event(Done(id=2))


@pytest.mark.parametrize("line", ["/purge", "/purge 0", "/purge 99999999999999999", "/serverpurge"])
def test_a_purge_of_nobody_is_refused(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(line.encode() + b"\n")
    assert talk.output().startswith(b"! bad_request: Usage: ")


def test_bans_are_listed() -> None:
    talk = in_the_lobby()
    assert [Sanctions(id=2, room=LOBBY), Sanctions(id=3)] == talk.receive(b"/bans\n/serverbans\n")
    banned = Sanction("ban", at=0, by=ALICE, user=BOB, until=3_600_000, reason='so "loud"')
    muted = Sanction("mute", at=0, by=ALICE, network="192.0.2.7/32")
    shown = '* bob, banned until 1970-01-01 01:00 by alice: "so \\"loud\\""\n* 192.0.2.7/32, muted by alice\n'
    assert shown.encode() == talk.event(SanctionList(id=2, sanctions=[banned, muted]))
    assert b"* Nobody is banned or muted.\n" == talk.event(SanctionList(id=3, sanctions=[]))


@pytest.mark.parametrize(
    ("what", "reason", "shown"),
    [
        ("kicked", "loud", '* alice removed mallory from #lobby: "loud"\n'),
        ("banned", "", "* alice banned mallory from #lobby\n"),
        ("unbanned", "", "* alice lets mallory into #lobby again\n"),
        ("muted", "x", '* alice muted mallory in #lobby: "x"\n'),
        ("unmuted", "", "* alice lets mallory speak in #lobby again\n"),
    ],
)
def test_a_notice_is_a_line_of_ours(what: Notice, reason: str, shown: str) -> None:
    talk = in_the_lobby()
    event = Noticed(room=LOBBY, seq=1, at=0, sender=ALICE, what=what, about=MALLORY, text=reason)
    assert shown.encode() == talk.event(event)


def test_who_is_removed_is_told_by_whom_and_why() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    assert b'* alice removed you from #dev: "loud".\n' == talk.event(
        Removed(room=DEV, by=ALICE, reason="loud")
    )
    assert (
        b"* alice removed you from #lobby. Your lines go nowhere until /switch ROOM chooses another.\n"
        == talk.event(Removed(room=LOBBY, by=ALICE))
    )


def test_acts_are_listed_as_a_log() -> None:
    talk = in_the_lobby()
    assert [Audit(id=2, room=LOBBY, limit=20), Audit(id=3, limit=20)] == talk.receive(
        b"/audit\n/serveraudit\n"
    )
    assert [Audit(id=4, room=LOBBY, limit=1), Audit(id=5, limit=200)] == talk.receive(
        b"/audit 1\n/serveraudit 200\n"
    )
    assert [] == talk.receive(b"/serveraudit 201\n")
    acts = [
        Act(2, 60_000, ALICE, "server ban", detail="192.0.2.0/24 spam"),
        Act(1, 0, ALICE, "mute", room=LOBBY, room_name="lobby", about=BOB, detail="loud"),
        Act(0, 0, ALICE, "kick", about=BOB, hidden=True),
    ]
    shown = (
        "* 1970-01-01 00:00, alice: kick bob in a private room\n"
        '* 1970-01-01 00:00, alice: mute bob in #lobby: "loud"\n'
        '* 1970-01-01 00:01, alice: server ban: "192.0.2.0/24 spam"\n'
    )
    assert shown.encode() == talk.event(ActList(id=2, acts=acts, more=True))
    assert b"* Nothing was done yet.\n" == talk.event(ActList(id=3, acts=[], more=False))
