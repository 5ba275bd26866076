"""What one session is sent of its rooms: first what it missed, page by page, then live."""

from typing import Protocol

from chatd.core.ignoring import heard
from chatd.core.people import Person
from chatd.core.ports import Client
from chatd.core.registry import Registry
from chatd.core.room import Listener, Room
from chatd.model import Attached, ChatError, Entry, Gap, Missing


class Reader(Listener, Protocol):
    """A session, as its attachments see it."""

    client: Client
    registry: Registry
    person: Person | None

    @property
    def follow(self) -> bool:
        """Whether it hears all its rooms by itself, and skips to live where it fell behind."""


class _CatchUp:
    """A room that is not live yet: everything up to `position` has been sent."""

    __slots__ = ("position", "reset", "room")

    def __init__(self, room: Room, position: int, reset: bool) -> None:
        self.room = room
        self.position = position
        self.reset = reset


class Attachments:
    """The rooms that one session hears; nothing live of a room is sent before its catching up is complete."""

    __slots__ = ("_behind", "_catching", "_ended", "_live", "_pulling", "_reader", "_waiting")

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._catching: dict[int, _CatchUp] = {}
        self._live: dict[int, Room] = {}
        self._behind: dict[int, tuple[Room, int]] = {}
        self._pulling = False
        self._waiting = False
        self._ended = False

    def attach(self, room: Room, after: int | None) -> None:
        """Begin anew after this seq, or at the head; nothing is sent before `begin`, or after `end`."""
        if self._ended:
            return
        self.drop(room)
        reset = after is not None and after > room.head
        position = room.head if after is None or reset else after
        self._catching[room.id] = _CatchUp(room, position, reset)

    def begin(self) -> None:
        """Send what can be sent at once, and read the rest from the store."""
        if not self._catching:
            return
        for catching in list(self._catching.values()):
            self._complete(catching)
        if self._catching and not self._pulling:
            self._pulling = True
            self._reader.registry.spawn(self._pull())

    def drop(self, room: Room) -> None:
        """Hear nothing more of this room, not even what is owed already."""
        self._catching.pop(room.id, None)
        self._behind.pop(room.id, None)
        if self._live.pop(room.id, None) is not None:
            room.go_quiet(self._reader)
        self._reader.outbox.drop_room(room.id)

    def end(self) -> None:
        """Hear nothing more, whatever is still carried out for the session."""
        self._ended = True
        for room in self._live.values():
            room.go_quiet(self._reader)
        self._live.clear()
        self._catching.clear()
        self._behind.clear()

    def quiet(self) -> list[Room]:
        """Take the live rooms out of delivery, to `loud` them again when the wire has changed."""
        rooms = list(self._live.values())
        for room in rooms:
            room.go_quiet(self._reader)
        return rooms

    def loud(self, rooms: list[Room]) -> None:
        """Put back what `quiet` took out, in the same turn."""
        for room in rooms:
            room.go_live(self._reader)

    def hears(self, room: int) -> bool:
        """Whether the room is attached, caught up or not."""
        return room in self._live or room in self._catching or room in self._behind

    def _complete(self, catching: _CatchUp) -> bool:
        """Send the last page and go live, where the tail's next page is the last; whether it was."""
        room = catching.room
        if not room.covers(catching.position):
            return False
        page = room.since(catching.position)
        if page and page[-1].seq < room.head:
            return False
        del self._catching[room.id]
        self._send(catching, page, room.head, None, complete=True)
        self._live[room.id] = room
        room.go_live(self._reader)
        return True

    def _send(
        self, catching: _CatchUp, entries: list[Entry], last: int, gap: Missing | None, *, complete: bool
    ) -> None:
        room, person = catching.room, self._reader.person
        assert person is not None, "nobody attaches who is not logged in, and nothing is sent after the end"
        self._reader.client.send(
            Attached(
                room=room.id,
                name=room.called(self._reader.user.id),
                kind=room.kind,
                topic=room.topic,
                moderated=room.moderated,
                slow_seconds=room.slow_seconds,
                archived=room.archived,
                icon=room.icon,
                head=room.head,
                count=len(room.company.present),
                present=room.company.show() if complete else None,
                entries=heard(entries, person.ignored),
                first=catching.position + 1,
                last=last,
                complete=complete,
                gap=gap,
                reset=catching.reset,
            )
        )
        catching.position = last
        catching.reset = False

    async def _pull(self) -> None:
        """One page at a time, each after the one before has left."""
        try:
            while self._catching:
                catching = next(iter(self._catching.values()))
                try:
                    await self._pull_page(catching)
                except ChatError:
                    if self._still(catching):
                        self._give_up(catching)
        finally:
            self._pulling = False

    async def _pull_page(self, catching: _CatchUp) -> None:
        room = catching.room
        if room.covers(catching.position):
            page = room.since(catching.position)
            self._send(catching, page, page[-1].seq, None, complete=False)
        elif not await self._send_stored(catching):
            return
        if not self._complete(catching):
            await self._reader.outbox.drained()

    async def _send_stored(self, catching: _CatchUp) -> bool:
        """Send a page from the store; False when there is none, or when nobody wants it any more."""
        room = catching.room
        # What is committed but not published yet is not for pages: it will be live.
        upto = room.head
        page = await self._reader.registry.store.entries(room.id, catching.position, upto)
        if not self._still(catching):
            return False
        if page.last <= catching.position:
            self._give_up(catching)  # the store has lost what was published
            return False
        gap, gone = None, min(page.first - 1, upto)
        if gone > catching.position:
            gap = Missing(catching.position + 1, gone)
            catching.position = gone
        self._send(catching, room.amended(page.entries), min(page.last, upto), gap, complete=False)
        return True

    def _give_up(self, catching: _CatchUp) -> None:
        del self._catching[catching.room.id]
        self.fell_behind(catching.room, catching.position + 1)

    def _still(self, catching: _CatchUp) -> bool:
        """Whether this catching up is still wanted, and still allowed."""
        room, person = catching.room, self._reader.person
        return self._catching.get(room.id) is catching and person is not None and room.id in person.rooms

    def fell_behind(self, room: Room, seq: int) -> None:
        """The outbox is full: from entry `seq` on (0: the next one) nothing of this room is sent."""
        first = seq or room.head + 1
        if self._live.pop(room.id, None) is not None:
            room.go_quiet(self._reader)
        if not self._reader.follow:
            self._reader.client.send(Gap(room=room.id, first=first, last=room.head))
            return
        self._behind[room.id] = (room, first)
        if not self._waiting:
            self._waiting = True
            self._reader.registry.spawn(self._skip_to_live())

    async def _skip_to_live(self) -> None:
        """When everything owed has left: say what was skipped, and go on with what is said now."""
        await self._reader.outbox.drained()
        self._waiting = False
        behind, self._behind = self._behind, {}
        for room, first in behind.values():
            if first <= room.head:
                self._reader.client.send(Gap(room=room.id, first=first, last=room.head))
            self._live[room.id] = room
            room.go_live(self._reader)
