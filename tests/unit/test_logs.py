"""The log: one line per event, which no field can forge."""

import io
import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import FileLogObserver, Logger, LogLevel, LogPublisher
from twisted.python import log as legacy
from twisted.python.failure import Failure

from chatd import logs
from chatd.logs import file_observer, json_line, text_line, visible, write_log_of

AT = 1795425245.123


def event(**fields: object) -> dict[str, Any]:
    return {
        "log_time": AT,
        "log_level": LogLevel.info,
        "log_namespace": "chatd.service",
        "log_format": "Served {name}",
        "name": "bob",
        **fields,
    }


def failure() -> Failure:
    try:
        raise ValueError("two\nlines")
    except ValueError:
        return Failure()


def text(**fields: object) -> str:
    line = text_line(event(**fields))
    assert line is not None
    return line


def parsed(**fields: object) -> dict[str, Any]:
    line = json_line(event(**fields))
    assert line is not None
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    fields = json.loads(line)
    return fields


def test_text_has_time_level_logger_and_message() -> None:
    assert text() == "2026-11-23T09:14:05.123Z info chatd.service Served bob\n"


def test_json_has_the_fields_beside_the_message() -> None:
    assert parsed(seconds=1.5, clean=True, why=None) == {
        "at": "2026-11-23T09:14:05.123Z",
        "level": "info",
        "logger": "chatd.service",
        "message": "Served bob",
        "name": "bob",
        "seconds": 1.5,
        "clean": True,
    }


def test_a_field_cannot_take_the_place_of_the_message() -> None:
    assert parsed(message="forged", at="forged", level="forged", logger="forged") == parsed()


@given(st.text())
def test_no_name_ends_a_line_or_moves_a_cursor(name: str) -> None:
    for line in (text(name=name), visible(name) + "\n", parsed(name=name)["message"] + "\n"):
        assert line.endswith("\n")
        assert [char for char in line[:-1] if unicodedata.category(char) in ("Cc", "Zl", "Zp", "Cs")] == []
        assert [char for char in line if unicodedata.bidirectional(char) in BIDI_CONTROLS] == []
    text(name=name).encode("utf-8")


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_what_is_made_visible_can_still_be_read() -> None:
    assert visible("a\nb\x1b[31m\x9b\u202e\ud800") == r"a\nb\x1b[31m\x9b\u202e\ud800"
    assert visible("Zoë 🙂 ①") == "Zoë 🙂 ①"


def test_a_traceback_is_indented_below_its_line() -> None:
    first, *rest = text(log_failure=failure(), log_level=LogLevel.critical).splitlines()
    assert first == "2026-11-23T09:14:05.123Z critical chatd.service Served bob"
    assert rest[0] == "    Traceback (most recent call last):"
    assert all(line.startswith("    ") for line in rest)
    assert rest[-2:] == ["    builtins.ValueError: two", "    lines"]


def test_a_traceback_is_a_field_in_json() -> None:
    traceback = parsed(log_failure=failure())["traceback"]
    assert traceback.splitlines()[0] == "Traceback (most recent call last):"
    assert "ValueError" in traceback


def test_a_failure_of_the_old_log_is_shown_once() -> None:
    line = text(log_namespace="log_legacy", log_level=LogLevel.critical, failure=failure(), why=None)
    assert line.splitlines()[0] == "2026-11-23T09:14:05.123Z critical log_legacy Unhandled error"
    assert line.count("Traceback") == 1


@pytest.mark.parametrize("namespace", ["twisted.web.server.Site", "log_legacy", "autobahn.twisted.websocket"])
def test_news_of_the_machinery_is_not_shown_but_its_warnings_are(namespace: str) -> None:
    assert text_line(event(log_namespace=namespace)) is None
    assert json_line(event(log_namespace=namespace)) is None
    assert text(log_namespace=namespace, log_level=LogLevel.warn)


