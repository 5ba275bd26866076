"""The list of rooms: members are counted as they come and go, and topics can be searched."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Big = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("rooms", sa.Column("members", Big, nullable=False, server_default="0"))
    op.add_column("rooms", sa.Column("topic_folded", sa.Text, nullable=False, server_default=""))
    public = sa.column("kind") == sa.literal_column("'public'")
    op.create_index("rooms_public", "rooms", ["name"], sqlite_where=public, postgresql_where=public)
    rooms = sa.table(
        "rooms", sa.column("id"), sa.column("topic"), sa.column("members"), sa.column("topic_folded")
    )
    members = sa.table("members", sa.column("room"), sa.column("member", sa.Boolean))
    count = (
        sa.select(sa.func.count())
        .select_from(members)
        .where(members.c.room == rooms.c.id, members.c.member.is_(True))
        .scalar_subquery()
    )
    # No topic could be set before, so lower() has nothing to fold that it does not know.
    op.execute(sa.update(rooms).values(members=count, topic_folded=sa.func.lower(rooms.c.topic)))
