"""Settings in the page: what somebody likes, how they are seen, and what lets them in."""

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser import composer, in_theme, open_page, watch
from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS, Programs
from tests.e2e.scripts import Script
from tests.e2e.test_browser_accessibility import AXE, TAGS, run

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
PASSWORD = "correct horse"
PARTS = ["look", "writing", "profile", "security", "devices"]
AAA: dict[str, object] = {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]}


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, shared: Daemon, chromium: Browser) -> Iterator[Page]:
    """Somebody with an account, whose name is `me(page)`, in the lobby."""
    context = chromium.new_context(viewport=request.param, color_scheme="light", reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(context)
    words = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))
    yield arrive(context, shared, f"{'p' if request.param is PHONE else 'd'}-{words[:24]}".strip("-"))
    context.close()
    assert [] == wrong


def arrive(context: BrowserContext, daemon: Daemon, name: str) -> Page:
    page = open_page(context, daemon)
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()
    expect(composer(page)).to_be_visible()
    return page


def go_to(page: Page, part: str) -> None:
    """As a link would."""
    origin = re.match(r"https?://[^/]+", page.url)
    assert origin is not None
    page.goto(f"{origin[0]}/settings/{part}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()


def test_how_the_page_looks_is_chosen_and_stays(page: Page) -> None:
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="All rooms").click()
    page.get_by_role("button", name="Settings").click()
    expect(page).to_have_title("Settings · chatd")
    page.get_by_role("link", name="Appearance").click()
    page.get_by_label("Dark").check()
    assert "dark" == page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    page.get_by_label("Larger").check()
    page.get_by_label("High contrast").check()
    page.get_by_label("Language").select_option("de")
    expect(page.get_by_role("heading", name="Aussehen")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Hoher Kontrast")).to_be_checked()
    assert "20px" == page.evaluate("getComputedStyle(document.documentElement).fontSize")
    assert "rgb(0, 0, 0)" == page.evaluate("getComputedStyle(document.body).color")
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="Alle Einstellungen").click()
    page.get_by_role("button", name="Zurück zum Gespräch").click()
    if page.viewport_size == PHONE:
        page.get_by_role("link", name="lobby").click()
    expect(page.get_by_role("log")).to_be_visible()


def test_a_name_and_a_colour_are_shown_to_others(page: Page, shared: Daemon) -> None:
    go_to(page, "profile")
    page.get_by_label("Shown name").fill("Åsa Ørsted")
    page.get_by_label("Teal").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Shown name")).to_have_value("Åsa Ørsted")
    expect(page.get_by_label("Teal")).to_be_checked()
    page.get_by_label("Shown name").fill("x" * 65)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("1 to 64 characters")


def test_a_password_is_changed_and_other_sessions_end(page: Page, shared: Daemon) -> None:
    name = me(page)
    with Script(shared) as other:
        assert "ok" == other.ask(type="login", name=name, password=PASSWORD)["type"]
        go_to(page, "security")
        form = page.locator("form").first
        form.get_by_label("Current password").fill("not that one")
        form.get_by_label("New password").fill("another " + PASSWORD)
        form.get_by_role("button", name="Change your password").click()
        expect(form.get_by_role("alert")).to_contain_text("password")
        form.get_by_label("Current password").fill(PASSWORD)
        form.get_by_role("button", name="Change your password").click()
        expect(form.get_by_text("Your password is changed")).to_be_visible()
        assert 4001 == other.await_close()
    with Script(shared) as later:
        assert "ok" == later.ask(type="login", name=name, password="another " + PASSWORD)["type"]


def test_sessions_are_seen_and_ended(page: Page, shared: Daemon) -> None:
    with Script(shared) as other:
        other.ask(type="login", name=me(page), password=PASSWORD)
        go_to(page, "devices")
        sessions = page.get_by_role("list", name="Where you are logged in").get_by_role("listitem")
        expect(sessions).to_have_count(2)
        expect(sessions.filter(has_text="this one")).to_have_count(1)
        page.get_by_role("button", name="End: ").click()
        expect(page.get_by_text("That session has ended.")).to_be_visible()
        expect(sessions).to_have_count(1)
        assert 4001 == other.await_close()


def test_a_terminal_is_let_in_from_either_side(page: Page, shared: Daemon, programs: Programs) -> None:
    name = me(page)
    go_to(page, "devices")
    page.get_by_role("button", name="Show a code for it").click()
    command = page.locator("code.secret", has_text="/link").inner_text()
    nc = programs.start("nc.openbsd", "127.0.0.1", str(shared.ports["line"]))
    nc.type(f"{command}\n")
    nc.expect(rf"\* You are {name}\b")
    expect(page.get_by_text("is now logged in as you")).to_be_visible()
    other = programs.start("nc.openbsd", "127.0.0.1", str(shared.ports["line"]))
    other.type("/link\n")
    code = other.expect(r"/link ([a-z0-9-]+)").group(1)
    page.get_by_label("Code that the terminal shows").fill(code)
    page.get_by_role("button", name="Let it in").click()
    expect(page.get_by_text("The terminal is logged in as you.")).to_be_visible()
    other.expect(rf"\* You are {name}\b")


