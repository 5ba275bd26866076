"""Server-sent events over HTTP: what comes, where it goes on, and when it ends."""

import json
from typing import Any

import pytest
import pytest_twisted

from chatd.model import Limits
from tests.protocol.test_api import Script, script
from tests.protocol.test_http import get
from tests.protocol.test_texts import OWED_BYTES, Tail, bearer, registry, say, streams
from tests.scenarios.house import House
from tests.scenarios.people import WebSocketPerson

Json = dict[str, Any]


class Source:
    """An EventSource: what came, and the last id."""

    def __init__(self, tail: Tail) -> None:
        self.tail = tail
        self.last_id = ""

    @classmethod
    async def open(cls, house: House, who: Script, query: str = "", last_id: str = "") -> "Source":
        """`last_id`: as a browser sends it when it comes back."""
        headers = [bearer(who), *([f"Last-Event-ID: {last_id}"] if last_id else [])]
        return cls(await Tail.open(house, f"/api/events{query}", *headers))

    async def event(self, kind: str | None = None) -> Json:
        """The next event; the next of this type, if one is given."""
        while True:
            data, name = await self._block()
            if data is None:
                continue
            event: Json = json.loads(data)
            event.setdefault("type", name)
            if kind in (None, event["type"]):
                return event

    async def _block(self) -> tuple[str | None, str]:
        """As the HTML standard reads it."""
        data, name = None, "message"
        while (line := await self.tail.peer.inbox.next()) != "":
            field, _, value = line.partition(": ")
            match field:
                case "data":
                    data = value
                case "event":
                    name = value
                case "id":
                    self.last_id = value
        return data, name

    async def place(self, ending: str) -> None:
        """Wait until the id ends so."""
        while not self.last_id.endswith(ending):
            data, _ = await self._block()
            assert data is None, data

    async def close(self) -> None:
        await self.tail.close()


@pytest_twisted.ensureDeferred
async def test_it_begins_as_a_websocket_does_and_goes_on_live(house: House) -> None:
    alice, bob = WebSocketPerson(house), await script(house, "bob")
    await alice.enter("alice")
    source = await Source.open(house, bob)
    assert 200 == source.tail.status
    assert "Content-Type: text/event-stream" in source.tail.head
    welcome = await source.event()
    assert ("welcome", "bob") == (welcome["type"], welcome["user"]["name"])
    assert ["lobby"] == [room["name"] for room in (await source.event("ok"))["rooms"]]
    attached = await source.event()
    assert ("attached", True) == (attached["type"], attached["complete"])
    await alice.say("#lobby", "hi")
    await say(bob, "one's own")
    said = await source.event("said")
    assert ("hi", 1, "alice") == (said["text"], said["seq"], said["from"]["name"])
    assert "one's own" == (await source.event("said"))["text"]
    await source.place(";1:2")
    assert source.last_id == f"{welcome['epoch']};1:2"
    await source.close()
    await alice.drop()


@pytest_twisted.ensureDeferred
async def test_who_comes_back_misses_nothing(house: House) -> None:
    bob = await script(house, "bob")
    await bob.ask("create", name="dev")
    source = await Source.open(house, bob)
    for _ in range(2):
        await source.event("attached")
    await say(bob, "one")
    await say(bob, "two", room="dev")
    for _ in range(2):
        await source.event("said")
    await source.place("1:1,2:1")
    await source.close()
    await say(bob, "three")
    await say(bob, "four", room="dev")
    again = await Source.open(house, bob, last_id=source.last_id)
    missed = [await again.event("attached") for _ in range(2)]
    pages = {page["name"]: [entry["text"] for entry in page["entries"]] for page in missed}
    assert {"lobby": ["three"], "dev": ["four"]} == pages
    await again.close()
    by_address = await Source.open(house, bob, f"?rooms=dev&last_event_id={source.last_id}")
    [entry] = (await by_address.event("attached"))["entries"]
    assert "four" == entry["text"]
    await by_address.close()
    elsewhere = await Source.open(house, bob, "?rooms=dev", last_id="other;2:1")
    assert [] == (await elsewhere.event("attached"))["entries"]
    await elsewhere.close()


@pytest_twisted.ensureDeferred
async def test_who_comes_back_by_a_former_name_misses_nothing(house: House) -> None:
    bob = await script(house, "bob")
    await bob.ask("create", name="dev")
    await say(bob, "one", "two", room="dev")
    source = await Source.open(house, bob, "?rooms=dev")
    epoch = (await source.event("welcome"))["epoch"]
    await source.close()
    await bob.ask("rename", room="dev", name="lab")
    for name in ("dev", "Dev", "lab", "2"):
        again = await Source.open(house, bob, f"?rooms={name}", last_id=f"{epoch};2:1")
        missed = (await again.event("attached"))["entries"]
        assert ["said", "noticed"] == [entry["type"] for entry in missed], name
        await again.close()


@pytest_twisted.ensureDeferred
async def test_only_the_rooms_that_are_named_are_sent(house: House) -> None:
    bob, alice = await script(house, "bob"), await script(house, "alice")
    await bob.ask("create", name="dev")
    await bob.ask("direct", user="alice")
    source = await Source.open(house, bob, "?rooms=Dev,2&rooms=@alice")
    assert ["dev", "@alice"] == [(await source.event("attached"))["name"] for _ in range(2)]
    await say(bob, "not here")
    await say(alice, "psst", room="@bob")
    assert "psst" == (await source.event("said"))["text"]
    await source.close()


