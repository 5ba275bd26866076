"""A room that is hidden from somebody is, by every command, what a room that does not exist is.

Two worlds: in one the room is there, in the other it is not. Whoever is outside is answered alike, byte for
byte, and the same statements are carried out for them in the same order.
"""

from collections.abc import Callable

import msgspec
import pytest

from chatd.model import (
    COMMANDS,
    Archive,
    Command,
    Create,
    Decline,
    Destroy,
    Direct,
    Entered,
    Invite,
    Join,
    Leave,
    MakeLink,
    Opened,
    Rename,
    Say,
    Uninvite,
)
from tests.unit.core_peer import Core, Peer

REFS: list[int | str] = ["secret", "SECRET", 2, 3]
"""What names the private room that alice makes, and the direct room that she and carol have."""

FIELDS: dict[str, object] = {
    "text": "hi",
    "seq": 1,
    "user": "alice",
    "target": 1,
    "emoji": "👍",
    "level": "all",
    "key": "key",
    "role": "member",
    "name": "other",
    "moderated": True,
}
"""What else commands ask for …"""
BY_ID: dict[str, dict[str, object]] = {"members": {"user": 1}}
"""… and where that is an id only."""


def asking(word: str, ref: int | str) -> list[Command]:
    """The commands of this type that name a room, each field of it as if the asker knew the room."""
    names = {field.encode_name for field in msgspec.structs.fields(COMMANDS[word])}
    rooms: dict[str, object] = {"room": ref, "rooms": [{"room": ref, "after": 0}, {"room": "lobby"}]}
    return [
        msgspec.convert({"type": word, name: rooms[name], **FIELDS, **BY_ID.get(word, {})}, Command)
        for name in rooms
        if name in names
    ]


ABOUT_ROOMS = [word for word in COMMANDS if asking(word, "secret")]


def outsider(core: Core, *, there: bool, before: str) -> Peer:
    """Bob, who is not in the room, and may have been, or have been asked into it."""
    alice, bob = core.account("alice"), core.account("bob")
    core.account("carol")
    if there:
        alice.expect(Entered, Create("secret", kind="private"))
        PASTS[before](alice, bob)
        alice.expect(Entered, Direct(users=["carol"]))
        alice.ask(Say("secret", "psst"))
    bob.take()
    return bob


def joined_and_left(alice: Peer, bob: Peer) -> None:
    alice.ask(Invite("secret", "bob"))
    bob.expect(Entered, Join("secret"))
    bob.ask(Leave("secret"))


def was_uninvited(alice: Peer, bob: Peer) -> None:
    alice.ask(Invite("secret", "bob"))
    alice.ask(Uninvite("secret", user="bob"))


def has_declined(alice: Peer, bob: Peer) -> None:
    alice.ask(Invite("secret", "bob"))
    bob.ask(Decline("secret"))


def had_a_code(alice: Peer, bob: Peer) -> None:
    bob.expect(Entered, Join(f"+{alice.expect(Opened, MakeLink('secret')).code}"))
    bob.ask(Leave("secret"))


PASTS: dict[str, Callable[[Peer, Peer], object]] = {
    "nothing": lambda alice, bob: None,
    "joined and left": joined_and_left,
    "was uninvited": was_uninvited,
    "has declined": has_declined,
    "had a code": had_a_code,
    "was renamed": lambda alice, bob: alice.ask(Rename("secret", "hideout")),
    "was archived": lambda alice, bob: alice.ask(Archive("secret")),
    "was deleted": lambda alice, bob: alice.ask(Destroy("secret", "secret")),
}


class World:
    """Bob, and all that he is sent and that the database is asked for him."""

    def __init__(self, *, there: bool, before: str) -> None:
        self.core = Core()
        self.bob = outsider(self.core, there=there, before=before)
        self.statements = self.core.store.overheard()

    def answered(self, command: Command) -> tuple[bytes, list[str]]:
        self.statements.clear()
        self.bob.tell(command)
        self.core.pass_time()
        self.core.check()
        sent = b"".join(msgspec.json.encode(event) for event in self.bob.take())
        return sent, list(self.statements)


@pytest.mark.parametrize("before", PASTS)
@pytest.mark.parametrize("ref", REFS)
def test_a_hidden_room_is_what_no_room_is(ref: int | str, before: str) -> None:
    there, nowhere = World(there=True, before=before), World(there=False, before=before)
    for word in ABOUT_ROOMS:
        for command in asking(word, ref):
            assert nowhere.answered(command) == there.answered(command)


def test_what_is_compared_is_all_that_is_sent_and_asked() -> None:
    """Otherwise the test above could not fail."""
    world = World(there=True, before="nothing")
    hidden, known = world.answered(Join("secret")), world.answered(Join("lobby"))
    assert hidden != known
    assert all(hidden)
    assert all(known)


def test_every_command_that_names_a_room_is_tried() -> None:
    assert {
        "join",
        "attach",
        "history",
        "who",
        "say",
        "typing",
        "invite",
        "read",
        "configure",
        "rename",
        "archive",
        "destroy",
    } <= set(ABOUT_ROOMS)
