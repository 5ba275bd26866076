"""An index of search that is smaller, and filled behind what is said.

It begins empty: chatd fills it while it runs. The triggers call `search_terms`, which chatd gives to the
connections that it writes through.
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")

WAS_INDEXED = (
    "old.kind = 'said' AND NOT old.deleted AND old.text IS NOT NULL"
    " AND old.seq <= (SELECT indexed FROM rooms WHERE id = old.room)"
)
FORGET = (
    "INSERT INTO words(words, rowid, terms) VALUES ('delete', {place}, search_terms(old.text));"
    " INSERT OR REPLACE INTO meta (name, value) VALUES ('index', 'changed');"
)


def upgrade() -> None:
    # What the old indexes had is not to stay in free pages.
    op.execute("PRAGMA secure_delete = ON")
    for name in ("words", "letters"):
        for what in ("said", "gone", "changed"):
            op.execute(f"DROP TRIGGER {name}_{what}")
        op.execute(f"DROP TABLE {name}")
    op.add_column("rooms", sa.Column("indexed", Big, nullable=False, server_default="0"))
    behind = sa.and_(sa.column("head") > sa.column("indexed"), sa.column("destroyed").is_(False))
    op.create_index("rooms_not_indexed", "rooms", ["id"], sqlite_where=behind, postgresql_where=behind)
    op.execute("CREATE VIRTUAL TABLE words USING fts5(terms, content='', columnsize=0, tokenize='ascii')")
    op.execute("INSERT INTO words(words, rank) VALUES ('automerge', 2)")
    forget = FORGET.format(place=_place("old"))
    # One trigger for both: SQLite does not say in which order several of them act.
    learn = (
        f"INSERT INTO words(rowid, terms) SELECT {_place('new')}, search_terms(new.text)"
        " WHERE NOT new.deleted AND new.text IS NOT NULL;"
    )
    changed = f"CREATE TRIGGER words_changed AFTER UPDATE OF text, deleted ON entries WHEN {WAS_INDEXED}"
    op.execute(f"{changed} BEGIN {forget} {learn} END")
    op.execute(f"CREATE TRIGGER words_gone AFTER DELETE ON entries WHEN {WAS_INDEXED} BEGIN {forget} END")


def _place(row: str) -> str:
    """As in `chatd/storage/searching.py`."""
    return f"((({row}.seq >> 16) << 44) | ({row}.room << 16) | ({row}.seq & 65535))"
