"""The programs in examples/ do what they say, against the real daemon."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.daemon import SECRET, Daemon
from tests.e2e.programs import PATIENCE_SECONDS
from tests.e2e.scripts import Script

EXAMPLES = Path(__file__).parents[2] / "examples"


def environment(daemon: Daemon, **more: str) -> dict[str, str]:
    return {**os.environ, "CHATD": f"ws://127.0.0.1:{daemon.ports['web']}/ws", **more}


def command(name: str, *words: str) -> list[str]:
    return [sys.executable, str(EXAMPLES / f"{name}.py"), *words]


@contextmanager
def running(daemon: Daemon, name: str, **more: str) -> Iterator[None]:
    program = subprocess.Popen(command(name), env=environment(daemon, **more))
    try:
        yield
    finally:
        program.kill()
        program.wait()


def test_a_pipe_into_a_room_says_every_line_and_ends(shared: Daemon) -> None:
    lines = [f"line {number}" for number in range(8)]
    with Script(shared) as alice:
        alice.ask(type="login", name="alice")
        said = subprocess.run(
            command("say", "lobby"),
            env=environment(shared),
            input="".join(f"{line}\n\n" for line in lines),
            text=True,
            timeout=PATIENCE_SECONDS,
        )
        assert 0 == said.returncode
        history = alice.ask(type="history", room="lobby")["entries"]
        assert sorted(lines) == sorted(one["text"] for one in history if one["from"]["name"] == "pipe")


def test_what_cannot_be_said_ends_with_a_sentence(shared: Daemon) -> None:
    said = subprocess.run(
        command("say", "nowhere"),
        env=environment(shared),
        input="hi\n",
        text=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    assert (1, 'There is no room called "nowhere".\n') == (said.returncode, said.stderr)


def test_the_bots_answer(shared: Daemon) -> None:
    with Script(shared) as alice:
        alice.ask(type="register", name="maker", password=f"correct {SECRET}")
        token = alice.ask(type="newbot", name="parrot")["token"]
        shared.secrets.append(token)
        alice.ask(type="attach")
        with running(shared, "echo", CHATD_TOKEN=token), running(shared, "reminder"):
            names: set[str] = set()
            while not {"parrot", "reminder"} <= names:
                names = {one["name"] for one in alice.ask(type="who", room="lobby")["users"]}
            alice.ask(type="say", room="lobby", text="!echo hello")
            alice.ask(type="say", room="lobby", text="!remind 0 the tea")
            answers: dict[str, str] = {}
            while len(answers) < 2:
                for one in alice.ask(type="history", room="lobby")["entries"]:
                    if one["from"]["name"] in ("parrot", "reminder"):
                        answers[one["from"]["name"]] = one["text"]
        assert {"parrot": "hello", "reminder": "@maker the tea"} == answers
