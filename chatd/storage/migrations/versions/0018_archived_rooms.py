"""Rooms can be archived: read, and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rooms", sa.Column("archived", sa.Boolean, nullable=False, server_default=sa.false()))
