"""A client that follows docs/protocol.md ends with exactly the log, whatever it was sent and in which order.

It hears one connection, which it loses or reads too slowly, and reads pages over another one, which it may
look at much later and more than once. Meanwhile others say things, change them, take them back and react.
"""

from collections.abc import Callable
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as some
from msgspec.structs import replace

from chatd.model import (
    Attach,
    Attached,
    Delete,
    Deleted,
    Edit,
    Edited,
    Entry,
    Event,
    Gap,
    History,
    Messages,
    Noticed,
    Page,
    Pin,
    PinList,
    Pinned,
    PinnedMessage,
    Pins,
    Position,
    Preview,
    Previewed,
    Previewing,
    Purged,
    React,
    Reacted,
    Reaction,
    Said,
    Say,
    Topic,
)
from tests.unit.core_peer import LOBBY, Core, Peer
from tests.unit.store_bench import purge

Change = Edited | Deleted | Reacted | Previewed | Purged


class Client:
    """What a client keeps of one room."""

    def __init__(self) -> None:
        self.position: int | None = None
        """Everything up to here has been processed; None: it has not begun."""
        self.messages: dict[int, Said] = {}
        self.changes: list[Change] = []
        """All that were heard of: a page may come that was read before them."""
        self.gone: set[int] = set()
        """Messages that were seen to be deleted once."""
        self.pins: dict[int, int] = {}
        """What is pinned, and the seq of the entry that did it."""

    def hear(self, event: Event) -> bool:
        """Process what the connection brings; whether the room must be attached again."""
        match event:
            case Said() | Edited() | Deleted() | Reacted() | Previewed() | Pinned() | Purged() | Noticed():
                assert self.position is not None
                assert event.seq == self.position + 1, "nothing is left out, and nothing comes twice"
                self.position = event.seq
                self._take(event)
            case Attached():
                assert self.position in (None, event.first - 1)
                for entry in event.entries:
                    self._take(entry)
                self.position = event.last
            case Gap():
                return True
            case _:
                pass
        return False

    def look(self, board: PinList) -> None:
        """Take the pins from the board, which was read behind all that was heard."""
        self.pins = {pinned.message.seq: pinned.seq for pinned in board.pins}
        for pinned in board.pins:
            self._keep(pinned.message)

    def read(self, page: Messages) -> None:
        """Process a page, however old it is."""
        for said in page.entries:
            for change in self.changes:
                said = _after(said, change)
            self._keep(said)

    def _take(self, entry: Entry) -> None:
        if isinstance(entry, Said):
            self._keep(entry)
        elif isinstance(entry, Pinned):
            self.pins.pop(entry.target, None)
            if entry.on:
                self.pins[entry.target] = entry.seq
        elif isinstance(entry, Change):
            self.changes.append(entry)
            if isinstance(entry, Deleted):
                self.pins.pop(entry.target, None)
            for said in list(self.messages.values()):
                self._keep(_after(said, entry))

    def _keep(self, said: Said) -> None:
        """The newer state of a message wins, and that it was deleted wins over all."""
        had = self.messages.get(said.seq)
        if had is None or (not had.deleted and (said.deleted or _changed(said) > _changed(had))):
            self.messages[said.seq] = said
        now = self.messages[said.seq]
        if now.deleted:
            self.gone.add(now.seq)
            self.pins.pop(now.seq, None)
        assert now.seq not in self.gone or (now.deleted, now.text, now.reactions) == (True, "", ())


def _changed(said: Said) -> int:
    return said.changed or said.seq


def _after(said: Said, change: Change) -> Said:
    """The message after a change that is newer than what is known of it."""
    if said.deleted:
        return said
    if isinstance(change, Purged):
        mine = said.sender.id == change.user.id and said.seq <= change.up_to
        return (
            replace(said, text="", edited=False, deleted=True, changed=None, reactions=(), preview=None)
            if mine
            else said
        )
    if change.target != said.seq or change.seq <= _changed(said):
        return said
    match change:
        case Edited(text=None):
            return said  # it was deleted since, which comes later
        case Edited(text=str(text)):
            return replace(said, text=text, edited=True, changed=change.seq, preview=None)
        case Previewed(preview=None):
            return said  # the message says something else since, which comes later
        case Previewed():
            return replace(said, preview=change.preview, changed=change.seq)
        case Deleted():
            return replace(
                said, text="", edited=False, deleted=True, changed=change.seq, reactions=(), preview=None
            )
        case Reacted():
            return replace(said, reactions=_reacted(said, change), changed=change.seq)
    raise AssertionError(change)


def _reacted(said: Said, change: Reacted) -> tuple[Reaction, ...]:
    users = {one.emoji: set(one.users) for one in said.reactions}
    (set.add if change.on else set.discard)(users.setdefault(change.emoji, set()), change.sender.id)
    return tuple(Reaction(emoji, tuple(sorted(users[emoji]))) for emoji in sorted(users) if users[emoji])


