"""Every trick that a server may play on whoever fetches from it, each played by a real one on loopback."""

import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from cryptography.hazmat.primitives.asymmetric import ec
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate as Trusted
from twisted.internet.ssl import trustRootFromCertificates
from twisted.logger import capturedLogs

from chatd.fetching.fetcher import BODY_BYTES, REDIRECTS_MOST, Fetcher
from chatd.fetching.visit import HEAD_BYTES, Unreachable
from chatd.model import Fetched
from chatd.tls import Certificate
from tests.peers import PATIENCE_SECONDS, reactor
from tests.protocol.test_tls import certificate_for, pem
from tests.tricks import LOCAL, PAGE, Tricks, Trickster, listen, redirect, response


@pytest_twisted.async_yield_fixture
async def tricks() -> AsyncIterator[Tricks]:
    tricks = Tricks()
    port = await listen(tricks)
    yield tricks
    await tricks.let_go()
    await port.stopListening()


async def refused(work: Awaitable[object]) -> str:
    with pytest.raises(Unreachable) as caught:
        await work
    return str(caught.value)


def answering(*answers: list[str]) -> Callable[[str], Awaitable[list[str]]]:
    """Names that have other addresses each time."""
    left = list(answers)

    async def resolve(host: str) -> list[str]:
        return left.pop(0)

    return resolve


# What is there to be had


@pytest_twisted.ensureDeferred
async def test_a_page_is_fetched(tricks: Tricks) -> None:
    tricks.answers["/a?b"] = response(PAGE, kind='Text/HTML; Charset="ISO-8859-1"; x=y')
    expected = Fetched(tricks.url("/a?b"), "text/html", "iso-8859-1", PAGE, True)
    assert expected == await tricks.fetch("/a?b")
    [request] = tricks.requests
    assert b"\r\nUser-Agent: chatd/" in request
    assert b"Cookie" not in request
    assert b"Referer" not in request


@pytest_twisted.ensureDeferred
async def test_what_cannot_be_had_is_nothing(tricks: Tricks) -> None:
    assert await tricks.fetcher().fetch(tricks.url("/nowhere")) is None
    fetched = await tricks.fetcher().fetch(tricks.url())
    assert fetched is not None
    assert PAGE == fetched.body


@pytest_twisted.ensureDeferred
async def test_a_page_without_a_length_ends_with_its_connection() -> None:
    class Closing(Trickster):
        def dataReceived(self, data: bytes) -> None:
            assert self.transport is not None
            self.transport.write(b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE)
            self.transport.loseConnection()

    tricks = Tricks()
    factory = Factory.forProtocol(lambda: Closing(tricks))
    port: Any = await TCP4ServerEndpoint(reactor, 0, interface=LOCAL).listen(factory)
    tricks.port = port.getHost().port
    assert (PAGE, True) == ((found := await tricks.fetch()).body, found.whole)
    await tricks.let_go()
    await port.stopListening()


@pytest_twisted.ensureDeferred
async def test_a_compressed_page_is_decompressed(tricks: Tricks) -> None:
    tricks.answers["/z"] = response(gzip.compress(PAGE), "Content-Encoding: gzip")
    assert PAGE == (await tricks.fetch("/z")).body
    tricks.answers["/as-is"] = response(PAGE, "Content-Encoding: identity")
    assert PAGE == (await tricks.fetch("/as-is")).body


@pytest_twisted.ensureDeferred
async def test_nothing_that_was_fetched_or_refused_is_in_the_log(tricks: Tricks) -> None:
    """Neither its address, nor a line of Twisted's own for each connection."""
    with capturedLogs() as told:
        await tricks.fetch("/")
        await tricks.fetcher().fetch(tricks.url("/nowhere"))
        await tricks.let_go()
    assert [("debug", "there is no such page")] == [(one["log_level"].name, one.get("why")) for one in told]


# Where it leads


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
@pytest_twisted.ensureDeferred
async def test_a_redirect_is_followed(tricks: Tricks, status: str) -> None:
    tricks.answers["/a/b"] = redirect("../", status)
    assert tricks.url("/") == (await tricks.fetch("/a/b")).url


