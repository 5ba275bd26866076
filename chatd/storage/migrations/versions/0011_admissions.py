"""Codes with which people make accounts where they need one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "admissions",
        sa.Column("id", Big, primary_key=True),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sa.Column("used", sa.Integer, nullable=False),
        sa.Column("uses", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("admissions_expires_at", "admissions", ["expires_at"])
