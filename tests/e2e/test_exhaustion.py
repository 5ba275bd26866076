"""The real daemon when it has no file descriptor left: who is here is served, and who comes later, too."""

import resource
import socket
from pathlib import Path

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.scripts import Script

FEW = 20


def test_without_descriptors_nobody_is_dropped_and_afterwards_anybody_comes(
    start_daemon: StartDaemon,
) -> None:
    """What cannot be accepted is closed at once, by a descriptor kept for that, and not left waiting."""
    daemon = start_daemon(tls=())
    daemon.expected_errors.append("EMFILE encountered")
    with Script(daemon) as alice:
        alice.ask(type="login", name="alice")
        before = alice.ask(type="say", room="lobby", text=f"{SECRET} before")
        used = len(list(Path(f"/proc/{daemon.pid}/fd").iterdir()))
        soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (used + FEW, hard))
        crowd = [
            socket.create_connection(("127.0.0.1", daemon.ports["line"]), timeout=60) for _ in range(3 * FEW)
        ]
        greeted = [connection.recv(2) for connection in crowd]
        assert FEW // 2 <= greeted.count(b"* ") < 2 * FEW
        assert {b"* ", b""} == set(greeted)
        during = alice.ask(type="say", room="lobby", text=f"{SECRET} during")
        assert before["seq"] + 1 == during["seq"]
        for connection in crowd:
            connection.close()
        resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (soft, hard))
        with Script(daemon) as bob:
            assert "ok" == bob.ask(type="login", name="bob")["type"]
            assert during["seq"] + 1 == bob.ask(type="say", room="lobby", text=f"{SECRET} after")["seq"]
