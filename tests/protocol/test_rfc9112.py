"""What RFC 9110 and 9112 ask of a server, as far as ours goes, as bytes; docs/conformance.md lists it."""

import json

import pytest
import pytest_twisted

from chatd.frontends.channel import HEADERS
from chatd.frontends.requests import BODY_BYTES_MOST
from tests.protocol.raw import Raw, Response, request, response
from tests.scenarios.house import House


async def ask(house: House, asked: bytes, *, head: bool = False) -> Response:
    """The only response to these bytes."""
    raw = await Raw.connect(house)
    raw.send(asked)
    answer = await response(raw, head=head)
    raw.abort()
    return answer


async def refused(house: House, asked: bytes) -> int:
    """The status of the only response to these bytes, after which the server closes."""
    raw = await Raw.connect(house)
    raw.send(asked)
    answer = await response(raw)
    assert "close" == answer.headers["connection"]
    assert b"" == await raw.rest()
    return answer.status


def call(*lines: str, body: bytes = b"{}", http: str = "1.1") -> bytes:
    """A call of the API that is refused when it is read, because no Origin comes with it."""
    return request("POST", "/api/guest", "Content-Type: application/json", *lines, http=http) + body


PAGE = request("GET", "/")


# RFC 9112, 2 and 3. The message and its request line


@pytest.mark.parametrize(
    "line",
    [
        b"GET /",
        b"GET  / HTTP/1.1",
        b"GET / HTTP/1.1 ",
        b"GET / HTTP/2.0",
        b"GET / http/1.1",
        b"GET /a b HTTP/1.1",
        b"GET /\xff HTTP/1.1",
        b"GET /\x00 HTTP/1.1",
        b"G(T / HTTP/1.1",
        b"\x16\x03\x01\x02\x00\x01",
        b"nonsense",
    ],
    ids=repr,
)
@pytest_twisted.ensureDeferred
async def test_a_request_line_that_is_none_is_a_bad_request(shared: House, line: bytes) -> None:
    assert 400 == await refused(shared, line + b"\r\nHost: localhost\r\n\r\n")


@pytest_twisted.ensureDeferred
async def test_an_empty_line_before_a_request_is_skipped(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(PAGE, b"\r\n", PAGE)
    assert [200, 200] == [(await response(raw)).status for _ in range(2)]
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_request_may_come_a_byte_at_a_time(shared: House) -> None:
    raw = await Raw.connect(shared)
    await raw.send_slowly(call("Content-Length: 2"))
    assert 403 == (await response(raw)).status
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_an_address_that_is_too_long_is_said_to_be(shared: House) -> None:
    assert 414 == await refused(shared, b"GET /" + b"x" * 20_000)


@pytest.mark.parametrize(
    "target", ["http://localhost/r/lobby", "http://localhost", "https://localhost:8080/?x", "/?x"]
)
@pytest_twisted.ensureDeferred
async def test_each_form_of_an_address_is_taken(shared: House, target: str) -> None:
    assert 200 == (await ask(shared, request("GET", target))).status


@pytest_twisted.ensureDeferred
async def test_an_absolute_address_says_which_host_is_meant(shared: House) -> None:
    """So that no page gets past the look at Host by saying two things."""
    port = shared.port("web")
    asked = request(
        "POST",
        "http://evil.example/api/guest",
        f"Origin: http://localhost:{port}",
        "Content-Type: application/json",
        "Content-Length: 2",
        host=f"localhost:{port}",
    )
    assert b'"code":"bad_origin"' in (await ask(shared, asked + b"{}")).body


@pytest.mark.parametrize(
    "head",
    [
        request("GET", "/", host=None),
        request("GET", "/", "Host: localhost"),
        request("GET", "/", "Host: other", host="localhost"),
        request("GET", "/", host="bob@localhost"),
        request("GET", "/", host="a b"),
        request("GET", "/", host="localhost/x"),
        request("GET", "/", host="[::1"),
        request("GET", "/", host="localhost:x"),
        request("GET", "http://localhost/", host=None),
    ],
    ids=["none", "twice", "two", "user", "blank", "path", "bracket", "port", "absolute, none"],
)
@pytest_twisted.ensureDeferred
async def test_a_request_names_one_host(shared: House, head: bytes) -> None:
    assert 400 == await refused(shared, head)


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "[::1]:80", "127.0.0.1", "chat.example:", ""]
)
@pytest_twisted.ensureDeferred
async def test_every_form_of_a_host_is_taken(shared: House, host: str) -> None:
    assert 200 == (await ask(shared, request("GET", "/", host=host))).status


