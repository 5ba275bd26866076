"""The page and the browser's login, as bytes of HTTP."""

import json
import time
from threading import Event

import pyotp
import pytest
import pytest_twisted
from twisted.internet.protocol import Factory
from twisted.logger import capturedLogs, eventAsText

from chatd.core.registry import GRACE_MS
from chatd.frontends.channel import HEADERS
from chatd.frontends.requests import BODY_BYTES_MOST
from chatd.model import HTTP_STATUS, Code, Limits
from chatd.storage.log import Recorded
from tests import http_peer
from tests.http_peer import Reader, Response, parse
from tests.peers import WebSocketPeer
from tests.scenarios.house import House


async def exchange(house: House, request: bytes) -> bytes:
    """All that comes back for these bytes, until the server closes."""
    return await http_peer.exchange(house.endpoint("web"), request)


async def get(house: House, path: str, method: str = "GET", **headers: str) -> Response:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    request = "\r\n".join(
        [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""]
    )
    return parse(await exchange(house, request.encode()))


async def post(
    house: House,
    path: str,
    body: object,
    *,
    origin: str | None = "",
    host: str | None = None,
    cookie: str = "",
    kind: str = "application/json",
) -> Response:
    """`origin`: empty is the server's own; None sends none."""
    port = house.port("web")
    payload = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host or f'localhost:{port}'}",
        "Connection: close",
        f"Content-Type: {kind}",
        f"Content-Length: {len(payload)}",
    ]
    if origin is not None:
        lines.append(f"Origin: {origin or f'http://localhost:{port}'}")
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return parse(await exchange(house, "\r\n".join([*lines, "", ""]).encode() + payload))


def own_origin(house: House) -> dict[str, str]:
    return {"Origin": f"http://127.0.0.1:{house.port('web')}"}


# The page.


@pytest_twisted.ensureDeferred
async def test_every_response_carries_our_headers(house: House) -> None:
    for response in (
        await get(house, "/"),
        await get(house, "/nowhere"),
        await post(house, "/api/guest", {"name": "bob"}),
        await post(house, "/api/guest", b"nonsense"),
        await get(house, "/ws"),
    ):
        for name, value in HEADERS.items():
            assert value == response.headers[name.lower()]
        assert response.headers["server"] == "chatd"


@pytest_twisted.ensureDeferred
async def test_places_inside_the_page_give_the_page(house: House) -> None:
    page = await get(house, "/")
    assert page.status == 200
    assert b"<!doctype html>" in page.body.lower()
    for place in (
        "/r/lobby",
        "/r/lobby/4712",
        "/r/rooms",
        "/r/api",
        "/r/f/7",
        "/r/ws",
        "/dm/alice",
        "/join/k7f3-9qx2-m4tz",
        "/settings",
        "/settings/look",
        "/admin",
        "/admin/users/alice",
    ):
        assert page.body == (await get(house, place)).body


@pytest_twisted.ensureDeferred
async def test_what_is_not_there_is_not_found(house: House) -> None:
    for path in ("/nowhere", "/assets/../../etc/passwd", "/%2e%2e/setup.py", "/assets/", "/api/nothing"):
        assert (await get(house, path)).status == 404


@pytest_twisted.ensureDeferred
async def test_a_page_that_has_not_changed_is_not_sent_again(house: House) -> None:
    tag = (await get(house, "/")).headers["etag"]
    again = await get(house, "/", If_None_Match=tag)
    assert (304, b"") == (again.status, again.body)


@pytest_twisted.ensureDeferred
async def test_head_gives_no_body(house: House) -> None:
    whole = await get(house, "/")
    with capturedLogs() as events:
        response = await get(house, "/", method="HEAD")
    assert (200, b"") == (response.status, response.body)
    assert response.headers["content-length"] == str(len(whole.body))
    assert not any("Warning" in eventAsText(event) for event in events)


@pytest_twisted.ensureDeferred
async def test_text_is_compressed_for_who_takes_it(house: House) -> None:
    zipped = await get(house, "/", Accept_Encoding="gzip, br")
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in (await get(house, "/")).headers


@pytest_twisted.ensureDeferred
async def test_other_methods_are_refused(house: House) -> None:
    for method, path in (
        ("POST", "/"),
        ("GET", "/api/login"),
        ("PUT", "/"),
        ("DELETE", "/api/login"),
        ("BREW", "/ws"),
    ):
        assert (await get(house, path, method=method)).status == 405


