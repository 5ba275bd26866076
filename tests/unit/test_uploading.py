"""Being about to send a file: where its body may come in."""

from collections.abc import Iterator

import pytest

from chatd.core.actions.uploading import PLACE
from chatd.core.tickets import LIFE_MS, Ticket
from chatd.model import Code, Create, Entered, Upload, UploadPlace
from tests.unit.core_peer import LOBBY, Core


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
