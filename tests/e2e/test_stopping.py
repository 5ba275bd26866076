"""However the daemon ends, what it had acknowledged is there when it starts again."""

import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, STOPPED, Daemon
from tests.e2e.programs import Programs
from tests.e2e.scripts import Script

STOP_SECONDS = 10
"""What the operator is promised."""

NO_LIMITS = {"say_per_second": 0}


def history(daemon: Daemon, name: str) -> dict[int, str]:
    """Everything that was ever said in the lobby, by seq, as a newcomer finds it."""
    with Script(daemon) as script:
        script.ask(type="login", name=name)
        script.ask(type="attach", rooms=[{"room": "lobby", "after": 0}])
        found: dict[int, str] = {}
        complete = False
        while not complete:
            page = script.receive()
            if page["type"] == "attached":
                found.update((entry["seq"], entry["text"]) for entry in page["entries"])
                complete = page["complete"]
        return found


class Talker(threading.Thread):
    """Says one thing after another, as fast as it is answered, until the connection ends."""

    def __init__(self, daemon: Daemon, name: str, enough: threading.Semaphore) -> None:
        """`enough` is released for every answer."""
        super().__init__()
        self.name = name
        self.stored: dict[int, str] = {}
        """What was acknowledged, by seq."""
        self.seen: dict[int, str] = {}
        """What others said, and this one heard."""
        self.close_code: int | None = None
        self._enough = enough
        self._script = Script(daemon)
        self._script.ask(type="login", name=name)
        self._script.ask(type="attach")

    def run(self) -> None:
        number = 0
        try:
            while True:
                number += 1
                text = f"{SECRET} {number} of {self.name}"
                self._script.send(type="say", id=number, room="lobby", text=text, key=f"{self.name}-{number}")
                while (event := self._script.receive()).get("id") != number:
                    if event["type"] == "said":
                        self.seen[event["seq"]] = event["text"]
                if event["type"] == "ok":
                    self.stored[event["seq"]] = text
                    self._enough.release()
        except ConnectionClosed as closed:
            self.close_code = None if closed.rcvd is None else closed.rcvd.code
        finally:
            self._script.close()


def under_load(daemon: Daemon, end: Callable[[], None]) -> list[Talker]:
    """What became of four who talk while the daemon ends."""
    enough = threading.Semaphore(0)
    talkers = [Talker(daemon, f"talker{number}", enough) for number in range(4)]
    for talker in talkers:
        talker.start()
    for _ in range(200):
        enough.acquire()
    end()
    for talker in talkers:
        talker.join()
    return talkers


def test_what_was_acknowledged_or_seen_survives_a_kill(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(limits=NO_LIMITS)
    talkers = under_load(daemon, daemon.kill)
    daemon.start()
    there = history(daemon, "newcomer")
    assert list(range(1, len(there) + 1)) == list(there)
    assert len(set(there.values())) == len(there)
    for talker in talkers:
        assert talker.stored.items() <= there.items()
        assert talker.seen.items() <= there.items()


def test_a_stop_finishes_what_was_accepted_and_says_goodbye(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(limits=NO_LIMITS)
    began = 0.0

    def stop() -> None:
        nonlocal began
        began = time.monotonic()
        daemon.send(signal.SIGTERM)

    talkers = under_load(daemon, stop)
    assert STOPPED == daemon.await_end()
    assert time.monotonic() - began < STOP_SECONDS
    assert [1012] * len(talkers) == [talker.close_code for talker in talkers]
    daemon.start()
    there = history(daemon, "newcomer")
    for talker in talkers:
        assert talker.stored.items() <= there.items()
        assert talker.seen.items() <= there.items()


def test_asking_to_stop_again_changes_nothing(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(limits=NO_LIMITS)
    with socket.create_connection(("127.0.0.1", daemon.ports["line"])) as deaf, Script(daemon) as script:
        deaf.sendall(b"/nick deaf\n")  # and reads nothing, so that the stop has to wait
        script.ask(type="login", name="alice")
        for _ in range(500):
            script.ask(type="say", room="lobby", text=f"{SECRET} ".ljust(4_000, "x"))
        daemon.send(signal.SIGTERM)
        script.await_close()
        daemon.send(signal.SIGINT)
        daemon.stop()


def test_a_line_client_is_told_to_come_back(start_daemon: StartDaemon, programs: Programs) -> None:
    daemon = start_daemon()
    nc = programs.start("nc.openbsd", "127.0.0.1", str(daemon.ports["line"]))
    nc.type(f"/nick alice\n/receipts on\n{SECRET} tea\n")
    nc.expect(r"\* stored #lobby 1\n")
    daemon.stop()
    nc.expect(r"\* The server is stopping\. Come back in a moment\.\n")
    daemon.start()
    assert {1: f"{SECRET} tea"} == history(daemon, "newcomer")


def test_whoever_reads_nothing_does_not_delay_a_stop(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(limits=NO_LIMITS)
    with socket.create_connection(("127.0.0.1", daemon.ports["line"])) as deaf, Script(daemon) as script:
        deaf.sendall(b"/nick deaf\n")
        script.ask(type="login", name="alice")
        for _ in range(500):  # more than the buffers between them hold
            script.ask(type="say", room="lobby", text=f"{SECRET} ".ljust(4_000, "x"))
        began = time.monotonic()
        daemon.stop()
        assert time.monotonic() - began < STOP_SECONDS


def test_a_second_daemon_on_the_same_data_is_refused(start_daemon: StartDaemon, tmp_path: Path) -> None:
    daemon = start_daemon()
    second = Daemon(tmp_path)
    with pytest.raises(AssertionError, match="chatd: "):
        second.start()
    assert 1 == second.await_end()
    assert {} == history(daemon, "newcomer")


def test_no_log_has_a_text_a_password_or_a_token(start_daemon: StartDaemon, programs: Programs) -> None:
    """Neither of what went well nor of what was refused; `Daemon.end` looks for it in every other test."""
    daemon = start_daemon(limits={"login_tries_per_minute": 0})
    password = f"correct {SECRET}"
    with Script(daemon) as script:
        daemon.secrets.append(script.ask(type="register", name="alice", password=password)["token"])
        script.ask(type="say", room="lobby", text=f"{SECRET} bread")
        script.ask(type="say", room=f"{SECRET} nowhere", text=f"{SECRET} bread", key=SECRET)
        script.ask(type="login", token=f"{SECRET} token")
        script.send(type=f"{SECRET} unknown")
        script.ask(type="logout")
        script.await_close()
    nc = ("nc.openbsd", "-N", "127.0.0.1", str(daemon.ports["line"]))
    shown = programs.run(*nc, stdin=f"/nick bob\n{SECRET} soup\n/{SECRET}\n/msg alice {SECRET} salad\n")
    daemon.secrets.append(shown.partition("/resume ")[2].split()[0])
    programs.run(*nc, stdin=f"/login alice\nwrong {SECRET}\n/resume {SECRET}\n")
    origin = f"Origin: http://127.0.0.1:{daemon.ports['web']}"
    body = f'{{"name":"alice","password":"wrong {SECRET}"}}'
    url = f"http://127.0.0.1:{daemon.ports['web']}/api/login?password={SECRET}"
    programs.run("curl", "--silent", "--noproxy", "*", "--header", origin, "--json", body, url)
    daemon.stop()
    ended = [line for line in daemon.log if " ended: " in line]
    assert 3 == len(ended)
