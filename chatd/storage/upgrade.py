"""Opens a data directory: makes the database or brings it up to this code's schema."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from twisted.logger import Logger

from chatd.storage.dialect import (
    DATABASE_ERRORS,
    copy_database,
    dangling_rows,
    make_private,
    upgrading_engine,
)
from chatd.storage.health import damaged, find_damage, trouble, was_cut_off
from chatd.storage.schema import meta

DATABASE = "chatd.db"
MIGRATIONS = "chatd.storage:migrations"

_log = Logger()


class StorageError(Exception):
    """The data cannot be used; the text is one sentence for the operator."""


class SchemaTooNew(StorageError):
    """A newer chatd wrote the database."""


class Lock:
    """Holds a data directory for one process: each of two would show its clients only half of a room."""

    def __init__(self, directory: Path) -> None:
        """Raises StorageError when another process holds it."""
        try:
            self._file = os.open(directory / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(f"The directory {directory} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._file)
            raise StorageError(f"Another chatd is running with the data in {directory}.") from error

    def release(self) -> None:
        """Let another process have it; the operating system does the same when the process ends."""
        os.close(self._file)


def prepare_directory(directory: Path) -> None:
    """Make the directory, for its owner only, unless it is there."""
    if directory.is_dir():
        return
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        directory.mkdir(mode=0o700)
    except OSError as error:
        raise StorageError(f"The directory {directory} cannot be made: {error.strerror}.") from error


def upgrade(path: Path, migrations: str = MIGRATIONS, *, new_epoch: bool = False) -> None:
    """Bring the database to the newest schema, all or nothing; an older one is copied beside itself first.

    `new_epoch`: give it another epoch as well. `migrations` is where Alembic finds the steps.
    Raises StorageError.
    """
    with operable(path):
        if not path.exists():
            make_private(path)
        elif was_cut_off(path):
            damage = find_damage(path)
            if damage is not None:
                raise StorageError(damaged(path, damage))
        engine = upgrading_engine(path)
        try:
            with engine.connect() as connection:
                _upgrade(connection, path, migrations)
                if new_epoch:
                    with connection.begin():
                        _begin_epoch(connection)
        finally:
            engine.dispose()


def _begin_epoch(connection: Connection) -> None:
    """Another epoch: every client forgets its positions."""
    epoch = meta.update().where(meta.c.name == "epoch")
    connection.execute(epoch.values(value=secrets.token_hex(8)))


@contextmanager
def operable(path: Path) -> Iterator[None]:
    """Turns what the database says inside into a StorageError that says what to do."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise StorageError(f"{path} cannot be opened or upgraded: {trouble(error)}") from error


def _upgrade(connection: Connection, path: Path, migrations: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", migrations)
    scripts = ScriptDirectory.from_config(config)
    with connection.begin():
        found = MigrationContext.configure(connection).get_current_revision()
        if found is None and inspect(connection).get_table_names():
            raise StorageError(f"{path} is not a database of chatd.")
    if found == scripts.get_current_head():
        return
    if found is not None:
        if found not in {script.revision for script in scripts.walk_revisions()}:
            raise SchemaTooNew(
                f"{path} was written by a newer chatd (schema {found}): install that, or restore a backup."
            )
        backup = path.with_name(f"{path.stem}-before-upgrade-{found}{path.suffix}")
        copy_database(path, backup)
        _log.info("Copied the database to {backup} before its upgrade", backup=str(backup))
    with connection.begin():
        command.upgrade(config, "head")
        if dangling_rows(connection):
            raise StorageError(f"{path} has rows that refer to nothing: it was not upgraded.")
