"""Whom a browser's request comes from, and whether its page may speak here: origins, cookies, addresses."""

from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from chatd.frontends.proxy import Network, client_address, trusts
from chatd.frontends.sockets import is_loopback
from chatd.model import ChatError, Code

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
COOKIE_SECONDS = 30 * 24 * 3600
FORWARDING = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
"""Headers that only a proxy adds."""
TOKEN_MOST = 256
"""Characters of a cookie or bearer token that are worth a look."""


class Gate:
    """The rules of DNS rebinding and cross-site requests, for every request that can act for somebody."""

    def __init__(self, origins: tuple[str, ...], trusted: tuple[Network, ...]) -> None:
        """`origins`: pages of these may speak here (`https://chat.example`). `trusted`: proxies."""
        self._origins = frozenset(origins)
        self._trusted = trusted

    def address(self, peer: str, forwarded_for: str | None) -> str:
        """Where a request comes from, behind trusted proxies too."""
        return client_address(peer, forwarded_for, self._trusted)

    def is_proxy(self, peer: str) -> bool:
        """Whether connections from there are those of others."""
        return trusts(self._trusted, peer)

    def local(self, peer_ip: str) -> bool:
        """Whether this is certainly somebody on our own machine, and no proxy on it that hides somebody."""
        return is_loopback(peer_ip) and not trusts(self._trusted, peer_ip)

    def local_request(self, peer_ip: str, header: Callable[[str], str | None]) -> bool:
        """The same for a request, whose headers `header` gives.

        With `--origin` there are pages of other names, and so perhaps a proxy here that nobody declared.
        """
        return self.local(peer_ip) and not self._origins and not any(map(header, FORWARDING))

    def secure(self, peer: str, tls: bool, forwarded_proto: str | None) -> bool:
        """Whether the client's own connection is encrypted, by us or by a trusted proxy."""
        return tls or (forwarded_proto == "https" and trusts(self._trusted, peer))

    def check(self, origin: str, host: str | None, port: int) -> None:
        """Raise ChatError `bad_origin` unless a page of this origin may speak to us.

        `port` is ours. Without `--origin`, pages that came from this server over loopback may, and then
        `Host` names loopback too: a foreign name that was made to point here is refused.
        """
        if origin in self._origins:
            return
        if (
            not self._origins
            and _is_ours(origin, port)
            and host is not None
            and _is_ours(f"http://{host}", port)
        ):
            return
        raise ChatError(
            Code.BAD_ORIGIN,
            f"Pages of {origin[:100]} may not speak to this server. Its operator can do so: --origin URL.",
        )


def _is_ours(origin: str, port: int) -> bool:
    try:
        parts = urlsplit(origin)
        named = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname in LOOPBACK_NAMES and named == port


def cookie_name(*, secure: bool, port: int) -> str:
    """`__Host-` binds the cookie to this host; without TLS the port keeps two servers on one host apart."""
    return "__Host-chatd" if secure else f"chatd_{port}"


def cookie(token: str, *, secure: bool, port: int) -> str:
    """A Set-Cookie value; an empty token clears it."""
    name = cookie_name(secure=secure, port=port)
    age = COOKIE_SECONDS if token else 0
    return f"{name}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Lax" + ("; Secure" if secure else "")


def token_from(
    cookie_header: str | None, authorization: str | None, *, secure: bool, port: int
) -> str | None:
    """The token that a request carries; a bearer token counts before a cookie.

    Pass no `cookie_header` for a request without an Origin: then no cookie counts.
    """
    if authorization is not None:
        scheme, _, token = authorization.partition(" ")
        return token.strip()[:TOKEN_MOST] or None if scheme.lower() == "bearer" else None
    if cookie_header is None:
        return None
    try:
        morsel = SimpleCookie(cookie_header).get(cookie_name(secure=secure, port=port))
    except CookieError:
        return None
    return None if morsel is None else morsel.value[:TOKEN_MOST] or None
