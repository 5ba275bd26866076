"""Bots: programs that are users, and addresses by which programs speak."""

import json

import pytest
import pytest_twisted

from chatd.model import Code, Limits
from tests.http_peer import Response, parse
from tests.peers import LinePeer
from tests.protocol.test_api import Script, script
from tests.protocol.test_files import request
from tests.protocol.test_http import exchange, post
from tests.scenarios.house import House
from tests.scenarios.people import WebSocketPerson


@pytest.fixture
def limits() -> Limits:
    return Limits(say_per_second=1, say_burst=5, text_chars=50, creations_per_minute=0)


async def account(house: House, name: str) -> Script:
    body = {"name": name, "password": "correct horse battery"}
    token = (await post(house, "/api/register", body)).cookie.partition("=")[2]
    return Script(house, token)


async def send(house: House, hook: str, body: bytes, **headers: str) -> Response:
    return parse(await exchange(house, request("POST", hook, body, **headers)))


@pytest_twisted.ensureDeferred
async def test_a_bot_is_a_user_that_says_so(house: House) -> None:
    alice = await account(house, "alice")
    made = await alice.ask("newbot", name="CI")
    assert ("ci", "bot") == (made["bot"]["name"], made["bot"]["kind"])
    assert made["token"].startswith("chatd_")
    bot = Script(house, made["token"])
    assert "ok" == (await bot.ask("say", room="lobby", text="hi"))["type"]
    [said] = (await alice.ask("history", room="lobby"))["entries"]
    assert made["bot"] == said["from"]
    [one] = (await alice.ask("bots"))["bots"]
    assert (made["bot"], False) == (one["bot"], "room" in one)
    assert Code.NAME_TAKEN == (await alice.ask("newbot", name="ci"))["code"]
    assert Code.FORBIDDEN == (await bot.ask("newbot", name="other"))["code"]
    assert Code.FORBIDDEN == (await (await script(house, "bob")).ask("newbot", name="other"))["code"]


@pytest_twisted.ensureDeferred
async def test_a_bot_ends_on_every_connection(house: House) -> None:
    alice, carol = await account(house, "alice"), await account(house, "carol")
    made = await alice.ask("newbot", name="ci")
    person = WebSocketPerson(house)
    await person.connect()
    person.peer.send({"type": "login", "token": made["token"]})
    while (await person.peer.receive())["type"] != "ok":
        pass
    assert Code.NO_SUCH_USER == (await carol.ask("endbot", bot="ci"))["code"]
    assert "ok" == (await alice.ask("endbot", bot="CI"))["type"]
    await person.peer.inbox.rest()
    assert 4001 == person.peer.close_code
    assert Code.WRONG_TOKEN == (await Script(house, made["token"]).ask("ping"))["code"]
    assert Code.NO_SUCH_USER == (await alice.ask("endbot", bot=made["bot"]["id"]))["code"]
    assert [] == (await alice.ask("bots"))["bots"]
    again = await alice.ask("newbot", name="ci")
    assert made["bot"]["id"] != again["bot"]["id"]
    await alice.ask("newbot", name="zoo")
    assert "ok" == (await alice.ask("endbot", bot="zoo"))["type"]
    assert ["ci"] == [one["bot"]["name"] for one in (await alice.ask("bots"))["bots"]]


