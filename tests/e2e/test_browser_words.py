"""The page in other languages: all of it, at once, and from either side."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, ViewportSize, expect

from tests.e2e.browser import watch
from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Script

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}

# With the catalogue of accented letters, whatever is spelled a-z stands outside the catalogues. What people
# wrote, names and code may; so may times, which Intl spells.
PLAIN = """known => {
  const found = [];
  const skipped = 'script, style, noscript, .markdown, code, kbd, .avatar, [lang]:not(html), .picker .grid';
  const plain = text => text
    .replace(/.*\\b20\\d\\d\\b.*|\\b\\d+:\\d\\d(:\\d\\d)?\\s?[AP]M\\b|\\/[a-z]+\\b|:[a-z0-9_+-]+:/g, '')
    .match(/[A-Za-z]{2,}/g)?.filter(word => !known.includes(word)) ?? [];
  const look = (text, node) => {
    for (const word of plain(text)) found.push(`${word}: ${text.trim().slice(0, 60)} <${node.nodeName}>`);
  };
  const all = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = all.nextNode(); node !== null; node = all.nextNode()) {
    const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
    if (element.closest(skipped)) continue;
    if (node.nodeType === Node.TEXT_NODE) look(node.data, element);
    else for (const name of ['title', 'aria-label', 'placeholder', 'alt', 'aria-description'])
      look(node.getAttribute(name) ?? '', node);
  }
  return found;
}"""


@contextmanager
def speaking(
    chromium: Browser, language: str | None, size: ViewportSize = DESK, locale: str = "en-US"
) -> Iterator[BrowserContext]:
    """Somebody who chose this language, or none, in a browser of this locale."""
    context = chromium.new_context(viewport=size, locale=locale, timezone_id="UTC")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    if language is not None:
        kept = json.dumps(json.dumps({"language": language}))
        context.add_init_script(
            f"if (location.host !== '') localStorage['chatd.preferences'] ??= {kept}"  # not on about:blank
        )
    wrong = watch(context)
    yield context
    context.close()
    assert [] == wrong


def at(shared: Daemon, path: str = "/") -> str:
    return f"http://127.0.0.1:{shared.ports['web']}{path}"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_no_visible_text_stands_outside_the_catalogues(
    shared: Daemon, chromium: Browser, size: ViewportSize
) -> None:
    """One walk through the views, in a language that nobody speaks."""
    phone = size is PHONE
    me, friend = ("zz-phone", "yy-phone") if phone else ("zz-desk", "yy-desk")
    known = ["chatd", "lobby", "nowhere", "garden", "zz", "yy", "phone", "desk", "alice", "hello", "mine"]
    known += ["qx", "tz"]  # of a code that stands as an example
    found: list[str] = []

    def look(view: str) -> None:
        found.extend(f"{view}: {one}" for one in page.evaluate(PLAIN, known))

    with Script(shared) as script, speaking(chromium, "en-XA", size) as context:
        script.ask(type="login", name=friend)
        seq = script.ask(type="say", room="lobby", text="hello")["seq"]
        script.ask(type="react", room="lobby", target=seq, emoji="👍", on=True)
        script.ask(type="say", room="lobby", text="\n".join(["long"] * 40), reply_to=seq)
        gone = script.ask(type="say", room="lobby", text="gone")["seq"]
        script.ask(type="delete", room="lobby", target=gone)
        page = context.new_page()
        page.goto(at(shared))
        expect(page.locator("#name")).to_be_visible()
        look("door")
        for way in page.locator(".ways button").all():
            way.click()
            look("door, another way")
        page.locator(".ways button").first.click()
        page.locator("#name").fill(me)
        page.locator("form .main").click()
        log = page.get_by_role("log")
        expect(log.locator(".gone").last).to_be_visible()
        look("room")
        page.locator("main textarea").fill(f"mine {me}")
        page.keyboard.press("Enter")
        mine = log.locator("article[data-seq]", has_text=f"mine {me}")
        mine.click()
        expect(mine.locator(".actions")).to_be_visible()
        look("message")
        page.keyboard.press("Delete")
        expect(page.get_by_role("dialog")).to_be_visible()
        look("delete")
        page.keyboard.press("Escape")
        page.locator("main textarea").fill("/")
        expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        look("commands")
        page.locator("main textarea").fill("/help")
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        look("help")
        page.keyboard.press("Escape")
        page.locator("main textarea").fill("/join")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        look("a command that makes no sense")
        page.locator("main textarea").fill("")
        log.get_by_role("article").first.click()
        page.keyboard.press("r")
        look("reply")
        page.keyboard.press("Escape")
        page.locator("[data-emoji]").last.click()
        expect(page.locator(".picker .grid button").first).to_be_visible()
        look("emoji")
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Ŵĥáţ íš þíññéð").click()
        expect(page.get_by_role("dialog")).to_be_visible()
        look("pins")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+k")
        page.get_by_role("dialog").locator("input").fill(friend)
        expect(page.get_by_role("dialog").get_by_role("option")).to_have_count(3)
        look("going somewhere")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+/")
        expect(page.get_by_role("dialog").locator("dl").first).to_be_visible()
        look("shortcuts")
        page.keyboard.press("Escape")
        if phone:
            page.locator("main header .people").click()
            expect(page.get_by_role("complementary")).to_be_visible()
        look("people")
        page.goto(at(shared, f"/dm/{friend}"))
        page.locator("main .main").click()
        expect(page.get_by_role("log")).to_be_visible()
        look("direct")
        page.goto(at(shared, "/join/k7f3-9qx2-m4tz"))
        expect(page.locator("h1").first).to_be_visible()
        look("invited")
        page.goto(at(shared, "/r/nowhere"))
        expect(page.locator("main h1")).to_be_visible()
        look("nowhere")
        if phone:
            page.locator("main .back").click()
        look("rooms")
        page.locator(".self .picture").first.click()
        expect(page.locator("main h1")).to_be_visible()
        look("settings")
        for part in ("look", "writing", "profile", "security", "devices"):
            page.goto(at(shared, f"/settings/{part}"))
            expect(page.locator("main h2")).to_be_visible()
            look(part)
        page.goto(at(shared))
        expect(page.locator(".rooms")).to_be_visible()
        page.locator("nav header .picture").click()
        page.locator("#room-name").fill("garden")
        expect(page.get_by_role("dialog").locator(".main")).to_be_visible()
        look("find")
        page.locator("#room-name").fill("7")
        look("no name")
    assert [] == sorted(set(found))


def test_what_is_spelled_plainly_is_found(shared: Daemon, chromium: Browser) -> None:
    with speaking(chromium, "en-XA") as context:
        page = context.new_page()
        page.goto(at(shared))
        expect(page.locator("#name")).to_be_visible()
        page.evaluate("document.querySelector('h1').textContent = 'Hello there'")
        page.evaluate("document.querySelector('#name').placeholder = 'bob'")
        found = page.evaluate(PLAIN, ["chatd", "alice"])
    assert ["Hello: Hello there <H1>", "there: Hello there <H1>", "bob: bob <INPUT>"] == found


def test_a_german_browser_gets_german_and_the_language_can_be_changed_at_once(
    shared: Daemon, chromium: Browser
) -> None:
    with speaking(chromium, None, locale="de-AT") as context:
        page = context.new_page()
        page.goto(at(shared))
        expect(page.get_by_role("heading", name="Wie sollen wir dich nennen?")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "de")
        page.get_by_label("Name").fill("all")
        page.get_by_role("button", name="Hereinkommen").click()
        expect(page.get_by_role("alert")).to_contain_text("Ein Name beginnt mit")
        page.get_by_label("Name").fill("heidi")
        page.get_by_role("button", name="Hereinkommen").click()
        expect(page.get_by_role("textbox", name="Nachricht an #lobby")).to_be_visible()
        page.get_by_role("button", name="Einstellungen").click()
        page.get_by_role("link", name="Aussehen").click()
        page.get_by_label("Sprache").select_option("en")
        expect(page.get_by_role("heading", name="Appearance")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.get_by_role("button", name="Back to the conversation").click()
        page.reload()
        expect(page.get_by_role("textbox", name="Message to #lobby")).to_be_visible()


def test_who_reads_english_loads_nothing_else(shared: Daemon, chromium: Browser) -> None:
    with speaking(chromium, None, locale="fr-FR") as context:
        loaded: list[str] = []
        context.on("request", lambda request: loaded.append(request.url))
        page = context.new_page()
        page.goto(at(shared))
        expect(page.get_by_role("heading", name="What should we call you?")).to_be_visible()
    scripts = [url for url in loaded if url.endswith(".js")]
    # The bundler keeps a few helpers in a script of their own.
    assert scripts and all(re.search(r"/(index|rolldown-runtime)-[^/]+\.js$", one) for one in scripts)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_from_right_to_left_everything_is_on_the_other_side(
    shared: Daemon, chromium: Browser, size: ViewportSize
) -> None:
    with speaking(chromium, "ar-XB", size) as context:
        page = context.new_page()
        page.goto(at(shared))
        page.locator("#name").fill("omar-phone" if size is PHONE else "omar-desk")
        page.locator("form .main").click()
        expect(page.get_by_role("log")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        send, attach = page.locator("main form .send"), page.locator("main form .picture").first
        assert left(send) < left(attach)
        if size is DESK:
            assert left(page.locator(".rooms")) > left(page.locator("main"))


def left(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return float(box["x"])
