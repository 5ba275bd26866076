"""Entries of more kinds than messages: some are about somebody."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("entries", sa.Column("about", Big, sa.ForeignKey("users.id")), inline_references=True)