@pytest_twisted.ensureDeferred
async def test_http_1_0_needs_no_host_and_is_closed_after_its_answer(shared: House) -> None:
    assert 200 == await refused(shared, request("GET", "/", host=None, http="1.0"))


# RFC 9112, 5. Header fields


@pytest.mark.parametrize(
    "line",
    ["Name : value", "no colon", ": value", "Na me: value", "Name: a\0b", "Name: a\nb", "Name: a\rb"],
    ids=repr,
)
@pytest_twisted.ensureDeferred
async def test_a_header_that_is_none_is_a_bad_request_and_only_that(shared: House, line: str) -> None:
    """Also where others follow it: nothing after it is taken for another request."""
    assert 400 == await refused(shared, request("GET", "/", line, "Other: value") + PAGE)


@pytest_twisted.ensureDeferred
async def test_blanks_around_a_value_are_no_part_of_it(shared: House) -> None:
    assert 200 == await refused(shared, request("GET", "/", "Connection: \t close \t"))


@pytest_twisted.ensureDeferred
async def test_a_folded_header_is_one_value_or_refused(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(request("GET", "/", "Accept: text/html,", " text/plain"), PAGE)
    assert [200, 200] == [(await response(raw)).status for _ in range(2)]
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_headers_that_are_too_many_or_too_long_are_refused(shared: House) -> None:
    assert 400 == await refused(shared, request("GET", "/", *(f"X-{number}: x" for number in range(501))))
    assert 400 == await refused(shared, request("GET", "/", *("X: " + "x" * 1_000 for _ in range(17))))
    assert 431 == await refused(shared, PAGE[:-2] + b"X: " + b"x" * 17_000)


# RFC 9112, 6 and 7. The body


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: x",),
        ("Content-Length: -1",),
        ("Content-Length: +2",),
        ("Content-Length: 2, 3",),
        ("Content-Length: 2", "Content-Length: 3"),
        ("Content-Length:",),
        ("Content-Length: 2", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 2"),
        ("Transfer-Encoding: gzip",),
        ("Transfer-Encoding: chunked, gzip",),
        ("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: \x0bchunked",),
    ],
    ids=repr,
)
@pytest_twisted.ensureDeferred
async def test_a_length_that_can_be_read_in_two_ways_is_refused(
    shared: House, lines: tuple[str, ...]
) -> None:
    assert 400 == await refused(shared, call(*lines, body=b"2\r\n{}\r\n0\r\n\r\n" + PAGE))


@pytest.mark.parametrize(
    "body",
    [
        b"2\r\n{}\r\n0\r\n\r\n",
        b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n",
        b'02;name=value;other="quoted"\r\n{}\r\n0;x\r\n\r\n',
        b"2\r\n{}\r\n0\r\nTrailer: value\r\n\r\n",
    ],
    ids=["one", "two", "extensions", "trailer"],
)
@pytest_twisted.ensureDeferred
async def test_a_body_may_come_in_chunks_and_the_next_request_after_it(shared: House, body: bytes) -> None:
    raw = await Raw.connect(shared)
    raw.send(call("Transfer-Encoding: chunked", body=body), PAGE)
    answer = await response(raw)
    assert (403, "bad_origin") == (answer.status, json.loads(answer.body)["code"])
    assert 200 == (await response(raw)).status
    raw.abort()


@pytest.mark.parametrize(
    "body",
    [
        b"x\r\n{}\r\n",
        b"-2\r\n{}\r\n",
        b"0x2\r\n{}\r\n",
        b" 2\r\n{}\r\n",
        b"2\r\n{}}\r\n",
        b"2\n{}\r\n0\r\n\r\n",
        b"f" * 5_000,
    ],
    ids=repr,
)
@pytest_twisted.ensureDeferred
async def test_chunks_that_are_none_are_a_bad_request(shared: House, body: bytes) -> None:
    assert 400 == await refused(shared, call("Transfer-Encoding: chunked", body=body))


