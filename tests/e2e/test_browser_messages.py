"""What is done with messages in the page: answered, changed, deleted, linked to."""

import base64

import pytest
from playwright.sync_api import BrowserContext, FilePayload, Page, expect

from tests.e2e.browser import come_in, composer, messages, netcat, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import Program, Programs
from tests.e2e.scripts import Script

PNG_OF_ONE_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> Daemon:
    return start_daemon(limits={"say_per_second": 0})


@pytest.fixture
def alice(daemon: Daemon, context: BrowserContext) -> Page:
    page = open_page(context, daemon)
    come_in(page, "alice")
    return page


@pytest.fixture
def bob(daemon: Daemon, programs: Programs) -> Program:
    return netcat(programs, daemon, "bob")


def test_a_message_is_answered_and_the_answer_leads_back(alice: Page, bob: Program) -> None:
    bob.type(f"{SECRET} who comes?\n")
    messages(alice).first.hover()
    alice.get_by_role("button", name="Reply").click()
    say(alice, f"{SECRET} me")
    bob.expect(rf'<alice> \(to bob: ".*"\) {SECRET} me\n')
    expect(messages(alice).last).to_contain_text(f"bob {SECRET} who comes?")
    alice.get_by_role("button", name="Answers bob").click()
    expect(messages(alice).first).to_be_focused()
    assert alice.url.endswith("/r/lobby/1")


def test_the_last_message_is_changed_from_the_keyboard(alice: Page, bob: Program) -> None:
    say(alice, f"{SECRET} a mornign")
    bob.expect("mornign")
    composer(alice).fill("half a thou")
    composer(alice).fill("")
    composer(alice).press("ArrowUp")
    expect(composer(alice)).to_have_value(f"{SECRET} a mornign")
    say(alice, f"{SECRET} a morning")
    bob.expect(rf"<alice> \(edited\) {SECRET} a morning\n")
    expect(messages(alice)).to_contain_text([f"{SECRET} a morning edited"])
    expect(composer(alice)).to_have_value("")


def test_a_change_is_given_up_with_escape_and_the_draft_comes_back(alice: Page) -> None:
    say(alice, f"{SECRET} one")
    expect(messages(alice)).to_have_count(1)
    composer(alice).fill("half a thou")
    messages(alice).first.hover()
    alice.get_by_role("button", name="Edit").click()
    expect(composer(alice)).to_have_value(f"{SECRET} one")
    composer(alice).press("Escape")
    expect(composer(alice)).to_have_value("half a thou")
    alice.reload()
    expect(composer(alice)).to_have_value("half a thou")


