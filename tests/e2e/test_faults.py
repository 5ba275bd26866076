"""The real daemon when its disk fails: writers are told, readers read, and nobody has to restart it."""

import ctypes
import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS, ROOT, TWISTD, Programs
from tests.e2e.scripts import Script

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2


@contextmanager
def failing_disk(daemon: Daemon) -> Iterator[None]:
    """No file of the daemon's grows any more: each write past an end is an error of the disk's."""
    log = daemon.directory / "data" / "chatd.db-wal"
    soft, hard = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (log.stat().st_size, -1))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (soft, hard))


def test_a_failing_disk_stops_writers_only_and_only_as_long_as_it_fails(
    start_daemon: StartDaemon, programs: Programs
) -> None:
    daemon = start_daemon(tls=())
    daemon.expected_errors.append("Cannot write: disk I/O error")
    with Script(daemon) as script:
        script.ask(type="login", name="alice")
        script.ask(type="attach")
        before = script.ask(type="say", room="lobby", text=f"{SECRET} before", key="1")
        line = programs.start("nc", "127.0.0.1", str(daemon.ports["line"]))
        line.type("/nick bob\n")
        line.expect("You are bob")
        with failing_disk(daemon):
            refused = script.ask(type="say", room="lobby", text=f"{SECRET} now", key="2")
            assert ("error", "unavailable", 1_000) == (refused["type"], refused["code"], refused["retry_ms"])
            assert refused["text"].endswith("Try again.")
            assert (
                "unavailable" == script.ask(type="edit", room="lobby", target=before["seq"], text="x")["code"]
            )
            line.type(f"{SECRET} from a line\n/history\n")
            line.expect(r"^! unavailable: .* Try again\.$")
            line.expect(f"<alice> {SECRET} before$")
            history = script.ask(type="history", room="lobby", limit=50)
            assert [f"{SECRET} before"] == [entry["text"] for entry in history["entries"]]
        again = script.ask(type="say", room="lobby", text=f"{SECRET} now", key="2")
        assert before["seq"] + 1 == again["seq"]
        line.type(f"{SECRET} at last\n/receipts on\n")
        line.expect("Receipts are on")
        heard = script.receive()
        while heard["type"] != "said" or heard["text"] != f"{SECRET} at last":
            heard = script.receive()
        assert again["seq"] + 1 == heard["seq"]
    daemon.kill()
    daemon.start()
    with Script(daemon) as script:
        script.ask(type="login", name="carol")
        history = script.ask(type="history", room="lobby", limit=50)
        texts = [entry["text"] for entry in history["entries"]]
        assert [f"{SECRET} {words}" for words in ("before", "now", "at last")] == texts


def test_a_damaged_database_is_refused_after_a_crash(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(tls=(), limits={"say_per_second": 0})
    with Script(daemon) as script:
        script.ask(type="login", name="alice")
        for number in range(200):
            script.send(type="say", room="lobby", text=f"{SECRET} {number}" * 20)
        script.ask(type="ping")
    daemon.stop()
    daemon.start()
    with Script(daemon) as script:
        script.ask(type="login", name="bob")
    daemon.kill()
    path = daemon.directory / "data" / "chatd.db"
    with path.open("r+b") as file:
        for page in range(2, path.stat().st_size // 4096, 3):
            file.seek(page * 4096)
            file.write(b"\xa5" * 4096)
    refusal = refused_start(daemon.directory)
    assert refusal.startswith(f"chatd: {path} ") and "Restore a backup" in refusal
    assert 1 == refusal.count("\n")


def test_a_directory_that_cannot_be_written_is_one_sentence(start_daemon: StartDaemon) -> None:
    """Whether somebody wrote to the database already or not."""
    daemon = start_daemon(tls=())
    daemon.stop()
    data = daemon.directory / "data"
    data.chmod(0o500)
    try:
        refusal = refused_start(daemon.directory, without_root=True)
    finally:
        data.chmod(0o700)
    assert refusal.startswith(f"chatd: {data / 'chatd.db'} cannot be opened or upgraded: ")
    assert refusal.endswith(". Let the user that runs chatd write there.\n")
    daemon.start()


def refused_start(directory: Path, *, without_root: bool = False) -> str:
    """What a daemon says that does not start; `without_root`: modes of files hold for it too."""
    anywhere = ["--web", "tcp:0:interface=127.0.0.1", "--line", "tcp:0:interface=127.0.0.1"]
    done = subprocess.run(
        [*TWISTD, "-n", "--pidfile=", "chatd", "--data", "data", *anywhere],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        preexec_fn=_give_up_root if without_root and os.geteuid() == 0 else None,
    )
    assert 1 == done.returncode, done
    assert "Traceback" not in done.stdout + done.stderr
    return done.stderr


def _give_up_root() -> None:
    """Let modes of files hold for what is executed next, root's too (capabilities(7))."""
    for capability in (_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH):
        if ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            os.kill(os.getpid(), signal.SIGKILL)
