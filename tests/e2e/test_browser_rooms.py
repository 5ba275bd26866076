"""The page of somebody in a room whose owner changes it under their feet."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.browser import come_in, composer, messages, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.scripts import Script


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> Daemon:
    return start_daemon()


def in_dev(context: BrowserContext, daemon: Daemon, owner: Script) -> Page:
    """Alice's page, in the room that bob owns."""
    owner.ask(type="login", name="bob")
    owner.ask(type="create", name="dev")
    page = open_page(context, daemon)
    come_in(page, "alice")
    page.goto(f"http://127.0.0.1:{daemon.ports['web']}/r/dev")
    page.get_by_role("button", name="Join #dev").click()
    expect(composer(page, "#dev")).to_be_visible()
    return page


def test_the_page_follows_a_room_to_its_new_name(daemon: Daemon, context: BrowserContext) -> None:
    with Script(daemon) as owner:
        page = in_dev(context, daemon, owner)
        owner.ask(type="rename", room="dev", name="tools")
        expect(composer(page, "#tools")).to_be_visible()
        expect(page).to_have_url(re.compile("/r/tools$"))
        expect(page.get_by_role("log")).to_contain_text("bob renamed #dev to #tools")
        say(page, f"{SECRET} here", "#tools")
        expect(messages(page, "#tools")).to_contain_text([f"{SECRET} here"])
        page.goto(f"http://127.0.0.1:{daemon.ports['web']}/r/dev")
        expect(composer(page, "#tools")).to_be_visible()
        expect(page).to_have_url(re.compile("/r/tools$"))


def test_in_a_slow_room_the_page_sends_when_it_may(daemon: Daemon, context: BrowserContext) -> None:
    with Script(daemon) as owner:
        page = in_dev(context, daemon, owner)
        owner.ask(type="configure", room="dev", slow_seconds=1)
        expect(page.get_by_role("log")).to_contain_text("bob slowed this room down")
        for text in ("one", "two", "three"):
            say(page, f"{SECRET} {text}", "#dev")
        expect(page.locator("article[data-seq]")).to_contain_text(
            [f"{SECRET} one", f"{SECRET} two", f"{SECRET} three"]
        )


def test_a_room_is_archived_and_deleted_before_ones_eyes(daemon: Daemon, context: BrowserContext) -> None:
    with Script(daemon) as owner:
        page = in_dev(context, daemon, owner)
        owner.ask(type="archive", room="dev")
        expect(page.get_by_role("log")).to_contain_text("bob archived this room")
        say(page, f"{SECRET} too late", "#dev")
        expect(page.get_by_text("is archived: nobody may speak there.")).to_be_visible()
        owner.ask(type="destroy", room="dev", name="dev")
        expect(page.get_by_text("bob deleted #dev, with everything in it.")).to_be_visible()
        expect(page.get_by_text("You are not in this room.")).to_be_visible()
