"""Builds chatd out of its parts and runs it: the only place where things are constructed and joined."""

import os
import resource
import secrets
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from types import FrameType
from typing import Any, cast

from twisted.application.service import Service
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import (
    IAddress,
    IListeningPort,
    IProtocol,
    IProtocolFactory,
    IReactorCore,
    IReactorProcess,
    IReactorTime,
)
from twisted.internet.task import LoopingCall, deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from chatd import __version__
from chatd.auth import Argon2Auth
from chatd.bus import LocalBus
from chatd.config import BACKLOG, Config, Options
from chatd.core.accounts import Accounts
from chatd.core.drawing import Drawing
from chatd.core.files import Contents
from chatd.core.previewing import Previews, Sources
from chatd.core.registry import Registry
from chatd.core.uploads import Outside, Uploads
from chatd.fetching.fetcher import Fetcher
from chatd.frontends.downloads import Downloads, Files, Icons
from chatd.frontends.eager import make_eager
from chatd.frontends.gate import Gate
from chatd.frontends.http import make_site
from chatd.frontends.line import LineFrontend
from chatd.frontends.outbox import Flusher
from chatd.frontends.proxy import ProxyFactory
from chatd.frontends.signing import Signer
from chatd.frontends.sockets import Served
from chatd.frontends.texts import Texts
from chatd.frontends.turns import shorten_turns
from chatd.frontends.uploads import UploadSite
from chatd.frontends.websocket import WebSocketFrontend
from chatd.media.looking import GLIMPSE_SECONDS, Media
from chatd.memory import GIVE_BACK_SECONDS, collect_little, give_back
from chatd.model import ChatError
from chatd.storage.disk import DiskFiles
from chatd.storage.store import Store
from chatd.storage.threads import open_store
from chatd.storage.upgrade import StorageError, prepare_directory
from chatd.tls import Certificate, TLSError, over_tls
from chatd.wires.line import Web

__all__ = ["ChatService", "Options", "makeService"]

log = Logger()

SWITCH_SECONDS = 0.0005
"""How long the reactor may hold the interpreter while the writer waits for it. At 5 ms, Python's default, a
reactor that is busy in shorter slices starves the writer: 291 appends/s measured against 2,000 to 3,500."""
TICK_SECONDS = 0.2
PRUNE_SECONDS = 3_600
LEARN_SECONDS = 2
FORGET_SECONDS = 600
SWEEP_SECONDS = 5
"""How long the content of a deleted file may still lie on the disk."""
GOODBYE_SECONDS = 6.0
"""How long stopping waits for the connections to take what they are owed."""
TURN_SECONDS = 0.02
INVITATION = "Nobody owns this server yet. The page takes this code, and an account that types: /claim {code}"


def makeService(options: Options) -> "ChatService":
    """Called by twistd with the parsed options."""
    from twisted.internet import reactor

    cast(IReactorCore, reactor).callWhenRunning(collect_little)
    return ChatService(options.config, cast(Any, reactor))


def now_ms() -> int:
    """Milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000


def elapsed_ms() -> int:
    """Milliseconds by the clock that nobody sets: what rates, leases and news are measured with."""
    return time.monotonic_ns() // 1_000_000


def spawn(work: Coroutine[Any, Any, None]) -> None:
    """Start a coroutine whose failure is logged."""
    Deferred.fromCoroutine(work).addErrback(_log_failure)


def _log_failure(failure: Failure) -> None:
    if isinstance(failure.value, ChatError):
        log.warn("work in the background was refused: {code}", code=failure.value.code)
    else:
        log.failure("work in the background failed", failure)


def _report(fault: Exception) -> None:
    log.failure("a command could not be carried out", Failure(fault))


class Door:
    """Stands where a factory will be: ports are bound with root's rights, what they serve is made without."""

    def __init__(self) -> None:
        self.factory: IProtocolFactory | None = None

    def open(self, factory: IProtocolFactory) -> None:
        """From now on connections are for this factory."""
        self.factory = factory
        factory.doStart()

    def buildProtocol(self, addr: IAddress) -> IProtocol | None:
        """Called by Twisted for each connection; none comes before `open`: the reactor does not run yet."""
        return None if self.factory is None else self.factory.buildProtocol(addr)

    def doStart(self) -> None:
        """Called by Twisted when a port listens; the factory starts when it is there."""

    def doStop(self) -> None:
        """Called by Twisted when a port listens no longer."""
        if self.factory is not None:
            factory, self.factory = self.factory, None
            factory.doStop()


