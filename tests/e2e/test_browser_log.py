"""Reading in a room: the text never jumps, whatever is added around it."""

import json

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.browser import come_in, messages, open_page
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.scripts import Script

HOW_MANY = 800
STEP_PX = 300

SCROLL = """async ({ by, until }) => {
    const log = document.querySelector("[role=log]");
    const jumps = [];
    const there = () => log.querySelector(`article[data-seq="${until}"]`) !== null;
    for (let frames = 0; !there(); frames += 1) {
        if (frames > 5_000) throw new Error("It is never reached.");
        const { top, bottom } = log.getBoundingClientRect();
        // The oldest of all names its author, until it is known who spoke before: it may become less high.
        const [, ...rows] = log.querySelectorAll("article[data-seq]");
        const seen = rows.find((row) => {
            const box = row.getBoundingClientRect();
            return by < 0 ? box.top >= top && box.bottom > top : box.bottom >= bottom;
        });
        const before = [seen?.getBoundingClientRect().top, log.scrollTop];
        log.scrollTop += by;
        const went = log.scrollTop - before[1];
        await new Promise(requestAnimationFrame);
        if (seen?.isConnected !== true) continue;
        const moved = seen.getBoundingClientRect().top - before[0] + went;
        if (Math.abs(moved) > 1.5) jumps.push([seen.dataset.seq, moved]);
    }
    return jumps;
}"""


@pytest.fixture
def daemon(start_daemon: StartDaemon) -> Daemon:
    """Where much was said, by two in turns, at different lengths."""
    daemon = start_daemon(limits={"say_per_second": 0})
    with Script(daemon) as anna, Script(daemon) as bob:
        anna.ask(type="login", name="anna")
        bob.ask(type="login", name="bob")
        for number in range(1, HOW_MANY + 1):
            speaker = anna if number % 5 < 3 else bob
            speaker.ask(type="say", room="lobby", text=f"{SECRET} {number}. {'**word** ' * (number % 40)}")
    return daemon


@pytest.mark.parametrize("width", [1280, 390])
def test_the_text_stays_where_it_is_while_earlier_and_later_messages_come(
    daemon: Daemon, context: BrowserContext, width: int
) -> None:
    """Up through everything, and down again, while somebody speaks; the window is moved on many times."""
    page = open_page(context, daemon)
    page.set_viewport_size({"width": width, "height": 844})
    come_in(page, "alice")
    expect(messages(page).last).to_contain_text(f"{SECRET} {HOW_MANY}.")
    with Script(daemon) as carol:
        carol.ask(type="login", name="carol")
        assert [] == page.evaluate(SCROLL, {"by": -STEP_PX, "until": 1})
        for number in range(10):
            carol.ask(type="say", room="lobby", text=f"{SECRET} and {number}")
        assert [] == page.evaluate(SCROLL, {"by": STEP_PX, "until": HOW_MANY + 10})
    expect(messages(page).last).to_contain_text(f"{SECRET} and 9")


def test_what_comes_moves_nothing_for_somebody_who_reads_further_up(
    daemon: Daemon, context: BrowserContext
) -> None:
    """They are told how much there is, and the end is one press away."""
    page = open_page(context, daemon)
    come_in(page, "alice")
    expect(messages(page).last).to_contain_text(f"{SECRET} {HOW_MANY}.")
    page.evaluate(SCROLL, {"by": -STEP_PX, "until": HOW_MANY - 150})
    place = _place(page)
    with Script(daemon) as bob:
        bob.ask(type="login", name="carol")
        bob.ask(type="say", room="lobby", text=f"{SECRET} new one")
        bob.ask(type="say", room="lobby", text=f"{SECRET} new two")
        bob.ask(type="edit", room="lobby", target=HOW_MANY + 1, text=f"{SECRET} changed\n" * 9)
        pill = page.get_by_role("button", name="2 new")
        expect(pill).to_be_visible()
        assert place == _place(page)
    pill.click()
    expect(messages(page).last).to_be_in_viewport()
    expect(messages(page).last).to_contain_text(f"{SECRET} new two")
    expect(pill).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_what_could_not_be_fetched_is_told_and_fetched_by_a_button(
    daemon: Daemon, context: BrowserContext, width: int
) -> None:
    """No silent hole: the sentence stands where the messages would be."""
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    refusing = True

    def between(near: WebSocketRoute) -> None:
        far = near.connect_to_server()

        def out(frame: str | bytes) -> None:
            command = json.loads(frame)
            if refusing and command["type"] == "history":
                refusal = {"code": "unavailable", "text": "The disk is slow. Try again."}
                near.send(json.dumps({"type": "error", "id": command["id"], **refusal}))
            else:
                far.send(frame)

        near.on_message(out)

    page.route_web_socket("**/ws", between)
    page.goto(f"http://127.0.0.1:{daemon.ports['web']}/r/lobby")
    come_in(page, "alice")
    again = page.get_by_role("button", name="Load earlier messages")
    expect(page.get_by_role("log")).to_contain_text("The disk is slow. Try again.")
    expect(messages(page)).to_have_count(0)
    refusing = False
    again.click()
    expect(messages(page).last).to_contain_text(f"{SECRET} {HOW_MANY}.")
    expect(again).to_have_count(0)
    assert [] == page.evaluate(SCROLL, {"by": -STEP_PX, "until": HOW_MANY - 150})


def _place(page: Page) -> list[object]:
    place: list[object] = page.evaluate(
        """() => {
            const log = document.querySelector("[role=log]");
            const top = log.getBoundingClientRect().top;
            const below = (row) => row.getBoundingClientRect().top >= top;
            const row = [...log.querySelectorAll("article")].find(below);
            return [row.dataset.seq, Math.round(row.getBoundingClientRect().top)];
        }"""
    )
    return place
