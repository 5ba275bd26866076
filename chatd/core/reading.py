"""Who may have a file, or an icon."""

from chatd.core.permissions import Action, Called, check, standing
from chatd.core.registry import Registry
from chatd.model import ChatError, Code, StoredFile, StoredIcon, User


async def readable(registry: Registry, file: str, user: User | None) -> StoredFile:
    """The file with this id, if the user may read the room that it is in; None stands for somebody who was
    given a link by who may. Raises ChatError `no_such_file`, whatever the reason.

    What no message carries yet is its uploader's alone.
    """
    stored = await registry.store.file(file)
    if stored is not None and await _may_have(registry, stored, user):
        return stored
    raise _not_for_you()


async def visible_icon(registry: Registry, id: str, user: User) -> StoredIcon:
    """The icon with this id, where the user may see it: a user's and a public room's is for everybody, a
    private room's for its members. Raises ChatError `no_such_file`, whatever the reason."""
    stored = await registry.store.icon(id)
    if stored is not None:
        registry.sanctions.check_person(user.id, registry.now)
        if stored.room is None or await _knows_well(registry, user, stored.room):
            return stored
    raise _not_for_you()


async def _knows_well(registry: Registry, user: User, room: int) -> bool:
    """Whether a room is public or the user belongs to it: who is invited knows no more than its name."""
    person = registry.people.get(user.id)
    if person is not None and room in person.rooms:
        return True
    found = await registry.store.room(room, user.id)
    return found is not None and not (found.kind == "private" and found.invited)


def _not_for_you() -> ChatError:
    return ChatError(Code.NO_SUCH_FILE, "There is no such file, or it is not for you to have.")


async def _may_have(registry: Registry, stored: StoredFile, user: User | None) -> bool:
    if stored.seq is None:
        return user is not None and user.id == stored.user.id
    if user is None:
        return True
    registry.sanctions.check_person(user.id, registry.now)
    person = registry.people.get(user.id)
    if person is not None:
        return stored.room in person.rooms or stored.room in person.hidden
    state = await registry.store.room_of(user.id, stored.room)
    if state is None:
        return False
    check(Action.READ, state.kind, standing(state.kind, "user", state.role), Called(state.name))
    return True
