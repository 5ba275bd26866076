"""Reactions to messages."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "reactions",
        sa.Column("room", Big, primary_key=True),
        sa.Column("target", Big, primary_key=True),
        sa.Column("emoji", sa.Text, primary_key=True),
        sa.Column("user", Big, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("seq", Big, nullable=False),
        sa.ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
