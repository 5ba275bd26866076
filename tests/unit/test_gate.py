"""Which pages may speak here, and what cookies say."""

from ipaddress import ip_network

import pytest

from chatd.frontends.gate import Gate, cookie, token_from
from chatd.model import ChatError, Code

OURS = Gate((), ())


def refused(gate: Gate, origin: str, host: str | None, port: int = 8080) -> bool:
    try:
        gate.check(origin, host, port)
    except ChatError as error:
        assert error.code is Code.BAD_ORIGIN
        return True
    return False


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]"])
def test_a_page_from_this_server_over_loopback_may_speak(name: str) -> None:
    assert not refused(OURS, f"http://{name}:8080", f"{name}:8080")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "localhost:8080"),
        ("http://evil.example:8080", "evil.example:8080"),
        ("http://localhost:3000", "localhost:8080"),
        ("http://localhost:8080", "evil.example:8080"),
        ("http://localhost:8080", "localhost:80"),
        ("http://localhost:8080", None),
        ("http://localhost.evil.example:8080", "localhost:8080"),
        ("http://localhost:8080@evil.example", "localhost:8080"),
        ("http://user@localhost:9", "localhost:8080"),
        ("http://localhost:99999", "localhost:8080"),
        ("file://localhost:8080", "localhost:8080"),
        ("null", "localhost:8080"),
        ("", "localhost:8080"),
    ],
)
def test_a_foreign_page_or_a_name_made_to_point_here_may_not(origin: str, host: str | None) -> None:
    assert refused(OURS, origin, host)


def test_a_given_origin_may_speak_under_any_host_and_no_other_may() -> None:
    gate = Gate(("https://chat.example",), ())
    assert not refused(gate, "https://chat.example", "backend:8080")
    assert refused(gate, "http://chat.example", "chat.example")
    assert refused(gate, "http://localhost:8080", "localhost:8080")


def test_a_port_left_out_is_the_schemes_own() -> None:
    assert not refused(OURS, "https://localhost", "localhost:443", port=443)
    assert not refused(OURS, "http://localhost", "localhost", port=80)


def test_a_cookie_made_here_is_read_here_and_by_no_neighbour() -> None:
    made = cookie("t0ken", secure=False, port=8080).partition(";")[0]
    assert token_from(made, None, secure=False, port=8080) == "t0ken"
    assert token_from(made, None, secure=False, port=8081) is None
    assert token_from(made, None, secure=True, port=8080) is None


def test_a_cookie_is_hidden_from_scripts_and_other_sites_and_bound_to_the_host_under_tls() -> None:
    plain, secure = cookie("t", secure=False, port=80), cookie("t", secure=True, port=443)
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    assert secure.startswith("__Host-chatd=t; Path=/;") and secure.endswith("; Secure")


def test_clearing_a_cookie_lets_it_expire_at_once() -> None:
    assert "Max-Age=0" in cookie("", secure=False, port=80)


def test_a_bearer_token_counts_before_a_cookie() -> None:
    assert token_from("chatd_80=a", "Bearer b", secure=False, port=80) == "b"
    assert token_from("chatd_80=a", "Basic b", secure=False, port=80) is None
    assert token_from(None, None, secure=False, port=80) is None
    assert token_from("other=a; broken", None, secure=False, port=80) is None


def test_on_our_machine_is_who_comes_from_loopback_and_through_no_proxy() -> None:
    nothing: dict[str, str] = {}
    assert OURS.local("127.0.0.1") and OURS.local("::1")
    assert not OURS.local("192.0.2.1")
    assert not OURS.local("")  # a Unix socket: a proxy's, more often than not
    assert OURS.local_request("127.0.0.1", nothing.get)
    assert not OURS.local_request("192.0.2.1", nothing.get)
    assert not OURS.local_request("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}.get)
    proxied = Gate((), (ip_network("127.0.0.0/8"),))
    assert not proxied.local("127.0.0.1") and not proxied.local("::ffff:127.0.0.1")
    assert proxied.local("::1")
    public = Gate(("https://chat.example",), ())
    assert public.local("127.0.0.1")
    assert not public.local_request("127.0.0.1", nothing.get)


def test_encryption_by_a_proxy_is_believed_from_trusted_ones_only() -> None:
    gate = Gate((), (ip_network("10.0.0.0/8"),))
    assert gate.secure("10.1.2.3", False, "https")
    assert not gate.secure("192.0.2.1", False, "https")
    assert not gate.secure("10.1.2.3", False, "http")
    assert gate.secure("192.0.2.1", True, None)
