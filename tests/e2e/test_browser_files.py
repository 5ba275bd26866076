"""Files in the page: on their way, called off, and pictures looked at alone."""

import io

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Page, Route, expect

from tests.e2e.browser import come_in, composer, messages, netcat, open_page
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Programs


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> Daemon:
    return start_daemon(limits={"say_per_second": 0})


def _picture(name: str, width: int, height: int) -> FilePayload:
    bytes_ = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(bytes_, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": bytes_.getvalue()}


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_several_files_are_on_their_way_at_once_and_one_is_called_off(
    daemon: Daemon, context: BrowserContext, programs: Programs, width: int
) -> None:
    """Each says how much has gone; who waits may write meanwhile."""
    page = open_page(context, daemon)
    page.set_viewport_size({"width": width, "height": 844})
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    held: list[Route] = []
    page.route("**/api/files/**", lambda route: held.append(route))
    files: list[FilePayload] = [
        {"name": f"{name}.txt", "mimeType": "text/plain", "buffer": f"{SECRET} {name}".encode() * 1000}
        for name in ("one", "two", "three")
    ]
    page.get_by_label("Files to send").set_input_files(files)
    waiting = page.get_by_role("status").filter(has_text="Sending")
    expect(waiting).to_have_count(3)
    expect(page.get_by_role("progressbar", name="Sending two.txt")).to_have_attribute("max", "10000")
    expect(waiting.nth(1)).to_contain_text("of 10 kB")
    waiting.nth(1).get_by_role("button", name="Do without two.txt").click()
    expect(waiting).to_have_count(2)
    composer(page).fill(f"{SECRET} meanwhile")
    composer(page).press("Enter")
    bob.expect("meanwhile")
    for route in held:
        if "two.txt" not in route.request.url:
            route.continue_()
    expect(waiting).to_have_count(0)
    expect(messages(page)).to_have_count(3)
    shown = sorted(messages(page).get_by_role("link").all_inner_texts())
    assert ["one.txt", "three.txt"] == [text.split("\n")[0].strip() for text in shown]
    bob.expect(r"one\.txt|three\.txt")
    bob.expect(r"one\.txt|three\.txt")
    assert "two.txt" not in bob.shown


def _width(page: Page) -> float:
    box = page.get_by_role("dialog").get_by_role("img").bounding_box()
    assert box is not None
    return box["width"]


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_a_picture_is_looked_at_alone_larger_and_beside_the_others(
    daemon: Daemon, context: BrowserContext, width: int
) -> None:
    """By keyboard, and with buttons where there is none."""
    page = open_page(context, daemon)
    page.set_viewport_size({"width": width, "height": 844})
    come_in(page, "alice")
    field = page.get_by_label("Files to send")
    field.set_input_files(_picture("field.png", 2400, 1200))
    expect(messages(page).get_by_role("img", name="field.png")).to_be_visible()
    field.set_input_files(_picture("tower.png", 300, 900))
    picture = messages(page).get_by_role("img", name="tower.png")
    expect(picture).to_be_visible()
    picture.click()
    viewer = page.get_by_role("dialog", name="tower.png")
    expect(viewer.get_by_role("img", name="tower.png")).to_be_visible()
    expect(viewer.get_by_role("button", name="The next picture")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    viewer = page.get_by_role("dialog", name="field.png")
    expect(viewer.get_by_role("img", name="field.png")).to_have_js_property("naturalWidth", 2400)
    fitting = _width(page)
    assert fitting <= width
    page.keyboard.press("+")
    expect(viewer.get_by_role("img")).not_to_have_attribute("width", str(round(fitting)))
    assert _width(page) > fitting
    viewer.get_by_role("button", name="Larger").click()
    page.keyboard.press("0")
    expect(viewer.get_by_role("img")).to_have_attribute("width", str(round(fitting)))
    expect(viewer.get_by_role("button", name="Smaller")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(messages(page).get_by_role("link").filter(has=page.get_by_alt_text("field.png"))).to_be_focused()
