"""What a person does with the page in Chromium."""

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.e2e.daemon import Daemon
from tests.e2e.programs import PATIENCE_SECONDS, Program, Programs

CHROMIUM = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]

expect.set_options(timeout=PATIENCE_SECONDS * 1000)


def in_theme(chromium: Browser, theme: str, size: ViewportSize) -> BrowserContext:
    """Somebody who has chosen this theme, for axe to look at: nothing moves, and its script may run."""
    context = chromium.new_context(
        viewport=size, bypass_csp=True, reduced_motion="reduce", color_scheme="light"
    )
    context.set_default_timeout(PATIENCE_SECONDS * 1000)
    context.add_init_script(
        f"if (location.host !== '') localStorage['chatd.preferences'] = '{{\"theme\":\"{theme}\"}}'"
    )
    return context


def watch(context: BrowserContext) -> list[str]:
    """What goes wrong in its pages: errors, what the policy stopped, and requests to anybody else."""
    wrong: list[str] = []
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "console",
        lambda message: (
            wrong.append(message.text)
            if any(word in message.text for word in ("Content Security Policy", "Trusted"))
            else None
        ),
    )
    context.on("request", lambda request: wrong.append(request.url) if not _ours(request.url) else None)
    return wrong


def _ours(address: str) -> bool:
    return address.startswith(
        ("http://127.0.0.1:", "https://localhost:", "ws://127.0.0.1:", "wss://localhost:", "data:")
    )


def open_page(context: BrowserContext, daemon: Daemon, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{daemon.ports['web']}{path}")
    return page


def come_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Come in", exact=True).click()
    expect(composer(page)).to_be_visible()


def composer(page: Page, called: str = "#lobby") -> Locator:
    return page.get_by_role("textbox", name=f"Message to {called}")


def messages(page: Page, called: str = "#lobby") -> Locator:
    return page.get_by_role("log", name=f"Messages in {called}").get_by_role("article")


def say(page: Page, text: str, called: str = "#lobby") -> None:
    composer(page, called).fill(text)
    composer(page, called).press("Enter")


def netcat(programs: Programs, daemon: Daemon, name: str) -> Program:
    nc = programs.start("nc.openbsd", "127.0.0.1", str(daemon.ports["line"]))
    nc.type(f"/nick {name}\n")
    nc.expect(rf"\* You are {name} \(guest\)\.")
    return nc
