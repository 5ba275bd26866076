"""The tables. `migrations/` makes them; a test proves that both describe the same database."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
    false,
    literal_column,
)

from chatd.model import Account

metadata = MetaData()

Big = BigInteger().with_variant(Integer, "sqlite")
"""64 bits everywhere; SQLite numbers rows by itself only in a column of type INTEGER."""

meta = Table(
    "meta",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
"""Facts about the database itself: `epoch`."""

users = Table(
    "users",
    metadata,
    Column("id", Big, primary_key=True),
    Column("name", Text, nullable=False),
    Column("holds_name", Boolean, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("password_hash", Text),
    Column("numbers", Boolean, nullable=False),
    Column("created_at", Big, nullable=False),
    Column("seen_at", Big, nullable=False),
    Column("colour", Text),
    Column("totp_secret", Text),
    Column("totp_step", Big),
    Column("role", Text),
    Column("status", Text, nullable=False, server_default=""),
    Column("away", Text),
    Column("ended_at", Big),
    Column("avatar", Text),
    sqlite_autoincrement=True,
)
"""`holds_name` is false for a guest who went: the name is free, the row shows who wrote.

`seen_at` is when a session of theirs last began or, while they have none, when the last one ended.
`away` is NULL for who is not away, else the words that were left, perhaps none.
`totp_secret` is needed as it is to check a code; `totp_step` is the last time step whose code was used.
`role` is `owner` or `admin` of the server, or nothing. `ended_at` is when the account was deleted: then the
row shows who wrote, and nothing else is left in it. `avatar` is the id of a row in `icons`.
"""

alive = users.c.ended_at.is_(None)


def unchanged(known: Account) -> ColumnElement[bool]:
    """The account is there, and a login to it takes what is known of it."""
    return and_(
        users.c.id == known.user.id,
        alive,
        users.c.password_hash == known.password_hash,
        users.c.totp_secret.is_not_distinct_from(known.totp),
    )


name_held = users.c.holds_name.is_(True)
"""Said in queries just as in the index: SQLite uses a partial index only for the very same words."""

Index(
    "users_held_name",
    users.c.name,
    unique=True,
    sqlite_where=name_held,
    postgresql_where=name_held,
)

has_role = users.c.role.is_not(None)

Index("users_with_role", users.c.role, sqlite_where=has_role, postgresql_where=has_role)

retired_names = Table(
    "retired_names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("at", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""Names of deleted accounts, which nobody else may take, and which say nothing of whose they were."""

