"""Previews of what links lead to, and which rooms have them."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "previews",
        sa.Column("room", Big, primary_key=True),
        sa.Column("target", Big, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("site", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("image", sa.Text),
        sa.Column("looked_at", Big, nullable=False),
        sa.ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("previews_of_url", "previews", ["digest", "looked_at"])
    op.add_column("rooms", sa.Column("previews", sa.Boolean))
    op.add_column("files", sa.Column("preview", sa.Boolean, nullable=False, server_default=sa.false()))
    op.drop_index("files_of_user", "files")
    op.create_index("files_of_user", "files", ["user", "preview", "bytes"])
