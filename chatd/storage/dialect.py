"""Everything that differs between databases: how to connect, begin, upsert, copy and lock. Today: SQLite.

PostgreSQL has partial unique indexes, RETURNING and ON CONFLICT too, so the rest of the package runs on both.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    QueuePool,
    Subquery,
    bindparam,
    create_engine,
    event,
    func,
    literal_column,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from chatd.model import terms

DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)
"""What a broken, locked or full database raises, while connecting too."""

DIALECT = sqlite.dialect(paramstyle="qmark")
"""What statements are compiled for ahead of their use."""

upsert = sqlite.insert
"""An INSERT with `on_conflict_do_nothing` and `on_conflict_do_update`."""

PREPARED_MOST = 512
"""Statements that a connection keeps prepared: of those for many rows there is one for each power of two."""

BUSY_SECONDS = 5.0
"""How long to wait for another process, such as an operator's sqlite3, to let go of the database."""


def writing_engine(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """For the one writer: a single connection; a commit is on disk when it returns, and what is deleted is
    overwritten."""
    engine = _engine(path, busy_seconds, connections=1)
    _on_connect(
        engine,
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "PRAGMA foreign_keys = ON",
        "PRAGMA secure_delete = ON",
        # Each statement keeps what it may have to take back: past 64 KiB in a file, which took as long again.
        "PRAGMA temp_store = MEMORY",
    )
    event.listen(engine, "connect", _teach)
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def reading_engine(path: Path, connections: int, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """For the read pool: each transaction sees one moment, and cannot write."""
    engine = _engine(path, busy_seconds, connections)
    _on_connect(engine, "PRAGMA query_only = ON")
    _begin_with(engine, "BEGIN")
    return engine


def upgrading_engine(path: Path, busy_seconds: float = BUSY_SECONDS) -> Engine:
    """For migrations: rebuilding a table must not touch the rows that refer to it, so no foreign keys.

    Nor WAL, which would be written into the header of a file that turns out not to be ours.
    """
    engine = _engine(path, busy_seconds, connections=1)
    _on_connect(engine, "PRAGMA synchronous = FULL")
    event.listen(engine, "connect", _teach)
    _begin_with(engine, "BEGIN IMMEDIATE")
    return engine


def json_rows(name: str, *columns: str) -> Subquery:
    """A table of these columns from the parameter `name`, a JSON list of lists: one statement for any length.

    SQLite scans the whole table for `(a, b) IN (VALUES …)`, but uses an index for a join with this. A
    string in it ends at its first NUL.
    """
    rows = func.json_each(bindparam(name)).table_valued("value", name=name)
    cells = [
        func.json_extract(rows.c.value, literal_column(f"'$[{place}]'")).label(column)
        for place, column in enumerate(columns)
    ]
    return select(*cells).subquery()


class TransactionLost(Exception):
    """The database ended the transaction by itself, as SQLite does on a full disk: nothing is stored."""


@contextmanager
def savepoint(connection: Connection) -> Iterator[None]:
    """An exception inside takes back what was done inside; raises TransactionLost where that is too little.

    SQLAlchemy's begin_nested says the same, but compiles its statements each time: 150 µs against 10.
    """
    driver = driver_of(connection)
    driver.execute("SAVEPOINT inside")
    try:
        yield
    except BaseException as error:
        if not driver.in_transaction:
            raise TransactionLost(str(error)) from error
        driver.execute("ROLLBACK TO inside")
        driver.execute("RELEASE inside")
        raise
    driver.execute("RELEASE inside")


def driver_of(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection, in the same transaction."""
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def dangling_rows(connection: Connection) -> bool:
    """Whether some row refers to a row that is not there."""
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None


def copy_database(source: Path, target: Path) -> None:
    """Write a consistent copy that only its owner may read; `target` appears when it is whole and on disk."""
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    make_private(unfinished)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(unfinished)) as new:
        old.backup(new)
    with unfinished.open("rb") as written:
        os.fsync(written.fileno())
    unfinished.replace(target)


def _engine(path: Path, busy_seconds: float, connections: int) -> Engine:
    return create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        # Message text and secrets never reach a log, and so no exception's text either.
        hide_parameters=True,
        # isolation_level None: sqlite3 begins nothing by itself, so SAVEPOINT and DDL mean what they say.
        connect_args={
            "timeout": busy_seconds,
            "isolation_level": None,
            "check_same_thread": False,
            "cached_statements": PREPARED_MOST,
        },
    )


def _on_connect(engine: Engine, *statements: str) -> None:
    @event.listens_for(engine, "connect")
    def set_up(driver: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        with closing(driver.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)


def teach(driver: sqlite3.Connection) -> None:
    """Give a connection what the triggers call: without it, no entry can be changed or removed through it."""
    driver.create_function("search_terms", 1, terms, deterministic=True)


def _teach(driver: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    assert isinstance(driver, sqlite3.Connection)
    teach(driver)


def _begin_with(engine: Engine, statement: str) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        driver_of(connection).execute(statement)


def make_private(path: Path) -> None:
    """An empty file that only its owner may open; SQLite gives its other files the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
