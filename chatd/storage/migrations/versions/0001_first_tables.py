"""The first tables, the lobby, and the database's random id."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    meta = op.create_table(
        "meta",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "users",
        sa.Column("id", Big, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("holds_name", sa.Boolean, nullable=False),
        sa.Column("display_name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        sa.Column("numbers", sa.Boolean, nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("seen_at", Big, nullable=False),
        sqlite_autoincrement=True,
    )
    holds_name = sa.column("holds_name", sa.Boolean).is_(True)
    op.create_index(
        "users_held_name",
        "users",
        ["name"],
        unique=True,
        sqlite_where=holds_name,
        postgresql_where=holds_name,
    )
    rooms = op.create_table(
        "rooms",
        sa.Column("id", Big, primary_key=True),
        sa.Column("name", sa.Text, unique=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("head", Big, nullable=False),
        sa.Column("floor", Big, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("participants", sa.Text, unique=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "members",
        sa.Column("user", Big, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("read", Big, nullable=False),
        sa.Column("member", sa.Boolean, nullable=False),
        sa.Column("joined_at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    member = sa.column("member", sa.Boolean).is_(True)
    op.create_index("members_of_room", "members", ["room"], sqlite_where=member, postgresql_where=member)
    op.create_table(
        "entries",
        sa.Column("room", Big, sa.ForeignKey("rooms.id"), primary_key=True),
        sa.Column("seq", Big, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", Big, nullable=False),
        sa.Column("author", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("target", Big),
        sa.Column("reply_to", Big),
        sa.Column("me", sa.Boolean, nullable=False),
        sa.Column("key", sa.Text),
        sa.Column("edited", sa.Boolean, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("changed", Big),
        sa.Column("text", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "keys",
        sa.Column("author", Big, sa.ForeignKey("users.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("room", Big, nullable=False),
        sa.Column("seq", Big, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("keys_at", "keys", ["at"])
    op.create_table(
        "tokens",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("user", Big, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("created_at", Big, nullable=False),
        sa.Column("used_at", Big, nullable=False),
        sa.Column("expires_at", Big, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("tokens_expires_at", "tokens", ["expires_at"])
    op.bulk_insert(meta, [{"name": "epoch", "value": secrets.token_hex(8)}])
    op.bulk_insert(rooms, [{"name": "lobby", "kind": "public", "topic": "", "head": 0, "floor": 0, "at": 0}])
