"""Images by which users and rooms are shown."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "icons",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id")),
        sa.Column("small", sa.LargeBinary, nullable=False),
        sa.Column("large", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("icons_small", "icons", ["small"])
    op.create_index("icons_large", "icons", ["large"])
    op.add_column("users", sa.Column("avatar", sa.Text))
    op.add_column("rooms", sa.Column("icon", sa.Text))