@pytest_twisted.ensureDeferred
async def test_a_client_that_waits_for_it_is_told_to_go_on(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(call("Content-Length: 2", "Expect: 100-continue", body=b""))
    assert 100 == (await response(raw)).status
    raw.send(b"{}")
    assert 403 == (await response(raw)).status
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_http_1_0_is_never_told_to_go_on(shared: House) -> None:
    assert 403 == await refused(shared, call("Content-Length: 2", "Expect: 100-continue", http="1.0"))


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("POST", "/", 405), ("PUT", "/api/guest", 405), ("GET", "/nowhere", 404), ("POST", "/api/guest", 400)],
)
@pytest_twisted.ensureDeferred
async def test_the_body_of_what_is_refused_is_not_the_next_request(
    shared: House, method: str, target: str, status: int
) -> None:
    raw = await Raw.connect(shared)
    lines = ("Content-Type: application/json", f"Content-Length: {len(PAGE)}")
    raw.send(request(method, target, *lines), PAGE, request("GET", "/nowhere"))
    assert [status, 404] == [(await response(raw)).status for _ in range(2)]
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_body_that_is_too_long_is_refused_and_the_connection_goes_on(shared: House) -> None:
    raw = await Raw.connect(shared)
    size = BODY_BYTES_MOST + 1
    raw.send(call(f"Content-Length: {size}", body=b"x" * size), PAGE)
    assert [413, 200] == [(await response(raw)).status for _ in range(2)]
    raw.abort()


# RFC 9112, 9. The connection


