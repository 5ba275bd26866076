"""Do to the daemon what a bad week does, and look for what was lost, doubled or put in another order.

Run as `python -m bench.chaos`. Clients on every frontend, over TLS too, and most of them through a proxy
that delays, cuts and forgets connections, talk in three rooms; the daemon is killed, stopped and frozen,
and its disk fails; each time it is started again on the same data. In the end the database is read directly
and compared with what every client saw and was promised. The exit status is 1 when a promise was broken.
With --write the report goes into docs/reliability.md.
"""

import argparse
import asyncio
import logging
import random
import signal
import ssl
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.checks import Journal, Log, read_log, violations
from bench.clients import Client, LineClient, WebSocketClient, found_rooms
from bench.documents import put
from bench.proxy import Proxy
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port
from bench.timeline import draw

ROOMS = ("lobby", "dev", "ops")
OWED_BYTES = 65_536
"""Little, so that who stalls is told of gaps."""
_ENTRANCE_SECONDS = 60
_FINISH_SECONDS = 120
_CUT_SECONDS = 1.2
"""How long a connection through the proxy lasts, on average."""
_SHOWN = 20
"""So many violations are printed; the rest is counted."""

KILL, STOP, FREEZE, DISK = "SIGKILL", "SIGTERM", "SIGSTOP", "failing disk"
_WEIGHTS = {KILL: 20, STOP: 2, FREEZE: 3, DISK: 3}


REPORT = """\
{verdict} {summary}

| what was done | times | lost | doubled | reordered |
|---|---|---|---|---|
{table}

![Commands acknowledged per second, and what was done meanwhile](reliability.svg)

The run took {seconds:,.0f} s: `{command}`.{cut_short}
"""
DOCUMENT = Path(__file__).parent.parent / "docs" / "reliability.md"


class Daemon:
    """chatd on one data directory and one set of ports, started as often as it ends."""

    def __init__(self, directory: Path) -> None:
        """Start it for the first time."""
        self.web_port, self.line_port, self.web_tls_port, self.line_tls_port = (free_port() for _ in range(4))
        self._data = directory / "data"
        self._log = directory / "log"
        self._server = self._start()

    @property
    def database(self) -> Path:
        """The file that survives it all."""
        return self._data / "chatd.db"

    @property
    def trust(self) -> ssl.SSLContext:
        """What its clients over TLS need."""
        return ssl.create_default_context(cafile=self._data / "tls" / "self-signed.pem")

    def _start(self) -> Server:
        tls_ports = (self.web_tls_port, self.line_tls_port)
        config = LIMITS_OFF.replace("owed_bytes = 0", f"owed_bytes = {OWED_BYTES}")
        command = chatd_command(self._data, self.web_port, self.line_port, config, tls_ports)
        # It listens before it has opened its database; a disk that fails in between is another story.
        return Server(command, [self.web_port, self.line_port, *tls_ports], self._log, b" serves ")

    def kill(self) -> None:
        """SIGKILL."""
        self._server.kill()

    def freeze(self, frozen: bool) -> None:
        """SIGSTOP, or SIGCONT."""
        self._server.freeze(frozen)

    def fail_disk(self, fails: bool) -> None:
        """Let its log grow no further, so that nothing can be written, or let it grow again."""
        log = self._data / "chatd.db-wal"
        self._server.fail_writes((log.stat().st_size if log.exists() else 0) if fails else None)

    def restart(self) -> None:
        """Start it again, and wait until it listens."""
        self._server = self._start()

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        return self._server.stop()

    def faults(self) -> list[str]:
        """What it logged as errors, but for those of a failing disk."""
        lines = self._log.read_text(errors="replace").splitlines()
        errors = [line for line in lines if " error " in line or " critical " in line]
        return [line for line in errors if "disk I/O error" not in line]


@dataclass
class Week:
    """What was done, and when."""

    began: float = field(default_factory=time.monotonic)
    events: list[tuple[float, str]] = field(default_factory=list)
    """Seconds from the beginning, and the fault."""
    statuses: list[int] = field(default_factory=list)
    """Exit statuses after SIGTERM."""

    def note(self, fault: str) -> None:
        """This is done now."""
        self.events.append((time.monotonic() - self.began, fault))

    def counts(self) -> Counter[str]:
        """How often each fault was done."""
        return Counter(fault for _, fault in self.events)


