"""Files as bytes of HTTP: in, and out again to whoever may have them."""

import io
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from PIL import Image
from twisted.internet.protocol import Factory

from chatd.frontends.downloads import Span, span_of
from chatd.frontends.signing import LIFE_SECONDS, Signer
from chatd.frontends.sockets import connection_of
from chatd.frontends.uploads import SLICE_BYTES
from chatd.model import Code, File, Limits
from tests.http_peer import Reader, Response, parse
from tests.peers import Inbox, LinePeer
from tests.protocol.test_api import Script, script
from tests.protocol.test_http import exchange, post
from tests.scenarios.house import House
from tests.unit.test_images import SECRET, written

CAT = b"\0cat\0" * 100_000
"""More than one slice."""


@pytest.fixture
def limits() -> Limits:
    return Limits(upload_bytes=2_000_000, quota_bytes=3_000_000, free_bytes=1)


def request(method: str, path: str, body: bytes = b"", /, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Transfer_Encoding" not in headers and "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close", *lines, "", ""])
    return head.encode() + body


async def put(
    house: House, who: Script, path: str, body: bytes = CAT, method: str = "PUT", **headers: str
) -> Response:
    answer = await exchange(
        house, request(method, path, body, Authorization=f"Bearer {who.token}", **headers)
    )
    return parse(answer)


async def get(house: House, who: Script | None, path: str, method: str = "GET", **headers: str) -> Response:
    if who is not None:
        headers["Authorization"] = f"Bearer {who.token}"
    return parse(await exchange(house, request(method, path, b"", **headers)))


def address(file: dict[str, Any]) -> str:
    return f"/f/{file['id']}/{file['name']}"


def incoming(tmp_path: Path) -> list[str]:
    """What is on its way in, or was left there."""
    return [path.name for path in (tmp_path / "data" / "files" / "incoming").iterdir()]


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "data" / "files").rglob("*") if path.is_file()]


# In


@pytest_twisted.ensureDeferred
async def test_what_is_put_into_a_room_is_a_message_there(house: House, tmp_path: Path) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    answer = await put(house, alice, "/api/files/lobby/my%20cat.bin")
    assert (201, 1) == (answer.status, answer.json["seq"])
    file = answer.json["file"]
    assert ("my cat.bin", "application/octet-stream", len(CAT)) == (file["name"], file["type"], file["bytes"])
    [said] = (await bob.ask("history", room="lobby"))["entries"]
    assert (file, "", "alice") == (said["file"], said["text"], said["from"]["name"])
    assert CAT == (await get(house, bob, f"/f/{file['id']}/x")).body
    assert [] == incoming(tmp_path)


@pytest_twisted.ensureDeferred
async def test_a_file_that_is_posted_waits_for_its_message(house: House) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    answer = await put(house, alice, "/api/files?room=1&name=%C3%BC.txt", b"hello", method="POST")
    file = answer.json["file"]
    assert ("ü.txt", "text/plain; charset=utf-8", False) == (file["name"], file["type"], "seq" in answer.json)
    assert (200, 404) == (
        (await get(house, alice, f"/f/{file['id']}")).status,
        (await get(house, bob, f"/f/{file['id']}")).status,
    )
    assert Code.NO_SUCH_FILE == (await bob.ask("say", room="lobby", text="", file=file["id"]))["code"]
    said = await alice.ask("say", room="lobby", text="", file=file["id"], key="k")
    assert said == await alice.ask("say", room="lobby", text="", file=file["id"], key="k")
    assert b"hello" == (await get(house, bob, f"/f/{file['id']}")).body
    again = await alice.ask("say", room="lobby", text="", file=file["id"])
    assert Code.NO_SUCH_FILE == again["code"]


@pytest_twisted.ensureDeferred
async def test_a_repeated_upload_is_one_message(house: House) -> None:
    alice = await script(house, "alice")
    first = await put(house, alice, "/api/files/lobby/cat?text=look", b"meow", Idempotency_Key='"k"')
    again = await put(house, alice, "/api/files/lobby/cat?text=look&key=k", b"meow")
    assert (first.json["seq"], first.json["at"]) == (again.json["seq"], again.json["at"])
    other = await put(house, alice, "/api/files/lobby/cat?text=look&key=k", b"woof")
    assert (400, Code.KEY_REUSED) == (other.status, other.json["code"])
    [said] = (await alice.ask("history", room="lobby"))["entries"]
    assert ("look", "k") == (said["text"], said["key"])


