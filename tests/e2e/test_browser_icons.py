"""Pictures of people and rooms in the page: chosen, cropped, seen by everybody, and removed."""

import io
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Locator, Page, ViewportSize, expect

from tests.e2e.browser import come_in, messages, open_page, say, watch
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Json, Script
from tests.e2e.test_browser_accessibility import AXE, TAGS, run
from tests.e2e.test_browser_settings import AAA, DESK, PASSWORD, PHONE, arrive, go_to

RED, BLUE = (220, 30, 30), (30, 60, 220)


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def visit(
    request: pytest.FixtureRequest, shared: Daemon, chromium: Browser
) -> Iterator[Callable[[str], Page]]:
    """Gives a page of somebody with an account of this name, which begins with `d-` or `p-`."""
    contexts: list[tuple[BrowserContext, list[str]]] = []
    size, letter = request.param, "p" if request.param is PHONE else "d"

    def begin(name: str) -> Page:
        context = chromium.new_context(viewport=size, color_scheme="light", reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        contexts.append((context, watch(context)))
        return arrive(context, shared, f"{letter}-{name}")

    yield begin
    for context, wrong in contexts:
        context.close()
        assert [] == wrong


def halves(name: str = "me.png") -> FilePayload:
    """Wide, red on the left and blue on the right."""
    image, out = Image.new("RGB", (800, 400), RED), io.BytesIO()
    image.paste(BLUE, (400, 0, 800, 400))
    image.save(out, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": out.getvalue()}


def colour_of(picture: Locator) -> str:
    """What most of a picture is: red, blue, or both."""
    expect(picture).to_be_visible()
    left, right = picture.evaluate(
        """async (picture) => {
          if (picture instanceof HTMLImageElement) await picture.decode();
          const canvas = document.createElement("canvas");
          canvas.width = canvas.height = 16;
          const context = canvas.getContext("2d");
          context.drawImage(picture, 0, 0, 16, 16);
          return [3, 12].map((x) => {
            const [red, , blue] = context.getImageData(x, 8, 1, 1).data;
            return red > blue ? "red" : "blue";
          });
        }"""
    )
    return str(left) if left == right else "both"


def choose(page: Page, file: FilePayload) -> None:
    """As somebody does who clicks the button."""
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name=re.compile("^Choose")).click()
    choosing.value.set_files(file)


def avatar_in(page: Page) -> Locator:
    return page.locator(".pictured .avatar img")


def test_a_picture_is_chosen_cropped_by_keys_and_seen_by_everybody_at_once(
    visit: Callable[[str], Page], shared: Daemon
) -> None:
    other, page = visit("watcher"), visit("shown")
    say(page, f"{SECRET} before")
    seen = messages(other).filter(has_text="before").last.locator(".avatar")
    expect(seen).to_have_text("DS" if page.viewport_size == DESK else "PS")
    go_to(page, "profile")
    choose(page, halves())
    stage = page.get_by_role("application", name="Your picture. Drag it")
    expect(stage).to_be_focused()
    assert "both" == colour_of(stage)
    for _ in range(15):
        stage.press("ArrowLeft")
    assert "red" == colour_of(stage)
    page.get_by_role("button", name="Use it").click()
    expect(page.get_by_text("Everybody sees it now.")).to_be_visible()
    assert "red" == colour_of(avatar_in(page))
    assert "red" == colour_of(seen.locator("img"))
    other.reload()
    assert "red" == colour_of(messages(other).filter(has_text="before").last.locator(".avatar img"))
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("It is removed.")).to_be_visible()
    expect(page.locator(".pictured .avatar")).to_have_text("DS" if page.viewport_size == DESK else "PS")
    expect(messages(other).filter(has_text="before").last.locator(".avatar img")).to_have_count(0)


