"""Whether a database can be trusted after a crash, and what an operator does where it cannot be used."""

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Timer
from time import monotonic

from sqlalchemy.exc import DBAPIError
from twisted.logger import Logger

CHECK_SECONDS = 10.0
"""How long a start looks for damage. SQLite 3.40 looks at 490 MB/s where the file is in memory (measured)."""

_STEPS = 1_000
"""So many instructions of SQLite's machine lie between two looks at the clock."""

_RESTORE = (
    "Restore a backup, or save what can still be read: docs/operations.md says how, under “When it breaks”."
)
ADVICE = {
    sqlite3.SQLITE_BUSY: "End the other program that uses it.",
    sqlite3.SQLITE_READONLY: "Let the user that runs chatd write there.",
    sqlite3.SQLITE_CANTOPEN: "Let the user that runs chatd write there.",
    sqlite3.SQLITE_PERM: "Let the user that runs chatd write there.",
    sqlite3.SQLITE_FULL: "Make room on the disk.",
    sqlite3.SQLITE_IOERR: "Look after the disk; the system's log says more.",
    sqlite3.SQLITE_CORRUPT: _RESTORE,
    sqlite3.SQLITE_NOTADB: _RESTORE,
}
"""What to do, by SQLite's primary result codes."""

_log = Logger()


def was_cut_off(path: Path) -> bool:
    """Whether whoever wrote to the database last did not close it: then its log is still there."""
    log = path.with_name(f"{path.name}-wal")
    return log.exists() and log.stat().st_size > 0


def find_damage(path: Path, seconds: float = CHECK_SECONDS) -> str | None:
    """The first damage that is found in so many seconds, in SQLite's words; None where there is none.

    What is intact in itself but lost its end is no damage: a log is read up to its last whole transaction.
    Raises sqlite3.Error where there is nothing to look at.
    """
    until = monotonic() + seconds
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # The handler is not asked while the pages of one table are looked at (SQLite 3.40).
        connection.set_progress_handler(lambda: monotonic() > until, _STEPS)
        alarm = Timer(max(seconds, 0), connection.interrupt)
        alarm.daemon = True
        alarm.start()
        try:
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            _log.info("Looked for damage for {seconds} s, and stopped before the end", seconds=seconds)
            return None
        finally:
            alarm.cancel()
            alarm.join()
    return None if found == "ok" else str(found)


def trouble(error: Exception) -> str:
    """What the database says, without SQLAlchemy's frame around it, and what to do."""
    inner = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code = getattr(inner, "sqlite_errorcode", None)
    advice = "" if code is None else ADVICE.get(code & 0xFF, "")
    return f"{inner}".rstrip(".") + "." + (f" {advice}" if advice else "")


def damaged(path: Path, damage: str) -> str:
    """Why a damaged database is not used."""
    return f"{path} is damaged ({' '.join(damage.split())[:200]}). {_RESTORE}"
