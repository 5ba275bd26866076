"""Opening a data directory: its files, its schema, and what is refused."""

import re
import shutil
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine

from chatd.model import Sought
from chatd.storage import indexing, schema, searching
from chatd.storage.dialect import upgrading_engine, writing_engine
from chatd.storage.upgrade import (
    DATABASE,
    Lock,
    SchemaTooNew,
    StorageError,
    prepare_directory,
    upgrade,
)

OURS = Path(schema.__file__).parent / "migrations"

NEWEST = max(step.name for step in (OURS / "versions").glob("0*.py"))[:4]
NEXT = f"{int(NEWEST) + 1:04}"

NEXT_STEP = f'''
"""A step that a later version may bring."""
import sqlalchemy as sa
from alembic import op
revision = "{NEXT}"
down_revision = "{NEWEST}"

def upgrade():
    with op.batch_alter_table("rooms") as rooms:
        rooms.add_column(sa.Column("colour", sa.Text, nullable=False, server_default="green"))
'''

FIRST_OF_USERS = "id, name, holds_name, display_name, kind, password_hash, numbers, created_at, seen_at"
"""The columns that the first schema had."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database as this version makes it, with one user in it."""
    path = tmp_path / DATABASE
    upgrade(path)
    sql(path, f"INSERT INTO users ({FIRST_OF_USERS}) VALUES (7, 'alice', 1, '', 'guest', NULL, 0, 1, 1)")
    sql(path, "INSERT INTO members (user, room, read, member, joined_at) VALUES (7, 1, 0, 1, 1)")
    return path