@dataclass(frozen=True)
class _Looking:
    """What looks at links, with a process of its own: whatever strangers serve holds up no upload."""

    previews: Previews
    web: Fetcher
    media: Media

    def close(self) -> None:
        """Look at nothing more."""
        self.web.close()
        self.media.close()


@dataclass(frozen=True)
class _Running:
    """What exists from start to stop."""

    store: Store
    disk: DiskFiles
    media: Media
    looking: "_Looking | None"
    auth: Argon2Auth
    registry: Registry
    websockets: WebSocketFrontend
    lines: LineFrontend
    loops: tuple[LoopingCall, ...]

    @property
    def connections(self) -> list[Served]:
        return [*self.websockets.connections, *self.lines.connections]


class ChatService(Service):
    """The whole daemon, as a Twisted service."""

    def __init__(self, config: Config, reactor: Any) -> None:
        """Nothing is opened before the start, which ends the process with a sentence when it cannot be."""
        self.setName("chatd")
        self.ports: dict[str, list[IListeningPort]] = {}
        """What listens, by the option that asked for it: `web`, `line`, `web_tls`, `line_tls`."""
        self._config = config
        self._reactor = reactor
        self._certificate: Certificate | None = None
        self._doors = {name: Door() for name in ("web", "line", "web_tls", "line_tls")}
        self._running: _Running | None = None

    # Starting.

    def privilegedStartService(self) -> None:
        """Read the certificate's key and bind the ports, which may need root."""
        super().privilegedStartService()
        config = self._config
        _raise_file_limit()
        try:
            if config.self_signed:
                prepare_directory(config.data)
                self._certificate = Certificate.self_signed(config.data / "tls" / "self-signed.pem")
            elif config.certificate is not None and config.private_key is not None:
                self._certificate = Certificate(config.certificate, config.private_key)
        except (TLSError, StorageError) as error:
            raise _cannot_start(str(error)) from None
        for name in self._doors:
            for description in getattr(config, name):
                self.ports.setdefault(name, []).append(self._listen(name, description))

    def _listen(self, name: str, description: str) -> IListeningPort:
        factory: Any = self._doors[name]
        if name.endswith("_tls"):
            assert self._certificate is not None
            factory = over_tls(self._certificate, factory, self._reactor)
        if self._config.trusted_proxies:
            factory = ProxyFactory(factory, self._config.trusted_proxies, self._reactor)
        outcome: list[IListeningPort | Failure] = []
        serverFromString(self._reactor, description).listen(factory).addBoth(outcome.append)
        assert outcome, "server endpoints bind at once"
        if isinstance(outcome[0], Failure):
            raise _cannot_start(f"--{name.replace('_', '-')} {_trouble(description, outcome[0])}")
        make_eager(outcome[0])
        return outcome[0]

    def startService(self) -> None:
        """Open the database, build the rest around it, and open the doors."""
        sys.setswitchinterval(SWITCH_SECONDS)
        shorten_turns(self._reactor)
        super().startService()
        if not self.ports:
            # twist starts a service without its privileged part.
            self.privilegedStartService()
        config, reactor = self._config, self._reactor
        limits = config.limits
        bus, gate = LocalBus(), Gate(config.origins, config.trusted_proxies)
        try:
            store = open_store(
                config.data,
                reactor=reactor,
                clock=now_ms,
                publish=bus.publish,
                new_epoch=config.new_epoch,
            )
        except StorageError as error:
            raise _cannot_start(str(error)) from None
        disk = _open_disk(config, reactor)
        contents = Contents(store, disk)
        auth = Argon2Auth(reactor)
        accounts = Accounts(
            store,
            auth,
            limits,
            guests=config.guests,
            registration=config.registration != "closed",
            invitation=config.registration == "invitation",
            owner=config.owner,
        )
        registry = Registry(store, accounts, limits, spawn=spawn, report=_report)
        bus.subscribe(registry.publish)
        try:
            registry.prepare(elapsed_ms())
            code = accounts.founding.begin()
        except StorageError as error:
            raise _cannot_start(str(error)) from None
        flusher = Flusher(cast(IReactorTime, reactor), stalled_seconds=limits.owed_seconds)
        plaintext = config.allow_plaintext_login
        websockets = WebSocketFrontend(registry, gate, flusher, allow_plaintext_login=plaintext)
        signer = Signer(os.urandom(32), now_ms)
        web = Web(_web_address(config, self.ports), signer.path)
        lines = LineFrontend(registry, gate, flusher, config.time_zone, web, allow_plaintext_login=plaintext)
        media = Media(cast(IReactorProcess, reactor), cast(IReactorTime, reactor))
        outside = Outside(store, disk, media, media, lambda: secrets.token_urlsafe(16), registry.appeared)
        registry.drawing = Drawing(disk, media)
        uploads = UploadSite(websockets, Uploads(outside, contents, limits), cast(IReactorTime, reactor))
        files = Downloads(websockets, disk, Files(registry, signer))
        icons = Downloads(websockets, disk, Icons(registry))
        texts = Texts(websockets, config.time_zone, web)
        looking = None
        if config.previews:
            looking = self._look_at_links(store, disk, contents)
            bus.subscribe(looking.previews.hear)
        loops = (
            self._every(TICK_SECONDS, lambda: _tick(registry, flusher, looking)),
            self._every(PRUNE_SECONDS, lambda: spawn(_prune(store))),
            self._every(LEARN_SECONDS, lambda: spawn(store.learn())),
            self._every(FORGET_SECONDS, registry.forget_old),
            self._every(SWEEP_SECONDS, lambda: spawn(contents.sweep())),
            self._every(GIVE_BACK_SECONDS, give_back),
        )
        self._running = _Running(store, disk, media, looking, auth, registry, websockets, lines, loops)
        reactor.callWhenRunning(lambda: spawn(_wake(registry)))
        if code is not None:
            reactor.callWhenRunning(self._invite_owner, code)
        for name, door in self._doors.items():
            if name in self.ports:
                site = make_site(websockets, uploads, {b"f": files, b"icons": icons}, texts)
                door.open(site if name.startswith("web") else lines)
        self._reload_on_hangup()
        reactor.addSystemEventTrigger("before", "shutdown", _stop_once)
        reactor.callWhenRunning(
            log.info,
            "chatd {version} serves {ports}, data in {data}",
            version=__version__,
            ports=", ".join(_places(self.ports)),
            data=str(config.data),
        )

    def _look_at_links(self, store: Store, disk: DiskFiles, contents: Contents) -> _Looking:
        config = self._config
        web = Fetcher(self._reactor, config.preview_addresses)
        media = Media(
            cast(IReactorProcess, self._reactor), cast(IReactorTime, self._reactor), GLIMPSE_SECONDS
        )
        sources = Sources(store, disk, media, media, web, lambda: secrets.token_urlsafe(16))
        own = tuple(origin.partition("://")[2] for origin in config.origins)
        return _Looking(Previews(sources, contents, config.limits, own, spawn), web, media)

    def _invite_owner(self, code: str) -> None:
        log.info("this server has no owner yet: docs/operations.md says how it gets one")
        # Past the log, where a secret has no place; nor has a line of text where the log is JSON.
        stream = sys.__stderr__ if self._config.log_format == "json" else sys.__stdout__
        print(INVITATION.format(code=code), file=stream, flush=True)

    def _every(self, seconds: float, work: Callable[[], None]) -> LoopingCall:
        loop = LoopingCall(work)
        loop.clock = self._reactor
        loop.start(seconds, now=False).addErrback(_log_failure)
        return loop

    def _reload_on_hangup(self) -> None:
        certificate = self._certificate
        if certificate is None:
            return
        before = signal.getsignal(signal.SIGHUP)

        def hang_up(number: int, frame: FrameType | None) -> None:
            self._reactor.callFromThread(certificate.reload)
            if callable(before):
                before(number, frame)

        signal.signal(signal.SIGHUP, hang_up)

    # Stopping.

    def stopService(self) -> Deferred[None]:
        """Accept nothing more, finish what was accepted, say goodbye."""
        super().stopService()
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        listening = [port for ports in self.ports.values() for port in ports]
        self.ports = {}
        await gatherResults([_stopped(port) for port in listening])
        running, self._running = self._running, None
        if running is None:
            return
        registry = running.registry
        registry.stopping = True
        for connection in running.connections:
            connection.finish()
        until = self._reactor.seconds() + GOODBYE_SECONDS
        while running.connections and self._reactor.seconds() < until:
            await deferLater(self._reactor, TURN_SECONDS)
        for connection in running.connections:
            connection.abort()
        await deferLater(self._reactor, TURN_SECONDS)
        for loop in running.loops:
            loop.stop()
        registry.sleep()
        if running.looking is not None:
            running.looking.close()
        await running.store.close()
        running.media.close()
        running.disk.close()
        running.auth.close()
        log.info("chatd has stopped")