def test_a_message_is_deleted_after_a_question(alice: Page, bob: Program) -> None:
    say(alice, f"{SECRET} oops")
    messages(alice).first.hover()
    alice.get_by_role("button", name="Delete").click()
    alice.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(messages(alice)).to_contain_text(["This message was deleted."])
    bob.expect("deleted")
    messages(alice).first.hover()
    expect(alice.get_by_role("button", name="Copy link")).to_be_visible()
    expect(alice.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_reaction_is_put_on_a_message_and_taken_off_again(daemon: Daemon, alice: Page) -> None:
    with Script(daemon) as bob:
        bob.ask(type="login", name="bob")
        seq = bob.ask(type="say", room="lobby", text=f"{SECRET} done")["seq"]
        bob.ask(type="react", room="lobby", target=seq, emoji="🎉", on=True)
        messages(alice).first.hover()
        alice.get_by_role("button", name="React").click()
        alice.get_by_label("Find an emoji").fill("tada")
        alice.get_by_label("Find an emoji").press("Enter")
        mine = messages(alice).get_by_role("button", name="🎉 2: you and bob", pressed=True)
        expect(mine).to_be_visible()
        mine.click()
        expect(messages(alice).get_by_role("button", name="🎉 1: bob", pressed=False)).to_be_visible()
        [said] = bob.ask(type="history", room="lobby")["entries"]
        assert [{"emoji": "🎉", "users": [said["from"]["id"]]}] == said["reactions"]


def test_messages_are_walked_through_and_worked_on_by_keyboard(alice: Page, bob: Program) -> None:
    bob.type(f"{SECRET} one\n{SECRET} two\n")
    expect(messages(alice)).to_have_count(2)
    alice.get_by_role("log").focus()
    alice.keyboard.press("ArrowUp")
    expect(messages(alice).last).to_be_focused()
    alice.keyboard.press("ArrowUp")
    expect(messages(alice).first).to_be_focused()
    alice.keyboard.press("r")
    expect(composer(alice)).to_be_focused()
    say(alice, f"{SECRET} three")
    bob.expect(r"\(to ")


def test_a_link_to_a_message_opens_after_login_with_what_was_around_it(
    daemon: Daemon, context: BrowserContext
) -> None:
    with Script(daemon) as script:
        script.ask(type="login", name="bob")
        for number in range(1, 301):
            script.ask(type="say", room="lobby", text=f"{SECRET} {number}.")
    page = open_page(context, daemon, "/r/lobby/100")
    come_in(page, "alice")
    sought = page.locator("article[data-seq='100']")
    expect(sought).to_be_focused()
    expect(sought).to_be_in_viewport()
    for seq in (97, 103):
        expect(page.locator(f"article[data-seq='{seq}']")).to_be_in_viewport()
    assert page.url.endswith("/r/lobby/100")
    page.get_by_role("button", name="Latest").click()
    expect(messages(page).last).to_contain_text(f"{SECRET} 300.")
    expect(messages(page).last).to_be_in_viewport()
    assert page.url.endswith("/r/lobby")
    say(page, f"see http://127.0.0.1:{daemon.ports['web']}/r/lobby/5")
    messages(page).last.get_by_role("link").click()
    expect(page.locator("article[data-seq='5']")).to_be_in_viewport()
    page.go_back()
    expect(messages(page).last).to_be_in_viewport()
    page.go_forward()
    expect(page.locator("article[data-seq='5']")).to_be_in_viewport()


def test_a_file_is_sent_and_shown(alice: Page, bob: Program) -> None:
    """A picture as a picture, anything else by its name and size; both can be opened."""
    files: list[FilePayload] = [
        {"name": "dot.png", "mimeType": "image/png", "buffer": PNG_OF_ONE_PIXEL},
        {"name": "a note.txt", "mimeType": "text/plain", "buffer": f"{SECRET} inside".encode()},
    ]
    alice.get_by_label("Files to send").set_input_files(files)
    expect(messages(alice)).to_have_count(2)
    shown = messages(alice).get_by_role("img", name="dot.png")
    expect(shown).to_be_visible()
    expect(shown).to_have_js_property("naturalWidth", 1)
    bob.expect("dot.png")
    with alice.expect_popup() as opened:
        messages(alice).get_by_role("link", name="a note.txt").click()
    expect(opened.value.locator("body")).to_have_text(f"{SECRET} inside")


def test_a_file_that_is_too_large_is_refused_with_a_sentence(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    page = open_page(context, start_daemon(limits={"upload_bytes": 10}))
    come_in(page, "alice")
    page.get_by_label("Files to send").set_input_files(
        {"name": "long.txt", "mimeType": "text/plain", "buffer": b"x" * 1000}
    )
    refused = page.get_by_role("status").filter(has_text="long.txt was not sent.")
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="Do without long.txt").click()
    expect(refused).to_have_count(0)


def test_a_message_is_pinned_found_again_and_taken_down(alice: Page) -> None:
    say(alice, "/create den")
    expect(composer(alice, "#den")).to_be_visible()
    say(alice, f"{SECRET} be kind", "#den")
    messages(alice, "#den").first.hover()
    alice.get_by_role("button", name="Pin", exact=True).click()
    alice.get_by_role("button", name="What is pinned").click()
    pinned = alice.get_by_role("list", name="Pinned messages").get_by_role("listitem")
    pinned.get_by_role("button", name=f"{SECRET} be kind").click()
    expect(messages(alice, "#den").first).to_be_focused()
    alice.get_by_role("button", name="What is pinned").click()
    pinned.get_by_role("button", name="Take down").click()
    expect(pinned).to_have_count(0)
