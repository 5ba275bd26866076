"""Mentions, and of what in a room somebody wants to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "mentions",
        sa.Column("user", Big, primary_key=True),
        sa.Column("room", Big, primary_key=True),
        sa.Column("seq", Big, primary_key=True),
        sa.ForeignKeyConstraint(["room", "seq"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("mentions_of_message", "mentions", ["room", "seq"])
    op.add_column("members", sa.Column("notify", sa.Text, nullable=False, server_default="all"))