def test_a_token_is_shown_once_works_and_is_revoked(page: Page, shared: Daemon) -> None:
    go_to(page, "devices")
    page.get_by_label("Name of the new token").fill("robot")
    page.get_by_role("button", name="Make a token").click()
    token = page.locator("code.secret").inner_text()
    with Script(shared) as script:
        assert "ok" == script.ask(type="login", token=token)["type"]
    page.reload()
    tokens = page.get_by_role("list", name="Tokens for your programs").get_by_role("listitem")
    expect(tokens).to_contain_text(["robot"])
    assert token not in page.content()
    page.get_by_role("button", name="Revoke robot").click()
    expect(page.get_by_text("The token robot opens nothing any more.")).to_be_visible()
    with Script(shared) as script:
        assert "wrong_token" == script.ask(type="login", token=token)["code"]


def test_a_second_factor_is_set_up_used_and_turned_off(page: Page, shared: Daemon) -> None:
    name = me(page)
    go_to(page, "security")
    page.locator("#totp-password").fill(PASSWORD)
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("code.secret").inner_text()
    page.get_by_label("Code that it shows").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("The second factor is on.")).to_be_visible()
    codes = page.get_by_role("list", name="Recovery codes").get_by_role("listitem").all_inner_texts()
    with Script(shared) as script:
        assert "totp_required" == script.ask(type="login", name=name, password=PASSWORD)["code"]
        assert "ok" == script.ask(type="login", name=name, password=PASSWORD, code=codes[0])["type"]
    page.get_by_text("Turn it off").first.click()
    page.locator("#totp-end-password").fill(PASSWORD)
    page.get_by_label("Code, or a recovery code").fill(codes[1])
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("The second factor is off.")).to_be_visible()
    with Script(shared) as script:
        assert "ok" == script.ask(type="login", name=name, password=PASSWORD)["type"]


def test_an_account_is_deleted_after_a_second_question(page: Page, shared: Daemon) -> None:
    name = me(page)
    go_to(page, "security")
    page.locator("#delete-password").fill(PASSWORD)
    page.get_by_label("Is deleted too").check()
    page.get_by_role("button", name="Delete my account for good").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete my account for good").click()
    expect(page.get_by_role("heading", name="What should we call you?")).to_be_visible()
    with Script(shared) as script:
        assert "wrong_password" == script.ask(type="login", name=name, password=PASSWORD)["code"]


def test_all_of_it_works_from_the_keyboard(page: Page) -> None:
    if page.viewport_size == PHONE:
        pytest.skip("a phone has no keyboard")
    page.get_by_role("button", name="Settings").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Appearance")).to_be_visible()
    page.get_by_role("link", name="How others see you").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="How others see you")).to_be_focused()
    expect(page.get_by_label("Shown name")).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.locator(".pictured button").first).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Shown name")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(shared: Daemon, chromium: Browser, theme: str, size: ViewportSize) -> None:
    """In high contrast, colours by WCAG's AAA, and in the conversation too."""
    found: list[str] = []
    context = in_theme(chromium, theme, size)
    page = arrive(context, shared, f"axe-{theme}-{'phone' if size is PHONE else 'desk'}")
    page.get_by_role("textbox", name="Message to").fill("**hello** `code`")
    page.keyboard.press("Enter")
    expect(page.get_by_role("article").last).to_contain_text("hello")
    for place in ("r/lobby", "settings", *(f"settings/{part}" for part in PARTS)):
        page.goto(f"http://127.0.0.1:{shared.ports['web']}/{place}")
        expect(page.get_by_role("heading", level=1).first).to_be_visible()
        if place == "settings/security":
            page.locator("#totp-password").fill(PASSWORD)
            page.get_by_role("button", name="Set it up").click()
            expect(page.get_by_role("img", name="QR code")).to_be_visible()
            page.locator("summary").click()
        if place == "settings/devices":
            page.get_by_role("button", name="Show a code for it").click()
            page.get_by_label("Name of the new token").fill("robot")
            page.get_by_role("button", name="Make a token").click()
            expect(page.get_by_role("button", name="Revoke robot")).to_be_visible()
        page.evaluate(AXE.read_text())
        wrong = run(page, {"type": "tag", "values": TAGS})
        if theme == "contrast":
            wrong += run(page, AAA)
            page.emulate_media(color_scheme="dark")
            wrong += run(page, AAA)
            page.emulate_media(color_scheme="light")
        found += [f"{place}: {one}" for one in wrong]
    context.close()
    assert [] == found


def me(page: Page) -> str:
    """The name of who is logged in."""
    return str(page.evaluate("document.querySelector('.self strong').textContent"))


def code_of(secret: str) -> str:
    """What an authenticator shows now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4]) & 0x7FFFFFFF) % 1_000_000:06d}"