def _tick(registry: Registry, flusher: Flusher, looking: _Looking | None) -> None:
    now = elapsed_ms()
    registry.tick(now)
    if looking is not None:
        looking.previews.tick(now)
    for outbox in flusher.stalled():
        outbox.on_stalled()


async def _wake(registry: Registry) -> None:
    await registry.wake()
    await registry.accounts.founding.appoint()


async def _prune(store: Store) -> None:
    await store.prune()
    await store.finish_purges()


def _open_disk(config: Config, reactor: Any) -> DiskFiles:
    directory = config.data / "files"
    try:
        return DiskFiles(directory, reactor)
    except OSError as error:
        raise _cannot_start(f"The directory {directory} cannot be used: {error.strerror}.") from None


def _cannot_start(sentence: str) -> BaseException:
    """What to raise so that the operator reads this sentence, and the exit status is 1.

    In the foreground that is the terminal, past twistd's log. A daemon has none: there twistd itself tells
    the shell that waits for it, and removes its pidfile, for an Exception but not for SystemExit.
    """
    if os.fstat(2).st_rdev == os.stat(os.devnull).st_rdev:
        return RuntimeError(sentence)
    print(f"chatd: {sentence}", file=sys.__stderr__, flush=True)
    return SystemExit(1)


def _stop_once() -> None:
    """Whoever presses Ctrl-C again while the daemon stops changes nothing; Twisted 26.10 logs a traceback."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, frame: None)


def _stopped(port: IListeningPort) -> Deferred[Any]:
    stopping = port.stopListening()
    return stopping if isinstance(stopping, Deferred) else Deferred.fromCoroutine(_nothing())


async def _nothing() -> None:
    pass


def _trouble(description: str, failure: Failure) -> str:
    description = description.removesuffix(f":backlog={BACKLOG}")
    if isinstance(failure.value, CannotListenError):
        return f"{description} cannot be listened on: {failure.value.socketError.strerror}."
    if isinstance(failure.value, OSError) and failure.value.strerror:  # a Unix socket's directory, for one
        return f"{description} cannot be listened on: {failure.value.strerror}."
    return f"{description} cannot be listened on: {failure.getErrorMessage()}"


def _places(ports: dict[str, list[IListeningPort]]) -> list[str]:
    return [
        f"{name.replace('_', ' over ')} on {_address(port.getHost())}"
        for name, listening in ports.items()
        for port in listening
    ]


def _web_address(config: Config, ports: dict[str, list[IListeningPort]]) -> str:
    """How addresses on the web begin that are shown to people: the first `--origin`, or where we listen."""
    if config.origins:
        return config.origins[0]
    for name, scheme in (("web_tls", "https"), ("web", "http")):
        for port in ports.get(name, []):
            host = port.getHost()
            if hasattr(host, "port"):
                here = getattr(host, "host", "") in ("127.0.0.1", "::1", "0.0.0.0", "::")
                return f"{scheme}://{f'localhost:{host.port}' if here else _address(host)}"
    return ""


def _address(host: IAddress) -> str:
    name = getattr(host, "host", None)
    if name is None:
        return str(getattr(host, "name", host))
    return f"[{name}]:{host.port}" if ":" in name else f"{name}:{host.port}"  # type: ignore[attr-defined]  # IPv4Address and IPv6Address have it


def _raise_file_limit() -> None:
    """As many open connections as the system allows without asking."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
