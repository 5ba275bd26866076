"""Deleting all that somebody said: who may, of whom, where, and what stays."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    Audit,
    Code,
    Command,
    Create,
    DeleteAccount,
    Direct,
    Done,
    Entered,
    History,
    Join,
    Leave,
    LoggedIn,
    Login,
    Messages,
    Purge,
    Purged,
    Role,
    User,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer, make_room


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


def texts(peer: Peer, room: int) -> list[str]:
    page = peer.expect(Messages, History(room=room))
    return ["-" if one.deleted else one.text for one in page.entries]


def test_a_moderator_deletes_all_that_a_member_said(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    for text in ("spam", "more spam"):
        bob.say(text, room)
        alice.say("mine", room)
    bob.say("elsewhere")
    bob.take()
    alice.expect(Done, Purge(room="den", user="bob", reason="spam"))
    [purged] = bob.take_all(Purged)
    assert (room, alice.user, bob.user, 4) == (purged.room, purged.sender, purged.user, purged.up_to)
    assert ["-", "mine", "-", "mine"] == texts(alice, room)
    bob.say("after that", room)
    assert ["-", "mine", "-", "mine", "after that"] == texts(alice, room)
    assert ["elsewhere"] == texts(alice, LOBBY)
    [act] = [one for one in alice.expect(ActList, Audit(room="den")).acts if one.what == "purge"]
    assert (alice.user, bob.user, "spam", room) == (act.by, act.about, act.detail, act.room)


def test_where_nothing_was_said_nothing_is_told(alice: Peer, bob: Peer) -> None:
    make_room(alice, bob)
    alice.expect(Done, Purge(room="den", user="bob"))
    assert [] == bob.take_all(Purged)


def test_an_admin_deletes_in_every_public_room(core: Core, root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    hidden = bob.expect(Entered, Create(name="secret", kind="private")).rooms[0].room
    direct = bob.expect(Entered, Direct(user="alice")).rooms[0].room
    for where in (LOBBY, room, hidden, direct):
        bob.say("spam", where)
    bob.expect(Done, Leave(room="den"))
    root.expect(Done, Purge(user="bob"))
    assert [["-"], ["-"]] == [texts(alice, where) for where in (LOBBY, room)]
    assert [["spam"], ["spam"]] == [texts(bob, where) for where in (hidden, direct)]
    [act] = root.expect(ActList, Audit(limit=1)).acts
    assert ("server purge", bob.user, None) == (act.what, act.about, act.room)


@pytest.mark.parametrize("command", [Purge(user="alice"), Purge(room="den", user="alice")], ids=repr)
def test_a_plain_member_deletes_nobody_elses(alice: Peer, bob: Peer, command: Command) -> None:
    room = make_room(alice, bob)
    alice.say("mine", room)
    assert Code.FORBIDDEN is bob.refused(command).code
    assert ["mine"] == texts(alice, room)


def test_one_deletes_only_of_who_stands_below(root: Peer, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    alice.say("mine", room)
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    for command in (
        Purge(room="den", user="alice"),
        Purge(room="den", target=1),
        Purge(room="den", user="root"),
    ):
        assert Code.FORBIDDEN is bob.refused(command).code
    assert Code.FORBIDDEN is root.refused(Purge(user="root")).code


def test_power_is_asked_for_again_in_the_transaction(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    carol = core.account("carol")
    carol.expect(Entered, Join(room="den"))
    carol.say("hers", room)
    alice.expect(Done, Role(user="bob", role="moderator", room="den"))
    bob.take()
    core.store.hold()
    alice.tell(Role(user="bob", role="member", room="den"))
    bob.tell(Purge(room="den", user="carol"))
    core.store.release()
    assert ["forbidden"] == bob.take_codes()
    assert ["hers"] == texts(alice, room)


def test_nobody_deletes_in_a_conversation(alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Direct(user="bob"))
    assert Code.FORBIDDEN is alice.refused(Purge(room="@bob", user="bob")).code


def test_a_guest_who_left_is_named_by_a_message(core: Core, alice: Peer) -> None:
    room = make_room(alice)
    guest = core.guest("mallory")
    guest.expect(Entered, Join(room="den"))
    guest.say("spam", room)
    guest.leave_politely()
    assert Code.NO_SUCH_USER is alice.refused(Purge(room="den", user="mallory")).code
    alice.expect(Done, Purge(room="den", target=1))
    assert ["-"] == texts(alice, room)
    assert Code.NO_SUCH_MESSAGE is alice.refused(Purge(room="den", target=99)).code


def test_a_deleted_account_is_named_by_its_id(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    bob.say("spam", room)
    user = bob.user.id
    bob.expect(Done, DeleteAccount(password=PASSWORD, messages="stay"))
    alice.expect(Done, Purge(room="den", user=user))
    assert ["-"] == texts(alice, room)
    assert {User(user, "deleted", "user")} == {one.user for one in alice.take_all(Purged)}
    assert Code.NO_SUCH_USER is alice.refused(Purge(room="den", user=99)).code


@pytest.mark.parametrize(
    "command",
    [Purge(room="den"), Purge(room="den", user="bob", target=1), Purge(target=1)],
    ids=repr,
)
def test_one_person_is_meant(alice: Peer, bob: Peer, command: Command) -> None:
    make_room(alice, bob)
    assert Code.BAD_REQUEST is alice.refused(command).code


def test_what_a_crash_leaves_undone_is_done_after_the_start(core: Core, alice: Peer, bob: Peer) -> None:
    room = make_room(alice, bob)
    bob.say("spam", room)
    core.store.purge(room, bob.user.id, alice.user, "", lambda actor, them: None)
    assert ["spam"] == texts(alice, room)
    after = Core(after=core)
    again = after.connect()
    again.expect(LoggedIn, Login(token=alice.token))
    assert ["-"] == texts(again, room)
    after.check()
