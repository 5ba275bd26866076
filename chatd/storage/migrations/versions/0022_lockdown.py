"""The switch that closes the server to whoever is new."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "lockdowns",
        sa.Column("id", Big, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("until", Big, nullable=False),
        sa.Column("slow_seconds", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
