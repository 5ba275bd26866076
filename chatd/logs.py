"""The log: one line per event, as text or as JSON, and no way for a field to forge a line."""

import io
import re
import signal
import sys
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from types import FrameType
from typing import IO, Any, Literal, NamedTuple, cast

import msgspec
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import FileLogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from twisted.python.logfile import LogFile

Format = Literal["text", "json"]

_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0, DEL, C1, line separators, bidi controls, and halves of surrogate pairs, which no file can hold."""

_MACHINERY = ("twisted.", "autobahn.", "txaio.", "log_legacy")
"""Whose `info` tells of factories that start and sites that stop; only their warnings are shown."""

_NOT_FIELDS = frozenset({"time", "format", "message", "isError", "system", "failure", "why", "debug"})
"""What Twisted puts into an event beside its `log_…` keys."""


def text_line(event: LogEvent) -> str | None:
    """`2026-11-23T09:14:05.123Z info chatd.service Started`, a traceback indented below; None: not shown."""
    if not _shown(event):
        return None
    lines = [f"{_at(event)} {_level(event)} {_logger(event)} {visible(_message(event))}"]
    lines += (f"    {line}" for line in _traceback(event))
    return "\n".join(lines) + "\n"


def json_line(event: LogEvent) -> str | None:
    """The same as one JSON object, with the event's fields beside the message; None: not shown."""
    if not _shown(event):
        return None
    line: dict[str, object] = {
        "at": _at(event),
        "level": _level(event),
        "logger": _logger(event),
        "message": visible(_message(event)),
    }
    for key, value in event.items():
        if not key.startswith("log_") and key not in _NOT_FIELDS:
            line.setdefault(visible(key), _plain(value))
    traceback = _traceback(event)
    if traceback:
        line["traceback"] = "\n".join(traceback)
    return msgspec.json.encode(line).decode() + "\n"


def visible(text: str) -> str:
    """The text on one line, with everything that could move a cursor or end a line written as an escape."""
    return _INVISIBLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def file_observer(file: IO[Any], log_format: Format) -> FileLogObserver:
    """An observer that writes each shown event to the file, and flushes it."""
    if isinstance(file, io.TextIOWrapper):
        # A terminal without UTF-8 gets escapes, not an exception in the middle of the log.
        file.reconfigure(errors="backslashreplace")
    return FileLogObserver(file, json_line if log_format == "json" else text_line)


class _Choice(NamedTuple):
    log_format: Format
    runner: Mapping[str, Any]


_choice = _Choice("text", {"nodaemon": True})


def write_log_of(runner: MutableMapping[str, Any], log_format: Format) -> None:
    """Have twistd or twist, whose options these are, write its log in our form.

    An operator's --logger and --syslog stay. Called while options are parsed, because both runners decide on
    their log before the service is made.
    """
    global _choice
    if "fileLogObserverFactory" in runner:  # twist
        runner["fileLogObserverFactory"] = lambda file: file_observer(file, log_format)
    elif not runner.get("logger") and not runner.get("syslog"):  # twistd
        # twistd takes the name of a function without arguments: what it must know waits in this module.
        _choice = _Choice(log_format, runner)
        runner["logger"] = "chatd.logs.observer"


def observer() -> FileLogObserver:
    """What twistd's `--logger` calls: to standard output, or to the file where twistd itself would write."""
    runner = _choice.runner
    name = runner.get("logfile")
    if not name and not runner["nodaemon"]:
        name = "twistd.log"
    if not name or name == "-":
        if not runner["nodaemon"]:
            raise SystemExit("chatd: A daemon has no standard output. Give --logfile a file, or use -n.")
        return file_observer(sys.stdout, _choice.log_format)
    try:
        file = LogFile.fromFullPath(name)
    except OSError as error:
        raise SystemExit(f"chatd: The log file {name} cannot be written: {error.strerror}.") from None
    if signal.getsignal(signal.SIGUSR1) in (None, signal.SIG_DFL):
        signal.signal(signal.SIGUSR1, _rotate(file))
    # LogFile has what an observer needs of a file, and twistd uses it so, but it is not declared as one.
    return file_observer(cast("IO[Any]", file), _choice.log_format)


def _rotate(file: LogFile) -> Callable[[int, FrameType | None], None]:
    """As twistd's own log does: SIGUSR1 begins a new file."""

    def rotate(signum: int, frame: FrameType | None) -> None:
        from twisted.internet import reactor

        cast(IReactorFromThreads, reactor).callFromThread(file.rotate)

    return rotate


def _shown(event: LogEvent) -> bool:
    level = event.get("log_level") or LogLevel.info
    if level < LogLevel.info:
        return False
    return level > LogLevel.info or not str(event.get("log_namespace", "")).startswith(_MACHINERY)


def _at(event: LogEvent) -> str:
    at = datetime.fromtimestamp(event.get("log_time", 0.0), UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(event: LogEvent) -> str:
    return str((event.get("log_level") or LogLevel.info).name)


def _logger(event: LogEvent) -> str:
    return visible(str(event.get("log_namespace") or "-"))


def _message(event: LogEvent) -> str:
    if "failure" in event and "log_failure" not in event:
        # twisted.python.log puts the traceback into the text.
        return str(event.get("why") or "Unhandled error")
    return formatEvent(event)


def _traceback(event: LogEvent) -> list[str]:
    failure = event.get("log_failure") or event.get("failure")
    if not isinstance(failure, Failure):
        return []
    return [visible(line) for line in failure.getTraceback().splitlines() if line.strip()]


def _plain(value: object) -> object:
    """The value as JSON has it; anything but a number or a truth value becomes visible text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    try:
        return visible(str(value))
    except Exception as error:
        return f"(no text: {type(error).__name__})"
