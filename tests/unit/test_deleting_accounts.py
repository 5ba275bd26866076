"""Deleting one's account: who may, what is left of it, and what becomes of what was said."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    DELETED,
    Account,
    Appear,
    Attached,
    Ban,
    Close,
    Code,
    Create,
    Delete,
    DeleteAccount,
    Deleted,
    Direct,
    Done,
    Edit,
    Ended,
    Entered,
    History,
    Ignore,
    IgnoredList,
    InvitationList,
    Invitations,
    Invite,
    Join,
    Kick,
    Left,
    LoggedIn,
    Login,
    MakeLink,
    MemberList,
    Members,
    Messages,
    NewToken,
    Opened,
    Present,
    Profiles,
    Purged,
    RecoveryCodes,
    Register,
    Role,
    Said,
    Say,
    Stored,
    TokenMade,
    Totp,
    TotpSecret,
    Typing,
    Unignore,
    User,
    Users,
    Who,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer, totp_code

STAY = DeleteAccount(password=PASSWORD, messages="stay")
GO = DeleteAccount(password=PASSWORD, messages="go")


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def change_password(core: Core, peer: Peer) -> None:
    """As another session of theirs does it."""
    digest = peer.session.token_digest
    assert digest is not None
    core.store.set_password(Account(peer.user, f"hash of {PASSWORD}", False), "hash of another", digest)


def senders(peer: Peer, room: int = LOBBY) -> list[tuple[str, str]]:
    """Who said what, as a page of history has it."""
    page = peer.expect(Messages, History(room=room))
    return [(one.sender.name, "(deleted)" if one.deleted else one.text) for one in page.entries]


# Who may


def test_it_takes_the_password(alice: Peer) -> None:
    wrong = DeleteAccount(password="wrong horse", messages="stay")
    assert Code.WRONG_PASSWORD is alice.refused(wrong).code
    assert alice.closed is None
    alice.say("still here")


def test_a_guest_has_none_to_delete(core: Core) -> None:
    assert Code.FORBIDDEN is core.guest("bob").refused(STAY).code


def test_it_is_not_done_where_others_read_along(core: Core, alice: Peer) -> None:
    line = core.connect(passwords=False)
    line.expect(LoggedIn, Login(token=alice.token))
    assert Code.FORBIDDEN is line.refused(STAY).code


def test_it_takes_a_code_where_there_is_a_second_factor(core: Core, alice: Peer) -> None:
    secret = alice.expect(TotpSecret, Totp(on=True, password=PASSWORD)).secret
    alice.expect(RecoveryCodes, Totp(on=True, code=totp_code(secret, 100)))
    assert Code.TOTP_REQUIRED is alice.refused(STAY).code
    wrong = DeleteAccount(password=PASSWORD, messages="stay", code=totp_code(secret, 100))
    assert Code.WRONG_CODE is alice.refused(wrong).code
    alice.expect(Done, DeleteAccount(password=PASSWORD, messages="stay", code=totp_code(secret, 101)))


def test_the_last_owner_of_the_server_stays(core: Core, alice: Peer, bob: Peer) -> None:
    core.store.found(alice.user.id)
    core.registry.appoint(alice.user.id, "owner")
    refused = alice.refused(STAY)
    assert Code.FORBIDDEN is refused.code
    assert "You are the last owner of the server. Make somebody else an owner first." == refused.text
    alice.expect(Done, Role(user="bob", role="owner"))
    alice.expect(Done, STAY)


def test_two_owners_do_not_both_go(core: Core, alice: Peer, bob: Peer) -> None:
    """Whoever comes second finds in the transaction that nobody else is left."""
    core.store.found(alice.user.id)
    core.registry.appoint(alice.user.id, "owner")
    alice.expect(Done, Role(user="bob", role="owner"))
    for peer in (alice, bob):
        peer.take()
    core.store.hold()
    alice.tell(STAY)
    bob.tell(STAY)
    core.store.release()
    assert [] == alice.take_codes()
    assert ["forbidden"] == bob.take_codes()


def test_a_password_that_is_changed_meanwhile_does_not_count(core: Core, alice: Peer) -> None:
    core.store.hold()
    alice.tell(STAY)
    change_password(core, alice)
    core.store.release()
    assert [] == alice.take_codes()
    bob = core.account("bob")
    core.store.hold()
    change_password(core, bob)
    bob.tell(STAY)
    core.store.release()
    assert ["wrong_password"] == bob.take_codes()


# What ends with it


def test_every_session_and_token_ends_at_once(core: Core, alice: Peer) -> None:
    other = core.again(alice)
    program = alice.expect(TokenMade, NewToken(name="ci")).token
    alice.expect(Done, STAY)
    assert (Close.LOGGED_OUT, Close.LOGGED_OUT) == (alice.closed, other.closed)
    stranger = core.connect()
    for token in (alice.token, program):
        assert Code.WRONG_TOKEN is stranger.refused(Login(token=token)).code
    assert Code.WRONG_PASSWORD is stranger.refused(Login(name="alice", password=PASSWORD)).code


def test_who_is_about_to_arrive_does_not(core: Core, alice: Peer) -> None:
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=alice.token))
    alice.tell(STAY)
    core.store.release_reads()
    assert Close.LOGGED_OUT is late.closed
    for peer in (alice, late):
        peer.lose()
    assert {} == core.registry.people


def test_who_logs_in_while_it_is_written_gets_no_token(core: Core, alice: Peer) -> None:
    late = core.connect()
    core.store.hold()
    alice.tell(STAY)
    late.tell(Login(name="alice", password=PASSWORD))
    core.store.release()
    assert ["no_such_user"] == late.take_codes()


def test_the_name_is_never_given_again(core: Core, alice: Peer) -> None:
    alice.expect(Done, STAY)
    stranger = core.connect()
    assert Code.NAME_TAKEN is stranger.refused(Register(name="alice", password=PASSWORD)).code
    assert Code.NAME_TAKEN is stranger.refused(Login(name="alice")).code
    assert Code.BAD_NAME is stranger.refused(Login(name=DELETED)).code


def test_nothing_of_the_person_is_left(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Profiles, Appear(display_name="Alice A.", colour="teal"))
    user = alice.user.id
    alice.expect(Done, STAY)
    alice.lose()
    [profile] = bob.expect(Profiles, Users(users=[user])).profiles
    assert (DELETED, "", None, "") == (
        profile.name,
        profile.display_name,
        profile.colour,
        profile.status,
    )
    assert core.now == profile.seen
    for command in (Users(users=["alice"]), Direct(user="alice"), Direct(user=user), Invite(LOBBY, user)):
        assert Code.NO_SUCH_USER is bob.refused(command).code


def test_what_a_late_command_says_of_oneself_is_not_kept(core: Core, alice: Peer, bob: Peer) -> None:
    other = core.again(alice)
    user = alice.user.id
    core.store.hold()
    alice.tell(STAY)
    other.tell(Appear(display_name="Alice A."))
    core.store.release()
    [profile] = bob.expect(Profiles, Users(users=[user])).profiles
    assert "" == profile.display_name


def test_they_belong_to_no_room_any_more(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create(name="den"))
    alice.expect(Entered, Join(room="den"))
    core.pass_time()
    bob.take()
    alice.expect(Done, STAY)
    core.pass_time()
    told = [(user.name, left.count) for left in bob.take_all(Left) for user in left.users]
    assert [("alice", 1)] == told
    assert ["bob"] == [one.name for one in bob.expect(MemberList, Members(room="den")).members]
    assert ["bob"] == [one.name for one in bob.expect(Present, Who(room="den")).users]


def test_what_they_opened_for_others_closes(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create(name="den", kind="private"))
    code = alice.expect(Opened, MakeLink(room="den")).code
    alice.expect(Done, Invite(room="den", user="bob"))
    alice.expect(Done, STAY)
    assert [] == bob.expect(InvitationList, Invitations()).invitations
    assert Code.NO_SUCH_INVITATION is bob.refused(Join(room=f"+{code}")).code
    assert Code.NO_SUCH_ROOM is bob.refused(Join(room="den")).code


# What was said


def test_messages_stay_under_another_name(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("hello")
    gone = alice.say("regretted")
    alice.expect(Stored, Delete(room=LOBBY, target=gone.seq))
    alice.expect(Stored, Edit(room=LOBBY, target=1, text="hello!"))
    user = alice.user.id
    alice.expect(Done, STAY)
    assert [(DELETED, "hello!"), (DELETED, "(deleted)")] == senders(bob)
    bob.attach(after=0)
    [page] = bob.take_all(Attached)
    named = {entry.sender for entry in page.entries if isinstance(entry, Said | Deleted)}
    assert {User(user, DELETED, "user")} == named


def test_messages_go_in_every_room(core: Core, alice: Peer, bob: Peer) -> None:
    room = bob.expect(Entered, Create(name="den")).rooms[0].room
    alice.expect(Entered, Join(room="den"))
    direct = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    user = alice.user.id
    for where in (LOBBY, room, direct):
        bob.say("of bob's", where)
        alice.say("of alice's", where)
        bob.attach(where)
    bob.take()
    alice.expect(Done, GO)
    deleted = User(user, DELETED, "user")
    assert {(where, deleted, deleted) for where in (LOBBY, room, direct)} == {
        (one.room, one.sender, one.user) for one in bob.take_all(Purged)
    }
    for where in (LOBBY, room, direct):
        assert [("bob", "of bob's"), (DELETED, "(deleted)")] == senders(bob, where)


def test_what_a_crash_leaves_undone_is_done_after_the_start(core: Core, alice: Peer, bob: Peer) -> None:
    for number in range(3):
        alice.say(f"a{number}")
    core.store.end_account(
        Account(alice.user, f"hash of {PASSWORD}", False), True, lambda actor, same, owners: None
    )
    assert 3 == len([text for _, text in senders(bob) if text != "(deleted)"])
    after = Core(after=core)
    again = after.connect()
    again.expect(LoggedIn, Login(token=bob.token))
    assert [(DELETED, "(deleted)")] * 3 == senders(again)
    after.check()


# Conversations


def test_a_conversation_is_over(core: Core, alice: Peer, bob: Peer) -> None:
    room = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    mine = bob.say("hello?", room)
    alice.expect(Done, STAY)
    for command in (
        Say(room=room, text="are you there?"),
        Edit(room=room, target=mine.seq, text="bye"),
        Typing(room=room),
    ):
        refused = bob.refused(command)
        assert Code.FORBIDDEN is refused.code
        assert "This conversation is over: somebody in it has deleted their account." == refused.text
    assert [("bob", "hello?")] == senders(bob, room)
    bob.expect(Stored, Delete(room=room, target=mine.seq))
    again = core.connect()
    [state] = [one for one in again.expect(LoggedIn, Login(token=bob.token)).rooms if one.kind == "direct"]
    assert (True, "@deleted") == (state.ended, state.name)
    assert Code.FORBIDDEN is again.refused(Say(room="@deleted", text="hello?")).code
    carol = core.account("carol")
    again.expect(Entered, Direct(user="carol"))
    carol.expect(Done, STAY)
    assert Code.NO_SUCH_USER is again.refused(Say(room="@deleted", text="which?")).code


def test_the_others_are_told_that_it_is_over(core: Core, alice: Peer, bob: Peer) -> None:
    """On all their connections, and whoever ignores who left is told nothing."""
    carol, dora, tab = core.account("carol"), core.account("dora"), core.again(bob)
    two = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    few = bob.expect(Entered, Direct(users=["alice", "carol"])).rooms[0].room
    dora.expect(Entered, Direct(user="alice"))
    dora.expect(IgnoredList, Ignore(user="alice"))
    deleted = User(alice.user.id, DELETED, "user")
    alice.expect(Done, STAY)
    over = {(two, "@deleted"), (few, "@deleted,carol")}
    for peer in (bob, tab):
        told = peer.take_all(Ended)
        assert over == {(one.room, one.name) for one in told}
        assert {deleted} == {one.user for one in told}
    assert [few] == [one.room for one in carol.take_all(Ended)]
    assert [] == dora.take_all(Ended)


def test_who_is_just_coming_knows_that_it_is_over(core: Core, alice: Peer, bob: Peer) -> None:
    """Their rooms were read before the account ended, and come after that."""
    bob.expect(Entered, Direct(user="alice"))
    token = bob.token
    bob.leave_politely()
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=token))
    alice.tell(STAY)
    core.store.release_reads()
    [login] = late.take_all(LoggedIn)
    assert [True] == [one.ended for one in login.rooms if one.kind == "direct"]


def test_what_waits_for_the_disk_behind_the_end_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    core.store.hold()
    alice.tell(STAY)
    bob.tell(Say(room=room, text="too late"))
    core.store.release()
    assert ["forbidden"] == bob.take_codes()
    assert [] == senders(bob, room)


def test_a_conversation_with_who_was_ignored_is_left_too(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Direct(user="alice"))
    alice.expect(IgnoredList, Ignore(user="bob"))
    user = alice.user.id
    alice.expect(Done, STAY)
    alice.lose()
    assert user not in core.registry.people


def test_who_is_ignored_stays_so(core: Core, alice: Peer, bob: Peer) -> None:
    alice.say("noise")
    bob.expect(IgnoredList, Ignore(user="alice"))
    user = alice.user.id
    alice.expect(Done, STAY)
    assert [] == senders(bob)
    again = core.connect()
    deleted = User(user, DELETED, "user")
    assert [deleted] == again.expect(LoggedIn, Login(token=bob.token)).ignored
    assert [] == bob.expect(IgnoredList, Unignore(user=DELETED)).ignored
    assert [(DELETED, "noise")] == senders(bob)


def test_nobody_acts_on_who_is_gone(core: Core, alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Create(name="den"))
    user = alice.user.id
    alice.expect(Done, STAY)
    alice.lose()
    for command in (
        Kick(room="den", user=user),
        Ban(room="den", user=user),
        Invite(room="den", user=user),
        Role(room="den", user=user, role="member"),
    ):
        assert Code.NO_SUCH_USER is bob.refused(command).code
