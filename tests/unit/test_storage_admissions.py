"""What every store does with the codes with which accounts are made."""

import pytest_twisted

from chatd.model import Code, InviteLink
from chatd.storage.admissions import OPEN_MOST
from tests.unit.store_bench import Bench, allow, refusal, refuse

DAY_MS = 24 * 3600 * 1000


@pytest_twisted.ensureDeferred
async def test_each_use_makes_one_account(bench: Bench) -> None:
    root = await bench.store.create_account("root", "hash")
    link = await bench.store.make_invitation(root.id, b"code", 2, 7, allow)
    assert InviteLink(link.link, root, 1_000, 1_000 + 7 * DAY_MS, 0, 2) == link
    await bench.store.create_account("alice", "hash", b"code")
    assert Code.NAME_TAKEN == await refusal(bench.store.create_account("alice", "hash", b"code"))
    assert [1] == [one.used for one in await bench.store.invitations()]
    guest = await bench.store.create_guest("bob")
    await bench.store.promote(guest.id, "hash", b"code")
    assert Code.WRONG_CODE == await refusal(bench.store.create_account("carol", "hash", b"code"))
    assert None is await bench.store.account("carol")
    assert [] == await bench.store.invitations()


@pytest_twisted.ensureDeferred
async def test_codes_end_by_time_and_by_word(bench: Bench) -> None:
    root = await bench.store.create_account("root", "hash")
    first = await bench.store.make_invitation(root.id, b"first", 1, 1, allow)
    second = await bench.store.make_invitation(root.id, b"second", 1, 2, allow)
    assert [second, first] == await bench.store.invitations()
    bench.now += DAY_MS
    assert [second] == await bench.store.invitations()
    assert Code.WRONG_CODE == await refusal(bench.store.create_account("alice", "hash", b"first"))
    await bench.store.end_invitation(second.link, root.id, allow)
    assert Code.WRONG_CODE == await refusal(bench.store.create_account("alice", "hash", b"second"))
    assert Code.NO_SUCH_INVITATION == await refusal(bench.store.end_invitation(second.link, root.id, allow))


@pytest_twisted.ensureDeferred
async def test_open_codes_are_bounded_and_expired_ones_do_not_count(bench: Bench) -> None:
    root = await bench.store.create_account("root", "hash")
    for number in range(OPEN_MOST):
        await bench.store.make_invitation(root.id, b"%d" % number, 1, 1, allow)
    assert Code.TOO_MANY == await refusal(bench.store.make_invitation(root.id, b"more", 1, 1, allow))
    bench.now += DAY_MS
    await bench.store.make_invitation(root.id, b"more", 1, 1, allow)


@pytest_twisted.ensureDeferred
async def test_the_transaction_asks_whether_it_is_still_allowed(bench: Bench) -> None:
    root = await bench.store.create_account("root", "hash")
    link = await bench.store.make_invitation(root.id, b"code", 1, 1, allow)
    assert Code.FORBIDDEN == await refusal(bench.store.make_invitation(root.id, b"more", 1, 1, refuse))
    assert Code.FORBIDDEN == await refusal(bench.store.end_invitation(link.link, root.id, refuse))
    assert [link] == await bench.store.invitations()
