"""The `Web` port: fetches a page or an image, by addresses that were checked, and bounded in everything."""

import zlib
from collections.abc import Sequence
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from treq.client import HTTPClient
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IHostResolution, IResolutionReceiver
from twisted.internet.protocol import Protocol, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.client import Agent, ResponseDone
from twisted.web.http import PotentialDataLoss
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from chatd import __version__
from chatd.fetching.visit import Allowed, Resolve, Unreachable, Visit
from chatd.model import Fetched

FETCH_SECONDS = 5.0
"""How long all of it may take, redirects and names included."""
BODY_BYTES = 1 << 20
"""How much of a page or an image is taken, after it was decompressed; of what is longer, the beginning."""
REDIRECTS_MOST = 3
LOCATION_BYTES = 2_048

PAGES = ("text/html", "application/xhtml+xml")
WANTED = ", ".join((*PAGES, "image/*;q=0.9"))

log = Logger()


class Fetcher:
    """Fetches, for whoever names an address, what anybody on the Internet could."""

    def __init__(
        self,
        reactor: Any,
        allowed: Allowed = frozenset(),
        *,
        resolve: Resolve | None = None,
        trust_root: Any = None,
        seconds: float = FETCH_SECONDS,
    ) -> None:
        """`allowed`: addresses with ports that may be asked although they are not public. The rest is for
        tests: how names are resolved, and whose certificates are believed."""
        self._reactor = reactor
        self._allowed = frozenset(allowed)
        self._resolve = resolve or self._resolved
        self._trust_root = trust_root
        self._seconds = seconds
        self._running: set[Deferred[Fetched]] = set()

    async def fetch(self, url: str) -> Fetched | None:
        """The page or image there; None for what cannot or may not be had."""
        try:
            return await self.need(url)
        except Unreachable as error:
            log.debug("nothing was fetched: {why}", why=str(error))
            return None

    async def need(self, url: str) -> Fetched:
        """The same, but raises Unreachable."""
        running = Deferred.fromCoroutine(self._follow(url))
        self._running.add(running)
        try:
            return await running.addTimeout(self._seconds, self._reactor, _too_long)
        except Unreachable:
            raise
        except Exception as error:
            # Names, connections, TLS, HTTP and addresses of strangers fail in every way that there is.
            raise Unreachable(type(error).__name__) from error
        finally:
            self._running.discard(running)

    def close(self) -> None:
        """Fetch nothing more."""
        for running in list(self._running):
            running.cancel()

    async def _follow(self, url: str) -> Fetched:
        for _ in range(REDIRECTS_MOST + 1):
            found = await self._visit(url)
            if isinstance(found, Fetched):
                return found
            url = urljoin(url, found)
        raise Unreachable("it leads on and on")

    async def _visit(self, url: str) -> Fetched | str:
        """What is there, or where it leads."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or "@" in parts.netloc:
            raise Unreachable("the address is none of the web's")
        visit = Visit(self._reactor, self._resolve, self._allowed, self._trust_root)
        try:
            return await self._request(visit, url)
        finally:
            visit.close()

    async def _request(self, visit: Visit, url: str) -> Fetched | str:
        agent = _Undecoded(Agent.usingEndpointFactory(self._reactor, visit))
        headers = Headers({"User-Agent": [f"chatd/{__version__} (link preview)"], "Accept": [WANTED]})
        response = await HTTPClient(agent).get(url, headers=headers, allow_redirects=False, unbuffered=True)
        if response.code in (301, 302, 303, 307, 308):
            location = response.headers.getRawHeaders(b"location", [b""])[0]
            if not location or len(location) > LOCATION_BYTES:
                raise Unreachable("it leads nowhere")
            return str(location.decode("utf-8", "replace"))
        if response.code != 200:
            raise Unreachable("there is no such page")
        kind, charset = _type(response.headers.getRawHeaders(b"content-type", [b""])[0])
        if kind not in PAGES and not kind.startswith("image/"):
            raise Unreachable("it is neither a page nor an image")
        body = _Body(agent.encodings)
        visit.allow(BODY_BYTES)
        response.deliverBody(body)
        content, whole = await body.over
        return Fetched(url, kind, charset, content, whole)

    async def _resolved(self, host: str) -> list[str]:
        """As the machine resolves names."""
        names = _Names()
        self._reactor.nameResolver.resolveHostName(names, host)
        return await names.over


@implementer(IAgent)
class _Undecoded:
    """An agent whose responses do not say how their bodies are compressed, so that treq leaves them as they
    are: it would decompress any amount at once (Twisted 26.10's GzipDecoder has no bound)."""

    def __init__(self, agent: Agent) -> None:
        self._agent = agent
        self.encodings: Sequence[bytes] = ()
        """As the last response had them."""

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: Headers | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """Called by treq."""
        return self._agent.request(method, uri, headers, bodyProducer).addCallback(self._noted)

    def _noted(self, response: IResponse) -> IResponse:
        self.encodings = response.headers.getRawHeaders(b"content-encoding", [])
        response.headers.removeHeader(b"content-encoding")
        return response


class _Body(Protocol):
    """Takes a body in, as far as it may come."""

    def __init__(self, encodings: Sequence[bytes]) -> None:
        self.over: Deferred[tuple[bytes, bool]] = Deferred()
        """The content, and whether that was all."""
        self._content = bytearray()
        self._inflate = None
        match [encoding.strip().lower() for encoding in encodings]:
            case [] | [b"identity"]:
                pass
            case [b"gzip"] | [b"x-gzip"]:
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            case _:
                raise Unreachable("it is compressed in a way that was not asked for")

    def dataReceived(self, data: bytes) -> None:
        """Called by the response."""
        if self.over.called:
            return
        left = BODY_BYTES - len(self._content)
        if self._inflate is not None:
            try:
                data = self._inflate.decompress(data, left + 1)
            except zlib.error as error:
                self.over.errback(error)
                return
        self._content += data[:left]
        if len(data) > left:
            self.over.callback((bytes(self._content), False))

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Called by the response."""
        if self.over.called:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self.over.callback((bytes(self._content), True))
        else:
            self.over.errback(reason)


@implementer(IResolutionReceiver)
class _Names:
    """Gathers the addresses of a name."""

    def __init__(self) -> None:
        self.over: Deferred[list[str]] = Deferred()
        self._found: list[str] = []

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """Called by the resolver."""

    def addressResolved(self, address: IAddress) -> None:
        """Called by the resolver."""
        self._found.append(address.host)  # type: ignore[attr-defined]  # IPv4Address and IPv6Address have it

    def resolutionComplete(self) -> None:
        """Called by the resolver."""
        if not self.over.called:  # it goes on in its thread when nobody waits any more
            self.over.callback(self._found)


def _too_long(result: object, seconds: float) -> NoReturn:
    raise Unreachable("it takes too long")


def _type(header: bytes) -> tuple[str, str]:
    """A media type without its parameters, and the charset among them."""
    kind, *parameters = header.decode("latin-1").lower().split(";")
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "charset":
            return kind.strip(), value.strip(' "')
    return kind.strip(), ""
