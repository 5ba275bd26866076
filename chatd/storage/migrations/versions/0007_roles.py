"""Roles on the server and in rooms, and rooms where only moderators speak."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("users", sa.Column("role", sa.Text))
    has_role = sa.column("role").is_not(None)
    op.create_index("users_with_role", "users", ["role"], sqlite_where=has_role, postgresql_where=has_role)
    op.add_column("rooms", sa.Column("moderated", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("members", sa.Column("role", sa.Text, nullable=False, server_default="member"))
