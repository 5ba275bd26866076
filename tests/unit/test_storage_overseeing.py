"""What every store tells admins of everybody, and does to the logins of others."""

import pytest_twisted

from chatd.model import Code
from tests.unit.store_bench import Bench, allow, refusal, refuse


@pytest_twisted.ensureDeferred
async def test_who_has_a_name_is_found_by_it_and_by_how_they_are_called(bench: Bench) -> None:
    store = bench.store
    anna = await store.create_account("anna", "hash")
    bob, eve = await store.create_guest("bob"), await store.create_guest("eve")
    await store.appear(anna.id, "The Queen", None)
    found, more = await store.list_users("", "", 2, None)
    assert (["anna", "bob"], True) == ([one.name for one in found], more)
    assert (1_000, 1_000, "The Queen", None, 0) == (
        found[0].since,
        found[0].seen,
        found[0].display_name,
        found[0].role,
        found[0].connections,
    )
    assert ["eve"] == [one.name for one in (await store.list_users("", "bob", 2, None))[0]]
    assert ["anna"] == [one.name for one in (await store.list_users("queen", "", 2, None))[0]]
    assert [] == (await store.list_users("%", "", 2, None))[0]
    assert ["bob"] == [one.name for one in (await store.list_users("", "", 2, [bob.id]))[0]]
    assert [] == (await store.list_users("", "", 2, []))[0]
    await store.free_name(eve.id)
    assert [] == (await store.list_users("eve", "", 2, None))[0]


@pytest_twisted.ensureDeferred
async def test_a_login_of_another_ends(bench: Bench) -> None:
    store = bench.store
    root, bob = await store.create_account("root", "hash"), await store.create_account("bob", "hash")
    await store.add_token(bob.id, b"login")
    await store.add_api_token(bob.id, "ci", b"token", b"login")
    assert Code.FORBIDDEN == await refusal(store.tokens_for(bob.id, root.id, refuse))
    assert {b"login", b"token"} == {one.digest for one in await store.tokens_for(bob.id, root.id, allow)}
    assert Code.FORBIDDEN == await refusal(store.end_login(bob.id, b"login", root.id, refuse))
    for digest in (b"token", b"nothing", b"login", b"login"):
        await store.end_login(bob.id, digest, root.id, allow)
    assert [b"token"] == [one.digest for one in await store.tokens_of(bob.id)]
    acts, _ = await store.acts(None, root.id, None, 10)
    assert [(root, "end session", bob)] == [(act.by, act.what, act.about) for act in acts]
