"""How rooms work: who may say so, from when on it holds, and what everybody is told of it."""

from collections.abc import Iterator

import pytest

from chatd.core.registry import TOLD_AT_ONCE
from chatd.model import (
    ActList,
    Archive,
    Attach,
    Attached,
    Audit,
    ChatError,
    Code,
    Command,
    Configure,
    Configured,
    Create,
    Delete,
    Destroy,
    Direct,
    Done,
    Edit,
    Entered,
    Entry,
    History,
    InvitationList,
    Invitations,
    Invite,
    Join,
    Kick,
    Leave,
    LoggedIn,
    Login,
    MakeLink,
    Messages,
    Missing,
    Mute,
    Noticed,
    Opened,
    Openings,
    Page,
    Pin,
    Position,
    React,
    Register,
    Removed,
    Rename,
    Renamed,
    Role,
    RoomList,
    Rooms,
    Said,
    Say,
    Settings,
    Stored,
    Topic,
    Typing,
    Uninvited,
    Who,
    text_of,
)
from chatd.storage.forgetting import FORGOTTEN_AT_ONCE, LOOKED_AT_ONCE
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer, make_room

DAY = 24 * 3600 * 1000


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


def notices(peer: Peer) -> list[tuple[str, str]]:
    """What, and its text: of all the notices that came."""
    return [(one.what, one.text) for one in peer.take_all(Noticed)]


def deeds(owner: Peer, room: int) -> list[tuple[str, str]]:
    """What the room's audit log says, the newest first."""
    return [(act.what, act.detail) for act in owner.expect(ActList, Audit(room=room)).acts]


# Settings


