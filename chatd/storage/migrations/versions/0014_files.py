"""Files that messages carry."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "files",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("user", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("seq", Big),
        sa.Column("at", Big, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("bytes", Big, nullable=False),
        sa.Column("width", sa.Integer),
        sa.Column("height", sa.Integer),
        sa.Column("placeholder", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_index("files_of_room", "files", ["room", "seq"])
    op.create_index("files_of_user", "files", ["user", "bytes"])
    unsent = sa.text("seq IS NULL")
    op.create_index("files_unsent", "files", ["at"], sqlite_where=unsent, postgresql_where=unsent)
    op.create_table(
        "contents",
        sa.Column("file", sa.Text, sa.ForeignKey("files.id"), primary_key=True),
        sa.Column("size", sa.Text, primary_key=True),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("contents_digest", "contents", ["digest"])
    op.create_table(
        "freed",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sqlite_with_rowid=False,
    )