@pytest_twisted.ensureDeferred
async def test_an_address_that_was_asked_for_takes_one_body(house: House) -> None:
    alice, nobody = await script(house, "alice"), Script(house, "")
    place = await alice.ask("upload", room="lobby", name="../a/cat.txt", text="look")
    answer = parse(await exchange(house, request("PUT", place["put"], b"meow")))
    assert (201, "cat.txt") == (answer.status, answer.json["file"]["name"])
    again = parse(await exchange(house, request("PUT", place["put"], b"meow")))
    assert (401, Code.WRONG_CODE) == (again.status, again.json["code"])
    assert 401 == (await put(house, nobody, "/api/files/lobby/x")).status


@pytest_twisted.ensureDeferred
async def test_a_terminal_is_given_a_line_for_its_shell_and_a_link(house: House) -> None:
    peer = await LinePeer.connect(house.endpoint("line"))
    peer.send("/nick alice")
    peer.send("/put it's.txt")
    await peer.inbox.next()
    await peer.inbox.next()
    line = await peer.inbox.next()
    base = f"http://localhost:{house.port('web')}"
    assert line.startswith(f"* For your shell, within 10 minutes: curl -T 'it'\\''s.txt' {base}/api/put/")
    place = line.rpartition(base)[2]
    answer = parse(await exchange(house, request("PUT", place, b"meow")))
    assert 201 == answer.status
    shown = await peer.inbox.next()
    assert f"<alice> [file it's.txt 4 bytes] {base}/f/" in shown
    link = shown.rpartition(base)[2]
    assert b"meow" == (await get(house, None, link)).body
    assert 404 == (await get(house, None, link[:-1] + "x")).status
    peer.close()
    await peer.closed


