"""What holds in any order of events: nobody misses anything unannounced, nobody hears what is not theirs."""

from dataclasses import dataclass

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.model import (
    Archive,
    Attach,
    Attached,
    Attaching,
    ChatError,
    Code,
    Command,
    Configure,
    Create,
    Decline,
    Delete,
    Deleted,
    Destroy,
    Detach,
    Direct,
    Done,
    Edit,
    Edited,
    Entry,
    Error,
    Event,
    Gap,
    History,
    Invitations,
    Invite,
    Invited,
    Join,
    Joined,
    Leave,
    Left,
    LoggedIn,
    Login,
    Messages,
    Noticed,
    Openings,
    Position,
    Presence,
    Present,
    Purged,
    Read,
    ReadTo,
    Refused,
    RoomList,
    Rooms,
    Said,
    Say,
    Stored,
    Topic,
    Typed,
    Typing,
    Uninvite,
    Uninvited,
    Who,
)
from tests.unit.core_peer import LOBBY, Core, Peer

UNAVAILABLE = ChatError(Code.UNAVAILABLE, "The disk does not answer.")

LONG = 30_000
"""Characters of a long message: two of them fill a tail, and nine do not fit into a page."""


# Nothing is lost, nothing comes twice.


@dataclass
class Attachment:
    """What one attachment to the lobby brings."""

    after: int | None
    """Where it was to begin; None: at the head."""
    expected: int | None = None
    """The seq that must come next; None: nothing has come yet."""
    live: bool = False

    def begin(self, seq: int) -> None:
        """The first thing that it brings begins here."""
        if self.expected is None:
            assert self.after is None or seq == self.after + 1
            self.expected = seq


@dataclass
class Message:
    """A message, as one knows it."""

    author: int
    text: str
    changed: int
    """The entry that made it what it is."""


def learn(known: dict[int, Message], entry: Entry) -> None:
    """What a client makes of an entry: the state with the higher `changed` stays; what is gone is gone."""
    match entry:
        case Said():
            came = Message(entry.sender.id, entry.text, entry.changed or entry.seq)
            had = known.setdefault(entry.seq, came)
            if came.changed > had.changed or entry.deleted:
                known[entry.seq] = came
        case Edited(text=str() as text) if entry.target in known:
            had = known[entry.target]
            if entry.seq > had.changed and had.text:
                known[entry.target] = Message(had.author, text, entry.seq)
        case Deleted() if entry.target in known:
            known[entry.target] = Message(known[entry.target].author, "", entry.seq)
        case Purged():
            for seq, had in known.items():
                if had.author == entry.user.id and seq <= entry.up_to:
                    known[seq] = Message(had.author, "", entry.seq)
        case _:
            pass


