"""Accounts on every frontend: from guest to account, how one is seen, passwords, and one's sessions."""

import time

import pyotp
import pytest
import pytest_twisted

from tests.scenarios.people import Message, Person, Refusal

PASSWORD, NEW = "correct horse", "battery staple"


@pytest_twisted.ensureDeferred
async def test_a_guest_becomes_an_account_and_keeps_rooms_and_messages(alice: Person, bob: Person) -> None:
    await alice.enter("alice")
    await bob.enter("bob")
    await bob.create("#dev")
    await bob.say("#dev", "as a guest")
    await bob.become_account(PASSWORD)
    await bob.say("#dev", "with an account")
    await bob.drop()
    await bob.log_in("bob", PASSWORD)
    assert ["#dev", "#lobby"] == await bob.rooms()
    assert [Message("#dev", 1, "bob", "as a guest"), Message("#dev", 2, "bob", "with an account")] == (
        await bob.history("#dev", 10)
    )
    await alice.say("@bob", "still you?")
    assert [Message("@alice", 1, "alice", "still you?")] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_how_somebody_wants_to_be_seen_is_seen_by_others(alice: Person, bob: Person) -> None:
    await alice.register("alice", PASSWORD)
    await bob.enter("bob")
    await alice.appear('Al "Ice" 🦊', "teal")
    assert ('Al "Ice" 🦊', "teal") == await bob.profile("alice")
    assert ("", "") == await alice.profile("bob")


@pytest_twisted.ensureDeferred
async def test_another_password_ends_the_other_sessions(alice: Person, bob: Person) -> None:
    """Alice and bob are one person, on two machines."""
    await alice.register("alice", PASSWORD)
    await bob.log_in("alice", PASSWORD)
    with pytest.raises(Refusal, match="wrong_password"):
        await alice.change_password("wrong horse", NEW)
    await alice.change_password(PASSWORD, NEW)
    await bob.is_logged_out()
    with pytest.raises(Refusal, match="wrong_password"):
        await bob.log_in("alice", PASSWORD)
    await bob.log_in("alice", NEW)
    await alice.say("#lobby", "still here")
    assert [Message("#lobby", 1, "alice", "still here")] == await bob.hear(1)


@pytest_twisted.ensureDeferred
async def test_sessions_are_listed_and_ended(alice: Person, bob: Person, kinds: tuple[str, str]) -> None:
    """Alice and bob are one person, on two machines."""
    await alice.register("alice", PASSWORD)
    await bob.log_in("alice", PASSWORD)
    shown = {"ws": "web", "line": "line"}
    sessions = await alice.sessions()
    assert sorted(shown[kind] for kind in kinds) == sorted(session.frontend for session in sessions)
    assert ["127.0.0.1", "127.0.0.1"] == [session.address for session in sessions]
    [other] = [session.name for session in sessions if not session.this]
    await alice.end_session(other)
    await bob.is_logged_out()
    assert [True] == [session.this for session in await alice.sessions()]


@pytest_twisted.ensureDeferred
async def test_a_token_comes_in_until_it_is_revoked(alice: Person, bob: Person) -> None:
    """Bob is a program of alice's."""
    await alice.register("alice", PASSWORD)
    token = await alice.new_token("ci")
    assert {"ci": False} == await alice.tokens()
    await bob.log_in_by_token(token)
    assert ("alice", {"ci": True}) == (bob.name, await alice.tokens())
    await bob.say("#lobby", "built")
    assert [Message("#lobby", 1, "alice", "built")] == await alice.hear(1)
    with pytest.raises(Refusal, match="forbidden"):
        await bob.new_token("more")
    await alice.revoke("ci")
    await bob.is_logged_out()
    with pytest.raises(Refusal, match="wrong_token"):
        await bob.log_in_by_token(token)
    assert {} == await alice.tokens()


@pytest_twisted.ensureDeferred
async def test_a_code_that_is_shown_is_typed_where_one_is_logged_in(alice: Person, bob: Person) -> None:
    """Alice and bob are one person, on two machines."""
    await alice.register("alice", PASSWORD)
    await alice.give_code(await bob.show_code())
    await bob.is_let_in()
    assert ("alice", "127.0.0.1") == (bob.name, await alice.learns_of_login())
    await bob.say("#lobby", "here too")
    assert [Message("#lobby", 1, "alice", "here too")] == await alice.hear(1)
    [other] = [session.name for session in await alice.sessions() if not session.this]
    await alice.end_session(other)
    await bob.is_logged_out()


@pytest_twisted.ensureDeferred
async def test_a_code_that_one_was_shown_is_typed_where_one_is_not(alice: Person, bob: Person) -> None:
    """Alice and bob are one person, on two machines."""
    await alice.enter("alice")
    code = await alice.show_code()
    await bob.take_code(code.upper())
    assert ("alice", "127.0.0.1") == (bob.name, await alice.learns_of_login())
    await bob.drop()
    with pytest.raises(Refusal, match="wrong_code"):
        await bob.take_code(code)


@pytest_twisted.ensureDeferred
async def test_a_password_takes_a_code_too(alice: Person, bob: Person) -> None:
    """Alice and bob are one person, on two machines."""
    await alice.register("alice", PASSWORD)
    secret = await alice.begin_totp(PASSWORD)
    totp, begun = pyotp.TOTP(secret), time.time()
    first, *others = await alice.confirm_totp(totp.at(begun))
    with pytest.raises(Refusal, match="totp_required"):
        await bob.log_in("alice", PASSWORD)
    code = totp.at(begun, counter_offset=1)
    await bob.log_in("alice", PASSWORD, code)
    await bob.drop()
    with pytest.raises(Refusal, match="wrong_code"):
        await bob.log_in("alice", PASSWORD, code)
    await bob.log_in("alice", PASSWORD, first)
    assert "alice" == bob.name
    await alice.end_totp(PASSWORD, others[0])
    await bob.drop()
    await bob.log_in("alice", PASSWORD)
