"""What a browser is sent, and who may speak through it: seen with curl and a script."""

import json
from email import message_from_string
from email.message import Message
from typing import Any, NamedTuple

import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Programs
from tests.e2e.scripts import Script

PASSWORD = f"correct {SECRET}"


class Response(NamedTuple):
    """What curl was sent."""

    status: int
    headers: Message
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Curl:
    """curl, at one daemon."""

    def __init__(self, programs: Programs, daemon: Daemon) -> None:
        self._programs = programs
        self.daemon = daemon
        self.port = daemon.ports["web"]

    @property
    def origin(self) -> str:
        """That of the daemon's own page."""
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, *options: str) -> Response:
        return self._run(*options, f"{self.origin}{path}")

    def get_tls(self, path: str, *options: str) -> Response:
        port = self.daemon.ports["web over tls"]
        trust = ("--cacert", str(self.daemon.certificate), "--ipv4")
        return self._run(*trust, *options, f"https://localhost:{port}{path}")

    def post(self, call: str, body: dict[str, str], *options: str, origin: str | None = "") -> Response:
        """`origin`: "" for the page's own, None for none."""
        return self.get(
            f"/api/{call}", *self.posting(body, self.origin if origin == "" else origin), *options
        )

    def posting(self, body: dict[str, str], origin: str | None) -> tuple[str, ...]:
        said = ("--json", json.dumps(body))
        return said if origin is None else (*said, "--header", f"Origin: {origin}")

    def _run(self, *options: str) -> Response:
        shown = self._programs.run(
            "curl", "--silent", "--show-error", "--include", "--noproxy", "*", *options
        )
        head, _, body = shown.replace("\r\n", "\n").partition("\n\n")
        status, _, headers = head.partition("\n")
        return Response(int(status.split()[1]), message_from_string(headers), body)


@pytest.fixture
def curl(programs: Programs, shared: Daemon) -> Curl:
    return Curl(programs, shared)


def cookie_of(response: Response) -> tuple[str, set[str]]:
    """`name=value` of the cookie that was set, and its attributes."""
    pair, *attributes = response.headers["Set-Cookie"].split("; ")
    return pair, set(attributes)


# The page.


def test_the_page_is_served_with_a_strict_policy(curl: Curl) -> None:
    page = curl.get("/")
    assert (200, "text/html; charset=utf-8") == (page.status, page.headers["Content-Type"])
    assert "<title>" in page.body
    policy = page.headers["Content-Security-Policy"].split("; ")
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert ("nosniff", "DENY") == (page.headers["X-Content-Type-Options"], page.headers["X-Frame-Options"])
    assert "chatd" == page.headers["Server"]
    assert page.headers["Strict-Transport-Security"] is None


def test_the_page_over_tls_stays_there(curl: Curl) -> None:
    assert "max-age=31536000" == curl.get_tls("/").headers["Strict-Transport-Security"]


def test_a_room_has_an_address(curl: Curl) -> None:
    page = curl.get("/").body
    assert [page, page] == [curl.get("/r/lobby").body, curl.get("/dm/alice").body]
    nothing = curl.get("/nowhere")
    assert (404, "There is nothing here.\n") == (nothing.status, nothing.body)


def test_what_never_changes_is_fetched_once(curl: Curl) -> None:
    page = curl.get("/")
    script = page.body.partition('src="')[2].partition('"')[0]
    assert script.startswith("/assets/")
    assert "immutable" in curl.get(script).headers["Cache-Control"]
    assert "no-cache" == page.headers["Cache-Control"]
    again = curl.get("/", "--header", f"If-None-Match: {page.headers['ETag']}")
    assert (304, "") == (again.status, again.body)


def test_no_file_beside_the_page_can_be_had(curl: Curl) -> None:
    for path in (
        "/../chatd.db",
        "/assets/../../service.py",
        "/%2e%2e/service.py",
        "/assets/%2e%2e/%2e%2e/auth.py",
    ):
        assert (path, 404) == (path, curl.get(path, "--path-as-is").status)


# Logging in.


def test_a_guest_of_the_page_is_known_to_the_websocket(curl: Curl) -> None:
    response = curl.post("guest", {"name": "gina"})
    assert (200, "gina") == (response.status, response.json["user"]["name"])
    cookie, attributes = cookie_of(response)
    curl.daemon.secrets.append(cookie.partition("=")[2])
    assert f"chatd_{curl.port}" == cookie.partition("=")[0]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= attributes
    assert "token" not in response.json
    with Script(curl.daemon, origin=curl.origin, headers={"Cookie": cookie}) as page:
        assert "gina" == page.welcome["user"]["name"]
        assert ["lobby"] == [room["name"] for room in page.receive()["rooms"]]
        assert "ok" == page.ask(type="say", room="lobby", text=f"{SECRET} cake")["type"]


def test_a_cookie_counts_for_pages_of_this_server_only(curl: Curl) -> None:
    """Another site's page cannot open a WebSocket, and what has no page is nobody by a cookie."""
    cookie, _ = cookie_of(curl.post("guest", {"name": "gwen"}))
    with Script(curl.daemon, headers={"Cookie": cookie}) as script:
        assert "user" not in script.welcome
    with pytest.raises(InvalidStatus) as refused:
        Script(curl.daemon, origin="https://evil.example", headers={"Cookie": cookie})
    assert 403 == refused.value.response.status_code


