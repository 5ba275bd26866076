"""One room: its newest entries, who is present, and who hears what."""

from collections.abc import Callable, Collection, Iterable
from typing import Protocol, TypeVar, assert_never

from chatd.core.company import Company, News
from chatd.core.gathering import Gathering
from chatd.core.ignoring import tells
from chatd.core.ports import Frame, Outbox, Wire
from chatd.core.tail import Tail
from chatd.model import (
    Entry,
    Gathered,
    Here,
    Joined,
    Noticed,
    Presence,
    Reacted,
    RoomKind,
    RoomRole,
    RoomState,
    Said,
    Shown,
    Skipped,
    User,
    direct_name,
    gathered,
)
from chatd.model import Room as RoomRow

E = TypeVar("E", bound=Entry)

NEWS_MS = 1_000
"""Who comes, goes and changes is told at most this often."""


class Listener(Protocol):
    """A session, as a room sees it."""

    @property
    def user(self) -> User:
        """Who listens."""

    @property
    def outbox(self) -> Outbox:
        """Where its frames go."""

    def fell_behind(self, room: "Room", seq: int) -> None:
        """Its outbox refused this entry (0: an event that is not stored)."""


DeafTo = Callable[[User], Collection[Listener]]
"""Who hears nothing of what this user says."""


