"""Images in dots: whose, and of which messages."""

import hashlib
from typing import cast

import pytest

from chatd.core.drawing import Drawing
from chatd.core.ports import FileStore
from chatd.model import (
    Code,
    Draft,
    Draw,
    Drawn,
    Entered,
    File,
    Ignore,
    IgnoredList,
    Join,
    Leave,
    Preview,
    Previewing,
    StoredFile,
)
from tests.unit.core_peer import Core, Peer
from tests.unit.test_uploads import Disk

CAT = File(id="cat", name="cat.png", type="image/png", bytes=9, width=3, height=2, placeholder="UklG")
NOTE = File(id="note", name="note.txt", type="text/plain", bytes=4)
PICTURE = File(id="picture", name="preview", type="image/webp", bytes=9, width=3, height=2)
URL = "https://example.org/"


class Shelf(Disk):
    """The part of a `FileStore` that gives out, too."""

    def put(self, content: bytes) -> bytes:
        digest = hashlib.sha256(content).digest()
        self.contents[digest] = content
        return digest

    async def length(self, digest: bytes) -> int:
        return len(self.contents[digest])

    async def read(self, digest: bytes, start: int, count: int) -> bytes:
        return self.contents[digest][start : start + count]


class Painter:
    """The `Painter` port: shows how it was asked."""

    def __init__(self, disk: Shelf) -> None:
        self._disk = disk

    async def paint(self, path: str, columns: int) -> list[str]:
        [copy] = self._disk.incoming
        return [copy.digest.hex(), str(columns)]


@pytest.fixture
def disk() -> Shelf:
    return Shelf()


@pytest.fixture
def core(disk: Shelf) -> Core:
    core = Core()
    core.registry.drawing = Drawing(cast(FileStore, disk), Painter(disk))
    return core


@pytest.fixture
def alice(core: Core) -> Peer:
    return core.account("alice")


@pytest.fixture
def bob(core: Core) -> Peer:
    return core.account("bob")


def send(core: Core, disk: Shelf, by: Peer, file: File, **sizes: bytes) -> int:
    """The seq of a message with this file."""
    contents = {"": disk.put(b"whole"), **{size: disk.put(content) for size, content in sizes.items()}}
    core.store.add_file(StoredFile(file, 1, by.user, None, contents), 0)  # type: ignore[arg-type]  # sizes
    seqs: list[int] = []
    core.store.append(Draft(1, by.user, URL, file=file.id)).addCallback(lambda said: seqs.append(said.seq))
    return seqs[0]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_small_image_is_drawn_where_there_is_one(core: Core, disk: Shelf, alice: Peer, bob: Peer) -> None:
    first = send(core, disk, alice, CAT, small=b"small")
    drawn = bob.expect(Drawn, Draw("lobby", first, 40))
    assert (first, CAT, [digest(b"small"), "40"]) == (drawn.seq, drawn.file, drawn.rows)
    assert [] == disk.incoming
    second = send(core, disk, alice, File(id="dog", name="dog", type="image/png", bytes=5, width=1, height=1))
    assert [digest(b"whole"), "60"] == bob.expect(Drawn, Draw("lobby", second)).rows


def test_a_link_is_drawn_as_its_preview_shows_it(core: Core, disk: Shelf, alice: Peer, bob: Peer) -> None:
    seq = send(core, disk, alice, NOTE)
    stored = StoredFile(PICTURE, 1, alice.user, seq, {"": disk.put(b"picture")})
    core.store.show_preview(Previewing(1, seq, Preview(URL, "Title", "site", image=PICTURE), stored))
    assert PICTURE == bob.expect(Drawn, Draw("lobby", seq)).file


def test_what_has_no_image_is_not_drawn(core: Core, disk: Shelf, alice: Peer, bob: Peer) -> None:
    note = send(core, disk, alice, NOTE)
    assert Code.NO_SUCH_FILE is bob.refused(Draw("lobby", note)).code
    core.store.show_preview(Previewing(1, note, Preview(URL, "Title", "site")))
    assert Code.NO_SUCH_FILE is bob.refused(Draw("lobby", note)).code
    alice.say("hi", room="lobby")
    assert Code.NO_SUCH_FILE is alice.refused(Draw("lobby", -1)).code
    assert Code.NO_SUCH_MESSAGE is bob.refused(Draw("lobby", 99)).code
    image = send(core, disk, alice, CAT)
    core.registry.drawing = None
    assert Code.NO_SUCH_FILE is bob.refused(Draw("lobby", image)).code


def test_whoever_is_ignored_is_not_seen_either(core: Core, disk: Shelf, alice: Peer, bob: Peer) -> None:
    image = send(core, disk, alice, CAT)
    bob.expect(IgnoredList, Ignore("alice"))
    assert Code.NO_SUCH_MESSAGE is bob.refused(Draw("lobby", image)).code


def test_whoever_left_meanwhile_is_shown_nothing(core: Core, disk: Shelf, alice: Peer, bob: Peer) -> None:
    image = send(core, disk, alice, CAT)
    phone = core.again(bob)
    core.store.hold_reads(1)
    bob.tell(Draw("lobby", image))
    phone.tell(Leave("lobby"))
    core.store.release_reads()
    assert [] == bob.take_all(Drawn)
    bob.take()
    bob.expect(Entered, Join("lobby"))