def test_an_account_is_made_and_entered_over_http(curl: Curl) -> None:
    assert 200 == curl.post("register", {"name": "hugo", "password": PASSWORD}).status
    response = curl.post("login", {"name": "hugo", "password": PASSWORD})
    cookie, _ = cookie_of(response)
    assert {"id": response.json["user"]["id"], "name": "hugo", "kind": "user"} == response.json["user"]
    with Script(curl.daemon, origin=curl.origin, headers={"Cookie": cookie}) as page:
        assert "hugo" == page.welcome["user"]["name"]
        gone = curl.post("logout", {}, "--header", f"Cookie: {cookie}")
        assert (200, {"type": "ok"}) == (gone.status, gone.json)
        assert "Max-Age=0" in cookie_of(gone)[1]
        assert 4001 == page.await_close()
    with Script(curl.daemon, origin=curl.origin, headers={"Cookie": cookie}) as page:
        assert "user" not in page.welcome


def test_the_cookie_over_tls_is_bound_to_this_host(curl: Curl) -> None:
    port = curl.daemon.ports["web over tls"]
    origin = f"https://localhost:{port}"
    response = curl.get_tls("/api/guest", *curl.posting({"name": "greta"}, origin))
    cookie, attributes = cookie_of(response)
    assert "__Host-chatd" == cookie.partition("=")[0]
    assert "Secure" in attributes
    with Script(curl.daemon, tls=True, origin=origin, headers={"Cookie": cookie}) as page:
        assert "greta" == page.welcome["user"]["name"]


def test_a_bearer_token_opens_a_websocket(curl: Curl) -> None:
    with Script(curl.daemon) as script:
        token = script.ask(type="login", name="bert")["token"]
    curl.daemon.secrets.append(token)
    with Script(curl.daemon, headers={"Authorization": f"Bearer {token}"}) as script:
        assert "bert" == script.welcome["user"]["name"]


# Refusals.


def test_no_login_without_an_origin_of_ours(curl: Curl) -> None:
    for origin in (None, "https://evil.example", "null", f"http://127.0.0.1:{curl.port + 1}"):
        response = curl.post("guest", {"name": "eve"}, origin=origin)
        assert (403, "bad_origin") == (response.status, response.json["code"])
        assert response.headers["Set-Cookie"] is None


def test_a_foreign_name_for_this_machine_is_refused(curl: Curl) -> None:
    """DNS rebinding: a page of evil.example:PORT has had its name made to point here."""
    foreign = f"evil.example:{curl.port}"
    for origin in (f"http://{foreign}", curl.origin):
        response = curl.post("guest", {"name": "eve"}, "--header", f"Host: {foreign}", origin=origin)
        assert (403, "bad_origin") == (response.status, response.json["code"])


def test_each_refusal_has_its_status(curl: Curl) -> None:
    curl.post("register", {"name": "ines", "password": PASSWORD})
    for call, body, status, code in (
        ("guest", {"name": "ines"}, 409, "name_taken"),
        ("guest", {"name": "9lives"}, 400, "bad_name"),
        ("register", {"name": "jack", "password": "short"}, 400, "bad_request"),
        ("login", {"name": "ines", "password": "wrong"}, 401, "wrong_password"),
    ):
        response = curl.post(call, body)
        assert (call, status, code) == (call, response.status, response.json["code"])
        assert response.json["text"].endswith(".")


def test_a_body_that_makes_no_sense_is_refused(curl: Curl) -> None:
    origin = ("--header", f"Origin: {curl.origin}")
    broken = curl.get("/api/guest", *origin, "--json", "{")
    assert (400, "bad_request") == (broken.status, broken.json["code"])
    form = curl.get("/api/guest", *origin, "--data", "name=eve")
    assert (415, "bad_request") == (form.status, form.json["code"])
    long = curl.get("/api/guest", *origin, "--json", json.dumps({"name": "x" * 70_000}))
    assert (413, "too_long") == (long.status, long.json["code"])
    assert 405 == curl.get("/api/guest").status
    plain = curl.get("/ws")
    assert (400, "bad_request") == (plain.status, plain.json["code"])


def test_too_many_tries_are_told_when_to_come_again(programs: Programs, start_daemon: StartDaemon) -> None:
    curl = Curl(programs, start_daemon(limits={"login_tries_per_minute": 1}))
    curl.post("login", {"name": "kate", "password": "guess"})
    response = curl.post("login", {"name": "kate", "password": "guess"})
    assert (429, "too_fast") == (response.status, response.json["code"])
    assert 0 < int(response.headers["Retry-After"]) <= 61


def test_pages_of_a_chosen_origin_may_speak_here(programs: Programs, start_daemon: StartDaemon) -> None:
    """Behind a proxy: the origin is what the operator says, and loopback's own is not allowed any more."""
    curl = Curl(programs, start_daemon("--origin", "https://chat.example"))
    assert 200 == curl.post("guest", {"name": "lena"}, origin="https://chat.example").status
    assert 403 == curl.post("guest", {"name": "lena"}).status
