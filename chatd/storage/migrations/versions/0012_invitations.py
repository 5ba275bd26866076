"""Invitations into rooms, by name and by link."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("user", Big, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("invitations_of_room", "invitations", ["room"])
    op.create_table(
        "links",
        sa.Column("id", Big, primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sa.Column("used", Big, nullable=False),
        sa.Column("uses", Big),
        sqlite_autoincrement=True,
    )
    op.create_index("links_of_room", "links", ["room"])
    op.create_index("links_expires_at", "links", ["expires_at"])
