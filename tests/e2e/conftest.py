"""A daemon that a module's tests share, one that a test has for itself, and the programs that people have."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.daemon import Daemon
from tests.e2e.programs import Programs

StartDaemon = Callable[..., Daemon]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that nobody stops."""
    daemon = Daemon(tmp_path_factory.mktemp("shared"))
    try:
        daemon.start()
        yield daemon
    finally:
        daemon.end()


@pytest.fixture
def start_daemon(tmp_path: Path) -> Iterator[StartDaemon]:
    """Starts a daemon with options of its own; it is ended with the test."""
    started: list[Daemon] = []

    def start(
        *options: str, tls: tuple[str, ...] = ("--self-signed",), limits: dict[str, int] | None = None
    ) -> Daemon:
        daemon = Daemon(tmp_path, *options, tls=tls, limits=limits)
        started.append(daemon)
        daemon.start()
        return daemon

    yield start
    for daemon in started:
        daemon.end()


@pytest.fixture
def programs() -> Iterator[Programs]:
    programs = Programs()
    yield programs
    programs.end()