class Room:
    """A room that somebody who is here belongs to."""

    __slots__ = (
        "_gathering",
        "_live",
        "_tail",
        "_told_at",
        "_unseen",
        "_used",
        "archived",
        "company",
        "ended",
        "head",
        "icon",
        "id",
        "kind",
        "moderated",
        "name",
        "participants",
        "roles",
        "slow_seconds",
        "topic",
    )

    def __init__(self, row: RoomRow | RoomState, head: int) -> None:
        """`head`: the newest entry that anybody here may have been sent; what lies before is in the store."""
        self.id = row.id if isinstance(row, RoomRow) else row.room
        self.kind: RoomKind = row.kind
        self.name = row.name
        self.topic = row.topic
        self.participants = row.participants
        self.moderated = row.moderated
        self.slow_seconds = row.slow_seconds
        self.ended = row.ended
        """Somebody in this conversation has deleted their account."""
        self.archived = row.archived
        self.icon = row.icon
        self.head = head
        self.company = Company(self.id)
        self.roles: dict[int, RoomRole] = {}
        """Of those present who are more than members."""
        self._tail = Tail()
        self._gathering = Gathering()
        self._live: dict[Wire, dict[Listener, Outbox]] = {}
        self._unseen: set[int] = set()
        """Members who are here for their requests alone, and not shown as present."""
        self._told_at = -NEWS_MS
        self._used = False
        """Something was said, or recalled, since it was last looked at."""

    def called(self, viewer: int) -> str:
        """The room's name, as this user sees it."""
        if self.kind != "direct":
            return self.name
        return direct_name([user.name for user in self.participants if user.id != viewer])

    def label(self, viewer: int) -> str:
        """The same, as it stands in a line: `#lobby`, `@alice`."""
        return self.called(viewer) if self.kind == "direct" else "#" + self.name

    # The log.

    def covers(self, position: int) -> bool:
        """Whether everything after `position` is in the tail."""
        return position >= self.head - len(self._tail)

    def since(self, position: int) -> list[Entry]:
        """The entries after `position`, which the tail covers: as many as a page may have."""
        assert self.covers(position)
        return self._tail.page(position)

    def accept(self, entry: Entry, skip: Iterable[Listener] = (), deaf_to: DeafTo = lambda user: ()) -> bool:
        """Deliver the next entry to everybody live but `skip`; an old one is dropped.

        Who is deaf to its author is told of its place only. False: entries are missing before it, and nothing
        was done.
        """
        if entry.seq > self.head + 1:
            return False
        if entry.seq == self.head + 1:
            self.head = entry.seq
            self._used = True
            self._tail.keep(entry, len(self.company.present))
            if isinstance(entry, Noticed):
                self.apply(entry)
            deaf = deaf_to(entry.sender) if tells(entry) else ()
            quoted = self.quoted(entry)
            if quoted is None:
                self.tell(entry, entry.seq, [*skip, *deaf])
            else:
                self._tell_reply(entry, quoted, [*skip, *deaf], deaf_to(quoted.sender))
            if deaf:
                self._tell_of_place(entry.seq, deaf)
        return True

    def _tell_reply(
        self, entry: Entry, quoted: Said, skip: list[Listener], deaf: Collection[Listener]
    ) -> None:
        """Who does not hear whom it answers hears no quote."""
        self.tell(entry, entry.seq, [*skip, *deaf], quoted)
        if deaf:
            left = {*deaf}.difference(skip)
            self.tell(entry, entry.seq, [one for one in self._listeners() if one not in left])

    def quoted(self, entry: Entry) -> Said | None:
        """The message that this one answers, as it is now, where it is known and not gone."""
        if not isinstance(entry, Said) or entry.reply_to is None:
            return None
        found = self._tail.message(entry.reply_to)
        return None if found is None or found.deleted else found

    def knows(self, seq: int) -> bool:
        """Whether the message with this seq, or that there is none, is known without asking the store."""
        return seq > self.head or self.covers(seq - 1) or self._tail.message(seq) is not None

    def recall(self, said: Said) -> None:
        """Keep this message in mind, so that what answers it can quote it."""
        self._used = True
        self._tail.recall(said)

    def doze(self) -> None:
        """Forget what was said, which the store knows too, if nothing was since this was last called."""
        if not self._used:
            self._tail.clear()
        self._used = False

    def gather(self, entry: Reacted, now: int) -> None:
        """Tell of this reaction again, together with others, a little later."""
        self._gathering.add(entry, now)

    def tell_gathered(self, now: int, deaf_to: DeafTo) -> bool:
        """Tell of the reactions that were gathered long enough; whether no others wait."""
        for changes in self._gathering.take(now):
            message = self._tail.message(changes[0].target)
            if message is not None and message.deleted:
                continue
            deaf: dict[Listener, set[int]] = {}
            reacted = {change.sender.id: change.sender for change in changes}
            for user in {**reacted, **({message.sender.id: message.sender} if message else {})}.values():
                for listener in deaf_to(user):
                    deaf.setdefault(listener, set()).add(user.id)
            alone = [one for one in self._listeners() if {one.user.id} == set(reacted)]
            self._tell_gathered(gathered(changes, message), skip=[*deaf, *alone])
            alike: dict[frozenset[int], set[Listener]] = {}
            for listener, ignored in deaf.items():
                alike.setdefault(frozenset(ignored), set()).add(listener)
            for unheard, ears in alike.items():
                others = [one for one in self._listeners() if one not in ears]
                self._tell_gathered(gathered(changes, message, unheard), skip=others)
        return not self._gathering

    def _tell_gathered(self, event: Gathered | None, skip: Iterable[Listener]) -> None:
        if event is not None:
            self.tell(event, skip=skip)

    def forget(self, upto: int) -> None:
        """The entries up to this one are gone."""
        self._tail.forget(upto)

    def amended(self, entries: list[E]) -> list[E]:
        """A page that was read from the store, after what has been told since: no text that is gone."""
        return self._tail.amended(entries)

    def skip_to(self, seq: int) -> None:
        """Entries up to this one cannot be had now: everybody live is told of the gap."""
        first, self.head = self.head + 1, seq
        self._tail.clear()
        for listener in self._listeners():
            listener.fell_behind(self, first)

    def apply(self, notice: Noticed) -> None:
        """Be what the room is after this."""
        match notice.what:
            case "topic":
                self.topic = notice.text
            case "moderated" | "unmoderated":
                self.moderated = notice.what == "moderated"
            case "slow":
                self.slow_seconds = int(notice.text)
            case "retention" | "previews":
                pass
            case "archived" | "unarchived":
                self.archived = notice.what == "archived"
            case "icon":
                self.icon = notice.text or None
            case "renamed":
                self.name = notice.text.split()[1]
            case "kicked" | "banned" | "unbanned" | "muted" | "unmuted":
                pass
            case _:
                assert_never(notice.what)

    # Who hears what.

    def go_live(self, listener: Listener) -> None:
        """From now on the listener is sent everything."""
        outbox = listener.outbox
        self._live.setdefault(outbox.wire, {})[listener] = outbox

    def go_quiet(self, listener: Listener) -> None:
        """From now on the listener is sent nothing."""
        listeners = self._live.get(listener.outbox.wire)
        if listeners is not None and listeners.pop(listener, None) is not None and not listeners:
            del self._live[listener.outbox.wire]

    @property
    def idle(self) -> bool:
        """Whether nobody is here who belongs to it."""
        return not self.company.present and not self._unseen and not self._live

    def tell(
        self, event: Shown, seq: int = 0, skip: Iterable[Listener] = (), quoted: Said | None = None
    ) -> None:
        """Owe an event to everybody live but `skip`, encoded once per wire."""
        skipped = set(skip)
        fallen: list[Listener] = []
        for wire, listeners in self._live.items():
            if self.kind == "direct" and wire.personal:
                for listener, outbox in listeners.items():
                    data = wire.encode(event, self.label(listener.user.id), quoted)
                    if data and listener not in skipped and not outbox.put(Frame(data, self.id, seq)):
                        fallen.append(listener)
                continue
            data = wire.encode(event, "#" + self.name, quoted)
            if not data:
                continue
            frame = Frame(data, self.id, seq)
            for listener, outbox in listeners.items():
                if listener not in skipped and not outbox.put(frame):
                    fallen.append(listener)
        for listener in fallen:
            listener.fell_behind(self, seq)

    def _tell_of_place(self, seq: int, listeners: Iterable[Listener]) -> None:
        """Owe those of them who are live a sign that there is an entry."""
        frames: dict[Wire, Frame] = {}
        for listener in listeners:
            outbox = listener.outbox
            if listener not in self._live.get(outbox.wire, ()):
                continue
            frame = frames.get(outbox.wire)
            if frame is None:
                data = outbox.wire.encode(Skipped(room=self.id, seq=seq), "")
                frame = frames[outbox.wire] = Frame(data, self.id, seq)
            if frame.data and not outbox.put(frame):
                listener.fell_behind(self, seq)

    # Who is here.

    def role_of(self, user: int) -> RoomRole:
        """What a member who is present is here."""
        return self.roles.get(user, "member")

    def appoint(self, user: int, role: RoomRole) -> None:
        """A member who is present has this role now."""
        if role == "member":
            self.roles.pop(user, None)
        else:
            self.roles[user] = role

    def came(self, here: Here) -> None:
        """A member is here now; a guest may have come back under another name."""
        self._keep_participant(here)
        if here.frontends:
            self.company.came(here)
        else:
            self._unseen.add(here.id)

    def changed(self, here: Here) -> None:
        """A member who is here is so in another way, or is another kind of user."""
        if bool(here.frontends) != (here.id in self._unseen):
            self._keep_participant(here)
            if here.frontends:
                self.company.changed(here)
        elif here.frontends:
            self._unseen.remove(here.id)
            self.came(here)
        else:
            self.company.went(here.user)
            self.came(here)

    def went(self, user: User) -> None:
        """A member is not here any more."""
        self.roles.pop(user.id, None)
        if user.id in self._unseen:
            self._unseen.remove(user.id)
        else:
            self.company.went(user)

    def end(self, user: User) -> None:
        """Somebody who is or was here has deleted their account, and is called so now."""
        self._tail.rename(user)
        self.participants = tuple(user if one.id == user.id else one for one in self.participants)
        self.ended = self.kind == "direct"

    def joined(self, here: Here) -> None:
        """Somebody who is here became a member."""
        if here.frontends:
            self.company.joined(here)
        else:
            self._unseen.add(here.id)

    def left(self, user: User) -> None:
        """Somebody who is here is a member no longer."""
        self.roles.pop(user.id, None)
        if user.id in self._unseen:
            self._unseen.remove(user.id)
        else:
            self.company.left(user)

    def _keep_participant(self, here: Here) -> None:
        if self.participants:
            self.participants = tuple(here.user if one.id == here.id else one for one in self.participants)

    def tell_news(self, now: int) -> bool:
        """Tell who came, went and changed, unless that was done less than a second ago: then False."""
        if now - self._told_at < NEWS_MS:
            return False
        events = self.company.news()
        if self._live:  # otherwise nobody is told, and whoever attaches next is sent who is present
            self._told_at = now if events else self._told_at
            for event in events:
                self.tell(event, skip=self._whom_it_is_about(event))
        return True

    def _listeners(self) -> list[Listener]:
        return [listener for listeners in self._live.values() for listener in listeners]

    def _whom_it_is_about(self, event: News) -> list[Listener]:
        """The listeners of the one user whose coming is all the news, and to whom it is none."""
        match event:
            case Joined(users=[here]) | Presence(came=[here], went=[], changed=[]):
                return [listener for listener in self._listeners() if listener.user.id == here.id]
            case _:
                return []
