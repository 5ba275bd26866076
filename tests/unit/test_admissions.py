"""Invitation codes: who makes them, what they make, and who needs none."""

from collections.abc import Iterator

import pytest

from chatd.model import (
    ActList,
    Answer,
    Audit,
    Code,
    Done,
    Error,
    InviteCode,
    InviteCodeList,
    InviteCodeMade,
    InviteCodes,
    InviteLink,
    Limits,
    LoggedIn,
    Login,
    Profiles,
    Register,
    Role,
    UninviteCode,
)
from tests.unit.core_peer import PASSWORD, UNLIMITED, Core

DAY_MS = 24 * 3600 * 1000


class Club:
    """A server where an account is made with an invitation, and its owner."""

    def __init__(self, limits: Limits = UNLIMITED) -> None:
        self.core = Core(limits, invitation=True, owner="root")
        self.root = self.core.connect(local=True)
        self.root.expect(LoggedIn, Register(name="root", password=PASSWORD))
        self.root.take()

    def code(self, uses: int = 1, days: int = 7) -> str:
        return self.root.expect(InviteCodeMade, InviteCode(uses=uses, days=days)).code

    def links(self) -> list[InviteLink]:
        return self.root.expect(InviteCodeList, InviteCodes()).links

    def register(self, name: str, code: str | None, *, local: bool = False) -> Answer:
        return self.core.connect(local=local).ask(Register(name=name, password=PASSWORD, invitation=code))

    def refused(self, name: str, code: str | None) -> Code:
        answer = self.register(name, code)
        assert isinstance(answer, Error)
        return answer.code

    def admits(self, name: str, code: str | None) -> bool:
        return isinstance(self.register(name, code), LoggedIn)


@pytest.fixture
def club() -> Iterator[Club]:
    club = Club()
    yield club
    club.core.check()


def test_a_code_makes_as_many_accounts_as_it_says(club: Club) -> None:
    code = club.code(uses=2)
    assert Code.FORBIDDEN is club.refused("alice", None)
    assert Code.WRONG_CODE is club.refused("alice", "nonsense")
    assert club.admits("alice", code.upper())
    [link] = club.links()
    assert (club.root.user, 1, 2) == (link.by, link.used, link.uses)
    assert club.admits("bob", code)
    assert Code.WRONG_CODE is club.refused("carol", code)
    assert [] == club.links()


def test_a_code_works_as_long_as_it_says(club: Club) -> None:
    made = club.root.expect(InviteCodeMade, InviteCode(days=2))
    assert (f"/?invite={made.code}", club.core.now + 2 * DAY_MS) == (made.path, made.link.expires)
    club.core.now += 2 * DAY_MS
    assert Code.WRONG_CODE is club.refused("alice", made.code)
    assert [] == club.links()


def test_a_code_that_was_ended_makes_nothing(club: Club) -> None:
    code, kept = club.code(), club.code()
    kept_link, link = club.links()
    club.root.expect(Done, UninviteCode(link=link.link))
    assert Code.WRONG_CODE is club.refused("alice", code)
    assert [kept_link] == club.links()
    assert club.admits("alice", kept)
    assert Code.NO_SUCH_INVITATION is club.root.refused(UninviteCode(link=link.link)).code


def test_what_was_done_with_codes_stands_in_the_audit_log(club: Club) -> None:
    club.code(uses=2, days=3)
    [link] = club.links()
    club.root.expect(Done, UninviteCode(link=link.link))
    acts = club.root.expect(ActList, Audit()).acts[:2]
    expected = [("invite code end", f"{link.link}"), ("invite code", f"{link.link}: 2 uses, 3 days")]
    assert expected == [(act.what, act.detail) for act in acts]


