"""What rooms were called before they were renamed."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "former_names",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), nullable=False),
        sa.Column("at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("former_names_of_room", "former_names", ["room", "at"])
