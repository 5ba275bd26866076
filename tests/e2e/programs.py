"""The programs that people have, driven as a person drives them: type, and read what is shown."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

PATIENCE_SECONDS = 60
"""How long a test waits for what must come, before it fails. Never how long it takes."""

ROOT = Path(__file__).parents[2]
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]

PACKAGES = {
    "nc.openbsd": "netcat-openbsd",
    "nc.traditional": "netcat-traditional",
}
"""The Debian packages of programs whose package has another name."""


def found(program: str) -> str:
    """Where the program is; the test fails with a sentence when it is missing."""
    path = shutil.which(program)
    if path is None:
        pytest.fail(f"{program} is missing: install the package {PACKAGES.get(program, program)}.")
    return path


class Program:
    """One running program, at the other end of its input and output."""

    def __init__(self, command: Sequence[str], *, terminal: bool = False) -> None:
        """`terminal`: it believes that a person sits there."""
        path = found(command[0])
        self.shown = ""
        """All that it has shown so far; its error output, too."""
        self._seen = 0
        if terminal:
            self._output, theirs = pty.openpty()
            self._input = os.dup(self._output)
            self._process = subprocess.Popen(
                [path, *command[1:]], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
            )
            os.close(theirs)
        else:
            self._output, theirs = os.pipe()
            self._process = subprocess.Popen(
                [path, *command[1:]], stdin=subprocess.PIPE, stdout=theirs, stderr=theirs
            )
            os.close(theirs)
            assert self._process.stdin is not None
            self._input = os.dup(self._process.stdin.fileno())
            self._process.stdin.close()
        self._input_ended = False

    def type(self, text: str) -> None:
        os.write(self._input, text.encode())

    def end_input(self) -> None:
        """Control-D, or the end of a pipe."""
        if not self._input_ended:
            self._input_ended = True
            os.close(self._input)

    def expect(self, pattern: str) -> re.Match[str]:
        """Wait until this is shown, after what was expected before."""
        until = time.monotonic() + PATIENCE_SECONDS
        while (match := re.compile(pattern, re.MULTILINE).search(self.shown, self._seen)) is None:
            assert self._read(until), f"{pattern!r} was not shown, but:\n{self.shown[self._seen :]}"
        self._seen = match.end()
        return match

    def rest(self) -> str:
        """All that it shows, to the end of its output."""
        until = time.monotonic() + PATIENCE_SECONDS
        while self._read(until):
            pass
        return self.shown

    def status(self) -> int:
        """Its exit status, when it has ended by itself."""
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def _read(self, until: float) -> bool:
        """Read what is there, or wait for it; False at the end, or when it takes too long."""
        ready, _, _ = select.select([self._output], [], [], max(0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._output, 65_536)
        except OSError:  # Linux ends a terminal so (EIO)
            data = b""
        self.shown += data.decode(errors="replace")
        return bool(data)

    def await_echo(self, on: bool) -> None:
        """Wait until the program has told its terminal to show, or not to show, what is typed."""
        until = time.monotonic() + PATIENCE_SECONDS
        while bool(termios.tcgetattr(self._output)[3] & termios.ECHO) is not on:
            # Nothing tells of it: looked at again whenever something is shown, and now and then.
            assert time.monotonic() < until, "The terminal's echo did not change."
            if select.select([self._output], [], [], 0.01)[0]:
                self._read(until)

    def end(self) -> None:
        """End it, if it has not ended, and let go of it."""
        self._process.kill()
        self._process.wait()
        self.end_input()
        os.close(self._output)


class Programs:
    """All programs that a test started, ended with it."""

    def __init__(self) -> None:
        self._running: list[Program] = []

    def start(self, *command: str, terminal: bool = False) -> Program:
        program = Program(command, terminal=terminal)
        self._running.append(program)
        return program

    def run(self, *command: str, stdin: str = "") -> str:
        """What a program shows that is given all its input at once, and ends well."""
        program = self.start(*command)
        program.type(stdin)
        program.end_input()
        shown = program.rest()
        assert program.status() == 0, shown
        return shown

    def end(self) -> None:
        for program in self._running:
            program.end()