class Story:
    """The clients, the proxies between, and what happens to them."""

    def __init__(self, daemon: Daemon, seed: int, cut_seconds: float = _CUT_SECONDS) -> None:
        self.daemon = daemon
        self.week = Week()
        self._choice = random.Random(seed)
        self._seed = seed
        targets = (daemon.web_port, daemon.line_port, daemon.web_tls_port, daemon.line_tls_port)
        self.proxies = {
            target: Proxy(target, random.Random(f"{seed} {place}"), cut_seconds)
            for place, target in enumerate(targets)
        }
        self.clients: list[Client] = []

    def cuts(self) -> Counter[str]:
        """How often a connection was cut, by how."""
        return sum((proxy.cuts for proxy in self.proxies.values()), Counter())

    def styles(self) -> Counter[str]:
        """How connections were carried."""
        return sum((proxy.styles for proxy in self.proxies.values()), Counter())

    async def tell(self, kills: int, cuts: int, seconds: float) -> None:
        """Let clients talk while so many kills and cuts are done, in at most so many seconds, and finish."""
        for proxy in self.proxies.values():
            await proxy.open()
        await found_rooms(self.daemon.web_port, [room for room in ROOMS if room != "lobby"])
        self.clients = self._people()
        memories = [client.memory for client in self.clients]
        lives = [asyncio.create_task(client.live()) for client in self.clients]
        try:
            await _until(lambda: all(memory.connected for memory in memories), _ENTRANCE_SECONDS)
            # Whoever has lost the connection before it knew how to come back would wait for its name.
            self._calm(False)
            until = time.monotonic() + seconds
            while time.monotonic() < until and (
                self.week.counts()[KILL] < kills or self.cuts().total() < cuts
            ):
                await asyncio.sleep(self._choice.uniform(0.1, 0.8))
                await self._happen(kills)
            self._calm(True)
            await _until(lambda: all(memory.connected for memory in memories), _ENTRANCE_SECONDS)
            for memory in memories:
                memory.talking = False
            await _until(lambda: not any(client.waiting for client in self.clients), _FINISH_SECONDS)
            log = read_log(self.daemon.database)
            await _until(lambda: all(_is_at_end(client, log) for client in self.clients), _FINISH_SECONDS)
            await _until(lambda: not any(client.waiting for client in self.clients), _FINISH_SECONDS)
            for life in lives:
                if life.done():
                    life.result()
        finally:
            for life in lives:
                life.cancel()
            await asyncio.gather(*lives, return_exceptions=True)
            for proxy in self.proxies.values():
                proxy.close()

    def _calm(self, calm: bool) -> None:
        for proxy in self.proxies.values():
            proxy.calm = calm

    def _people(self) -> list[Client]:
        """Three come straight to the daemon, so that what they do not read waits there; two of them stall."""
        daemon, trust, seed = self.daemon, self.daemon.trust, self._seed
        web, line, web_tls, line_tls = (proxy.port for proxy in self.proxies.values())
        people: list[Client] = [
            *(WebSocketClient(f"web{number}", web, ROOMS, seed) for number in range(4)),
            *(WebSocketClient(f"secure{number}", web_tls, ROOMS, seed, tls=trust) for number in range(2)),
            WebSocketClient("wanderer", web, ROOMS, seed, wanders="ops"),
            *(LineClient(f"line{number}", line, ROOMS, seed) for number in range(3)),
            *(LineClient(f"sline{number}", line_tls, ROOMS, seed, tls=trust) for number in range(2)),
            WebSocketClient("direct", daemon.web_port, ROOMS, seed),
        ]
        people[-1].memory.padding = 3_000
        sleepers: list[Client] = [
            WebSocketClient("sleeper", daemon.web_port, ROOMS, seed),
            LineClient("dozer", daemon.line_port, ROOMS, seed),
        ]
        for sleeper in sleepers:
            sleeper.memory.stalls = True
        return people + sleepers

    async def _happen(self, kills: int) -> None:
        weights = dict(_WEIGHTS)
        if self.week.counts()[KILL] >= kills:
            del weights[KILL]
        (fault,) = self._choice.choices(list(weights), list(weights.values()))
        self.week.note(fault)
        daemon, pause = self.daemon, self._choice.uniform(0.0, 0.2)
        if fault == KILL:
            daemon.kill()
            await asyncio.sleep(pause)
            await asyncio.to_thread(daemon.restart)
        elif fault == STOP:
            self.week.statuses.append(await asyncio.to_thread(daemon.stop))
            await asyncio.to_thread(daemon.restart)
        elif fault == FREEZE:
            daemon.freeze(True)
            await asyncio.sleep(10 * pause)
            daemon.freeze(False)
        elif fault == DISK:
            daemon.fail_disk(True)
            await asyncio.sleep(5 * pause)
            if self._choice.random() < 0.5 and self.week.counts()[KILL] < kills:
                # Killed while its disk fails, and started again on one that fails as well, for a moment.
                self.week.note(KILL)
                daemon.kill()
                await asyncio.to_thread(daemon.restart)
                daemon.fail_disk(True)
                await asyncio.sleep(5 * pause)
            daemon.fail_disk(False)