def test_debug_is_not_shown() -> None:
    assert text_line(event(log_level=LogLevel.debug)) is None


def test_a_field_without_text_does_not_lose_the_line() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise RuntimeError

    assert parsed(thing=Mute())["thing"] == "(no text: RuntimeError)"
    assert parsed(thing=[b"\n"])["thing"] == r"[b'\n']"


def test_a_terminal_without_utf_8_gets_escapes() -> None:
    raw = io.BytesIO()
    terminal = io.TextIOWrapper(raw, encoding="ascii")
    file_observer(terminal, "text")(event(name="Zoë"))
    assert raw.getvalue() == b"2026-11-23T09:14:05.123Z info chatd.service Served Zo\\xeb\n"


def test_twisteds_loggers_come_out_as_they_should() -> None:
    out = io.StringIO()
    publisher = LogPublisher(file_observer(out, "text"))
    Logger("chatd.x", observer=publisher).warn("Protected from {who}", who="bob\n")
    old = legacy.LogPublisher(publishPublisher=publisher)
    old.msg("Site starting on 8080")
    old.msg(failure=failure(), why="It broke", isError=1)
    lines = [line[25:] for line in out.getvalue().splitlines() if not line.startswith(" ")]
    assert lines == [r"warn chatd.x Protected from bob\n", "critical log_legacy It broke"]


@pytest.fixture
def choice() -> Iterator[None]:
    kept = logs._choice
    yield
    logs._choice = kept


@pytest.mark.usefixtures("choice")
class TestRunners:
    """How twistd and twist come to write the log in our form."""

    def test_twistd_in_the_foreground_writes_to_standard_output(self) -> None:
        runner: dict[str, Any] = {"nodaemon": 1, "logfile": None, "logger": None, "syslog": 0}
        write_log_of(runner, "json")
        assert runner["logger"] == "chatd.logs.observer"
        assert logs.observer()._outFile is sys.stdout

    def test_a_daemon_writes_to_the_file_that_twistd_would_write(self, tmp_path: Path) -> None:
        runner: dict[str, Any] = {"nodaemon": 0, "logfile": str(tmp_path / "log"), "logger": None}
        write_log_of(runner, "text")
        observer = logs.observer()
        observer(event(name="Zoë"))
        observer._outFile.close()
        assert (tmp_path / "log").read_text(encoding="utf-8").endswith(" info chatd.service Served Zoë\n")

    def test_a_daemon_without_a_file_has_twistd_log(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        write_log_of({"nodaemon": 0, "logfile": None}, "text")
        logs.observer()._outFile.close()
        assert [path.name for path in tmp_path.iterdir()] == ["twistd.log"]

    def test_a_daemon_cannot_log_to_standard_output(self) -> None:
        write_log_of({"nodaemon": 0, "logfile": "-"}, "text")
        with pytest.raises(SystemExit, match="A daemon has no standard output"):
            logs.observer()

    def test_a_log_file_that_cannot_be_written_is_one_sentence(self) -> None:
        write_log_of({"nodaemon": 1, "logfile": "/nowhere/log"}, "text")
        with pytest.raises(
            SystemExit, match=r"^chatd: The log file /nowhere/log cannot be written: No such file"
        ):
            logs.observer()

    def test_twist_is_given_our_observer(self) -> None:
        runner: dict[str, Any] = {"fileLogObserverFactory": None}
        write_log_of(runner, "json")
        out = io.StringIO()
        observer = runner["fileLogObserverFactory"](out)
        assert isinstance(observer, FileLogObserver)
        observer(event())
        assert json.loads(out.getvalue())["message"] == "Served bob"

    @pytest.mark.parametrize("theirs", [{"logger": "their.observer"}, {"syslog": 1}])
    def test_an_operators_own_log_stays(self, theirs: dict[str, Any]) -> None:
        runner = {"nodaemon": 1, **theirs}
        write_log_of(runner, "json")
        assert runner == {"nodaemon": 1, **theirs}
