"""What admins see of the whole server, and whose sessions they end."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    AskLimits,
    Audit,
    Close,
    Code,
    Done,
    End,
    LimitList,
    ListUsers,
    LoggedIn,
    Login,
    Register,
    Role,
    SessionList,
    Sessions,
    SessionState,
    UserList,
    Welcome,
)
from tests.unit.core_peer import PASSWORD, UNLIMITED, Core, Peer


class House:
    """A server with its owner, an admin and an account."""

    def __init__(self) -> None:
        self.core = Core(owner="root")
        self.root = self.core.connect(local=True)
        self.root.expect(LoggedIn, Register(name="root", password=PASSWORD))
        self.anna, self.bob = self.core.account("anna"), self.core.account("bob")
        self.root.expect(Done, Role(user="anna", role="admin"))
        self.anna.take()

    def sessions(self, peer: Peer, user: str) -> list[SessionState]:
        return peer.expect(SessionList, Sessions(user=user)).sessions


@pytest.fixture
def house() -> Iterator[House]:
    house = House()
    yield house
    house.core.check()


def test_everybody_who_has_a_name_is_listed_page_by_page(house: House) -> None:
    house.core.guest("zoe")
    phone = house.core.connect()
    phone.expect(LoggedIn, Login(name="bob", password=PASSWORD))
    first = house.anna.expect(UserList, ListUsers(limit=3))
    assert [("anna", "admin", 1), ("bob", None, 2), ("root", "owner", 1)] == [
        (one.name, one.role, one.connections) for one in first.users
    ]
    assert first.more
    rest = house.anna.expect(UserList, ListUsers(after="root"))
    assert ([("zoe", "guest")], False) == ([(one.name, one.kind) for one in rest.users], rest.more)


def test_those_who_are_connected_are_listed(house: House) -> None:
    house.bob.lose()
    here = house.anna.expect(UserList, ListUsers(connected=True)).users
    assert ["anna", "root"] == [one.name for one in here]
    assert [0] == [one.connections for one in house.anna.expect(UserList, ListUsers(query="bo")).users]


def test_the_limits_are_told_to_admins(house: House) -> None:
    assert UNLIMITED == house.anna.expect(LimitList, AskLimits()).limits


def test_nobody_else_is_told(house: House) -> None:
    for command in (ListUsers(), AskLimits(), Sessions(user="anna"), End(session="x", user="anna")):
        assert Code.FORBIDDEN is house.bob.refused(command).code


def test_an_admin_sees_and_ends_the_session_of_somebody_below(house: House) -> None:
    [session] = house.sessions(house.anna, "bob")
    assert (1, False) == (session.connections, session.this)
    house.anna.expect(Done, End(session=session.session, user="bob"))
    assert Close.LOGGED_OUT is house.bob.closed
    assert Code.WRONG_TOKEN is house.core.connect().refused(Login(token=house.bob.token)).code
    assert [] == house.sessions(house.anna, "bob")
    refused = house.anna.refused(End(session=session.session, user="bob"))
    assert (Code.NO_SUCH_SESSION, '"bob" has no session of this name. Ask for the list again.') == (
        refused.code,
        refused.text,
    )
    act = house.anna.expect(ActList, Audit()).acts[0]
    assert (house.anna.user, "end session", house.bob.user) == (act.by, act.what, act.about)


def test_of_several_sessions_the_one_that_is_named_ends(house: House) -> None:
    phone = house.core.connect()
    phone.expect(LoggedIn, Login(name="bob", password=PASSWORD))
    first, last = house.sessions(house.anna, "bob")
    house.anna.expect(Done, End(session=last.session, user="bob"))
    assert [first.session] == [one.session for one in house.sessions(house.anna, "bob")]


def test_the_sessions_of_somebody_who_is_not_here_are_seen_too(house: House) -> None:
    house.core.connect().expect(LoggedIn, Login(name="bob", password=PASSWORD))
    house.bob.lose()
    house.core.pass_time(60_000)
    assert {0, 1} == {one.connections for one in house.sessions(house.anna, "bob")}


def test_nobody_sees_or_ends_the_sessions_of_those_above(house: House) -> None:
    [session] = house.sessions(house.root, "root")
    assert Code.FORBIDDEN is house.anna.refused(Sessions(user="root")).code
    assert Code.FORBIDDEN is house.anna.refused(End(session=session.session, user="root")).code
    assert None is house.root.closed


def test_ones_own_name_means_oneself(house: House) -> None:
    [session] = house.sessions(house.bob, "bob")
    assert session.this
    house.bob.expect(Done, End(session=session.session, user="bob"))
    assert Close.LOGGED_OUT is house.bob.closed


def test_who_is_no_admin_any_more_ends_no_session(house: House) -> None:
    """The power ends while the command waits for the disk."""
    [session] = house.sessions(house.anna, "bob")
    house.core.store.hold()
    house.root.tell(Role(user="anna", role="user"))
    house.anna.tell(End(session=session.session, user="bob"))
    house.core.store.release()
    assert ["forbidden"] == house.anna.take_codes()
    assert None is house.bob.closed


def test_who_is_no_admin_any_more_sees_no_list(house: House) -> None:
    """The power ends while the list is read."""
    house.core.store.hold_reads()
    house.anna.tell(ListUsers())
    house.root.expect(Done, Role(user="anna", role="user"))
    house.core.store.release_reads()
    assert ["forbidden"] == house.anna.take_codes()


def test_a_server_that_nobody_owns_says_so_to_whoever_comes() -> None:
    core = Core()
    core.print_code()
    assert {"unowned": True, "founds": True} == greeting(core.connect(local=True))
    assert {"unowned": True, "founds": False} == greeting(core.connect())
    core.connect(local=True).expect(LoggedIn, Register(name="root", password=PASSWORD))
    assert {} == greeting(core.connect(local=True))
    core.check()


def test_where_the_owner_is_named_no_other_account_founds_the_server() -> None:
    core = Core(owner="root")
    core.print_code()
    assert {"unowned": True, "founds": False} == greeting(core.connect(local=True))
    core.check()


def greeting(peer: Peer) -> dict[str, bool]:
    """What it says of owning."""
    peer.session.open()
    [welcome] = peer.take_all(Welcome)
    return {word: welcome.auth[word] for word in ("unowned", "founds") if word in welcome.auth}
