"""Whom each user ignores, as it is kept, and what that changes of pages and unread counts."""

from collections.abc import Sequence

import pytest
import pytest_twisted

from chatd.model import Code, Draft, Entry, User, text_of
from chatd.storage import ignoring
from tests.unit.store_bench import AnyStore, Bench, refusal

LOBBY = 1


async def say(store: AnyStore, author: User, *texts: str) -> None:
    for text in texts:
        await store.append(Draft(LOBBY, author, text))


def texts(entries: Sequence[Entry]) -> list[str]:
    return [text_of(entry) for entry in entries]


@pytest_twisted.ensureDeferred
async def test_who_is_ignored_comes_with_the_arrival_by_name(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    zoe, bob = await bench.store.create_guest("zoe"), await bench.store.create_guest("bob")
    assert [zoe] == await bench.store.ignore(alice.id, zoe.id)
    assert [bob, zoe] == await bench.store.ignore(alice.id, bob.id)
    assert [bob, zoe] == await bench.store.ignore(alice.id, bob.id)
    assert [bob, zoe] == (await bench.store.arrival(alice.id)).ignored
    assert [] == (await bench.store.arrival(bob.id)).ignored
    assert [bob] == await bench.store.unignore(alice.id, zoe.id)
    assert [bob] == await bench.store.unignore(alice.id, zoe.id)


@pytest_twisted.ensureDeferred
async def test_so_many_may_be_ignored(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignoring, "IGNORED_MOST", 1)
    alice = await bench.store.create_guest("alice")
    zoe, bob = await bench.store.create_guest("zoe"), await bench.store.create_guest("bob")
    await bench.store.ignore(alice.id, zoe.id)
    assert Code.TOO_MANY == await refusal(bench.store.ignore(alice.id, bob.id))
    assert [zoe] == await bench.store.ignore(alice.id, zoe.id)


@pytest_twisted.ensureDeferred
async def test_messages_of_who_is_ignored_are_not_unread(bench: Bench) -> None:
    alice, zoe = await bench.store.create_guest("alice"), await bench.store.create_guest("zoe")
    bob = await bench.store.create_guest("bob")
    await bench.store.ignore(alice.id, zoe.id)
    await say(bench.store, zoe, "one", "two")
    await say(bench.store, bob, "three")
    assert [1] == [state.unread for state in (await bench.store.arrival(alice.id)).rooms]
    await bench.store.unignore(alice.id, zoe.id)
    assert [3] == [state.unread for state in (await bench.store.arrival(alice.id)).rooms]


@pytest_twisted.ensureDeferred
async def test_messages_of_some_may_be_left_out_of_a_page(bench: Bench) -> None:
    alice, zoe = await bench.store.create_guest("alice"), await bench.store.create_guest("zoe")
    await say(bench.store, alice, "1")
    await say(bench.store, zoe, "2", "3")
    await say(bench.store, alice, "4")
    await say(bench.store, zoe, "5")
    last = await bench.store.messages(LOBBY, before=None, after=None, limit=1, without=[zoe.id])
    assert (["4"], 4, 5, False) == (texts(last.entries), last.first, last.last, last.complete)
    first = await bench.store.messages(LOBBY, before=None, after=1, limit=5, without=[zoe.id])
    assert (["4"], 2, 5, True) == (texts(first.entries), first.first, first.last, first.complete)
