"""Who is here, in which rooms, through which sessions: the one object that knows it all."""

from collections import deque
from collections.abc import Callable, Iterable

from msgspec.structs import replace

from chatd.core.accounts import Accounts
from chatd.core.drawing import Drawing
from chatd.core.ignoring import Ignorers, names
from chatd.core.links import Links
from chatd.core.people import Attendance, Person, Sitting
from chatd.core.ports import Spawn, Store
from chatd.core.rates import MINUTE_MS, Doors, Rates
from chatd.core.reports import as_seen
from chatd.core.room import Room
from chatd.core.tickets import Tickets
from chatd.model import (
    DELETED,
    Appearance,
    Arrival,
    ChatError,
    Close,
    Edited,
    Ended,
    Entry,
    Filed,
    Invited,
    Limits,
    Notice,
    Noticed,
    Reacted,
    Removed,
    Renamed,
    Reported,
    RoomRole,
    RoomState,
    Said,
    ServerRole,
    Uninvited,
    User,
)
from chatd.model import Room as RoomRow

GRACE_MS = 60_000
"""How long a guest who lost the connection keeps the name."""

DOZE_MS = 600_000
"""How often the rooms are looked at: one in which nothing was said since then forgets its newest entries."""

DOZING_AT_ONCE = 100
"""So many rooms at most in one tick: each may have to forget 200 entries, about 10 µs."""

TOLD_AT_ONCE = 1_000
"""So many at most are told in one tick that a room is gone: some milliseconds."""


