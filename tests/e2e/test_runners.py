"""The real process, started each way that there is: its log, its status, its one sentence."""

import contextlib
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
TWIST = [sys.executable, "-m", "twisted"]
ANYWHERE = ["--web", "tcp:0:interface=127.0.0.1", "--line", "tcp:0:interface=127.0.0.1"]
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warn|error|critical) [\w.]+ .+")
NO_OWNER = re.compile(
    r"Nobody owns this server yet\. The page takes this code, and an account that types: /claim [\w-]+"
)
STARTED = re.compile(r"info chatd\.service .* serves .*")


class Processes:
    """Processes in a directory of their own, ended with the test."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._running: list[subprocess.Popen[str]] = []

    def start(self, *command: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._running.append(process)
        return process

    def refusal(self, *command: str, **environment: str) -> str:
        """What a process that cannot start says: on standard error, or in its log once that has begun."""
        process = self.start(*command, **environment)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 1
        return re.sub(r"^\S+ error stderr ", "", out) + err

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.communicate()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    running = Processes(tmp_path)
    yield running
    running.end()


def first_line(process: subprocess.Popen[str]) -> str:
    """The line that tells what is served, once somebody is: twistd takes signals only from then on.

    Before it stands that nobody owns the server yet.
    """
    assert process.stdout is not None
    line = process.stdout.readline()
    while "owner yet" in line or NO_OWNER.fullmatch(line.rstrip()):
        line = process.stdout.readline()
    await_greeting(line)
    return line


def await_greeting(started: str) -> None:
    port = re.search(r"\bline on 127\.0\.0\.1:(\d+)", started)
    assert port, started
    with socket.create_connection(("127.0.0.1", int(port[1])), timeout=60) as connection:
        assert connection.recv(2) == b"* "


def rest_after_sigterm(process: subprocess.Popen[str]) -> list[str]:
    """The rest of the log. A new server has no owner, and prints beside it how to become one."""
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    lines, beside = out.splitlines(), err.splitlines()
    assert [line for line in beside if not NO_OWNER.fullmatch(line)] == []
    return [line for line in lines if beside or not NO_OWNER.fullmatch(line)]


def test_twistd_in_the_foreground_writes_one_line_per_event(processes: Processes) -> None:
    process = processes.start(*TWISTD, "-n", "chatd", *ANYWHERE)
    assert STARTED.search(first_line(process))
    lines = rest_after_sigterm(process)
    assert lines
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_twistd_writes_json_when_asked(processes: Processes) -> None:
    process = processes.start(*TWISTD, "-n", "chatd", *ANYWHERE, "--log-format", "json")
    first = json.loads(first_line(process))
    assert (first["level"], first["logger"]) == ("info", "chatd.service")
    assert all(json.loads(line)["at"] for line in rest_after_sigterm(process))


def test_twist_writes_the_same_log(processes: Processes) -> None:
    """twist begins its log only after the service has started, and hands on what came before."""
    process = processes.start(*TWIST, "chatd", *ANYWHERE)
    assert STARTED.search(first_line(process))
    assert [line for line in rest_after_sigterm(process) if not LINE.fullmatch(line)] == []


def test_a_tac_file_with_a_toml_file(processes: Processes) -> None:
    options = processes.directory / "chatd.toml"
    options.write_text(
        'web = "tcp:0:interface=127.0.0.1"\nline = "tcp:0:interface=127.0.0.1"\nlog_format = "json"\n'
    )
    process = processes.start(*TWISTD, "-ny", str(ROOT / "chatd.tac"), CHATD_CONFIG=str(options))
    assert json.loads(first_line(process))["logger"] == "chatd.service"
    assert all(json.loads(line)["at"] for line in rest_after_sigterm(process))


def test_a_daemon_writes_a_pidfile_and_a_log_file(processes: Processes) -> None:
    """twistd's parent returns when the service has started, or failed to."""
    runner = processes.start(*TWISTD, "--pidfile", "pid", "--logfile", "log", "chatd", *ANYWHERE)
    assert runner.wait(timeout=60) == 0
    pid = int((processes.directory / "pid").read_text())
    daemon = os.pidfd_open(pid)
    try:
        log = processes.directory / "log"
        until = time.monotonic() + 60
        while not STARTED.search(log.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        await_greeting(log.read_text())
        signal.pidfd_send_signal(daemon, signal.SIGTERM)
        # It is no child of ours to wait for; its descriptor can be read when it has ended.
        ended, _, _ = select.select([daemon], [], [], 60)
        assert ended
        assert [line for line in log.read_text().splitlines() if not LINE.fullmatch(line)] == []
        assert not (processes.directory / "pid").exists()
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(daemon, signal.SIGKILL)
        os.close(daemon)


def test_a_bad_option_is_one_sentence_and_status_1(processes: Processes) -> None:
    for runner in ([*TWISTD, "-n"], TWIST):
        assert (
            processes.refusal(*runner, "chatd", "--bad")
            == "chatd: Option --bad not recognized. See --help.\n"
        )
    options = processes.directory / "chatd.toml"
    options.write_text("webb = 1")
    expected = f'chatd: In {options}: There is no option called "webb".\n'
    assert processes.refusal(*TWISTD, "-n", "chatd", "--config", str(options)) == expected
    assert processes.refusal(*TWISTD, "-ny", str(ROOT / "chatd.tac"), CHATD_CONFIG=str(options)) == expected


def test_a_log_that_cannot_be_written_is_one_sentence_and_status_1(processes: Processes) -> None:
    assert processes.refusal(*TWISTD, "-n", "--logfile", "/nowhere/log", "chatd") == (
        "chatd: The log file /nowhere/log cannot be written: No such file or directory.\n"
    )
    assert processes.refusal(*TWISTD, "--logfile", "-", "chatd") == (
        "chatd: A daemon has no standard output. Give --logfile a file, or use -n.\n"
    )


def test_a_key_that_cannot_be_read_is_one_sentence_and_status_1(processes: Processes) -> None:
    missing = ["--certificate", "/nowhere/c.pem", "--private-key", "/nowhere/k.pem"]
    assert processes.refusal(*TWISTD, "-n", "chatd", *ANYWHERE, *missing) == (
        "chatd: The file /nowhere/c.pem cannot be read: No such file or directory.\n"
    )


def test_a_busy_port_is_one_sentence_and_status_1(processes: Processes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        endpoint = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
        refusal = processes.refusal(*TWISTD, "-n", "chatd", *ANYWHERE, "--web", endpoint)
    assert re.fullmatch(
        rf"chatd: --web {endpoint}\S* cannot be listened on: Address already in use\.\n", refusal
    )
