"""Statements compiled once, for the path that every message takes, and every session when it comes.

`Connection.execute` costs 60 to 100 µs of Python a call (SQLAlchemy 2.1), and making a statement as much
again, more than SQLite does; the driver's own `execute` costs 5. The statements are still Core's: what
differs between databases stays in `dialect`.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Boolean, Connection, Insert, Select, Update
from sqlalchemy.exc import DBAPIError

from chatd.storage.dialect import DIALECT, driver_of


class Prepared:
    """A statement with one set of named parameters."""

    def __init__(self, statement: Select[Any] | Update) -> None:
        columns = statement.exported_columns
        names = [column.name for column in columns]
        # Its fields are this statement's, which mypy cannot know.
        self._row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc]
        self._flags = [place for place, column in enumerate(columns) if isinstance(column.type, Boolean)]
        compiled = statement.compile(dialect=DIALECT)
        self._sql = str(compiled)
        self._names = list(compiled.positiontup or ())
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def __call__(self, connection: Connection, **parameters: object) -> list[Any]:
        """The rows that it gives, with its columns' names; raises what `Connection.execute` would."""
        values = self._fixed | parameters
        rows = _run(connection, self._sql, [values[name] for name in self._names])
        if self._flags:
            rows = [self._with_flags(row) for row in rows]
        return [self._row._make(row) for row in rows]

    def _with_flags(self, row: Sequence[Any]) -> list[Any]:
        """SQLite knows numbers only."""
        values = list(row)
        for place in self._flags:
            values[place] = None if values[place] is None else bool(values[place])
        return values


class PreparedInsert:
    """An INSERT of any number of rows, as one statement.

    One, because sqlite3 gives the GIL away once per statement, and may wait milliseconds for it.
    """

    def __init__(self, statement: Insert, columns: Sequence[str]) -> None:
        """`columns`: the order of the values in a row, without those that the statement itself sets."""
        compiled = statement.compile(dialect=DIALECT, column_keys=list(columns))
        sql = str(compiled)
        self._head, _, row = sql.partition(" VALUES ")
        self._row = row
        self._sql: dict[int, str] = {}
        names = list(compiled.positiontup or ())
        self._fixed = [compiled.params[name] for name in names]
        self._places = [columns.index(name) if name in columns else None for name in names]

    def __call__(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert them in this order; raises what `Connection.execute` would."""
        count = len(rows)
        sql = self._sql.get(count)
        if sql is None:
            sql = self._sql[count] = f"{self._head} VALUES {', '.join([self._row] * count)}"
        places = list(zip(self._places, self._fixed, strict=True))
        _run(connection, sql, [fixed if at is None else row[at] for row in rows for at, fixed in places])


def _run(connection: Connection, sql: str, values: list[object]) -> list[Any]:
    try:
        rows: list[Any] = driver_of(connection).execute(sql, values).fetchall()
    except sqlite3.Error as error:
        wrapped = DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True, dialect=DIALECT)
        raise wrapped from error
    return rows