class Registry:
    """All rooms, people and sessions of this process. Time is in milliseconds."""

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        limits: Limits,
        *,
        spawn: Spawn,
        report: Callable[[Exception], None],
    ) -> None:
        """`report` logs a fault of ours with its traceback."""
        self.store = store
        self.accounts = accounts
        self.limits = limits
        self.spawn = spawn
        self.report = report
        self.doors = Doors(limits.connections_per_address, limits.connects_per_minute)
        self.callers = Doors(limits.connections_per_address, 0)
        """The same for connections that only ask for something: a page's, a script's."""
        self.links = Links()
        self.tickets = Tickets()
        self.drawing: Drawing | None = None
        """None: there are no files here."""
        self.reports = Rates(limits.reports_per_minute)
        self.sanctions = accounts.sanctions
        self.now = 0
        self.stopping = False
        self.people: dict[int, Person] = {}
        """Who is here: with a session, or until a lost one has faded."""
        self.ignorers = Ignorers()
        self.rooms: dict[int, Room] = {}
        self._room_names: dict[str, int] = {}
        self._people_names: dict[str, int] = {}
        self._heads: dict[int, int] = {}
        self._notices: dict[int, dict[Notice, Noticed]] = {}
        """The last of each kind, by room: a room may come to life from what was read before them."""
        self._waiting: dict[Room, dict[int, Entry]] = {}
        self._news: dict[Room, None] = {}
        self._gathering: dict[Room, None] = {}
        self._slowed: dict[Sitting, None] = {}
        self._bereft: deque[tuple[Sitting, Removed]] = deque()
        """Who is still to be told that a room is gone."""
        self._arriving: dict[int, dict[Sitting, bool]] = {}
        self._leases: dict[int, int] = {}
        fade_ms = limits.fade_seconds * 1_000
        self._attendance = Attendance(self.people, fade_ms)
        self._lease_ms = max(GRACE_MS, fade_ms)
        self._dozing: deque[Room] = deque()
        """Which rooms are still to be looked at."""
        self._forgot_at = self._dozed_at = 0
        self._forgetting = self._forget_again = False

    def admit(self, address: str) -> None:
        """Count a new connection from there; raises ChatError `banned`, `too_many` or `too_fast`."""
        self.sanctions.check_address(address, self.now)
        self.doors.enter(address, self.now)

    # Entries.

    def publish(self, entry: Entry) -> None:
        """Deliver a committed entry; called in commit order."""
        if entry.seq > self._heads.get(entry.room, 0):
            self._heads[entry.room] = entry.seq
        if isinstance(entry, Noticed):
            self._notices.setdefault(entry.room, {})[entry.what] = entry
        room = self.rooms.get(entry.room)
        if room is not None:
            self._deliver(room, entry)
        if isinstance(entry, Noticed) and entry.what in ("kicked", "banned") and entry.about is not None:
            self.expel(entry.about.id, entry.room, entry.sender, entry.text)

    def _deliver(self, room: Room, entry: Entry) -> None:
        waiting = self._waiting.get(room)
        if waiting is not None:
            waiting[entry.seq] = entry
        elif not self._accept(room, entry):
            self._waiting[room] = {entry.seq: entry}
            self.spawn(self._fill(room))

    def _accept(self, room: Room, entry: Entry) -> bool:
        if entry.seq != room.head + 1:
            return room.accept(entry)
        if isinstance(entry, Reacted):
            room.gather(entry, self.now)
            self._gathering[room] = None
        name = room.name
        accepted = room.accept(entry, self._who_said(entry), self.deaf_to)
        if room.name != name:
            self._renamed(room, name)
        return accepted

    def _renamed(self, room: Room, before: str) -> None:
        """The room's log told of another name."""
        del self._room_names[before]
        self._room_names[room.name] = room.id
        for person in self._members_here(room.id):
            for session in person.sessions:
                session.tell(Renamed(room=room.id, name=room.name))

    def _members_here(self, room_id: int) -> list[Person]:
        return [person for person in self.people.values() if room_id in person.rooms]

    def _who_said(self, entry: Entry) -> Iterable[Sitting]:
        if not isinstance(entry, Said | Edited):
            return ()
        person = self.people.get(entry.sender.id)
        if person is None:
            return ()
        # An entry does not tell which session said it; but the store keeps the order of what one author says.
        for saying in person.saying:
            if saying.became(entry):
                del person.saying[saying]
                return (saying.session,) if saying.session.follow else ()
        return ()

    def deaf_to(self, user: User) -> list[Sitting]:
        """The sessions of those who ignore this user."""
        return [session for one in self.ignorers.of(user.id) for session in self.people[one].sessions]

    async def _fill(self, room: Room) -> None:
        """Read from the store what is missing before the entries that wait, and deliver all of it."""
        waiting = self._waiting[room]
        try:
            while waiting:
                seq = min(waiting)
                if seq <= room.head + 1:
                    self._accept(room, waiting.pop(seq))
                else:
                    await self._fill_hole(room, seq - 1)
        finally:
            del self._waiting[room]

    async def _fill_hole(self, room: Room, last: int) -> None:
        """Deliver what comes next, up to `last`; where it cannot be had there is a gap."""
        head = room.head
        try:
            page = await self.store.entries(room.id, head, last)
        except ChatError:
            room.skip_to(last)
            return
        if page.first > head + 1:
            room.skip_to(page.first - 1)
        for entry in page.entries:
            self._accept(room, entry)
        if room.head == head:
            room.skip_to(last)

    # Rooms.

    def room(self, row: RoomRow | RoomState) -> Room:
        """The room as it lives here, made from what was read of it when it is not here yet."""
        room_id = row.id if isinstance(row, RoomRow) else row.room
        room = self.rooms.get(room_id)
        if room is None:
            room = self.rooms[room_id] = Room(row, max(row.head, self._heads.get(room_id, 0)))
            for notice in sorted(self._notices.get(room_id, {}).values(), key=lambda one: one.seq):
                if notice.seq > row.head:
                    room.apply(notice)
            if room.kind != "direct":
                self._room_names[room.name] = room_id
        return room

    def room_named(self, name: str) -> Room | None:
        """A room that is here, by its name."""
        room_id = self._room_names.get(name)
        return None if room_id is None else self.rooms[room_id]

    def person_named(self, name: str) -> Person | None:
        """Somebody who is here, by name."""
        user_id = self._people_names.get(name)
        return None if user_id is None else self.people[user_id]

    def _tidy(self, room: Room) -> None:
        if room.idle and self.rooms.pop(room.id, None) is not None and room.kind != "direct":
            del self._room_names[room.name]

    def _has_news(self, room: Room) -> None:
        if not room.tell_news(self.now):
            self._news[room] = None

    # People.

    def expect(self, session: Sitting, user: User) -> None:
        """The session is about to arrive: its user's rooms are being read."""
        self._arriving.setdefault(user.id, {})[session] = False

    def expected(self, session: Sitting, user: User) -> bool:
        """Whether the user entered or left a room since `expect`."""
        arriving = self._arriving[user.id]
        changed = arriving.pop(session)
        if not arriving:
            del self._arriving[user.id]
        return changed

    def _rooms_changed(self, user: int) -> None:
        arriving = self._arriving.get(user)
        if arriving is not None:
            arriving.update(dict.fromkeys(arriving, True))

    def arrive(self, session: Sitting, user: User, arrival: Arrival | None) -> Person:
        """A session is logged in, and `arrival` is what its user comes in with; None for one who is here."""
        self._leases.pop(user.id, None)
        person = self.people.get(user.id)
        if person is None:
            assert arrival is not None
            person = self.people[user.id] = Person(user, arrival, self.limits, session.shown_as, self.now)
            self._people_names[user.name] = user.id
            person.ignored = names(arrival.ignored)
            self.ignorers.change(user.id, (), person.ignored)
            for state in arrival.rooms:
                room = self.room(state)
                person.keep(room)
                room.came(person.here)
                room.appoint(user.id, state.role)
                self._has_news(room)
        person.sessions[session] = None
        self._attendance.begin(person, session.shown_as, self.now)
        self._show(person)
        return person

    def depart(self, session: Sitting, person: Person, *, goodbye: bool) -> None:
        """A session has ended; `goodbye`: its user said so. A guest's name is freed, now or later.

        A lost session is shown for a while as if it were there: it may be back before anybody notices.
        """
        self._slowed.pop(session, None)
        del person.sessions[session]
        user = person.user
        last = not person.sessions and user.id not in self._arriving
        if goodbye and last:
            self._say_goodbye(person)
            return
        if not (goodbye and person.sessions):
            self._attendance.lose(person, session.shown_as, self.now)
        self.lease(user)
        self._show(person)

    def dismiss(self, user: int) -> None:
        """Whoever has no session any more is not shown any longer."""
        person = self.people.get(user)
        if person is not None and not person.sessions and user not in self._arriving:
            self._say_goodbye(person)

    def _say_goodbye(self, person: Person) -> None:
        user = person.user
        self._leases.pop(user.id, None)
        self._end(person, self.now)
        if user.kind == "guest":
            self.spawn(self._free_name(user.id))

    def _end(self, person: Person, seen_at: int) -> None:
        user = person.user
        del self.people[user.id]
        self._free_here(user)
        self._attendance.end(person, seen_at)
        self.ignorers.change(user.id, person.ignored, ())
        for room in person.everywhere():
            room.went(user)
            self._has_news(room)
            self._tidy(room)

    def _free_here(self, user: User) -> None:
        """Nobody is found by the name that the user had, unless somebody else has it by now."""
        if self._people_names.get(user.name) == user.id:
            del self._people_names[user.name]

    def lease(self, user: User) -> None:
        """Free a guest's name in a minute, unless the guest arrives."""
        person = self.people.get(user.id)
        if user.kind == "guest" and (person is None or not person.sessions):
            self._leases[user.id] = self.now + self._lease_ms

    async def _free_name(self, guest: int) -> None:
        await self.store.free_name(guest)
        if guest in self.people or guest in self._leases:  # who came back while it was on its way
            await self.store.hold_name(guest)

    def enter(self, user: int, row: RoomRow, by: Sitting | None = None, role: RoomRole = "member") -> Room:
        """The user belongs to this room now; `by`: the session that did it, which knows."""
        self._rooms_changed(user)
        room = self.room(row)
        person = self.people.get(user)
        if person is not None and room.id not in person.rooms and room.id not in person.hidden:
            shown = person.keep(room)
            if room.kind == "direct":
                room.came(person.here)
            else:
                room.joined(person.here)
            room.appoint(user, role)
            self._has_news(room)
            others = [session for session in person.sessions if session is not by]
            if others and shown:
                self.spawn(self._tell_added(person, room, room.head, others))
        return room

    async def _tell_added(self, person: Person, room: Room, head: int, sessions: list[Sitting]) -> None:
        try:
            state = await self.store.room_of(person.user.id, room.id)
        except ChatError:
            for session in sessions:
                session.close(Close.BROKEN)  # otherwise it would never hear the room, nor know of it
            return
        for session in sessions:
            if state is not None and session in person.sessions and room.id in person.rooms:
                session.added(room, replace(state, head=head))

    def expel(self, user: int, room_id: int, by: User, reason: str) -> None:
        """Somebody else took the user out of the room.

        Told by the entry, so that they hear nothing of what was committed after it; and again by whoever did
        it, because they may just have come in by what was committed before.
        """
        self._rooms_changed(user)
        person = self.people.get(user)
        room = None if person is None else person.rooms.get(room_id)
        if person is not None and room is not None:
            self.exit(person, room, removed_by=by, reason=reason)

    def end_account(self, person: Person, rooms: Iterable[int], by: Sitting) -> None:
        """The person has deleted their account, through session `by`, which ends by itself.

        `rooms`: where they ever were, by id.
        """
        user = person.user
        ended = User(user.id, DELETED, user.kind)
        for arriving in self._arriving.values():  # their conversations with this one are over
            arriving.update(dict.fromkeys(arriving, True))
        for session in self._sessions_of(user.id):
            if session is not by:
                session.close(Close.LOGGED_OUT)
        self._free_here(user)
        person.rooms |= person.hidden
        person.hidden.clear()
        for room in list(person.rooms.values()):
            self.exit(person, room, by)
        for room_id in rooms:
            if room_id in self.rooms:
                self._end_in(self.rooms[room_id], ended)
        for one in self.ignorers.of(user.id):
            self.people[one].ignored[user.id] = ended

    def _end_in(self, room: Room, ended: User) -> None:
        """This user has deleted their account, and is or was in the room."""
        room.end(ended)
        if not room.ended:
            return
        for person in self._members_here(room.id):
            for session in person.sessions:
                session.tell(Ended(room=room.id, name=room.called(person.user.id), user=ended))

    def end_bot(self, user: int) -> None:
        """The bot has ended: it is here and in its rooms no longer."""
        self._rooms_changed(user)
        for session in self._sessions_of(user):
            session.close(Close.LOGGED_OUT)
        person = self.people.get(user)
        if person is not None:
            self._free_here(person.user)
            for room in person.everywhere():
                self.exit(person, room)
        self.dismiss(user)

    def destroy(self, room_id: int, by: User) -> None:
        """The room is there no longer: nobody hears more of it, and all are told so, some of them now."""
        self.sanctions.forget_room(room_id)
        for arriving in self._arriving.values():
            arriving.update(dict.fromkeys(arriving, True))
        self._notices.pop(room_id, None)
        self._heads.pop(room_id, None)
        room = self.rooms.pop(room_id, None)
        if room is None:
            return
        del self._room_names[room.name]
        self._news.pop(room, None)
        self._gathering.pop(room, None)
        gone = Removed(room=room_id, by=by, destroyed=True)
        for person in self._members_here(room_id):
            del person.rooms[room_id]
            for session in person.sessions:
                session.drop(room)
                self._bereft.append((session, gone))
        self._tell_bereft()

    def _tell_bereft(self) -> None:
        for _ in range(min(len(self._bereft), TOLD_AT_ONCE)):
            session, gone = self._bereft.popleft()
            session.tell(gone)

    def banish(self, user: int) -> None:
        """End every session of the user, who is not shown any longer if the last one was lost."""
        for session in self._sessions_of(user):
            session.close(Close.BANNED)
        self.dismiss(user)

    def banish_from(self, banned: Callable[[str], bool]) -> None:
        """End every session that comes from such an address, but those of the server's admins."""
        staff = {person.user.id for person in self.people.values() if person.role in ("admin", "owner")}
        for user in {*self.people, *self._arriving} - staff:
            for session in self._sessions_of(user):
                if banned(session.address):
                    session.close(Close.BANNED)

    def exit(
        self,
        person: Person,
        room: Room,
        by: Sitting | None = None,
        removed_by: User | None = None,
        reason: str = "",
    ) -> None:
        """The person is no member of the room any more, by what session `by` or somebody else did."""
        self._rooms_changed(person.user.id)
        if person.rooms.pop(room.id, None) is None:
            return
        for session in person.sessions:
            session.removed(room, session is by, removed_by, reason)
        room.left(person.user)
        self._has_news(room)
        self._tidy(room)

    def ignore(self, person: Person, ignored: list[User], by: Sitting) -> None:
        """The person ignores exactly these from now on, as session `by` said."""
        user = person.user.id
        self._rooms_changed(user)
        before, person.ignored = person.ignored, names(ignored)
        self.ignorers.change(user, before, person.ignored)
        for room in person.everywhere():
            self._show_or_hide(person, room)
        for session in person.sessions:
            if session is not by:
                session.ignoring(ignored)

    def _show_or_hide(self, person: Person, room: Room) -> None:
        hidden = person.hides(room)
        if hidden and room.id in person.rooms:
            person.hidden[room.id] = person.rooms.pop(room.id)
            for session in person.sessions:
                session.removed(room, by_itself=False)
        elif not hidden and room.id in person.hidden:
            person.rooms[room.id] = person.hidden.pop(room.id)
            self.spawn(self._tell_added(person, room, room.head, list(person.sessions)))

    def appoint(self, user: int, role: ServerRole, by: User | None = None) -> None:
        """The user has this role on the server now; it counts from the next command on."""
        self._rooms_changed(user)
        person = self.people.get(user)
        if person is not None:
            person.role = role
            for session in person.sessions:
                session.appointed(role, None, by)

    def appoint_in(self, room_id: int, user: int, role: RoomRole, by: User) -> None:
        """The user has this role in the room now; it counts from the next command on."""
        self._rooms_changed(user)
        person = self.people.get(user)
        room = None if person is None else person.rooms.get(room_id)
        if person is not None and room is not None:
            room.appoint(user, role)
            for session in person.sessions:
                session.appointed(role, room_id, by)

    def tell_of_report(self, filed: Filed) -> None:
        """Tell those who are to deal with it and are here."""
        room, author = filed.report.room, filed.report.author.id
        keepers = self.rooms[room].roles if room in self.rooms else {}
        for user, person in self.people.items():
            keeps = person.role in ("owner", "admin") if filed.for_server else user in keepers
            if keeps and user != author:
                report = as_seen(filed, room in person.rooms)
                for session in person.sessions:
                    session.tell(Reported(report=report))

    def tell_of_invitation(self, user: int, event: Invited | Uninvited, but: Sitting | None = None) -> None:
        """The user is invited, or is no longer; who is just arriving reads it with the rooms."""
        self._rooms_changed(user)
        person = self.people.get(user)
        if person is None or (isinstance(event, Invited) and event.by.id in person.ignored):
            return
        for session in person.sessions:
            if session is not but:
                session.tell(event)

    def changed(self, user: User, role: ServerRole) -> None:
        """Somebody is another kind of user now, under the same id and name."""
        person = self.people.get(user.id)
        if person is not None:
            person.user, person.role = user, role
            self._show(person)

    def set_status(self, person: Person, status: str) -> None:
        """Other words are shown beside their name."""
        self._rooms_changed(person.user.id)
        person.status = status
        self._show(person)

    def set_away(self, person: Person, away: str | None) -> None:
        """They went away and left these words; None: they are back."""
        self._rooms_changed(person.user.id)
        person.away = away
        self._show(person)

    def appeared(self, appearance: Appearance) -> None:
        """Somebody wants to be seen so from now on: those who are in a room with them are told."""
        person = self.people.get(appearance.id)
        for room in person.everywhere() if person is not None else ():
            room.company.appeared(appearance)
            self._has_news(room)

    def active(self, person: Person) -> None:
        """Somebody who is here did something."""
        if person.active_at != self.now:
            was_idle = person.idle
            self._attendance.active(person, self.now)
            if was_idle:
                self._show(person)

    def _show(self, person: Person) -> bool:
        """Let the others see how somebody is present; whether that is another way than before."""
        changed = self._attendance.see(person)
        if changed:
            for room in person.everywhere():
                room.changed(person.here)
                self._has_news(room)
        return changed

    def log_out(self, user: int, digest: bytes, but: Sitting | None = None) -> None:
        """End every session of the user that came with this token, or is about to arrive with it."""
        for session in self._sessions_of(user):
            if session.token_digest == digest and session is not but:
                session.close(Close.LOGGED_OUT)
        self.dismiss(user)

    def log_out_others(self, user: int, keep: bytes | None) -> None:
        """End every session of the user that came, or is about to arrive, with any token but this."""
        for session in self._sessions_of(user):
            if session.token_digest != keep:
                session.close(Close.LOGGED_OUT)

    def _sessions_of(self, user: int) -> list[Sitting]:
        person = self.people.get(user)
        return [*(person.sessions if person is not None else ()), *self._arriving.get(user, ())]

    # Time.

    def slow(self, session: Sitting) -> None:
        """Let this session tick until it is fast enough again."""
        self._slowed[session] = None

    def tick(self, now: int) -> None:
        """Let time pass; called several times a second."""
        self.now = now
        slowed, self._slowed = self._slowed, {}
        for session in slowed:
            session.tick(now)
        self._tell_bereft()
        self._doze()
        for room in [room for room in self._news if room.tell_news(now)]:
            del self._news[room]
        for room in [room for room in self._gathering if room.tell_gathered(now, self.deaf_to)]:
            del self._gathering[room]
        for person, lost_at in self._attendance.faded(now).items():
            if not self._attendance.stays(person):
                self._end(person, lost_at)
            elif self._show(person) and not person.here.frontends:
                self._attendance.hide(person, lost_at)
        for person in self._attendance.dozed_off(now):
            self._show(person)
        self._keep_gone()
        for guest in [guest for guest, until in self._leases.items() if until <= now]:
            del self._leases[guest]
            self.spawn(self._free_name(guest))
        if now - self._forgot_at >= MINUTE_MS:
            self._forgot_at = now
            self.doors.forget(now)
            self.accounts.forget(now)
            self.links.forget(now)
            self.reports.forget(now)

    def _doze(self) -> None:
        if self.now - self._dozed_at >= DOZE_MS:
            self._dozed_at = self.now
            self._dozing = deque(self.rooms.values())
        for _ in range(min(len(self._dozing), DOZING_AT_ONCE)):
            self._dozing.popleft().doze()

    def _keep_gone(self) -> None:
        gone = self._attendance.take_gone(self.now)
        if gone:
            self.spawn(self._keep_seen(gone))

    async def _keep_seen(self, ago: dict[int, int]) -> None:
        await self.store.saw(ago)

    def sleep(self) -> None:
        """End: everybody who is here is gone, and that is stored."""
        for person in self.people.values():
            self._attendance.end(person, self.now)
        self._keep_gone()

    def prepare(self, now: int) -> None:
        """Know what was decided before, while nobody can come yet; blocks."""
        self.now = self._forgot_at = self._dozed_at = now
        for one in self.store.all_sanctions():
            self.sanctions.impose(one, now)
        locked = self.store.lockdown()
        if locked is not None:
            self.accounts.lockdown.begin(locked, now)

    async def finish_purges(self) -> None:
        """Remove what somebody asked to be removed."""
        await self.store.finish_purges()

    def forget_old(self) -> None:
        """Begin to remove what rooms keep no longer, and what was in rooms that are deleted; called now and
        then, and when there is something."""
        self._forget_again = True
        if not self._forgetting:
            self._forgetting = True
            self.spawn(self._forget_old())

    async def _forget_old(self) -> None:
        try:
            while self._forget_again:
                self._forget_again = False
                await self.store.forget_old(self._forgot)
        finally:
            self._forgetting = False

    def _forgot(self, room_id: int, upto: int) -> None:
        room = self.rooms.get(room_id)
        if room is not None:
            room.forget(upto)

    async def wake(self) -> None:
        """Begin: guests whose names are held from before have a minute to come back; what was left undone is
        done."""
        self.spawn(self.finish_purges())
        self.forget_old()
        for guest in await self.store.guests_holding_names():
            if guest not in self.people:
                self._leases.setdefault(guest, self.now + GRACE_MS)
