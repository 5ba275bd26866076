"""A lockdown: who still comes in, what becomes slow, and how it ends."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    Audit,
    Code,
    Command,
    Done,
    Error,
    Link,
    LinkCode,
    LockDown,
    LockedDown,
    LoggedIn,
    Login,
    Register,
    Role,
    Say,
    Stored,
    User,
    Welcome,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer

MINUTE = 60_000
SAID = "The server is locked down for 30 more minutes. Reason: spam"


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def root(core: Core) -> Peer:
    return core.server_owner()


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def lock(root: Peer, minutes: int = 30, slow_seconds: int = 0) -> None:
    answer = root.expect(LockedDown, LockDown(minutes=minutes, slow_seconds=slow_seconds, reason="spam"))
    assert answer.lockdown is not None


def auth(core: Core) -> dict[str, bool]:
    peer = core.connect()
    peer.session.open()
    [welcome] = peer.take_all(Welcome)
    return welcome.auth


# Who comes in


def test_nobody_new_comes_in(core: Core, root: Peer, bob: Peer) -> None:
    guest = core.guest("mallory")
    lock(root)
    stranger = core.connect()
    for command in (
        Login(name="eve"),
        Register(name="eve", password=PASSWORD),
        Login(name="bob", password=PASSWORD),
        Login(name="bob", password="wrong horse"),
        Login(name="nobody", password=PASSWORD),
    ):
        refused = stranger.refused(command)
        assert (Code.FORBIDDEN, SAID, 30 * MINUTE) == (refused.code, refused.text, refused.retry_ms)
    assert SAID == guest.refused(Register(name="mallory", password=PASSWORD)).text
    assert [] == core.auth.verified


def test_no_code_of_a_link_lets_anybody_in(core: Core, root: Peer, bob: Peer) -> None:
    code = bob.expect(LinkCode, Link()).code
    lock(root)
    assert SAID == core.connect().refused(Link(code=code)).text


def test_admins_log_in(core: Core, root: Peer) -> None:
    lock(root)
    again = core.connect()
    assert Code.WRONG_PASSWORD is again.refused(Login(name="root", password="wrong horse")).code
    again.expect(LoggedIn, Login(name="root", password=PASSWORD))
    code = again.expect(LinkCode, Link()).code
    core.connect().expect(LoggedIn, Link(code=code))


def test_who_is_in_stays_and_comes_back(core: Core, root: Peer, bob: Peer) -> None:
    guest = core.guest("carol")
    lock(root)
    for peer in (bob, guest):
        peer.say("still here")
        peer.lose()
        core.connect().expect(LoggedIn, Login(token=peer.token))


def test_whose_password_was_checked_as_it_began_does_not_come_in(core: Core, root: Peer, bob: Peer) -> None:
    late, guest = core.connect(), core.connect()
    core.store.hold()
    root.tell(LockDown(minutes=30, reason="spam"))
    late.tell(Login(name="bob", password=PASSWORD))
    guest.tell(Login(name="eve"))
    core.store.release()
    assert [[SAID], [SAID]] == [[one.text for one in peer.take_all(Error)] for peer in (late, guest)]


def test_a_guest_whose_account_was_on_its_way_stays_one(core: Core, root: Peer) -> None:
    guest = core.guest("carol")
    core.store.hold()
    root.tell(LockDown(minutes=30, reason="spam"))
    guest.tell(Register(name="carol", password=PASSWORD))
    core.store.release()
    assert ["forbidden"] == guest.take_codes()


def test_whoever_connects_is_told(core: Core, root: Peer) -> None:
    opened = auth(core)
    lock(root)
    assert {**opened, "guests": False, "registration": False, "lockdown": True} == auth(core)
    core.pass_time(30 * MINUTE)
    assert opened == auth(core)


# How slow it is


def test_every_room_is_slow_for_plain_members(core: Core, root: Peer, bob: Peer) -> None:
    lock(root, slow_seconds=20)
    bob.say("one")
    refused = bob.refused(Say(room=LOBBY, text="two"))
    assert (Code.TOO_FAST, 20_000) == (refused.code, refused.retry_ms)
    assert "Slow mode: one message every 20 seconds. Wait 20 seconds more." == refused.text
    for text in ("as", "fast", "as I like"):
        root.say(text)
    core.pass_time(20_000)
    bob.say("two")
    root.expect(LockedDown, LockDown(minutes=0))
    bob.say("three")


def test_a_room_that_is_slower_stays_so(core: Core, root: Peer, bob: Peer) -> None:
    core.store.configure(LOBBY, root.user, {"slow_seconds": 50}, lambda actor: None)
    lock(root, slow_seconds=20)
    bob.say("one")
    assert 50_000 == bob.refused(Say(room=LOBBY, text="two")).retry_ms


# How it ends


def test_it_ends_by_itself(core: Core, root: Peer, bob: Peer) -> None:
    lock(root, slow_seconds=3_600)
    bob.say("one")
    core.pass_time(30 * MINUTE - 1)
    assert Code.FORBIDDEN is core.connect().refused(Login(name="eve")).code
    assert Code.TOO_FAST is bob.refused(Say(room=LOBBY, text="two")).code
    core.pass_time(1)
    core.connect().expect(LoggedIn, Login(name="eve"))
    bob.say("two")
    assert None is root.expect(LockedDown, LockDown()).lockdown


def test_it_ends_by_word(core: Core, root: Peer) -> None:
    lock(root)
    state = root.expect(LockedDown, LockDown()).lockdown
    assert state is not None
    assert (root.user, core.now + 30 * MINUTE, "spam", 0) == (
        state.by,
        state.until,
        state.reason,
        state.slow_seconds,
    )
    assert LockedDown() == root.expect(LockedDown, LockDown(minutes=0))
    core.connect().expect(LoggedIn, Login(name="eve"))


def test_the_last_word_counts(core: Core, root: Peer) -> None:
    lock(root)
    lock(root, minutes=1)
    core.pass_time(MINUTE)
    core.connect().expect(LoggedIn, Login(name="eve"))


def test_it_survives_a_restart(core: Core, root: Peer, bob: Peer) -> None:
    lock(root)
    core.now += 10 * MINUTE
    core.store.hold()
    after = Core(after=core)
    after.now = core.now
    stranger = after.connect()
    assert 20 * MINUTE == stranger.refused(Login(name="eve")).retry_ms
    core.store.release()
    back = after.connect()
    back.expect(LoggedIn, Login(token=bob.token))
    core.now += 20 * MINUTE  # the store's clock
    after.pass_time(20 * MINUTE)
    stranger.expect(LoggedIn, Login(name="eve"))
    after.check()


# Who may


@pytest.mark.parametrize("command", [LockDown(minutes=5), LockDown(minutes=0), LockDown()], ids=repr)
def test_a_plain_user_has_no_say(bob: Peer, command: Command) -> None:
    assert Code.FORBIDDEN is bob.refused(command).code


@pytest.mark.parametrize("minutes", [5, 0])
def test_power_is_asked_for_again_in_the_transaction(core: Core, root: Peer, bob: Peer, minutes: int) -> None:
    root.expect(Done, Role(user="bob", role="admin"))
    bob.take()
    core.store.hold()
    root.tell(Role(user="bob", role="user"))
    bob.tell(LockDown(minutes=minutes))
    core.store.release()
    assert ["forbidden"] == bob.take_codes()
    core.connect().expect(LoggedIn, Login(name="eve"))


def test_it_is_kept_who_did_it(core: Core, root: Peer) -> None:
    lock(root)
    for _ in range(2):
        root.expect(LockedDown, LockDown(minutes=0))
    acts = root.expect(ActList, Audit()).acts
    user: User = root.user
    assert [("lockdown end", user, ""), ("lockdown", user, "30 spam")] == [
        (one.what, one.by, one.detail) for one in acts
    ]


def test_what_is_said_is_stored_all_the_same(root: Peer) -> None:
    lock(root)
    assert isinstance(root.ask(Say(room=LOBBY, text="x")), Stored)