# Logging in.


@pytest_twisted.ensureDeferred
async def test_a_guest_gets_a_cookie_that_a_websocket_is_logged_in_by(house: House) -> None:
    response = await post(house, "/api/guest", {"name": "Bob"})
    assert response.json["user"]["name"] == "bob"
    peer = await WebSocketPeer.connect(
        house.endpoint("web"), house.port("web"), {**own_origin(house), "Cookie": response.cookie}
    )
    assert (await peer.receive())["user"] == response.json["user"]
    assert (await peer.receive())["rooms"][0]["name"] == "lobby"
    peer.close()
    await peer.closed


@pytest_twisted.ensureDeferred
async def test_a_cookie_does_not_count_without_an_origin(house: House) -> None:
    cookie = (await post(house, "/api/guest", {"name": "bob"})).cookie
    peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"), {"Cookie": cookie})
    assert "user" not in await peer.receive()
    peer.close()
    await peer.closed


@pytest_twisted.ensureDeferred
async def test_a_bearer_token_logs_a_script_in(house: House) -> None:
    token = (await post(house, "/api/guest", {"name": "bob"})).cookie.partition("=")[2]
    peer = await WebSocketPeer.connect(
        house.endpoint("web"), house.port("web"), {"Authorization": f"Bearer {token}"}
    )
    assert (await peer.receive())["user"]["name"] == "bob"
    peer.close()
    await peer.closed


@pytest_twisted.ensureDeferred
async def test_a_foreign_page_may_neither_log_in_nor_open_a_websocket(house: House) -> None:
    foreign = await post(house, "/api/guest", {"name": "bob"}, origin="http://evil.example")
    assert (403, Code.BAD_ORIGIN) == (foreign.status, foreign.json["code"])
    with pytest.raises(ConnectionError):
        await WebSocketPeer.connect(
            house.endpoint("web"), house.port("web"), {"Origin": "http://evil.example"}
        )


@pytest_twisted.ensureDeferred
async def test_a_foreign_name_that_points_here_is_refused(house: House) -> None:
    rebound = await post(house, "/api/guest", {"name": "bob"}, host="evil.example")
    assert rebound.json["code"] == Code.BAD_ORIGIN


@pytest_twisted.ensureDeferred
async def test_a_login_needs_an_origin(house: House) -> None:
    assert (await post(house, "/api/guest", {"name": "bob"}, origin=None)).json["code"] == Code.BAD_ORIGIN


@pytest_twisted.ensureDeferred
async def test_an_account_logs_in_with_its_password_only(house: House) -> None:
    made = await post(house, "/api/register", {"name": "bob", "password": "correct horse"})
    assert made.json["user"]["kind"] == "user"
    wrong = await post(house, "/api/login", {"name": "bob", "password": "wrong horse"})
    assert (401, Code.WRONG_PASSWORD) == (wrong.status, wrong.json["code"])
    assert "set-cookie" not in wrong.headers
    right = await post(house, "/api/login", {"name": "bob", "password": "correct horse"})
    assert right.json["user"] == made.json["user"]
    assert right.cookie != made.cookie


@pytest_twisted.ensureDeferred
async def test_an_account_that_takes_a_code_logs_in_with_one(house: House) -> None:
    await post(house, "/api/register", {"name": "bob", "password": "correct horse"})
    peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"))
    await peer.receive()
    peer.send({"type": "login", "name": "bob", "password": "correct horse"})
    await peer.receive()
    peer.send({"type": "totp", "on": True, "password": "correct horse"})
    totp, begun = pyotp.TOTP((await peer.receive())["secret"]), time.time()
    peer.send({"type": "totp", "on": True, "code": totp.at(begun)})
    await peer.receive()
    peer.close()
    await peer.closed
    login = {"name": "bob", "password": "correct horse"}
    without = await post(house, "/api/login", login)
    assert (401, Code.TOTP_REQUIRED) == (without.status, without.json["code"])
    assert "set-cookie" not in without.headers
    right = await post(house, "/api/login", {**login, "code": totp.at(begun, counter_offset=1)})
    assert "bob" == right.json["user"]["name"]