def later(directory: Path, step: str = NEXT_STEP) -> str:
    """Where the migrations of a later version lie, with one more step."""
    migrations = directory / "migrations"
    shutil.copytree(OURS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    (migrations / "versions" / f"{NEXT}_next.py").write_text(step)
    return str(migrations)


def sql(path: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        return connection.execute(statement).fetchall()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def is_of_search(name: str | None) -> bool:
    """A table or a trigger of FTS5's, which SQLAlchemy knows nothing of."""
    return name is not None and name.partition("_")[0] in ("words", "letters")


def test_migrations_make_the_tables_that_the_code_uses(path: Path) -> None:
    engine = upgrading_engine(path)
    with engine.connect() as connection:
        options = {"include_name": lambda name, kind, parents: kind != "table" or not is_of_search(name)}
        context = MigrationContext.configure(connection, opts=options)
        assert [] == compare_metadata(context, schema.metadata)
    engine.dispose()


def test_migrations_and_tables_agree_in_what_alembic_does_not_compare(path: Path, tmp_path: Path) -> None:
    """Partial indexes, AUTOINCREMENT, WITHOUT ROWID, the order of columns.

    SQLite writes a column that was added behind the table's constraints, with what it refers to beside it, so
    definitions are compared sorted and taken apart.
    """
    direct = tmp_path / "direct.db"
    engine = create_engine(f"sqlite:///{direct}")
    schema.metadata.create_all(engine)
    engine.dispose()
    assert definitions(direct) == definitions(path)
    columns = (
        "SELECT t.name, c.name FROM sqlite_schema t, pragma_table_info(t.name) c "
        "WHERE t.name != 'alembic_version' AND t.name NOT GLOB 'words*' AND t.name NOT GLOB 'letters*' "
        "ORDER BY t.name, c.cid"
    )
    assert sql(direct, columns) == sql(path, columns)


def definitions(path: Path) -> dict[str, list[str]]:
    """What each table and index is made of."""
    question = "SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL AND name != 'alembic_version'"
    comma = re.compile(r",\s+(?![^(]*\)[,\s])")
    beside = re.compile(r"((?<!\S)\S+) (\w+) (REFERENCES \w+ \(\w+\))")

    def parts(made: str) -> list[str]:
        apart = beside.sub(r"\1 \2, FOREIGN KEY(\1) \3", " ".join(made.split()))
        return sorted(part.strip(" )") for part in comma.split(apart.replace(") WITHOUT", ", WITHOUT")))

    found = {str(name): str(made) for name, made in sql(path, question) if not is_of_search(str(name))}
    return {name: parts(made) for name, made in found.items()}


def test_accounts_of_the_first_schema_keep_all_that_they_have(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    upgrade(path, first_schema(tmp_path))
    sql(path, "INSERT INTO users VALUES (7, 'alice', 1, '', 'user', 'hash', 1, 1, 2)")
    sql(path, "INSERT INTO tokens VALUES (x'aa', 7, 3, 4, 5)")
    upgrade(path)
    assert [(7, "alice", 1, "", "user", "hash", 1, 1, 2, None)] == sql(
        path, f"SELECT {FIRST_OF_USERS}, colour FROM users"
    )
    assert [(b"\xaa", 7, 3, 4, 5, "", "")] == sql(
        path, "SELECT digest, user, created_at, used_at, expires_at, frontend, address FROM tokens"
    )
    assert [("0001",)] == sql(
        tmp_path / "chatd-before-upgrade-0001.db", "SELECT version_num FROM alembic_version"
    )


def test_members_of_the_first_schema_are_counted(tmp_path: Path) -> None:
    path = tmp_path / DATABASE
    upgrade(path, first_schema(tmp_path))
    for user in (7, 8, 9):
        sql(path, f"INSERT INTO users VALUES ({user}, 'user{user}', 1, '', 'user', 'hash', 1, 1, 2)")
        sql(path, f"INSERT INTO members VALUES ({user}, 1, 0, {user != 9}, 1)")
    sql(path, "INSERT INTO rooms (name, kind, topic, head, floor, at) VALUES ('den', 'public', 'A', 0, 0, 0)")
    upgrade(path)
    found = sql(path, "SELECT name, members, topic_folded FROM rooms ORDER BY id")
    assert [("lobby", 2, ""), ("den", 0, "a")] == found


def first_schema(directory: Path) -> str:
    """Where the migrations of the first version lie."""
    migrations = directory / "migrations"
    shutil.copytree(OURS, migrations, ignore=shutil.ignore_patterns("__pycache__", "000[2-9]_*", "00[1-9]*"))
    return str(migrations)


def test_what_was_said_before_the_index_was_made_anew_is_found(tmp_path: Path) -> None:
    """The upgrade empties the index, and leaves it to the running server to fill it."""
    migrations = tmp_path / "migrations"
    shutil.copytree(OURS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
    for step in (migrations / "versions").glob("0*.py"):
        if step.name[:4] > "0026":
            step.unlink()
    path = tmp_path / DATABASE
    upgrade(path, str(migrations))
    sql(path, f"INSERT INTO users ({FIRST_OF_USERS}) VALUES (7, 'alice', 1, '', 'guest', NULL, 0, 1, 1)")
    sql(path, "INSERT INTO members (user, room, read, member, joined_at) VALUES (7, 1, 0, 1, 1)")
    sql(path, "UPDATE rooms SET head = 1, at = 5 WHERE id = 1")
    sql(
        path,
        "INSERT INTO entries (room, seq, kind, at, author, me, edited, deleted, text)"
        " VALUES (1, 1, 'said', 5, 7, 0, 0, 0, 'green tea')",
    )
    upgrade(path)
    assert [] == sql(path, "SELECT name FROM sqlite_schema WHERE name GLOB 'letters*'")
    engine = writing_engine(path)
    with engine.connect() as connection:
        for behind in (1, 0):
            with connection.begin():
                assert behind == indexing.behind(connection)
                found, _ = searching.search(connection, 7, Sought(words=("tea",)), None, 0, 1)
                assert ["green tea"] == [one.text for one in found]
                indexing.learn(connection)
    engine.dispose()


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "deep" / "data"
    prepare_directory(directory)
    lock = Lock(directory)
    upgrade(directory / DATABASE)
    with closing(sqlite3.connect(directory / DATABASE)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE touched (id)")
        assert {0o600} == {mode(file) for file in directory.iterdir()}
        assert {"chatd.db", "chatd.db-wal", "chatd.db-shm", "lock"} == {
            one.name for one in directory.iterdir()
        }
    lock.release()
    assert 0o700 == mode(directory)


def test_opening_again_changes_and_copies_nothing(path: Path) -> None:
    before = path.read_bytes()
    upgrade(path)
    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_a_restored_database_is_given_another_epoch_and_keeps_it(path: Path) -> None:
    def epoch() -> list[tuple[str]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchall()

    upgrade(path)
    before = epoch()
    upgrade(path, new_epoch=True)
    restored = epoch()
    assert restored != before
    upgrade(path)
    assert restored == epoch()


def test_each_database_has_its_own_epoch(path: Path, tmp_path: Path) -> None:
    upgrade(tmp_path / "other.db")
    question = "SELECT value FROM meta WHERE name = 'epoch'"
    assert sql(path, question) != sql(tmp_path / "other.db", question)


def test_older_database_is_copied_and_upgraded(path: Path, tmp_path: Path) -> None:
    upgrade(path, later(tmp_path))
    backup = tmp_path / f"chatd-before-upgrade-{NEWEST}.db"
    assert [("green",)] == sql(path, "SELECT colour FROM rooms")
    assert [(7, 1)] == sql(path, "SELECT user, room FROM members")
    assert [(NEWEST,)] == sql(backup, "SELECT version_num FROM alembic_version")
    assert [(7,)] == sql(backup, "SELECT id FROM users")
    assert 0o600 == mode(backup)
    assert [] == list(tmp_path.glob("*.unfinished"))


@pytest.mark.parametrize(
    "failure",
    ["op.execute('SELECT * FROM nowhere')", "op.execute('DELETE FROM users')"],
    ids=["a statement fails", "rows would refer to nothing"],
)
def test_failed_upgrade_changes_nothing(path: Path, tmp_path: Path, failure: str) -> None:
    with pytest.raises(StorageError):
        upgrade(path, later(tmp_path, f"{NEXT_STEP}    {failure}\n"))
    assert [(NEWEST,)] == sql(path, "SELECT version_num FROM alembic_version")
    assert [(7,)] == sql(path, "SELECT id FROM users")
    with pytest.raises(sqlite3.OperationalError):
        sql(path, "SELECT colour FROM rooms")
    assert (tmp_path / f"chatd-before-upgrade-{NEWEST}.db").exists()
    upgrade(path)


def test_newer_database_is_refused_with_a_sentence(path: Path, tmp_path: Path) -> None:
    upgrade(path, later(tmp_path))
    before = path.read_bytes()
    with pytest.raises(SchemaTooNew, match=rf"newer chatd \(schema {NEXT}\).*backup\.$"):
        upgrade(path)
    assert before == path.read_bytes()


def test_other_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.db"
    sql(foreign, "CREATE TABLE songs (title)")
    before = foreign.read_bytes()
    with pytest.raises(StorageError, match=r"not a database of chatd\.$"):
        upgrade(foreign)
    assert before == foreign.read_bytes()
    text = tmp_path / "text.db"
    text.write_text("not a database " * 100)
    with pytest.raises(StorageError, match=r"cannot be opened or upgraded: file is not a database\. Restore"):
        upgrade(text)
    assert "not a database " * 100 == text.read_text()


def test_directory_that_is_a_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageError, match="cannot be made: File exists"):
        prepare_directory(tmp_path / "data")
    with pytest.raises(StorageError, match="cannot be used: Not a directory"):
        Lock(tmp_path / "data")


def test_lock_lets_one_in_at_a_time(tmp_path: Path) -> None:
    first = Lock(tmp_path)
    with pytest.raises(StorageError, match="Another chatd is running"):
        Lock(tmp_path)
    first.release()
    Lock(tmp_path).release()
