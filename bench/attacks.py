"""Attack the daemon in every way of `bench/attackers.py`, and measure what the innocent notice of it.

Run as `python -m bench.attacks`. The daemon has its limits as they are by default. Four people talk,
through WebSocket and lines, plain and over TLS: how long a message takes to each of the others is measured.
The exit status is 1 when a message was lost, somebody was dropped, or, with --check, the budget was not kept.
"""

import argparse
import asyncio
import contextlib
import json
import os
import resource
import signal
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from bench.attackers import ATTACKS, VICTIM
from bench.documents import put
from bench.servers import HOST, Server, chatd_command, free_port

BUDGET_MS = 100.0
"""What a message may take, 99 times out of 100, while an attack goes on."""
SECONDS = 10.0
_SAY_SECONDS = 0.25
_SETTLE_SECONDS = 3.0
_PATIENCE_SECONDS = 30.0
_PASSWORD = "correct horse battery"
_DESCRIPTORS = 40
"""So many are left when they are made scarce."""
SCARCE = "descriptors"
DOCUMENT = Path(__file__).parent.parent / "docs" / "reliability.md"


class Talk:
    """What the innocent have said, and when each of the others heard it."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.said: dict[str, float] = {}
        """When, by text."""
        self.heard: dict[tuple[str, str], float] = {}
        """When, by text and listener."""
        self.wrong: list[str] = []
        self._count = 0

    def say(self, name: str) -> str:
        """The next text of this one."""
        self._count += 1
        text = f"innocent-{name}-{self._count}"
        self.said[text] = time.monotonic()
        return text

    def hear(self, name: str, text: str) -> None:
        """This one has seen it."""
        if not text.startswith("innocent-"):
            return
        if (text, name) in self.heard:
            self.wrong.append(f"{name} saw {text} twice.")
        self.heard[text, name] = time.monotonic()

    def delays(self, begun: float, ended: float) -> list[float]:
        """Milliseconds of each delivery of what was said in between, in order; infinite for what was lost."""
        return sorted(
            (self.heard.get((text, name), float("inf")) - at) * 1000
            for text, at in self.said.items()
            if begun <= at < ended
            for name in self.names
            if f"-{name}-" not in text
        )

    def missing(self, begun: float, ended: float) -> int:
        """How many deliveries are still to come."""
        return sum(delay == float("inf") for delay in self.delays(begun, ended))


async def _talk_by_websocket(talk: Talk, name: str, url: str, tls: ssl.SSLContext | None) -> None:
    async with connect(url, ssl=tls, compression=None, proxy=None, ping_interval=None) as connection:
        for command in ({"type": "login", "name": name}, {"type": "attach"}):
            await connection.send(json.dumps(command))
        speaking = asyncio.create_task(
            _every(lambda text: connection.send(json.dumps(_saying(text))), talk, name)
        )
        try:
            async for frame in connection:
                event = json.loads(frame)
                if event["type"] == "attached" and name not in talk.names:
                    talk.names.append(name)
                elif event["type"] == "said":
                    talk.hear(name, event["text"]) if event["from"]["name"] != name else None
                elif event["type"] == "error":
                    talk.wrong.append(f"{name} was answered {event}")
        finally:
            speaking.cancel()
    talk.wrong.append(f"{name} lost the connection.")


def _saying(text: str) -> dict[str, str]:
    return {"type": "say", "room": "lobby", "text": text}


async def _talk_by_lines(talk: Talk, name: str, port: int, tls: ssl.SSLContext | None) -> None:
    host = None if tls is None else "localhost"
    reader, writer = await asyncio.open_connection(HOST, port, ssl=tls, server_hostname=host)

    async def say(text: str) -> None:
        writer.write(f"{text}\n".encode())

    writer.write(f"/nick {name}\n".encode())
    speaking = asyncio.create_task(_every(say, talk, name))
    try:
        while line := (await reader.readline()).decode().rstrip():
            if line.startswith(f"* You are {name}"):
                talk.names.append(name)
            elif line.startswith("["):
                talk.hear(name, line.rpartition(" ")[2])
            elif line.startswith("! "):
                talk.wrong.append(f"{name} was answered {line}")
    finally:
        speaking.cancel()
    talk.wrong.append(f"{name} lost the connection.")


async def _every(say: Callable[[str], Any], talk: Talk, name: str) -> None:
    while len(talk.names) < 4:
        await asyncio.sleep(0.05)
    await asyncio.sleep(_SAY_SECONDS * talk.names.index(name) / 4)
    while True:
        await say(talk.say(name))
        await asyncio.sleep(_SAY_SECONDS)


@dataclass
class Outcome:
    """What one attack did."""

    name: str
    what: str
    delays: list[float]
    done: dict[str, int]
    seconds: float
    grown_mib: float
    logins: list[float] = field(default_factory=list)
    """Milliseconds of each login of whom the passwords are guessed of; infinite for one that was refused."""

    def quantile(self, part: float) -> float:
        """Milliseconds that this part of the deliveries took at most."""
        return self.delays[min(len(self.delays) - 1, int(len(self.delays) * part))]

    def held(self) -> str:
        """What the attackers did, in words."""
        rates = [
            f"{count:,} {what}" if what.endswith("held") else f"{count / self.seconds:,.0f} {what}/s"
            for what, count in self.done.items()
            if count
        ]
        return ", ".join(rates) or "–"


class Siege:
    """One daemon, the innocent, and one attack after the other."""

    def __init__(self, directory: Path) -> None:
        """Start the daemon."""
        self.ports = [free_port() for _ in range(4)]
        web, line, web_tls, line_tls = self.ports
        data = directory / "data"
        command = chatd_command(data, web, line, "", (web_tls, line_tls))
        self.server = Server(command, self.ports, directory / "log")
        self.talk = Talk()
        self._trust = ssl.create_default_context(cafile=data / "tls" / "self-signed.pem")
        self._log = directory / "log"

    async def hold(self, names: Sequence[str], seconds: float) -> list[Outcome]:
        """Let the innocent talk, first in peace, then while each of these goes on."""
        web, line, web_tls, line_tls = self.ports
        await asyncio.to_thread(self._post, "register", {"name": VICTIM, "password": _PASSWORD})
        talk, trust = self.talk, self._trust
        lives = [
            asyncio.create_task(_talk_by_websocket(talk, "wes", f"ws://{HOST}:{web}/ws", None)),
            asyncio.create_task(_talk_by_websocket(talk, "wanda", f"wss://localhost:{web_tls}/ws", trust)),
            asyncio.create_task(_talk_by_lines(talk, "lena", line, None)),
            asyncio.create_task(_talk_by_lines(talk, "luis", line_tls, trust)),
        ]
        try:
            await self._until(lambda: len(talk.names) == 4)
            outcomes = [await self._outcome("peace", "nobody attacks", seconds)]
            for name in names:
                print(f"{name} …", end=" ", flush=True)
                await asyncio.sleep(_SETTLE_SECONDS)
                outcomes.append(await self._endure(name, seconds))
                print(f"p99 {outcomes[-1].quantile(0.99):.0f} ms, {outcomes[-1].held()}", flush=True)
                for life in lives:
                    if life.done():
                        life.result()
            return outcomes
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)

    async def _endure(self, name: str, seconds: float) -> Outcome:
        if name == SCARCE:
            return await self._endure_scarcity(seconds)
        what = (ATTACKS[name].__doc__ or "").rstrip(".")
        async with _attacking(name, self.ports) as attack:
            outcome = await self._outcome(name, what, seconds, attack, logs_in=name == "guesses")
        return outcome

    async def _endure_scarcity(self, seconds: float) -> Outcome:
        pid = self.server.pid
        _, most = before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        used = len(list(Path(f"/proc/{pid}/fd").iterdir()))
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (used + _DESCRIPTORS, most))
        try:
            async with _attacking("slow_lines", self.ports) as attack:
                what = f"The same with {_DESCRIPTORS} file descriptors left, all of which are soon used"
                return await self._outcome(SCARCE, what, seconds, attack)
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, before)

    async def _outcome(
        self, name: str, what: str, seconds: float, attack: "Attack | None" = None, logs_in: bool = False
    ) -> Outcome:
        before, begun = self.server.resident_bytes(), time.monotonic()
        logins: list[float] = []
        guarded = asyncio.create_task(self._log_in_again_and_again(logins)) if logs_in else None
        if attack is not None:
            await attack.ready()
        await asyncio.sleep(seconds)
        ended = time.monotonic()
        grown = self.server.resident_bytes() - before
        done = {} if attack is None else await attack.stop()
        if guarded is not None:
            guarded.cancel()
        await self._until(lambda: not self.talk.missing(begun, ended))
        delays = self.talk.delays(begun, ended)
        return Outcome(name, what, delays, done, ended - begun, grown / 2**20, logins)

    async def _log_in_again_and_again(self, logins: list[float]) -> None:
        while True:
            begun = time.monotonic()
            credentials = {"name": VICTIM, "password": _PASSWORD}
            status = await asyncio.to_thread(self._post, "login", credentials)
            logins.append((time.monotonic() - begun) * 1000 if status == 200 else float("inf"))
            await asyncio.sleep(0.5)

    def _post(self, name: str, body: dict[str, str]) -> int:
        port = self.ports[0]
        request = urllib.request.Request(
            f"http://{HOST}:{port}/api/{name}",
            json.dumps(body).encode(),
            {"Origin": f"http://{HOST}:{port}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE_SECONDS) as response:
                return int(response.status)
        except urllib.error.HTTPError as refused:
            return refused.code

    async def _until(self, holds: Callable[[], bool]) -> None:
        give_up = time.monotonic() + _PATIENCE_SECONDS
        while not holds() and time.monotonic() < give_up:
            await asyncio.sleep(0.05)

    def faults(self) -> list[str]:
        """What the daemon logged as errors, but for descriptors that it did not get."""
        lines = self._log.read_text(errors="replace").splitlines()
        return [
            line
            for line in lines
            if (" error " in line or " critical " in line) and "EMFILE encountered" not in line
        ]


class Attack:
    """One attack, as a process of its own."""

    def __init__(self, name: str, ports: Sequence[int]) -> None:
        """Begin it."""
        self._name = name
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.attackers", name, *map(str, ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    async def ready(self) -> None:
        """Wait until it does its worst; RuntimeError when it cannot."""
        assert self._process.stdout is not None
        line = await asyncio.to_thread(self._process.stdout.readline)
        if line != "ready\n":
            raise RuntimeError(f"The attack {self._name} came to nothing.")

    async def stop(self) -> dict[str, int]:
        """End it; what it did, how often."""
        output, _ = await asyncio.to_thread(self._process.communicate, "")
        return dict(json.loads(output))

    def kill(self) -> None:
        """End it however it is."""
        self._process.kill()
        self._process.wait()


@contextlib.asynccontextmanager
async def _attacking(name: str, ports: Sequence[int]) -> Any:
    attack = Attack(name, ports)
    try:
        yield attack
    finally:
        attack.kill()


def table(outcomes: Sequence[Outcome]) -> str:
    """What was measured, as Markdown."""
    lines = [
        "| attack | held load | p50 ms | p99 ms | longest ms | memory MiB |",
        "|---|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one.what} | {one.held()} | {one.quantile(0.5):.1f} | {one.quantile(0.99):.1f}"
        f" | {one.delays[-1]:.0f} | {one.grown_mib:+.0f} |"
        for one in outcomes
    ]
    for one in outcomes:
        if one.logins:
            good = sorted(delay for delay in one.logins if delay != float("inf"))
            lines += [
                "",
                f"While the password was guessed, its owner logged in {len(good)} times out of"
                f" {len(one.logins)}, which took {good[len(good) // 2]:.0f} ms in the median and"
                f" {good[-1]:.0f} at most."
                if good
                else "While the password was guessed, its owner could not log in.",
            ]
    return "\n".join(lines)


def broken_budgets(outcomes: Sequence[Outcome]) -> list[str]:
    """A sentence for each attack under which the innocent waited for too long."""
    return [
        f"{one.name}: p99 was {one.quantile(0.99):.0f} ms, and {BUDGET_MS:.0f} are the most."
        for one in outcomes
        if one.quantile(0.99) > BUDGET_MS
    ]


def main() -> int:
    """Attack, and print; the exit status."""
    options = _options()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(1))  # and end what was started
    command = f"python -m bench.attacks --seconds {options.seconds:g}"
    with tempfile.TemporaryDirectory(prefix="chatd-attacks-") as directory:
        siege = Siege(Path(directory))
        try:
            outcomes = asyncio.run(siege.hold(options.only or [*ATTACKS, SCARCE], options.seconds))
        finally:
            status = siege.server.stop()
        wrong = [*siege.talk.wrong, *siege.faults()]
    lost = sum(delay == float("inf") for one in outcomes for delay in one.delays)
    if lost:
        wrong.append(f"{lost} deliveries were lost.")
    if status not in (0, -15):
        wrong.append(f"The daemon ended with status {status}.")
    deliveries = sum(len(one.delays) for one in outcomes)
    text = (
        f"{deliveries:,} deliveries to the innocent, {lost or 'none'} of them lost. Load before: "
        f"{LOAD:.1f}, on {os.cpu_count()} processors. Seen again with `{command}`.\n\n{table(outcomes)}"
    )
    print(text)
    broken = broken_budgets(outcomes)
    for sentence in [*wrong, *broken]:
        print(sentence, file=sys.stderr)
    if options.write and not wrong:
        put(DOCUMENT, "bench.attacks", text)
    return 1 if wrong or (broken and options.check) else 0


LOAD = os.getloadavg()[0]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long each attack is endured")
    parser.add_argument("--only", nargs="*", choices=[*ATTACKS, SCARCE], help="these attacks")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    parser.add_argument("--check", action="store_true", help="exit with status 1 when the budget is broken")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
