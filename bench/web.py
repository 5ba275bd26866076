"""The page in Chromium: how it scrolls, how fast a key is painted, what it holds, what Lighthouse says of it.

Run as `python -m bench.web`; `--help` lists the options. A real daemon serves a room of 100,000 messages,
half of them with markdown. The page goes up through all of them; then a key is pressed again and again while
others speak; then it stays open while they go on. Last, Lighthouse (npm, Debian's Chromium) looks at
the entrance and at a room. Frames and keys are timed in the page, by the browser's own clock. The exit status
is 1 when a budget is broken.
"""

import argparse
import asyncio
import json
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from websockets.asyncio.client import ClientConnection, connect

from bench.machine import Machine
from bench.search import texts
from bench.servers import HOST, LIMITS_OFF, Server, chatd_command, free_port, stopping
from chatd.model import Draft
from chatd.storage.append import append_all
from chatd.storage.dialect import driver_of, writing_engine
from chatd.storage.members import add_member
from chatd.storage.tokens import add_token
from chatd.storage.upgrade import DATABASE, prepare_directory, upgrade
from chatd.storage.writes import create_room, create_user

ROOM = "hall"
FRAME_BUDGET_MS = 20.0
KEY_BUDGET_MS = 50.0
HEAP_BUDGET_BYTES = 80_000_000
FLAT_BYTES = 15_000_000
"""What scrolling through everything may leave behind: a window that is filled, and no more."""
SCORE_BUDGET = 95
LIGHTHOUSE = "lighthouse@12.8.2"
_SCORED = ("performance", "accessibility", "best-practices")
_PARTS = ("scroll", "keys", "stay", "lighthouse")
_PEOPLE = 12
_BATCH = 2_000
_WEEK_MS = 7 * 24 * 3600 * 1000
_READER = "reader"
_TYPED = "the quick brown fox jumps over the lazy dog "
_KEYS = 300
_KEY_PAUSE_SECONDS = 0.08
"""Twelve keys a second: a fast typist."""

_SCROLL = """async ({ step, most }) => {
  const log = document.querySelector("[role=log]");
  const first = () => Number(log.querySelector("article[data-seq]").dataset.seq);
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  let begun = last, jumps = 0;
  while (first() > most && last - begun < 60_000) {
    // The oldest of all names its author, until it is known who spoke before: it may become less high.
    const [, ...rows] = log.querySelectorAll("article[data-seq]");
    const top = log.getBoundingClientRect().top;
    const seen = rows.find((row) => row.getBoundingClientRect().top >= top);
    const before = seen?.getBoundingClientRect().top;
    const room = log.scrollTop;
    log.scrollTop -= step;
    const went = room - log.scrollTop;
    const now = await new Promise(requestAnimationFrame);
    // The reader moved it by `went`; whatever it moved besides that is a jump.
    if (seen?.isConnected && Math.abs(seen.getBoundingClientRect().top - before - went) > 1.5) jumps += 1;
    frames.push(now - last);
    last = now;
  }
  return { frames, first: first(), jumps, took: last - begun };
}"""

_TIME_KEYS = """() => {
  window.keyTimes = [];
  addEventListener("keydown", (event) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.keyTimes.push(performance.now() - event.timeStamp);
    port2.postMessage(0); // after the frame is made
  }), true);
}"""


class Measured(NamedTuple):
    """One figure, and what it may be at most (or, for a score, at least)."""

    what: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False

    @property
    def kept(self) -> bool:
        """Whether it is within its budget."""
        if self.budget is None:
            return True
        return self.value >= self.budget if self.at_least else self.value <= self.budget