class Reader:
    """A client that keeps what it was sent, and fails when it was sent something else."""

    def __init__(self, core: Core, *, follow: bool) -> None:
        self.core = core
        self.follow = follow
        self.known: dict[int, Message] = {}
        """The messages, as it was told of them."""
        self.announced: set[int] = set()
        """What it was told that it would not get."""
        self.begun_at: int | None = None
        self.position = 0
        """Up to here it has, or was told of, everything since it began."""
        self._attachment: Attachment | None = None
        self._asked: dict[str, Attachment | None] = {}
        self._count = 0
        self._connect(Login(name="follower" if follow else "browser"))

    def _connect(self, login: Login) -> None:
        self._attachment = None
        self._asked.clear()
        self.peer = self.core.connect(follow=self.follow)
        notice = self.peer.client.outbox.on_received

        def on_received(event: Event) -> None:
            notice(event)
            self.hear(event)

        self.peer.client.outbox.on_received = on_received
        self.peer.tell(login)
        self.attach(self.resume_at)

    @property
    def resume_at(self) -> int | None:
        return None if self.begun_at is None else self.position

    def reconnect(self) -> None:
        """Lose the connection, come back, and go on where it was."""
        if self.peer.token is not None:  # otherwise the answer that brings it is still on its way
            self.peer.lose()
            token = self.peer.token
            self._connect(Login(token=token))
            self.peer.token = token

    def attach(self, after: int | None) -> None:
        asked = self._ask(Attachment(after))
        self.peer.tell(Attach(id=asked, rooms=[Position(LOBBY, after)]))

    def detach(self) -> None:
        self.peer.tell(Detach(id=self._ask(None), room=LOBBY))

    def _ask(self, outcome: Attachment | None) -> str:
        self._count += 1
        asked = f"asked {self._count}"
        self._asked[asked] = outcome
        return asked

    def hear(self, event: Event) -> None:
        match event:
            case LoggedIn() if self.follow:
                self._attachment = Attachment(None)
            case Attaching(id=str() as asked) | Done(id=str() as asked):
                self._attachment = self._asked.pop(asked)
            case Attached():
                self._hear_page(event)
            case Said() | Edited() | Deleted() | Purged() | Noticed():
                attachment = self._attached()
                assert attachment.live, "live before the pages were complete"
                self._keep(attachment, event.seq, event.seq, [event])
            case Gap():
                self._hear_gap(event)
            case Error():
                assert event.code in (Code.UNAVAILABLE, Code.NOT_LOGGED_IN), event
            case _:
                pass

    def _attached(self) -> Attachment:
        assert self._attachment is not None, "something of a room that is not attached"
        return self._attachment

    def _hear_page(self, page: Attached) -> None:
        attachment = self._attached()
        assert not attachment.live, "a page after going live"
        if page.reset:
            assert attachment.after is not None
            assert attachment.after > page.head
            attachment.after = None
        if page.gap is not None:
            attachment.begin(page.gap.first)
            self._keep(attachment, page.gap.first, page.gap.last, None)
        self._keep(attachment, page.first, page.last, page.entries)
        attachment.live = page.complete

    def _hear_gap(self, gap: Gap) -> None:
        attachment = self._attached()
        if self.follow:
            self._keep(attachment, gap.first, gap.last, None)
            attachment.live = True
        else:
            attachment.begin(gap.first)
            assert attachment.expected == gap.first
            self._attachment = None

    def _keep(self, attachment: Attachment, first: int, last: int, entries: list[Entry] | None) -> None:
        """Everything from `first` to `last` has come, or, without entries, will not come."""
        attachment.begin(first)
        assert attachment.expected == first <= last + 1, "a hole, or something twice"
        attachment.expected = last + 1
        if entries is None:
            self.announced.update(range(first, last + 1))
        else:
            assert list(range(first, last + 1)) == [entry.seq for entry in entries]
            for entry in entries:
                learn(self.known, entry)
        if self.begun_at is None:
            self.begun_at, self.position = first, last
        elif first <= self.position + 1:
            self.position = max(self.position, last)


