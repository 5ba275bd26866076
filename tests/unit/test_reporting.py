"""Reporting messages: to whom, what they are shown, and how it is dealt with."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    Audit,
    CloseReport,
    Code,
    Command,
    Create,
    Delete,
    Direct,
    Done,
    Edit,
    Entered,
    Invite,
    Join,
    Leave,
    Limits,
    Report,
    Reported,
    ReportList,
    ReportMessage,
    Reports,
    Role,
    Stored,
)
from chatd.storage.reports import CLOSED_MS, OPEN_MOST
from tests.unit.core_peer import LOBBY, UNLIMITED, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core(LIMITS)
    yield core
    core.check()


LIMITS = Limits(say_per_second=0, login_tries_per_minute=0, creations_per_minute=0, reports_per_minute=0)


@pytest.fixture
def root(core: Core) -> Peer:
    return core.server_owner()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


@pytest.fixture
def carol(core: Core) -> Peer:
    return core.account("carol")


def make_room(owner: Peer, *members: Peer, private: bool = False) -> int:
    room = owner.expect(Entered, Create("den", kind="private" if private else "public")).rooms[0].room
    for member in members:
        owner.ask(Invite(room="den", user=member.user.id))
        member.expect(Entered, Join(room="den"))
    for peer in (owner, *members):
        peer.take()
    return room


def told(peer: Peer) -> list[Report]:
    return [one.report for one in peer.take_all(Reported)]


def listed(peer: Peer, room: str | int | None = "den") -> list[Report]:
    return peer.expect(ReportList, Reports(room=room)).reports


# To whom


def test_the_moderators_of_the_room_are_told_at_once(
    core: Core, root: Peer, alice: Peer, bob: Peer, carol: Peer
) -> None:
    room = make_room(alice, bob, carol)
    other = core.again(alice)
    bob.say("insult", room)
    carol.expect(Done, ReportMessage(room="den", target=1, note="rude"))
    [report] = told(alice)
    assert (carol.user, bob.user, "rude", room, "den", 1, "insult") == (
        report.by,
        report.author,
        report.note,
        report.room,
        report.room_name,
        report.seq,
        report.text,
    )
    assert [report] == told(other) == listed(alice)
    assert [[], [], []] == [told(peer) for peer in (root, bob, carol)]
    assert [] == listed(root, None)


def test_a_moderator_who_is_reported_does_not_see_it(alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob, carol)
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    bob.take()
    bob.say("insult", room)
    carol.expect(Done, ReportMessage(room="den", target=1))
    assert [[1], []] == [[one.report for one in told(peer)] for peer in (alice, bob)]
    assert [[1], []] == [[one.report for one in listed(peer)] for peer in (alice, bob)]
    assert Code.NO_SUCH_REPORT is bob.refused(CloseReport(report=1)).code


def test_where_nobody_else_keeps_order_it_goes_to_the_admins(root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("insult", room)
    bob.expect(Done, ReportMessage(room="den", target=1))
    [report] = told(root)
    assert (alice.user, room, "den", "insult") == (report.author, report.room, report.room_name, report.text)
    assert [report] == listed(root, None)
    assert [] == told(alice) == listed(alice)
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    assert ([], [report]) == (listed(root, None), listed(bob))


def test_an_admin_who_is_reported_sees_it_no_more_than_a_moderator(
    root: Peer, alice: Peer, bob: Peer
) -> None:
    root.expect(Done, Role(user="alice", role="admin"))
    room = alice.expect(Entered, Direct(user="bob")).rooms[0].room
    alice.say("insult", room)
    alice.take()
    bob.expect(Done, ReportMessage(room="@alice", target=1))
    assert [[1], []] == [[one.report for one in told(peer)] for peer in (root, alice)]
    assert [[1], []] == [[one.report for one in listed(peer, None)] for peer in (root, alice)]
    assert Code.NO_SUCH_REPORT is alice.refused(CloseReport(report=1)).code
    root.expect(Done, CloseReport(report=1))


def test_an_admin_learns_of_a_conversation_what_was_shown_to_them(root: Peer, alice: Peer, bob: Peer) -> None:
    room = alice.expect(Entered, Direct(user="bob")).rooms[0].room
    alice.say("hello", room)
    alice.say("insult", room)
    bob.expect(Done, ReportMessage(room="@alice", target=2))
    [report] = told(root)
    assert (
        Report(report=1, at=report.at, by=bob.user, author=alice.user, text="insult", hidden=True) == report
    )
    assert [report] == listed(root, None)
    root.expect(Done, CloseReport(report=1, note="warned"))
    [act] = root.expect(ActList, Audit(limit=1)).acts
    assert ("close report", alice.user, None, "", True) == (
        act.what,
        act.about,
        act.room,
        act.detail,
        act.hidden,
    )


def test_a_private_room_without_moderators_stays_hidden(
    root: Peer, alice: Peer, bob: Peer, carol: Peer
) -> None:
    room = make_room(alice, bob, carol, private=True)
    bob.say("insult", room)
    alice.expect(Done, Leave(room="den"))
    carol.expect(Done, ReportMessage(room="den", target=1))
    [report] = told(root)
    assert (True, None, "", None) == (report.hidden, report.room, report.room_name, report.seq)
    assert Code.NO_SUCH_ROOM is root.refused(Reports(room="den")).code


# What


def test_the_text_is_that_of_the_message_now(alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob, carol)
    for text in ("insult", "regretted"):
        bob.say(text, room)
    for target in (1, 2):
        carol.expect(Done, ReportMessage(room="den", target=target))
    bob.expect(Stored, Edit(room="den", target=1, text="milder"))
    bob.expect(Stored, Delete(room="den", target=2))
    assert ["milder", None] == [one.text for one in listed(alice)]


@pytest.mark.parametrize("target", [1, 3, 99])
def test_only_a_message_of_somebody_else_is_reported(alice: Peer, bob: Peer, target: int) -> None:
    """1 was deleted, 3 is what tells so."""
    room = make_room(alice, bob)
    for text in ("gone", "mine"):
        alice.say(text, room)
    alice.expect(Stored, Delete(room="den", target=1))
    assert Code.NO_SUCH_MESSAGE is bob.refused(ReportMessage(room="den", target=target)).code
    assert Code.BAD_REQUEST is alice.refused(ReportMessage(room="den", target=2)).code


def test_who_does_not_belong_reports_nothing(core: Core, alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("insult", room)
    assert Code.NOT_A_MEMBER is carol.refused(ReportMessage(room="den", target=1)).code
    core.store.hold()
    core.store.leave(bob.user.id, room)
    bob.tell(ReportMessage(room="den", target=1))
    core.store.release()
    assert ["not_a_member"] == bob.take_codes()


def test_the_same_again_is_told_to_nobody(alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob, carol)
    bob.say("insult", room)
    for _ in range(2):
        carol.expect(Done, ReportMessage(room="den", target=1))
    assert 1 == len(told(alice)) == len(listed(alice))


# How often


def test_nobody_reports_without_end(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    for number in range(OPEN_MOST + 1):
        alice.say(f"{number}", room)
    for number in range(OPEN_MOST):
        bob.expect(Done, ReportMessage(room="den", target=number + 1))
    assert Code.TOO_MANY is bob.refused(ReportMessage(room="den", target=OPEN_MOST + 1)).code


def test_reports_have_a_rate() -> None:
    core = Core(Limits(reports_per_minute=2))
    alice, bob = core.account("alice"), core.account("bob")
    for text in "abc":
        alice.say(text)
    for target in (1, 2):
        bob.expect(Done, ReportMessage(room=LOBBY, target=target))
    refused = bob.refused(ReportMessage(room=LOBBY, target=3))
    assert (Code.TOO_FAST, True) == (refused.code, bool(refused.retry_ms))
    core.pass_time(60_000)
    bob.expect(Done, ReportMessage(room=LOBBY, target=3))
    assert 5 == UNLIMITED.reports_per_minute
    core.check()


# Dealing with it


def test_what_is_closed_is_listed_no_more(core: Core, alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob, carol)
    for text in ("a", "b", "c"):
        bob.say(text, room)
    for target in (1, 2, 3):
        carol.expect(Done, ReportMessage(room="den", target=target))
    page = alice.expect(ReportList, Reports(room="den", limit=2))
    assert ([1, 2], True) == ([one.report for one in page.reports], page.more)
    assert [3] == [one.report for one in alice.expect(ReportList, Reports(room="den", after=2)).reports]
    alice.expect(Done, CloseReport(report=2, note="muted"))
    assert [1, 3] == [one.report for one in listed(alice)]
    assert Code.NO_SUCH_REPORT is alice.refused(CloseReport(report=2)).code
    [act] = alice.expect(ActList, Audit(room="den", limit=1)).acts
    assert ("close report", bob.user, "2 muted") == (act.what, act.about, act.detail)
    carol.expect(Done, ReportMessage(room="den", target=2))
    assert [1, 3, 4] == [one.report for one in listed(alice)]


@pytest.mark.parametrize("command", [Reports(room="den"), Reports(), CloseReport(report=1)], ids=repr)
def test_a_plain_member_sees_none(alice: Peer, bob: Peer, carol: Peer, command: Command) -> None:
    room = make_room(alice, bob, carol)
    bob.say("insult", room)
    carol.expect(Done, ReportMessage(room="den", target=1))
    assert carol.refused(command).code in (Code.FORBIDDEN, Code.NO_SUCH_REPORT)
    assert 1 == len(listed(alice))


def test_a_report_for_the_server_is_closed_by_admins_only(root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("insult", room)
    bob.expect(Done, ReportMessage(room="den", target=1))
    assert Code.NO_SUCH_REPORT is alice.refused(CloseReport(report=1)).code
    root.expect(Done, CloseReport(report=1))
    assert [] == listed(root, None)


def test_closed_reports_are_kept_for_a_year(core: Core, alice: Peer, bob: Peer, carol: Peer) -> None:
    room = make_room(alice, bob, carol)
    for text in "ab":
        bob.say(text, room)
    for target in (1, 2):
        carol.expect(Done, ReportMessage(room="den", target=target))
    alice.expect(Done, CloseReport(report=1))
    core.now += CLOSED_MS + 1
    core.spawned(_pruned(core))
    assert [2] == core.store.reports()


async def _pruned(core: Core) -> None:
    await core.store.prune()
