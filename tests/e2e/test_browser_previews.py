"""What a link leads to, in the page: a card below the message, and no request to anybody else."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.e2e.browser import come_in, messages, open_page, say
from tests.e2e.conftest import StartDaemon
from tests.unit.test_images import written

PAGE = b"""<!doctype html><title>Plain</title><meta property="og:title" content="A &lt;b&gt;cat&lt;/b&gt;">
<meta property="og:site_name" content="Cats"><meta name="description" content="Of one that sleeps.">
<meta property="og:image" content="/cat.png">"""


class Cats(BaseHTTPRequestHandler):
    """A site with one page and its picture."""

    def do_GET(self) -> None:
        body = written("PNG", (640, 480)) if self.path == "/cat.png" else PAGE
        self.send_response(200)
        self.send_header("Content-Type", "image/png" if self.path == "/cat.png" else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cats)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_card_shows_what_a_link_leads_to_until_the_message_is_deleted(
    start_daemon: StartDaemon, context: BrowserContext, site: str
) -> None:
    page = open_page(context, start_daemon("--preview-address", site))
    come_in(page, "alice")
    say(page, f"look: http://{site}/cat")
    card = messages(page).first.get_by_role("link", name="Cats A <b>cat</b> Of one that sleeps.")
    expect(card).to_have_attribute("href", f"http://{site}/cat")
    expect(card).to_have_attribute("rel", "noopener noreferrer nofollow")
    picture = card.locator("img")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    page.reload()
    expect(card).to_be_visible()
    messages(page).first.hover()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
