"""Avatars and rooms' icons as bytes of HTTP: in, told, and out again to whoever may see them."""

import io
from pathlib import Path

import pytest_twisted
from PIL import Image

from chatd.model import Code
from tests.http_peer import Response, parse
from tests.protocol.test_api import Script
from tests.protocol.test_files import get, kept, put, request
from tests.protocol.test_http import exchange, post
from tests.scenarios.house import House
from tests.scenarios.people import LinePerson, WebSocketPerson
from tests.unit.test_images import SECRET, bomb, written

PASSWORD = "correct horse"


async def account(house: House, name: str) -> Script:
    answer = await post(house, "/api/register", {"name": name, "password": PASSWORD})
    return Script(house, answer.cookie.partition("=")[2])


async def avatar_of(who: Script, name: str) -> str | None:
    [profile] = (await who.ask("users", users=[name]))["profiles"]
    avatar: str | None = profile.get("avatar")
    return avatar


def shown(answer: Response) -> tuple[str, int, int]:
    with Image.open(io.BytesIO(answer.body)) as image:
        return (answer.headers["content-type"], *image.size)


@pytest_twisted.ensureDeferred
async def test_an_image_that_is_put_is_how_one_is_seen(house: House, tmp_path: Path) -> None:
    alice, bob = await account(house, "alice"), await account(house, "bob")
    sent = await put(house, alice, "/api/icon", written("JPEG", (900, 600)))
    assert (201, {"type", "icon"}) == (sent.status, set(sent.json))
    icon = sent.json["icon"]
    assert icon == await avatar_of(bob, "alice")
    small, large = [await get(house, bob, f"/icons/{icon}{size}") for size in ("", "?size=large")]
    assert (("image/webp", 96, 96), ("image/webp", 256, 256)) == (shown(small), shown(large))
    assert SECRET.encode() not in small.body + large.body
    assert "private, max-age=31536000, immutable" == small.headers["cache-control"]
    assert "sandbox" in small.headers["content-security-policy"]
    again = await get(house, bob, f"/icons/{icon}", If_None_Match=small.headers["etag"])
    assert (304, b"") == (again.status, again.body)
    assert 2 == len(kept(tmp_path))
    assert (401, Code.NOT_LOGGED_IN) == (
        (await get(house, None, f"/icons/{icon}")).status,
        (await get(house, None, f"/icons/{icon}")).json["code"],
    )


@pytest_twisted.ensureDeferred
async def test_another_image_has_another_address_and_the_first_is_gone(house: House, tmp_path: Path) -> None:
    alice = await account(house, "alice")
    first = (await put(house, alice, "/api/icon", written("PNG"))).json["icon"]
    second = (await put(house, alice, "/api/icon", written("GIF"))).json["icon"]
    assert first != second == await avatar_of(alice, "alice")
    assert (404, 200) == (
        (await get(house, alice, f"/icons/{first}")).status,
        (await get(house, alice, f"/icons/{second}")).status,
    )
    assert {"type": "ok"} == await alice.ask("icon", remove=True)
    assert await avatar_of(alice, "alice") is None
    assert 404 == (await get(house, alice, f"/icons/{second}")).status


@pytest_twisted.ensureDeferred
async def test_what_is_no_image_is_refused_and_changes_nothing(house: House, tmp_path: Path) -> None:
    alice = await account(house, "alice")
    icon = (await put(house, alice, "/api/icon", written("PNG"))).json["icon"]
    before = kept(tmp_path)
    for body in (b"text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", bomb(), written("WEBP")[:-40]):
        answer = await put(house, alice, "/api/icon", body)
        assert (422, Code.BAD_FILE) == (answer.status, answer.json["code"])
    assert 413 == (await put(house, alice, "/api/icon", b"", Content_Length="99999999999")).status
    assert (icon, before) == (await avatar_of(alice, "alice"), kept(tmp_path))


@pytest_twisted.ensureDeferred
async def test_a_guest_is_seen_by_a_colour(house: House) -> None:
    token = (await post(house, "/api/guest", {"name": "gus"})).cookie.partition("=")[2]
    answer = await put(house, Script(house, token), "/api/icon", written("PNG"))
    assert (403, Code.FORBIDDEN) == (answer.status, answer.json["code"])


@pytest_twisted.ensureDeferred
async def test_a_private_rooms_icon_is_for_its_members(house: House) -> None:
    alice, bob = await account(house, "alice"), await account(house, "bob")
    room = (await alice.ask("create", name="den", kind="private"))["rooms"][0]["room"]
    assert 404 == (await put(house, bob, "/api/icon/den", written("PNG"))).status
    sent = (await put(house, alice, f"/api/icon/{room}", written("PNG"))).json
    assert room == sent["room"]
    path = f"/icons/{sent['icon']}"
    nowhere, hidden = await get(house, bob, "/icons/nowhere"), await get(house, bob, path)
    assert (404, nowhere.body) == (hidden.status, hidden.body)
    await alice.ask("invite", room="den", user="bob")
    assert 404 == (await get(house, bob, path)).status
    joined = await bob.ask("join", room="den")
    assert (sent["icon"], 200) == (joined["rooms"][0]["icon"], (await get(house, bob, path)).status)
    assert 403 == (await put(house, bob, "/api/icon/den", written("PNG"))).status
    await house.restart()
    assert 200 == (await get(house, bob, path)).status
    await alice.ask("kick", room="den", user="bob")
    assert 404 == (await get(house, bob, path)).status
    await alice.ask("destroy", room="den", name="den")
    assert 404 == (await get(house, alice, path)).status


@pytest_twisted.ensureDeferred
async def test_a_public_rooms_icon_is_for_everybody_and_noticed(house: House) -> None:
    alice, bob = await account(house, "alice"), await account(house, "bob")
    await alice.ask("create", name="dev")
    watching, at_terminal = WebSocketPerson(house), LinePerson(house)
    await watching.enter("wendy")
    await watching.join("#dev")
    await at_terminal.enter("tom")
    await at_terminal.join("#dev")
    icon = (await put(house, alice, "/api/icon/dev", written("PNG"))).json["icon"]
    for person in (watching, at_terminal):
        await person.see("alice: #dev has another icon")
    assert 200 == (await get(house, bob, f"/icons/{icon}")).status
    [listed, _] = (await bob.ask("rooms"))["rooms"]
    assert icon == listed["icon"]
    await watching.drop()
    await at_terminal.drop()


@pytest_twisted.ensureDeferred
async def test_a_terminal_is_given_a_line_for_its_shell(house: House) -> None:
    tom = LinePerson(house)
    await tom.register("tom", PASSWORD)
    [line] = await tom.ask("/avatar")
    assert line.startswith("* For your shell, within 10 minutes: curl -T 'IMAGE' http://localhost:")
    place = line[line.index("/api/put/") :]
    answer = parse(await exchange(house, request("PUT", place, written("PNG"))))
    assert 201 == answer.status
    bob = await account(house, "bob")
    assert answer.json["icon"] == await avatar_of(bob, "tom")
    await tom.drop()


@pytest_twisted.ensureDeferred
async def test_who_was_banned_meanwhile_changes_nothing(house: House) -> None:
    root, alice = await account(house, "root"), await account(house, "alice")
    place = (await alice.ask("icon"))["put"]
    await root.ask("ban", user="alice")
    answer = parse(await exchange(house, request("PUT", place, written("PNG"))))
    assert (403, Code.BANNED) == (answer.status, answer.json["code"])
    assert await avatar_of(root, "alice") is None