def test_an_account_that_is_not_made_uses_nothing_up(club: Club) -> None:
    code = club.code()
    assert Code.NAME_TAKEN is club.refused("root", code)
    assert Code.BAD_NAME is club.refused("9lives", code)
    peers = [club.core.connect(), club.core.connect()]
    club.core.store.hold()
    for peer, name in zip(peers, ("alice", "alice"), strict=True):
        peer.tell(Register(name=name, password=PASSWORD, invitation=code))
    club.core.store.release()
    assert [[], ["wrong_code"]] == [peer.take_codes() for peer in peers]


def test_who_was_second_to_a_name_has_failed_no_try() -> None:
    club = Club(Limits(login_tries_per_address=1, creations_per_minute=0))
    code = club.code(uses=3)
    peers = [club.core.connect(), club.core.connect()]
    club.core.store.hold()
    for peer in peers:
        peer.tell(Register(name="alice", password=PASSWORD, invitation=code))
    club.core.store.release()
    assert [[], ["name_taken"]] == [peer.take_codes() for peer in peers]
    assert club.admits("bob", code)


def test_a_guest_needs_an_invitation_too_and_keeps_who_they_are(club: Club) -> None:
    bob = club.core.guest("bob")
    assert Code.FORBIDDEN is bob.refused(Register(name="bob", password=PASSWORD)).code
    wrong = Register(name="bob", password=PASSWORD, invitation="nonsense")
    assert Code.WRONG_CODE is bob.refused(wrong).code
    code = club.code()
    bob.expect(Profiles, Register(name="bob", password=PASSWORD, invitation=code))
    assert Code.WRONG_CODE is club.refused("carol", code)


def test_codes_are_for_who_may_invite(club: Club) -> None:
    club.code()
    assert club.admits("alice", club.code())
    alice, guest = club.core.connect(), club.core.guest("bob")
    alice.expect(LoggedIn, Login(name="alice", password=PASSWORD))
    for peer in (alice, guest):
        for command in (InviteCode(), InviteCodes(), UninviteCode(link=1)):
            assert Code.FORBIDDEN is peer.refused(command).code
    assert 1 == len(club.links())


def test_wrong_codes_are_counted_as_failed_tries() -> None:
    club = Club(Limits(login_tries_per_address=2))
    code = club.code()
    codes = [club.refused("alice", one) for one in ("nonsense", "nonsense", code)]
    assert [Code.WRONG_CODE, Code.WRONG_CODE, Code.TOO_FAST] == codes


def test_guesses_at_the_owners_code_are_counted_where_registration_is_closed() -> None:
    core = Core(Limits(login_tries_per_address=2), registration=False)
    code = core.print_code()
    tries = (
        core.connect().refused(Register(name="eve", password=PASSWORD, invitation=one)).code
        for one in ("nonsense", "nonsense", code)
    )
    assert [Code.WRONG_CODE, Code.WRONG_CODE, Code.TOO_FAST] == list(tries)


def test_open_codes_are_bounded(club: Club) -> None:
    for _ in range(100):
        club.code()
    assert Code.TOO_MANY is club.root.refused(InviteCode()).code


def test_a_code_says_nothing_where_everybody_may_come() -> None:
    Core().connect().expect(LoggedIn, Register(name="alice", password=PASSWORD, invitation="nonsense"))


@pytest.mark.parametrize("registration", [True, False])
def test_whoever_founds_the_server_needs_no_invitation(registration: bool) -> None:
    core = Core(registration=registration, invitation=True)
    core.print_code()
    assert Code.FORBIDDEN is core.connect().refused(Register(name="eve", password=PASSWORD)).code
    core.connect(local=True).expect(LoggedIn, Register(name="alice", password=PASSWORD))
    late = core.connect(local=True).refused(Register(name="eve", password=PASSWORD))
    assert Code.FORBIDDEN is late.code


@pytest.mark.parametrize("registration", [True, False])
def test_of_several_who_found_the_server_at_once_one_needs_no_invitation(registration: bool) -> None:
    core = Core(registration=registration, invitation=True)
    core.print_code()
    peers = [core.connect(local=True) for _ in range(3)]
    core.store.hold()
    for number, peer in enumerate(peers):
        peer.tell(Register(name=f"user{number}", password=PASSWORD))
    core.store.release()
    assert ["owner"] == [answer.role for answer in peers[0].take_all(LoggedIn)]
    assert [["forbidden"], ["forbidden"]] == [peer.take_codes() for peer in peers[1:]]