rooms = Table(
    "rooms",
    metadata,
    Column("id", Big, primary_key=True),
    Column("name", Text, unique=True),
    Column("kind", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("head", Big, nullable=False),
    Column("floor", Big, nullable=False),
    Column("at", Big, nullable=False),
    Column("participants", Text, unique=True),
    Column("members", Big, nullable=False, server_default="0"),
    Column("topic_folded", Text, nullable=False, server_default=""),
    Column("moderated", Boolean, nullable=False, server_default=false()),
    Column("slow_seconds", Integer, nullable=False, server_default="0"),
    Column("ended", Boolean, nullable=False, server_default=false()),
    Column("archived", Boolean, nullable=False, server_default=false()),
    Column("retain_days", Integer, nullable=False, server_default="0"),
    Column("retain_count", Big, nullable=False, server_default="0"),
    Column("destroyed", Boolean, nullable=False, server_default=false()),
    Column("forgets", Boolean, nullable=False, server_default=false()),
    Column("previews", Boolean),
    Column("indexed", Big, nullable=False, server_default="0"),
    Column("icon", Text),
    sqlite_autoincrement=True,
)
"""`at` is the newest entry's time. A direct room has no name but `participants`: its users' ids as `3:17`.

`ended`: a direct room of somebody who has deleted their account. `members` counts those that belong;
`storage/members.py` alone changes it. `topic_folded` is the topic without its case, to be searched: SQLite
knows the case of ASCII only, and a function of ours takes the GIL per row.

Of a room that was deleted, `destroyed`, the row stays, because the audit log refers to it: without a topic or
a name, which is free again. `forgets`: there may be something to remove, as the room keeps its entries for so
many days or is to have so many at most (0: all), or because it was deleted. `previews`: whether links are
looked at; NULL: as its kind has it. `icon` is the id of a row in `icons`.

What was said up to `indexed` is in the index of search, and nothing after it.
"""

is_there = rooms.c.destroyed.is_(False)
forgets = rooms.c.forgets.is_(True)
"""Said in queries just as in the index."""

not_indexed = and_(rooms.c.head > rooms.c.indexed, is_there)

Index("rooms_not_indexed", rooms.c.id, sqlite_where=not_indexed, postgresql_where=not_indexed)
Index("rooms_that_forget", rooms.c.id, sqlite_where=forgets, postgresql_where=forgets)

former_names = Table(
    "former_names",
    metadata,
    Column("name", Text, primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), nullable=False),
    Column("at", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""What rooms were called before: such a name leads to its room, and no other room may take it."""

Index("former_names_of_room", former_names.c.room, former_names.c.at)

is_public = rooms.c.kind == literal_column("'public'")
"""Said in queries just as in the index, for the same reason as `name_held`."""

Index("rooms_public", rooms.c.name, sqlite_where=is_public, postgresql_where=is_public)

members = Table(
    "members",
    metadata,
    Column("user", Big, ForeignKey("users.id"), primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), primary_key=True),
    Column("read", Big, nullable=False),
    Column("member", Boolean, nullable=False),
    Column("joined_at", Big, nullable=False),
    Column("role", Text, nullable=False, server_default="member"),
    Column("said_at", Big, nullable=False, server_default="0"),
    Column("notify", Text, nullable=False, server_default="all"),
    sqlite_with_rowid=False,
)
"""A row stays when a member leaves, because the read position does: `member` says whether they belong now.

`role` is that of the room, and ends with the membership. `said_at` is when the last message was said where
messages are slowed; elsewhere nobody keeps it.
"""

belongs = members.c.member.is_(True)

Index("members_of_room", members.c.room, sqlite_where=belongs, postgresql_where=belongs)

ignores = Table(
    "ignores",
    metadata,
    Column("user", Big, ForeignKey("users.id"), primary_key=True),
    Column("ignored", Big, ForeignKey("users.id"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Whom a user does not want to hear."""

invitations = Table(
    "invitations",
    metadata,
    Column("user", Big, ForeignKey("users.id"), primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), primary_key=True),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("at", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""A row goes when its user comes in, declines, or is uninvited."""

Index("invitations_of_room", invitations.c.room)
Index("invitations_by", invitations.c.by)

links = Table(
    "links",
    metadata,
    Column("id", Big, primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("at", Big, nullable=False),
    Column("expires_at", Big, nullable=False),
    Column("used", Big, nullable=False),
    Column("uses", Big),
    sqlite_autoincrement=True,
)
"""Codes that let people into a room, `uses` of them, or any number where it is NULL."""

Index("links_of_room", links.c.room)
Index("links_by", links.c.by)
Index("links_expires_at", links.c.expires_at)

entries = Table(
    "entries",
    metadata,
    Column("room", Big, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", Big, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", Big, nullable=False),
    Column("author", Big, ForeignKey("users.id"), nullable=False),
    Column("target", Big),
    Column("reply_to", Big),
    Column("me", Boolean, nullable=False),
    Column("key", Text),
    Column("edited", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("changed", Big),
    Column("text", Text),
    Column("about", Big, ForeignKey("users.id")),
    sqlite_with_rowid=False,
)
"""A *said* row holds the message as it is now; *edited* and *deleted* ones point at it by `target`, without
text; *reacted* and *unreacted* ones have the emoji there; *pinned*,
*unpinned* and *previewed* ones point at it too. *purged*: what `about` said up to `target` is gone.
Every other kind is what was noticed of the room, or of `about`.

Rows lie in the order of (room, seq), so that an append writes one page and a resume reads neighbours; the
text comes late, so that counting what is unread does not read it.
"""

reactions = Table(
    "reactions",
    metadata,
    Column("room", Big, primary_key=True),
    Column("target", Big, primary_key=True),
    Column("emoji", Text, primary_key=True),
    Column("user", Big, ForeignKey("users.id"), primary_key=True),
    Column("seq", Big, nullable=False),
    ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
"""What is on the messages now; `seq` is that of the entry which put it there."""

pins = Table(
    "pins",
    metadata,
    Column("room", Big, primary_key=True),
    Column("seq", Big, primary_key=True),
    Column("target", Big, nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("at", Big, nullable=False),
    ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
"""What is pinned to rooms now; `seq` is that of the entry which did it."""

Index("pins_of_message", pins.c.room, pins.c.target, unique=True)

previews = Table(
    "previews",
    metadata,
    Column("room", Big, primary_key=True),
    Column("target", Big, primary_key=True),
    Column("url", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("title", Text, nullable=False),
    Column("site", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("image", Text),
    Column("looked_at", Big, nullable=False),
    ForeignKeyConstraint(["room", "target"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
"""What the first link of a message leads to. `digest` is that of `url`, by which another message with the
same link finds it; `image` is the id of a row in `files`; `looked_at` is when the page was fetched."""

Index("previews_of_url", previews.c.digest, previews.c.looked_at)

mentions = Table(
    "mentions",
    metadata,
    Column("user", Big, primary_key=True),
    Column("room", Big, primary_key=True),
    Column("seq", Big, primary_key=True),
    ForeignKeyConstraint(["room", "seq"], ["entries.room", "entries.seq"], ondelete="CASCADE"),
    sqlite_with_rowid=False,
)
"""Which messages mention whom; the user 0 stands for all who belong to the room."""

Index("mentions_of_message", mentions.c.room, mentions.c.seq)

is_said = entries.c.kind == "said"
counts = and_(is_said, entries.c.deleted.is_(False))
"""What counts as unread."""

keys = Table(
    "keys",
    metadata,
    Column("author", Big, ForeignKey("users.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("room", Big, nullable=False),
    Column("seq", Big, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("at", Big, nullable=False),
    sqlite_with_rowid=False,
)
"""What a sender's key stood for; `digest` tells another content from a retry, after the text is gone too."""

Index("keys_at", keys.c.at)

lockdowns = Table(
    "lockdowns",
    metadata,
    Column("id", Big, primary_key=True),
    Column("at", Big, nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("until", Big, nullable=False),
    Column("slow_seconds", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)
"""At most one row, of the id 1: the server is closed to whoever is new, and slow, until then."""

reports = Table(
    "reports",
    metadata,
    Column("id", Big, primary_key=True),
    Column("at", Big, nullable=False),
    Column("room", Big, ForeignKey("rooms.id"), nullable=False),
    Column("seq", Big, nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("author", Big, ForeignKey("users.id"), nullable=False),
    Column("note", Text, nullable=False),
    Column("closed_at", Big),
    Column("closed_by", Big, ForeignKey("users.id")),
    Column("outcome", Text),
    sqlite_autoincrement=True,
)
"""Messages that `by` reported; the text stands in the message alone. `outcome` is a note of who closed it."""

is_open = reports.c.closed_at.is_(None)

Index("reports_open", reports.c.id, sqlite_where=is_open, postgresql_where=is_open)
Index("reports_of_room", reports.c.room, reports.c.id, sqlite_where=is_open, postgresql_where=is_open)
Index("reports_by", reports.c.by, sqlite_where=is_open, postgresql_where=is_open)
Index("reports_closed_at", reports.c.closed_at)

purges = Table(
    "purges",
    metadata,
    Column("id", Big, primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), nullable=False),
    Column("user", Big, ForeignKey("users.id"), nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("up_to", Big, nullable=False),
    Column("position", Big, nullable=False),
    Column("found", Boolean, nullable=False),
    sqlite_autoincrement=True,
)
"""What is still to be removed of all that `user` said in `room` up to `up_to`. Up to `position` that is done;
`found`: there was something. A row goes with the entry that tells of it."""

tokens = Table(
    "tokens",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("user", Big, ForeignKey("users.id"), nullable=False),
    Column("created_at", Big, nullable=False),
    Column("used_at", Big, nullable=False),
    Column("expires_at", Big, nullable=False),
    Column("frontend", Text, nullable=False, server_default=""),
    Column("address", Text, nullable=False, server_default=""),
    Column("name", Text),
    sqlite_with_rowid=False,
)
"""`name` is that of an API token, and NULL for a login."""

Index("tokens_expires_at", tokens.c.expires_at)
Index("tokens_of_user", tokens.c.user, tokens.c.name, unique=True)

files = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("room", Big, ForeignKey("rooms.id"), nullable=False),
    Column("user", Big, ForeignKey("users.id"), nullable=False),
    Column("seq", Big),
    Column("at", Big, nullable=False),
    Column("name", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("bytes", Big, nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("placeholder", Text),
    Column("preview", Boolean, nullable=False, server_default=false()),
    sqlite_with_rowid=False,
)
"""A row goes with the message that carries it; `seq` is NULL until there is one. `storage/files.py` alone
removes rows. `preview`: it is the picture of what the message's link leads to, which nobody has sent."""

is_unsent = files.c.seq.is_(None)

Index("files_of_room", files.c.room, files.c.seq)
Index("files_of_user", files.c.user, files.c.preview, files.c.bytes)
Index("files_unsent", files.c.at, sqlite_where=is_unsent, postgresql_where=is_unsent)

contents = Table(
    "contents",
    metadata,
    Column("file", Text, ForeignKey("files.id"), primary_key=True),
    Column("size", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""The bytes of a file, and of the smaller images of it, by the SHA-256 digest under which they are kept."""

Index("contents_digest", contents.c.digest)

icons = Table(
    "icons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("room", Big, ForeignKey("rooms.id")),
    Column("small", LargeBinary, nullable=False),
    Column("large", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Images by which users are shown, or a `room`; `small` and `large` are digests as those in `contents`. A row
goes when its user or room is shown by another one; `storage/icons.py` alone removes rows."""

Index("icons_small", icons.c.small)
Index("icons_large", icons.c.large)

freed = Table(
    "freed",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
"""Contents of files and icons that are gone: perhaps nothing else needs them."""

bots = Table(
    "bots",
    metadata,
    Column("bot", Big, ForeignKey("users.id"), primary_key=True),
    Column("maker", Big, ForeignKey("users.id"), nullable=False),
    Column("at", Big, nullable=False),
    Column("room", Big, ForeignKey("rooms.id")),
    Column("hook", LargeBinary, unique=True),
    sqlite_with_rowid=False,
)
"""Who made which bot. `hook` is the digest of the secret by which it speaks in `room`; without one it has a
token. A row goes when its bot ends."""

Index("bots_of_maker", bots.c.maker)
Index("bots_of_room", bots.c.room)

admissions = Table(
    "admissions",
    metadata,
    Column("id", Big, primary_key=True),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("at", Big, nullable=False),
    Column("expires_at", Big, nullable=False),
    Column("used", Integer, nullable=False),
    Column("uses", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""Codes with which people make accounts where they need one."""

Index("admissions_expires_at", admissions.c.expires_at)
Index("admissions_by", admissions.c.by)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user", Big, ForeignKey("users.id"), primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
"""Those that have not been used. A code has 60 random bits, so a plain digest keeps it."""

sanctions = Table(
    "sanctions",
    metadata,
    Column("id", Big, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("room", Big, ForeignKey("rooms.id")),
    Column("user", Big, ForeignKey("users.id")),
    Column("network", Text, nullable=False),
    Column("until", Big),
    Column("reason", Text, nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("at", Big, nullable=False),
)
"""Bans and mutes: in a room, or without one everywhere; of a user, or without one of a network."""

Index("sanctions_of_user", sanctions.c.user, sanctions.c.room)
Index("sanctions_of_room", sanctions.c.room)
Index("sanctions_until", sanctions.c.until)

audit = Table(
    "audit",
    metadata,
    Column("id", Big, primary_key=True),
    Column("at", Big, nullable=False),
    Column("by", Big, ForeignKey("users.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("room", Big, ForeignKey("rooms.id")),
    Column("about", Big, ForeignKey("users.id")),
    Column("detail", Text, nullable=False),
    sqlite_autoincrement=True,
)
"""What the powerful did."""

Index("audit_of_room", audit.c.room, audit.c.id)
Index("audit_at", audit.c.at)