@pytest.mark.parametrize(
    ("path", "method", "status", "code"),
    [
        ("/api/files/nowhere/x", "PUT", 404, Code.NO_SUCH_ROOM),
        ("/api/files/lobby", "PUT", 400, Code.BAD_REQUEST),
        ("/api/files//x", "PUT", 400, Code.BAD_REQUEST),
        ("/api/files?room=lobby", "POST", 400, Code.BAD_REQUEST),
        ("/api/files/lobby/x?key=" + "k" * 65, "PUT", 400, Code.BAD_REQUEST),
        ("/api/files/lobby/x?text=" + "t" * 4_001, "PUT", 413, Code.TOO_LONG),
        ("/api/put/nonsense", "PUT", 401, Code.WRONG_CODE),
        ("/api/put/%FF%00", "PUT", 401, Code.WRONG_CODE),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_taken_is_refused(
    house: House, tmp_path: Path, path: str, method: str, status: int, code: Code
) -> None:
    alice = await script(house, "alice")
    answer = await put(house, alice, path, method=method)
    assert (status, code, "close") == (answer.status, answer.json["code"], answer.headers["connection"])
    assert [] == kept(tmp_path)


@pytest_twisted.ensureDeferred
async def test_a_hidden_room_takes_files_as_one_that_is_not_there(house: House) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    await alice.ask("create", name="den", kind="private")
    hidden, nowhere = [await put(house, bob, f"/api/files/{room}/x") for room in ("den", "bed")]
    assert (hidden.status, hidden.body) == (nowhere.status, nowhere.body.replace(b"bed", b"den"))


@pytest_twisted.ensureDeferred
async def test_an_empty_file_is_none(house: House, tmp_path: Path) -> None:
    answer = await put(house, await script(house, "alice"), "/api/files/lobby/x", b"")
    assert (400, Code.BAD_REQUEST) == (answer.status, answer.json["code"])
    assert [] == kept(tmp_path)


class Slow(Reader):
    """A client that sends its body bit by bit, and shows what comes meanwhile."""

    def __init__(self, head: bytes) -> None:
        super().__init__(head)
        self.inbox: Inbox[bytes] = Inbox()

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.inbox.put(data)

    def send(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)


async def slow(house: House, who: Script, path: str, **headers: str) -> Slow:
    client = Slow(request("PUT", path, b"", Authorization=f"Bearer {who.token}", **headers))
    factory = Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: client  # type: ignore[method-assign]  # one connection
    await house.endpoint("web").connect(factory)
    return client


@pytest_twisted.ensureDeferred
async def test_what_is_too_long_is_refused_before_it_comes(house: House) -> None:
    client = await slow(house, await script(house, "alice"), "/api/files/lobby/x", Content_Length="2000001")
    answer = parse(await client.inbox.next())
    assert (413, Code.TOO_LONG) == (answer.status, answer.json["code"])
    client.send(b"x" * 2_000_001)  # it is read to its end, and then the connection is closed
    await client.done


@pytest_twisted.ensureDeferred
async def test_who_waits_to_be_asked_for_the_body_is_asked_or_refused(house: House) -> None:
    alice = await script(house, "alice")
    client = await slow(
        house, alice, "/api/files/lobby/x", Content_Length=str(len(CAT)), Expect="100-continue"
    )
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == await client.inbox.next()
    client.send(CAT)
    assert b"HTTP/1.1 201" in await client.done
    for path, length in (("/api/files/lobby/x", "2000001"), ("/api/files/nowhere/x", "9")):
        client = await slow(house, alice, path, Content_Length=length, Expect="100-continue")
        answer = await client.done
        assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 404"))


@pytest_twisted.ensureDeferred
async def test_what_does_not_say_how_long_it_is_is_cut(house: House, tmp_path: Path) -> None:
    alice = await script(house, "alice")
    client = await slow(house, alice, "/api/files/lobby/x", Transfer_Encoding="chunked")
    chunk = b"%x\r\n%s\r\n" % (SLICE_BYTES, b"x" * SLICE_BYTES)
    client.send(chunk)
    for _ in range(2 + 2_000_000 // SLICE_BYTES):
        client.send(chunk)
    answer = parse(await client.inbox.next())
    assert (413, Code.TOO_LONG) == (answer.status, answer.json["code"])
    client.send(b"0\r\n\r\n")
    await client.done
    assert [] == kept(tmp_path)
    small = await slow(house, alice, "/api/files/lobby/x", Transfer_Encoding="chunked")
    small.send(b"4\r\nmeow\r\n0\r\n\r\n")
    assert 4 == parse(await small.done).json["file"]["bytes"]


@pytest_twisted.ensureDeferred
async def test_a_lost_connection_leaves_nothing(house: House, tmp_path: Path) -> None:
    alice = await script(house, "alice")
    client = await slow(house, alice, "/api/files/lobby/x", Content_Length="2000000", Expect="100-continue")
    await client.inbox.next()
    client.send(CAT)
    while not any(path.stat().st_size for path in kept(tmp_path)):
        await alice.ask("ping")
    connection_of(client).abortConnection()
    await client.done
    while incoming(tmp_path):
        await alice.ask("ping")
    assert [] == kept(tmp_path)
    for _ in range(1):  # what was announced does not count any more
        assert 201 == (await put(house, alice, "/api/files/lobby/x", b"x" * 2_000_000)).status


@pytest_twisted.ensureDeferred
async def test_one_user_has_so_much_and_no_more(house: House, tmp_path: Path) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    big = b"x" * 1_800_000
    first = await put(house, alice, "/api/files/lobby/x", big)
    assert 201 == first.status
    second = await put(house, alice, "/api/files/lobby/x", big)
    assert (507, Code.NO_SPACE) == (second.status, second.json["code"])
    client = await slow(house, alice, "/api/files/lobby/x", Transfer_Encoding="chunked")
    client.send(b"%x\r\n%s\r\n0\r\n\r\n" % (len(big), big))
    assert Code.NO_SPACE == parse(await client.done).json["code"]
    assert 201 == (await put(house, bob, "/api/files/lobby/x", big)).status
    await alice.ask("delete", room="lobby", target=first.json["seq"])
    assert 201 == (await put(house, alice, "/api/files/lobby/x", big)).status


@pytest_twisted.ensureDeferred
async def test_an_image_is_served_without_where_it_was_taken_and_in_several_sizes(house: House) -> None:
    alice = await script(house, "alice")
    answer = await put(house, alice, "/api/files/lobby/cat.txt", written("JPEG", (1600, 900), orientation=6))
    file = answer.json["file"]
    assert ("image/jpeg", 900, 1600) == (file["type"], file["width"], file["height"])
    assert file["placeholder"]
    whole = await get(house, alice, address(file))
    assert ("image/jpeg", file["bytes"]) == (whole.headers["content-type"], len(whole.body))
    assert whole.headers["content-disposition"].startswith("inline")
    assert SECRET.encode() not in whole.body
    sizes = {}
    for size in ("small", "large", "huge"):
        served = await get(house, alice, f"{address(file)}?size={size}")
        with Image.open(io.BytesIO(served.body)) as image:
            sizes[size] = (served.headers["content-type"], max(image.size))
    assert {
        "small": ("image/webp", 320),
        "large": ("image/webp", 1280),
        "huge": ("image/jpeg", 1600),
    } == sizes


@pytest_twisted.ensureDeferred
async def test_a_broken_image_is_refused_and_leaves_nothing(house: House, tmp_path: Path) -> None:
    alice = await script(house, "alice")
    answer = await put(house, alice, "/api/files/lobby/cat.png", written("PNG", (600, 400))[:-200])
    assert (422, Code.BAD_FILE) == (answer.status, answer.json["code"])
    assert [] == kept(tmp_path)
    assert 201 == (await put(house, alice, "/api/files/lobby/cat.png", written("PNG"))).status


# Out


@pytest_twisted.ensureDeferred
async def test_a_file_is_served_so_that_nothing_in_it_is_carried_out(house: House) -> None:
    alice = await script(house, "alice")
    page = await put(house, alice, "/api/files/lobby/evil.svg", b"<svg onload='alert(1)'/>\0")
    served = await get(house, alice, address(page.json["file"]))
    assert (200, "application/octet-stream") == (served.status, served.headers["content-type"])
    assert "attachment; filename*=UTF-8''evil.svg" == served.headers["content-disposition"]
    assert "nosniff" == served.headers["x-content-type-options"]
    assert "sandbox" in served.headers["content-security-policy"]
    assert "default-src 'none'" in served.headers["content-security-policy"]
    assert "private, max-age=31536000, immutable" == served.headers["cache-control"]
    sound = await put(house, alice, "/api/files/lobby/a.html", b"fLaC" + bytes(99))
    served = await get(house, alice, address(sound.json["file"]))
    assert "audio/flac" == served.headers["content-type"]
    assert served.headers["content-disposition"].startswith("inline")


@pytest_twisted.ensureDeferred
async def test_parts_and_repetitions_cost_no_more_than_they_must(house: House) -> None:
    alice = await script(house, "alice")
    path = address((await put(house, alice, "/api/files/lobby/cat")).json["file"])
    whole = await get(house, alice, path)
    tag = whole.headers["etag"]
    part = await get(house, alice, path, Range="bytes=5-9")
    assert (206, CAT[5:10]) == (part.status, part.body)
    assert ("bytes 5-9/500000", "5") == (part.headers["content-range"], part.headers["content-length"])
    beyond = await get(house, alice, path, Range="bytes=500000-")
    assert (416, "bytes */500000", b"") == (beyond.status, beyond.headers["content-range"], beyond.body)
    head = await get(house, alice, path, method="HEAD")
    assert (200, "500000", b"") == (head.status, head.headers["content-length"], head.body)
    same = await get(house, alice, path, If_None_Match=tag)
    assert (304, b"") == (same.status, same.body)
    assert (whole.status, whole.body) == (200, CAT)
    assert 405 == (await get(house, alice, path, method="POST")).status


@pytest.mark.parametrize(
    ("headers", "span"),
    [
        ({}, Span(0, 10)),
        ({"range": "bytes=0-0"}, Span(0, 1)),
        ({"range": "bytes=2-"}, Span(2, 10)),
        ({"range": "bytes=2-99"}, Span(2, 10)),
        ({"range": "bytes=-3"}, Span(7, 10)),
        ({"range": "bytes=-99"}, Span(0, 10)),
        ({"range": "bytes=-0"}, None),
        ({"range": "bytes=10-"}, None),
        ({"range": "bytes=3-2"}, Span(0, 10)),
        ({"range": "bytes=-"}, Span(0, 10)),
        ({"range": "bytes=0-1,3-4"}, Span(0, 10)),
        ({"range": "lines=0-1"}, Span(0, 10)),
        ({"range": "bytes=" + "9" * 99 + "-"}, Span(0, 10)),
        ({"range": "bytes=0-0", "if-range": '"tag"'}, Span(0, 1)),
        ({"range": "bytes=0-0", "if-range": '"other"'}, Span(0, 10)),
    ],
)
def test_a_range_is_what_it_says_or_nothing(headers: dict[str, str], span: Span | None) -> None:
    assert span == span_of(headers.get, '"tag"', 10)


@pytest_twisted.ensureDeferred
async def test_only_who_may_read_the_room_has_its_files(house: House) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    await alice.ask("create", name="den", kind="private")
    path = address((await put(house, alice, "/api/files/den/cat")).json["file"])
    nowhere = await get(house, bob, "/f/nowhere/cat")
    hidden = await get(house, bob, path)
    assert (404, nowhere.body, nowhere.headers) == (
        hidden.status,
        hidden.body,
        hidden.headers | {"date": nowhere.headers["date"]},
    )
    await alice.ask("invite", room="den", user="bob")
    assert 404 == (await get(house, bob, path)).status
    await bob.ask("join", room="den")
    assert 200 == (await get(house, bob, path)).status
    await alice.ask("kick", room="den", user="bob")
    assert 404 == (await get(house, bob, path)).status
    assert (401, Code.NOT_LOGGED_IN) == (
        (await get(house, None, path)).status,
        (await get(house, None, path)).json["code"],
    )


@pytest_twisted.ensureDeferred
async def test_who_has_been_away_for_long_has_files_too(house: House) -> None:
    alice, bob = await script(house, "alice"), await script(house, "bob")
    path = address((await put(house, alice, "/api/files/lobby/cat", b"meow")).json["file"])
    await house.restart()
    assert b"meow" == (await get(house, bob, path)).body
    await bob.ask("leave", room="lobby")
    await house.restart()
    assert 404 == (await get(house, bob, path)).status


@pytest_twisted.ensureDeferred
async def test_a_pages_cookie_opens_its_images_and_nobody_elses(house: House) -> None:
    cookie = (await post(house, "/api/guest", {"name": "bob"})).cookie
    alice = await script(house, "alice")
    path = address((await put(house, alice, "/api/files/lobby/cat", b"meow")).json["file"])
    assert 200 == (await get(house, None, path, Cookie=cookie)).status
    assert 200 == (await get(house, None, path, Cookie=cookie, Sec_Fetch_Site="same-origin")).status
    assert 401 == (await get(house, None, path, Cookie=cookie, Sec_Fetch_Site="cross-site")).status
    assert 403 == (await get(house, None, path, Cookie=cookie, Origin="http://evil.example")).status


@pytest_twisted.ensureDeferred
async def test_a_deleted_file_is_gone(house: House) -> None:
    alice = await script(house, "alice")
    sent = (await put(house, alice, "/api/files/lobby/cat", b"meow")).json
    await alice.ask("delete", room="lobby", target=sent["seq"])
    assert 404 == (await get(house, alice, address(sent["file"]))).status


@pytest_twisted.ensureDeferred
async def test_a_content_that_is_missing_is_said_to_be(house: House, tmp_path: Path) -> None:
    alice = await script(house, "alice")
    path = address((await put(house, alice, "/api/files/lobby/cat", b"meow")).json["file"])
    for content in kept(tmp_path):
        content.unlink()
    assert (404, Code.NO_SUCH_FILE) == (
        (await get(house, alice, path)).status,
        (await get(house, alice, path)).json["code"],
    )


def test_a_link_works_for_a_day_and_for_one_file() -> None:
    now = 1_000_000_000_000
    signer = Signer(b"secret", lambda: now)
    path = signer.path(File(id="cat", name="my cat.png", type="image/png", bytes=1))
    place, _, query = path.partition("?")
    words = dict(word.split("=") for word in query.split("&"))
    assert "/f/cat/my%20cat.png" == place
    assert signer.opens("cat", words["until"], words["sign"])
    assert not signer.opens("dog", words["until"], words["sign"])
    assert not signer.opens("cat", words["until"] + "0", words["sign"])
    assert not Signer(b"other", lambda: now).opens("cat", words["until"], words["sign"])
    for nonsense in ("", "x", "²", "9" * 99):
        assert not signer.opens("cat", nonsense, words["sign"])
    now += (LIFE_SECONDS + 3600) * 1000
    assert not signer.opens("cat", words["until"], words["sign"])


@pytest_twisted.ensureDeferred
async def test_a_terminal_shows_an_image_in_half_blocks(house: House, tmp_path: Path) -> None:
    alice = await script(house, "alice")
    await put(house, alice, "/api/files/lobby/cat.png", written("PNG", (640, 320)))
    drawn = await alice.ask("draw", room="lobby", target=1, columns=10)
    assert (5, {60}) == (len(drawn["rows"]), {len(row) for row in drawn["rows"]})
    peer = await LinePeer.connect(house.endpoint("line"))
    for line in ("/nick bob", "/color on", "/img 1"):
        peer.send(line)
    while "image cat.png" not in await peer.inbox.next():
        pass
    lines = [await peer.inbox.next() for _ in range(15)]
    assert all(line.startswith("* \x1b[38;2;") and line.endswith("▀\x1b[0m") for line in lines)
    assert [] == incoming(tmp_path)
    peer.close()
    await peer.closed
