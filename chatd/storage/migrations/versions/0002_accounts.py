"""What people choose of how they are seen, and where each login came from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("colour", sa.Text))
    for name in ("frontend", "address"):
        op.add_column("tokens", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_index("tokens_of_user", "tokens", ["user"])
