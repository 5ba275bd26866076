"""Every command as a POST, as bytes of HTTP."""

import json
from threading import Event
from typing import Any

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.protocol import Factory

from chatd.core.registry import GRACE_MS
from chatd.model import COMMANDS, HTTP_STATUS, Code, Limits
from chatd.storage.log import Recorded
from tests.http_peer import Reader, Response, parse
from tests.peers import reactor
from tests.protocol.test_http import exchange, post
from tests.scenarios.house import House
from tests.scenarios.people import WebSocketPerson


class Script:
    """Somebody who has a token, and no connection."""

    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self.token = token

    async def call(self, command: str, body: object = None, **headers: str) -> Response:
        payload = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [
            f"POST /api/{command} HTTP/1.1",
            "Host: localhost",
            "Connection: close",
            f"Content-Length: {len(payload)}",
            f"Authorization: Bearer {self.token}",
            *(["Content-Type: application/json"] if body is not None else []),
            *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
        ]
        return parse(await exchange(self._house, "\r\n".join([*lines, "", ""]).encode() + payload))

    async def ask(self, command: str, **fields: object) -> Any:
        return (await self.call(command, fields)).json


async def script(house: House, name: str) -> Script:
    """A guest's."""
    token = (await post(house, "/api/guest", {"name": name})).cookie.partition("=")[2]
    return Script(house, token)


@pytest_twisted.ensureDeferred
async def test_what_is_posted_is_heard(house: House) -> None:
    alice, bob = WebSocketPerson(house), await script(house, "bob")
    await alice.enter("alice")
    said = await bob.call("say", {"room": "lobby", "text": "hi", "id": 7})
    assert (200, "application/json") == (said.status, said.headers["content-type"])
    assert ("ok", 7, 1) == (said.json["type"], said.json["id"], said.json["seq"])
    [message] = await alice.hear(1)
    assert ("bob", "hi") == (message.author, message.text)
    history = await bob.ask("history", room="lobby")
    assert ["hi"] == [entry["text"] for entry in history["entries"]]
    assert ["alice"] == await alice.who("#lobby")
    await alice.sees_nothing()
    await alice.drop()


@pytest_twisted.ensureDeferred
async def test_a_command_without_fields_needs_no_body(house: House) -> None:
    bob = await script(house, "bob")
    assert ["lobby"] == [room["name"] for room in (await bob.call("rooms")).json["rooms"]]
    assert {"type": "pong"} == (await bob.call("ping")).json


@pytest_twisted.ensureDeferred
async def test_a_page_posts_by_its_cookie(house: House) -> None:
    cookie = (await post(house, "/api/guest", {"name": "bob"})).cookie
    own = await post(house, "/api/say", {"room": "lobby", "text": "hi"}, cookie=cookie)
    assert (200, 1) == (own.status, own.json["seq"])
    foreign = await post(
        house, "/api/say", {"room": "lobby", "text": "hi"}, cookie=cookie, origin="http://evil.example"
    )
    assert (403, Code.BAD_ORIGIN) == (foreign.status, foreign.json["code"])
    without = await post(house, "/api/say", {"room": "lobby", "text": "hi"}, cookie=cookie, origin=None)
    assert (401, Code.NOT_LOGGED_IN) == (without.status, without.json["code"])
    assert "Bearer" == without.headers["www-authenticate"]


@pytest_twisted.ensureDeferred
async def test_a_foreign_page_cannot_use_a_token_either(house: House) -> None:
    bob = await script(house, "bob")
    assert 403 == (await bob.call("ping", Origin="http://evil.example")).status


@pytest_twisted.ensureDeferred
async def test_a_token_that_is_none_is_refused(house: House) -> None:
    for token in ("nonsense", ""):
        response = await Script(house, token).call("ping")
        assert (401, "Bearer") == (response.status, response.headers["www-authenticate"])
        assert response.json["code"] == (Code.WRONG_TOKEN if token else Code.NOT_LOGGED_IN)


@pytest_twisted.ensureDeferred
async def test_a_refusal_has_the_status_of_its_code(house: House) -> None:
    bob = await script(house, "bob")
    for command, body, code in (
        ("say", {"room": "nowhere", "text": "hi"}, Code.NO_SUCH_ROOM),
        ("edit", {"room": "lobby", "target": 9, "text": "hi"}, Code.NO_SUCH_MESSAGE),
        ("say", {"room": "lobby", "text": "x" * 5_000}, Code.TOO_LONG),
        ("say", {"room": "lobby"}, Code.BAD_REQUEST),
        ("attach", {}, Code.BAD_REQUEST),
        ("ban", {"user": "bob"}, Code.FORBIDDEN),
        ("say", b"{", Code.BAD_REQUEST),
    ):
        response = await bob.call(command, body)
        assert (HTTP_STATUS[code], code) == (response.status, response.json["code"]), command
        assert "error" == response.json["type"]
        assert response.json["text"].endswith(".")
    assert 7 == (await bob.call("say", {"id": 7})).json["id"]