class World:
    """A log that grows, a store that is slow or fails, and two readers of either kind."""

    def __init__(self) -> None:
        self.core = Core()
        self.truth: dict[int, Message] = {}
        self.floor = 0
        self.changes: set[int] = set()
        """The entries that are no messages."""
        self._publish = self.core.store.publish
        self.core.store.publish = self.publish
        self.core.write(12, length=LONG)
        self.late: list[Entry] = []
        self.readers = [Reader(self.core, follow=False), Reader(self.core, follow=True)]

    def publish(self, entry: Entry) -> None:
        self.record(entry)
        self._publish(entry)

    def record(self, entry: Entry) -> None:
        learn(self.truth, entry)
        if not isinstance(entry, Said):
            self.changes.add(entry.seq)

    def head(self) -> int:
        return self.core.store.head(LOBBY)

    def write(self, count: int, long: bool) -> None:
        self.core.write(count, length=LONG if long else 0)

    def delay(self) -> None:
        """Commit entries from now on without telling of them."""

        def commit(entry: Entry) -> None:
            self.record(entry)
            self.late.append(entry)

        self.core.store.publish = commit

    def tell(self, order: str) -> None:
        """Tell of them after all, or of some of them, in order or not, perhaps twice."""
        self.core.store.publish = self.publish
        late, self.late = self.late, []
        for entry in {"whole": late, "back": late[::-1], "last": late[-1:], "twice": late + late}[order]:
            self._publish(entry)

    def hold(self) -> None:
        self.core.store.hold()

    def release(self) -> None:
        self.core.store.release()

    def hold_reads(self, count: int) -> None:
        self.core.store.hold_reads(count)

    def release_reads(self) -> None:
        self.core.store.release_reads()

    def fail(self, failing: bool) -> None:
        self.core.store.read_failure = UNAVAILABLE if failing else None

    def forget(self, distance: int) -> None:
        """Retention takes what is older."""
        self.floor = max(self.floor, self.head() - distance)
        self.core.store.raise_floor(LOBBY, self.floor)
        room = self.core.registry.rooms.get(LOBBY)
        if room is not None:
            room.forget(self.floor)

    def change(self, distance: int, text: str | None) -> None:
        self.core.change(self.head() - distance, text)

    def purge(self) -> None:
        self.core.purge()

    def note(self) -> None:
        self.core.note(f"topic {self.head()}")

    def pass_time(self) -> None:
        self.core.pass_time(1_000)

    def attach(self, who: int, distance: int | None) -> None:
        reader = self.readers[who]
        reader.attach(None if distance is None else max(0, reader.position - distance))

    def detach(self, who: int) -> None:
        self.readers[who].detach()

    def stop_reading(self, who: int, bound: int) -> None:
        outbox = self.readers[who].peer.client.outbox
        outbox.stop_reading()
        outbox.bound = bound

    def read(self, who: int) -> None:
        self.readers[who].peer.client.outbox.read()

    def reconnect(self, who: int) -> None:
        self.readers[who].reconnect()

    def settle(self) -> None:
        """Everything works again, and everybody resumes."""
        self.fail(False)
        self.tell("last")
        self.release()
        self.release_reads()
        self.write(1, False)
        for who, reader in enumerate(self.readers):
            self.read(who)
            if reader.peer.session.person is None:
                reader.reconnect()  # the login was refused
            reader.attach(reader.resume_at)


WHO = st.integers(0, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just(World.write), st.integers(1, 12), st.sampled_from([True, True, False])),
        st.tuples(st.just(World.delay)),
        st.tuples(st.just(World.tell), st.sampled_from(["whole", "back", "last", "twice"])),
        st.tuples(st.sampled_from([World.hold, World.release, World.pass_time])),
        st.tuples(st.just(World.hold_reads), st.integers(1, 4)),
        st.tuples(st.just(World.release_reads)),
        st.tuples(st.just(World.fail), st.booleans()),
        st.tuples(st.just(World.forget), st.integers(0, 20)),
        st.tuples(st.just(World.change), st.integers(0, 20), st.sampled_from(["new", "newer", None])),
        st.tuples(st.just(World.change), st.integers(0, 20), st.sampled_from(["new", "newer", None])),
        st.tuples(st.sampled_from([World.purge, World.note, World.note])),
        st.tuples(st.just(World.attach), WHO, st.sampled_from([None, 100, 100, 3, 0, -2])),
        st.tuples(st.just(World.detach), WHO),
        st.tuples(st.just(World.stop_reading), WHO, st.integers(0, 4)),
        st.tuples(st.just(World.read), WHO),
        st.tuples(st.just(World.reconnect), WHO),
    ),
    min_size=20,  # otherwise most are too short for a story
    max_size=60,
)


@settings(max_examples=300)
@given(STEPS)
def test_every_reader_has_the_log_or_was_told_what_is_missing(steps: list[tuple[object, ...]]) -> None:
    world = World()
    for step, *arguments in steps:
        assert callable(step)
        step(world, *arguments)
    world.settle()
    head = world.head()
    for reader in world.readers:
        assert head == reader.position
        assert reader.begun_at is not None
        heard = reader.known.keys() | reader.announced | world.changes
        assert set(range(reader.begun_at, head + 1)) <= heard
        if not world.changes & reader.announced:
            texts = {seq: message.text for seq, message in reader.known.items() if seq > world.floor}
            assert {seq: world.truth[seq].text for seq in texts} == texts
    world.core.check()


# Nobody hears, does or learns what is not theirs.


