"""Writing in the page: what it completes, what Enter does, emoji; people who share one daemon."""

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser import come_in, composer, messages, netcat, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import Daemon
from tests.e2e.programs import Programs
from tests.e2e.scripts import Script


def arrive(context: BrowserContext, daemon: Daemon, name: str) -> Page:
    page = open_page(context, daemon)
    come_in(page, name)
    return page


def test_names_emoji_and_commands_are_completed(shared: Daemon, context: BrowserContext) -> None:
    with Script(shared) as script:
        script.ask(type="login", name="quentin")
        page = arrive(context, shared, "anna")
        field = composer(page)
        field.press_sequentially("so @que")
        expect(page.get_by_role("option", name="@quentin")).to_have_attribute("aria-selected", "true")
        field.press("Tab")
        expect(field).to_have_value("so @quentin ")
        field.press_sequentially(":tada")
        expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text(":tada:")
        field.press("Enter")
        expect(field).to_have_value("so @quentin 🎉 ")
        field.press("Enter")
        expect(messages(page).last.get_by_role("link", name="@quentin")).to_be_visible()
    field.press_sequentially("/he")
    field.press("Enter")
    expect(field).to_have_value("/help ")
    field.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_enter_does_what_somebody_likes_over_a_reload(shared: Daemon, context: BrowserContext) -> None:
    page = arrive(context, shared, "berta")
    composer(page).press_sequentially("one")
    composer(page).press("Shift+Enter")
    composer(page).press_sequentially("two")
    expect(composer(page)).to_have_value("one\ntwo")
    composer(page).fill("")
    page.get_by_role("button", name="Settings").click()
    page.get_by_label("Dark", exact=True).check()
    page.get_by_role("link", name="Writing and notices").click()
    page.get_by_label("Begins a new line; Shift+Enter sends").check()
    page.get_by_role("button", name="Back to the conversation").click()
    page.reload()
    assert "dark" == page.evaluate("getComputedStyle(document.documentElement).colorScheme")
    composer(page).press_sequentially("berta 1")
    composer(page).press("Enter")
    composer(page).press_sequentially("berta 2")
    composer(page).press("Shift+Enter")
    expect(messages(page).last).to_contain_text("berta 1\nberta 2")


def test_an_emoji_is_picked_by_its_name(shared: Daemon, context: BrowserContext) -> None:
    page = arrive(context, shared, "clara")
    composer(page).press_sequentially("well ")
    page.get_by_role("button", name="Emoji").click()
    page.get_by_label("Find an emoji").fill("party popper")
    page.get_by_role("dialog", name="Emoji").get_by_role("button", name="party popper").click()
    expect(composer(page)).to_be_focused()
    expect(composer(page)).to_have_value("well 🎉")


def test_what_waits_for_the_connection_is_seen_and_can_be_called_off(
    shared: Daemon, context: BrowserContext
) -> None:
    page = arrive(context, shared, "dora")
    context.set_offline(True)
    page.evaluate("window.dispatchEvent(new Event('online'))")  # asks the server whether it is there
    expect(page.get_by_role("status").filter(has_text="Offline since")).to_be_visible()
    for text in ("dora one", "dora two"):
        composer(page).fill(text)
        composer(page).press("Enter")
    waiting = page.locator("article[data-state=pending]")
    expect(waiting).to_have_count(2)
    waiting.first.get_by_role("button", name="Discard").click()
    context.set_offline(False)
    expect(page.locator("article[data-seq]").last).to_contain_text("dora two")
    expect(waiting).to_have_count(0)
    expect(page.get_by_role("log").get_by_text("dora one")).to_have_count(0)


def test_what_a_terminal_does_by_commands_the_page_does_too(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    say(page, "/create den private")
    expect(composer(page, "#den")).to_be_visible()
    say(page, "/topic Be kind", "#den")
    expect(page.get_by_role("log")).to_contain_text("alice changed the topic to “Be kind”")
    say(page, "/topic", "#den")
    expect(page.get_by_role("alert")).to_contain_text("Be kind")
    say(page, "/invite @bob", "#den")
    bob.expect(r"\* .*alice.* #den")
    expect(page.get_by_role("alert")).to_contain_text("Done.")
    bob.type("/join den\n")
    bob.expect("You are in #den")
    say(page, "/away at lunch", "#den")
    expect(page.get_by_role("alert")).to_contain_text("Done.")
    bob.type("/who\n")
    bob.expect("at lunch")
    say(page, "/kick bob too loud", "#den")
    bob.expect("too loud")
    expect(page.get_by_role("log")).to_contain_text("alice removed bob: too loud")
    say(page, "/kick bob", "#den")
    expect(page.get_by_role("alert")).to_contain_text("bob")
    expect(composer(page, "#den")).to_have_value("")
    say(page, "/help speak again", "#den")
    rows = page.get_by_role("dialog").get_by_role("term").filter(has_text="/")
    expect(rows).to_have_text(["/unmute USER"])
