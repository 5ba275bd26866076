"""Commands that come as requests of their own: what they do, and that they make nobody come or go."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from chatd.core.people import IDLE_MS
from chatd.model import (
    Attach,
    Ban,
    Close,
    Code,
    Command,
    Create,
    Detach,
    Done,
    End,
    Entered,
    Error,
    Event,
    Invite,
    Join,
    Joined,
    Kick,
    Leave,
    Left,
    Link,
    LinkCode,
    LoggedIn,
    Login,
    Logout,
    Ping,
    Pong,
    Presence,
    Present,
    Profiles,
    Register,
    Removed,
    Said,
    Say,
    SessionList,
    Sessions,
    Status,
    Stored,
    Totp,
    Typed,
    Typing,
    Users,
    Who,
)
from tests.unit.core_peer import FADE_MS, LOBBY, PASSWORD, UNLIMITED, Core, Peer


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


@pytest.fixture
def alice(core: Core) -> Peer:
    """Who hears the lobby."""
    alice = core.account("alice")
    alice.attach()
    return alice


@pytest.fixture
def bob(core: Core, alice: Peer) -> Peer:
    """Who has an account, and is gone: what he asks now, he asks by requests."""
    bob = core.account("bob")
    bob.lose()
    core.pass_time(FADE_MS)
    told(core, alice)
    return bob


def told(core: Core, peer: Peer) -> list[Event]:
    """What the peer hears of two seconds, and of what was to be told before."""
    core.pass_time()
    core.pass_time()
    return peer.take()


def names(peer: Peer, room: int | str = LOBBY) -> list[str]:
    return [here.name for here in peer.expect(Present, Who(room)).users]


def test_a_request_says_something_and_makes_nobody_come_or_go(core: Core, alice: Peer, bob: Peer) -> None:
    for number in (1, 2, 3):
        answer = core.request(bob, Say(LOBBY, f"text {number}", id=number))
        assert isinstance(answer, Stored)
        assert (number, number) == (answer.seq, answer.id)
        events = told(core, alice)
        assert [Said] == [type(event) for event in events]
        assert ["alice"] == names(alice)
    core.pass_time(FADE_MS)
    assert [] == told(core, alice)
    assert ["alice"] == names(alice)


def test_who_asks_by_requests_is_seen_as_gone(core: Core, alice: Peer, bob: Peer) -> None:
    core.request(bob, Ping())
    [profile] = alice.expect(Profiles, Users(["bob"])).profiles
    assert () == profile.frontends
    assert profile.seen is not None
    core.pass_time(FADE_MS)
    core.pass_time()
    [later] = alice.expect(Profiles, Users(["bob"])).profiles
    assert profile == later


def test_what_changes_by_a_request_makes_nobody_come_either(core: Core, alice: Peer, bob: Peer) -> None:
    core.pass_time(FADE_MS)
    told(core, alice)
    assert Done() == core.request(bob, Status(text="on holiday"))
    assert [] == told(core, alice)
    assert ["alice"] == names(alice)
    [profile] = alice.expect(Profiles, Users(["bob"])).profiles
    assert ("on holiday", ()) == (profile.status, profile.frontends)


def test_a_command_is_answered_like_on_a_connection(core: Core, bob: Peer) -> None:
    assert Pong(id="a") == core.request(bob, Ping(id="a"))
    answer = core.request(bob, Join("nowhere", id=7))
    assert isinstance(answer, Error)
    assert (7, Code.NO_SUCH_ROOM) == (answer.id, answer.code)


@pytest.mark.parametrize(
    "command",
    [
        Attach(),
        Detach(LOBBY),
        Login(name="carol"),
        Register("carol", PASSWORD),
        Link(),
        Totp(True, password=PASSWORD),
        Totp(True, code="123456"),
    ],
)
def test_what_needs_a_connection_that_stays_is_refused(core: Core, bob: Peer, command: Command) -> None:
    answer = core.request(bob, command)
    assert isinstance(answer, Error)
    assert Code.BAD_REQUEST is answer.code
    assert answer.text.endswith("Do this on a connection that stays: the WebSocket at /ws.")


def test_a_request_lets_somebody_in_by_their_code(core: Core, alice: Peer, bob: Peer) -> None:
    newcomer = core.connect()
    code = newcomer.expect(LinkCode, Link()).code
    assert Done() == core.request(bob, Link(code=code))
    [came] = newcomer.take_all(LoggedIn)
    assert "bob" == came.user.name


def test_who_speaks_too_fast_is_told_when_to_try_again() -> None:
    core = Core(replace(UNLIMITED, say_per_second=1, say_burst=2))
    bob = core.account("bob")
    bob.say("by the connection")
    assert isinstance(core.request(bob, Say(LOBBY, "by a request")), Stored)
    answer = core.request(bob, Say(LOBBY, "too fast"))
    assert isinstance(answer, Error)
    assert (Code.TOO_FAST, 1_001) == (answer.code, answer.retry_ms)
    assert Pong() == core.request(bob, Ping())
    core.pass_time(1_001)
    assert isinstance(core.request(bob, Say(LOBBY, "in time")), Stored)
    core.check()


def test_who_asks_too_fast_is_told_so() -> None:
    core = Core(replace(UNLIMITED, say_per_second=1, say_burst=1))
    bob = core.account("bob")
    for _ in range(5):
        assert not isinstance(core.request(bob, Who(room=LOBBY)), Error)
    answer = core.request(bob, Who(room=LOBBY))
    assert isinstance(answer, Error)
    assert (Code.TOO_FAST, 201) == (answer.code, answer.retry_ms)
    assert isinstance(core.request(bob, Say(LOBBY, "and may speak")), Stored)


def test_requests_keep_nobody_awake(core: Core, alice: Peer) -> None:
    bob = core.account("bob")
    core.pass_time(IDLE_MS - 1)
    core.request(bob, Say(LOBBY, "from a script"))
    core.pass_time(1)
    assert bob.here.away


def test_who_has_only_asked_comes_awake(core: Core, alice: Peer, bob: Peer) -> None:
    for _ in range(IDLE_MS // 5_000 + 1):
        core.request(bob, Ping())
        core.pass_time(5_000)
    again = core.again(bob)
    assert (("web",), False) == (again.here.frontends, again.here.away)
    came = [here.name for event in told(core, alice) if isinstance(event, Presence) for here in event.came]
    assert ["bob"] == came


def test_who_goes_while_requests_go_on_is_gone(core: Core, alice: Peer) -> None:
    bob = core.account("bob")
    told(core, alice)
    bob.lose()
    lost_at = core.now
    for _ in range(4):
        core.pass_time(FADE_MS // 3)
        core.request(bob, Ping())
    [event] = told(core, alice)
    assert isinstance(event, Presence)
    assert ["bob"] == [user.name for user in event.went]
    [profile] = alice.expect(Profiles, Users(["bob"])).profiles
    assert profile.seen is not None
    assert lost_at <= profile.seen
    core.pass_time(FADE_MS)
    assert bob.session.person is None
    assert [] == told(core, alice)


def test_nobody_is_kept_for_long(core: Core, bob: Peer) -> None:
    core.request(bob, Create("den"))
    user = next(person for person in core.registry.people.values() if person.user.name == "bob").user
    core.pass_time(FADE_MS - 1)
    assert user.id in core.registry.people
    core.pass_time(1)
    assert user.id not in core.registry.people
    assert "den" not in [room.name for room in core.registry.rooms.values()]


def test_requests_enter_and_leave_rooms_in_silence(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("dev"))
    alice.take()
    entered = core.request(bob, Join("dev"))
    assert isinstance(entered, Entered)
    assert isinstance(core.request(bob, Say("dev", "hello")), Stored)
    assert [Said] == [type(event) for event in told(core, alice)]
    assert ["alice"] == names(alice, "dev")
    assert Done() == core.request(bob, Leave("dev"))
    assert [] == told(core, alice)
    answer = core.request(bob, Say("dev", "hello?"))
    assert isinstance(answer, Error)
    assert Code.NOT_A_MEMBER is answer.code


def test_the_sessions_of_who_is_here_are_told_what_requests_do(core: Core, alice: Peer) -> None:
    bob = core.account("bob")
    alice.expect(Entered, Create("dev"))
    told(core, alice)
    bob.take()
    core.request(bob, Join("dev"))
    [joined] = told(core, alice)
    assert isinstance(joined, Joined)
    core.request(bob, Leave("dev"))
    assert [Left] == [type(event) for event in told(core, alice)]
    assert [Removed] == [type(event) for event in bob.take() if not hasattr(event, "rooms")]


def test_who_has_only_asked_can_be_removed(core: Core, alice: Peer, bob: Peer) -> None:
    alice.expect(Entered, Create("dev", kind="private"))
    alice.expect(Done, Invite("dev", "bob"))
    assert isinstance(core.request(bob, Join("dev")), Entered)
    alice.expect(Done, Kick("dev", "bob"))
    answer = core.request(bob, Say("dev", "still here?"))
    assert isinstance(answer, Error)
    assert Code.NO_SUCH_ROOM is answer.code


def test_a_ban_holds_for_requests(core: Core) -> None:
    root = Core(owner="root")
    admin = root.connect(local=True)
    admin.expect(LoggedIn, Register("root", PASSWORD))
    bob = root.account("bob")
    asking = root.recognised(bob)
    assert isinstance(root.request(bob, Ping()), Pong)
    admin.expect(Done, Ban("bob"))
    client = Core.connect(root).client  # a request that was recognised before the ban
    session = root.connect().session
    session.client = client
    session.serve(Ping(), *asking)
    errors = [event for event in client.outbox.received if isinstance(event, Error)]
    assert [Code.BANNED] == [error.code for error in errors]
    root.check()


def test_typing_is_passed_on_now_and_then(core: Core, alice: Peer, bob: Peer) -> None:
    for _ in range(3):
        assert Done() == core.request(bob, Typing(LOBBY))
    assert [Typed] == [type(event) for event in alice.take()]


def test_a_request_can_log_out(core: Core, bob: Peer) -> None:
    again = core.again(bob)
    asking = core.begin(bob, Logout())
    assert [Done()] == asking.take()
    assert Close.LOGGED_OUT is asking.closed is again.closed
    asking.lose()
    again.lose()
    assert [] == [person.user.name for person in core.registry.people.values() if person.user.name == "bob"]


def test_a_session_can_end_itself_by_a_request(core: Core, bob: Peer) -> None:
    answer = core.request(bob, Sessions())
    assert isinstance(answer, SessionList)
    [this] = [one.session for one in answer.sessions if one.this]
    assert Done() == core.request(bob, End(this))
