"""The page in Chromium, and somebody at nc: one room."""

import re
import time

import pyotp
from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser import come_in, composer, messages, netcat, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.programs import Programs
from tests.e2e.scripts import Script


def test_a_browser_and_netcat_talk_both_ways(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    say(page, f"{SECRET} from the page")
    bob.expect(rf"\[#lobby\] \d\d:\d\d <alice> {SECRET} from the page\n")
    bob.type(f"{SECRET} from netcat\n")
    expect(messages(page)).to_contain_text([f"{SECRET} from the page", f"{SECRET} from netcat"])
    expect(messages(page).last).to_contain_text("bob")


def test_the_page_works_over_tls(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = context.new_page()
    page.goto(f"https://localhost:{daemon.ports['web over tls']}/")
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    bob.type(f"{SECRET} from netcat\n")
    expect(messages(page)).to_contain_text([f"{SECRET} from netcat"])


def test_a_reload_is_the_same_person_with_the_same_history(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    say(page, f"{SECRET} before")
    expect(messages(page)).to_have_count(1)
    page.reload()
    expect(messages(page)).to_contain_text([f"{SECRET} before"])
    say(page, f"{SECRET} after")
    expect(messages(page)).to_contain_text([f"{SECRET} before", f"{SECRET} after"])
    with Script(daemon) as script:
        script.ask(type="login", name="other")
        assert ["alice", "other"] == [user["name"] for user in script.ask(type="who", room="lobby")["users"]]


def test_what_was_written_offline_is_sent_once_after_a_reload_and_a_restart(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    """The server was gone, and the page that it was written in is: it is said, once, in order."""
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    say(page, f"{SECRET} one")
    expect(messages(page)).to_have_count(1)
    daemon.kill()
    say(page, f"{SECRET} two")
    say(page, f"{SECRET} three")
    expect(messages(page)).to_contain_text([f"{SECRET} one", f"{SECRET} two", f"{SECRET} three"])
    daemon.start()
    page.reload()
    bob = netcat(programs, daemon, "bob")
    expect(page.locator("article[data-seq]")).to_contain_text(
        [f"{SECRET} one", f"{SECRET} two", f"{SECRET} three"]
    )
    say(page, f"{SECRET} four")
    bob.expect(rf"<alice> {SECRET} four\n")
    with Script(daemon) as script:
        script.ask(type="login", name="carol")
        said = script.ask(type="history", room="lobby")["entries"]
    assert [f"{SECRET} {word}" for word in ("one", "two", "three", "four")] == [one["text"] for one in said]


def test_a_page_that_was_left_open_resumes_by_itself(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    """What others said while it was cut off is there, without a hole and without a reload."""
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    say(page, f"{SECRET} before")
    expect(messages(page)).to_have_count(1)
    daemon.stop()
    daemon.start()
    bob = netcat(programs, daemon, "bob")
    bob.type(f"{SECRET} meanwhile\n")
    expect(messages(page)).to_contain_text([f"{SECRET} before", f"{SECRET} meanwhile"])
    say(page, f"{SECRET} after")
    bob.expect(rf"<alice> {SECRET} after\n")


def test_rooms_are_made_found_and_entered(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    page.get_by_role("button", name="Find or make a room").click()
    page.get_by_label("Name of the room").fill("dev")
    page.get_by_role("button", name="Make #dev").click()
    expect(composer(page, "#dev")).to_be_visible()
    assert page.url.endswith("/r/dev")
    bob = netcat(programs, daemon, "bob")
    bob.type("/join dev\n")
    bob.expect(r"\* You are in #dev with alice")
    bob.type(f"{SECRET} in dev\n/create ops\n{SECRET} in ops\n")
    expect(messages(page, "#dev")).to_contain_text([f"{SECRET} in dev"])
    page.get_by_role("button", name="Find or make a room").click()
    page.get_by_role("list", name="Rooms").get_by_role("button", name="ops").click()
    expect(messages(page, "#ops")).to_contain_text([f"{SECRET} in ops"])


def test_unread_rooms_are_marked_until_they_are_opened(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    say(page, "/create dev")
    expect(composer(page, "#dev")).to_be_visible()
    bob = netcat(programs, daemon, "bob")
    bob.type(f"{SECRET} 1\n{SECRET} 2\n")
    rooms = page.get_by_role("navigation", name="Rooms")
    rooms.get_by_role("link", name="lobby 2 unread").click()
    expect(messages(page)).to_contain_text([f"{SECRET} 1", f"{SECRET} 2"])
    expect(rooms.get_by_role("link", name="lobby", exact=True)).to_be_visible()


def test_two_people_write_to_each_other_alone(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    bob.type(f"/msg alice {SECRET} psst\n")
    page.get_by_role("navigation", name="Rooms").get_by_role("link", name=re.compile("bob")).click()
    expect(messages(page, "bob")).to_contain_text([f"{SECRET} psst"])
    say(page, f"{SECRET} yes?", "bob")
    bob.expect(rf"\[@alice\] \d\d:\d\d <alice> {SECRET} yes\?\n")


def test_a_text_is_shown_as_text(
    start_daemon: StartDaemon, context: BrowserContext, programs: Programs
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "alice")
    bob = netcat(programs, daemon, "bob")
    text = f"<img src=x onerror=alert(1)> & <b>{SECRET}</b>"
    bob.type(f"{text}\n")
    expect(messages(page)).to_contain_text([text])


def test_an_account_is_made_logged_out_and_entered_again(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    daemon = start_daemon()
    page = open_page(context, daemon)
    page.get_by_role("button", name="Make an account").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(f"correct {SECRET}")
    page.get_by_role("button", name="Make my account").click()
    expect(composer(page)).to_be_visible()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="I have an account").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("No account has this name and password.")
    page.get_by_label("Password").fill(f"correct {SECRET}")
    page.get_by_role("button", name="Log in").click()
    expect(composer(page)).to_be_visible()


def test_an_account_that_takes_a_code_is_asked_for_one(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    daemon = start_daemon()
    with Script(daemon) as script:
        script.ask(type="register", name="alice", password=f"correct {SECRET}")
        begun = time.time()
        totp = pyotp.TOTP(script.ask(type="totp", on=True, password=f"correct {SECRET}")["secret"])
        assert "recovery" in script.ask(type="totp", on=True, code=totp.at(begun))
    page = open_page(context, daemon)
    page.get_by_role("button", name="I have an account").click()
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(f"correct {SECRET}")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Code")).to_be_focused()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is wrong")
    page.get_by_label("Code").fill(totp.at(begun, counter_offset=1))
    page.get_by_role("button", name="Log in").click()
    expect(composer(page)).to_be_visible()


def test_an_invitation_makes_an_account(start_daemon: StartDaemon, context: BrowserContext) -> None:
    daemon = start_daemon("--registration", "invitation", "--owner", "root")
    with Script(daemon) as script:
        script.ask(type="register", name="root", password=f"correct {SECRET}")
        path = script.ask(type="invitecode")["path"]
    page = open_page(context, daemon, path)
    page.get_by_label("Name").fill("alice")
    page.get_by_label("Password").fill(f"correct {SECRET}")
    code = page.get_by_label("Invitation").input_value()
    page.get_by_label("Invitation").fill("nonsense")
    page.get_by_role("button", name="Make my account").click()
    expect(page.get_by_role("alert")).to_have_text(
        "This code is unknown, used or expired. Ask for another one."
    )
    expect(page.get_by_label("Invitation")).to_be_focused()
    page.get_by_label("Invitation").fill(code)
    page.get_by_role("button", name="Make my account").click()
    expect(composer(page)).to_be_visible()


def test_a_long_history_is_read_by_scrolling_up(start_daemon: StartDaemon, context: BrowserContext) -> None:
    daemon = start_daemon(limits={"say_per_second": 0})
    with Script(daemon) as script:
        script.ask(type="login", name="bob")
        for number in range(300):
            script.ask(type="say", room="lobby", text=f"{SECRET} {number}.")
    page = open_page(context, daemon)
    come_in(page, "alice")
    expect(messages(page).last).to_contain_text(f"{SECRET} 299.")
    log = page.get_by_role("log", name="Messages in #lobby")
    log.focus()
    first = log.get_by_text(f"{SECRET} 0.", exact=True)
    log.hover()
    for _ in range(200):
        if first.count():
            break
        page.mouse.wheel(0, -5_000)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(first).to_be_visible()