def marked_texts(count: int) -> Iterator[str]:
    """What people say: every second text has something in it that must be rendered."""
    dice = random.Random(11)
    for number, words in enumerate(texts(count)):
        text = " ".join(words.split()[: dice.randint(2, 30)])
        match number % 20:
            case 0 | 6:
                yield f"**{text[:20]}** {text} `{text[:12]}`"
            case 2 | 8:
                yield f"{text} https://example.org/{number}"
            case 4 | 10:
                yield f"@{_READER} {text} #{ROOM}"
            case 12:
                yield f"```python\ndef f{number}(x):\n    return x + {number}  # {text[:30]}\n```"
            case 14:
                yield f"> {text}\n{text[:40]}"
            case 16:
                yield f"- {text[:20]}\n- {text[20:40]}\n- *{text[40:60]}*"
            case 18:
                yield "🎉"
            case _:
                yield text


def fill(directory: Path, messages: int) -> None:
    """A data directory with one room of so many messages; everybody's token is their name."""
    prepare_directory(directory)
    upgrade(directory / DATABASE)
    engine = writing_engine(directory / DATABASE)
    begun, dice = int(time.time() * 1000) - _WEEK_MS, random.Random(12)
    with engine.connect() as connection:
        driver_of(connection).execute("PRAGMA synchronous = OFF")
        with connection.begin():
            names = [_READER, *(f"p{number}" for number in range(_PEOPLE))]
            people = [create_user(connection, begun, name, None) for name in names]
            for one in people:
                add_token(connection, begun + 2 * _WEEK_MS, one.id, sha256(one.name.encode()).digest())
            room = create_room(connection, begun, ROOM, "public", people[0].id).id
            for one in people[1:]:
                add_member(connection, begun, one.id, room, 0)
        said = marked_texts(messages)
        for first in range(0, messages, _BATCH):
            some = [text for _, text in zip(range(min(_BATCH, messages - first)), said, strict=False)]
            with connection.begin():
                drafts = [Draft(room, dice.choice(people[1:]), text) for text in some]
                append_all(connection, drafts, begun + _WEEK_MS * first // messages)
        driver_of(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` beside the body and end it with the body."""
    task = asyncio.create_task(work)
    try:
        yield
        if task.done():
            task.result()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def speak(port: int, per_second: float) -> None:
    """Say something so often, in turn as each of the people, until cancelled."""
    lines = [await _log_in(port, f"p{number}") for number in range(_PEOPLE)]
    readers = [asyncio.create_task(_discard(line)) for line in lines]
    loop = asyncio.get_running_loop()
    due = loop.time()
    try:
        for number, text in enumerate(marked_texts(10_000_000)):
            await asyncio.sleep(due - loop.time())
            due += 1 / per_second
            await lines[number % _PEOPLE].send(json.dumps({"type": "say", "room": ROOM, "text": text}))
    finally:
        for reader in readers:
            reader.cancel()
        for line in lines:
            await line.close()


async def _log_in(port: int, name: str) -> ClientConnection:
    line = await connect(
        f"ws://{HOST}:{port}/ws", compression=None, ping_interval=None, max_size=2**24, proxy=None
    )
    await line.send(json.dumps({"type": "login", "id": 1, "token": name}))
    async for frame in line:
        event = json.loads(frame)
        if event.get("id") == 1:
            if event["type"] == "error":
                raise RuntimeError(f"{name} may not come in: {event}")
            break
    return line


async def _discard(line: ClientConnection) -> None:
    async for frame in line:
        event = json.loads(frame)
        if event["type"] == "error":
            raise RuntimeError(f"A message was refused: {event}")


async def open_room(context: BrowserContext, port: int) -> Page:
    """The page as the reader sees it, at the end of the room."""
    await context.add_cookies([{"name": f"chatd_{port}", "value": _READER, "url": f"http://{HOST}:{port}"}])
    page = await context.new_page()
    await page.goto(f"http://{HOST}:{port}/r/{ROOM}")
    await page.locator("article[data-seq]").last.wait_for()
    return page


async def heap(page: Page) -> float:
    """Bytes of JavaScript's heap that are in use after everything that can be forgotten is."""
    session = await page.context.new_cdp_session(page)
    await session.send("HeapProfiler.collectGarbage")
    used = (await session.send("Runtime.getHeapUsage"))["usedSize"]
    await session.detach()
    return float(used)


async def scroll(page: Page, messages: int, step: int) -> list[Measured]:
    """Up through `messages` of the room, so many pixels a frame."""
    newest = int(await page.locator("article[data-seq]").last.get_attribute("data-seq") or 0)
    until = max(1, newest - messages + 1)
    frames: list[float] = []
    heaps = [await heap(page)]
    jumps = 0
    begun = time.monotonic()
    at = newest
    while at > until:
        there = await page.evaluate(_SCROLL, {"step": step, "most": max(until, at - messages // 5)})
        frames += there["frames"]
        jumps += there["jumps"]
        heaps.append(await heap(page))
        if there["first"] >= at:
            raise RuntimeError(f"The page does not come past message {at}.")
        at = there["first"]
    took = time.monotonic() - begun
    frames.sort()
    print(f"heap while scrolling: {', '.join(f'{one / 1e6:.1f}' for one in heaps)} MB", file=sys.stderr)
    return [
        Measured(
            f"scrolling through {newest - at + 1:,} messages: frame, median",
            statistics.median(frames),
            "ms",
            FRAME_BUDGET_MS,
        ),
        Measured("… frame, p95", frames[len(frames) * 95 // 100], "ms"),
        Measured("… frame, longest", frames[-1], "ms"),
        Measured("… it took", took, "s"),
        Measured("… frames in which the text jumped", jumps, "", 0),
        Measured("… heap, more than before", (heaps[-1] - heaps[1]) / 1e6, "MB", FLAT_BYTES / 1e6),
    ]


async def type_keys(page: Page, port: int, per_second: float) -> list[Measured]:
    """Press keys in the composer while others speak."""
    await page.evaluate(_TIME_KEYS)
    field = page.get_by_role("textbox", name="Message to #hall")
    await field.fill("")
    await field.focus()
    async with beside(speak(port, per_second)):
        await page.wait_for_timeout(2_000)
        for number in range(_KEYS):
            await page.keyboard.press(_TYPED[number % len(_TYPED)].replace(" ", "Space"))
            await asyncio.sleep(_KEY_PAUSE_SECONDS)
            if number % 60 == 59:
                await field.fill("")
    times = sorted(await page.evaluate("keyTimes"))
    if len(times) < _KEYS:
        raise RuntimeError(f"Of {_KEYS} keys {len(times)} were painted.")
    what = f"a key is painted while {per_second:g} messages a second come"
    return [
        Measured(f"{what}: median", statistics.median(times), "ms", KEY_BUDGET_MS),
        Measured("… p95", times[len(times) * 95 // 100], "ms", KEY_BUDGET_MS),
        Measured("… longest", times[-1], "ms"),
    ]


async def stay(page: Page, port: int, per_second: float, minutes: float) -> list[Measured]:
    """Be open at the end of the room while others speak."""
    heaps = []
    async with beside(speak(port, per_second)):
        for _ in range(5):
            await asyncio.sleep(minutes * 60 / 5)
            heaps.append(await heap(page))
    print(f"heap while others speak: {', '.join(f'{one / 1e6:.1f}' for one in heaps)} MB", file=sys.stderr)
    what = f"heap after {minutes:g} minutes of {per_second:g} messages a second"
    return [Measured(what, heaps[-1] / 1e6, "MB", HEAP_BUDGET_BYTES / 1e6)]


def look(port: int, devtools: int, path: str, form: str, scratch: Path) -> list[Measured]:
    """What Lighthouse says of a page, seen by whoever is logged in in the browser at `devtools`."""
    report = scratch / "lighthouse.json"
    subprocess.run(
        [
            *("npm", "exec", "--yes", f"--package={LIGHTHOUSE}", "--", "lighthouse"),
            *(f"http://{HOST}:{port}{path}", f"--port={devtools}", "--disable-storage-reset", "--quiet"),
            *(*(["--preset=desktop"] if form == "desktop" else []), f"--only-categories={','.join(_SCORED)}"),
            *("--output=json", f"--output-path={report}"),
        ],
        check=True,
        cwd=scratch,
    )
    found = json.loads(report.read_text())
    for category in _SCORED:
        for one in found["categories"][category]["auditRefs"]:
            audit = found["audits"][one["id"]]
            if one["weight"] and audit["score"] is not None and audit["score"] < 1:
                print(
                    f"{path}: {category}: {audit['title']}: {audit.get('displayValue', '')}", file=sys.stderr
                )
    return [
        Measured(
            f"Lighthouse, {form}, {path}: {category.replace('-', ' ')}",
            round(100 * found["categories"][category]["score"]),
            "",
            SCORE_BUDGET,
            at_least=True,
        )
        for category in _SCORED
    ]


async def measure(port: int, scratch: Path, options: argparse.Namespace) -> list[Measured]:
    """Everything that was asked for."""
    measured: list[Measured] = []
    wanted = set(_PARTS) if options.only is None else {options.only}
    async with async_playwright() as playwright:
        devtools = free_port()
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={devtools}"],
        )
        try:
            if "scroll" in wanted:
                measured += await _alone(
                    browser, port, lambda page: scroll(page, options.messages, options.step)
                )
            if "keys" in wanted:
                measured += await _alone(browser, port, lambda page: type_keys(page, port, 50))
            if "stay" in wanted:
                measured += await _alone(browser, port, lambda page: stay(page, port, 20, options.minutes))
        finally:
            await browser.close()
        if "lighthouse" in wanted:
            measured += await _lighthouse(
                playwright.chromium.launch_persistent_context, port, devtools, scratch
            )
    return measured


async def _alone(
    browser: Browser, port: int, part: Callable[[Page], Coroutine[Any, Any, list[Measured]]]
) -> list[Measured]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    try:
        return await part(await open_room(context, port))
    finally:
        await context.close()


async def _lighthouse(launch: Any, port: int, devtools: int, scratch: Path) -> list[Measured]:
    """Lighthouse opens its tabs in the browser's own context, so that is the one that has the cookie."""
    context = await launch(
        scratch / "profile",
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", f"--remote-debugging-port={devtools}"],
    )
    try:
        measured: list[Measured] = []
        for form in ("desktop", "phone"):
            measured += await asyncio.to_thread(look, port, devtools, "/", form, scratch)
        page = await open_room(context, port)
        await page.close()
        for form in ("desktop", "phone"):
            measured += await asyncio.to_thread(look, port, devtools, f"/r/{ROOM}", form, scratch)
        return measured
    finally:
        await context.close()


def report(measured: list[Measured]) -> str:
    """What was measured, as Markdown."""
    lines = ["| measured | | budget |", "|---|--:|--:|"]
    for one in measured:
        sign = "≥" if one.at_least else "≤"
        budget = "" if one.budget is None else f"{sign} {one.budget:g}"
        lines.append(f"| {one.what} | {one.value:.4g} {one.unit} | {budget} |".replace("  ", " "))
    return "\n".join([*lines, ""])


def main() -> int:
    """Fill, measure and print; the exit status."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
        scratch = Path(name)
        fill(scratch / "data", options.messages)
        machine = Machine()
        web, line = free_port(), free_port()
        server = Server(chatd_command(scratch / "data", web, line, LIMITS_OFF), [web, line], scratch / "log")
        with stopping(server):
            measured = asyncio.run(measure(web, scratch, options))
    print(f"A room of {options.messages:,} messages in Chromium, headless; {machine.describe()}.\n")
    print(report(measured))
    broken = [one for one in measured if not one.kept]
    for one in broken:
        print(f"{one.what}: {one.value:.4g} {one.unit} breaks the budget of {one.budget:g}.", file=sys.stderr)
    return 1 if broken else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.web", description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000, help="how many there are in the room")
    parser.add_argument("--step", type=int, default=400, help="how many pixels are scrolled a frame")
    parser.add_argument(
        "--minutes", type=float, default=10, help="how long the page stays open while others speak"
    )
    parser.add_argument("--only", choices=_PARTS, help="measure only this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
