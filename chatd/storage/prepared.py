"""Statements compiled once, for the path that every message takes, and every session when it comes.

`Connection.execute` costs 60 to 100 µs of Python a call (SQLAlchemy 2.1), and making a statement as much
again, more than SQLite does; the driver's own `execute` costs 5. The statements are still Core's: what
differs between databases stays in `dialect`.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Boolean, Connection, Insert, Select, Subquery, Update, column, text
from sqlalchemy.exc import DBAPIError

from chatd.storage.dialect import DIALECT, driver_of

ROWS_MOST = 64
"""In one statement."""

MOST = 2**63 - 1
"""No column holds a larger number, so no row is found by one."""

T = TypeVar("T")


def given(*columns: str) -> Subquery:
    """A table of these columns, of the rows that a `Prepared` is given.

    SQLite scans the whole table for `(a, b) IN (VALUES …)`, but uses an index for a join with this, at half
    the price of a join with `json_rows`.
    """
    cells = ", ".join(f'column{place} AS "{name}"' for place, name in enumerate(columns, 1))
    return text(f"SELECT {cells} FROM (VALUES :rows)").columns(*map(column, columns)).subquery()


class Prepared:
    """A statement with one set of named parameters; and, where it is about a `given` table, rows for that."""

    def __init__(self, statement: Select[Any] | Update) -> None:
        columns = statement.exported_columns
        fields = [one.name for one in columns]
        # Its fields are this statement's, which mypy cannot know.
        self._row: Any = namedtuple("Row", fields, rename=True)  # type: ignore[misc]
        self._flags = [place for place, one in enumerate(columns) if isinstance(one.type, Boolean)]
        compiled = statement.compile(dialect=DIALECT)
        self._sql = str(compiled)
        self._sql_of: dict[int, str] = {}
        """For so many rows."""
        self._names = names = list(compiled.positiontup or ())
        place = names.index("rows") if "rows" in names else 0
        self._around = names[:place], names[place + 1 :]
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}

    def __call__(
        self, connection: Connection, rows: Sequence[Sequence[object]] | None = None, **parameters: object
    ) -> list[Any]:
        """The rows that it gives, with its columns' names; raises what `Connection.execute` would."""
        values = self._fixed | parameters
        if rows is None:
            found = _run(connection, self._sql, [values[name] for name in self._names])
        else:
            found = self._with_rows(connection, rows, values)
        if self._flags:
            found = [self._with_flags(row) for row in found]
        return [self._row._make(row) for row in found]

    def _with_rows(
        self, connection: Connection, rows: Sequence[Sequence[object]], values: dict[str, object]
    ) -> list[Any]:
        found: list[Any] = []
        for some in _in_powers(rows):
            sql = self._sql_of.get(len(some))
            if sql is None:
                row = f"({', '.join('?' * len(some[0]))})"
                sql = self._sql.replace("(VALUES ?)", f"(VALUES {', '.join([row] * len(some))})")
                self._sql_of[len(some)] = sql
            before, after = ([values[name] for name in names] for names in self._around)
            try:
                found += _run(connection, sql, [*before, *chain.from_iterable(some), *after])
            except OverflowError:
                found += self._with_rows(connection, [row for row in some if _is_storable(row)], values)
        return found

    def _with_flags(self, row: Sequence[Any]) -> list[Any]:
        """SQLite knows numbers only."""
        values = list(row)
        for place in self._flags:
            values[place] = None if values[place] is None else bool(values[place])
        return values


class PreparedInsert:
    """An INSERT of any number of rows."""

    def __init__(self, statement: Insert, columns: Sequence[str]) -> None:
        """`columns`: the order of the values in a row. What the statement itself sets are literals."""
        compiled = statement.compile(dialect=DIALECT, column_keys=list(columns))
        self._head, _, self._row = str(compiled).partition(" VALUES ")
        self._sql: dict[int, str] = {}
        self._in_order = itemgetter(*(columns.index(name) for name in compiled.positiontup or ()))

    def __call__(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert them in this order; raises what `Connection.execute` would."""
        for some in _in_powers(rows):
            sql = self._sql.get(len(some))
            if sql is None:
                sql = f"{self._head} VALUES {', '.join([self._row] * len(some))}"
                self._sql[len(some)] = sql
            _run(connection, sql, list(chain.from_iterable(map(self._in_order, some))))


def _in_powers(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    """The same rows in parts of 64, 32, 16 …

    Several at once, because sqlite3 gives the GIL away once per statement, and may wait milliseconds for it;
    and of few lengths, because it keeps a number of statements prepared, and preparing takes 1 µs a row.
    """
    at = 0
    while at < len(rows):
        count = min(ROWS_MOST, 1 << (len(rows) - at).bit_length() - 1)
        yield rows[at : at + count]
        at += count


def _is_storable(row: Sequence[object]) -> bool:
    return not any(isinstance(one, int) and abs(one) > MOST for one in row)


def _run(connection: Connection, sql: str, values: list[object]) -> list[Any]:
    try:
        rows: list[Any] = driver_of(connection).execute(sql, values).fetchall()
    except sqlite3.Error as error:
        wrapped = DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True, dialect=DIALECT)
        raise wrapped from error
    return rows
