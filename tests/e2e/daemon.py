"""The real daemon: a process of its own, on ports that the system chose, with its log kept."""

import os
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

from tests.e2e.programs import PATIENCE_SECONDS, ROOT, TWISTD

SECRET = "quince"
"""A part of every message and every password in these tests: it must not be in any log."""

STOPPED = -signal.SIGTERM
"""The status of a twistd that SIGTERM has stopped: when all is done, it ends by the signal."""

_PLACE = re.compile(r"(web|line)( over tls)? on 127\.0\.0\.1:(\d+)")


class Daemon:
    """One data directory, and the process that serves it, if it runs."""

    def __init__(
        self,
        directory: Path,
        *options: str,
        tls: tuple[str, ...] = ("--self-signed",),
        limits: dict[str, int] | None = None,
        unowned: bool = False,
    ) -> None:
        """`tls`: the options that give it a certificate. `limits`: what differs from the defaults.

        `unowned`: whoever comes first owns it; otherwise an account called root does.
        """
        self.directory = directory
        self.log: list[str] = []
        """What it has written to its output so far, over all its starts."""
        self.ports: dict[str, int] = {}
        """By frontend: `web`, `line`, `web over tls`, `line over tls`. They stay over a restart."""
        self.secrets = [SECRET]
        """What its log must not hold."""
        self.expected_errors: list[str] = []
        """What its log may say as an error, because the test makes it happen."""
        previews = () if "--preview-address" in options else ("--no-previews",)
        owner = () if unowned or "--owner" in options else ("--owner", "root")
        self._options = [*options, *previews, *owner, *tls, "--config", str(directory / "chatd.toml")]
        # All these people have one address: more guests come from it than a stranger may make.
        changed = {"creations_per_minute": 0, "trust_seconds": 0, **(limits or {})}
        rows = "".join(f"{name} = {number}\n" for name, number in changed.items())
        (directory / "chatd.toml").write_text(f"[limits]\n{rows}")
        self._tls = bool(tls)
        self._process: subprocess.Popen[str] | None = None
        self._news = threading.Condition()
        self._ended = False
        self._reader: threading.Thread | None = None

    @property
    def certificate(self) -> Path:
        """What its clients trust."""
        return self.directory / "data" / "tls" / "self-signed.pem"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait until it serves."""
        options = []
        for frontend in ("web", "line", *(("web over tls", "line over tls") if self._tls else ())):
            port = self.ports.get(frontend, 0)
            options += [f"--{frontend.replace(' over ', '-')}", f"tcp:{port}:interface=127.0.0.1"]
        begin, self._ended = len(self.log), False
        self._process = subprocess.Popen(
            [
                *TWISTD,
                "-n",
                "--pidfile=",
                "chatd",
                "--data",
                "data",
                *options,
                *self._options,
            ],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._keep_log, args=(self._process,))
        self._reader.start()
        line = self.await_log(" serves ", begin)
        self.ports = {frontend + (tls or ""): int(port) for frontend, tls, port in _PLACE.findall(line)}

    def _keep_log(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                with self._news:
                    self.log.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def await_log(self, text: str, begin: int = 0) -> str:
        """The first line of the log, from this one on, that has this text; waits for it."""
        until = time.monotonic() + PATIENCE_SECONDS
        with self._news:
            while (line := next((line for line in self.log[begin:] if text in line), None)) is None:
                patient = not self._ended and self._news.wait(until - time.monotonic())
                assert patient, f"{text!r} is not in the log: {self.log[begin:]}"
        return line

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def await_end(self) -> int:
        """Its exit status, and its log is complete."""
        assert self._process is not None
        assert self._reader is not None
        status = self._process.wait(timeout=PATIENCE_SECONDS)
        self._reader.join()
        self._process = None
        return status

    def stop(self) -> None:
        """As an operator stops it."""
        self.send(signal.SIGTERM)
        assert STOPPED == self.await_end()
        assert " chatd has stopped" in self.log[-1]

    def kill(self) -> None:
        """As a lost machine stops it: nothing more is written."""
        self.send(signal.SIGKILL)
        self.await_end()

    def end(self) -> None:
        """End it however it is, and look at its log."""
        if self._process is not None:
            self.kill()
        log = "".join(self.log)
        assert [] == [secret for secret in self.secrets if secret in log]
        errors = [line for line in self.log if " error " in line or " critical " in line]
        assert [] == [line for line in errors if not any(text in line for text in self.expected_errors)]