class Guarded:
    """A client whose every event is checked, when it comes, against what its user may know."""

    def __init__(self, core: Core, peer: Peer) -> None:
        self.core = core
        self.peer = peer
        self.user = peer.user.id
        self._asked: dict[str, tuple[int | str, bool]] = {}
        """By the id of a command: which room it names, and whether that was hidden when it was asked."""
        self._count = 0
        self.wanted: set[str] = set()
        """The rooms into which it was invited."""
        self.guard()

    def guard(self) -> None:
        self.peer.client.outbox.on_received = self.check

    def ask(self, command: Command, about: int | str | None = None) -> None:
        self._count += 1
        asked = f"asked {self._count}"
        if about is not None:
            self._asked[asked] = about, self.core.store.hidden_from(self.user, about)
        self.peer.tell(replace(command, id=asked))

    def check(self, event: Event) -> None:
        if isinstance(event, Error | Attaching):
            refusals = [event] if isinstance(event, Error) else event.refused
            for refusal in refusals:
                self._check_refusal(refusal)
        else:
            if not isinstance(event, Uninvited):  # which names what one was invited into
                self._check_names(event)
            self._check_done(event)
        match event:
            case Said() | Attached() | Typed() | Joined() | Left() | Presence() | Messages() | Present():
                assert self.user in self.core.store.members(event.room), event
            case Edited() | Deleted() | Purged() | Noticed() | Gap() | ReadTo() | Stored():
                assert self.user in self.core.store.members(event.room), event
            case Invited():
                self.wanted.add(event.name)
            case LoggedIn():
                self.wanted.update(invitation.name for invitation in event.invitations)
            case RoomList():
                for listing in event.rooms:
                    assert not self.core.store.hidden_from(self.user, listing.room), listing
            case _:
                pass

    def _check_names(self, event: Event) -> None:
        told = msgspec.json.encode(event).decode()
        for name in ROOM_NAMES:
            if name in told:
                assert not self.core.store.hidden_from(self.user, name), event

    def _check_refusal(self, refusal: Error | Refused) -> None:
        if isinstance(refusal, Refused):
            about, was_hidden = refusal.room, False
        else:
            about, was_hidden = self._asked.get(str(refusal.id), ("", False))
        if was_hidden and self.core.store.hidden_from(self.user, about):
            assert (Code.NO_SUCH_ROOM, f'There is no room called "{about}".') == (refusal.code, refusal.text)

    def _check_done(self, event: Event) -> None:
        """Something inside a room was done: then the room was there for the user, before or after."""
        about, was_hidden = self._asked.get(str(getattr(event, "id", None)), ("lobby", False))
        assert not (was_hidden and self.core.store.hidden_from(self.user, about)), event


class Town:
    """Two people with a browser and a line client each, and their rooms."""

    def __init__(self) -> None:
        self.core = core = Core()
        publish = core.store.publish

        def published(entry: Entry) -> None:
            assert entry.sender.id in core.store.members(entry.room)
            publish(entry)

        core.store.publish = published
        browsers = [core.account(name) for name in ROOMMATES]
        followers = [core.again(peer, follow=True) for peer in browsers]
        self.clients = [Guarded(core, peer) for peer in browsers + followers]
        self._makers: dict[int | None, set[int]] = {}

    def check(self) -> None:
        """Nobody belongs to a private room but its maker, and those who were told of an invitation."""
        for name in ROOM_NAMES:
            members = self.core.store.members(name)
            if self.core.store.hidden_from(NOBODY, name) and members:
                makers = self._makers.setdefault(self.core.store.room_id(name), members)
                wanted = {client.user for client in self.clients if name in client.wanted}
                assert members <= makers | wanted

    def ask(self, who: int, command: Command, about: int | str | None) -> None:
        self.clients[who].ask(command, about)

    def leave_meanwhile(self, who: int, command: Command, about: int | str) -> None:
        """Leave the room on the other connection, while this one waits for the store."""
        self.hold_reads(1)
        self.ask(who, command, about)
        self.ask((who + len(ROOMMATES)) % len(self.clients), Leave(about), about)
        self.release_reads()

    def come_back(self, who: int) -> None:
        client = self.clients[who]
        old, follow = client.peer, who >= len(ROOMMATES)
        old.lose()
        client.peer = self.core.connect(follow=follow)
        client.peer.token = old.token
        client.guard()
        client.peer.tell(Login(id="login", token=old.token))

    def hold_reads(self, count: int) -> None:
        self.core.store.hold_reads(count)

    def release_reads(self) -> None:
        self.core.store.release_reads()

    def pass_time(self) -> None:
        self.core.pass_time(1_000)