def test_a_picture_is_dragged_and_shown_larger(visit: Callable[[str], Page]) -> None:
    page = visit("dragging")
    go_to(page, "profile")
    choose(page, halves())
    stage = page.get_by_role("application", name="Your picture. Drag it")
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - box["width"], y, steps=5)
    page.mouse.up()
    assert "blue" == colour_of(stage)
    zoom = page.get_by_label("Larger or smaller")
    expect(zoom).to_have_value("0")
    page.mouse.move(x, y)
    page.mouse.wheel(0, -500)
    expect(zoom).not_to_have_value("0")
    zoom.fill("2")
    page.get_by_role("button", name="Use it").click()
    assert "blue" == colour_of(avatar_in(page))


def test_what_is_no_picture_is_told_and_changes_nothing(visit: Callable[[str], Page]) -> None:
    page = visit("broken")
    go_to(page, "profile")
    broken = halves()
    choose(page, {**broken, "buffer": broken["buffer"][:40]})
    expect(page.get_by_role("alert")).to_have_text(re.compile("^This file is no picture"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    choose(page, halves())
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(avatar_in(page)).to_have_count(0)


def test_a_guest_is_told_how_to_have_one(shared: Daemon, context: BrowserContext) -> None:
    page = open_page(context, shared)
    come_in(page, "gus")
    go_to(page, "profile")
    expect(page.get_by_text("Guests have no picture.")).to_be_visible()
    expect(page.get_by_role("button", name="Choose a picture")).to_have_count(0)


def send_icon(daemon: Daemon, token: str, room: str) -> int:
    """As `curl -T` does it; gives the status."""
    connection = HTTPConnection("127.0.0.1", daemon.ports["web"], timeout=PATIENCE_SECONDS)
    body = halves()["buffer"]
    connection.request("PUT", f"/api/icon/{room}", body, {"Authorization": f"Bearer {token}"})
    status = connection.getresponse().status
    connection.close()
    return status


def test_a_rooms_icon_is_shown_wherever_the_room_is(visit: Callable[[str], Page], shared: Daemon) -> None:
    page = visit("roomy")
    room = f"{'phone' if page.viewport_size == PHONE else 'desk'}-room"
    with Script(shared) as owner:
        made: Json = owner.ask(type="register", name=f"{room}-owner", password=f"{PASSWORD} {SECRET}")
        shared.secrets.append(made["token"])
        owner.ask(type="create", name=room, kind="public")
        page.goto(f"http://127.0.0.1:{shared.ports['web']}/")
        page.get_by_role("button", name=re.compile("Find or make a room")).first.click()
        page.get_by_role("dialog").get_by_role("button", name=room).click()
        heading = page.get_by_role("heading", level=1, name=room)
        expect(heading).to_have_text(f"#{room}")
        assert 201 == send_icon(shared, made["token"], room)
        expect(heading).to_have_text(room)
        if page.viewport_size == DESK:
            assert "both" == colour_of(page.locator("main header .sign img"))
        expect(page.get_by_text(f"{room}-owner gave the room another icon")).to_be_visible()
        if page.viewport_size == PHONE:
            page.get_by_role("button", name="All rooms").click()
        listed = page.get_by_role("link", name=room).locator("img")
        assert "both" == colour_of(listed)
        owner.ask(type="icon", room=room, remove=True)
        expect(listed).to_have_count(0)


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_in_what_crops(shared: Daemon, chromium: Browser, size: ViewportSize) -> None:
    # The policy holds for the page; axe comes from outside, as an extension would.
    context = chromium.new_context(
        viewport=size, color_scheme="light", bypass_csp=True, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    page = arrive(context, shared, f"{'p' if size is PHONE else 'd'}-axe")
    go_to(page, "profile")
    found: list[str] = []
    page.evaluate(AXE.read_text())
    for cropping in (False, True):
        if cropping:
            choose(page, halves())
            expect(page.get_by_role("dialog")).to_be_visible()
        found += run(page, {"type": "tag", "values": TAGS})
        page.emulate_media(color_scheme="dark")
        found += run(page, {"type": "rule", "values": ["color-contrast"]})
        page.emulate_media(color_scheme="light", contrast="more")
        expect(page.locator("html[data-contrast]")).to_have_count(1)
        found += run(page, AAA)
        page.emulate_media(contrast="no-preference")
    context.close()
    assert [] == found
