"""A message and its neighbours, by its number."""

from collections.abc import Iterator

import pytest
import pytest_twisted

from chatd.model import (
    Code,
    Command,
    Delete,
    Draft,
    Edit,
    History,
    Ignore,
    IgnoredList,
    Messages,
)
from chatd.storage.pages import PAGE_BYTES
from tests.unit.core_peer import LOBBY, Core
from tests.unit.line_peer import DEV, in_the_lobby, said, state
from tests.unit.store_bench import Bench, refusal


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


async def around(
    bench: Bench, seq: int, limit: int, without: tuple[int, ...] = ()
) -> tuple[list[int], int, int, bool]:
    page = await bench.store.messages(
        LOBBY, before=None, after=None, limit=limit, without=without, around=seq
    )
    return [one.seq for one in page.entries], page.first, page.last, page.complete


@pytest_twisted.ensureDeferred
async def test_a_page_lies_around_a_message(bench: Bench) -> None:
    alice, bob = await bench.store.create_guest("alice"), await bench.store.create_guest("bob")
    for seq in range(1, 8):
        await bench.store.append(Draft(LOBBY, bob if seq == 3 else alice, str(seq)))
    await bench.store.set_topic(LOBBY, alice, "plans")
    assert ([3, 4, 5], 3, 5, False) == await around(bench, 4, 3)
    assert ([3, 4], 3, 4, False) == await around(bench, 4, 2)
    assert ([4], 4, 4, False) == await around(bench, 4, 1)
    assert ([1, 2, 3], 1, 3, False) == await around(bench, 1, 3)
    assert ([6, 7], 6, 8, False) == await around(bench, 7, 3)
    assert ([1, 2, 3, 4, 5, 6, 7], 1, 8, True) == await around(bench, 4, 200)
    assert ([2, 4, 5], 2, 5, False) == await around(bench, 4, 3, without=(bob.id,))
    for seq in (0, 8, 9):
        assert Code.NO_SUCH_MESSAGE is await refusal(around(bench, seq, 3))
    assert Code.NO_SUCH_MESSAGE is await refusal(around(bench, 3, 3, without=(bob.id,)))


@pytest_twisted.ensureDeferred
async def test_such_a_page_is_no_longer_than_others(bench: Bench) -> None:
    alice = await bench.store.create_guest("alice")
    for _ in range(4):
        await bench.store.append(Draft(LOBBY, alice, "x" * (PAGE_BYTES // 3)))
    assert ([1, 2, 3], 1, 3, False) == await around(bench, 2, 9)
    await bench.store.append(Draft(LOBBY, alice, "only"))
    assert ([5], 5, 5, False) == await around(bench, 5, 1)


def test_it_is_as_the_room_has_been_told(core: Core) -> None:
    alice = core.account("alice")
    for text in ("one", "two", "three"):
        alice.say(text)
    phone = core.again(alice)
    core.store.hold_reads(1)
    phone.tell(History(LOBBY, around=2))
    alice.tell(Edit(LOBBY, 1, "uno"), Delete(LOBBY, 2))
    core.store.release_reads()
    [page] = phone.take_all(Messages)
    assert ["uno", "", "three"] == [one.text for one in page.entries]


def test_who_is_ignored_has_said_nothing(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    bob.say("psst")
    alice.expect(IgnoredList, Ignore("bob"))
    assert Code.NO_SUCH_MESSAGE is alice.refused(History(LOBBY, around=1)).code


@pytest.mark.parametrize(
    "command",
    [
        History(LOBBY, around=1, before=2),
        History(LOBBY, around=1, after=0),
        History(LOBBY, before=2, after=0),
    ],
)
def test_a_page_lies_in_one_place(core: Core, command: History) -> None:
    alice = core.account("alice")
    alice.say("one")
    assert Code.BAD_REQUEST is alice.refused(command).code


def test_showing_on_a_line() -> None:
    talk = in_the_lobby(state(DEV, "dev"))
    asked: list[Command] = [History(id=2, room=1, around=8, limit=5)]
    assert asked == talk.receive(b"/show 8\n")
    shown = talk.event(Messages(id=2, room=1, entries=[said(8)], first=8, last=8, complete=False))
    assert b"* 2026-09-28\n[#lobby 8] 09:14 <alice> hi\n" == shown
    assert [History(id=3, room=DEV, around=8, limit=5)] == talk.receive(b"/show #dev/8\n")
    assert [History(id=4, room="@alice", around=8, limit=5)] == talk.receive(b"/show @alice/8\n")


@pytest.mark.parametrize(
    ("link", "room"),
    [
        ("https://chat.example/r/dev/8", DEV),
        ("http://127.0.0.1:8080/r/Dev/8/", DEV),
        ("/r/dev/8", DEV),
        ("https://chat.example/dm/alice/8", "@alice"),
        ("https://chat.example/dm/alice%2Ccarol/8", "@alice,carol"),
    ],
)
def test_an_address_of_the_page_is_a_link_too(link: str, room: int | str) -> None:
    """Somebody at a terminal is sent what the page calls "Copy link"."""
    talk = in_the_lobby(state(DEV, "dev"))
    assert [History(id=2, room=room, around=8, limit=5)] == talk.receive(f"/show {link}\n".encode())


@pytest.mark.parametrize(
    "line",
    [
        "/show",
        "/show x",
        "/show lobby",
        "/show lobby/",
        "/show lobby/0",
        "/show a b",
        "/show /8",
        "/show /r/lobby/x",
    ],
)
def test_a_link_is_a_room_and_a_number(line: str) -> None:
    talk = in_the_lobby()
    assert [] == talk.receive(f"{line}\n".encode())
    assert talk.output().startswith(b"! bad_request: Usage: /show [ROOM/]N")
