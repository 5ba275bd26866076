"""axe-core finds nothing on any view, in light and dark, on a desk and on a phone."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, ViewportSize, expect

from tests.e2e.browser import composer, messages, say
from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS, ROOT
from tests.e2e.scripts import Script

AXE = Path(ROOT, "web", "node_modules", "axe-core", "axe.min.js")
DESK: ViewportSize = {"width": 1280, "height": 800}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE: ViewportSize = {"width": 390, "height": 844}

TEXTS = [
    "**bold** *italic* `code` ~~gone~~ https://a.example @anna #lobby @carol",
    "> quoted\nsaid\n- one\n- two",
    "```python\ndef f(x: int) -> str:  # why\n    return 'x' + 3\n```",
    "\n".join("a long one" for _ in range(40)),
    "🎉",
]


def picture() -> FilePayload:
    data = io.BytesIO()
    Image.new("RGB", (80, 60), "teal").save(data, "PNG")
    return {"name": "dot.png", "mimeType": "image/png", "buffer": data.getvalue()}


def findings(page: Page, view: str) -> list[str]:
    """What axe finds wrong in the view, each with its rule and element; in the dark only colours differ."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = run(page, {"type": "tag", "values": TAGS})
    page.emulate_media(color_scheme="dark")
    found += run(page, {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    return [f"{view}: {finding}" for finding in found]


def run(page: Page, rules: dict[str, object]) -> list[str]:
    page.evaluate("Promise.all(document.getAnimations().map(one => one.finished.catch(() => {})))")
    found: dict[str, Any] = page.evaluate(f"axe.run(document, {json.dumps({'runOnly': rules})})")
    assert "color-contrast" in {rule["id"] for rule in found["passes"]}
    return [
        f"{wrong['id']}: {node['html'][:120]} {node.get('failureSummary', '')}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(shared: Daemon, chromium: Browser, size: ViewportSize) -> None:
    """One walk through all views."""
    phone = size is PHONE
    with Script(shared) as script:
        script.ask(type="login", name="bob-phone" if phone else "bob-desk")
        for text in TEXTS:
            seq = script.ask(type="say", room="lobby", text=text)["seq"]
        script.ask(type="react", room="lobby", target=seq, emoji="👍", on=True)
        gone = script.ask(type="say", room="lobby", text="gone")["seq"]
        script.ask(type="delete", room="lobby", target=gone)
        script.ask(type="say", room="lobby", text="an answer", reply_to=seq)
        # The policy holds for the page; axe comes from outside, as an extension would.
        context = chromium.new_context(
            viewport=size, color_scheme="light", bypass_csp=True, reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        page = context.new_page()
        address = f"http://127.0.0.1:{shared.ports['web']}"
        page.goto(address)
        expect(page.get_by_label("Name")).to_be_visible()
        found = findings(page, "door")
        page.get_by_label("Name").fill("anna-phone" if phone else "anna-desk")
        page.get_by_role("button", name="Come in", exact=True).click()
        expect(messages(page).last).to_contain_text("an answer")
        found += findings(page, "room")
        say(page, "hello")
        messages(page).last.click()
        expect(page.get_by_role("button", name="Copy link")).to_be_visible()
        found += findings(page, "message")
        page.get_by_role("button", name="Search", exact=True).click()
        page.get_by_role("searchbox").fill("long")
        page.get_by_role("searchbox").press("Enter")
        expect(page.get_by_role("complementary").locator("mark").first).to_be_visible()
        found += findings(page, "search")
        page.get_by_role("complementary").get_by_role("button", name="Close").click()
        page.get_by_role("button", name="What is pinned").click()
        found += findings(page, "pins")
        page.keyboard.press("Escape")
        messages(page).last.click()
        page.get_by_role("button", name="React").click()
        expect(page.get_by_role("button", name="grinning face", exact=True)).to_be_visible()
        found += findings(page, "emoji")
        page.keyboard.press("Escape")
        messages(page).last.click()
        page.get_by_role("button", name="Delete").click()
        found += findings(page, "delete")
        page.keyboard.press("Escape")
        messages(page).nth(1).click()
        page.get_by_role("button", name="Reply", exact=True).click()
        composer(page).press_sequentially("/")
        expect(page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        found += findings(page, "completion")
        composer(page).fill("/help")
        composer(page).press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        found += findings(page, "help")
        page.keyboard.press("Escape")
        page.get_by_label("Files to send").set_input_files(picture())
        shown = messages(page).get_by_role("img", name="dot.png").last
        shown.click()
        expect(page.get_by_role("dialog", name="dot.png")).to_be_visible()
        found += findings(page, "picture")
        page.keyboard.press("Escape")
        if phone:
            page.get_by_role("button", name="people here").click()
            found += findings(page, "people")
            page.get_by_role("complementary").get_by_role("button", name="Close").click()
            page.get_by_role("button", name="All rooms").click()
            found += findings(page, "rooms")
        page.get_by_role("button", name="Settings").click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        found += findings(page, "settings")
        page.get_by_role("button", name="Back to the conversation").click()
        page.get_by_role("button", name="Find or make a room").click()
        page.get_by_label("Name of the room").fill("garden")
        found += findings(page, "find")
        page.goto(f"{address}/r/nowhere")
        expect(page.get_by_role("heading", name="#nowhere")).to_be_visible()
        found += findings(page, "nowhere")
        context.close()
    assert [] == found
