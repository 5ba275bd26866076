"""Who is asked into rooms, by name and by code, and what becomes of it."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Added,
    Attached,
    Ban,
    ChatError,
    Code,
    Command,
    Create,
    Decline,
    Direct,
    Done,
    Entered,
    Ignore,
    Invitation,
    InvitationList,
    Invitations,
    Invite,
    Invited,
    Invitee,
    InviteLink,
    Join,
    Leave,
    Limits,
    LoggedIn,
    Login,
    MakeLink,
    Opened,
    OpeningList,
    Openings,
    Removed,
    Said,
    Unignore,
    Uninvite,
    Uninvited,
)
from tests.unit.core_peer import LOBBY, Core, Peer

DAY_MS = 24 * 3600 * 1000
DEN = 2


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    """She has made a private room."""
    alice = core.account("alice")
    alice.expect(Entered, Create("den", kind="private"))
    alice.take()
    return alice


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def invited_by(peer: Peer, at: int) -> Invited:
    return Invited(room=DEN, name="den", by=peer.user, at=at)


def invitations(peer: Peer) -> list[str]:
    return [one.name for one in peer.expect(InvitationList, Invitations()).invitations]


# By name.


def test_the_invited_are_told_on_every_session_and_come_in_once(core: Core, alice: Peer, bob: Peer) -> None:
    phone = core.again(bob)
    alice.expect(Done, Invite("den", "Bob"))
    assert [invited_by(alice, core.now)] == bob.take() == phone.take()
    bob.expect(Entered, Join("den"))
    assert [] == invitations(bob)
    assert [DEN] == [event.rooms[0].room for event in phone.take_all(Added)]
    alice.say("welcome", room="den")
    assert ["welcome"] == bob.take_texts()
    bob.expect(Done, Leave("den"))
    assert Code.NO_SUCH_ROOM is bob.refused(Join("den")).code


def test_the_invited_find_the_room_by_its_id_too(alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite(DEN, bob.user.id))
    bob.expect(Entered, Join(DEN, after=0))


def test_whoever_was_away_is_told_with_the_login(core: Core, alice: Peer, bob: Peer) -> None:
    bob.lose()
    alice.expect(Done, Invite("den", "bob"))
    again = core.connect()
    told = again.expect(LoggedIn, Login(token=bob.token)).invitations
    assert [Invitation(DEN, "den", alice.user, core.now)] == told
    again.expect(Entered, Join("den"))
    assert [] == core.connect().expect(LoggedIn, Login(token=bob.token)).invitations


def test_whoever_is_invited_while_they_log_in_is_told(core: Core, alice: Peer, bob: Peer) -> None:
    user = bob.user.id
    bob.lose()
    again = core.connect()
    core.store.hold_reads(1)
    again.tell(Login(token=bob.token))
    alice.expect(Done, Invite("den", user))
    core.store.release_reads()
    assert [["den"]] == [[one.name for one in event.invitations] for event in again.take_all(LoggedIn)]


def test_an_invitation_is_given_once_and_told_once(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    bob.take()
    alice.expect(Done, Invite("den", "bob"))
    assert [] == bob.take()
    assert ["den"] == invitations(bob)


def test_an_invitation_into_a_public_room_tells(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("plaza"))
    alice.expect(Done, Invite("plaza", "bob"))
    assert ["plaza"] == [event.name for event in bob.take_all(Invited)] == invitations(bob)
    bob.expect(Entered, Join("plaza"))
    assert [] == invitations(bob)


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_who_is_in_a_room_already_is_not_invited(alice: Peer, bob: Peer, user: str) -> None:
    error = alice.refused(Invite(LOBBY, user))
    assert (Code.ALREADY_A_MEMBER, f'"{user}" is in this room already.') == (error.code, error.text)
    assert [] == bob.take()


def test_only_somebody_who_exists_is_invited(alice: Peer) -> None:
    assert Code.NO_SUCH_USER is alice.refused(Invite("den", "nobody")).code
    assert Code.NO_SUCH_USER is alice.refused(Invite("den", 99)).code


def test_the_invited_invite_nobody_before_they_are_in(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    core.guest("carol")
    assert Code.NO_SUCH_ROOM is bob.refused(Invite("den", "carol")).code
    bob.expect(Entered, Join("den"))
    bob.expect(Done, Invite("den", "carol"))


def test_a_direct_room_is_for_its_two_alone(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct("bob"))
    core.guest("carol")
    for command in (Invite("@bob", "carol"), MakeLink("@bob"), Openings("@bob"), Uninvite("@bob", "carol")):
        assert Code.FORBIDDEN is alice.refused(command).code


def test_who_has_left_meanwhile_invites_nobody(core: Core, alice: Peer, bob: Peer) -> None:
    phone = core.again(alice)
    core.store.hold()
    alice.tell(Leave("den"))
    phone.tell(Invite("den", bob.user.id), MakeLink("den"))
    core.store.release()
    assert [Code.NOT_A_MEMBER, Code.NO_SUCH_ROOM] == [Code(code) for code in phone.take_codes()]
    assert [] == bob.take()


def test_invitations_are_limited_like_all_that_is_made() -> None:
    core = Core(Limits(creations_per_minute=4))
    alice = core.account("alice")
    core.account("bob")
    alice.expect(Entered, Create("den", kind="private"))
    alice.expect(Done, Invite("den", "bob"))
    assert Code.TOO_FAST is alice.refused(Invite("den", "bob")).code
    assert Code.TOO_FAST is alice.refused(MakeLink("den")).code


def test_somebody_with_as_many_rooms_as_allowed_keeps_the_invitation() -> None:
    core = Core(Limits(rooms_per_user=2))
    alice, bob = core.account("alice"), core.account("bob")
    alice.expect(Entered, Create("den", kind="private"))
    bob.expect(Entered, Create("cave"))
    alice.expect(Done, Invite("den", "bob"))
    code = alice.expect(Opened, MakeLink("den")).code
    for ref in ("den", f"+{code}"):
        assert Code.TOO_MANY is bob.refused(Join(ref)).code
    bob.expect(Done, Leave("cave"))
    bob.expect(Entered, Join("den"))


def test_one_declines_on_every_session(core: Core, alice: Peer, bob: Peer) -> None:
    phone = core.again(bob)
    alice.expect(Done, Invite("den", "bob"))
    bob.take(), phone.take()
    bob.expect(Done, Decline("DEN"))
    assert ([], [Uninvited(room=DEN, name="den")]) == (bob.take(), phone.take())
    assert [] == invitations(bob)
    assert Code.NO_SUCH_ROOM is bob.refused(Join("den")).code
    for ref in ("den", DEN, "nowhere", 99, "@alice", "no room"):
        assert Code.NO_SUCH_INVITATION is bob.refused(Decline(ref)).code


def test_what_is_taken_back_opens_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    bob.take()
    alice.expect(Done, Uninvite("den", user="bob"))
    assert [Uninvited(room=DEN, name="den")] == bob.take()
    assert Code.NO_SUCH_ROOM is bob.refused(Join("den")).code
    assert Code.NO_SUCH_INVITATION is alice.refused(Uninvite("den", user="bob")).code
    assert Code.NO_SUCH_USER is alice.refused(Uninvite("den", user="nobody")).code


def test_what_is_taken_back_while_it_is_used_opens_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    core.store.hold()
    alice.tell(Uninvite("den", user=bob.user.id))
    bob.take()
    bob.tell(Join(id=1, room="den"))
    core.store.release()
    error = bob.take()[-1]
    assert (Code.NO_SUCH_ROOM, 'There is no room called "den".') == (
        getattr(error, "code", None),
        getattr(error, "text", None),
    )
    assert {alice.user.id} == core.store.members("den")


def test_taking_back_means_one_thing(alice: Peer, bob: Peer) -> None:
    for command in (Uninvite("den"), Uninvite("den", user="bob", link=1)):
        assert Code.BAD_REQUEST is alice.refused(command).code


def test_who_has_left_meanwhile_takes_nothing_back(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    bob.lose()
    core.pass_time(60_000)  # so that he is looked up in the store
    phone = core.again(alice)
    core.store.hold_reads(1)
    phone.tell(Uninvite("den", user="bob"))
    alice.expect(Done, Leave("den"))
    core.store.release_reads()
    assert ["no_such_room"] == phone.take_codes()
    assert ["den"] == [
        one.name for one in core.connect().expect(LoggedIn, Login(token=bob.token)).invitations
    ]


def test_who_has_left_meanwhile_is_not_told_the_ways_in(core: Core, alice: Peer) -> None:
    phone = core.again(alice)
    core.store.hold()
    alice.tell(Leave("den"))
    phone.tell(Openings("den"))
    core.store.release()
    assert ["no_such_room"] == phone.take_codes()


def test_nobody_is_told_of_an_invitation_by_whom_they_ignore(core: Core, alice: Peer, bob: Peer) -> None:
    bob.ask(Ignore("alice"))
    alice.expect(Done, Invite("den", "bob"))
    assert [] == bob.take_all(Invited)
    assert [] == invitations(bob)
    bob.ask(Unignore("alice"))
    assert ["den"] == invitations(bob)


def test_who_is_banned_comes_in_neither_by_name_nor_by_code(core: Core, alice: Peer, bob: Peer) -> None:
    code = f"+{make_link(alice, uses=1).code}"
    alice.expect(Done, Invite("den", "bob"))
    alice.expect(Done, Ban(room="den", user="bob"))
    for ref in ("den", code):
        assert Code.BANNED is bob.refused(Join(ref)).code
    alice.expect(Done, Uninvite("den", user="bob"))
    assert Code.FORBIDDEN is alice.refused(Invite("den", "bob")).code
    core.guest("carol").expect(Entered, Join(code))


# By code.


def make_link(peer: Peer, uses: int | None = None, days: int = 7) -> Opened:
    return peer.expect(Opened, MakeLink("den", uses=uses, days=days))


def test_whoever_has_the_code_comes_in(core: Core, alice: Peer, bob: Peer) -> None:
    opened = make_link(alice)
    link = InviteLink(1, alice.user, core.now, core.now + 7 * DAY_MS, used=0)
    assert (DEN, f"/join/{opened.code}", link) == (opened.room, opened.path, opened.link)
    assert "den" == bob.expect(Entered, Join(f"+{opened.code}")).rooms[0].name
    assert [DEN] == [event.room for event in bob.take_all(Attached)]
    assert 1 == alice.expect(OpeningList, Openings("den")).links[0].used


def test_the_code_goes_on_naming_the_room_on_its_connection(core: Core, alice: Peer, bob: Peer) -> None:
    """So that a pipe may join by a code and speak, without waiting for the answer."""
    alice.attach("den")
    code = f"+{make_link(alice).code}"
    alice.take()
    bob.tell(Join(code))
    bob.say("hi", room=code)
    assert ["hi"] == alice.take_texts()
    assert Code.NO_SUCH_ROOM is core.again(bob).refused(Leave(code)).code
    bob.expect(Done, Leave(code))
    assert Code.NO_SUCH_ROOM is bob.refused(Leave(code)).code


def test_a_code_opens_so_often_and_no_more(core: Core, alice: Peer, bob: Peer) -> None:
    code = f"+{make_link(alice, uses=1).code}"
    carol = core.guest("carol")
    core.store.hold()
    for peer in (bob, carol):
        peer.take()
        peer.tell(Join(code))
    core.store.release()
    assert ([], ["no_such_invitation"]) == (bob.take_codes(), carol.take_codes())
    assert {alice.user.id, bob.user.id} == core.store.members("den")


def test_whoever_is_in_already_uses_nothing_up(core: Core, alice: Peer, bob: Peer) -> None:
    code = f"+{make_link(alice, uses=1).code}"
    alice.expect(Entered, Join(code))
    bob.expect(Entered, Join(code))


def test_coming_in_by_a_code_uses_the_invitation_up(alice: Peer, bob: Peer) -> None:
    code = f"+{make_link(alice).code}"
    alice.expect(Done, Invite("den", "bob"))
    bob.expect(Entered, Join(code))
    assert [] == invitations(bob)


def test_a_code_works_so_long_and_no_longer(core: Core, alice: Peer, bob: Peer) -> None:
    code = f"+{make_link(alice, days=2).code}"
    core.pass_time(2 * DAY_MS - 1)
    core.guest("carol").expect(Entered, Join(code))
    core.pass_time(1)
    assert Code.NO_SUCH_INVITATION is bob.refused(Join(code)).code
    assert [] == alice.expect(OpeningList, Openings("den")).links


def test_a_code_that_was_ended_opens_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    opened = make_link(alice)
    alice.expect(Entered, Create("cave", kind="private"))
    assert Code.NO_SUCH_INVITATION is alice.refused(Uninvite("cave", link=1)).code
    alice.expect(Done, Uninvite("den", link=1))
    assert Code.NO_SUCH_INVITATION is alice.refused(Uninvite("den", link=1)).code
    ended, unknown = bob.refused(Join(f"+{opened.code}")), bob.refused(Join("+k7f3-9qx2-m4tz"))
    assert (ended.code, ended.text) == (unknown.code, unknown.text)


def test_a_room_has_so_many_open_links_and_no_more(core: Core, alice: Peer) -> None:
    for _ in range(100):
        make_link(alice, days=1)
    assert Code.TOO_MANY is alice.refused(MakeLink("den")).code
    core.pass_time(DAY_MS)
    make_link(alice)


def test_guessing_codes_is_as_slow_as_guessing_passwords() -> None:
    core = Core(Limits(login_tries_per_address=2, creations_per_minute=0))
    alice, bob = core.account("alice"), core.account("bob")
    alice.expect(Entered, Create("den", kind="private"))
    code = f"+{make_link(alice).code}"
    for expected in (Code.NO_SUCH_INVITATION, Code.NO_SUCH_INVITATION, Code.TOO_FAST):
        assert expected is bob.refused(Join("+wrong")).code
    assert Code.TOO_FAST is bob.refused(Join(code)).code
    core.pass_time(60_000)
    bob.expect(Entered, Join(code))


def test_a_store_that_does_not_answer_is_no_guess() -> None:
    core = Core(Limits(login_tries_per_address=1))
    bob = core.account("bob")
    core.store.failure = ChatError(Code.UNAVAILABLE, "The disk does not answer.")
    for _ in range(2):
        assert Code.UNAVAILABLE is bob.refused(Join("+code")).code


def test_the_ways_in_are_listed_for_those_inside(core: Core, alice: Peer, bob: Peer) -> None:
    opened = make_link(alice, uses=3, days=1)
    alice.expect(Done, Invite("den", "bob"))
    listed = alice.expect(OpeningList, Openings("den"))
    assert (DEN, [Invitee(bob.user, alice.user, core.now)], [opened.link]) == (
        listed.room,
        listed.invited,
        listed.links,
    )
    assert Code.NO_SUCH_ROOM is bob.refused(Openings("den")).code
    assert Code.NOT_A_MEMBER is _outside_a_public_room(alice, bob, Openings("plaza"))


def _outside_a_public_room(alice: Peer, bob: Peer, command: Command) -> Code:
    alice.expect(Entered, Create("plaza"))
    return bob.refused(command).code


def test_nobody_outside_hears_of_what_is_said_inside(alice: Peer, bob: Peer) -> None:
    alice.expect(Done, Invite("den", "bob"))
    bob.take()
    alice.say("psst", room="den")
    assert [] == bob.take_all(Said)
    alice.expect(Done, Uninvite("den", user="bob"))
    assert [] == bob.take_all(Removed)
