"""What somebody says of themselves, their password, and the sessions that are theirs."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    Appear,
    ChatError,
    Close,
    Code,
    Direct,
    Done,
    End,
    Entered,
    Limits,
    LoggedIn,
    Login,
    NewToken,
    Password,
    Presence,
    Present,
    Profile,
    Profiles,
    Register,
    SessionList,
    Sessions,
    SessionState,
    TokenMade,
    User,
    Users,
    Who,
    valid_display_name,
)
from tests.unit.core_peer import LOBBY, PASSWORD, Core, Peer

NEW = "battery staple"


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def sessions(peer: Peer) -> list[SessionState]:
    return peer.expect(SessionList, Sessions()).sessions


# How one is seen.


def test_what_was_chosen_is_kept_and_shown_to_others(core: Core) -> None:
    alice, bob = core.account("alice"), core.guest("bob")
    seen = Profile(1, "alice", "user", "Al\u00efce", "teal", frontends=("web",), rooms=(LOBBY,))
    other = Profile(2, "bob", "guest", frontends=("web",), rooms=(LOBBY,))
    alice.expect(Profiles, Appear(display_name=" Ali\u0308ce "))
    assert [seen] == alice.expect(Profiles, Appear(colour="teal")).profiles
    assert [seen, other] == bob.expect(Profiles, Users(users=["bob", 1, 99])).profiles
    assert Code.NO_SUCH_USER is bob.refused(Users(users=["nobody"])).code


@pytest.mark.parametrize(
    "name", ["a", "x" * 64, "Zo\u00eb O'Brien", "\u05d0\u05d1", "\U0001f468\u200d\U0001f469\u200d\U0001f467"]
)
def test_a_display_name_is_free_text(name: str) -> None:
    assert name == valid_display_name(f" {name}\n")


@pytest.mark.parametrize(
    "name",
    ["", " \t", "x" * 65, "a\nb", "a\x1b[0m", "\u202ea", "\u200d", "\u200b", "\u0301", "\ud800", "\u2028"],
)
def test_a_display_name_is_one_line_that_can_be_seen(core: Core, name: str) -> None:
    with pytest.raises(ChatError) as refused:
        valid_display_name(name)
    assert Code.BAD_NAME is refused.value.code
    assert Code.BAD_NAME is core.account("alice").refused(Appear(display_name=name)).code


# From guest to account.


def test_a_guest_becomes_an_account_and_stays_who_they_are(core: Core) -> None:
    alice, bob = core.guest("alice"), core.guest("bob")
    bob.expect(Entered, Direct(user="alice"))
    alice.attach()
    core.pass_time()
    alice.take()
    bob.say("hi")
    [seen] = bob.expect(Profiles, Register(name="Bob", password=PASSWORD)).profiles
    assert ("bob", "user") == (seen.name, seen.kind)
    core.pass_time()
    account = User(2, "bob", "user")
    assert [[account]] == [[one.user for one in event.changed] for event in alice.take_all(Presence)]
    assert account in [one.user for one in alice.expect(Present, Who(room=LOBBY)).users]
    bob.leave_politely()
    again = core.connect().expect(LoggedIn, Login(name="bob", password=PASSWORD))
    assert (account, ["lobby", "@alice"]) == (again.user, [room.name for room in again.rooms])


def test_a_guest_who_left_while_it_was_made_has_the_account(core: Core) -> None:
    bob = core.guest("bob")
    core.store.hold()
    bob.tell(Register(name="bob", password=PASSWORD))
    bob.lose()
    core.registry.changed(User(99, "nobody", "user"), "user")
    core.store.release()
    assert "user" == core.connect().expect(LoggedIn, Login(name="bob", password=PASSWORD)).user.kind


def test_a_guest_does_not_register_under_another_name_or_twice(core: Core) -> None:
    bob = core.guest("bob")
    assert Code.ALREADY_LOGGED_IN is bob.refused(Register(name="robert", password=PASSWORD)).code
    assert Code.BAD_REQUEST is bob.refused(Register(name="bob", password="short")).code
    bob.expect(Profiles, Register(name="bob", password=PASSWORD))
    assert Code.ALREADY_LOGGED_IN is bob.refused(Register(name="bob", password=PASSWORD)).code


def test_a_guest_becomes_no_account_where_none_is_admitted() -> None:
    bob = Core(registration=False).guest("bob")
    assert Code.FORBIDDEN is bob.refused(Register(name="bob", password=PASSWORD)).code


# The password.


def test_another_password_ends_all_sessions_but_this(core: Core) -> None:
    alice = core.account("alice")
    tab, phone = core.again(alice), core.connect()
    phone.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    alice.expect(Done, Password(current=PASSWORD, password=NEW))
    assert [None, None, Close.LOGGED_OUT] == [alice.closed, tab.closed, phone.closed]
    assert Code.WRONG_TOKEN is core.connect().refused(Login(token=phone.token)).code
    assert Code.WRONG_PASSWORD is core.connect().refused(Login(name="alice", password=PASSWORD)).code
    core.connect().expect(LoggedIn, Login(name="alice", password=NEW))
    core.connect().expect(LoggedIn, Login(token=alice.token))


def test_of_two_changes_of_a_password_at_once_one_counts(core: Core) -> None:
    """The other session ends, and what it wanted is not the password."""
    alice, phone = core.account("alice"), core.connect()
    phone.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    core.store.hold()
    alice.tell(Password(current=PASSWORD, password=NEW))
    phone.tell(Password(current=PASSWORD, password="another horse"))
    core.store.release()
    assert [None, Close.LOGGED_OUT] == [alice.closed, phone.closed]
    assert Code.WRONG_PASSWORD is core.connect().refused(Login(name="alice", password="another horse")).code
    core.connect().expect(LoggedIn, Login(name="alice", password=NEW))
    core.connect().expect(LoggedIn, Login(token=alice.token))


def test_a_program_changes_no_password(core: Core) -> None:
    """Otherwise its token would be the one that lives on."""
    alice, ci = core.account("alice"), core.connect()
    ci.expect(LoggedIn, Login(token=alice.expect(TokenMade, NewToken(name="ci")).token))
    assert Code.FORBIDDEN is ci.refused(Password(current=PASSWORD, password=NEW)).code
    core.connect().expect(LoggedIn, Login(name="alice", password=PASSWORD))


def test_the_current_password_is_needed_and_tries_are_counted() -> None:
    core = Core(Limits(login_tries_per_minute=2))
    alice = core.account("alice")
    tries = [alice.refused(Password(current="wrong horse", password=NEW)).code for _ in range(3)]
    assert [Code.WRONG_PASSWORD, Code.WRONG_PASSWORD, Code.TOO_FAST] == tries
    assert Code.BAD_REQUEST is alice.refused(Password(current=PASSWORD, password="short")).code


def test_a_guest_has_no_password_to_change(core: Core) -> None:
    assert Code.FORBIDDEN is core.guest("bob").refused(Password(current=PASSWORD, password=NEW)).code


def test_no_password_is_changed_where_others_read_along(core: Core) -> None:
    alice, line = core.account("alice"), core.connect(passwords=False)
    line.expect(LoggedIn, Login(token=alice.token))
    assert Code.FORBIDDEN is line.refused(Password(current=PASSWORD, password=NEW)).code


def test_a_login_that_was_under_way_with_the_old_password_fails(core: Core) -> None:
    alice, thief = core.account("alice"), core.connect()
    core.store.hold()
    alice.tell(Password(current=PASSWORD, password=NEW))
    thief.tell(Login(name="alice", password=PASSWORD))
    core.store.release()
    assert ["wrong_password"] == thief.take_codes()
    assert 1 == len(sessions(alice))


# Sessions.


def test_sessions_are_logins_with_their_connections(core: Core) -> None:
    web = core.account("alice")
    core.again(web)
    core.pass_time(1_000)
    line = core.connect(follow=True)
    line.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    core.pass_time(1_000)
    first, second = sessions(web)
    began = core.now - 2_000
    assert ("line", 1, 1_000, False) == (first.frontend, first.connections, first.idle_ms, first.this)
    assert ("web", 2, 0, True) == (second.frontend, second.connections, second.idle_ms, second.this)
    assert ("192.0.2.1", began, began) == (second.address, second.since, second.seen)


def test_a_session_of_nobody_connected_says_when_it_was_seen(core: Core) -> None:
    alice, phone = core.account("alice"), core.connect()
    phone.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    phone.lose()
    left = [one for one in sessions(alice) if not one.this]
    assert [(0, None, core.now)] == [(one.connections, one.idle_ms, one.seen) for one in left]


def test_a_line_session_of_an_account_ends_with_its_connection(core: Core) -> None:
    alice, line = core.account("alice"), core.connect(follow=True)
    line.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    assert 2 == len(sessions(alice))
    line.lose()
    assert 1 == len(sessions(alice))
    assert Code.WRONG_TOKEN is core.connect().refused(Login(token=line.token)).code


def test_a_session_is_ended_with_all_its_connections(core: Core) -> None:
    alice, phone = core.account("alice"), core.connect()
    phone.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    tab = core.again(phone)
    other = next(one.session for one in sessions(alice) if not one.this)
    alice.expect(Done, End(session=other))
    assert [None, Close.LOGGED_OUT, Close.LOGGED_OUT] == [alice.closed, phone.closed, tab.closed]
    assert Code.WRONG_TOKEN is core.connect().refused(Login(token=phone.token)).code
    assert Code.NO_SUCH_SESSION is alice.refused(End(session=other)).code


def test_nobody_ends_the_session_of_another(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    assert Code.NO_SUCH_SESSION is bob.refused(End(session=sessions(alice)[0].session)).code
    assert None is alice.closed


def test_ones_own_session_is_ended_after_the_answer(core: Core) -> None:
    alice = core.account("alice")
    alice.expect(Done, End(session=sessions(alice)[0].session))
    assert Close.LOGGED_OUT is alice.closed
