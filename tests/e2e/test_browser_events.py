"""docs/api.md says that a page can read `/api/events` with the browser's own EventSource: it does so here."""

from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser import come_in, open_page
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.scripts import Script

LISTEN = """() => {
  const source = new EventSource("/api/events");
  source.onmessage = ({ data }) => {
    const event = JSON.parse(data);
    for (const entry of event.type === "attached" ? event.entries : [event]) {
      if (entry.type !== "said") continue;
      const heard = document.createElement("output");
      heard.textContent = entry.text;
      document.body.append(heard);
    }
  };
  return new Promise((opened) => (source.onopen = opened)).then(() => true);
}"""


def test_an_event_source_comes_back_by_itself_and_misses_nothing(
    start_daemon: StartDaemon, context: BrowserContext
) -> None:
    """By the page's cookie, and by the id that the browser has kept, over a death of the server."""
    daemon = start_daemon()
    page = open_page(context, daemon)
    come_in(page, "carol")
    assert page.evaluate(LISTEN)
    heard = page.locator("output")
    texts = [f"{SECRET} {number}" for number in range(4)]
    with Script(daemon) as alice:
        alice.ask(type="login", name="alice")
        for text in texts[:2]:
            alice.ask(type="say", room="lobby", text=text)
    expect(heard).to_have_text(texts[:2])
    page.route("**/api/events", lambda route: route.abort())
    daemon.kill()
    daemon.start()
    with Script(daemon) as alice:
        alice.ask(type="login", name="bob")
        for text in texts[2:]:
            alice.ask(type="say", room="lobby", text=text)
    page.unroute("**/api/events")
    expect(heard).to_have_text(texts)
