"""The page itself: what it weighs, what it lets in, and what it asks of whom."""

import gzip
import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, expect

from tests.e2e.browser import come_in, messages, open_page
from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.programs import ROOT
from tests.e2e.scripts import Script

FIRST_LOAD_BYTES_MOST = 130_000

HOSTILE = [
    "<script>document.title = 'broken'</script>",
    "<img src=x onerror=\"document.title='broken'\">",
    "<svg/onload=\"document.title='broken'\">",
    "[x](javascript:document.title='broken')",
    "[x](JaVaScRiPt&#58;document.title='broken')",
    "<javascript:document.title='broken'>",
    "![x](x\" onerror=\"document.title='broken')",
    "[x](https://a.example/\" onmouseover=\"document.title='broken')",
    "[x](data:text/html,<script>document.title='broken'</script>)",
    'https://a.example/"onmouseover="document.title=\'broken\'"',
    "```\" onmouseover=\"document.title='broken'\nx\n```",
    "```html\n<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">\n```",
    "> <iframe srcdoc=\"<script>parent.document.title='broken'</script>\"></iframe>",
    "- <form action=javascript:document.title='broken'><button>x</button></form>",
    "<style>body { display: none }</style>",
    "<math><mtext><table><mglyph><style><img src=x onerror=\"document.title='broken'\">",
    "@bob\" onmouseover=\"document.title='broken'",
    "#dev' onmouseover='document.title=1",
]


def test_the_first_load_is_light() -> None:
    """All that a browser has to fetch before it can show anything."""
    static = Path(ROOT, "chatd", "static")
    document = (static / "index.html").read_text()
    needed = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', document)
    assert needed
    weight = sum(len(gzip.compress((static / path).read_bytes(), mtime=0)) for path in needed)
    assert weight <= FIRST_LOAD_BYTES_MOST


def test_no_text_gets_out_of_its_message(start_daemon: StartDaemon, context: BrowserContext) -> None:
    daemon = start_daemon(limits={"say_per_second": 0})
    with Script(daemon) as script:
        script.ask(type="login", name="bob")
        for text in HOSTILE:
            script.ask(type="say", room="lobby", text=text)
        script.ask(type="say", room="lobby", text=f"**{SECRET}** and `code`\n```python\ndef f(): 1\n```")
    page = open_page(context, daemon)
    come_in(page, "alice")
    expect(messages(page).last.locator("strong", has_text=SECRET)).to_be_visible()
    expect(messages(page).last.locator(".hljs-keyword")).to_have_text("def")
    expect(messages(page)).to_have_count(len(HOSTILE) + 1)
    tags = "script, img, svg, iframe, form, style, math, table, object, embed, base, meta, link, input"
    inside = page.locator(".markdown")
    assert 0 == inside.locator(tags).count()
    attributes = inside.locator("*").evaluate_all(
        "nodes => [...new Set(nodes.flatMap(node => [...node.attributes].map(({ name }) => name)))].sort()"
    )
    assert {"class", "href", "rel", "target"} == set(attributes)
    addresses = inside.locator("a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert all(re.match(r"https?://|/(r|dm)/", address) for address in addresses)
    for message in messages(page).all():
        message.hover()
    assert "broken" not in page.title()


def test_a_lockdown_is_told_at_the_entrance(start_daemon: StartDaemon, context: BrowserContext) -> None:
    daemon = start_daemon()
    with Script(daemon) as root:
        root.ask(type="register", name="root", password="correct horse")
        root.ask(type="lockdown", minutes=30, reason="spam")
        page = open_page(context, daemon)
        expect(page.get_by_text("locked down for a while")).to_be_visible()
        expect(page.get_by_role("button", name="Come in as a guest")).to_have_count(0)
        root.ask(type="lockdown", minutes=0)
    page.reload()
    expect(page.get_by_text("locked down")).to_have_count(0)
    come_in(page, "alice")


def test_the_browser_refuses_markup_that_did_not_pass_the_gate(
    start_daemon: StartDaemon, chromium: Browser
) -> None:
    """Trusted Types hold: no code in the page can turn a string into markup by itself."""
    page = chromium.new_page()
    page.goto(f"http://127.0.0.1:{start_daemon().ports['web']}/")
    expect(page.get_by_label("Name")).to_be_visible()
    refused = page.evaluate(
        """() => {
            const refused = attempt => { try { attempt(); return null; } catch (why) { return why.name; } };
            return [
                refused(() => (document.createElement("p").innerHTML = "x")),
                refused(() => trustedTypes.createPolicy("mine", {})),
            ];
        }"""
    )
    page.close()
    assert ["TypeError", "TypeError"] == refused
