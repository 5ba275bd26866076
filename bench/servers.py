"""Servers as processes of their own: started on a free port, measured from outside, ended by their id."""

import contextlib
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

HOST = "127.0.0.1"
START_SECONDS = 60
"""A machine that does much else lets a server start slowly."""
_ROOT = Path(__file__).resolve().parent.parent
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

LIMITS_OFF = """\
[limits]
say_per_second = 0
say_burst = 0
search_per_second = 0
connections_per_address = 0
connects_per_minute = 0
login_tries_per_minute = 0
login_tries_per_address = 0
creations_per_minute = 0
owed_bytes = 0
owed_seconds = 0
rooms_per_user = 0
"""
"""A chatd configuration in which nothing but the machine slows anybody."""


def free_port() -> int:
    """A TCP port that nobody listens on now, and that no connection is given while a server restarts.

    Linux gives connections those from 32768 on (ip_local_port_range).
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((HOST, port))
            return port


def chatd_command(
    data: Path, web_port: int, line_port: int, config: str, tls_ports: tuple[int, int] | None = None
) -> list[str]:
    """The command line of a real daemon in the foreground; `config` is the text of its TOML file.

    `tls_ports`: where it also serves WebSockets and lines over TLS, with a certificate of its own.
    """
    data.mkdir(parents=True, exist_ok=True)
    config_file = data.parent / f"{data.name}.toml"
    config_file.write_text(config)
    twistd = str(Path(sys.executable).with_name("twistd"))
    web = f"tcp:{web_port}:interface={HOST}"
    line = f"tcp:{line_port}:interface={HOST}"
    options = ["--data", str(data), "--web", web, "--line", line, "--config", str(config_file)]
    if tls_ports is not None:
        web_tls, line_tls = (f"tcp:{port}:interface={HOST}" for port in tls_ports)
        options += ["--self-signed", "--web-tls", web_tls, "--line-tls", line_tls]
    return [twistd, "--nodaemon", "--pidfile=", "chatd", "--no-previews", *options]


class Server:
    """One running server process; what it prints goes to `log`."""

    def __init__(self, command: Sequence[str], ports: Sequence[int], log: Path, says: bytes = b"") -> None:
        """Start it and wait until it listens on all `ports`; RuntimeError when it ends before.

        `says`: what it prints when it is ready, if listening is not enough.
        """
        self._log = log
        printed = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=_ROOT,
                # This checkout is what is measured, whatever is installed.
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # Ctrl-C is for us; and Linux gives each session its share of the processors.
                start_new_session=True,
            )
        self.pid = self._process.pid
        try:
            for port in ports:
                self._wait_for(port, give_up=time.monotonic() + START_SECONDS)
            self._wait_until_it_says(says, printed, give_up=time.monotonic() + START_SECONDS)
        except BaseException:
            self.kill()
            raise

    def _wait_for(self, port: int, give_up: float) -> None:
        while time.monotonic() < give_up:
            if self._process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    return
            time.sleep(0.02)
        raise RuntimeError(f"The server does not listen on {port}. It said:\n{self.output()}")

    def _wait_until_it_says(self, text: bytes, printed: int, give_up: float) -> None:
        while text not in self._log.read_bytes()[printed:]:
            if self._process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"The server is not ready. It said:\n{self.output()}")
            time.sleep(0.02)

    def output(self) -> str:
        """The end of what it printed."""
        return self._log.read_text(errors="replace")[-4_000:]

    def cpu_seconds(self) -> float:
        """Processor time that all its threads took so far, in user and system mode (proc(5), stat)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND

    def resident_bytes(self) -> int:
        """Its memory that is in RAM now (proc(5), statm)."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE_BYTES

    def freeze(self, frozen: bool) -> None:
        """SIGSTOP or SIGCONT."""
        self._process.send_signal(signal.SIGSTOP if frozen else signal.SIGCONT)

    def fail_writes(self, beyond_bytes: int | None) -> None:
        """Let writes past so many bytes of a file be errors of the disk's; None lets them be none."""
        soft = -1 if beyond_bytes is None else beyond_bytes
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (soft, -1))

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM, and SIGKILL if that takes more than 15 seconds; gives its exit status."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(15)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL


@contextlib.contextmanager
def stopping(server: Server) -> Iterator[Server]:
    """Stop it in the end; what it said stands beside what goes wrong meanwhile."""
    try:
        yield server
    except Exception as error:
        error.add_note(f"The server said:\n{server.output()}")
        raise
    finally:
        server.stop()
