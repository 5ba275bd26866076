"""The first minute of whoever has just started a server: its page makes the owner's account."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser import come_in, composer, open_page, watch
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Script
from tests.e2e.test_browser_accessibility import findings

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = f"correct {SECRET}"
HIDDEN = ("--trusted-proxy", "127.0.0.0/8")
"""Somebody may be behind whoever comes from loopback, so that a code is asked for."""


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def sized(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(viewport=request.param)
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(context)
    yield context
    context.close()
    assert [] == wrong


def role(daemon: Daemon, name: str) -> object:
    """What somebody is told who logs in with the password of these tests."""
    with Script(daemon) as script:
        return script.ask(type="login", name=name, password=PASSWORD).get("role")


def fill(page: Page, name: str, code: str | None = None) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    if code is not None:
        page.get_by_label("Code of the server").fill(code)
    page.get_by_role("button", name="Make my account").click()


def printed(daemon: Daemon) -> str:
    code = re.search(r"/claim (\S+)", daemon.await_log("/claim "))
    assert code is not None
    return code[1]


def test_on_the_machine_itself_the_first_account_is_the_owners(
    start_daemon: StartDaemon, sized: BrowserContext, chromium: Browser
) -> None:
    daemon = start_daemon(tls=(), unowned=True)
    page = open_page(sized, daemon)
    expect(page.get_by_role("heading", name="Welcome to your server")).to_be_visible()
    expect(page.get_by_label("Name")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    fill(page, "alice")
    expect(composer(page)).to_be_visible()
    assert "owner" == role(daemon, "alice")
    other = chromium.new_context()
    later = open_page(other, daemon)
    expect(later.get_by_role("heading", name="What should we call you?")).to_be_visible()
    expect(later.get_by_role("button", name="I set this server up")).to_have_count(0)
    other.close()


def test_whoever_only_looks_around_comes_in_as_a_guest(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    daemon = start_daemon(tls=(), unowned=True)
    page = open_page(context, daemon)
    page.get_by_role("button", name="Come in as a guest").click()
    come_in(page, "bob")
    page.reload()
    expect(composer(page)).to_be_visible()


def test_elsewhere_the_code_that_was_printed_makes_the_owners_account(
    start_daemon: StartDaemon, sized: BrowserContext
) -> None:
    daemon = start_daemon(*HIDDEN, tls=(), unowned=True)
    page = open_page(sized, daemon)
    expect(page.get_by_role("heading", name="What should we call you?")).to_be_visible()
    page.get_by_role("button", name="I set this server up").click()
    fill(page, "alice", "aaaa-bbbb-cccc")
    code = page.get_by_label("Code of the server")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(code).to_be_focused()
    code.fill(printed(daemon).upper())
    code.press("Enter")
    expect(composer(page)).to_be_visible()
    assert "owner" == role(daemon, "alice")


@pytest.mark.parametrize("registration", ["closed", "invitation"])
def test_the_owner_comes_in_where_nobody_else_makes_an_account(
    start_daemon: StartDaemon, context: BrowserContext, registration: str
) -> None:
    daemon = start_daemon(*HIDDEN, "--registration", registration, tls=(), unowned=True)
    page = open_page(context, daemon)
    page.get_by_role("button", name="I set this server up").click()
    fill(page, "alice", printed(daemon))
    expect(composer(page)).to_be_visible()
    assert "owner" == role(daemon, "alice")


def test_axe_finds_nothing_at_the_first_start(start_daemon: StartDaemon, chromium: Browser) -> None:
    daemon = start_daemon(*HIDDEN, tls=(), unowned=True)
    context = chromium.new_context(
        viewport=PHONE, bypass_csp=True, reduced_motion="reduce", color_scheme="light"
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = open_page(context, daemon)
    page.get_by_role("button", name="I set this server up").click()
    fill(page, "alice", "aaaa-bbbb-cccc")
    expect(page.get_by_role("alert")).to_be_visible()
    found = findings(page, "first start")
    context.close()
    assert [] == found
