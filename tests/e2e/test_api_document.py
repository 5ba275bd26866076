"""docs/api.md is true: its commands are typed at a shell, and show what they show there."""

import os
import re
import subprocess
from pathlib import Path

from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS, found
from tests.e2e.scripts import Script

DOCUMENT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_what_is_typed_shows_what_is_written(shared: Daemon) -> None:
    for program in ("bash", "curl"):
        found(program)
    with Script(shared) as alice:
        alice.ask(type="register", name="alice", password=f"correct {SECRET}")
        token = alice.ask(type="newtoken", name="backup")["token"]
    environment = {**os.environ, "TOKEN": token, "CHATD": f"http://127.0.0.1:{shared.ports['web']}"}
    shared.secrets.append(token)
    typed = 0
    for block in BLOCK.findall(DOCUMENT):
        for example in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = example.partition("\n")
            shown = subprocess.run(
                ["bash", "-c", command],
                env=environment,
                capture_output=True,
                text=True,
                timeout=PATIENCE_SECONDS,
            ).stdout
            if not shown.endswith("\n"):
                shown += "\n"
            pattern = "".join(".+?" if part == "…" else re.escape(part) for part in re.split("(…)", expected))
            assert re.fullmatch(pattern, shown), f"$ {command}\n{shown}"
            typed += 1
    assert typed >= 7
