"""What every store does with pins: a list for each room, of messages that are there."""

import pytest_twisted

from chatd.model import Change, ChatError, Code, Draft, Footing, Pinned, PinnedMessage, Pinning, Receipt, User
from chatd.storage.pages import PAGE_BYTES
from chatd.storage.pins import PINS_MOST
from tests.unit.store_bench import Bench, purge, refusal

LOBBY = 1


async def two(bench: Bench) -> tuple[User, User]:
    """Alice, who has said three things, and bob."""
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    for text in ("one", "two", "three"):
        await bench.store.append(Draft(LOBBY, alice, text))
    return alice, bob


def anything(actor: Footing) -> None:
    """Allow it."""


def nothing(actor: Footing) -> None:
    raise ChatError(Code.FORBIDDEN, "")


async def pin(bench: Bench, user: User, target: int, *, on: bool = True, key: str | None = None) -> Receipt:
    return await bench.store.pin(Pinning(LOBBY, user, target, on, key), anything)


async def pinned(bench: Bench) -> list[int]:
    found, more = await bench.store.pins(LOBBY, None)
    assert not more
    return [one.message.seq for one in found]


@pytest_twisted.ensureDeferred
async def test_a_pin_is_an_entry_and_in_the_list_from_then_on(bench: Bench) -> None:
    _, bob = await two(bench)
    bench.now = 2_000
    assert Receipt(LOBBY, 4, 2_000) == await pin(bench, bob, 2)
    entry = Pinned(room=LOBBY, seq=4, at=2_000, sender=bob, target=2, on=True)
    assert entry == bench.published[-1] == (await bench.store.entries(LOBBY, 3)).entries[0]
    message = await bench.store.message(LOBBY, 2)
    assert message is not None
    assert ([PinnedMessage(4, 2_000, bob, message)], False) == await bench.store.pins(LOBBY, None)
    await pin(bench, bob, 1)
    assert [1, 2] == await pinned(bench)


@pytest_twisted.ensureDeferred
async def test_what_was_pinned_is_taken_down(bench: Bench) -> None:
    _, bob = await two(bench)
    await pin(bench, bob, 2)
    assert 5 == (await pin(bench, bob, 2, on=False)).seq
    entry = Pinned(room=LOBBY, seq=5, at=1_000, sender=bob, target=2, on=False)
    assert entry == bench.published[-1] == (await bench.store.entries(LOBBY, 4)).entries[0]
    assert [] == await pinned(bench)


@pytest_twisted.ensureDeferred
async def test_what_changes_nothing_is_answered_with_what_was_there(bench: Bench) -> None:
    alice, bob = await two(bench)
    assert 2 == (await pin(bench, bob, 2, on=False)).seq
    first = await pin(bench, bob, 2)
    assert first == await pin(bench, alice, 2)
    await bench.store.change(Change(LOBBY, alice, 3, alice.id, "3"))
    assert 5 == (await pin(bench, bob, 3, on=False)).seq
    assert 5 == len(bench.published)


@pytest_twisted.ensureDeferred
async def test_a_key_used_again_gives_the_first_answer(bench: Bench) -> None:
    _, bob = await two(bench)
    first = await pin(bench, bob, 2, key="k")
    await pin(bench, bob, 2, on=False)
    assert first == await pin(bench, bob, 2, key="k")
    assert [] == await pinned(bench)
    assert Code.KEY_REUSED is await refusal(pin(bench, bob, 2, on=False, key="k"))


@pytest_twisted.ensureDeferred
async def test_only_who_may_pins_only_what_is_there(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    for target in (0, 1, 4, 99):
        assert Code.NO_SUCH_MESSAGE is await refusal(pin(bench, bob, target))
    assert Code.FORBIDDEN is await refusal(bench.store.pin(Pinning(LOBBY, bob, 2, True), nothing))
    await bench.store.leave(bob.id, LOBBY)
    assert Code.NOT_A_MEMBER is await refusal(pin(bench, bob, 2))


@pytest_twisted.ensureDeferred
async def test_what_is_deleted_is_taken_down(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.append(Draft(LOBBY, bob, "four"))
    for target in (1, 2, 3, 4):
        await pin(bench, bob, target)
    await bench.store.change(Change(LOBBY, bob, 2, alice.id, None))
    assert [4, 3, 1] == await pinned(bench)
    await purge(bench.store, LOBBY, bob, alice)
    assert [4] == await pinned(bench)


@pytest_twisted.ensureDeferred
async def test_so_many_are_pinned_to_a_room(bench: Bench) -> None:
    _, bob = await two(bench)
    for _ in range(PINS_MOST):
        said = await bench.store.append(Draft(LOBBY, bob, "x"))
        await pin(bench, bob, said.seq)
    assert Code.TOO_MANY is await refusal(pin(bench, bob, 1))
    await pin(bench, bob, said.seq, on=False)
    await pin(bench, bob, 1)


@pytest_twisted.ensureDeferred
async def test_the_list_has_pages(bench: Bench) -> None:
    alice, bob = await two(bench)
    for target in (1, 2, 3):
        await bench.store.change(Change(LOBBY, alice, target, alice.id, "x" * (PAGE_BYTES // 2)))
        await pin(bench, bob, target)
    found, more = await bench.store.pins(LOBBY, None)
    assert ([3, 2], True) == ([one.message.seq for one in found], more)
    found, more = await bench.store.pins(LOBBY, found[-1].seq)
    assert ([1], False) == ([one.message.seq for one in found], more)
    assert ([], False) == await bench.store.pins(LOBBY, None, [alice.id])
