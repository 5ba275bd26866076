"""Kicks, bans and mutes at work: who may, from when on they hold, and what those hear whom they hit."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    Added,
    Attach,
    Audit,
    Ban,
    ChatError,
    Close,
    Code,
    Command,
    Create,
    Delete,
    Destroy,
    Direct,
    Done,
    Edit,
    Entered,
    Invite,
    Join,
    Kick,
    LoggedIn,
    Login,
    Logout,
    Mute,
    Noticed,
    Pin,
    Position,
    Presence,
    Present,
    Register,
    Removed,
    Role,
    Said,
    SanctionList,
    Sanctions,
    Say,
    Stored,
    Topic,
    Typed,
    Typing,
    Unban,
    Uninvite,
    Unmute,
    Who,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer, make_room

MINUTE = 60_000


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def root(core: Core) -> Peer:
    return core.server_owner()


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def notices(peer: Peer) -> list[tuple[str, str, str]]:
    """What, to whom, and why: of all the notices that came."""
    return [(one.what, one.about.name if one.about else "", one.text) for one in peer.take_all(Noticed)]


# Kicking


def test_who_is_kicked_hears_nothing_more_on_any_session(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    other = core.again(bob)
    other.attach(room)
    other.take()
    bob.client.outbox.stop_reading()
    alice.say("owed, and not read yet", room)
    alice.expect(Done, Kick(room="den", user="bob", reason="flooding"))
    alice.say("behind your back", room)
    bob.client.outbox.read()
    assert [("kicked", "bob", "flooding")] == notices(alice)
    gone = Removed(room=room, by=alice.user, reason="flooding")
    assert [gone] == [event for event in bob.take() if not isinstance(event, Noticed)]
    assert [gone] == other.take_all(Removed)
    assert Code.NOT_A_MEMBER is bob.refused(Say(room=room, text="x")).code
    bob.expect(Entered, Join(room="den"))


def test_what_waits_for_the_disk_behind_a_kick_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    core.store.hold()
    alice.tell(Kick(room="den", user="bob"))
    bob.tell(Say(room=room, text="too late"))
    core.store.release()
    assert ["not_a_member"] == bob.take_codes()
    assert [] == alice.take_all(Said)


def test_who_is_kicked_hears_nothing_of_what_is_committed_together_with_it(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room, other = make_room(alice, bob), core.again(alice)
    core.store.hold()
    alice.tell(Kick(room="den", user="bob"))
    other.tell(Say(room="den", text="behind your back"))
    core.store.release()
    heard = bob.take()
    assert [Noticed, Removed] == [type(event) for event in heard]
    assert "behind your back" in alice.take_texts()
    assert Code.NOT_A_MEMBER is bob.refused(Say(room=room, text="x")).code


@pytest.mark.parametrize(
    "losing", [Kick("den", "bob"), Role("bob", "member", room="den"), Destroy("den", "den")]
)
@pytest.mark.parametrize(
    "command", [Delete("den", 1), Uninvite("den", user="carol"), Pin("den", 1), Mute("carol", room="den")]
)
def test_what_waits_for_the_disk_behind_the_loss_of_power_is_refused(
    core: Core, alice: Peer, bob: Peer, losing: Command, command: Command
) -> None:
    core.account("carol")
    make_room(alice, bob)
    alice.say("mine", "den")
    alice.expect(Done, Invite("den", "carol"))
    alice.expect(Done, Role("bob", "moderator", room="den"))
    bob.take()
    core.store.hold()
    alice.tell(losing)
    bob.tell(command)
    core.store.release()
    still_may = isinstance(losing, Role) and isinstance(command, Uninvite)  # as every member
    assert still_may is ([] == bob.take_codes())


def test_who_is_kicked_reads_no_page_that_was_owed(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("long ago", room)
    bob.take()
    bob.client.outbox.stop_reading()
    bob.tell(Attach(rooms=[Position(room, 0)]))
    alice.expect(Done, Kick(room="den", user="bob"))
    bob.client.outbox.read()
    assert [] == bob.take_texts()


def test_who_is_kicked_right_after_speaking_is_no_fault(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    line = core.again(bob, follow=True)
    core.store.hold()
    line.tell(Say(room="den", text="last words"))
    alice.tell(Kick(room="den", user="bob"))
    core.store.release()
    assert [] == line.take_codes()


def test_who_is_about_to_arrive_is_not_in_the_room(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    token = bob.token
    bob.lose()
    returning = core.connect()
    core.store.hold_reads()
    returning.tell(Login(token=token))
    core.store.release_reads()
    core.store.hold_reads(1)
    late = core.connect()
    late.tell(Login(token=token))
    alice.expect(Done, Kick(room=room, user=bob.user.id if bob.session.person else "bob"))
    core.store.release_reads()
    [logged_in] = late.take_all(LoggedIn)
    assert room not in {state.room for state in logged_in.rooms}


def test_who_does_not_belong_cannot_be_kicked(alice: Peer, bob: Peer) -> None:
    make_room(alice)
    refused = alice.refused(Kick(room="den", user="bob"))
    assert (Code.NOT_A_MEMBER, '"bob" does not belong to this room.') == (refused.code, refused.text)


@pytest.mark.parametrize("reason", ["x" * 251, "a\nb"])
def test_a_reason_is_one_line(alice: Peer, bob: Peer, reason: str) -> None:
    make_room(alice, bob)
    assert alice.refused(Kick(room="den", user="bob", reason=reason)).code in (
        Code.TOO_LONG,
        Code.BAD_REQUEST,
    )


# Who may


@pytest.mark.parametrize(
    "command",
    [
        Kick(room="den", user="alice"),
        Ban(room="den", user="alice"),
        Unban(room="den", user="alice"),
        Mute(room="den", user="alice"),
        Unmute(room="den", user="alice"),
        Sanctions(room="den"),
        Ban(user="alice"),
        Unban(user="alice"),
        Ban(network="198.51.100.0/24"),
        Unban(network="198.51.100.0/24"),
        Mute(user="alice"),
        Unmute(user="alice"),
        Sanctions(),
    ],
    ids=repr,
)
def test_a_plain_member_has_no_power(alice: Peer, bob: Peer, command: Command) -> None:
    make_room(alice, bob)
    assert Code.FORBIDDEN is bob.refused(command).code
    assert [] == alice.take_all(Removed)


def test_one_acts_only_on_who_stands_below(core: Core, root: Peer, alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    assert Code.FORBIDDEN is bob.refused(Ban(room="den", user="alice")).code
    assert Code.FORBIDDEN is alice.refused(Mute(room="den", user="root")).code
    assert Code.FORBIDDEN is alice.refused(Kick(room="den", user="alice")).code
    root.expect(Done, Kick(room="den", user="alice"))
    assert Code.FORBIDDEN is root.refused(Ban(user="root")).code


def test_a_room_that_one_may_not_know_of_does_not_exist(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create(name="secret", kind="private"))
    for command in (Kick(room="secret", user="alice"), Ban(room="secret", user="alice"), Sanctions("secret")):
        assert Code.NO_SUCH_ROOM is bob.refused(command).code


def test_nobody_has_power_in_a_direct_room(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct(user="bob"))
    assert Code.FORBIDDEN is alice.refused(Kick(room="@bob", user="bob")).code


# Banning from a room


def test_who_is_banned_from_a_room_stays_out_until_it_ends(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.expect(Done, Ban(room="den", user="bob", minutes=60, reason="spam"))
    assert [("banned", "bob", "spam")] == notices(alice)
    assert [Removed(room=room, by=alice.user, reason="spam")] == bob.take_all(Removed)
    refused = bob.refused(Join(room="den"))
    assert Code.BANNED is refused.code
    assert "You are banned from this room for 60 more minutes. Reason: spam" == refused.text
    assert 60 * MINUTE == refused.retry_ms
    core.now += 60 * MINUTE
    bob.expect(Entered, Join(room="den"))


def test_a_ban_without_an_end_is_lifted(alice: Peer, bob: Peer) -> None:
    make_room(alice)
    alice.expect(Done, Ban(room="den", user="bob"))
    refused = bob.refused(Join(room="den"))
    assert ("You are banned from this room.", None) == (refused.text, refused.retry_ms)
    alice.expect(Done, Unban(room="den", user="bob"))
    bob.expect(Entered, Join(room="den"))
    assert [("banned", "bob", ""), ("unbanned", "bob", "")] == notices(alice)
    assert Code.NO_SUCH_SANCTION is alice.refused(Unban(room="den", user="bob")).code


def test_what_hit_a_guest_who_left_is_lifted_by_the_name_that_they_had(core: Core, alice: Peer) -> None:
    make_room(alice)
    before = core.guest("eve")
    past = before.user.id
    before.expect(Entered, Join(room="den"))
    alice.expect(Done, Mute(room="den", user="eve"))
    alice.expect(Done, Ban(room="den", user="eve"))
    before.expect(Done, Logout())
    before.lose()
    alice.expect(Done, Unmute(room="den", user="Eve"))
    assert past != core.guest("eve").user.id
    alice.expect(Done, Unban(room="den", user="eve"))
    assert [] == alice.expect(SanctionList, Sanctions(room="den")).sanctions
    assert Code.NO_SUCH_SANCTION is alice.refused(Unban(room="den", user="eve")).code


def test_of_two_who_had_a_name_the_last_one_is_let_in_first(core: Core, root: Peer) -> None:
    ids = []
    for _ in range(2):
        eve = core.guest("eve")
        ids.append(eve.user.id)
        root.expect(Done, Ban(user="eve"))
        eve.lose()
        core.pass_time(1)
    for left in (ids[:1], []):
        root.expect(Done, Unban(user="eve"))
        listed = root.expect(SanctionList, Sanctions()).sanctions
        assert left == [one.user.id for one in listed if one.user]


def test_a_later_ban_takes_the_place_of_an_earlier_one(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice)
    alice.expect(Done, Ban(room="den", user="bob"))
    alice.expect(Done, Ban(room="den", user="bob", minutes=1, reason="on second thoughts"))
    [one] = alice.expect(SanctionList, Sanctions(room="den")).sanctions
    assert (core.now + MINUTE, "on second thoughts", bob.user) == (one.until, one.reason, one.user)
    core.now += MINUTE
    bob.expect(Entered, Join(room="den"))
    assert [] == alice.expect(SanctionList, Sanctions(room="den")).sanctions


# Muting


def test_who_is_muted_reads_and_says_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("before", room)
    alice.expect(Done, Mute(room="den", user="bob", minutes=10))
    for command in (
        Say(room=room, text="x"),
        Edit(room=room, target=said.seq, text="y"),
        Topic(room=room, text="z"),
    ):
        refused = bob.refused(command)
        assert (Code.MUTED, 10 * MINUTE) == (refused.code, refused.retry_ms)
        assert "You may say nothing in this room for 10 more minutes." == refused.text
    alice.take()
    bob.expect(Done, Typing(room=room))
    assert [] == alice.take_all(Typed)
    alice.say("you hear me", room)
    assert "you hear me" in bob.take_texts()
    bob.say("elsewhere", LOBBY)
    alice.expect(Done, Unmute(room="den", user="bob"))
    bob.say("again", room)
    bob.expect(Done, Typing(room=room))
    assert 1 == len(alice.take_all(Typed))


def test_what_waits_for_the_disk_behind_a_mute_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    core.store.hold()
    alice.tell(Mute(room="den", user="bob"))
    bob.tell(Say(room=room, text="too late"))
    core.store.release()
    assert ["muted"] == bob.take_codes()


# The server


def test_an_admin_mutes_everywhere(root: Peer, bob: Peer) -> None:
    root.expect(Done, Mute(user="bob", reason="noise"))
    refused = bob.refused(Say(room=LOBBY, text="x"))
    assert (Code.MUTED, "You may say nothing. Reason: noise") == (refused.code, refused.text)
    [one] = root.expect(SanctionList, Sanctions()).sanctions
    assert ("mute", None, bob.user, root.user) == (one.kind, one.room, one.user, one.by)
    root.expect(Done, Unmute(user="bob"))
    bob.say("y")


def test_who_is_banned_from_the_server_is_out_and_stays_out(core: Core, root: Peer, bob: Peer) -> None:
    other = core.again(bob)
    root.expect(Done, Ban(user="bob", minutes=30, reason="enough"))
    assert (Close.BANNED, Close.BANNED) == (bob.closed, other.closed)
    stranger = core.connect()
    assert Code.WRONG_TOKEN is stranger.refused(Login(token=bob.token)).code
    refused = stranger.refused(Login(name="bob", password=PASSWORD))
    assert Code.BANNED is refused.code
    assert "You are banned from this server for 30 more minutes. Reason: enough" == refused.text
    for peer in (bob, other):
        peer.lose()
    core.pass_time(30 * MINUTE)
    stranger.expect(LoggedIn, Login(name="bob", password=PASSWORD))


def test_a_server_ban_holds_after_a_restart_until_it_is_lifted(core: Core, root: Peer, bob: Peer) -> None:
    root.expect(Done, Ban(user="bob"))
    root.expect(Done, Ban(network="198.51.100.0/24"))
    after = Core(after=core)
    after.now = core.now
    stranger = after.connect()
    assert Code.BANNED is stranger.refused(Login(name="bob", password=PASSWORD)).code
    far = after.connect(address="198.51.100.7")
    assert Code.BANNED is far.refused(Login(name="carol")).code
    admin = after.connect()
    admin.expect(LoggedIn, Login(name="root", password=PASSWORD))
    admin.expect(Done, Unban(user="bob"))
    admin.expect(Done, Unban(network="198.51.100.9/24"))
    stranger.expect(LoggedIn, Login(name="bob", password=PASSWORD))
    far.expect(LoggedIn, Login(name="carol"))
    assert Code.NO_SUCH_SANCTION is admin.refused(Unban(user="bob")).code
    after.check()


def test_who_logs_in_while_the_ban_is_written_does_not_arrive(core: Core, root: Peer, bob: Peer) -> None:
    late = core.connect()
    core.store.hold_reads(2)
    late.tell(Login(token=bob.token))
    root.tell(Ban(user=bob.user.id))
    core.store.release_reads()
    assert Close.BANNED is late.closed


def test_a_ban_holds_before_anything_is_read_or_written(core: Core, root: Peer, bob: Peer) -> None:
    root.expect(Done, Ban(user="bob"))
    root.expect(Done, Ban(network="198.51.100.0/24"))
    core.store.hold()
    after = Core(after=core)
    with pytest.raises(ChatError, match="banned"):
        after.registry.admit("198.51.100.7")
    with pytest.raises(ChatError, match="banned"):
        after.registry.sanctions.check_person(bob.user.id, after.now)
    core.store.release()
    after.check()


def test_who_has_just_lost_the_connection_is_not_shown_after_a_ban(core: Core, root: Peer, bob: Peer) -> None:
    root.attach()
    bob.lose()
    core.pass_time()
    assert ["bob", "root"] == [one.name for one in root.expect(Present, Who(room=LOBBY)).users]
    root.take()
    root.expect(Done, Ban(user="bob"))
    core.pass_time()
    assert [["bob"]] == [[user.name for user in one.went] for one in root.take_all(Presence)]
    assert ["root"] == [one.name for one in root.expect(Present, Who(room=LOBBY)).users]


# Addresses


def test_from_a_banned_network_nobody_comes_in(core: Core, root: Peer) -> None:
    there = core.connect(address="198.51.100.7")
    there.expect(LoggedIn, Login(name="mallory"))
    staff = core.connect(address="198.51.100.8")
    staff.expect(LoggedIn, Register(name="carol", password=PASSWORD))
    root.expect(Done, Role(user="carol", role="admin"))
    root.expect(Done, Ban(network="198.51.100.7/24", minutes=5))
    assert (Close.BANNED, None, None) == (there.closed, staff.closed, root.closed)
    again = core.connect(address="198.51.100.9")
    for command in (
        Login(name="eve"),
        Login(name="carol", password=PASSWORD),
        Login(token="x"),
        Register(name="eve", password=PASSWORD),
    ):
        refused = again.refused(command)
        assert Code.BANNED is refused.code
        assert "Your address is banned from this server for 5 more minutes." == refused.text
    with pytest.raises(Exception, match="banned"):
        core.registry.admit("198.51.100.9")
    core.registry.admit("192.0.2.1")


@pytest.mark.parametrize(
    "network", ["192.0.2.1", "192.0.2.0/24", "127.0.0.1", "127.0.0.0/8", "0.0.0.0/0", "::1"]
)
def test_nobody_keeps_out_themselves_or_the_machine(root: Peer, network: str) -> None:
    assert Code.FORBIDDEN is root.refused(Ban(network=network)).code


@pytest.mark.parametrize(
    "command",
    [
        Ban(),
        Ban(user="bob", network="198.51.100.7"),
        Ban(network="198.51.100.7", room="den"),
        Ban(network="nonsense"),
        Unban(),
        Unban(network="nonsense"),
    ],
    ids=repr,
)
def test_a_ban_of_nothing_in_particular_is_refused(root: Peer, bob: Peer, command: Command) -> None:
    assert Code.BAD_REQUEST is root.refused(command).code


def test_an_address_that_is_not_banned_cannot_be_let_in(root: Peer) -> None:
    assert Code.NO_SUCH_SANCTION is root.refused(Unban(network="198.51.100.7")).code


def test_a_kick_does_not_add_who_was_about_to_be_added(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    other = core.again(bob)
    bob.expect(Entered, Join(room="den"))
    alice.expect(Done, Kick(room="den", user="bob"))
    assert 1 == len(other.take_all(Added))
    assert room not in (other.session.person.rooms if other.session.person else {})
    assert isinstance(alice.say("alone", room), Stored)


# The audit log


def test_every_act_of_power_is_kept(core: Core, root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("x", room)
    alice.expect(Stored, Delete(room=room, target=said.seq))
    for command in (
        Role(user="bob", role="moderator", room="den"),
        Role(user="bob", role="moderator", room="den"),
        Role(user="bob", role="member", room="den"),
        Mute(room="den", user="bob", reason="loud"),
        Unmute(room="den", user="bob"),
        Kick(room="den", user="bob"),
        Ban(room="den", user="bob"),
        Unban(room="den", user="bob"),
    ):
        alice.expect(Done, command)
    root.expect(Done, Ban(network="198.51.100.0/24", reason="spam"))
    root.expect(Done, Role(user="alice", role="admin"))
    own = ["unban", "ban", "kick", "unmute", "mute", "role", "role", "delete"]
    page = root.expect(ActList, Audit(room="den"))
    assert (own, False) == ([one.what for one in page.acts], page.more)
    assert {("den", alice.user, bob.user)} == {(one.room_name, one.by, one.about) for one in page.acts}
    assert ["loud", "member", "moderator", str(said.seq)] == [one.detail for one in page.acts[4:]]
    everything = alice.expect(ActList, Audit(limit=3))
    assert ["server role", "server ban", "unban"] == [one.what for one in everything.acts]
    assert everything.more
    assert "198.51.100.0/24 spam" == everything.acts[1].detail
    older = alice.expect(ActList, Audit(before=everything.acts[-1].act, limit=7))
    assert (own[1:], False) == ([one.what for one in older.acts], older.more)


@pytest.mark.parametrize("command", [Audit(), Audit(room="den")], ids=repr)
def test_a_plain_member_reads_no_audit(alice: Peer, bob: Peer, command: Command) -> None:
    make_room(alice, bob)
    assert Code.FORBIDDEN is bob.refused(command).code


def test_a_private_room_stays_hidden_in_the_log_of_the_server(
    core: Core, root: Peer, alice: Peer, bob: Peer
) -> None:
    room = alice.expect(Entered, Create(name="secret", kind="private")).rooms[0].room
    alice.expect(Done, Invite(room="secret", user="bob"))
    bob.expect(Entered, Join(room="secret"))
    alice.expect(Done, Kick(room="secret", user="bob", reason="told #secret on"))
    [act] = root.expect(ActList, Audit()).acts
    assert ("kick", alice.user, bob.user, True) == (act.what, act.by, act.about, act.hidden)
    assert (None, "", "") == (act.room, act.room_name, act.detail)
    alice.expect(Done, Invite(room="secret", user="root"))
    root.expect(Entered, Join(room="secret"))
    [act] = root.expect(ActList, Audit()).acts
    assert (room, "secret", "told #secret on") == (act.room, act.room_name, act.detail)
    assert not act.hidden


def test_a_claim_is_kept(core: Core, alice: Peer) -> None:
    core.store.found(alice.user.id)
    core.registry.appoint(alice.user.id, "owner")
    alice.take()
    assert ["claim"] == [one.what for one in alice.expect(ActList, Audit()).acts]


def test_acts_are_kept_for_a_year(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    alice.expect(Done, Kick(room="den", user="bob"))
    core.now += 366 * 24 * 60 * MINUTE
    core.spawned(_pruned(core))
    assert 1 == len(alice.expect(ActList, Audit(room="den")).acts)
    core.now += 1
    core.spawned(_pruned(core))
    assert [] == alice.expect(ActList, Audit(room="den")).acts


async def _pruned(core: Core) -> None:
    await core.store.prune()
