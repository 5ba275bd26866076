"""What every store does with tokens: those of logins, and those that programs log in with."""

import pytest_twisted

from chatd.model import Account, Code, Token
from chatd.storage.tokens import API_TOKENS_MOST
from tests.unit.store_bench import Bench, refusal

DAY_MS = 24 * 3600 * 1000


@pytest_twisted.ensureDeferred
async def test_api_token_does_not_expire_and_survives_a_logout(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.add_api_token(alice.id, "ci", b"digest", b"login")
    assert not await bench.store.drop_token(b"digest")
    assert [True, False] == [await bench.store.drop_token(b"login") for _ in range(2)]
    bench.now += 3_650 * DAY_MS
    assert Account(alice, "hash", numbers=False) == await bench.store.use_token(b"digest")
    bench.now += 3_650 * DAY_MS
    assert Account(alice, "hash", numbers=False) == await bench.store.use_token(b"digest")
    assert [Token(b"digest", "", "", 1_000, bench.now, "ci")] == await bench.store.tokens_of(alice.id)


@pytest_twisted.ensureDeferred
async def test_api_tokens_name_is_one_of_its_owners_only(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_account("bob", "hash")
    for user, login in ((alice, b"hers"), (bob, b"his")):
        await bench.store.add_token(user.id, login)
        await bench.store.add_api_token(user.id, "ci", login + b" ci", login)
    assert Code.NAME_TAKEN == await refusal(bench.store.add_api_token(alice.id, "ci", b"2", b"hers"))
    assert [Token(b"hers ci", "", "", 1_000, 0, "ci"), Token(b"hers", "", "", 1_000, 1_000)] == sorted(
        await bench.store.tokens_of(alice.id), key=lambda token: token.used_at
    )


@pytest_twisted.ensureDeferred
async def test_api_token_is_asked_for_by_a_login_that_has_not_ended(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_account("bob", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.add_token(bob.id, b"his")
    await bench.store.add_api_token(alice.id, "ci", b"ci", b"login")
    assert Code.FORBIDDEN == await refusal(bench.store.add_api_token(alice.id, "more", b"more", b"ci"))
    for by in (None, b"unknown", b"his"):
        assert Code.NOT_LOGGED_IN == await refusal(bench.store.add_api_token(alice.id, "more", b"more", by))
    bench.now += 30 * DAY_MS
    assert Code.NOT_LOGGED_IN == await refusal(bench.store.add_api_token(alice.id, "more", b"more", b"login"))


@pytest_twisted.ensureDeferred
async def test_api_tokens_are_bounded(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.add_token(alice.id, b"login")
    for number in range(API_TOKENS_MOST):
        await bench.store.add_api_token(alice.id, f"ci{number}", b"%d" % number, b"login")
    assert Code.TOO_MANY == await refusal(bench.store.add_api_token(alice.id, "more", b"more", b"login"))
    assert b"0" == await bench.store.revoke_token(alice.id, "ci0")
    await bench.store.add_api_token(alice.id, "more", b"more", b"login")


@pytest_twisted.ensureDeferred
async def test_revoked_token_opens_nothing(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_account("bob", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.add_api_token(alice.id, "ci", b"ci", b"login")
    assert None is await bench.store.revoke_token(bob.id, "ci")
    assert b"ci" == await bench.store.revoke_token(alice.id, "ci")
    assert None is await bench.store.use_token(b"ci")
    assert None is await bench.store.revoke_token(alice.id, "ci")


@pytest_twisted.ensureDeferred
async def test_another_password_ends_api_tokens_too(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.add_api_token(alice.id, "ci", b"ci", b"login")
    await bench.store.set_password(Account(alice, "hash", False), "new", b"login")
    assert [b"login"] == [token.digest for token in await bench.store.tokens_of(alice.id)]