@pytest_twisted.ensureDeferred
async def test_a_key_comes_in_the_body_or_in_a_header(house: House) -> None:
    bob = await script(house, "bob")
    body = {"room": "lobby", "text": "once"}
    first = await bob.call("say", body, Idempotency_Key='"8e03978e"')
    assert first.json == (await bob.call("say", {**body, "key": "8e03978e"})).json
    assert first.json == (await bob.call("say", body, Idempotency_Key="8e03978e")).json
    other = await bob.call("say", {**body, "key": "another"}, Idempotency_Key="8e03978e")
    assert 2 == other.json["seq"]
    reused = await bob.call("say", {**body, "text": "twice"}, Idempotency_Key="8e03978e")
    assert Code.KEY_REUSED == reused.json["code"]
    for key in ('""', "x" * 65):
        assert Code.BAD_REQUEST == (await bob.call("say", body, Idempotency_Key=key)).json["code"]
    assert "pong" == (await bob.call("ping", {}, Idempotency_Key="8e03978e")).json["type"]


class TestKeys:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=0)

    @pytest_twisted.ensureDeferred
    async def test_whatever_has_a_key_has_it_by_header_too(self, house: House) -> None:
        bob = await script(house, "bob")
        room = (await bob.call("create", {"name": "den"})).json["rooms"][0]["room"]
        await bob.call("say", {"room": room, "text": "hi"})
        for command, body in (
            ("edit", {"target": 1, "text": "hello"}),
            ("react", {"target": 1, "emoji": "👍"}),
            ("pin", {"target": 1}),
            ("topic", {"text": "talk"}),
            ("delete", {"target": 1}),
        ):
            body |= {"room": room}
            first = await bob.call(command, body, Idempotency_Key=command)
            assert 200 == first.status, first.json
            # The key was used for this: with it, something else is refused, and the same is not done again.
            assert first.json == (await bob.call(command, body, Idempotency_Key=command)).json
            other = await bob.call("say", {"room": room, "text": "other"}, Idempotency_Key=command)
            assert Code.KEY_REUSED == other.json["code"], command


@pytest_twisted.ensureDeferred
async def test_a_body_must_be_json_and_of_some_size(house: House) -> None:
    bob = await script(house, "bob")
    body = {"room": "lobby", "text": "hi"}
    for fault in ({"Content_Type": "text/plain"}, {"Content_Encoding": "gzip"}):
        wrong = await bob.call("say", json.dumps(body).encode(), **fault)
        assert (415, Code.BAD_REQUEST) == (wrong.status, wrong.json["code"]), fault
    page = await post(house, "/api/guest", {"name": "carol"}, kind="text/plain")
    assert (415, Code.BAD_REQUEST) == (page.status, page.json["code"])
    assert 1 == (await bob.call("say", body, Content_Encoding="identity")).json["seq"]
    big = await bob.call("say", {"room": "lobby", "text": "x" * 70_000})
    assert (413, Code.TOO_LONG) == (big.status, big.json["code"])


@pytest_twisted.ensureDeferred
async def test_a_body_may_come_in_chunks(house: House) -> None:
    bob = await script(house, "bob")
    head = (
        "POST /api/say HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: bearer {bob.token}\r\nContent-Type: application/json; charset=utf-8\r\n"
        "Transfer-Encoding: chunked\r\n\r\n"
    )
    chunks = b'10\r\n{"room":"lobby",\r\nd\r\n"text":"hey"}\r\n0\r\n\r\n'
    assert 1 == parse(await exchange(house, head.encode() + chunks)).json["seq"]


