"""Looking for what was said, in the page."""

import re

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser import come_in, composer, messages, netcat, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Programs
from tests.e2e.scripts import Script


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> Daemon:
    daemon = start_daemon(limits={"say_per_second": 0})
    with Script(daemon) as script:
        script.ask(type="login", name="anna")
        script.ask(type="say", room="lobby", text=f"{SECRET} 🎉 the **harvest** was good")
        for number in range(150):
            script.ask(type="say", room="lobby", text=f"{SECRET} {number}.")
        script.ask(type="say", room="lobby", text=f"{SECRET} harvest: https://a.example/harvest")
    return daemon


@pytest.mark.parametrize("width", [1280, 390], ids=["desk", "phone"])
def test_what_was_said_is_found_marked_and_gone_to(
    daemon: Daemon, context: BrowserContext, programs: Programs, width: int
) -> None:
    page = open_page(context, daemon)
    page.set_viewport_size({"width": width, "height": 844})
    come_in(page, "alice")
    netcat(programs, daemon, "bob").type(f"{SECRET} and the next harvest?\n")
    expect(messages(page).last).to_contain_text("next harvest")
    page.get_by_role("button", name="Search", exact=True).click()
    panel = page.get_by_role("complementary", name="Search")
    field = panel.get_by_role("searchbox", name="Words to look for")
    expect(field).to_be_focused()
    field.fill("HARVEST")
    field.press("Enter")
    found = panel.get_by_role("list", name="Messages that were found").get_by_role("listitem")
    expect(found).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/r/lobby\?find=HARVEST$"))
    expect(found.first.locator("mark")).to_have_text(["harvest"])
    expect(found.first).to_contain_text("bob #lobby")
    panel.get_by_role("button", name="With links").click()
    expect(found).to_have_count(1)
    expect(field).to_have_value("HARVEST has:link")
    panel.get_by_role("button", name="With links").click()
    expect(found).to_have_count(3)
    found.last.get_by_role("button").click()
    expect(page.locator("article[data-seq='1']")).to_be_focused()
    expect(page.locator("article[data-seq='1']")).to_be_in_viewport()
    expect(page).to_have_url(re.compile("/r/lobby/1"))
    expect(panel).to_have_count(1 if width > 1000 else 0)


def test_a_search_has_an_address_that_opens_after_login_and_is_left_by_going_back(
    daemon: Daemon, context: BrowserContext
) -> None:
    page = open_page(context, daemon, "/r/lobby?find=harvest")
    come_in(page, "alice")
    panel = page.get_by_role("complementary", name="Search")
    found = panel.get_by_role("list", name="Messages that were found").get_by_role("listitem")
    expect(found).to_have_count(2)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    expect(page).to_have_url(re.compile("/r/lobby$"))
    expect(page.get_by_role("button", name="Search", exact=True)).to_be_focused()
    page.get_by_role("button", name="Search", exact=True).click()
    expect(panel).to_be_visible()
    page.go_back()
    expect(panel).to_have_count(0)


def test_a_search_is_narrowed_to_the_room_and_its_refusals_are_told_where_it_is(
    daemon: Daemon, context: BrowserContext
) -> None:
    page = open_page(context, daemon)
    come_in(page, "alice")
    say(page, "/create den")
    expect(composer(page, "#den")).to_be_visible()
    say(page, f"{SECRET} no harvest here", "#den")
    expect(messages(page, "#den")).to_have_count(1)
    page.get_by_role("button", name="Search", exact=True).click()
    panel = page.get_by_role("complementary", name="Search")
    field = panel.get_by_role("searchbox")
    field.fill("harvest")
    field.press("Enter")
    found = panel.get_by_role("list", name="Messages that were found").get_by_role("listitem")
    expect(found).to_have_count(3)
    panel.get_by_role("button", name="Only in #den").click()
    expect(found).to_have_count(1)
    field.fill("before:tomorrow")
    field.press("Enter")
    expect(panel.get_by_role("status")).to_have_text("A day is written as 2026-11-28.")
    field.fill("nothing-of-the-kind")
    field.press("Enter")
    expect(panel.get_by_role("status")).to_contain_text("Nothing was found")
    field.press("Escape")
    expect(panel).to_have_count(0)
