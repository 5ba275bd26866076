"""Which links are looked at, how many at once, and what is made of what was found."""

import hashlib
from datetime import UTC
from typing import cast

import pytest
from twisted.internet.defer import Deferred

from chatd.core.files import Contents
from chatd.core.ports import FileStore
from chatd.core.previewing import AT_ONCE, FAILED_MOST, FAILED_MS, FORGET_MS, WAITING_MOST, Previews, Sources
from chatd.model import (
    Change,
    ChatError,
    Code,
    Draft,
    Edited,
    Entry,
    Fetched,
    Glimpse,
    Limits,
    Look,
    Preview,
    Previewed,
    Said,
    User,
)
from chatd.wires.line import LineWire
from tests.fakes import MemoryStore
from tests.unit.test_uploads import Disk

URL = "https://example.org/a"
PNG = b"\x89PNG\r\n\x1a\n"
BROKEN = ChatError(Code.BAD_FILE, "")


class Bytes(Disk):
    """The same, and how long each content is."""

    async def length(self, digest: bytes) -> int:
        return len(self.contents[digest])


class Looking:
    """The `Media` and `Pages` ports: what is looked at is `look_at`, and a page says `says`."""

    def __init__(self) -> None:
        self.look_at = Look("image/png", 640, 480, "UklG", {"": "whole", "small": "small"}, 5)
        self.says = Glimpse("Title", "Site", "of something")
        self.failure: ChatError | None = None

    async def look(self, path: str, head: bytes) -> Look:
        if self.failure is not None:
            raise self.failure
        return self.look_at

    async def glimpse(self, path: str, charset: str, url: str) -> Glimpse:
        if self.failure is not None:
            raise self.failure
        return self.says


class Web:
    """The `Web` port: what is at each address, or a page; `waits` keeps all of it back."""

    def __init__(self) -> None:
        self.there: dict[str, Fetched | None] = {}
        self.asked: list[str] = []
        self.waits = False
        self.waiting: list[Deferred[None]] = []

    async def fetch(self, url: str) -> Fetched | None:
        self.asked.append(url)
        if self.waits:
            self.waiting.append(Deferred())
            await self.waiting[-1]
        return self.there.get(url, page(url))

    def let_one_through(self) -> None:
        self.waiting.pop(0).callback(None)


def page(url: str = URL, body: bytes = b"<title>", kind: str = "text/html", whole: bool = True) -> Fetched:
    return Fetched(url, kind, "utf-8", body, whole)


class House:
    """A lobby whose links are looked at."""

    def __init__(self, **limits: int) -> None:
        self.published: list[Entry] = []
        self.store = MemoryStore(publish=self.hear)
        self.disk, self.media, self.web, self.ids = Bytes(), Looking(), Web(), 0
        disk = cast(FileStore, self.disk)
        sources = Sources(self.store, disk, self.media, self.media, self.web, self.new_id)
        contents = Contents(self.store, disk)
        self.failures: list[object] = []
        self.previews = Previews(
            sources, contents, Limits(**limits), ("here.example",), lambda work: self.spawn(work)
        )
        self.users: list[User] = []
        self.store.create_account("alice", "hash").addCallback(self.users.append)
        self.alice = self.users[0]

    def hear(self, entry: Entry) -> None:
        self.published.append(entry)
        self.previews.hear(entry)

    def new_id(self) -> str:
        self.ids += 1
        return f"id{self.ids}"

    def spawn(self, work: object) -> None:
        Deferred.fromCoroutine(work).addErrback(self.failures.append)  # type: ignore[arg-type]  # a coroutine

    def say(self, text: str, user: User | None = None) -> None:
        self.store.append(Draft(1, user or self.alice, text))

    def shown(self) -> list[Preview | None]:
        assert [] == self.failures
        assert [] == self.disk.incoming
        return [entry.preview for entry in self.published if isinstance(entry, Previewed)]


PLAIN = Preview(URL, "Title", "Site", "of something")


def test_what_a_link_leads_to_is_shown_with_its_message() -> None:
    house = House()
    house.say(f"see {URL}.")
    assert ([PLAIN], [URL]) == (house.shown(), house.web.asked)


