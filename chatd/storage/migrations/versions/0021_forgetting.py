"""Rooms forget what is old, and can be deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("retain_days", sa.Integer, nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("retain_count", Big, nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("destroyed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("rooms", sa.Column("forgets", sa.Boolean, nullable=False, server_default=sa.false()))
    forgets = sa.column("forgets").is_(True)
    op.create_index("rooms_that_forget", "rooms", ["id"], sqlite_where=forgets, postgresql_where=forgets)