@pytest_twisted.ensureDeferred
async def test_a_room_that_one_enters_is_sent_too(house: House) -> None:
    bob = await script(house, "bob")
    source = await Source.open(house, bob)
    await source.event("attached")
    await bob.ask("create", name="dev")
    assert ["dev"] == [room["name"] for room in (await source.event("added"))["rooms"]]
    assert "dev" == (await source.event("attached"))["name"]
    await say(bob, "hi", room="dev")
    assert "hi" == (await source.event("said"))["text"]
    await source.close()
    named = await Source.open(house, bob, "?rooms=lobby")
    await named.event("attached")
    await bob.ask("create", name="ops")
    await named.event("added")
    await say(bob, "hi", room="ops")
    await say(bob, "here")
    assert "here" == (await named.event("said"))["text"]
    await named.close()


@pytest_twisted.ensureDeferred
async def test_a_named_room_that_one_enters_again_goes_on(house: House) -> None:
    bob, alice = await script(house, "bob"), await script(house, "alice")
    await alice.ask("create", name="dev")
    await bob.ask("join", room="dev")
    source = await Source.open(house, bob, "?rooms=dev")
    await source.event("attached")
    await alice.ask("kick", room="dev", user="bob")
    await source.event("removed")
    await bob.ask("join", room="dev")
    assert 2 == (await source.event("attached"))["room"]
    await say(alice, "welcome back", room="dev")
    assert "welcome back" == (await source.event("said"))["text"]
    await source.close()


@pytest_twisted.ensureDeferred
async def test_a_room_ends_at_once_when_one_may_not_read_it(house: House) -> None:
    bob, alice = await script(house, "bob"), await script(house, "alice")
    await alice.ask("create", name="dev")
    await bob.ask("join", room="dev")
    source = await Source.open(house, bob)
    await source.event("attached")
    await source.event("attached")
    await alice.ask("kick", room="dev", user="bob", reason="spam")
    removed = await source.event("removed")
    assert (2, "spam") == (removed["room"], removed["reason"])
    await say(alice, "without bob", room="dev")
    await say(alice, "with bob")
    assert "with bob" == (await source.event("said"))["text"]
    await source.place(";1:1")
    await source.close()


@pytest_twisted.ensureDeferred
async def test_the_end_says_why(house: House) -> None:
    bob = await script(house, "bob")
    source = await Source.open(house, bob)
    await source.event("attached")
    await bob.ask("logout")
    closing = await source.event("close")
    assert (4001, False) == (closing["code"], closing["come_back"])
    assert [] == await source.tail.rest()
    other = await Source.open(house, await script(house, "carol"))
    await other.event("attached")
    await house.restart()
    assert (1012, True) == ((end := await other.event("close"))["code"], end["come_back"])


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_read_is_refused_in_json(house: House) -> None:
    bob = await script(house, "bob")
    for query, status, code in (
        ("?rooms=nowhere", 404, "no_such_room"),
        ("?rooms=lobby,nowhere", 404, "no_such_room"),
        (f"?rooms={','.join(['lobby'] * 501)}", 429, "too_many"),
    ):
        response = await get(house, f"/api/events{query}", Authorization=f"Bearer {bob.token}")
        assert (status, code) == (response.status, response.json["code"])
    assert 401 == (await get(house, "/api/events")).status
    assert 405 == (await get(house, "/api/events", method="POST")).status
    head = await get(house, "/api/events", method="HEAD", Authorization=f"Bearer {bob.token}")
    assert (200, b"") == (head.status, head.body)
    assert [] == streams(house)


@pytest_twisted.ensureDeferred
async def test_a_page_reads_by_its_cookie(house: House) -> None:
    bob = await script(house, "bob")
    cookie = f"Cookie: chatd_{house.port('web')}={bob.token}"
    own = await Tail.open(house, "/api/events", cookie, "Sec-Fetch-Site: same-origin")
    assert 200 == own.status
    await own.close()
    other = await Tail.open(house, "/api/events", cookie, "Sec-Fetch-Site: cross-site")
    assert 401 == other.status
    await other.rest()


@pytest_twisted.ensureDeferred
async def test_it_is_kept_awake_and_nothing_is_left_of_it(house: House) -> None:
    bob = await script(house, "bob")
    source = await Source.open(house, bob)
    await source.event("attached")
    [stream] = streams(house)
    assert stream._beating is not None
    stream._beating.reset(0)
    while ":" != await source.tail.peer.inbox.next():
        pass
    beating = stream._beating
    await source.close()
    await say(bob, "alone")
    assert [] == streams(house)
    assert not beating.active()
    assert [{}] == [room._live for room in registry(house).rooms.values()]


class TestSlowReaders:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0, owed_bytes=OWED_BYTES, owed_seconds=0)

    @pytest_twisted.ensureDeferred
    async def test_a_slow_reader_is_sent_everything_in_the_end(self, house: House) -> None:
        alice, bob = WebSocketPerson(house), await script(house, "bob")
        await alice.enter("alice")
        source = await Source.open(house, bob)
        await source.event("attached")
        source.tail.peer.pause()
        number = 300
        for _ in range(number // 50):
            alice.shout("#lobby", ["x" * 3_900] * 50)
            await alice.answered()
        [stream] = streams(house)
        assert stream._behind
        source.tail.peer.resume()
        seqs: list[int] = []
        while len(seqs) < number:
            event = await source.event()
            entries = event.get("entries", [event] if event["type"] == "said" else [])
            seqs += [entry["seq"] for entry in entries]
            assert "gap" != event["type"]
        assert list(range(1, number + 1)) == seqs
        await source.place(f";1:{number}")
        await source.close()
        await alice.drop()
