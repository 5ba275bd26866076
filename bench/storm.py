"""Thousands of sessions in one room lose their connections at once and come back within seconds, while people
talk: what was lost, how long the daemon was busy with nothing else, and what memory it kept.

Run as `python -m bench.storm`; `--help` lists the options. First everybody's connection is reset, twice, and
then the daemon itself is started anew. Everybody comes back at a random time within five seconds, with the
position up to which they have read.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.checks import Log, dense, nothing_twice, read_log
from bench.machine import Machine
from bench.probe import longest, stalls
from bench.servers import LIMITS_OFF, Server, chatd_command, free_port
from bench.town import found
from bench.visitors import Visitor, Visitors, all_live
from chatd.storage.upgrade import DATABASE

RESET, RESTART = "connections reset", "daemon killed"
RETURN_SECONDS = 5.0
STALL_BUDGET_MS = 100.0
MEMORY_BUDGET = 1.15
"""What it has afterwards, by what it had before: allocators keep some, and a second storm adds no more."""
NEWS_BUDGET = 15
"""What one session is told of who is there, after a restart: about one a second, however many come."""
SAYING_PER_SECOND = 50
_TALKERS = 10
_BEFORE_SECONDS = 3.0
_SETTLE_SECONDS = 13.0
"""Until the lost have faded, and what was kept for them is gone."""


@dataclass
class Storm:
    """What one of them did."""

    what: str
    longest_ms: float
    """How long the reactor did nothing else, but to stand in line for a processor."""
    computing_ms: float
    """So much of that in Python; the rest it waited, for a thread or the system."""
    queued_ms: float
    """How long it stood in line besides."""
    back_seconds: float
    """Until everybody had all that they had missed."""
    missed: float
    """Entries, by each session."""
    news: float
    """Events of who is there, for one session."""
    news_kib: float
    resident_mib: float
    """Afterwards."""


class Scene:
    """One daemon, its visitors, and what they say."""

    def __init__(self, scratch: Path, sessions: int) -> None:
        """Found and start it; nobody is there yet."""
        self._data = scratch / "data"
        self._notes = scratch / "probe"
        self._notes.touch()
        town = found(self._data, sessions + _TALKERS, 2, sessions + _TALKERS)
        self._head_before = town.head
        self._ports = [free_port(), free_port()]
        command = chatd_command(self._data, self._ports[0], self._ports[1], LIMITS_OFF)
        self._command = [sys.executable, "-m", "bench.probe", str(self._notes), *command[1:]]
        self._log = scratch / "log"
        self.visitors = Visitors(self._ports[0], town.square)
        everybody = [Visitor(person.name, town.head) for person in town.people]
        self._talkers, self._others = everybody[:_TALKERS], everybody[_TALKERS:]
        self._everybody = everybody
        self._dice = random.Random(5)
        self._texts = (f"storm {number} ".ljust(150, "x") for number in count())
        self._next_at = 0.0
        self.server = self._start()

    def _start(self) -> Server:
        return Server(self._command, self._ports, self._log)

    def gather(self) -> None:
        """Let everybody come."""
        self._return(self._everybody)
        self.visitors.run_until(lambda: all_live(self._everybody), "everybody is there")

    def talk(self, seconds: float, until_all_live: bool = False) -> None:
        """Let them read and talk for so long; or until everybody is back."""
        until = time.monotonic() + seconds
        self._next_at = max(self._next_at, time.monotonic())
        while (now := time.monotonic()) < until and not (until_all_live and all_live(self._everybody)):
            while self._next_at <= now:
                self._next_at += 1 / SAYING_PER_SECOND
                text = next(self._texts)
                self.visitors.say(self._dice.choice(self._talkers), text.rstrip("x"), text)
            self.visitors.turn(min(self._next_at, until) - now)
        if until_all_live and not all_live(self._everybody):
            raise RuntimeError(f"Not everybody was back within {seconds:.0f} s.")

    def resident_mib(self) -> float:
        """What the daemon has when nothing happens."""
        self.visitors.run(_SETTLE_SECONDS)
        return self.server.resident_bytes() / 2**20

    def reset(self) -> None:
        """All connections are lost, but those of who talks."""
        for visitor in self._others:
            self.visitors.drop(visitor)
        self._return(self._others)

    def restart(self) -> None:
        """The daemon is killed, and started again on the same ports."""
        gone: list[Visitor] = []
        self.visitors.lost = gone.append
        self.server.kill()
        self.visitors.run_until(lambda: len(gone) == len(self._everybody), "everybody has noticed")
        self.server = self._start()
        self.visitors.lost = self.visitors.unexpected
        self._return(gone)

    def _return(self, visitors: Sequence[Visitor]) -> None:
        now = time.monotonic()
        for visitor in visitors:
            self.visitors.come(visitor, now + self._dice.uniform(0, RETURN_SECONDS))

    def storm(self, what: str) -> Storm:
        """Talk, `reset` or `restart`, until all is as before; RuntimeError when it does not become so."""
        self.talk(_BEFORE_SECONDS)
        for visitor in self._everybody:
            visitor.missed = visitor.news = visitor.news_bytes = 0
        begun = time.monotonic()
        self.reset() if what == RESET else self.restart()
        returning = time.monotonic()
        self.talk(60, until_all_live=True)
        back = time.monotonic() - returning
        self.talk(_BEFORE_SECONDS)
        worst = longest(stalls(self._notes, begun, time.monotonic()))
        resident = self.resident_mib()
        others = len(self._others)
        return Storm(
            what,
            worst.own * 1000,
            worst.computing * 1000,
            worst.queued * 1000,
            back,
            sum(visitor.missed for visitor in self._others) / others,
            sum(visitor.news for visitor in self._others) / others,
            sum(visitor.news_bytes for visitor in self._others) / others / 1024,
            resident,
        )

    def disorders(self) -> list[str]:
        """Let what is on its way arrive, and end: a sentence for all that was wrong."""
        said = [visitor for visitor in self._talkers if visitor.unanswered]
        self.visitors.run_until(lambda: not any(one.unanswered for one in said), "all is answered")
        self.visitors.run(1)
        self.visitors.close()
        self.server.stop()
        return [*self.visitors.wrong, *self._missed()]

    def _missed(self) -> Iterator[str]:
        log = read_log(self._data / DATABASE)
        head = log.heads["square"]
        for visitor in self._everybody:
            if visitor.position != head:
                yield f"{visitor.name} saw nothing after {visitor.position}; the last entry is {head}."
        for text, seq in self.visitors.acknowledged.values():
            if log.texts.get(("square", seq)) != text:
                yield f"{text[:20]} was acknowledged as {seq}, where something else is stored."
        said = [one for one in log.messages if one.seq > self._head_before]
        if len(self.visitors.acknowledged) != len(said):
            yield f"{len(self.visitors.acknowledged)} were acknowledged, and {len(said)} are stored."
        yield from dense(log)
        yield from nothing_twice(Log(said, log.heads, log.keys))


def report(storms: Sequence[Storm], before_mib: float) -> str:
    """What was measured, as Markdown."""
    lines = [
        "| | longest stall ms | computing | queued besides | all back after s | missed | news | KiB | MiB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one.what} | {one.longest_ms:.0f} | {one.computing_ms:.0f} | {one.queued_ms:.0f}"
        f" | {one.back_seconds:.1f} | {one.missed:.0f} | {one.news:.1f} | {one.news_kib:.1f}"
        f" | {one.resident_mib:.1f} |"
        for one in storms
    ]
    explained = (
        "The last columns: what each session had missed, what it was told of who is there, and the memory"
        f" of the daemon afterwards, which had {before_mib:.1f} MiB before."
    )
    return "\n".join([*lines, "", explained])


def broken_budgets(storms: Sequence[Storm], before_mib: float) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    sentences = []
    for one in storms:
        if one.longest_ms > STALL_BUDGET_MS:
            sentences.append(
                f"{one.what}: a stall of {one.longest_ms:.0f} ms, {one.computing_ms:.0f} of them computing;"
                f" {STALL_BUDGET_MS:.0f} are the most."
            )
        if one.news > NEWS_BUDGET:
            sentences.append(
                f"{one.what}: each session was told {one.news:.0f} times who is there; at most {NEWS_BUDGET}."
            )
        if one.resident_mib > MEMORY_BUDGET * before_mib:
            sentences.append(
                f"{one.what}: {one.resident_mib:.0f} MiB afterwards, and {before_mib:.0f} before."
            )
    return sentences


def main() -> int:
    """Storm, and print; the exit status, which is 1 whenever something was lost, doubled or out of order."""
    options = _options()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(prefix="chatd-bench-") as name:
        machine = Machine()
        scene = Scene(Path(name), options.sessions)
        try:
            scene.gather()
            before_mib = scene.resident_mib()
            storms = [scene.storm(what) for what in (RESET, RESET, RESTART)]
            wrong = scene.disorders()
        except Exception as error:
            error.add_note(f"The server said:\n{scene.server.output()}")
            raise
        finally:
            scene.server.kill()
    print(f"{options.sessions:,} sessions, {SAYING_PER_SECOND} messages a second; {machine.describe()}.\n")
    print(report(storms, before_mib))
    print(
        f"{scene.visitors.deliveries:,} entries were delivered;"
        f" {len(wrong) or 'nothing'} lost, doubled or out of order."
    )
    for sentence in wrong[:20]:
        print(sentence, file=sys.stderr)
    broken = broken_budgets(storms, before_mib)
    for sentence in broken:
        print(sentence, file=sys.stderr)
    return 1 if wrong or (broken and options.check) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.storm", description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000, help="how many drop and return")
    parser.add_argument("--check", action="store_true", help="exit with status 1 when a budget is broken")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
