"""Whom each user ignores."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ignores",
        sa.Column("user", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("ignored", sa.Integer, sa.ForeignKey("users.id"), primary_key=True),
        sqlite_with_rowid=False,
    )
