"""A daemon that a module's tests share, one for a test alone, and what people have: programs, a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.e2e.browser import CHROMIUM, watch
from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS, Programs, found

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
        *options: str,
        tls: tuple[str, ...] = ("--self-signed",),
        limits: dict[str, int] | None = None,
        unowned: bool = False,
    ) -> Daemon:
        daemon = Daemon(tmp_path, *options, tls=tls, limits=limits, unowned=unowned)
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


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=found("chromium"), args=CHROMIUM)
    yield browser
    browser.close()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One browser's memory: its cookie and its outbox. Nothing may go wrong in its pages."""
    context = chromium.new_context(ignore_https_errors=True)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(context)
    yield context
    context.close()
    assert [] == wrong