def test_who_could_not_found_the_server_is_not_waited_for() -> None:
    core = Core(invitation=True)
    core.guest("alice")
    core.print_code()
    local = core.connect(local=True)
    assert Code.NAME_TAKEN is local.refused(Register(name="alice", password=PASSWORD)).code
    assert "owner" == local.expect(LoggedIn, Register(name="bob", password=PASSWORD)).role


@pytest.mark.parametrize(("registration", "invitation"), [(True, False), (True, True), (False, False)])
def test_an_account_made_with_the_code_that_the_server_prints_owns_it(
    registration: bool, invitation: bool
) -> None:
    core = Core(registration=registration, invitation=invitation)
    code = core.print_code()
    assert code is not None
    wrong = core.connect().refused(Register(name="alice", password=PASSWORD, invitation="aaaa-bbbb-cccc"))
    assert Code.WRONG_CODE is wrong.code
    owner = core.connect().expect(LoggedIn, Register(name="alice", password=PASSWORD, invitation=code))
    assert "owner" == owner.role
    late = core.connect().ask(Register(name="eve", password=PASSWORD, invitation=code))
    assert not isinstance(late, LoggedIn) or late.role is None
    core.check()


def test_a_guest_who_has_the_code_becomes_the_owner() -> None:
    core = Core()
    code = core.print_code()
    alice = core.connect()
    alice.expect(LoggedIn, Login(name="alice"))
    alice.tell(Register(name="alice", password=PASSWORD, invitation=code))
    assert "owner" == core.registry.people[alice.user.id].role


def test_the_name_that_is_kept_for_the_owner_is_given_to_whoever_has_the_code() -> None:
    core = Core(owner="root")
    code = core.print_code()
    assert Code.FORBIDDEN is core.connect().refused(Register(name="root", password=PASSWORD)).code
    owner = core.connect().expect(LoggedIn, Register(name="root", password=PASSWORD, invitation=code))
    assert "owner" == owner.role


def test_the_account_that_was_named_needs_no_invitation_on_the_machine_itself() -> None:
    core = Core(invitation=True, owner="root")
    local = core.connect(local=True)
    assert Code.FORBIDDEN is local.refused(Register(name="alice", password=PASSWORD)).code
    assert Code.FORBIDDEN is core.connect().refused(Register(name="root", password=PASSWORD)).code
    local.expect(LoggedIn, Register(name="ROOT", password=PASSWORD))


def test_who_is_no_admin_any_more_makes_and_ends_no_code(club: Club) -> None:
    """The power ends while the command waits for the disk."""
    code = club.code()
    carol = club.core.connect()
    carol.expect(LoggedIn, Register(name="carol", password=PASSWORD, invitation=code))
    club.root.expect(Done, Role(user="carol", role="admin"))
    link = carol.expect(InviteCodeMade, InviteCode()).link
    carol.take()
    for command in (InviteCode(), UninviteCode(link=link.link)):
        club.core.store.hold()
        club.root.tell(Role(user="carol", role="user"))
        carol.tell(command)
        club.core.store.release()
        assert ["forbidden"] == carol.take_codes()
        club.root.expect(Done, Role(user="carol", role="admin"))
    assert [link] == club.links()


def test_where_registration_is_closed_nobody_makes_codes_that_open_nothing() -> None:
    core = Core(registration=False, owner="root")
    root = core.connect(local=True)
    root.expect(LoggedIn, Register(name="root", password=PASSWORD))
    refused = root.refused(InviteCode())
    assert (Code.FORBIDDEN, "New accounts are not admitted here, with no code either.") == (
        refused.code,
        refused.text,
    )
    assert [] == root.expect(InviteCodeList, InviteCodes()).links
    core.check()