def test_what_an_edited_message_links_to_is_looked_at_again() -> None:
    house = House()
    house.say("nothing")
    house.store.change(Change(1, house.alice, 1, house.alice.id, URL))
    house.store.change(Change(1, house.alice, 1, house.alice.id, f"{URL}#b"))
    assert [PLAIN, Preview(f"{URL}#b", "Title", "Site", "of something")] == house.shown()


@pytest.mark.parametrize("text", ["hello", "`https://example.org`", "https://here.example/r/lobby/1"])
def test_no_link_and_one_to_this_server_are_not_looked_at(text: str) -> None:
    house = House()
    house.say(text)
    assert ([], []) == (house.shown(), house.web.asked)


def test_nothing_is_asked_for_a_room_that_has_no_previews() -> None:
    house = House()
    house.store.configure(1, house.alice, {"previews": False}, lambda footing: None)
    house.say(URL)
    assert ([], []) == (house.shown(), house.web.asked)


def test_the_same_link_again_is_not_fetched_again() -> None:
    house = House()
    house.say(URL)
    house.say(URL)
    assert ([PLAIN, PLAIN], [URL]) == (house.shown(), house.web.asked)


def test_what_says_nothing_of_itself_is_shown_as_its_host() -> None:
    house = House()
    house.media.says = Glimpse("Title")
    house.say(URL)
    assert [Preview(URL, "Title", "example.org")] == house.shown()


def test_a_page_has_its_picture_kept_small() -> None:
    house = House()
    house.media.says = Glimpse("Title", image="https://cdn.example/x.png")
    house.web.there["https://cdn.example/x.png"] = page(body=PNG, kind="image/png")
    house.say(URL)
    [shown] = house.shown()
    assert shown is not None and shown.image is not None
    image = shown.image
    assert ("image/webp", 5, 320, 240, "UklG") == (
        image.type,
        image.bytes,
        image.width,
        image.height,
        image.placeholder,
    )
    assert [hashlib.sha256(b"small").digest()] == list(house.disk.contents)


def test_a_picture_that_is_small_is_kept_as_it_is() -> None:
    house = House()
    house.media.look_at = Look("image/gif", 3, 2, "UklG", {"": "whole"}, 5)
    house.web.there[URL] = page("https://example.org/b/cat.gif?x=/y", PNG, "image/gif")
    house.say(URL)
    [shown] = house.shown()
    assert shown is not None and shown.image is not None
    assert ("cat.gif", "example.org", "image/gif", 3) == (
        shown.title,
        shown.site,
        shown.image.type,
        shown.image.width,
    )


@pytest.mark.parametrize(
    "picture", [None, page(body=b"no image"), page(body=PNG, whole=False)], ids=["none", "other", "too long"]
)
def test_a_picture_that_cannot_be_had_is_left_out(picture: Fetched | None) -> None:
    house = House()
    house.media.says = Glimpse("Title", "Site", "of something", "https://cdn.example/x")
    house.web.there["https://cdn.example/x"] = picture
    house.say(URL)
    assert [PLAIN] == house.shown()


def test_a_picture_that_is_broken_is_left_out() -> None:
    house = House()
    house.media.failure = BROKEN
    house.web.there[URL] = page(body=PNG, kind="image/png")
    house.say(URL)
    [shown] = house.shown()
    assert shown is not None
    assert ("a", None) == (shown.title, shown.image)


@pytest.mark.parametrize(
    ("found", "says"),
    [(None, Glimpse("Title")), (page(), Glimpse()), (page(kind="image/png"), Glimpse("Title"))],
    ids=["nothing there", "no title", "no page"],
)
def test_what_leads_to_nothing_is_left_alone_for_a_while(found: Fetched | None, says: Glimpse) -> None:
    house = House()
    house.web.there[URL], house.media.says = found, says
    house.say(URL)
    house.say(URL)
    assert ([], [URL]) == (house.shown(), house.web.asked)
    house.previews.tick(FAILED_MS)
    house.say(URL)
    assert [URL, URL] == house.web.asked