@pytest_twisted.ensureDeferred
async def test_what_is_sent_to_an_address_is_said_in_its_room(house: House) -> None:
    alice = await account(house, "alice")
    await alice.ask("create", name="ops", kind="private")
    made = await alice.ask("newbot", name="deploys", room="ops")
    assert "token" not in made
    hook = made["hook"]
    form = "application/x-www-form-urlencoded"
    answer = await send(house, hook, b"deploy done", Content_Type=form, Idempotency_Key="7")
    assert (200, 1) == (answer.status, answer.json["seq"])
    again = await send(house, hook, b"deploy done", Content_Type=form, Idempotency_Key="7")
    assert answer.json == again.json
    await send(house, hook, b'payload={"text":"hello+%26+bye"}', Content_Type=form)
    await send(house, hook, b'{"zen": "x"}', Content_Type="application/json", X_GitHub_Event="ping")
    await send(house, hook, b"x" * 60)
    said = (await alice.ask("history", room="ops"))["entries"]
    texts = ["deploy done", "hello & bye", "GitHub is connected.", "x" * 48 + " …"]
    assert texts == [one["text"] for one in said]
    assert {"deploys"} == {one["from"]["name"] for one in said}
    [one] = (await alice.ask("bots"))["bots"]
    assert made["room"] == one["room"]


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_said_is_refused(house: House) -> None:
    alice, bob = await account(house, "alice"), await script(house, "bob")
    await alice.ask("create", name="ops", kind="private")
    made = await alice.ask("newbot", name="deploys", room="ops")
    hook = made["hook"]
    assert Code.WRONG_CODE == (await send(house, "/hook/nonsense", b"hi")).json["code"]
    assert Code.BAD_REQUEST == (await send(house, hook, b" ")).json["code"]
    assert Code.BAD_REQUEST == (await send(house, hook, b"\xff")).json["code"]
    assert Code.BAD_REQUEST == (await send(house, hook, b"hi", Idempotency_Key="k" * 65)).json["code"]
    assert Code.TOO_LONG == (await send(house, hook, b"x" * 65_537)).json["code"]
    assert 405 == parse(await exchange(house, request("GET", hook))).status
    answers = [await send(house, hook, b"hi") for _ in range(7)]
    assert 429 in [answer.status for answer in answers]
    await alice.ask("kick", room="ops", user="deploys")
    other = await alice.ask("newbot", name="others", room="ops")
    assert 200 == (await send(house, other["hook"], b"hi")).status
    await alice.ask("kick", room="ops", user="others")
    assert Code.NOT_A_MEMBER == (await send(house, other["hook"], b"hi")).json["code"]
    hidden, nowhere = [await bob.ask("newbot", name="x", room=room) for room in ("ops", "bed")]
    assert hidden["code"] == nowhere["code"]
    carol = await account(house, "carol")
    hidden, nowhere = [await carol.ask("newbot", name="x", room=room) for room in ("ops", "bed")]
    assert json.dumps(hidden) == json.dumps(nowhere).replace("bed", "ops")


@pytest_twisted.ensureDeferred
async def test_bots_end_with_their_maker(house: House) -> None:
    alice = await account(house, "alice")
    token = (await alice.ask("newbot", name="ci"))["token"]
    hook = (await alice.ask("newbot", name="deploys", room="lobby"))["hook"]
    gone = await alice.ask("deleteaccount", messages="stay", password="correct horse battery")
    assert {"type": "ok"} == gone
    assert Code.WRONG_TOKEN == (await Script(house, token).ask("ping"))["code"]
    assert Code.WRONG_CODE == (await send(house, hook, b"hi")).json["code"]


@pytest_twisted.ensureDeferred
async def test_one_has_so_many_bots(house: House) -> None:
    alice = await account(house, "alice")
    codes = [(await alice.ask("newbot", name=f"bot{number}")).get("code") for number in range(21)]
    assert Code.TOO_MANY in codes


@pytest_twisted.ensureDeferred
async def test_a_terminal_makes_an_address_to_try(house: House) -> None:
    peer = await LinePeer.connect(house.endpoint("line"))
    for line in ("/register alice", "correct horse battery", "/newhook deploys"):
        peer.send(line)
    shown = ""
    while "curl" not in shown:
        shown = await peer.inbox.next()
    base = f"http://localhost:{house.port('web')}"
    assert shown.startswith(f"* deploys says in #lobby what is sent to it: curl -d 'hello' {base}/hook/")
    hook = shown.partition(base)[2].partition(" It is")[0]
    assert 200 == (await send(house, hook, b"hello")).status
    assert "<deploys, bot> hello" in await peer.inbox.next()
    peer.close()
    await peer.closed
