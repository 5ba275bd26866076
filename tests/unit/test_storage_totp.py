"""What every store does with the second factor."""

import pytest_twisted

from chatd.model import Account, Code
from tests.unit.store_bench import Bench, refusal


@pytest_twisted.ensureDeferred
async def test_secret_is_kept_with_the_account(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_account("bob", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.set_totp(alice.id, "secret", 7, [b"one", b"two"], b"login")
    found = [await bench.store.account(ref) for ref in ("alice", bob.id)]
    assert ["secret", None] == [account and account.totp for account in found]
    account = await bench.store.use_token(b"login")
    assert account is not None
    assert "secret" == account.totp
    again = bench.store.set_totp(alice.id, "other", 7, [b"three"], b"login")
    assert Code.FORBIDDEN == await refusal(again)
    assert Code.NOT_LOGGED_IN == await refusal(bench.store.set_totp(bob.id, "other", 7, [b"1"], b"login"))


@pytest_twisted.ensureDeferred
async def test_each_step_is_used_once_and_in_order(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.set_totp(alice.id, "secret", 7, [b"one"], b"login")
    steps = [(7, False), (8, True), (8, False), (10, True), (9, False), (11, True)]
    assert steps == [(step, await bench.store.take_totp_step(alice.id, step)) for step, _ in steps]


@pytest_twisted.ensureDeferred
async def test_each_recovery_code_is_used_once_and_by_its_owner(bench: Bench) -> None:
    alice = await bench.store.create_account("alice", "hash")
    bob = await bench.store.create_account("bob", "hash")
    await bench.store.add_token(alice.id, b"login")
    await bench.store.set_totp(alice.id, "secret", 7, [b"one", b"two"], b"login")
    assert not await bench.store.take_recovery_code(bob.id, b"one")
    taken = [await bench.store.take_recovery_code(alice.id, code) for code in (b"one", b"one", b"nine")]
    assert [True, False, False] == taken
    assert Code.WRONG_PASSWORD == await refusal(bench.store.clear_totp(Account(alice, "hash", False)))
    await bench.store.clear_totp(Account(alice, "hash", False, totp="secret"))
    assert not await bench.store.take_recovery_code(alice.id, b"two")
    account = await bench.store.account(alice.id)
    assert account is not None
    assert account.totp is None
    await bench.store.set_totp(alice.id, "secret", 3, [b"two"], b"login")
    assert await bench.store.take_recovery_code(alice.id, b"two")