NOBODY = 0
ROOMMATES = ("alice", "bob")
ROOM_NAMES = ("plaza", "secret", "hideout")
CLIENTS = st.integers(0, 2 * len(ROOMMATES) - 1)
PLACES = st.sampled_from([*ROOM_NAMES, "lobby", *range(1, 7)])
DIRECTS = st.sampled_from([f"@{name}" for name in ROOMMATES])


def inside(ref: int | str) -> st.SearchStrategy[Command]:
    """Everything that is for a room's members."""
    return st.sampled_from(
        [
            Say(room=ref, text="hi"),
            Say(room=ref, text="hi"),
            Edit(ref, -1, "hello"),
            Edit(ref, 1, "hello"),
            Delete(ref, -1),
            Delete(ref, 1),
            Topic(ref, "news"),
            Topic(ref),
            History(ref),
            Who(ref),
            Typing(ref),
            Read(ref, 1),
            Leave(ref),
            Detach(ref),
            Invite(ref, "alice"),
            Invite(ref, "bob"),
            Uninvite(ref, user="bob"),
            Openings(ref),
            Destroy(ref, str(ref)),
            Archive(ref),
            Archive(ref, on=False),
            Configure(ref),
            Configure(ref, moderated=True),
            Configure(ref, moderated=False, slow_seconds=1),
        ]
    )


ASKING = st.one_of(
    PLACES.flatmap(lambda ref: st.tuples(CLIENTS, inside(ref), st.just(ref))),
    PLACES.flatmap(lambda ref: st.tuples(CLIENTS, st.just(Join(ref)), st.just(ref))),
    DIRECTS.flatmap(lambda ref: st.tuples(CLIENTS, inside(ref), st.none())),
    st.tuples(CLIENTS, st.builds(Direct, st.sampled_from(ROOMMATES)), st.none()),
    st.tuples(
        CLIENTS,
        st.builds(Create, st.sampled_from(ROOM_NAMES), kind=st.sampled_from(["public", "private"])),
        st.none(),
    ),
    st.tuples(
        CLIENTS,
        st.builds(
            Attach, rooms=st.none() | st.lists(st.builds(Position, PLACES, st.sampled_from([None, 0])))
        ),
        st.none(),
    ),
    st.tuples(CLIENTS, st.sampled_from([Rooms(), Invitations()]), st.none()),
    PLACES.flatmap(lambda ref: st.tuples(CLIENTS, st.just(Decline(ref)), st.none())),
)
DEEDS = st.lists(
    st.one_of(
        ASKING.map(lambda asking: (Town.ask, *asking)),
        ASKING.map(lambda asking: (Town.ask, *asking)),
        ASKING.map(lambda asking: (Town.ask, *asking)),
        PLACES.flatmap(
            lambda ref: st.tuples(
                st.just(Town.leave_meanwhile),
                CLIENTS,
                st.sampled_from(
                    [
                        Join(ref),
                        History(ref),
                        Attach(rooms=[Position(ref, 0), Position("nowhere")]),
                        Attach(rooms=[Position(ref, 0)]),
                    ]
                ),
                st.just(ref),
            )
        ),
        st.tuples(st.just(Town.come_back), CLIENTS),
        st.tuples(st.just(Town.hold_reads), st.integers(1, 3)),
        st.tuples(st.sampled_from([Town.release_reads, Town.pass_time])),
    ),
    min_size=20,
    max_size=60,
)


@settings(max_examples=150)
@given(DEEDS)
def test_nobody_hears_does_or_learns_what_is_not_theirs(deeds: list[tuple[object, ...]]) -> None:
    town = Town()
    for deed, *arguments in deeds:
        assert callable(deed)
        deed(town, *arguments)
        town.check()
    town.release_reads()
    town.core.check()
