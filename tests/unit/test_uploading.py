"""Being about to send a file or an icon: where its body may come in, and who is told of an icon."""

from collections.abc import Awaitable, Iterator
from typing import TypeVar

import pytest

from chatd.core.actions.uploading import PLACE
from chatd.core.tickets import LIFE_MS, IconTicket, Ticket
from chatd.model import (
    Appear,
    Appearance,
    Appeared,
    Attached,
    Code,
    Create,
    Direct,
    Done,
    Entered,
    Icon,
    IconSize,
    Join,
    Noticed,
    Profiles,
    StoredIcon,
    Upload,
    UploadPlace,
)
from tests.fakes import outcome
from tests.unit.core_peer import LOBBY, Core, Peer

T = TypeVar("T")

CONTENTS: dict[IconSize, bytes] = {"small": b"s" * 32, "large": b"l" * 32}


@pytest.fixture
def core() -> Iterator[Core]:
    core = Core()
    yield core
    core.check()


def test_an_address_is_given_for_one_file(core: Core) -> None:
    alice = core.account("alice")
    wish = Upload(room=LOBBY, name="cat.png", text="look", key="k1", reply_to=None)
    place = alice.expect(UploadPlace, wish)
    assert (PLACE, LIFE_MS) == (place.put[: len(PLACE)], place.expires_ms)
    digest = core.registry.accounts.digest(place.put.removeprefix(PLACE))
    assert Ticket(alice.user, LOBBY, "cat.png", True, "look", "k1") == core.registry.tickets.take(
        digest, core.now
    )
    assert core.registry.tickets.take(digest, core.now) is None


def test_a_file_needs_no_text_but_a_place_to_speak(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    alice.expect(Entered, Create("den", kind="private"))
    assert alice.expect(UploadPlace, Upload(room="den", name="cat.png")).put != PLACE
    assert Code.NO_SUCH_ROOM is bob.refused(Upload(room="den", name="cat.png")).code
    assert Code.TOO_LONG is alice.refused(Upload(room="den", name="cat.png", text="x" * 4_001)).code


def ticket(core: Core, place: UploadPlace) -> object:
    return core.registry.tickets.take(core.registry.accounts.digest(place.put.removeprefix(PLACE)), core.now)


def test_an_address_is_given_for_ones_avatar(core: Core) -> None:
    alice, guest = core.account("alice"), core.guest("gus")
    assert IconTicket(alice.user) == ticket(core, alice.expect(UploadPlace, Icon()))
    assert Code.FORBIDDEN is guest.refused(Icon()).code


def test_an_address_for_a_rooms_icon_is_for_its_owners(core: Core) -> None:
    alice, bob, eve = core.account("alice"), core.account("bob"), core.account("eve")
    den = alice.expect(Entered, Create("den", kind="public")).rooms[0].room
    bob.expect(Entered, Join("den"))
    opened = ticket(core, alice.expect(UploadPlace, Icon(room="den")))
    assert isinstance(opened, IconTicket)
    assert (alice.user, den) == opened[:2]
    for other in (bob, eve):
        assert Code.FORBIDDEN is other.refused(Icon(room="den")).code
        assert Code.FORBIDDEN is other.refused(Icon(room="den", remove=True)).code
    alice.expect(Entered, Create("nest", kind="private"))
    assert Code.NO_SUCH_ROOM is bob.refused(Icon(room="nest")).code
    direct = alice.expect(Entered, Direct(user="bob")).rooms[0].room
    assert Code.FORBIDDEN is alice.refused(Icon(room=direct)).code


def kept(core: Core, icon: StoredIcon, peer: Peer, room: int | None = None) -> None:
    """The image has come in."""
    if room is None:
        core.registry.appeared(outcome(wait(core.store.show_user(peer.user.id, icon))))
    else:
        outcome(wait(core.store.show_room(room, peer.user, icon, lambda actor: None)))


async def wait(answer: Awaitable[T]) -> T:
    return await answer


def icons(peer: Peer, room: int) -> list[str | None]:
    """What a room is shown by, for somebody who attaches it again."""
    peer.attach(room)
    return [attached.icon for attached in peer.take_all(Attached)]


def test_a_room_is_told_of_its_icon_and_shows_it_to_who_comes(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    den = alice.expect(Entered, Create("den", kind="public")).rooms[0].room
    bob.expect(Entered, Join("den"))
    bob.attach(den)
    kept(core, StoredIcon("one", den, CONTENTS), alice, den)
    [noticed] = bob.take_all(Noticed)
    assert ("icon", "one") == (noticed.what, noticed.text)
    assert ["one"] == icons(bob, den)
    alice.expect(Done, Icon(room="den", remove=True))
    assert [None] == icons(bob, den)


def test_who_is_in_a_room_with_somebody_is_told_how_they_want_to_be_seen(core: Core) -> None:
    alice, bob = core.account("alice"), core.account("bob")
    for peer in (alice, bob):
        peer.attach(LOBBY)
        peer.take()
    core.pass_time(2_000)
    kept(core, StoredIcon("one", None, CONTENTS), alice)
    core.pass_time(2_000)
    assert [Appeared(room=LOBBY, users=[Appearance(alice.user.id, avatar="one")])] == bob.take_all(Appeared)
    alice.expect(Profiles, Appear(display_name="Alice", colour="teal"))
    core.pass_time(2_000)
    looks = Appearance(alice.user.id, "Alice", "teal", "one")
    assert [Appeared(room=LOBBY, users=[looks])] == bob.take_all(Appeared)
    alice.expect(Done, Icon(remove=True))
    core.pass_time(2_000)
    looks = Appearance(alice.user.id, "Alice", "teal")
    assert [Appeared(room=LOBBY, users=[looks])] == bob.take_all(Appeared)
    alice.expect(Profiles, Appear())
    core.pass_time(2_000)
    assert [] == bob.take_all(Appeared)


def test_nobody_is_told_of_who_is_not_here(core: Core) -> None:
    core.registry.appeared(Appearance(99, avatar="one"))
