"""Messages that are pinned to their rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "pins",
        sa.Column("room", Big, primary_key=True),
        sa.Column("seq", Big, primary_key=True),
        sa.Column("target", Big, nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
        sqlite_with_rowid=False,
    )
    op.create_index("pins_of_message", "pins", ["room", "target"], unique=True)
