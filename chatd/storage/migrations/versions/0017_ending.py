"""Accounts that are deleted, and removing all that somebody said."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("users", sa.Column("ended_at", Big))
    op.add_column("rooms", sa.Column("ended", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "retired_names",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "purges",
        sa.Column("id", Big, primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("user", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("up_to", Big, nullable=False),
        sa.Column("position", Big, nullable=False),
        sa.Column("found", sa.Boolean, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("invitations_by", "invitations", ["by"])
    op.create_index("links_by", "links", ["by"])
    op.create_index("admissions_by", "admissions", ["by"])
