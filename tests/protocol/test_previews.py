"""What a link leads to, in a whole server: fetched from a real one, and shown to whoever is there."""

from collections.abc import AsyncIterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest_twisted

from chatd.model import Limits
from tests.peers import LinePeer, WebSocketPeer
from tests.protocol.test_api import script
from tests.protocol.test_files import get, incoming
from tests.scenarios.house import House
from tests.tricks import LOCAL, Tricks, listen, redirect, response
from tests.unit.test_images import written

PAGE = b"""<!doctype html><title>Plain</title><meta property="og:title" content="A cat">
<meta property="og:site_name" content="Cats"><meta property="og:image" content="/cat.png">"""


@pytest_twisted.async_yield_fixture
async def tricks() -> AsyncIterator[Tricks]:
    tricks = Tricks()
    port = await listen(tricks)
    tricks.answers["/cat"] = response(PAGE)
    tricks.answers["/cat.png"] = response(written("PNG", (640, 480)), kind="image/png")
    yield tricks
    await tricks.let_go()
    await port.stopListening()


@pytest_twisted.async_yield_fixture
async def house(tmp_path: Path, tricks: Tricks) -> AsyncIterator[House]:
    house = House(
        tmp_path / "data",
        tls=False,
        limits=Limits(trust_seconds=0),
        preview_addresses=((ip_address(LOCAL), tricks.port),),
    )
    house.start()
    yield house
    await house.stop()
    assert house.faults.events == []


async def come(house: House, name: str) -> WebSocketPeer:
    peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"))
    await told(peer, "welcome")
    peer.send({"type": "login", "name": name})
    await told(peer, "ok")
    peer.send({"type": "attach"})
    await told(peer, "attached")
    return peer


async def told(peer: WebSocketPeer, kind: str) -> dict[str, Any]:
    """The next event of this kind."""
    while (event := await peer.receive())["type"] != kind:
        pass
    return event


@pytest_twisted.ensureDeferred
async def test_a_link_is_shown_to_all_and_gone_with_its_text(
    house: House, tricks: Tricks, tmp_path: Path
) -> None:
    alice, bob = await come(house, "alice"), await script(house, "bob")
    url = tricks.url("/cat")
    await bob.ask("say", room="lobby", text=f"look: {url}")
    shown = await told(alice, "previewed")
    preview, image = shown["preview"], shown["preview"]["image"]
    assert (2, 1, "bob") == (shown["seq"], shown["target"], shown["from"]["name"])
    assert (url, "A cat", "Cats") == (preview["url"], preview["title"], preview["site"])
    assert ("image/webp", 320, 240) == (image["type"], image["width"], image["height"])
    [said] = (await bob.ask("history", room="lobby"))["entries"]
    assert preview == said["preview"]
    address = f"/f/{image['id']}/{image['name']}"
    served = await get(house, bob, address)
    assert (200, "image/webp", b"RIFF") == (served.status, served.headers["content-type"], served.body[:4])
    assert [] == incoming(tmp_path)
    await bob.ask("delete", room="lobby", target=1)
    await told(alice, "deleted")
    assert 404 == (await get(house, bob, address)).status
    [said] = (await bob.ask("history", room="lobby"))["entries"]
    assert "preview" not in said
    alice.close()
    await alice.closed


@pytest_twisted.ensureDeferred
async def test_a_terminal_reads_one_line_of_it(house: House, tricks: Tricks) -> None:
    peer = await LinePeer.connect(house.endpoint("line"))
    peer.send("/nick alice")
    peer.send(tricks.url("/cat"))
    while not (line := await peer.inbox.next()).startswith("* link of"):
        pass
    assert '* link of alice (1) in #lobby: "A cat", "Cats"' == line
    peer.close()
    await peer.closed


@pytest_twisted.ensureDeferred
async def test_a_private_room_has_none_until_its_owner_says_so(house: House, tricks: Tricks) -> None:
    alice = await come(house, "alice")
    alice.send({"type": "create", "name": "den", "kind": "private"})
    room = (await told(alice, "attached"))["room"]
    alice.send({"type": "say", "room": room, "text": tricks.url("/cat")})
    await told(alice, "said")
    alice.send({"type": "configure", "room": room, "previews": True})
    noticed = await told(alice, "noticed")
    assert ("previews", "on", []) == (noticed["what"], noticed["text"], tricks.requests)
    alice.send({"type": "say", "room": room, "text": tricks.url("/cat")})
    assert "A cat" == (await told(alice, "previewed"))["preview"]["title"]
    alice.close()
    await alice.closed


@pytest_twisted.ensureDeferred
async def test_a_link_that_leads_into_the_machine_shows_nothing(house: House, tricks: Tricks) -> None:
    """The first link is refused; the second, said after it, is shown, so the first was done with."""
    alice = await come(house, "alice")
    tricks.answers["/away"] = redirect(f"http://127.0.0.1:{house.port('web')}/")
    alice.send({"type": "say", "room": "lobby", "text": tricks.url("/away")})
    await told(alice, "said")
    await tricks.let_go()
    alice.send({"type": "say", "room": "lobby", "text": tricks.url("/cat")})
    shown = await told(alice, "previewed")
    assert (2, 3) == (shown["target"], shown["seq"])
    alice.close()
    await alice.closed
