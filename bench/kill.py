"""Kill the daemon again and again under load, and look for what it lost.

Run as `python -m bench.kill`. Clients on both frontends talk in three rooms; at random moments the daemon
gets SIGKILL and is started again on the same data. In the end the database is read directly and compared with
what every client saw and was promised. The exit status is 1 when a promise was broken.
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.checks import Journal, Log, read_log, violations
from bench.clients import Client, LineClient, WebSocketClient, found_rooms
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port

ROOMS = ("lobby", "dev", "ops")
_WEB_CLIENTS = 5
_LINE_CLIENTS = 4
_ENTRANCE_SECONDS = 30
_FINISH_SECONDS = 60
_SHOWN = 20
"""So many violations are printed; the rest is counted."""


class Daemon:
    """chatd on one data directory and one pair of ports, started as often as it is killed."""

    def __init__(self, directory: Path) -> None:
        """Start it for the first time."""
        self.web_port, self.line_port = free_port(), free_port()
        self._data = directory / "data"
        self._log = directory / "log"
        self._server = self._start()

    @property
    def database(self) -> Path:
        """The file that survives it all."""
        return self._data / "chatd.db"

    def _start(self) -> Server:
        command = chatd_command(self._data, self.web_port, self.line_port, LIMITS_OFF)
        return Server(command, [self.web_port, self.line_port], self._log)

    def kill(self) -> None:
        """SIGKILL."""
        self._server.kill()

    def restart(self) -> None:
        """Start it again, and wait until it listens."""
        self._server = self._start()

    def stop(self) -> int:
        """SIGTERM; gives the exit status."""
        return self._server.stop()


async def story(daemon: Daemon, kills: int, seed: int) -> list[Client]:
    """Let clients talk while the daemon is killed so many times, and then let them finish."""
    choice = random.Random(seed)
    await found_rooms(daemon.web_port, [room for room in ROOMS if room != "lobby"])
    clients: list[Client] = [
        *(WebSocketClient(f"web{index}", daemon.web_port, ROOMS, seed) for index in range(_WEB_CLIENTS)),
        *(LineClient(f"line{index}", daemon.line_port, ROOMS, seed) for index in range(_LINE_CLIENTS)),
    ]
    lives = [asyncio.create_task(client.live()) for client in clients]
    try:
        await _until(lambda: all(client.memory.connected for client in clients), _ENTRANCE_SECONDS)
        for _ in range(kills):
            await asyncio.sleep(choice.uniform(0.2, 2.0))
            daemon.kill()
            await asyncio.sleep(choice.uniform(0.0, 0.2))
            await asyncio.to_thread(daemon.restart)
        await _until(lambda: all(client.memory.connected for client in clients), _ENTRANCE_SECONDS)
        for client in clients:
            client.memory.talking = False
        await _until(lambda: not any(client.waiting for client in clients), _FINISH_SECONDS)
        log = read_log(daemon.database)
        await _until(lambda: all(_is_at_end(client, log) for client in clients), _FINISH_SECONDS)
        for life in lives:
            if life.done():
                life.result()
    finally:
        for life in lives:
            life.cancel()
        await asyncio.gather(*lives, return_exceptions=True)
    return clients


def _is_at_end(client: Client, log: Log) -> bool:
    ends = log.ends(client.memory.journal.kinds)
    return all(position >= ends[room] for room, position in client.memory.positions.items())


async def _until(holds: Callable[[], bool], seconds: float) -> None:
    """Wait until it holds. That it never does is no reason to stop: the checks will say what is missing."""
    give_up = time.monotonic() + seconds
    while not holds() and time.monotonic() < give_up:
        await asyncio.sleep(0.05)


def report(log: Log, journals: Sequence[Journal], retries: int) -> str:
    """What happened, in one paragraph."""
    acknowledged = sum(len(journal.acknowledged) for journal in journals)
    seen = sum(len(attachment) for journal in journals for attachment in journal.attachments)
    return (
        f"{len(log.messages):,} entries stored in {len(log.heads)} rooms, {acknowledged:,} acknowledged,"
        f" {retries:,} sent again with their key, {seen:,} deliveries to {len(journals)} clients"
        f" on {sum(len(journal.attachments) for journal in journals):,} attachments."
    )


def main() -> int:
    """Tell the story that the options ask for; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args()
    print(f"{options.kills} kills, --seed {options.seed}")
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chatd-kill-") as directory:
        daemon = Daemon(Path(directory))
        try:
            clients = asyncio.run(story(daemon, options.kills, options.seed))
        finally:
            status = daemon.stop()
        log = read_log(daemon.database)
    journals = [client.memory.journal for client in clients]
    retries = sum(client.retries for client in clients if isinstance(client, WebSocketClient))
    broken = violations(log, journals)
    if status not in (0, -signal.SIGTERM):  # twistd ends itself by the signal that stopped it
        broken.append(f"After SIGTERM the daemon ended with status {status}.")
    print(report(log, journals, retries))
    for sentence in broken[:_SHOWN]:
        print(sentence)
    print(f"{len(broken)} violations in {time.monotonic() - began:.0f} s.")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
