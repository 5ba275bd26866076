"""Nobody else on the machine can read what the daemon keeps."""

import stat
from pathlib import Path

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.scripts import Script


def others_may(path: Path) -> bool:
    """Whether the group or anybody may do anything with it."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def test_everything_in_the_data_directory_is_its_owners_alone(start_daemon: StartDaemon) -> None:
    """While it runs, with SQLite's log beside the database, and after it was stopped and killed."""
    daemon = start_daemon()
    with Script(daemon) as script:
        script.ask(type="login", name="alice")
        script.ask(type="say", room="lobby", text=SECRET)
        data = daemon.directory / "data"
        found = {path.relative_to(data).as_posix() for path in data.rglob("*")}
        assert {"chatd.db", "chatd.db-wal", "chatd.db-shm", "lock", "tls/self-signed.pem"} <= found
        assert [] == [path for path in (data, *data.rglob("*")) if others_may(path)]
    daemon.kill()
    daemon.start()
    daemon.stop()
    assert [] == [path for path in (data, *data.rglob("*")) if others_may(path)]
