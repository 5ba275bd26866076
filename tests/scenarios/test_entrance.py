"""Who may come in is the operator's choice, and everybody is told what it is."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.scenarios.house import House
from tests.scenarios.people import KINDS, LinePerson, Refusal, WebSocketPerson


@pytest_twisted.async_yield_fixture
async def club(tmp_path: Path) -> AsyncIterator[House]:
    """A house for members only: no guests, no new accounts. `carol` has one from before."""
    house = House(tmp_path, tls=False, limits=Limits())
    house.start()
    await WebSocketPerson(house).register("carol", "correct horse")
    await house.stop()
    club = House(tmp_path, tls=False, limits=Limits(), guests=False, registration="closed")
    club.start()
    yield club
    await club.stop()
    assert club.faults.events == []


@pytest.mark.parametrize("kind", KINDS)
@pytest_twisted.ensureDeferred
async def test_members_only_means_members_only(club: House, kind: str) -> None:
    somebody = KINDS[kind](club)
    with pytest.raises(Refusal, match="forbidden"):
        await somebody.enter("eve")
    with pytest.raises(Refusal, match="forbidden"):
        await somebody.register("eve", "correct horse")
    await somebody.log_in("carol", "correct horse")
    assert "carol" == somebody.name


@pytest_twisted.ensureDeferred
async def test_the_greeting_offers_what_there_is(club: House, house: House) -> None:
    closed, opened = await WebSocketPerson(club).connect(), await WebSocketPerson(house).connect()
    assert {
        "guests": False,
        "registration": False,
        "invitation": False,
        "lockdown": False,
        "plaintext": True,
        "unowned": True,
        "founds": False,
    } == closed["auth"]
    assert {
        "guests": True,
        "registration": True,
        "invitation": False,
        "lockdown": False,
        "plaintext": True,
        "unowned": True,
        "founds": False,
    } == opened["auth"]
    assert (await LinePerson(club).connect()).endswith(
        "Say who you are: /login NAME. /help lists the commands."
    )
    assert " /nick NAME (guest) or /login NAME." in await LinePerson(house).connect()


@pytest_twisted.ensureDeferred
async def test_another_database_has_another_epoch(club: House, house: House) -> None:
    """And the same one keeps it: a client knows whether its positions mean anything."""
    before = (await WebSocketPerson(house).connect())["epoch"]
    await house.restart()
    assert before == (await WebSocketPerson(house).connect())["epoch"]
    assert before != (await WebSocketPerson(club).connect())["epoch"]


@pytest_twisted.ensureDeferred
async def test_where_an_invitation_is_needed_its_code_makes_an_account(
    tmp_path: Path, kinds: tuple[str, str]
) -> None:
    house = House(tmp_path / "invited", tls=False, limits=Limits(), registration="invitation")
    house.start()
    root, alice = (KINDS[kind](house) for kind in kinds)
    await root.register("root", "correct horse")
    with pytest.raises(Refusal, match="forbidden"):
        await alice.register("alice", "correct horse")
    code = await root.new_invite_code()
    with pytest.raises(Refusal, match="wrong_code"):
        await alice.register("alice", "correct horse", "k7f3-9qx2-m4tz")
    await alice.register("alice", "correct horse", code)
    assert "alice" == alice.name
    with pytest.raises(Refusal, match="forbidden"):
        await alice.new_invite_code()
    await house.stop()
    assert house.faults.events == []
