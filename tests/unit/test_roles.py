"""Roles at work: who gives which, from when on they count, and who hears of it."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Appointed,
    ChatError,
    Claim,
    Code,
    Command,
    Create,
    DeleteAccount,
    Direct,
    Done,
    Entered,
    Join,
    Leave,
    LoggedIn,
    Login,
    Member,
    MemberList,
    Members,
    Register,
    Role,
    RoomRole,
    Say,
    Typing,
)
from tests.unit.core_peer import FADE_MS, LOBBY, PASSWORD, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def owner(core: Core) -> Peer:
    """An owner of the server, in the lobby alone."""
    owner = core.account("root")
    core.store.make_owner("root")
    core.registry.appoint(owner.user.id, "owner")
    owner.take()
    return owner


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.guest("bob")


def make_room(peer: Peer, name: str = "den", *members: Peer) -> int:
    """A public room of this peer's, with these members."""
    room = peer.expect(Entered, Create(name=name)).rooms[0].room
    for member in members:
        member.expect(Entered, Join(room))
    for one in (peer, *members):
        one.take()
    return room


def roles(peer: Peer, room: int) -> dict[str, RoomRole]:
    return {one.name: one.role for one in peer.expect(MemberList, Members(room=room)).members}


# In a room.


def test_the_maker_of_a_room_owns_it_and_gives_roles(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    den = make_room(alice, "den", bob, carol)
    line = core.again(bob, follow=True)
    alice.expect(Done, Role(room="den", user="bob", role="moderator"))
    told = Appointed(role="moderator", room=den, by=alice.user)
    assert ([told], [told]) == (bob.take_all(Appointed), line.take_all(Appointed))
    assert ([], []) == (alice.take_all(Appointed), carol.take_all(Appointed))
    assert {"alice": "owner", "bob": "moderator", "carol": "member"} == roles(carol, den)
    alice.expect(Done, Role(room="den", user="bob", role="moderator"))
    assert [] == bob.take_all(Appointed)


def test_a_new_role_counts_at_once_on_every_session(core: Core, alice: Peer, bob: Peer) -> None:
    carol = core.guest("carol")
    den = make_room(alice, "den", bob, carol)
    line = core.again(bob, follow=True)
    alice.expect(Done, Role(room=den, user="bob", role="owner"))
    line.expect(Done, Role(room=den, user="carol", role="moderator"))
    bob.expect(Done, Role(room=den, user="bob", role="member"))
    assert Code.FORBIDDEN is line.refused(Role(room=den, user="carol", role="member")).code


def test_only_owners_give_roles_and_only_to_members_below_them(core: Core, alice: Peer, bob: Peer) -> None:
    carol, dave = core.guest("carol"), core.guest("dave")
    den = make_room(alice, "den", bob, carol)
    cases = [
        (bob, "carol", Code.FORBIDDEN),
        (dave, "carol", Code.FORBIDDEN),
        (alice, "dave", Code.NOT_A_MEMBER),
        (alice, "nobody", Code.NO_SUCH_USER),
    ]
    for asker, user, code in cases:
        assert code is asker.refused(Role(room=den, user=user, role="moderator")).code
    alice.expect(Done, Role(room=den, user="bob", role="owner"))
    assert Code.FORBIDDEN is alice.refused(Role(room=den, user="bob", role="member")).code


def test_a_role_of_ones_own_is_given_up_and_not_taken(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    alice.expect(Done, Role(room=den, user="alice", role="moderator"))
    assert [Appointed(role="moderator", room=den, by=alice.user)] == alice.take_all(Appointed)
    assert Code.FORBIDDEN is alice.refused(Role(room=den, user="alice", role="owner")).code
    alice.expect(Done, Role(room=den, user="alice", role="member"))
    assert {"alice": "member", "bob": "member"} == roles(bob, den)


def test_roles_are_as_many_as_there_are(alice: Peer) -> None:
    den = make_room(alice)
    assert Code.BAD_REQUEST is alice.refused(Role(room=den, user="alice", role="admin")).code
    assert Code.BAD_REQUEST is alice.refused(Role(user="alice", role="moderator")).code


def test_a_hidden_room_is_refused_as_none_even_to_owners_of_the_server(
    core: Core, owner: Peer, alice: Peer, bob: Peer
) -> None:
    alice.expect(Entered, Create(name="secret", kind="private"))
    alice.expect(Entered, Direct(user="bob"))
    commands: list[Command] = [
        Role(room="secret", user="alice", role="member"),
        Members(room="secret"),
        Join("secret"),
    ]
    for command in commands:
        refused = owner.refused(command)
        assert (Code.NO_SUCH_ROOM, 'There is no room called "secret".') == (refused.code, refused.text)
    direct = 3
    assert Code.NO_SUCH_ROOM is owner.refused(Role(room=direct, user="alice", role="member")).code
    assert Code.NO_SUCH_ROOM is owner.refused(Role(room="nowhere", user="alice", role="member")).code


def test_in_a_direct_room_nobody_has_a_role(core: Core, owner: Peer, alice: Peer) -> None:
    owner.expect(Entered, Direct(user="alice"))
    for user in ("alice", "root"):
        refused = owner.refused(Role(room="@alice", user=user, role="owner"))
        assert (Code.FORBIDDEN, "In a direct conversation nobody may give out roles.") == (
            refused.code,
            refused.text,
        )


def test_admins_stand_above_owners_in_public_rooms_without_joining(
    core: Core, owner: Peer, alice: Peer, bob: Peer
) -> None:
    den = make_room(alice, "den", bob)
    owner.expect(Done, Role(room=den, user="alice", role="member"))
    owner.expect(Done, Role(room=den, user="bob", role="owner"))
    assert {"alice": "member", "bob": "owner"} == roles(bob, den)
    assert Code.NOT_A_MEMBER is owner.refused(Say(room=den, text="hi")).code
    assert Code.NOT_A_MEMBER is owner.refused(Role(room=den, user="root", role="owner")).code
    owner.expect(Entered, Join("den"))
    assert Code.FORBIDDEN is bob.refused(Role(room=den, user="root", role="moderator")).code
    owner.expect(Done, Role(room=den, user="root", role="owner"))
    assert "owner" == roles(bob, den)["root"]


def test_a_room_goes_on_without_an_owner(core: Core, owner: Peer, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    alice.expect(Done, Leave(den))
    bob.say("still here", den)
    alice.expect(Entered, Join(den))
    assert {"alice": "member", "bob": "member"} == roles(bob, den)
    owner.expect(Done, Role(room=den, user="bob", role="owner"))


def test_a_role_comes_back_with_its_user(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    alice.expect(Done, Role(room=den, user="bob", role="owner"))
    bob.lose()
    alice.expect(Done, Role(room=den, user="alice", role="member"))
    again = core.connect()
    states = again.expect(LoggedIn, Login(token=bob.token)).rooms
    assert {"den": "owner", "lobby": "member"} == {state.name: state.role for state in states}
    again.expect(Done, Role(room=den, user="alice", role="moderator"))


@pytest.mark.parametrize("away_ms", [0, FADE_MS])
def test_who_was_given_a_role_while_away_has_it(core: Core, alice: Peer, bob: Peer, away_ms: int) -> None:
    den = make_room(alice, "den", bob)
    bob.lose()
    core.pass_time(away_ms)
    alice.expect(Done, Role(room=den, user="bob", role="owner"))
    again = core.connect()
    again.expect(LoggedIn, Login(token=bob.token))
    again.expect(Done, Role(room=den, user="bob", role="owner"))


def test_a_role_that_changes_while_one_arrives_is_read_again(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    bob.lose()
    again = core.connect()
    core.store.hold_reads(1)
    again.tell(Login(token=bob.token))
    alice.tell(Role(room=den, user="bob", role="moderator"))
    core.store.release_reads()
    assert "moderator" == again.take_all(LoggedIn)[0].rooms[0].role
    assert "moderator" == roles(again, den)["bob"]


def test_what_is_decided_is_decided_when_it_is_written(core: Core, alice: Peer, bob: Peer) -> None:
    """Of what one owner gives up on one session and gives out on another, the second is refused."""
    den = make_room(alice, "den", bob)
    other = core.again(alice)
    core.store.hold()
    alice.tell(Role(room=den, user="alice", role="member"))
    other.tell(Role(room=den, user="bob", role="owner"))
    core.store.release()
    assert ([], ["forbidden"]) == (alice.take_codes(), other.take_codes())
    assert {"alice": "member", "bob": "member"} == roles(bob, den)


def test_who_left_meanwhile_is_given_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    core.store.hold()
    bob.tell(Leave(den))
    alice.tell(Role(room=den, user="bob", role="moderator"))
    core.store.release()
    assert ["not_a_member"] == alice.take_codes()
    assert [] == bob.take_all(Appointed)


def test_who_leaves_right_after_has_no_role(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    core.store.hold()
    alice.tell(Role(room=den, user="bob", role="moderator"))
    bob.tell(Leave(den))
    core.store.release()
    bob.expect(Entered, Join(den))
    assert "member" == roles(alice, den)["bob"]


def test_who_was_thrown_out_while_members_were_read_is_not_told(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    other = core.again(bob)
    core.store.hold_reads(1)
    bob.tell(Members(room=den))
    other.tell(Leave(den))
    core.store.release_reads()
    assert ["not_a_member"] == bob.take_codes()


def test_members_are_listed_page_by_page(core: Core, alice: Peer, bob: Peer) -> None:
    den, user = make_room(alice, "den", bob), bob.user
    bob.lose()
    first = alice.expect(MemberList, Members(room="den", limit=1))
    assert MemberList(
        room=den, members=[Member(alice.user.id, "alice", "user", "owner")], count=2, more=True
    ) == (first)
    second = alice.expect(MemberList, Members(room="den", after=alice.user.id, limit=1))
    assert MemberList(room=den, members=[Member(user.id, "bob", "guest")], count=2, more=False) == second


# Where only moderators speak.


def test_in_a_moderated_room_members_are_silent(core: Core, alice: Peer, bob: Peer) -> None:
    den = make_room(alice, "den", bob)
    bob.attach(den)
    core.registry.rooms[den].moderated = True
    for command in (Say(room=den, text="hi"), Typing(room="DEN")):
        refused = bob.refused(command)
        called = "den" if command.room == den else "DEN"
        assert (Code.FORBIDDEN, f'Only moderators and owners of "{called}" may speak.') == (
            refused.code,
            refused.text,
        )
    alice.say("only me", den)
    alice.expect(Done, Role(room=den, user="bob", role="moderator"))
    bob.say("and me", den)
    assert ["only me", "and me"] == bob.take_texts()


# On the server.


def test_owners_of_the_server_make_admins_and_owners(core: Core, owner: Peer, alice: Peer) -> None:
    line = core.again(alice, follow=True)
    owner.expect(Done, Role(user="alice", role="admin"))
    told = Appointed(role="admin", by=owner.user)
    assert ([told], [told]) == (alice.take_all(Appointed), line.take_all(Appointed))
    assert Code.FORBIDDEN is alice.refused(Role(user="alice", role="owner")).code
    owner.expect(Done, Role(user="alice", role="admin"))
    assert [] == alice.take_all(Appointed)
    alice.lose()
    line.lose()
    back = core.connect().expect(LoggedIn, Login(name="alice", password=PASSWORD))
    assert ("admin", "user") == (back.role, back.user.kind)


@pytest.mark.parametrize("away_ms", [0, FADE_MS])
def test_who_is_made_an_admin_while_away_is_one(core: Core, owner: Peer, alice: Peer, away_ms: int) -> None:
    alice.lose()
    core.pass_time(away_ms)
    owner.expect(Done, Role(user="alice", role="admin"))
    assert "admin" == core.connect().expect(LoggedIn, Login(name="alice", password=PASSWORD)).role


def test_nobody_else_gives_roles_on_the_server(core: Core, owner: Peer, alice: Peer, bob: Peer) -> None:
    owner.expect(Done, Role(user="alice", role="admin"))
    carol = core.account("carol")
    for asker in (alice, bob, carol):
        refused = asker.refused(Role(user="carol", role="admin"))
        assert "Only owners of the server may give out roles on the server." == refused.text


def test_only_accounts_have_roles_on_the_server(core: Core, owner: Peer, bob: Peer) -> None:
    refused = owner.refused(Role(user="bob", role="admin"))
    assert 'Only an account can have a role on the server; "bob" is none.' == refused.text


def test_the_last_owner_of_the_server_stays(core: Core, owner: Peer, alice: Peer) -> None:
    refused = owner.refused(Role(user="root", role="user"))
    assert refused.text.startswith("You are the last owner of the server.")
    owner.expect(Done, Role(user="alice", role="owner"))
    core.store.hold()
    owner.tell(Role(user="root", role="admin"))
    alice.tell(Role(user="alice", role="admin"))
    core.store.release()
    assert ([], ["forbidden"]) == (owner.take_codes(), alice.take_codes())


def test_an_admin_stops_being_one_at_once(core: Core, owner: Peer, alice: Peer, bob: Peer) -> None:
    den = make_room(bob, "den")
    owner.expect(Done, Role(user="alice", role="admin"))
    alice.expect(Done, Role(room=den, user="bob", role="moderator"))
    owner.expect(Done, Role(user="alice", role="user"))
    assert Code.FORBIDDEN is alice.refused(Role(room=den, user="bob", role="member")).code


def test_a_guest_who_becomes_an_account_is_a_user(core: Core, bob: Peer) -> None:
    bob.tell(Register(name="bob", password=PASSWORD))
    person = core.registry.people[bob.user.id]
    assert ("user", "user") == (person.role, person.user.kind)


# The first owner.


def register(core: Core, name: str, *, local: bool) -> str | None:
    """Make an account; gives the role that it is told."""
    answer = core.connect(local=local).ask(Register(name=name, password=PASSWORD))
    return answer.role if isinstance(answer, LoggedIn) else type(answer).__name__


def test_the_first_account_made_on_the_machine_owns_the_server(core: Core) -> None:
    assert core.print_code() is not None
    assert [None, "owner", None] == [
        register(core, "remote", local=False),
        register(core, "nearby", local=True),
        register(core, "late", local=True),
    ]
    assert core.print_code() is None


def test_a_guest_on_the_machine_may_become_the_owner(core: Core) -> None:
    core.print_code()
    peer = core.connect(local=True)
    peer.expect(LoggedIn, Login(name="alice"))
    peer.tell(Register(name="alice", password=PASSWORD))
    assert "owner" == core.registry.people[peer.user.id].role


def test_where_an_owner_is_nobody_on_the_machine_becomes_one(core: Core) -> None:
    core.account("alice")
    core.store.make_owner("alice")
    assert core.print_code() is None
    assert register(core, "bob", local=True) is None


def test_the_code_makes_an_owner_once(core: Core, alice: Peer, bob: Peer) -> None:
    code = core.print_code()
    assert code is not None
    other = core.again(alice)
    assert Code.WRONG_CODE is alice.refused(Claim(code="code-99")).code
    assert Code.FORBIDDEN is bob.refused(Claim(code=code)).code
    alice.expect(Done, Claim(code=code))
    assert [Appointed(role="owner")] == alice.take_all(Appointed) == other.take_all(Appointed)
    assert "This server has an owner." == alice.refused(Claim(code=code)).text
    assert register(core, "local", local=True) is None
    alice.expect(Done, Role(user="local", role="admin"))


def test_a_code_is_of_one_start(core: Core, alice: Peer) -> None:
    old, new = core.print_code(), core.print_code()
    assert old is not None and new is not None
    assert Code.WRONG_CODE is alice.refused(Claim(code=old)).code
    alice.expect(Done, Claim(code=new))


def test_two_who_claim_at_once_are_one_owner(core: Core, alice: Peer) -> None:
    code = core.print_code()
    assert code is not None
    other = core.account("other")
    core.store.hold()
    alice.tell(Claim(code=code))
    other.tell(Claim(code=code))
    core.store.release()
    assert ([], ["forbidden"]) == (alice.take_codes(), other.take_codes())
    assert (1, "user") == (
        sum(person.role == "owner" for person in core.registry.people.values()),
        core.registry.people[other.user.id].role,
    )


def test_the_code_still_works_when_who_claimed_by_it_is_gone(core: Core, alice: Peer) -> None:
    """They delete their account while their claim waits for the disk."""
    code = core.print_code()
    other, phone = core.account("other"), core.connect()
    phone.expect(LoggedIn, Login(name="other", password=PASSWORD))
    core.store.hold()
    phone.tell(DeleteAccount(password=PASSWORD, messages="stay"))
    other.tell(Claim(code=code or ""))
    core.store.release()
    alice.expect(Done, Claim(code=code or ""))


def test_a_claim_that_could_not_be_stored_can_be_made_again(core: Core, alice: Peer) -> None:
    code = core.print_code()
    assert code is not None
    core.store.failure = ChatError(Code.UNAVAILABLE, "The disk is full.")
    assert Code.UNAVAILABLE is alice.refused(Claim(code=code)).code
    core.store.failure = None
    alice.expect(Done, Claim(code=code))


def test_the_account_that_the_operator_names_owns_the_server(core: Core) -> None:
    core.account("alice")
    later = Core(owner="alice", after=core)
    assert later.print_code() is None
    login = later.connect().expect(LoggedIn, Login(name="alice", password=PASSWORD))
    assert "owner" == login.role
    assert register(later, "bob", local=True) is None
    later.check()


def test_a_named_owner_registers_on_the_machine_only() -> None:
    """Otherwise the first stranger to take the name would own the server."""
    core = Core(owner="alice")
    assert core.print_code() is not None
    stranger = core.connect()
    for command in (Register(name="Alice", password=PASSWORD), Login(name="alice")):
        assert 'The name "alice" is kept' in stranger.refused(command).text
    assert register(core, "bob", local=True) is None
    assert "owner" == register(core, "alice", local=True)
    assert Code.NAME_TAKEN is core.connect().refused(Register(name="alice", password=PASSWORD)).code
    core.check()


def test_a_guest_of_the_named_owners_name_becomes_no_owner_from_elsewhere(core: Core) -> None:
    guest = core.guest("alice")
    later = Core(owner="alice", after=core)
    later.print_code()
    again = later.connect()
    again.expect(LoggedIn, Login(token=guest.token))
    assert Code.FORBIDDEN is again.refused(Register(name="alice", password=PASSWORD)).code
    here = later.connect(local=True)
    here.expect(LoggedIn, Login(token=guest.token))
    here.tell(Register(name="alice", password=PASSWORD))
    assert "owner" == later.registry.people[here.user.id].role
    later.check()


def test_everybody_is_in_the_lobby_without_a_role(core: Core, owner: Peer, alice: Peer) -> None:
    assert {"root": "member", "alice": "member"} == roles(alice, LOBBY)
