"""What the server says of its API is true: schemathesis asks what it allows, and looks at the answers."""

import os
import subprocess
import sys
from pathlib import Path

from tests.e2e.conftest import StartDaemon
from tests.e2e.daemon import SECRET
from tests.e2e.scripts import Script

NO_LIMITS = dict.fromkeys(
    (
        "connects_per_minute",
        "say_per_second",
        "search_per_second",
        "login_tries_per_minute",
        "login_tries_per_address",
    ),
    0,
)


def test_nothing_that_the_document_allows_breaks_the_server(
    start_daemon: StartDaemon, tmp_path: Path
) -> None:
    """What it does not allow the JSON wire's own tests try, by the thousand.

    `positive_data_acceptance` is left out: a room that a schema allows need not exist. So are `logout`
    and `revoke`, which is tried with the names that `tokens` has told: whoever asks then is nobody any more.
    """
    daemon = start_daemon(limits=NO_LIMITS)
    with Script(daemon) as alice:
        alice.ask(type="register", name="alice", password=f"correct {SECRET}")
        token = alice.ask(type="newtoken", name="tests")["token"]
    daemon.secrets.append(token)
    ran = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            "run",
            f"http://127.0.0.1:{daemon.ports['web']}/api/openapi.json",
            "--header",
            f"Authorization: Bearer {token}",
            "--exclude-path-regex=^/rooms/|^/api/events|^/api/(logout|revoke)$",
            "--phases=coverage,fuzzing",
            "--mode=positive",
            "--max-examples=5",
            "--generation-deterministic",
            "--exclude-checks=positive_data_acceptance",
            "--no-color",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUTF8": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "No issues found" in ran.stdout or "passed" in ran.stdout, ran.stdout
    with Script(daemon) as alice:
        assert alice.ask(type="login", token=token)["user"]["name"] == "alice"