@pytest_twisted.ensureDeferred
async def test_three_redirects_are_followed_and_a_fourth_is_not(tricks: Tricks) -> None:
    for step in range(REDIRECTS_MOST + 1):
        tricks.answers[f"/{step}"] = redirect(f"/{step + 1}")
    tricks.answers[f"/{REDIRECTS_MOST + 1}"] = response()
    assert tricks.url(f"/{REDIRECTS_MOST + 1}") == (await tricks.fetch("/1")).url
    assert "it leads on and on" == await refused(tricks.fetch("/0"))
    tricks.answers["/round"] = redirect("/round")
    assert "it leads on and on" == await refused(tricks.fetch("/round"))


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("http://127.0.0.1/", "an address is not public"),
        ("http://127.0.0.2:{port}/", "the port is none of the web's"),
        ("http://127.0.0.1:22/", "the port is none of the web's"),
        ("http://169.254.169.254/latest/meta-data/", "an address is not public"),
        ("https://10.0.0.1/", "an address is not public"),
        ("http://2130706433/", "an address is not public"),
        ("http://0x7f000001/", "an address is not public"),
        ("http://0177.0.0.1/", "an address is not public"),
        ("http://127.1/", "an address is not public"),
        ("http://0/", "an address is not public"),
        ("http://localhost/", "an address is not public"),
        ("http://LOCALHOST/", "an address is not public"),
        ("//127.0.0.1/", "an address is not public"),
        ("http://user@127.0.0.1:{port}/", "the address is none of the web's"),
        ("http://example.org@127.0.0.1/", "the address is none of the web's"),
        ("file:///etc/passwd", "the address is none of the web's"),
        ("gopher://127.0.0.1:{port}/", "the address is none of the web's"),
        ("ftp://127.0.0.1/", "the address is none of the web's"),
        ("data:text/html,hello", "the address is none of the web's"),
        ("javascript:alert(1)", "the address is none of the web's"),
        ("x" * 3_000, "it leads nowhere"),
        ("", "it leads nowhere"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_redirect_leads_nowhere_else(tricks: Tricks, place: str, why: str) -> None:
    tricks.answers["/away"] = redirect(place.replace("{port}", str(tricks.port)))
    assert why == await refused(tricks.fetch("/away"))
    assert 1 == tricks.connections


@pytest.mark.parametrize("url", ["http://{local}/", "http://{local}:1/", "https://{local}/", "http:///", "x"])
@pytest_twisted.ensureDeferred
async def test_only_the_allowed_address_with_its_port_is_asked(tricks: Tricks, url: str) -> None:
    await refused(tricks.fetcher().need(url.replace("{local}", LOCAL)))
    await refused(Fetcher(reactor).need(tricks.url()))
    assert 0 == tricks.connections


@pytest.mark.parametrize(
    "url", ["http://[/", "http://a:b/", "http://xn--/", "http://" + "a" * 70 + "/", "http://\x00/"]
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_address_is_refused(url: str) -> None:
    await refused(Fetcher(reactor).need(url))


# Names


@pytest_twisted.ensureDeferred
async def test_a_name_that_changes_its_address_is_asked_for_once(tricks: Tricks) -> None:
    """Whoever would resolve it again to connect would reach the second address."""
    fetcher = tricks.fetcher(resolve=answering([LOCAL], ["127.0.0.2"]))
    assert PAGE == (await fetcher.need(tricks.url(host="rebind.example"))).body
    [request] = tricks.requests
    assert f"Host: rebind.example:{tricks.port}".encode() in request


@pytest_twisted.ensureDeferred
async def test_a_name_that_is_public_at_first_is_checked_again_for_each_request(tricks: Tricks) -> None:
    tricks.answers["/again"] = redirect("/")
    fetcher = tricks.fetcher(resolve=answering([LOCAL], ["10.0.0.1"]))
    why = await refused(fetcher.need(tricks.url("/again", host="rebind.example")))
    assert "the port is none of the web's" == why
    assert 1 == tricks.connections


@pytest.mark.parametrize(
    ("addresses", "why"),
    [
        ([LOCAL, "10.0.0.1"], "the port is none of the web's"),
        (["10.0.0.1", LOCAL], "the port is none of the web's"),
        (["::ffff:127.0.0.1"], "the port is none of the web's"),
        ([], "the name has no address"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_name_with_one_private_address_is_refused(
    tricks: Tricks, addresses: list[str], why: str
) -> None:
    fetcher = tricks.fetcher(resolve=answering(addresses))
    assert why == await refused(fetcher.need(tricks.url(host="mixed.example")))
    assert 0 == tricks.connections


@pytest.mark.parametrize(
    "address",
    ["::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fe80::1", "fd00::1", "ff02::1"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest_twisted.ensureDeferred
async def test_a_name_with_an_address_that_hides_a_private_one_is_refused(scheme: str, address: str) -> None:
    fetcher = Fetcher(reactor, resolve=answering([address]))
    assert "an address is not public" == await refused(fetcher.need(f"{scheme}://hidden.example/"))


@pytest.mark.parametrize("host", ["[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]"])
@pytest_twisted.ensureDeferred
async def test_an_ipv6_address_in_a_link_is_refused(tricks: Tricks, host: str) -> None:
    """treq 26.7 takes none; were it to, it would be checked like any other."""
    tricks.answers["/away"] = redirect(f"http://{host}/")
    await refused(tricks.fetch("/away"))
    assert 1 == tricks.connections


@pytest_twisted.ensureDeferred
async def test_a_name_that_nobody_knows_is_refused() -> None:
    await refused(Fetcher(reactor, seconds=PATIENCE_SECONDS).need("http://nowhere.invalid/"))


@pytest_twisted.ensureDeferred
async def test_an_address_that_does_not_answer_gives_way_to_the_next(tricks: Tricks) -> None:
    allowed = {(ip_address(LOCAL), tricks.port), (ip_address("127.0.0.9"), tricks.port)}
    fetcher = Fetcher(reactor, allowed, resolve=answering(["127.0.0.9", LOCAL]), seconds=PATIENCE_SECONDS)
    assert PAGE == (await fetcher.need(tricks.url(host="two.example"))).body


@pytest_twisted.ensureDeferred
async def test_a_port_where_nobody_listens_is_nothing(tricks: Tricks) -> None:
    with socket.socket() as closed:
        closed.bind((LOCAL, 0))
        port = closed.getsockname()[1]
        fetcher = Fetcher(reactor, {(ip_address(LOCAL), port)}, seconds=PATIENCE_SECONDS)
        assert "ConnectionRefusedError" == await refused(fetcher.need(f"http://{LOCAL}:{port}/"))


# Time


def dripping() -> Iterable[bytes]:
    """A body that never comes to its end, one byte at a time."""
    yield response(b"")[:-2].replace(b"Content-Length: 0", b"Content-Length: 9") + b"\r\n"
    yield b"x"


def silent() -> Iterable[bytes]:
    return iter(())


@pytest.mark.parametrize("answer", [dripping, silent])
@pytest_twisted.ensureDeferred
async def test_whoever_drips_or_says_nothing_is_left(
    tricks: Tricks, answer: Callable[[], Iterable[bytes]]
) -> None:
    """Nothing is waited for but the end of the time that all of it has; then the connection is gone too."""
    tricks.answers["/slow"] = answer()
    allowed = {(ip_address(LOCAL), tricks.port)}
    assert "it takes too long" == await refused(
        Fetcher(reactor, allowed, seconds=0.2).need(tricks.url("/slow"))
    )
    await tricks.let_go()


@pytest_twisted.ensureDeferred
async def test_a_name_server_that_says_nothing_is_left() -> None:
    async def resolve(host: str) -> list[str]:
        return await Deferred()

    fetcher = Fetcher(reactor, resolve=resolve, seconds=0.1)
    assert "it takes too long" == await refused(fetcher.need("http://slow.example/"))


@pytest_twisted.ensureDeferred
async def test_closing_ends_what_is_being_fetched(tricks: Tricks) -> None:
    tricks.answers["/slow"] = silent()
    fetcher = tricks.fetcher()
    running = Deferred.fromCoroutine(fetcher.fetch(tricks.url("/slow")))
    fetcher.close()
    assert await running is None


# Amounts


def forever(piece: bytes) -> Iterable[bytes]:
    while True:
        yield piece


def endless_fields() -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    yield from forever(b"X-More: " + b"x" * 4_000 + b"\r\n")


def endless_line() -> Iterable[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX: "
    yield from forever(b"x" * 4_000)


def endless_hints() -> Iterable[bytes]:
    yield from forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


@pytest.mark.parametrize("answer", [endless_fields, endless_line, endless_hints])
@pytest_twisted.ensureDeferred
async def test_header_fields_without_end_are_cut_off(
    tricks: Tricks, answer: Callable[[], Iterable[bytes]]
) -> None:
    sent = 0

    def counted() -> Iterable[bytes]:
        nonlocal sent
        for piece in answer():
            sent += len(piece)
            yield piece

    tricks.answers["/head"] = counted()
    await refused(tricks.fetch("/head"))
    await tricks.let_go()
    assert sent < HEAD_BYTES + 8 * 1024 * 1024, "what lies in the sockets' buffers, and no more"


@pytest_twisted.ensureDeferred
async def test_of_a_long_page_the_beginning_is_taken(tricks: Tricks) -> None:
    def endless() -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + PAGE
        yield from forever(b" " * 50_000)

    tricks.answers["/long"] = endless()
    found = await tricks.fetch("/long")
    assert (BODY_BYTES, False) == (len(found.body), found.whole)
    assert found.body.startswith(PAGE)
    await tricks.let_go()


@pytest_twisted.ensureDeferred
async def test_a_bomb_is_decompressed_to_a_megabyte_and_no_further(tricks: Tricks) -> None:
    bomb = gzip.compress(PAGE + bytes(200_000_000), 9)
    assert len(bomb) < BODY_BYTES
    tricks.answers["/bomb"] = response(bomb, "Content-Encoding: gzip")
    found = await tricks.fetch("/bomb")
    assert (BODY_BYTES, False) == (len(found.body), found.whole)
    assert found.body.startswith(PAGE)


@pytest.mark.parametrize(
    "fields",
    [
        ["Content-Encoding: br"],
        ["Content-Encoding: deflate"],
        ["Content-Encoding: gzip, gzip"],
        ["Content-Encoding: gzip", "Content-Encoding: gzip"],
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_compressed_otherwise_is_refused(tricks: Tricks, fields: list[str]) -> None:
    tricks.answers["/z"] = response(gzip.compress(gzip.compress(PAGE)), *fields)
    assert "it is compressed in a way that was not asked for" == await refused(tricks.fetch("/z"))


# Lies


@pytest.mark.parametrize(
    "answer",
    [
        response(kind="application/octet-stream"),
        response(kind="application/pdf"),
        response(kind="text/plain"),
        response(kind=""),
        response(kind="nonsense\xff"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_neither_a_page_nor_an_image_is_not_read(tricks: Tricks, answer: bytes) -> None:
    tricks.answers["/other"] = answer
    assert "it is neither a page nor an image" == await refused(tricks.fetch("/other"))


@pytest.mark.parametrize(
    "answer",
    [
        response(status="500 Internal Server Error"),
        response(status="204 No Content"),
        response(status="206 Partial Content"),
        response(status="304 Not Modified"),
        redirect("/", status="300 Choices"),
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/9 x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        response(b"no gzip", "Content-Encoding: gzip"),
        b"\0\xff" * 100 + b"\r\n",
    ],
    ids=lambda answer: repr(answer[:40]),
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_good_answer_is_none(tricks: Tricks, answer: bytes) -> None:
    tricks.answers["/bad"] = answer
    await refused(tricks.fetch("/bad"))
    await tricks.let_go()


@pytest_twisted.ensureDeferred
async def test_a_cookie_is_not_sent_back(tricks: Tricks) -> None:
    tricks.answers["/set"] = response(b"", "Location: /", "Set-Cookie: a=b", status="302 Found")
    await tricks.fetch("/set")
    assert all(b"cookie" not in request.lower() for request in tricks.requests)


# TLS


@pytest_twisted.ensureDeferred
async def test_a_certificate_is_verified(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    told = certificate_for(key, "localhost")
    (tmp_path / "cert.pem").write_bytes(told)
    (tmp_path / "key.pem").write_bytes(pem(key))
    tricks = Tricks()
    port = await listen(tricks, Certificate(tmp_path / "cert.pem", tmp_path / "key.pem"))
    trust = trustRootFromCertificates([Trusted.loadPEM(told)])
    secure = f"https://localhost:{tricks.port}/"
    good = tricks.fetcher(resolve=answering([LOCAL]), trust_root=trust)
    assert PAGE == (await good.need(secure)).body
    other = tricks.fetcher(resolve=answering([LOCAL]), trust_root=trust)
    assert "ResponseNeverReceived" == await refused(other.need(secure.replace("localhost", "other.example")))
    unknown = tricks.fetcher(resolve=answering([LOCAL]))
    assert "ResponseNeverReceived" == await refused(unknown.need(secure))
    assert 1 == len(tricks.requests)
    await tricks.let_go()
    await port.stopListening()
