"""The whole server in the test's own process: real ports, a real database, nothing in between."""

from pathlib import Path
from typing import Any, Literal

from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.ssl import Certificate, optionsForClientTLS
from twisted.logger import ILogObserver, LogEvent, LogLevel, globalLogPublisher
from zope.interface import implementer

from chatd.config import Address, Config
from chatd.frontends.proxy import Network
from chatd.model import Limits
from chatd.service import ChatService
from tests.peers import reactor

ANY_PORT = ("tcp:0:interface=127.0.0.1",)


@implementer(ILogObserver)
class Faults:
    """What the server logged as an error of its own."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        if event["log_level"] in (LogLevel.error, LogLevel.critical):
            self.events.append(event)


class House:
    """A running chatd, which the account `root` owns. It may stop and start again, with the same data."""

    def __init__(
        self,
        data: Path,
        *,
        tls: bool,
        limits: Limits,
        guests: bool = True,
        registration: Literal["open", "invitation", "closed"] = "open",
        trusted_proxies: tuple[Network, ...] = (),
        preview_addresses: tuple[tuple[Address, int], ...] = (),
    ) -> None:
        """Links are looked at only where an address is given that they may lead to."""
        self.tls = tls
        self.faults = Faults()
        self._config = Config(
            data=data,
            web=() if tls else ANY_PORT,
            line=() if tls else ANY_PORT,
            web_tls=ANY_PORT if tls else (),
            line_tls=ANY_PORT if tls else (),
            self_signed=tls,
            guests=guests,
            registration=registration,
            owner="root",
            limits=limits,
            trusted_proxies=trusted_proxies,
            previews=bool(preview_addresses),
            preview_addresses=preview_addresses,
        )
        self._service: ChatService | None = None

    def start(self) -> None:
        globalLogPublisher.addObserver(self.faults)
        self._service = ChatService(self._config, reactor)
        self._service.privilegedStartService()
        self._service.startService()

    async def stop(self) -> None:
        """As SIGTERM does it."""
        if self._service is not None:
            service, self._service = self._service, None
            await service.stopService()
            globalLogPublisher.removeObserver(self.faults)

    async def restart(self) -> None:
        await self.stop()
        self.start()

    def port(self, frontend: str) -> int:
        """Where `web` or `line` is served."""
        assert self._service is not None
        listening: Any = self._service.ports[f"{frontend}_tls" if self.tls else frontend][0]
        return int(listening.getHost().port)

    def endpoint(self, frontend: str) -> IStreamClientEndpoint:
        """How a client gets there."""
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", self.port(frontend))
        if not self.tls:
            return endpoint
        pem = (self._config.data / "tls" / "self-signed.pem").read_bytes()
        return wrapClientTLS(optionsForClientTLS("localhost", trustRoot=Certificate.loadPEM(pem)), endpoint)
