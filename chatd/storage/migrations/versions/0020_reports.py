"""What people report to those who keep order."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", Big, primary_key=True),
        sa.Column("at", Big, nullable=False),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("by", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("author", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("closed_at", Big),
        sa.Column("closed_by", Big, sa.ForeignKey("users.id")),
        sa.Column("outcome", sa.Text),
        sqlite_autoincrement=True,
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index("reports_open", "reports", ["id"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_index(
        "reports_of_room", "reports", ["room", "id"], sqlite_where=still_open, postgresql_where=still_open
    )
    op.create_index("reports_by", "reports", ["by"], sqlite_where=still_open, postgresql_where=still_open)
    op.create_index("reports_closed_at", "reports", ["closed_at"])