@pytest_twisted.ensureDeferred
async def test_what_is_no_call_is_answered_in_json(house: House) -> None:
    for method, path, status in (
        ("POST", "/api/nothing", 404),
        ("POST", "/api/say/more", 404),
        ("POST", "/api/", 404),
        ("POST", "/api", 404),
        ("GET", "/api/nothing", 404),
        ("GET", "/api/say", 405),
        ("PUT", "/api/say", 405),
        ("OPTIONS", "/api/say", 405),
        ("DELETE", "/api/login", 405),
    ):
        request = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        response = parse(await exchange(house, request.encode()))
        assert (status, "error") == (response.status, response.json["type"]), (method, path)
        assert status != 405 or "POST" == response.headers["allow"]
    head = parse(
        await exchange(house, b"HEAD /api/say HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    )
    assert (405, b"") == (head.status, head.body)


@pytest_twisted.ensureDeferred
async def test_every_command_has_an_address(house: House) -> None:
    bob = await script(house, "bob")
    pages = {"login", "register"}
    for word in COMMANDS.keys() - pages - {"logout"}:
        response = await bob.call(word, {})
        assert response.json["type"] in ("ok", "pong", "error"), word
        assert response.status not in (404, 405, 500) or response.json["code"] != Code.UNKNOWN_TYPE, word
    assert (200, "ok") == ((out := await bob.call("logout", {})).status, out.json["type"])
    assert "set-cookie" not in out.headers
    assert Code.WRONG_TOKEN == (await bob.ask("ping"))["code"]


@pytest_twisted.ensureDeferred
async def test_an_account_is_deleted_by_a_request_too(house: House) -> None:
    bob = WebSocketPerson(house)
    await bob.enter("bob")
    made = await post(house, "/api/register", {"name": "alice", "password": "correct horse"})
    alice = Script(house, made.cookie.partition("=")[2])
    assert 1 == (await alice.ask("say", room="lobby", text="hi"))["seq"]
    wrong = await alice.call("deleteaccount", {"password": "wrong horse", "messages": "go"})
    assert (401, Code.WRONG_PASSWORD) == (wrong.status, wrong.json["code"])
    gone = await alice.call("deleteaccount", {"password": "correct horse", "messages": "go"})
    assert (200, "ok") == (gone.status, gone.json["type"])
    assert 401 == (await alice.call("ping")).status
    await bob.see("messages of deleted are gone in #lobby")
    again = await post(house, "/api/register", {"name": "alice", "password": "correct horse"})
    assert (409, Code.NAME_TAKEN) == (again.status, again.json["code"])
    await bob.drop()


@pytest_twisted.ensureDeferred
async def test_in_a_lockdown_a_token_goes_on_and_nobody_new_comes(house: House) -> None:
    bob, root = await script(house, "bob"), WebSocketPerson(house)
    await root.register("root", "correct horse")
    await root.lock_down(30)
    for path, body in (
        ("/api/guest", {"name": "eve"}),
        ("/api/register", {"name": "eve", "password": "correct horse"}),
        ("/api/login", {"name": "eve", "password": "correct horse"}),
    ):
        refused = await post(house, path, body)
        assert (403, Code.FORBIDDEN) == (refused.status, refused.json["code"])
        assert 0 < int(refused.headers["retry-after"]) <= 1_800
    assert 1 == (await bob.ask("say", room="lobby", text="still here"))["seq"]
    slow = await bob.call("say", {"room": "lobby", "text": "too fast"})
    assert (429, Code.TOO_FAST) == (slow.status, slow.json["code"])
    assert 200 == (await post(house, "/api/login", {"name": "root", "password": "correct horse"})).status
    await root.drop()


@pytest_twisted.ensureDeferred
async def test_what_was_asked_is_done_for_whoever_has_gone(house: House) -> None:
    """The connection is lost before the answer; nothing is left of the request."""
    assert house._service is not None and house._service._running is not None
    registry, store = house._service._running.registry, house._service._running.store
    alice, bob = WebSocketPerson(house), await script(house, "bob")
    await alice.enter("alice")
    body = b'{"room":"lobby","text":"bye"}'
    page = Reader(
        b"POST /api/say HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Authorization: Bearer " + bob.token.encode() + b"\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )
    disk = Event()
    store._database.write(lambda connection, now: Recorded(disk.wait()))
    await house.endpoint("web").connect(Factory.forProtocol(lambda: page))
    assert page.transport is not None
    page.transport.loseConnection()
    await page.done
    disk.set()
    assert ["bye"] == [message.text for message in await alice.hear(1)]
    registry.tick(registry.now + GRACE_MS)
    assert ["alice"] == [person.user.name for person in registry.people.values()]
    await alice.drop()


@pytest_twisted.ensureDeferred
async def test_a_ban_while_a_request_is_carried_out_answers_it(house: House) -> None:
    assert house._service is not None and house._service._running is not None
    running = house._service._running
    bob = await script(house, "bob")
    await bob.ask("ping")
    [user] = [person.user.id for person in running.registry.people.values()]
    asking: Deferred[Response] = ensureDeferred(bob.call("status", {"text": "busy"}))
    while not running.registry.people[user].sessions:
        await turn_once()
    running.registry.banish(user)
    response = await asking
    assert (403, Code.BANNED) == (response.status, response.json["code"])


async def turn_once() -> None:
    """Let the reactor turn once."""
    turn: Deferred[None] = Deferred()
    reactor.callLater(0, turn.callback, None)
    await turn


class TestRates:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(say_per_second=1, say_burst=1)

    @pytest_twisted.ensureDeferred
    async def test_who_says_too_much_is_told_when_to_try_again(self, house: House) -> None:
        bob = await script(house, "bob")
        await bob.ask("say", room="lobby", text="one")
        response = await bob.call("say", {"room": "lobby", "text": "two"})
        assert (429, Code.TOO_FAST) == (response.status, response.json["code"])
        assert 0 < response.json["retry_ms"] <= 1_001
        assert response.headers["retry-after"] in ("1", "2")


class TestAddresses:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(connects_per_minute=2)

    @pytest_twisted.ensureDeferred
    async def test_requests_of_an_address_are_counted_as_its_connections_are(self, house: House) -> None:
        bob = await script(house, "bob")
        assert ["pong", "pong", "error"] == [(await bob.ask("ping"))["type"] for _ in range(3)]
        assert Code.TOO_FAST == (await bob.ask("ping"))["code"]