def test_an_owner_changes_settings_and_anybody_who_knows_the_room_asks(alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    changed = alice.expect(Configured, Configure("den", moderated=True, slow_seconds=30))
    assert Configured(room=room, settings=Settings(moderated=True, slow_seconds=30, previews=True)) == changed
    assert changed == bob.expect(Configured, Configure("den"))
    assert [("moderated", ""), ("slow", "30")] == notices(alice)
    assert [("configure", "slow_seconds 30"), ("configure", "moderated on")] == deeds(alice, room)
    alice.expect(Configured, Configure("den", moderated=False, slow_seconds=0))
    assert Settings(previews=True) == bob.expect(Configured, Configure("den")).settings
    assert [("unmoderated", ""), ("slow", "0")] == notices(alice)


def test_an_owner_says_whether_links_are_looked_at(alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    assert Settings() == alice.expect(Configured, Configure("den", previews=False)).settings
    assert Settings() == bob.expect(Configured, Configure("den")).settings
    assert ([("previews", "off")], [("configure", "previews off")]) == (notices(alice), deeds(alice, room))


def test_what_holds_already_is_not_told_again(alice: Peer) -> None:
    room = make_room(alice)
    assert Settings(previews=True) == alice.expect(Configured, Configure("den", moderated=False)).settings
    assert ([], []) == (notices(alice), deeds(alice, room))


def test_plain_members_moderators_and_strangers_change_nothing(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    stranger = core.guest("carol")
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    for peer in (bob, stranger):
        refused = peer.refused(Configure("den", moderated=True))
        assert (Code.FORBIDDEN, 'Only owners of "den" may change the settings.') == (
            refused.code,
            refused.text,
        )
    assert Settings(previews=True) == bob.expect(Configured, Configure("den")).settings


def test_admins_change_public_rooms_without_being_inside(root: Peer, alice: Peer) -> None:
    make_room(alice)
    root.expect(Configured, Configure("den", moderated=True))
    root.expect(Configured, Configure("lobby", slow_seconds=5))
    alice.expect(Entered, Create(name="secret", kind="private"))
    assert Code.NO_SUCH_ROOM is root.refused(Configure("secret", moderated=True)).code


def test_a_direct_room_has_no_settings_to_change(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct(user="bob"))
    refused = alice.refused(Configure("@bob", moderated=True))
    assert "In a direct conversation nobody may change the settings." == refused.text


def test_who_is_no_owner_any_more_when_it_is_written_changes_nothing(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    other = core.again(alice)
    core.store.hold()
    other.tell(Role(user="alice", role="member", room=room))
    alice.tell(Configure(room, moderated=True))
    core.store.release()
    assert ["forbidden"] == alice.take_codes()


def test_settings_come_with_login_and_attachment_and_outlive_a_restart(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    alice.expect(Configured, Configure("den", moderated=True, slow_seconds=7))
    alice.take()
    alice.tell(Attach(rooms=[Position(room)]))
    [page] = alice.take_all(Attached)
    assert (True, 7) == (page.moderated, page.slow_seconds)
    after = Core(after=core)
    again = after.connect()
    again.tell(Login(token=alice.token))
    [login] = again.take_all(LoggedIn)
    [den] = [state for state in login.rooms if state.room == room]
    assert (True, 7) == (den.moderated, den.slow_seconds)


def test_a_room_that_wakes_is_as_it_was_told_last(core: Core, alice: Peer, bob: Peer) -> None:
    """Whatever was read before it was told, and in whatever order its notices were told first."""
    room = make_room(alice)
    core.store.hold_reads()
    bob.tell(Join("den"))
    alice.tell(Configure(room, moderated=True), Configure(room, moderated=False))
    alice.tell(Configure(room, moderated=True, slow_seconds=9))
    alice.lose()
    core.pass_time(60_000)
    core.store.release_reads()
    woken = core.registry.rooms[room]
    assert (True, 9) == (woken.moderated, woken.slow_seconds)


# Where only moderators speak


def test_where_only_moderators_speak_members_read_and_take_back(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("before", room)
    alice.expect(Configured, Configure("den", moderated=True))
    for command in (Say(room, "x"), Edit(room, said.seq, "y"), Topic(room, "z")):
        assert Code.FORBIDDEN is bob.refused(command).code
    bob.expect(Stored, React(room, said.seq, "👍", on=True))
    bob.expect(Stored, Delete(room, said.seq))
    alice.say("you hear me", room)
    assert "you hear me" in bob.take_texts()
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    bob.say("as a moderator", room)
    alice.expect(Configured, Configure("den", moderated=False))
    alice.expect(Done, Role(user="bob", role="member", room="den"))
    bob.say("as a member again", room)


def test_what_waits_for_the_disk_behind_it_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("before", room)
    other = core.again(bob)
    core.store.hold()
    alice.tell(Configure(room, moderated=True))
    bob.tell(Say(room, "too late"))
    other.tell(Edit(room, said.seq, "later"))
    alice.tell(Say(room, "but I may"))
    core.store.release()
    assert (["forbidden"], ["forbidden"]) == (bob.take_codes(), other.take_codes())
    assert "but I may" == alice.take_texts()[-1]


# Slow mode


def test_a_plain_member_waits_from_one_message_to_the_next(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    bob.say("one", room)
    core.pass_time(18_000)
    refused = bob.refused(Say(room, "two"))
    assert "Slow mode: one message every 30 seconds. Wait 12 seconds more." == refused.text
    assert (Code.TOO_FAST, 12_000) == (refused.code, refused.retry_ms)
    core.pass_time(12_000)
    bob.say("two", room)


def test_it_holds_over_sessions_a_new_login_and_a_restart(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    bob.say("one", room)
    assert Code.TOO_FAST is core.again(bob).refused(Say(room, "two")).code
    after = Core(after=core)
    core.now += 1_000
    again = after.connect()
    again.expect(LoggedIn, Login(name="bob", password=PASSWORD))
    assert 29_000 == again.refused(Say(room, "two")).retry_ms


def test_of_messages_that_wait_for_the_disk_together_one_is_said(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    other = core.again(bob)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    alice.take()
    core.store.hold()
    bob.tell(Say(room, "one"), Say(room, "two"))
    other.tell(Say(room, "three"))
    core.store.release()
    assert ["one"] == [said.text for said in alice.take_all(Said)]
    assert (["too_fast"], ["too_fast"]) == (bob.take_codes(), other.take_codes())


def test_what_is_refused_for_something_else_costs_no_wait(alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    assert Code.NO_SUCH_MESSAGE is bob.refused(Say(room, "answers nothing", reply_to=99)).code
    bob.say("one", room)


def test_a_retry_is_answered_and_what_was_refused_can_be_sent_again(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice, bob)
    alice.expect(Configured, Configure("den", slow_seconds=1))
    first = bob.say("one", room, key="k1")
    assert first == bob.say("one", room, key="k1")
    refused = bob.refused(Say(room, "two", key="k2"))
    assert "Slow mode: one message every 1 second. Wait 1 second more." == refused.text
    core.pass_time(1_000)
    bob.say("two", room, key="k2")


def test_who_keeps_order_is_not_slowed_nor_is_anybody_elsewhere(root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob, root)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    for peer in (alice, root):
        peer.say("one", room)
        peer.say("two", room)
    said = bob.say("one", room)
    bob.say("one", LOBBY)
    bob.say("two", LOBBY)
    bob.expect(Stored, Edit(room, said.seq, "won"))
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    bob.say("two", room)


def test_a_clock_that_was_set_back_keeps_nobody_waiting(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    bob.say("one", room)
    core.now -= 3_600_000
    bob.say("two", room)


def test_a_guest_who_becomes_an_account_waits_on(core: Core, alice: Peer) -> None:
    carol = core.guest("carol")
    room = make_room(alice, carol)
    alice.expect(Configured, Configure("den", slow_seconds=30))
    carol.say("one", room)
    carol.tell(Register("carol", PASSWORD))
    carol.take()
    assert Code.TOO_FAST is carol.refused(Say(room, "two")).code


# Names


def test_a_room_is_called_otherwise_by_everybody_at_once(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    line, detached = core.again(bob, follow=True), core.again(bob)
    alice.expect(Done, Rename("den", "cave"))
    assert [("renamed", "den cave")] == notices(alice)
    told = Renamed(room=room, name="cave")
    assert ([told], [told], [told]) == (
        bob.take_all(Renamed),
        line.take_all(Renamed),
        detached.take_all(Renamed),
    )
    alice.say("hi", "cave")
    assert "#cave" == line.client.outbox.labels[-1]
    assert [("rename", "den cave")] == deeds(alice, room)
    assert ["cave", "lobby"] == [one.name for one in core.guest("carol").expect(RoomList, Rooms()).rooms]


def test_the_name_before_leads_to_the_room(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    alice.expect(Done, Rename("den", "cave"))
    alice.expect(Done, Rename("den", "grotto"))
    for former in ("den", "CAVE", "grotto"):
        [state] = bob.expect(Entered, Join(former)).rooms
        assert (room, "grotto") == (state.room, state.name)
        assert room == bob.say("hi", former).room


def test_an_invitation_into_a_renamed_room_is_found_by_either_name(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create(name="secret", kind="private"))
    alice.expect(Done, Invite("secret", "bob"))
    alice.expect(Done, Rename("secret", "hideout"))
    assert "hideout" == bob.expect(Entered, Join("secret")).rooms[0].name


def test_names_and_former_names_of_others_are_taken(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice)
    alice.expect(Done, Rename("den", "cave"))
    for name in ("den", "cave", "lobby"):
        assert Code.NAME_TAKEN is bob.refused(Create(name)).code
    bob.expect(Entered, Create("attic"))
    for name in ("den", "cave", "lobby"):
        refused = bob.refused(Rename("attic", name))
        assert f'The name "{name}" is taken by another room. Choose another one.' == refused.text
    assert Code.BAD_NAME is bob.refused(Rename("attic", "everyone")).code


def test_a_room_may_be_called_again_as_it_was(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    alice.expect(Done, Rename("den", "cave"))
    alice.expect(Done, Rename("cave", "den"))
    alice.expect(Done, Rename("den", "den"))
    assert [("renamed", "den cave"), ("renamed", "cave den")] == notices(alice)
    assert {room} == {alice.say("hi", name).room for name in ("den", "cave")}


def test_the_oldest_names_are_free_again(core: Core, alice: Peer, bob: Peer) -> None:
    make_room(alice)
    for number in range(11):
        core.now += 1
        alice.expect(Done, Rename("den" if not number else f"den{number - 1}", f"den{number}"))
    bob.expect(Entered, Create("den"))
    assert Code.NAME_TAKEN is bob.refused(Create("den0")).code


def test_nobody_else_renames_a_room_and_nobody_the_lobby(root: Peer, alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    assert 'Only owners of "den" may rename the room.' == bob.refused(Rename("den", "cave")).text
    assert 'Only owners of "lobby" may rename the room.' == bob.refused(Rename("lobby", "cave")).text
    refused = root.refused(Rename("lobby", "cave"))
    assert "Everybody is put in the lobby: nobody may rename the room." == refused.text
    root.expect(Done, Rename("den", "cave"))


def test_who_arrives_while_the_room_is_renamed_finds_it_under_its_name(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice, bob)
    bob.lose()
    alice.lose()
    core.pass_time(60_000)
    late = core.connect()
    core.store.hold_reads(2)
    late.tell(Login(token=bob.token))
    core.spawned(_rename(core, room))
    core.store.release_reads()
    assert room == late.say("hi", "cave").room
    late.attach("cave")
    assert "cave" == late.take_all(Attached)[-1].name


async def _rename(core: Core, room: int) -> None:
    account = await core.store.account("alice")
    assert account is not None
    await core.store.rename(room, account.user, "cave", lambda actor: None)


# Archived rooms


def test_an_archived_room_can_be_read_and_nothing_else(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("before", room)
    mine = alice.say("mine", room)
    alice.expect(Done, Archive("den"))
    alice.expect(Done, Archive("den"))
    assert [("archived", "")] == notices(alice)
    assert [("archive", "")] == deeds(alice, room)
    carol = core.guest("carol")
    for peer in (alice, bob):
        for command in (
            Say(room, "x"),
            Edit(room, said.seq, "y"),
            Edit(room, mine.seq, "y"),
            React(room, said.seq, "👍", on=True),
            Topic(room, "z"),
            Typing(room),
            Invite(room, "carol"),
            MakeLink(room),
            Openings(room),
        ):
            assert Code.FORBIDDEN is peer.refused(command).code, command
    assert '"den" is archived: nobody may speak there.' == bob.refused(Say("den", "x")).text
    assert '"den" is archived: nobody may join there.' == carol.refused(Join("den")).text
    assert ["before", "mine"] == [one.text for one in bob.expect(Messages, History(room)).entries]
    bob.expect(Stored, Delete(room, said.seq))
    assert room == bob.expect(Entered, Join("den")).rooms[0].room
    alice.expect(Done, Archive("den", on=False))
    assert ("unarchived", "") == notices(alice)[-1]
    bob.say("after", room)
    carol.expect(Entered, Join("den"))


def test_moderators_keep_their_power_in_an_archived_room(alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    said = bob.say("before", room)
    alice.expect(Done, Archive("den"))
    alice.expect(Stored, Delete(room, said.seq))
    alice.expect(Configured, Configure("den", moderated=True))
    alice.expect(Done, Kick("den", "bob"))


def test_one_leaves_an_archived_room_for_good(alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    alice.expect(Done, Archive("den"))
    bob.expect(Done, Leave("den"))
    assert Code.FORBIDDEN is bob.refused(Join("den")).code


def test_a_private_archived_room_lets_in_nobody_by_any_way(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("secret", kind="private"))
    code = alice.expect(Opened, MakeLink("secret")).code
    alice.expect(Done, Invite("secret", "bob"))
    alice.expect(Done, Archive("secret"))
    assert Code.NO_SUCH_ROOM is bob.refused(Join("secret")).code
    assert Code.NO_SUCH_INVITATION is bob.refused(Join(f"+{code}")).code
    alice.expect(Entered, Join(f"+{code}"))
    alice.expect(Done, Archive("secret", on=False))
    bob.expect(Entered, Join("secret"))


def test_what_waits_for_the_disk_behind_an_archiving_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    carol = core.guest("carol")
    code = alice.expect(Opened, MakeLink(room)).code
    other, third = core.again(bob), core.again(bob)
    core.store.hold()
    alice.tell(Archive(room))
    bob.tell(Say(room, "too late"))
    other.tell(Invite(room, "carol"))
    third.tell(MakeLink(room))
    carol.tell(Join("den"))
    core.store.release()
    codes = [peer.take_codes() for peer in (bob, other, third, carol)]
    assert [["forbidden"]] * 4 == codes
    assert Code.NO_SUCH_INVITATION is carol.refused(Join(f"+{code}")).code


def test_archived_rooms_have_a_list_of_their_own(alice: Peer, bob: Peer) -> None:
    make_room(alice)
    alice.expect(Entered, Create("secret", kind="private"))
    for name in ("den", "secret"):
        alice.expect(Done, Archive(name))
    assert ["lobby"] == [one.name for one in alice.expect(RoomList, Rooms()).rooms]
    assert ["den", "secret"] == [one.name for one in alice.expect(RoomList, Rooms(archived=True)).rooms]
    assert ["den"] == [one.name for one in bob.expect(RoomList, Rooms(archived=True)).rooms]
    assert [] == bob.expect(RoomList, Rooms(query="xyz", archived=True)).rooms


def test_who_comes_back_knows_that_the_room_is_archived(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    alice.expect(Done, Archive("den"))
    alice.attach(room)
    assert alice.take_all(Attached)[-1].archived
    after = Core(after=core)
    again = after.connect()
    again.tell(Login(token=alice.token))
    assert [room] == [one.room for one in again.take_all(LoggedIn)[0].rooms if one.archived]
    assert Code.FORBIDDEN is again.refused(Say(room, "x")).code


def test_nobody_archives_the_lobby(root: Peer, alice: Peer) -> None:
    assert 'Only owners of "lobby" may archive the room.' == alice.refused(Archive("lobby")).text
    refused = root.refused(Archive("lobby"))
    assert "Everybody is put in the lobby: nobody may archive the room." == refused.text


# Deleted rooms


def test_a_deleted_room_is_there_for_nobody_at_once(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    line, detached = core.again(bob, follow=True), core.again(bob)
    bob.client.outbox.stop_reading()
    alice.say("owed, and not read yet", room)
    alice.expect(Done, Destroy("den", "Den"))
    bob.client.outbox.read()
    gone = Removed(room=room, by=alice.user, destroyed=True)
    assert [gone] == bob.take()
    for peer in (alice, line, detached):
        assert [gone] == peer.take_all(Removed)
    for peer in (alice, bob):
        for command in (Say(room, "x"), History(room), Join("den"), Configure(room), Destroy("den", "den")):
            assert Code.NO_SUCH_ROOM is peer.refused(command).code, command
    assert ["lobby"] == [one.name for one in alice.expect(RoomList, Rooms()).rooms]
    assert room not in core.registry.rooms
    core.pass_time()


def test_a_crowd_loses_a_deleted_room_at_once_and_is_told_so_in_portions(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice, bob)
    crowd = [core.again(bob) for _ in range(TOLD_AT_ONCE)]
    *others, ended, last = crowd
    for peer in crowd:
        peer.attach(room)
        peer.take()
    last.client.outbox.stop_reading()
    alice.say("owed, and not read yet", room)
    alice.expect(Done, Destroy("den", "den"))
    assert 0 == last.client.outbox.owed
    last.client.outbox.read()
    assert Code.NO_SUCH_ROOM is last.refused(Who(room)).code
    assert [] == last.take()
    ended.lose()
    core.pass_time()
    gone = Removed(room=room, by=alice.user, destroyed=True)
    assert [gone] == last.take()
    assert [[gone]] * len(others) == [peer.take_all(Removed) for peer in others]
    assert [] == ended.take_all(Removed)


def test_who_was_invited_into_it_is_so_no_longer(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    alice.expect(Done, Mute(room=room, user="bob"))
    alice.expect(Done, Invite(room, "bob"))
    bob.take()
    alice.expect(Done, Destroy("den", "den"))
    assert [Uninvited(room=room, name="den")] == bob.take()
    assert [] == bob.expect(InvitationList, Invitations()).invitations
    assert 0 == len(core.registry.sanctions)


def test_its_name_is_free_and_its_id_is_not(alice: Peer, bob: Peer) -> None:
    room = make_room(alice)
    alice.expect(Done, Rename("den", "cave"))
    alice.expect(Done, Destroy("den", "cave"))
    for name in ("den", "cave"):
        [state] = bob.expect(Entered, Create(name)).rooms
        assert room < state.room
        assert 0 == state.head
    assert Code.NO_SUCH_ROOM is alice.refused(Join(room)).code


def test_only_who_can_say_its_name_deletes_it(alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    refused = alice.refused(Destroy("den", "cave"))
    assert (Code.BAD_REQUEST, "That is not what the room is called, so it was not deleted.") == (
        refused.code,
        refused.text,
    )
    assert 'Only owners of "den" may delete the room.' == bob.refused(Destroy("den", "den")).text
    alice.say("still here", room)


def test_nobody_deletes_the_lobby_or_a_direct_room(root: Peer, alice: Peer, bob: Peer) -> None:
    refused = root.refused(Destroy("lobby", "lobby"))
    assert "Everybody is put in the lobby: nobody may delete the room." == refused.text
    alice.expect(Entered, Direct("bob"))
    assert "In a direct conversation nobody may delete the room." == alice.refused(Destroy("@bob", "")).text


def test_an_admin_deletes_a_public_room_and_the_audit_log_keeps_it(
    root: Peer, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice)
    alice.expect(Done, Mute(room=room, user="bob", reason="noise"))
    root.expect(Done, Destroy("den", "den"))
    [destroyed, muted] = root.expect(ActList, Audit()).acts
    assert ("destroy", room, "", "den", False) == (
        destroyed.what,
        destroyed.room,
        destroyed.room_name,
        destroyed.detail,
        destroyed.hidden,
    )
    assert ("mute", room, "noise") == (muted.what, muted.room, muted.detail)


def test_of_a_deleted_private_room_the_audit_log_tells_no_name(root: Peer, alice: Peer) -> None:
    alice.expect(Entered, Create("secret", kind="private"))
    alice.expect(Done, Destroy("secret", "secret"))
    [destroyed] = root.expect(ActList, Audit()).acts
    assert ("destroy", None, "", True) == (
        destroyed.what,
        destroyed.room,
        destroyed.detail,
        destroyed.hidden,
    )


def test_what_waits_for_the_disk_behind_a_deletion_is_refused(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    mine = alice.say("mine", room)
    sessions = [core.again(alice) for _ in range(5)]
    carol = core.guest("carol")
    core.store.hold()
    alice.tell(Destroy(room, "den"))
    bob.tell(Say(room, "too late"))
    carol.tell(Join("den"))
    commands: tuple[Command, ...] = (
        Kick(room, "bob"),
        Delete(room, mine.seq),
        Configure(room, moderated=True),
        Rename(room, "cave"),
        Archive(room),
    )
    for session, command in zip(sessions, commands, strict=True):
        session.tell(command)
    core.store.release()
    assert ["not_a_member"] == bob.take_codes()
    assert [["no_such_room"]] * 6 == [peer.take_codes() for peer in (carol, *sessions)]


def test_who_is_about_to_arrive_is_not_in_a_deleted_room(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    bob.lose()
    late = core.connect()
    core.store.hold_reads(1)
    late.tell(Login(token=bob.token))
    alice.expect(Done, Destroy(room, "den"))
    core.store.release_reads()
    assert [LOBBY] == [state.room for state in late.take_all(LoggedIn)[0].rooms]


def test_a_room_where_nobody_is_is_deleted_too(core: Core, root: Peer, alice: Peer) -> None:
    room = make_room(alice)
    alice.leave_politely()
    root.expect(Done, Destroy("den", "den"))
    assert Code.NO_SUCH_ROOM is root.refused(Join(room)).code


def test_a_page_that_is_being_read_of_a_deleted_room_is_not_sent(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("before", room)
    other = core.again(bob)
    core.store.hold_reads(1)
    other.tell(History(room))
    alice.tell(Destroy(room, "den"))
    core.store.release_reads()
    assert ["not_a_member"] == other.take_codes()


# Retention


def test_a_room_keeps_its_newest_entries_only(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    for number in range(10):
        alice.say(str(number), room)
    settings = alice.expect(Configured, Configure("den", retain_count=4)).settings
    assert 4 == settings.retain_count
    assert ("retention", "the newest 4 entries") == notices(alice)[-1]
    page = bob.expect(Messages, History(room))
    assert (["7", "8", "9"], 8, True) == ([one.text for one in page.entries], page.first, page.complete)
    bob.take()
    bob.attach(room, 2)
    first, last = bob.take_all(Attached)
    assert (Missing(3, 7), 8, 11, True) == (first.gap, first.first, last.last, last.complete)
    alice.expect(Stored, Say(room, "10", reply_to=8))
    core.registry.forget_old()
    assert ["8", "9", "10"] == [one.text for one in bob.expect(Messages, History(room)).entries]
    assert Code.NO_SUCH_MESSAGE is alice.refused(Edit(room, 8, "gone")).code
    assert [("configure", "retain_count 4")] == deeds(alice, room)


def test_a_room_keeps_entries_for_so_many_days(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    alice.say("old", room)
    core.pass_time(DAY)
    alice.say("new", room)
    alice.expect(Configured, Configure("den", retain_days=1))
    assert ["old", "new"] == [one.text for one in alice.expect(Messages, History(room)).entries]
    core.pass_time(1_000)
    core.registry.forget_old()
    assert ["new"] == [one.text for one in alice.expect(Messages, History(room)).entries]
    core.pass_time(DAY)
    core.registry.forget_old()
    page = alice.expect(Messages, History(room))
    assert ([], 4, True) == (page.entries, page.first, page.complete)
    assert 4 == alice.say("again", room).seq


def test_an_edit_of_what_is_gone_shows_no_text_from_memory_or_disk(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice, bob)
    said = alice.say("old", room)
    alice.expect(Stored, Edit(room, said.seq, "older"))
    alice.expect(Configured, Configure("den", retain_count=2))
    for after in (1, 0):  # from the tail, and from the store
        bob.take()
        bob.attach(room, after)
        entries = [entry for page in bob.take_all(Attached) for entry in page.entries]
        assert (2, "") == (entries[0].seq, text_of(entries[0]))


def test_memory_and_disk_show_alike_what_is_about_messages_that_are_gone(
    core: Core, alice: Peer, bob: Peer
) -> None:
    room = make_room(alice, bob)
    said = [alice.say(str(number), room).seq for number in range(4)]
    alice.expect(Stored, Edit(room, said[0], "edited"))
    alice.expect(Stored, Delete(room, said[1]))
    alice.expect(Stored, React(room, said[2], "👍", on=True))
    alice.expect(Stored, Pin(room, said[2], on=True))
    alice.expect(Stored, Say(room, "answer", reply_to=said[3]))
    alice.expect(Stored, Edit(room, 9, "edited answer"))
    alice.expect(Configured, Configure("den", retain_count=7))
    kept = core.registry.rooms[room].since(4)
    read: list[Page[Entry]] = []
    core.store.entries(room, 4).addCallback(read.append)
    assert kept == read[0].entries
    assert [5, 6, 7, 8, 9, 10, 11] == [entry.seq for entry in kept]


def test_more_than_one_piece_and_many_rooms_are_forgotten_in_one_go(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    core.write(FORGOTTEN_AT_ONCE + 50, room)
    for number in range(LOOKED_AT_ONCE + 1):
        name = f"room{number}"
        alice.expect(Entered, Create(name))
        alice.expect(Configured, Configure(name, retain_days=30))
    alice.expect(Configured, Configure("den", retain_count=10))
    assert 10 == len(alice.expect(Messages, History(room)).entries) + 1
    alice.expect(Done, Destroy(f"room{LOOKED_AT_ONCE}", f"room{LOOKED_AT_ONCE}"))
    alice.expect(Configured, Configure("den", retain_count=0))
    assert ("retention", "") == notices(alice)[-1]


@pytest.mark.parametrize("command", [Configure("den", retain_count=1), Destroy("den", "den")], ids=repr)
def test_what_was_left_to_forget_is_forgotten_at_the_next_start(command: Command) -> None:
    core = Core()
    alice = core.account("alice")
    room = make_room(alice)
    alice.say("old", room)
    core.store.hold()
    alice.tell(command)
    core.store.release(1)
    core.store.failure = ChatError(Code.UNAVAILABLE, "The process was killed.")
    core.store.release()
    core.store.failure = None
    assert 0 == core.store.floor(room)
    after = Core(after=core)
    assert 1 == core.store.floor(room)
    after.check()


def test_what_is_to_be_forgotten_while_it_forgets_is_not_left_out(core: Core, alice: Peer) -> None:
    """A room that the run on its way has passed is looked at again."""
    room = make_room(alice)
    alice.say("old", room)
    attic = alice.expect(Entered, Create("attic")).rooms[0].room
    alice.expect(Configured, Configure(attic, retain_count=1))
    alice.say("old", attic)
    core.store.hold()
    core.registry.forget_old()
    alice.tell(Configure(room, retain_count=1))
    core.store.release(2)
    assert (0, 1) == (core.store.floor(room), core.store.floor(attic))
    core.store.release()
    assert 1 == core.store.floor(room)
