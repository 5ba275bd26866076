"""Who may say what others do: roles on the server and in rooms, as they are read and written."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, tuple_, update

from chatd.model import Footing, Member, RoomRole, ServerRole, User, UserKind
from chatd.storage import audit
from chatd.storage.prepared import Prepared
from chatd.storage.reads import as_role
from chatd.storage.refusals import no_such_room, no_such_user
from chatd.storage.schema import alive, belongs, members, name_held, rooms, users

Decide = Callable[[Footing, Footing], None]
"""Given where the one who acts and the one acted upon stand, raises ChatError to refuse."""
DecideOnServer = Callable[[Footing, Footing, int], None]
"""The same, given the number of the server's owners too."""

_kind_and_role = Prepared(select(users.c.kind, users.c.role).where(users.c.id == bindparam("user"), alive))
_owns = users.c.role == "owner"


# Reads


def server_role(connection: Connection, user: int) -> ServerRole:
    """What the user is on the server."""
    for row in _kind_and_role(connection, user=user):
        return _server_role(row.role, row.kind)
    raise no_such_user()


def owner_count(connection: Connection) -> int:
    """How many own the server."""
    count: int = connection.execute(select(func.count()).select_from(users).where(_owns)).scalar_one()
    return count


def owned(named: str | None, connection: Connection, now: int) -> bool:
    """Whether somebody owns the server, or the account of this name is there to."""
    owner = or_(_owns, _account_named(named)) if named is not None else _owns
    return connection.execute(select(users.c.id).where(owner).limit(1)).first() is not None


def has_in_names(query: str) -> ColumnElement[bool]:
    """Whether a user's name or display name has this in it."""
    said = query.casefold()
    in_name = users.c.name.contains(said, autoescape=True)
    return or_(in_name, func.lower(users.c.display_name).contains(said, autoescape=True))


def list_members(
    connection: Connection, room: int, after: int, limit: int, query: str, only: int | None
) -> tuple[list[Member], int, bool]:
    """Who belongs to a room, by name, after this user; how many in all, and whether there are more here.

    `query`: only those who are called so; `only`: only this one.
    """
    mine = and_(members.c.room == room, belongs)
    place = tuple_(users.c.name, users.c.id)
    sought = (
        select(users.c.id, users.c.name, users.c.kind, members.c.role)
        .join_from(members, users, users.c.id == members.c.user)
        .where(mine)
        .order_by(users.c.name, users.c.id)
        .limit(limit + 1)
    )
    if query:
        sought = sought.where(has_in_names(query))
    if only is not None:
        sought = sought.where(users.c.id == only)
    last = connection.execute(select(users.c.name).where(users.c.id == after)).scalar()
    found = [
        Member(id, name, kind, as_role(role))
        for id, name, kind, role in connection.execute(sought.where(place > tuple_(last or "", after)))
    ]
    count: int = connection.execute(select(rooms.c.members).where(rooms.c.id == room)).scalar() or 0
    return found[:limit], count, len(found) > limit


# Writes


def set_room_role(
    connection: Connection, now: int, room: int, user: int, role: RoomRole, by: int, decide: Decide
) -> bool:
    """Give a member a role; whether it is another one than before."""
    other = footing(connection, user, room)
    decide(footing(connection, by, room), other)
    connection.execute(
        update(members).where(members.c.user == user, members.c.room == room, belongs).values(role=role)
    )
    if other.room != role:
        audit.record(connection, now, by, "role", room=room, about=user, detail=role)
    return other.room != role


def set_server_role(
    connection: Connection,
    now: int,
    user: int,
    role: ServerRole,
    by: int,
    decide: DecideOnServer,
) -> bool:
    """Give an account a role on the server; whether it is another one than before."""
    other = footing(connection, user)
    decide(footing(connection, by), other, owner_count(connection))
    kept = role if role in ("owner", "admin") else None
    connection.execute(update(users).where(users.c.id == user).values(role=kept))
    if other.server != role:
        audit.record(connection, now, by, "server role", about=user, detail=role)
    return other.server != role


def found(connection: Connection, now: int, user: int) -> bool:
    """The account owns the server, if nobody does yet; whether that is so now."""
    if owner_count(connection):
        return False
    account = and_(users.c.id == user, users.c.kind == "user", alive)
    founded = bool(connection.execute(update(users).where(account).values(role="owner")).rowcount)
    if founded:
        audit.record(connection, now, user, "claim")
    return founded


def make_owner(connection: Connection, now: int, name: str) -> bool:
    """The account with this name owns the server, whoever else does; whether there is one."""
    return bool(connection.execute(update(users).where(_account_named(name)).values(role="owner")).rowcount)


def _account_named(name: str) -> ColumnElement[bool]:
    return and_(users.c.name == name, name_held, users.c.kind == "user")


def footing(connection: Connection, user: int, room: int | None = None, *, ended: bool = False) -> Footing:
    """Where somebody stands on the server, and in a room; `ended`: even who has deleted their account.

    Raises ChatError `no_such_room` for a room that was deleted meanwhile: nobody has a say in it any more.
    """
    query = (
        select(users.c.name, users.c.kind, users.c.role, members.c.role.label("room_role"), rooms.c.destroyed)
        .outerjoin_from(users, members, and_(members.c.user == users.c.id, members.c.room == room, belongs))
        .outerjoin(rooms, rooms.c.id == (room or 0))
    )
    mine = users.c.id == user
    row = connection.execute(query.where(mine if ended else and_(mine, alive))).one_or_none()
    if row is None:
        raise no_such_user()
    if row.destroyed:
        raise no_such_room()
    return Footing(User(user, row.name, row.kind), _server_role(row.role, row.kind), row.room_role)


def _server_role(role: ServerRole | None, kind: UserKind) -> ServerRole:
    return kind if role is None else role