@pytest_twisted.ensureDeferred
async def test_requests_that_come_together_are_answered_in_their_order(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(PAGE, call("Content-Length: 2"), request("GET", "/nowhere"), PAGE)
    assert [200, 403, 404, 200] == [(await response(raw)).status for _ in range(4)]
    raw.abort()


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close", "close,x"])
@pytest_twisted.ensureDeferred
async def test_who_asks_for_it_is_closed_after_the_answer(shared: House, value: str) -> None:
    assert 200 == await refused(shared, request("GET", "/", f"Connection: {value}") + PAGE)


# RFC 9110, 6 to 10. Fields and methods


@pytest_twisted.ensureDeferred
async def test_every_answer_says_when_it_was_made(shared: House) -> None:
    for asked in (PAGE, request("GET", "/nowhere"), call("Content-Length: 2")):
        assert (await ask(shared, asked)).headers["date"].endswith(" GMT")


@pytest_twisted.ensureDeferred
async def test_head_gives_the_headers_of_get_and_nothing_else(shared: House) -> None:
    for path in ("/", "/nowhere"):
        raw = await Raw.connect(shared)
        raw.send(request("GET", path), request("HEAD", path), request("GET", "/nowhere"))
        get, head = await response(raw), await response(raw, head=True)
        assert get.headers | {"date": ""} == head.headers | {"date": ""}
        assert 404 == (await response(raw)).status
        raw.abort()


@pytest.mark.parametrize(
    ("method", "target", "allowed"),
    [
        ("POST", "/", "GET, HEAD"),
        ("DELETE", "/assets/x", "GET, HEAD"),
        ("GET", "*", "OPTIONS"),
        ("BREW", "/r/lobby", "GET, HEAD"),
        ("GET", "/api/login", "POST"),
        ("POST", "/ws", "GET"),
        ("HEAD", "/ws", "GET"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_method_that_is_not_taken_is_told_which_are(
    shared: House, method: str, target: str, allowed: str
) -> None:
    answer = await ask(shared, request(method, target), head=method == "HEAD")
    assert (405, allowed) == (answer.status, answer.headers["allow"])


@pytest_twisted.ensureDeferred
async def test_the_server_as_a_whole_may_be_asked_for(shared: House) -> None:
    assert (200, b"") == (await ask(shared, request("OPTIONS", "*")))[::2]


# RFC 9110, 8 and 13. Tags and conditions


@pytest_twisted.ensureDeferred
async def test_each_encoding_has_a_tag_of_its_own(shared: House) -> None:
    plain = await ask(shared, PAGE)
    zipped = await ask(shared, request("GET", "/", "Accept-Encoding: gzip"))
    assert plain.headers["etag"] != zipped.headers["etag"]
    assert ("Accept-Encoding",) * 2 == (plain.headers["vary"], zipped.headers["vary"])


@pytest_twisted.ensureDeferred
async def test_what_the_client_has_is_not_sent_again(shared: House) -> None:
    page = await ask(shared, PAGE)
    tag = page.headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', f'"other",W/{tag}', "*"):
        for method in ("GET", "HEAD"):
            raw = await Raw.connect(shared)
            raw.send(request(method, "/", f"If-None-Match: {condition}"), request("GET", "/nowhere"))
            answer = await response(raw)
            assert 304 == answer.status
            for name in ("etag", "cache-control", "vary"):
                assert page.headers[name] == answer.headers[name]
            assert 404 == (await response(raw)).status
            raw.abort()
    assert 200 == (await ask(shared, request("GET", "/", 'If-None-Match: "other", W/"another"'))).status


@pytest_twisted.ensureDeferred
async def test_a_condition_that_does_not_hold_is_said(shared: House) -> None:
    tag = (await ask(shared, PAGE)).headers["etag"]
    for condition, status in ((tag, 200), ("*", 200), (f'"x", {tag}', 200), ('"x"', 412), (f"W/{tag}", 412)):
        assert status == (await ask(shared, request("GET", "/", f"If-Match: {condition}"))).status
    both = request("GET", "/", 'If-Match: "x"', f"If-None-Match: {tag}")
    assert 412 == (await ask(shared, both)).status


@pytest_twisted.ensureDeferred
async def test_a_condition_on_a_time_that_nobody_told_is_no_condition(shared: House) -> None:
    lines = ("If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", "If-Unmodified-Since: nonsense")
    answer = await ask(shared, request("GET", "/", *lines))
    assert (200, False) == (answer.status, "last-modified" in answer.headers)


@pytest.mark.parametrize("value", ["bytes=0-10", "bytes=-5", "lines=1-2", "nonsense"])
@pytest_twisted.ensureDeferred
async def test_a_range_is_answered_with_the_whole(shared: House, value: str) -> None:
    """A server may ignore it (section 14.2), and no page of ours is long enough to resume."""
    answer = await ask(shared, request("GET", "/", f"Range: {value}", 'If-Range: "x"'))
    assert 200 == answer.status
    assert "content-range" not in answer.headers


@pytest.mark.parametrize(
    ("value", "zipped"),
    [
        ("gzip", True),
        ("GZIP;q=0.5, br", True),
        ("*", True),
        ("br, x-gzip", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("identity", False),
        ("*;q=0", False),
        ("gzip;q=nonsense", False),
        ("", False),
    ],
)
@pytest_twisted.ensureDeferred
async def test_nobody_gets_an_encoding_that_was_not_asked_for(
    shared: House, value: str, zipped: bool
) -> None:
    answer = await ask(shared, request("GET", "/", f"Accept-Encoding: {value}"))
    assert zipped is ("content-encoding" in answer.headers)


# Our headers


@pytest.mark.parametrize(
    "asked",
    [
        b"nonsense\r\n\r\n",
        request("GET", "/", host=None),
        request("PUT", "/ws"),
        request("GET", "/ws"),
        request("GET", "/ws", "Upgrade: websocket"),
        call("Content-Length: 2"),
        call("Transfer-Encoding: chunked", body=b"x\r\n"),
        b"GET /" + b"x" * 20_000,
    ],
    ids=range(8),
)
@pytest_twisted.ensureDeferred
async def test_every_refusal_carries_the_headers_of_the_page(shared: House, asked: bytes) -> None:
    answer = await ask(shared, asked)
    assert answer.status >= 400
    assert HEADERS.items() <= {name: answer.headers.get(name.lower()) for name in HEADERS}.items()
    assert "chatd" == answer.headers["server"]
