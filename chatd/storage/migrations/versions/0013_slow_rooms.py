"""Rooms can be slow: a plain member waits from one message to the next."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("slow_seconds", sa.Integer, nullable=False, server_default="0"))
    op.add_column("members", sa.Column("said_at", Big, nullable=False, server_default="0"))
