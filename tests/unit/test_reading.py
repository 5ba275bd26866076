"""Who may have a file, and who sees an icon."""

from chatd.core.reading import readable, visible_icon
from chatd.model import (
    Ban,
    Code,
    Create,
    Done,
    Draft,
    Entered,
    File,
    IconSize,
    Invite,
    Join,
    Kick,
    Leave,
    StoredFile,
    StoredIcon,
)
from tests.unit.core_peer import LOBBY, Core, Peer
from tests.unit.test_bots import now


def test_a_file_is_for_those_who_may_read_its_room() -> None:
    core = Core()
    alice, bob, carol = core.guest("alice"), core.guest("bob"), core.guest("carol")
    file = File(id="cat", name="cat", type="text/plain", bytes=1)
    now(core.store.add_file(StoredFile(file, LOBBY, alice.user, None, {"": b"digest"}), 0))
    registry = core.registry
    assert Code.NO_SUCH_FILE == now(readable(registry, "dog", alice.user))
    for other in (bob.user, None):
        assert Code.NO_SUCH_FILE == now(readable(registry, "cat", other))
    assert not isinstance(now(readable(registry, "cat", alice.user)), Code)
    now(core.store.append(Draft(LOBBY, alice.user, "", file="cat")))
    for who in (bob.user, None):
        assert not isinstance(now(readable(registry, "cat", who)), Code)
    bob.expect(Done, Leave("lobby"))
    assert Code.NO_SUCH_FILE == now(readable(registry, "cat", bob.user))
    gone = carol.user
    carol.lose()
    core.pass_time(600_000)
    core.pass_time(600_000)
    assert gone.id not in registry.people
    assert not isinstance(now(readable(registry, "cat", gone)), Code)
    now(core.store.leave(gone.id, LOBBY))
    assert Code.NO_SUCH_FILE == now(readable(registry, "cat", gone))


CONTENTS: dict[IconSize, bytes] = {"small": b"s" * 32, "large": b"l" * 32}


def with_icon(core: Core, owner: Peer, room: int) -> None:
    """The room has the icon `den`."""
    stored = StoredIcon("den", room, CONTENTS)
    now(core.store.show_room(room, owner.user, stored, lambda actor: None))


def test_an_avatar_is_for_everybody_but_who_is_banned() -> None:
    core = Core()
    root, alice, bob = core.server_owner(), core.account("alice"), core.guest("bob")
    stored = StoredIcon("alice", None, CONTENTS)
    now(core.store.show_user(alice.user.id, stored))
    assert stored == now(visible_icon(core.registry, "alice", bob.user))
    assert Code.NO_SUCH_FILE == now(visible_icon(core.registry, "nobody", bob.user))
    root.expect(Done, Ban(user="bob"))
    assert Code.BANNED == now(visible_icon(core.registry, "alice", bob.user))


def test_a_private_rooms_icon_is_for_who_belongs_to_it() -> None:
    core = Core()
    alice, bob = core.account("alice"), core.account("bob")
    den = alice.expect(Entered, Create("den", kind="private")).rooms[0].room
    with_icon(core, alice, den)
    user = bob.user

    def seen() -> bool:
        return not isinstance(now(visible_icon(core.registry, "den", user)), Code)

    assert not seen()
    alice.expect(Done, Invite(room="den", user="bob"))
    assert not seen()
    bob.expect(Entered, Join("den"))
    assert seen()
    bob.lose()
    core.pass_time(600_000)
    core.pass_time(600_000)
    assert user.id not in core.registry.people
    assert seen()
    alice.expect(Done, Kick(room="den", user="bob"))
    assert not seen()


def test_a_public_rooms_icon_is_for_everybody() -> None:
    core = Core()
    alice, bob = core.account("alice"), core.account("bob")
    den = alice.expect(Entered, Create("den", kind="public")).rooms[0].room
    with_icon(core, alice, den)
    assert not isinstance(now(visible_icon(core.registry, "den", bob.user)), Code)