def test_a_page_that_takes_too_long_to_read_leads_to_nothing() -> None:
    house = House()
    house.media.failure = BROKEN
    house.say(URL)
    house.say(URL)
    assert ([], [URL]) == (house.shown(), house.web.asked)


def test_so_many_failures_are_remembered() -> None:
    house = House(previews_per_minute=0)
    for number in range(FAILED_MOST + 1):
        url = f"https://example.org/{number}"
        house.web.there[url] = None
        house.say(url)
    house.say("https://example.org/1")
    assert FAILED_MOST + 1 == len(house.web.asked)
    house.say("https://example.org/0")
    assert FAILED_MOST + 2 == len(house.web.asked)


def test_so_many_are_looked_at_at_once_and_so_many_wait() -> None:
    house = House(previews_per_minute=0)
    house.web.waits = True
    for number in range(AT_ONCE + WAITING_MOST + 5):
        house.say(f"https://example.org/{number}")
    assert AT_ONCE == len(house.web.asked)
    house.web.waits = False
    for _ in range(AT_ONCE):
        house.web.let_one_through()
    assert AT_ONCE + WAITING_MOST == len(house.shown())


def test_a_link_that_is_being_looked_at_is_looked_at_once() -> None:
    house = House()
    house.web.waits = True
    for _ in range(3):
        house.say(URL)
    house.web.let_one_through()
    assert ([PLAIN] * 3, [URL]) == (house.shown(), house.web.asked)


def test_who_waits_for_a_link_that_leads_to_nothing_waits_no_longer() -> None:
    house = House()
    house.web.waits, house.web.there[URL] = True, None
    for _ in range(3):
        house.say(URL)
    house.web.let_one_through()
    assert ([], [URL]) == (house.shown(), house.web.asked)


def test_a_message_that_is_deleted_meanwhile_shows_nothing() -> None:
    house = House()
    house.web.waits = True
    house.say(URL)
    house.store.change(Change(1, house.alice, 1, house.alice.id, None))
    house.web.let_one_through()
    assert [] == house.shown()


def test_a_person_has_so_many_links_looked_at_in_a_minute() -> None:
    house = House(previews_per_minute=2)
    bob: list[User] = []
    house.store.create_guest("bob").addCallback(bob.append)
    for number in range(3):
        house.say(f"https://example{number}.org/")
    house.say(URL, bob[0])
    assert ["https://example0.org/", "https://example1.org/", URL] == house.web.asked
    house.previews.tick(FORGET_MS)
    house.previews.tick(FORGET_MS + 1)
    house.say("https://example9.org/")
    assert 4 == len(house.web.asked)


def test_a_host_is_asked_so_often_in_a_minute_by_all_together() -> None:
    house = House(previews_per_minute=1)
    for number in range(4):
        house.store.create_guest(f"guest{number}").addCallback(house.users.append)
    for number, user in enumerate(house.users[1:]):
        house.say(f"https://Example.org/{number}", user)
    assert 3 == len(house.web.asked)


def test_other_entries_have_no_links() -> None:
    house = House()
    house.store.set_topic(1, house.alice, URL)
    house.previews.hear(Edited(room=1, seq=9, at=0, sender=house.alice, target=1))
    house.previews.hear(Said(room=1, seq=9, at=0, sender=house.alice, text="", deleted=True))
    assert [] == house.web.asked


# On a line


def test_a_preview_is_a_line_whose_words_cannot_get_out_of_it() -> None:
    alice = User(1, "alice", "user")
    found = Preview(URL, 'a "b"\n* c', "si\x1bte")
    entry = Previewed(room=1, seq=3, at=0, sender=alice, target=2, preview=found)
    wire = LineWire(False, UTC)
    line = wire.encode(entry, "#lobby").decode()
    assert '* link of alice (2) in #lobby: "a \\"b\\"\\x0a* c", "si\\x1bte"\n' == line
    gone = Previewed(room=1, seq=3, at=0, sender=alice, target=2)
    assert b"" == wire.encode(gone, "#lobby")