@pytest_twisted.ensureDeferred
async def test_logging_out_ends_the_cookie_and_its_websockets(house: House) -> None:
    cookie = (await post(house, "/api/guest", {"name": "bob"})).cookie
    headers = {**own_origin(house), "Cookie": cookie}
    peer = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"), headers)
    await peer.receive()
    await peer.receive()
    out = await post(house, "/api/logout", {}, cookie=cookie)
    assert (200, "max-age=0") == (out.status, out.headers["set-cookie"].lower().split("; ")[2])
    await peer.closed
    assert peer.close_code == 4001
    again = await WebSocketPeer.connect(house.endpoint("web"), house.port("web"), headers)
    assert "user" not in await again.receive()
    again.close()
    await again.closed


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"{", "application/json", Code.BAD_REQUEST),
        (b"\xff\xfe", "application/json", Code.BAD_REQUEST),
        (b"[]", "application/json", Code.BAD_REQUEST),
        (b'{"x": ' + b"[" * 30_000, "application/json", Code.BAD_REQUEST),
        (b'{"name": 7}', "application/json", Code.BAD_REQUEST),
        (b'{"name": "no good"}', "application/json", Code.BAD_NAME),
        (b'{"name": "everyone"}', "application/json", Code.BAD_NAME),
        (b"name=bob", "application/x-www-form-urlencoded", Code.BAD_REQUEST),
        (b'{"name": "bob"}', "text/plain", Code.BAD_REQUEST),
        (b'{"name": "' + b"b" * BODY_BYTES_MOST + b'"}', "application/json", Code.TOO_LONG),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_bad_body_is_refused_with_a_sentence(
    house: House, body: bytes, kind: str, code: Code
) -> None:
    response = await post(house, "/api/guest", body, kind=kind)
    status = HTTP_STATUS[code] if kind == "application/json" else 415
    assert (status, code) == (response.status, response.json["code"])
    assert response.json["text"].endswith(".")


@pytest.mark.parametrize("name", ["Origin", "Host", "Cookie", "Content-Type", "X-Forwarded-For"])
@pytest_twisted.ensureDeferred
async def test_headers_may_have_any_bytes(house: House, name: str) -> None:
    host = b"" if name == "Host" else b"Host: localhost\r\n"
    head = (
        b"POST /api/logout HTTP/1.1\r\nConnection: close\r\n" + host + name.encode() + b": \xff\xfe\r\n\r\n"
    )
    assert 400 <= parse(await exchange(house, head)).status < 500


@pytest_twisted.ensureDeferred
async def test_the_name_of_a_guest_whose_page_has_gone_is_freed(house: House) -> None:
    """The page asks for a name, and is closed before it has the answer."""
    assert house._service is not None and house._service._running is not None
    store, registry = house._service._running.store, house._service._running.registry
    disk = Event()
    store._database.write(lambda connection, now: Recorded(disk.wait()))
    port, body = house.port("web"), b'{"name": "bob"}'
    page = Reader(
        f"POST /api/guest HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    await house.endpoint("web").connect(Factory.forProtocol(lambda: page))
    assert page.transport is not None
    page.transport.loseConnection()
    await page.done
    await get(house, "/")
    disk.set()
    assert 409 == (await post(house, "/api/guest", {"name": "bob"})).status
    registry.tick(registry.now + GRACE_MS)
    assert 200 == (await post(house, "/api/guest", {"name": "bob"})).status


@pytest_twisted.ensureDeferred
async def test_an_endless_body_ends_the_connection(house: House) -> None:
    port = house.port("web")
    head = (
        f"POST /api/guest HTTP/1.1\r\nHost: localhost:{port}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    )
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    assert await exchange(house, head + chunk * 32) == b""


@pytest_twisted.ensureDeferred
async def test_the_websockets_address_says_what_it_is(house: House) -> None:
    response = await get(house, "/ws")
    assert (400, Code.BAD_REQUEST) == (response.status, response.json["code"])


class TestRates:
    @pytest.fixture
    def limits(self) -> Limits:
        return Limits(creations_per_minute=2)

    @pytest_twisted.ensureDeferred
    async def test_too_many_creations_are_told_when_to_come_back(self, house: House) -> None:
        for name in ("one", "two"):
            assert (await post(house, "/api/guest", {"name": name})).status == 200
        response = await post(house, "/api/guest", {"name": "three"})
        assert (429, Code.TOO_FAST) == (response.status, response.json["code"])
        assert 1 <= int(response.headers["retry-after"]) <= 31
