"""The index of search has the newest of a room first, as it is read.

It begins empty once more: chatd fills it while it runs, as after 0027.
"""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

WAS_INDEXED = (
    "old.kind = 'said' AND NOT old.deleted AND old.text IS NOT NULL"
    " AND old.seq <= (SELECT indexed FROM rooms WHERE id = old.room)"
)
FORGET = (
    "INSERT INTO words(words, rowid, terms) VALUES ('delete', {place}, search_terms(old.text));"
    " INSERT OR REPLACE INTO meta (name, value) VALUES ('index', 'changed');"
)


def upgrade() -> None:
    # What the old index had is not to stay in free pages.
    op.execute("PRAGMA secure_delete = ON")
    for what in ("changed", "gone"):
        op.execute(f"DROP TRIGGER words_{what}")
    op.execute("DROP TABLE words")
    op.execute("UPDATE rooms SET indexed = 0")
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
    """As `number` in `chatd/storage/indexing.py`."""
    return f"((({row}.seq >> 16) << 44) | ({row}.room << 16) | (~{row}.seq & 65535))"