def _is_at_end(client: Client, log: Log) -> bool:
    ends = log.ends(client.memory.journal.kinds)
    return all(position >= ends[room] for room, position in client.memory.positions.items())


async def _until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait until it holds. That it never does is no reason to stop: the checks will say what is missing."""
    give_up = time.monotonic() + seconds
    while not holds() and time.monotonic() < give_up:
        await asyncio.sleep(0.05)


def summary(log: Log, journals: Sequence[Journal], retries: int) -> str:
    """What the clients did, in one paragraph."""
    acknowledged = sum(len(journal.acknowledged) for journal in journals)
    seen = sum(len(attachment) for journal in journals for attachment in journal.attachments)
    return (
        f"{len(log.messages):,} entries stored in {len(log.heads)} rooms, {acknowledged:,} acknowledged,"
        f" {retries:,} sent again with their key, {seen:,} deliveries to {len(journals)} clients"
        f" on {sum(len(journal.attachments) for journal in journals):,} attachments,"
        f" {sum(journal.gaps for journal in journals):,} gaps announced and filled."
    )


def report(
    story: Story, text: str, broken: Sequence[str], command: str, seconds: float, *, done: bool
) -> str:
    """What docs/reliability.md says of this run; `done`: as many faults were done as were wanted."""
    counts, cuts, styles = story.week.counts(), story.cuts(), story.styles()
    rows = [
        *((f"{fault}, and a start on the same data", counts[fault]) for fault in (KILL, STOP)),
        (f"{FREEZE} for up to two seconds", counts[FREEZE]),
        (
            "every write to the disk fails, for up to two seconds, and half the time SIGKILL meanwhile",
            counts[DISK],
        ),
        *((f"connection cut: {cut}", cuts[cut]) for cut in sorted(cuts)),
        *((f"connection carried {style}", styles[style]) for style in ("delayed", "byte by byte")),
    ]
    table = "\n".join(f"| {what} | {times:,} | 0 | 0 | 0 |" for what, times in rows)
    verdict = (
        "Nothing was lost, doubled or put in another order."
        if not broken
        else f"**{len(broken)} promises were broken**, so the zeros of the table are wrong."
    )
    return REPORT.format(
        verdict=verdict,
        summary=text,
        table=table,
        seconds=seconds,
        command=command,
        cut_short="" if done else " Its time ended it before it had done so many.",
    )


def main() -> int:
    """Tell the story that the options ask for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20, help="at least so many")
    parser.add_argument("--cuts", type=int, default=100, help="connections cut by the proxy, at least")
    parser.add_argument("--seconds", type=float, default=1_100, help="no new fault after so many")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    parser.add_argument("--write", action="store_true", help="put the report into docs/reliability.md")
    options = parser.parse_args()
    command = (
        f"python -m bench.chaos --kills {options.kills} --cuts {options.cuts}"
        f" --seconds {options.seconds:g} --seed {options.seed}"
    )
    print(command, flush=True)
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each write to what was cut
    with tempfile.TemporaryDirectory(prefix="chatd-chaos-") as directory:
        daemon = Daemon(Path(directory))
        story = Story(daemon, options.seed)
        try:
            asyncio.run(story.tell(options.kills, options.cuts, options.seconds))
        finally:
            story.week.statuses.append(daemon.stop())
        log, faults = read_log(daemon.database), daemon.faults()
    seconds = time.monotonic() - story.week.began
    journals = [client.memory.journal for client in story.clients]
    retries = sum(client.retries for client in story.clients if isinstance(client, WebSocketClient))
    broken = violations(log, journals)
    # twistd ends itself by the signal that stopped it.
    broken += [
        f"After SIGTERM the daemon ended with status {status}."
        for status in story.week.statuses
        if status not in (0, -signal.SIGTERM)
    ]
    broken += [f"The daemon logged: {line}" for line in faults]
    text = summary(log, journals, retries)
    print(text)
    print(", ".join(f"{count} × {fault}" for fault, count in sorted(story.week.counts().items())))
    print(", ".join(f"{count} × {cut}" for cut, count in sorted(story.cuts().items())))
    for sentence in broken[:_SHOWN]:
        print(sentence)
    print(f"{len(broken)} violations in {seconds:.0f} s.")
    if options.write:
        done = story.week.counts()[KILL] >= options.kills and story.cuts().total() >= options.cuts
        put(DOCUMENT, "bench.chaos", report(story, text, broken, command, seconds, done=done))
        times = sorted(
            at - story.week.began for client in story.clients for at in client.memory.acknowledged_at
        )
        DOCUMENT.with_suffix(".svg").write_text(draw(times, story.week.events, seconds), encoding="utf-8")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
