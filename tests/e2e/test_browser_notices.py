"""What the page tells somebody who looks elsewhere."""

from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser import come_in, composer, open_page, say
from tests.e2e.daemon import Daemon
from tests.e2e.scripts import Script

REPORT = """
    const Real = Notification;
    window.Notification = class extends Real {
        constructor(title, options) {
            super(title, options);
            const told = JSON.parse(localStorage.told ?? "[]");
            localStorage.told = JSON.stringify([...told, [title, options.body]]);
            document.documentElement.dataset.told = told.length + 1;
        }
    };
"""


def test_two_tabs_tell_once_of_what_concerns_somebody(shared: Daemon, context: BrowserContext) -> None:
    """Not of everything that is said, and not of what was read in the meantime."""
    context.grant_permissions(["notifications"])
    context.add_init_script(REPORT)
    first = open_page(context, shared)
    come_in(first, "anna")
    first.get_by_role("button", name="Settings").click()
    first.get_by_role("link", name="Writing and notices").click()
    first.get_by_label("Show a notification").check()
    first.get_by_role("button", name="Back to the conversation").click()
    first.get_by_label("Tell me of").select_option("Mentions")
    say(first, "/create aside")
    expect(composer(first, "#aside")).to_be_visible()
    second = open_page(context, shared, "/r/aside")
    expect(composer(second, "#aside")).to_be_visible()
    with Script(shared) as script:
        script.ask(type="login", name="bob")
        script.ask(type="say", room="lobby", text="nothing in particular")
        script.ask(type="say", room="lobby", text="@anna **come**!")
        for page in (first, second):
            expect(page.get_by_role("link", name="2 unread, 1 for you")).to_be_visible()
            expect(page).to_have_title("(2) #aside · chatd")
            assert page.locator("link[rel=icon]").get_attribute("href") == "/favicon-unread.svg"
        script.ask(type="say", room="lobby", text="@anna last")
    expect(first.locator("html")).to_have_attribute("data-told", "2")
    first.get_by_role("link", name="3 unread, 2 for you").click()
    expect(second.get_by_role("link", name="lobby", exact=True)).to_be_visible()
    expect(second).to_have_title("#aside · chatd")
    assert second.locator("link[rel=icon]").get_attribute("href") == "/favicon.svg"
    told = first.evaluate("JSON.parse(localStorage.told)")
    assert [["bob in #lobby", "@anna come!"], ["bob in #lobby", "@anna last"]] == told