class World:
    """Two who write, and one who keeps."""

    def __init__(self) -> None:
        self.core = Core()
        self.writers = [self.core.server_owner("alice"), self.core.account("bob")]
        self.reader = self.core.account("carol")
        self.ears: Peer | None = None
        self.client = Client()
        self.pages: list[Messages] = []

    def write(self, who: int, command: Say | Edit | Delete | React | Pin | Topic) -> None:
        """Do something that may be refused."""
        self.writers[who].ask(command)
        self.writers[who].take()

    def preview(self, target: int, title: str) -> None:
        """Show what the message's link leads to, if it has one."""
        self.core.store.show_preview(Previewing(LOBBY, target, Preview(LINK, title, "example.org")))

    def purge(self, who: int) -> None:
        user = self.writers[who].user
        self.core.spawned(purge(self.core.store, LOBBY, user, user))

    def listen(self) -> None:
        """Process what has come, and attach again where something did not."""
        if self.ears is None:
            return
        self.ears.client.outbox.read()
        while events := self.ears.take():
            for event in events:
                if isinstance(event, PinList):
                    self.client.look(event)
                elif self.client.hear(event):
                    self._attach(self.ears)

    def _attach(self, ears: Peer) -> None:
        ears.tell(Attach(rooms=[Position(LOBBY, self.client.position)]))

    def come(self) -> None:
        """Have a connection, and be sent what was missed."""
        if self.ears is None:
            self.ears = self.core.again(self.reader)
            self.ears.client.outbox.bound = 4
            began = self.client.position is not None
            self._attach(self.ears)
            if not began:
                self.ears.tell(Pins(room=LOBBY))

    def stall(self) -> None:
        """Read nothing more from it for a while."""
        if self.ears is not None:
            self.ears.client.outbox.stop_reading()

    def lose(self) -> None:
        """Lose the connection, and all that was not processed yet."""
        if self.ears is not None:
            self.ears.lose()
            self.ears = None

    def fetch(self, command: History, meanwhile: Callable[[], None] | None = None) -> None:
        """Read a page over another connection, to be looked at later; something may happen meanwhile."""
        if self.client.position is None:
            return  # a page from before it began could not be brought up to date by anything
        if meanwhile is not None:
            self.core.store.hold_reads(1)
        self.reader.tell(command)
        if meanwhile is not None:
            meanwhile()
            self.core.store.release_reads()
        self.pages += self.reader.take_all(Messages)

    def everything(self) -> dict[int, Said]:
        """All messages as they are stored."""
        pages: list[Page[Said]] = []
        self.core.store.messages(LOBBY, before=None, after=0, limit=200).addCallback(pages.append)
        assert pages[0].complete
        return {said.seq: said for said in pages[0].entries}

    def pinned(self) -> dict[int, int]:
        """What is pinned, and by which entry."""
        boards: list[tuple[list[PinnedMessage], bool]] = []
        self.core.store.pins(LOBBY, None).addCallback(boards.append)
        return {pinned.message.seq: pinned.seq for pinned in boards[0][0]}


writers = some.integers(0, 1)
targets = some.integers(1, 9)
LINK = "https://example.org/"
texts = some.sampled_from(["a", LINK, "c", "@bob", "@room"])
histories = some.one_of(
    some.builds(History, room=some.just(LOBBY), before=some.none() | targets, limit=some.integers(1, 9)),
    some.builds(History, room=some.just(LOBBY), after=targets, limit=some.integers(1, 9)),
    some.builds(History, room=some.just(LOBBY), around=targets, limit=some.integers(1, 9)),
)
says = some.builds(Say, room=some.just(LOBBY), text=texts, reply_to=some.none() | targets)
changes = some.one_of(
    some.builds(Edit, room=some.just(LOBBY), target=targets, text=texts),
    some.builds(Delete, room=some.just(LOBBY), target=targets),
    some.builds(
        React, room=some.just(LOBBY), target=targets, emoji=some.sampled_from("👍🎉"), on=some.booleans()
    ),
    some.builds(
        React, room=some.just(LOBBY), target=targets, emoji=some.sampled_from("👍🎉"), on=some.just(True)
    ),
    some.builds(Topic, room=some.just(LOBBY), text=texts),
)
pins = some.builds(Pin, room=some.just(LOBBY), target=some.integers(1, 3), on=some.booleans())
"""By the owner of the server: in a public room nobody else may."""
writes = some.tuples(some.just("write"), writers, says | changes)
steps = some.one_of(
    some.tuples(some.just("write"), writers, says),
    writes,
    writes,
    writes,
    some.tuples(some.just("write"), some.just(0), pins),
    some.tuples(some.just("fetch"), histories),
    some.tuples(some.just("race"), histories, writers, changes),
    some.tuples(some.just("look"), some.integers(0, 9)),
    some.tuples(some.sampled_from(["listen", "come", "stall", "lose"])),
    some.tuples(some.just("purge"), writers),
    some.tuples(some.just("preview"), targets, some.sampled_from("ab")),
    some.tuples(some.just("preview"), targets, some.sampled_from("ab")),
)


@settings(max_examples=200)
@given(some.lists(steps, min_size=10, max_size=60))
def test_whatever_comes_in_whatever_order_the_client_ends_with_the_log(
    steps: list[tuple[object, ...]],
) -> None:
    world = World()
    for step in steps:
        match step:
            case "write", int() as who, Say() | Edit() | Delete() | React() | Pin() | Topic() as command:
                world.write(who, command)
            case "fetch", History() as command:
                world.fetch(command)
            case (
                "race",
                History() as command,
                int() as who,
                Edit() | Delete() | React() | Pin() | Topic() as change,
            ):
                world.fetch(command, partial(world.writers[who].tell, change))
            case "look", int() as which if world.pages:
                world.client.read(world.pages[which % len(world.pages)])
            case ("listen",):
                world.listen()
            case ("come",):
                world.come()
            case ("stall",):
                world.stall()
            case ("lose",):
                world.lose()
            case "purge", int() as who:
                world.purge(who)
            case "preview", int() as target, str() as title:
                world.preview(target, title)
    world.come()
    world.listen()
    assert world.core.store.head(LOBBY) == world.client.position
    for page in world.pages:
        world.client.read(page)
    everything = world.everything()
    known = world.client.messages
    assert {seq: everything[seq] for seq in known} == known
    world.fetch(History(LOBBY, after=0, limit=200))
    world.client.read(world.pages[-1])
    assert everything == world.client.messages
    assert world.pinned() == world.client.pins
    world.core.check()
