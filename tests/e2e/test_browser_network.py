"""The network goes in the middle of sending: nothing is lost, doubled or out of order, on any screen."""

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.browser import come_in, messages, netcat, open_page, say, watch
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS, Programs
from tests.e2e.scripts import Script

EACH = 8
"""Messages before the cut, while it lasts, and after it."""


class Line:
    """What lies between a page and the server: it can be cut when an answer is on its way."""

    def __init__(self, page: Page) -> None:
        self.swallow = False
        """The next message is stored, and its answer never comes: nor does anything else."""
        self.cut = False
        """Nobody gets through."""
        page.route_web_socket("**/ws", self._open)

    def _open(self, near: WebSocketRoute) -> None:
        if self.cut:
            near.close(code=1011)
            return
        far = near.connect_to_server()
        deaf = False

        def out(frame: str | bytes) -> None:
            nonlocal deaf
            if self.swallow and json.loads(frame)["type"] == "say":
                self.swallow, self.cut, deaf = False, True, True
            far.send(frame)

        def back(frame: str | bytes) -> None:
            if not deaf:
                near.send(frame)
            elif json.loads(frame)["type"] == "ok":
                near.close(code=1011)

        near.on_message(out)
        far.on_message(back)


def _texts(page: Page) -> list[str]:
    return page.locator("article[data-seq] .text").all_inner_texts()


def _ready(page: Page) -> None:
    """Nothing of one's own is on its way any more."""
    expect(page.locator("article:not([data-seq])")).to_have_count(0)


@pytest.mark.parametrize(
    ("way", "width"),
    [("offline", 1280), ("answer", 1280), ("kill", 1280), ("restart", 1280), ("offline", 390), ("kill", 390)],
)
def test_what_is_sent_while_the_network_goes_is_there_once_and_in_order(
    start_daemon: StartDaemon,
    context: BrowserContext,
    chromium: Browser,
    programs: Programs,
    way: str,
    width: int,
) -> None:
    daemon = start_daemon(limits={"say_per_second": 0})
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 844})
    line = Line(page) if way == "answer" else None
    page.goto(f"http://127.0.0.1:{daemon.ports['web']}/r/lobby")
    come_in(page, "alice")
    other = chromium.new_context()
    other.set_default_timeout(PATIENCE_SECONDS * 1000)
    wrong = watch(other)
    carol = open_page(other, daemon)
    come_in(carol, "carol")
    bob = netcat(programs, daemon, "bob")
    begin, mend = _cut(way, daemon, context, line)
    said: list[str] = []

    def speak() -> None:
        for _ in range(EACH):
            said.append(f"{SECRET} {len(said) + 1}.")
            say(page, said[-1])

    bob.type(f"{SECRET} from nc\n")
    expect(messages(page)).to_have_count(1)
    speak()
    begin()
    speak()
    say(carol, f"{SECRET} from carol")
    mend()
    if way in ("kill", "restart"):
        bob = netcat(programs, daemon, "bert")
    speak()
    for one in (page, carol):
        _ready(one)
        expect(one.locator("article[data-seq]")).to_have_count(3 * EACH + 2)
    bob.type("/numbers on\n/history 20\n")
    bob.expect(r"\* Numbers are on\.\n")
    with Script(daemon) as script:
        script.ask(type="login", name="dave")
        stored = [one["text"] for one in script.ask(type="history", room="lobby")["entries"]]
    assert stored == _texts(page)
    assert stored == _texts(carol)
    assert said == [text for text in stored if text.endswith(".")]
    assert 1 == stored.count(f"{SECRET} from carol")
    shown = bob.expect(rf"(?:\[#lobby \d+\] .*\n)+\[#lobby {len(stored)}\] .*\n")[0]
    assert stored[-20:] == [line.split("> ", 1)[1] for line in shown.splitlines()]
    page.reload()
    expect(page.locator("article[data-seq]")).to_have_count(len(stored))
    _ready(page)
    assert stored == _texts(page)
    other.close()
    assert [] == wrong


def _cut(
    way: str, daemon: Daemon, context: BrowserContext, line: Line | None
) -> tuple[Callable[[], object], Callable[[], object]]:
    """What cuts, and what mends."""
    match way:
        case "offline":
            return lambda: context.set_offline(True), lambda: context.set_offline(False)
        case "answer":
            assert line is not None
            return lambda: setattr(line, "swallow", True), lambda: setattr(line, "cut", False)
        case "kill":
            return daemon.kill, daemon.start
        case _:
            return daemon.stop, daemon.start
