"""Bots, and the addresses by which some of them speak."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "bots",
        sa.Column("bot", Big, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("maker", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("room", Big, sa.ForeignKey("rooms.id")),
        sa.Column("hook", sa.LargeBinary, unique=True),
        sqlite_with_rowid=False,
    )
    op.create_index("bots_of_maker", "bots", ["maker"])
    op.create_index("bots_of_room", "bots", ["room"])
