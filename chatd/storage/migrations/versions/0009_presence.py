"""What people say of themselves beside their names, and that they are away."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("status", sa.Text, nullable=False, server_default=""))
    op.add_column("users", sa.Column("away", sa.Text))
