"""Send large files, and many at once, and watch what that costs everybody else.

Run as `python -m bench.files`. One file goes in and comes out, and the server's memory is read all the while;
then many go in at once, while somebody talks, and the time is taken from each line's
sending to its arrival at somebody else's. So it is while thousands of broken images come under bad names,
after which nothing may lie on the disk that no message has. The exit status is 1 when a budget was broken.
"""

import argparse
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

from bench.servers import HOST, LIMITS_OFF, Server, chatd_command, free_port
from chatd.storage.disk import examine

MB = 1_000_000
MEMORY_BUDGET_BYTES = 20 * MB
DELIVERY_BUDGET_MS = 100
_SAY_SECONDS = 0.02
_LOOK_SECONDS = 0.05
_LINK = re.compile(r"(http://\S+/f/\S+)")
_TURNED = re.compile(r"^\* (Receipts) are off")
_ASK_SECONDS = 0.01
_TOKEN = re.compile(r"\b(chatd_\w+)")


class Line:
    """One line client, read by whoever asks."""

    def __init__(self, port: int, name: str) -> None:
        self._socket = socket.create_connection((HOST, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self._socket.makefile("r", encoding="utf-8")
        self.say(f"/register {name}\ncorrect horse battery")

    def say(self, line: str) -> None:
        self._socket.sendall(f"{line}\n".encode())

    def wait_for(self, pattern: re.Pattern[str]) -> str:
        """What the pattern's group is in the first line that has it."""
        for line in self.lines:
            if found := pattern.search(line):
                return found[1]
        raise EOFError

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Size(NamedTuple):
    """What one large file cost."""

    seconds: float
    grown_bytes: int


@contextmanager
def _peak(server: Server) -> Iterator[list[int]]:
    """The most memory that the server had inside, in the list when it is over."""
    peak, over = [0], Event()

    def watch() -> None:
        while not over.wait(_LOOK_SECONDS):
            peak[0] = max(peak[0], server.resident_bytes())

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _curl(*words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(["nice", "-n", "19", "curl", "-sS", "-f", *words], stdout=subprocess.DEVNULL)


def _timed(server: Server, *words: str) -> Size:
    before, begun = server.resident_bytes(), time.monotonic()
    with _peak(server) as peak:
        if _curl(*words).wait() != 0:
            raise RuntimeError(server.output())
    return Size(time.monotonic() - begun, max(0, peak[0] - before))


def _file(path: Path, size: int) -> Path:
    """A file of so many bytes, no two of which are kept as one content."""
    with path.open("wb") as file:
        file.write(path.name.encode())
        file.truncate(size)
    return path


def _deliveries(alice: Line, bob: Line, busy: list[subprocess.Popen[bytes]]) -> list[float]:
    """How many ms each line took while these run."""
    sent: dict[str, float] = {}
    took: list[float] = []
    heard = re.compile(r"<alice> line (\d+)$")
    over = re.compile(r"<alice> (over)$")

    def read() -> None:
        for line in bob.lines:
            if found := heard.search(line):
                took.append((time.monotonic() - sent[found[1]]) * 1000)
            elif over.search(line):
                return

    reader = Thread(target=read)
    reader.start()
    number = 0
    while any(one.poll() is None for one in busy):
        sent[str(number)] = time.monotonic()
        alice.say(f"line {number}")
        number += 1
        time.sleep(_SAY_SECONDS)
    alice.say("over")
    reader.join()
    return sorted(took)


def _stalls(line: Line, busy: subprocess.Popen[bytes]) -> list[float]:
    """How many ms an answer took each time that needs nothing but a turn of the reactor, while this runs."""
    took: list[float] = []
    while busy.poll() is None:
        begun = time.monotonic()
        line.say("/receipts off")
        line.wait_for(_TURNED)
        took.append((time.monotonic() - begun) * 1000)
        time.sleep(_ASK_SECONDS)
    return sorted(took)


def _beside(
    busy: subprocess.Popen[bytes], alice: Line, bob: Line, carol: Line
) -> tuple[list[float], list[float]]:
    """The deliveries, and how long the reactor was held, while this runs."""
    held: list[float] = []
    asking = Thread(target=lambda: held.extend(_stalls(carol, busy)))
    asking.start()
    took = _deliveries(alice, bob, [busy])
    asking.join()
    return took, held


def main() -> int:
    """Measure, and say whether a budget was broken."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        web, line = free_port(), free_port()
        config = f"{LIMITS_OFF}upload_bytes = 0\nquota_bytes = 0\n"
        server = Server(chatd_command(directory / "data", web, line, config), [web, line], directory / "log")
        try:
            failed = _measure(server, directory, web, line, options)
        finally:
            server.stop()
        return int(failed | _left_behind(directory / "data"))


def _measure(server: Server, directory: Path, web: int, line: int, options: argparse.Namespace) -> bool:
    alice, bob = Line(line, "alice"), Line(line, "bob")
    alice.say("/token bench")
    secret = alice.wait_for(_TOKEN)
    token = f"Authorization: Bearer {secret}"
    place = f"http://{HOST}:{web}/api/files/lobby/"
    _timed(server, "-T", str(_file(directory / "warm", MB)), "-H", token, place)
    bob.wait_for(_LINK)
    big = _file(directory / "big", options.big * MB)
    up = _timed(server, "-T", str(big), "-H", token, place)
    down = _timed(server, "-o", "/dev/null", bob.wait_for(_LINK))
    for way, size in (("up", up), ("down", down)):
        speed, grown = options.big / size.seconds, size.grown_bytes / MB
        sys.stdout.write(f"{options.big} MB {way}: {speed:.0f} MB/s, memory grew by {grown:.1f} MB\n")
    files = [_file(directory / f"many{number}", options.each * MB) for number in range(options.many)]
    words = [word for file in files for word in ("--next", "-T", str(file), "-H", token, place)][1:]
    idle = _deliveries(alice, bob, [subprocess.Popen(["sleep", "3"])])
    before = server.resident_bytes()
    with _peak(server) as peak:
        took = _deliveries(alice, bob, [_curl("--parallel", "--parallel-max", str(len(files)), *words)])
    for when, times in (("alone", idle), (f"beside {options.many} uploads of {options.each} MB", took)):
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        sys.stdout.write(f"delivery {when}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, {len(times)} lines\n")
    sys.stdout.write(f"memory grew by {max(0, peak[0] - before) / MB:.1f} MB meanwhile\n")
    words = ["nice", "-n", "19", sys.executable, "-m", "bench.broken", str(web), secret]
    sending = subprocess.Popen([*words, "--count", str(options.broken)])
    carol = Line(line, "carol")
    beside, held = _beside(sending, alice, bob, carol)
    p99 = beside[len(beside) * 99 // 100]
    sys.stdout.write(f"delivery beside them: p99 {p99:.1f} ms, at most {beside[-1]:.1f} ms\n")
    sys.stdout.write(
        f"turns of the reactor: p99 {held[len(held) * 99 // 100]:.1f} ms, at most {held[-1]:.1f} ms\n"
    )
    for client in (alice, bob, carol):
        client.close()
    grown = max(up.grown_bytes, down.grown_bytes)
    slowest = max(took[len(took) * 99 // 100], p99, held[-1])
    return sending.returncode != 0 or grown > MEMORY_BUDGET_BYTES or slowest > DELIVERY_BUDGET_MS


def _left_behind(data: Path) -> bool:
    """Whether something lies on the disk that no file has, or is missing; and say so."""
    with closing(sqlite3.connect(data / "chatd.db")) as database:
        needed = {digest for (digest,) in database.execute("SELECT digest FROM contents")}
        freed = {digest for (digest,) in database.execute("SELECT digest FROM freed")}
    found = examine(data / "files", needed | freed)
    on_its_way = list((data / "files" / "incoming").iterdir())
    wrong = len(found.missing) + len(found.damaged) + len(found.orphans) + len(on_its_way)
    sys.stdout.write(f"contents on the disk: {len(needed)} needed, {wrong} left behind, missing or damaged\n")
    return wrong > 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.files", description=__doc__)
    parser.add_argument("--big", type=int, default=1_000, help="megabytes of the one large file")
    parser.add_argument("--many", type=int, default=50, help="how many at once")
    parser.add_argument("--each", type=int, default=20, help="megabytes of each of them")
    parser.add_argument("--broken", type=int, default=10_000, help="how many broken images")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
