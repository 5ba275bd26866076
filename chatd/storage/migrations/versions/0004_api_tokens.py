"""Tokens that programs log in with: they have a name, one of its kind per user."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tokens", sa.Column("name", sa.Text))
    op.drop_index("tokens_of_user", "tokens")
    op.create_index("tokens_of_user", "tokens", ["user", "name"], unique=True)
