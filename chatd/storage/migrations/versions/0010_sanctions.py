"""Who is kept out or silent, and what the powerful did."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "sanctions",
        sa.Column("id", Big, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("room", Big, sa.ForeignKey("rooms.id")),
        sa.Column("user", Big, sa.ForeignKey("users.id")),
        sa.Column("network", sa.Text, nullable=False),
        sa.Column("until", Big),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", Big, nullable=False),
    )
    op.create_index("sanctions_of_user", "sanctions", ["user", "room"])
    op.create_index("sanctions_of_room", "sanctions", ["room"])
    op.create_index("sanctions_until", "sanctions", ["until"])
    op.create_table(
        "audit",
        sa.Column("id", Big, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("room", Big, sa.ForeignKey("rooms.id")),
        sa.Column("about", Big, sa.ForeignKey("users.id")),
        sa.Column("detail", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("audit_of_room", "audit", ["room", "id"])
    op.create_index("audit_at", "audit", ["at"])
