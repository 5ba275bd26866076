"""Words and letters of what was said, to be found by; 0027 drops these indexes again."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
)
"""Thai, Lao, Burmese, Khmer, Han and kana: scripts that put no spaces between words."""

INDEXES = {
    "words": ("unicode61 remove_diacritics 2", ""),
    "letters": ("trigram", f" AND {{row}}.text GLOB '*[{UNSPACED}]*'"),
}


def upgrade() -> None:
    for name, (tokenizer, also) in INDEXES.items():
        op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5(text, content='', tokenize='{tokenizer}')")
        new, old = (_is_found(row, also) for row in ("new", "old"))
        add = f"INSERT INTO {name}(rowid, text) VALUES ({_place('new')}, new.text);"
        remove = f"INSERT INTO {name}({name}, rowid, text) VALUES ('delete', {_place('old')}, old.text);"
        op.execute(f"CREATE TRIGGER {name}_said AFTER INSERT ON entries WHEN {new} BEGIN {add} END")
        op.execute(f"CREATE TRIGGER {name}_gone AFTER DELETE ON entries WHEN {old} BEGIN {remove} END")
        # One trigger for both: SQLite does not say in which order several of them act.
        forget = (
            f"INSERT INTO {name}({name}, rowid, text) SELECT 'delete', {_place('old')}, old.text WHERE {old};"
        )
        learn = f"INSERT INTO {name}(rowid, text) SELECT {_place('new')}, new.text WHERE {new};"
        changed = f"CREATE TRIGGER {name}_changed AFTER UPDATE OF text, deleted ON entries"
        op.execute(f"{changed} BEGIN {forget} {learn} END")
        # It is not filled: 0027 begins anew.


def _place(row: str) -> str:
    """`entries` has no rowid: what is found has its room and its seq in one number."""
    return f"({row}.room << 40 | {row}.seq)"


def _is_found(row: str, also: str) -> str:
    return f"{row}.kind = 'said' AND NOT {row}.deleted AND {row}.text IS NOT NULL{also.format(row=row)}"
