"""Moving about in the page: going somewhere by its name, shortcuts and the list of them."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.e2e.browser import come_in, composer, in_theme, messages, open_page, say, watch
from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Script
from tests.e2e.test_browser_accessibility import AXE, TAGS, run

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
AAA: dict[str, object] = {"type": "rule", "values": ["color-contrast", "color-contrast-enhanced"]}


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, shared: Daemon, chromium: Browser) -> Iterator[Page]:
    """A guest in the lobby, whose rooms begin with their name."""
    size: ViewportSize = request.param
    context = chromium.new_context(viewport=size, has_touch=size is PHONE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(context)
    page = open_page(context, shared)
    words = re.sub(r"[^a-z]+", "-", request.node.name.removeprefix("test_"))
    come_in(page, f"{'p' if size is PHONE else 'd'}-{words[:24]}".strip("-"))
    yield page
    context.close()
    assert [] == wrong


def name_of(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.self strong').textContent"))


def enter_rooms(page: Page, shared: Daemon, *rooms: str) -> None:
    """Rooms that somebody else made, with the person of the page in them."""
    with Script(shared) as owner:
        me = name_of(page)
        owner.ask(type="login", name=f"{me[:20]}-owner")
        for room in rooms:
            owner.ask(type="create", name=f"{me[:16]}-{room}")
            owner.ask(type="invite", room=f"{me[:16]}-{room}", user=me)
    for room in rooms:
        composer(page).fill(f"/join {me[:16]}-{room}")
        composer(page).press("Enter")
        expect(composer(page, f"#{me[:16]}-{room}")).to_be_visible()
        page.goto(re.sub(r"/r/.*", "/r/lobby", page.url))
        expect(composer(page)).to_be_visible()


def go_to(page: Page) -> Locator:
    """The field of the dialog that goes somewhere, opened."""
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="All rooms").tap()
        page.get_by_role("button", name="Go to…").tap()
    else:
        page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Go to…")
    expect(field).to_be_focused()
    return field


def chosen(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("option", selected=True)


def test_one_goes_to_a_room_by_a_few_of_its_letters(page: Page, shared: Daemon) -> None:
    me = name_of(page)[:16]
    enter_rooms(page, shared, "garden-tools", "kitchen")
    field = go_to(page)
    field.press_sequentially("gardt")
    expect(chosen(page)).to_contain_text(f"{me}-garden-tools")
    expect(chosen(page).locator("mark").first).to_have_text("gard")
    assert field.get_attribute("aria-activedescendant") == chosen(page).get_attribute("id")
    if page.viewport_size == PHONE:
        chosen(page).tap()
    else:
        field.press("Enter")
        expect(composer(page, f"#{me}-garden-tools")).to_be_focused()
    expect(page).to_have_url(re.compile(f"/r/{me}-garden-tools$"))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_before_anything_is_typed_what_calls_comes_first(page: Page, shared: Daemon) -> None:
    me = name_of(page)
    enter_rooms(page, shared, "quiet", "busy", "calling")
    with Script(shared) as bob:
        bob.ask(type="login", name=f"{me[:20]}-bob")
        for room, text in (("busy", "hello"), ("calling", f"hello @{me}")):
            bob.ask(type="join", room=f"{me[:16]}-{room}")
            bob.ask(type="say", room=f"{me[:16]}-{room}", text=text)
        link = page.locator(".rooms a", has_text="calling")
        expect(link).to_contain_text("1 unread, 1 for you")
        go_to(page)
        options = page.get_by_role("dialog").get_by_role("option")
        expect(options.nth(0)).to_contain_text("calling")
        expect(options.nth(1)).to_contain_text("busy")


def test_people_rooms_to_join_and_deeds_are_found_too(page: Page, shared: Daemon) -> None:
    me = name_of(page)
    with Script(shared) as bob:
        bob.ask(type="login", name=f"{me[:20]}-zed")
        bob.ask(type="create", name=f"{me[:16]}-open")
        expect(page.get_by_text(f"{me[:20]}-zed")).to_have_count(1 if page.viewport_size == DESK else 0)
        field = go_to(page)
        field.fill(f"@{me[:20]}-zed")
        expect(chosen(page)).to_contain_text("Person")
        field.press("Enter")
        expect(composer(page, f"{me[:20]}-zed")).to_be_visible()
        field = go_to(page)
        field.fill(f"{me[:16]}-op")
        expect(chosen(page)).to_contain_text("Join")
        field.press("Enter")
        expect(composer(page, f"#{me[:16]}-open")).to_be_visible()
        field = go_to(page)
        field.fill("appear")
        field.press("Enter")
        expect(page).to_have_url(re.compile("/settings/look$"))


def test_words_that_are_no_name_are_searched_for_or_make_a_room(page: Page) -> None:
    field = go_to(page)
    field.fill("harvest")
    expect(page.get_by_role("dialog").get_by_role("option")).to_have_text(
        [re.compile("“harvest”"), re.compile("#harvest")]
    )
    field.press("ArrowUp")
    expect(chosen(page)).to_contain_text("Find or make #harvest")
    field.press("ArrowDown")
    field.press("Enter")
    expect(page.get_by_role("searchbox", name="Words to look for")).to_have_value("harvest")


def test_who_stays_writes_on_where_they_were(page: Page) -> None:
    if page.viewport_size == PHONE:
        pytest.skip("a phone has no keyboard")
    composer(page).fill("half a th")
    for key in ("Escape", "Control+k"):
        go_to(page)
        page.keyboard.press(key)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("half a th")


def test_the_list_of_shortcuts_says_what_the_keys_do(page: Page) -> None:
    """By its keys and by going to it, and with the Enter key as somebody wants it."""
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    if page.viewport_size == PHONE:
        field = go_to(page)
        field.fill("shortcuts")
        chosen(page).tap()
    else:
        page.keyboard.press("Control+/")
    send = dialog.locator("dl div", has_text="Send the message")
    expect(send.locator("kbd").first).to_have_text("Enter")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.evaluate("localStorage['chatd.preferences'] = JSON.stringify({enter: 'line'})")
    page.reload()
    expect(page.locator(".rooms")).to_be_attached()
    page.keyboard.press("Control+/")
    expect(send.locator("kbd").first).to_have_text("Shift")
    dialog.get_by_role("button", name="What you can type after a slash").click()
    expect(page.get_by_role("dialog", name="What you can type")).to_be_visible()


def test_a_question_mark_is_written_in_a_field_and_lists_the_shortcuts_elsewhere(page: Page) -> None:
    if page.viewport_size == PHONE:
        pytest.skip("a phone has no keyboard")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    composer(page).press("?")
    expect(composer(page)).to_have_value("?")
    say(page, "a message")
    page.locator("article[data-seq]").last.focus()
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    # Whoever speaks to their computer may turn this off; then it is a letter like others.
    page.evaluate("localStorage['chatd.preferences'] = JSON.stringify({characters: false})")
    page.reload()
    expect(messages(page).last).to_contain_text("a message")
    page.get_by_role("log").focus()
    page.keyboard.press("?")
    expect(composer(page)).to_have_value("?")
    expect(dialog).to_have_count(0)


def test_single_characters_are_turned_off_in_the_settings(page: Page) -> None:
    page.goto(re.sub(r"/r/.*", "/settings/writing", page.url))
    page.get_by_label("Single characters are shortcuts").uncheck()
    page.keyboard.press("?")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog")).to_contain_text("Single characters are turned off in the settings.")


def test_keys_go_from_room_to_room(page: Page, shared: Daemon) -> None:
    if page.viewport_size == PHONE:
        pytest.skip("a phone has no keyboard")
    me = name_of(page)
    a, b = f"{me[:16]}-a", f"{me[:16]}-b"
    enter_rooms(page, shared, "a", "b")
    with Script(shared) as bob:
        bob.ask(type="login", name=f"{me[:20]}-bob")
        bob.ask(type="join", room=b)
        bob.ask(type="say", room=b, text="hello")
        expect(page.get_by_role("link", name=re.compile("-b .*1 unread"))).to_be_visible()
    page.keyboard.press("Alt+ArrowDown")
    expect(composer(page, f"#{a}")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(composer(page)).to_be_focused()
    page.keyboard.press("Alt+Shift+ArrowDown")
    expect(composer(page, f"#{b}")).to_be_focused()
    expect(messages(page, f"#{b}")).to_contain_text(["hello"])
    page.keyboard.press("Control+Shift+f")
    expect(page.get_by_role("searchbox", name="Words to look for")).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(shared: Daemon, chromium: Browser, theme: str, size: ViewportSize) -> None:
    context = in_theme(chromium, theme, size)
    page = open_page(context, shared)
    come_in(page, f"axe-keys-{theme}-{'phone' if size is PHONE else 'desk'}")
    page.evaluate(AXE.read_text())
    rules: list[dict[str, object]] = [
        {"type": "tag", "values": TAGS},
        *([AAA] if theme == "contrast" else []),
    ]
    found = []
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Go to…").fill("e")
    expect(page.locator("mark").first).to_be_visible()
    found += [one for rule in rules for one in run(page, rule)]
    page.keyboard.press("Escape")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    found += [one for rule in rules for one in run(page, rule)]
    context.close()
    assert [] == found
