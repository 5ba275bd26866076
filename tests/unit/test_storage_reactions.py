"""What every store does with reactions: they are part of a message, and gone with it."""

import pytest_twisted

from chatd.model import Change, Code, Draft, Entry, Reacted, Reacting, Reaction, Receipt, Said, User
from chatd.storage.pages import PAGE_BYTES
from chatd.storage.reactions import EMOJI_MOST, REACTIONS_MOST
from tests.unit.store_bench import Bench, purge, refusal

LOBBY = 1


async def two(bench: Bench) -> tuple[User, User]:
    """Alice, who has said something, and bob."""
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    await bench.store.append(Draft(LOBBY, alice, "hello"))
    return alice, bob


def put(user: User, emoji: str = "👍", target: int = 1, key: str | None = None) -> Reacting:
    return Reacting(LOBBY, user, target, emoji, True, key)


def off(user: User, emoji: str = "👍", target: int = 1, key: str | None = None) -> Reacting:
    return Reacting(LOBBY, user, target, emoji, False, key)


async def message(bench: Bench, seq: int = 1) -> Said:
    """The message, which is the same however it is read."""
    log: list[Entry] = (await bench.store.entries(LOBBY, seq - 1)).entries
    [found] = (await bench.store.messages(LOBBY, before=seq + 1, after=None, limit=1)).entries
    assert found == log[0] == await bench.store.message(LOBBY, seq)
    return found


@pytest_twisted.ensureDeferred
async def test_a_reaction_is_an_entry_and_on_the_message_from_then_on(bench: Bench) -> None:
    alice, bob = await two(bench)
    bench.now = 2_000
    assert Receipt(LOBBY, 2, 2_000) == await bench.store.react(put(bob))
    entry = Reacted(room=LOBBY, seq=2, at=2_000, sender=bob, target=1, emoji="👍", on=True)
    assert entry == bench.published[-1] == (await bench.store.entries(LOBBY, 1)).entries[0]
    await bench.store.react(put(alice))
    await bench.store.react(put(alice, "🎉"))
    said = await message(bench)
    assert ((Reaction("🎉", (alice.id,)), Reaction("👍", (alice.id, bob.id))), 4) == (
        said.reactions,
        said.changed,
    )


@pytest_twisted.ensureDeferred
async def test_a_reaction_is_taken_off(bench: Bench) -> None:
    _, bob = await two(bench)
    await bench.store.react(put(bob))
    assert 3 == (await bench.store.react(off(bob))).seq
    entry = Reacted(room=LOBBY, seq=3, at=1_000, sender=bob, target=1, emoji="👍", on=False)
    assert entry == bench.published[-1] == (await bench.store.entries(LOBBY, 2)).entries[0]
    said = await message(bench)
    assert ((), 3) == (said.reactions, said.changed)


@pytest_twisted.ensureDeferred
async def test_what_changes_nothing_is_answered_with_what_was_there(bench: Bench) -> None:
    alice, bob = await two(bench)
    assert Receipt(LOBBY, 1, 1_000) == await bench.store.react(off(bob))
    first = await bench.store.react(put(bob))
    await bench.store.react(put(alice))
    bench.now = 9_000
    assert first == await bench.store.react(put(bob))
    assert 3 == (await bench.store.react(off(bob, "🎉"))).seq
    assert 3 == len(bench.published)


@pytest_twisted.ensureDeferred
async def test_a_key_used_again_gives_the_first_answer(bench: Bench) -> None:
    _, bob = await two(bench)
    first = await bench.store.react(put(bob, key="k"))
    await bench.store.react(off(bob))
    assert first == await bench.store.react(put(bob, key="k"))
    assert () == (await message(bench)).reactions
    for other in (put(bob, "🎉", key="k"), off(bob, key="k"), put(bob, target=2, key="k")):
        assert Code.KEY_REUSED is await refusal(bench.store.react(other))


@pytest_twisted.ensureDeferred
async def test_only_a_message_that_is_there_is_reacted_to(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.react(put(bob))
    await bench.store.change(Change(LOBBY, alice, 1, alice.id, None))
    for target in (0, 1, 2, 3, 99):
        assert Code.NO_SUCH_MESSAGE is await refusal(bench.store.react(put(bob, target=target)))


@pytest_twisted.ensureDeferred
async def test_nothing_is_on_a_message_that_was_deleted(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.append(Draft(LOBBY, bob, "kept"))
    for target in (1, 2):
        await bench.store.react(put(bob, target=target))
    await bench.store.change(Change(LOBBY, bob, 1, alice.id, None))
    assert () == (await message(bench)).reactions
    assert (Reaction("👍", (bob.id,)),) == (await message(bench, 2)).reactions


@pytest_twisted.ensureDeferred
async def test_removing_all_of_somebody_removes_what_is_on_it(bench: Bench) -> None:
    alice, bob = await two(bench)
    await bench.store.append(Draft(LOBBY, bob, "kept"))
    for target in (1, 2):
        await bench.store.react(put(alice, target=target))
    await purge(bench.store, LOBBY, bob, alice)
    assert () == (await message(bench)).reactions
    assert (Reaction("👍", (alice.id,)),) == (await message(bench, 2)).reactions


@pytest_twisted.ensureDeferred
async def test_who_may_not_speak_does_not_react(bench: Bench) -> None:
    _, bob = await two(bench)
    await bench.store.leave(bob.id, LOBBY)
    assert Code.NOT_A_MEMBER is await refusal(bench.store.react(put(bob)))


@pytest_twisted.ensureDeferred
async def test_a_message_has_so_many_emoji(bench: Bench) -> None:
    alice, bob = await two(bench)
    for number in range(EMOJI_MOST):
        await bench.store.react(put(bob, chr(0x1F600 + number)))
    assert Code.TOO_MANY is await refusal(bench.store.react(put(bob, "👍")))
    await bench.store.react(put(alice, chr(0x1F600)))
    await bench.store.react(off(bob, chr(0x1F601)))
    await bench.store.react(put(bob, "👍"))


@pytest_twisted.ensureDeferred
async def test_a_message_has_so_many_reactions(bench: Bench) -> None:
    _, bob = await two(bench)
    crowd = [
        await bench.store.create_guest(f"guest{number}") for number in range(REACTIONS_MOST // EMOJI_MOST)
    ]
    for number in range(EMOJI_MOST):
        for one in crowd:
            await bench.store.react(put(one, chr(0x1F600 + number)))
    assert Code.TOO_MANY is await refusal(bench.store.react(put(bob, chr(0x1F600))))
    await bench.store.react(off(crowd[0], chr(0x1F600)))
    await bench.store.react(put(bob, chr(0x1F600)))


@pytest_twisted.ensureDeferred
async def test_reactions_count_for_the_length_of_a_page(bench: Bench) -> None:
    alice, bob = await two(bench)
    text = "x" * (PAGE_BYTES // 2 - 10)
    await bench.store.append(Draft(LOBBY, alice, text))
    await bench.store.append(Draft(LOBBY, alice, text))
    assert (await bench.store.entries(LOBBY, 1)).complete
    await bench.store.react(put(bob, target=3))
    page = await bench.store.entries(LOBBY, 1)
    assert ([2], 2, False) == ([entry.seq for entry in page.entries], page.last, page.complete)
