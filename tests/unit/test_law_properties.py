"""Whoever may not, cannot: by any sequence of commands, of any number of sessions, at once or together.

What comes of each command is held against `tests/unit/law.py`, and what everybody is sent and what is written
against what that law says is the case. 240 times 420 deeds are more than 100,000.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec
from hypothesis import given, note, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chatd.model import (
    Answer,
    Appointed,
    Archive,
    AskLimits,
    Attach,
    Attaching,
    Audit,
    Ban,
    CloseReport,
    Code,
    Command,
    Configure,
    Configured,
    Create,
    Decline,
    Delete,
    Destroy,
    Detach,
    Direct,
    Draw,
    Edit,
    Edited,
    Entry,
    Error,
    Event,
    History,
    Invite,
    InviteCodes,
    Invited,
    Join,
    Kick,
    Leave,
    ListUsers,
    LockDown,
    LoggedIn,
    Login,
    MakeLink,
    Members,
    Mentions,
    Mute,
    Noticed,
    Openings,
    Pin,
    Pins,
    Position,
    Purge,
    React,
    Read,
    ReadTo,
    Register,
    Removed,
    Rename,
    Report,
    Reported,
    ReportList,
    ReportMessage,
    Reports,
    Role,
    RoomRef,
    RoomRole,
    Rooms,
    Said,
    Sanctions,
    Say,
    Sessions,
    Stored,
    Topic,
    Typing,
    Unban,
    Uninvite,
    Uninvited,
    Unmute,
    Who,
    text_of,
)
from tests.unit.core_peer import ANSWERS, PASSWORD, UNLIMITED, Core, Peer
from tests.unit.law import LOBBY, STAFF, Law, Place, granted

EXAMPLES = 240
DEEDS = 420
BURST = 5
"""So many commands are under way at once, now and then."""

FORBIDDING = {Code.NO_SUCH_ROOM, Code.NOT_A_MEMBER, Code.FORBIDDEN, Code.BANNED, Code.MUTED}
"""How somebody is told that they may not."""

PEOPLE = ("ulf", "una", "gus", "ada", "olga")
"""Two users, a guest, an admin and the owner of the server."""
SEATS = ("ulf", "una", "gus", "ada", "olga", "una", "gus", "ulf")
"""Whose the sessions are; those of the second half are lines."""
NAMES = ("plaza", "znest", "zcave", "zattic")
"""What rooms are called; those with a z may be private."""
REFS: tuple[RoomRef, ...] = (2, 3, 4, LOBBY, 5, 6, "plaza", "znest", "zcave", "ZATTIC", 7, "lobby", 99)
ROLES: tuple[RoomRole, ...] = ("member", "moderator", "owner")
SERVER_ROLES: tuple[Literal["user", "admin", "owner"], ...] = ("user", "admin", "owner")
TEXT = re.compile(r"q\d+q")
NOT_FOR_MEMBERS_ONLY = (Error, ReadTo, Stored, Invited, Uninvited, Removed, Configured, Appointed)
"""What tells of a room, or of what one did there oneself, or to somebody who is in it no longer."""


@dataclass
class Sight:
    """Something that was received, and from whom the law would have kept it at that moment."""

    who: str
    event: Event
    hidden: set[int]
    """The rooms of which it told, and to which they did not belong."""
    names: set[str]
    """The names that it told, of rooms that were not for them to know."""
    reports: set[int] = field(default_factory=set)
    """The reports that it told of, and with which they had nothing to do."""


class World:
    """People with their sessions, and beside them the law."""

    def __init__(self) -> None:
        self.core = core = Core(replace(UNLIMITED, reports_per_minute=0), owner="olga")
        publish = core.store.publish

        def published(entry: Entry) -> None:
            if isinstance(entry, Said | Edited):
                self.texts[text_of(entry).partition(" ")[0]] = (
                    entry.room,
                    entry.target if isinstance(entry, Edited) else entry.seq,
                )
            if isinstance(entry, Noticed) and entry.what in ("kicked", "banned") and entry.about is not None:
                self.put_out.add((entry.room, entry.about.name))
            publish(entry)

        core.store.publish = published
        olga = core.connect(local=True)
        olga.expect(LoggedIn, Register(name="olga", password=PASSWORD))
        peers = {"olga": olga} | {name: core.account(name) for name in ("ulf", "una", "ada")}
        peers["gus"] = core.guest("gus")
        self.ids = {name: peer.user.id for name, peer in peers.items()}
        self.law = Law({"ulf": "user", "una": "user", "gus": "guest", "ada": "user", "olga": "owner"})
        self.law.places[LOBBY] = Place("public", "lobby", dict.fromkeys(PEOPLE, "member"))
        self.law.names["lobby"] = LOBBY
        self.texts: dict[str, tuple[int, int]] = {}
        """Of which room's which message each text is, or was."""
        self.asked: dict[str, tuple[str, Command]] = {}
        self.put_out: set[tuple[int, str]] = set()
        """Who was put out of which room, as far as its log tells; the answer comes when all were told."""
        self.public: set[str] = set()
        """Names that a public room has had: of them everybody may read, whatever else is called so now."""
        self.left: list[tuple[str, Place]] = []
        """Who has left where in this batch: one who does so twice is told nothing new the second time."""
        self.sights: list[Sight] = []
        self.wrongs: list[Exception] = []
        """What was found while something was received."""
        self.holding = False
        self.burst: list[RoomRef] = []
        """Where the next commands take effect, which come one right after the other."""
        self.count = 0
        self.peers: list[Peer] = []
        for seat, name in enumerate(SEATS):
            again = seat >= len(PEOPLE)
            self.peers.append(core.again(peers[name], follow=True) if again else peers[name])
            self._watch(seat)
        self.do(4, Role("ada", "admin"))
        self.do(1, Create("plaza"))
        self.do(0, Create("znest", kind="private"))
        self.do(0, Invite(3, "gus"))
        self.do(0, Direct(user="una"))
        for seat in (2, 3):
            self.do(seat, Join(2))

    def _watch(self, seat: int) -> None:
        outbox, who = self.peers[seat].client.outbox, SEATS[seat]
        notice = outbox.on_received

        def on_received(event: Event) -> None:
            notice(event)
            try:
                self.see(who, event)
            except Exception as error:  # the core would take it for a fault of its own
                self.wrongs.append(error)

        outbox.on_received = on_received
        outbox.received.clear()

    # What is seen.

    def see(self, who: str, event: Event) -> None:
        if isinstance(event, ANSWERS) and event.id in self.asked:
            self.answered(*self.asked.pop(str(event.id)), event)
        if isinstance(event, Error):
            return
        told = msgspec.json.encode(event).decode()
        rooms = {self.texts[text][0] for text in TEXT.findall(told)}
        for text in TEXT.findall(told):
            room, seq = self.texts[text]
            assert seq not in self.law.places[room].gone, f"{who} was sent a text that is gone: {event}"
        reports = reports_in(event)
        if reports:  # they show a text to whoever is to judge it, wherever it was said
            rooms = {one.room for one in reports if one.room is not None and not self._is_public(one.room)}
        about = getattr(event, "room", None)
        if isinstance(about, int) and not isinstance(event, NOT_FOR_MEMBERS_ONLY):
            mine = isinstance(event, Noticed) and event.about is not None and event.about.name == who
            rooms |= set() if mine else {about}
        names = set()
        if not isinstance(
            event, Attaching | Invited | Uninvited
        ):  # which name what was asked for, or asked into
            names = {name for name in NAMES if f'"{name}"' in told}
        sight = Sight(who, event, rooms, names, {one.report for one in reports})
        if not self._may_see(sight):
            self.sights.append(sight)

    def _may_see(self, sight: Sight) -> bool:
        """Take out of it what the law lets them see now."""
        law, who = self.law, sight.who
        sight.hidden = {room for room in sight.hidden if who not in self._members(room)}
        secret = sight.names - self.public
        sight.names = {name for name in secret if not self._knows(who, law.place(name))}
        sight.reports = {number for number in sight.reports if not law.judges(who, number)}
        return not (sight.hidden or sight.names or sight.reports)

    def _number_of(self, place: Place) -> int:
        return next(room for room, one in self.law.places.items() if one is place)

    def _is_public(self, room: int) -> bool:
        return room in self.law.places and self.law.places[room].kind == "public"

    def _members(self, room: int) -> list[str]:
        place = self.law.places.get(room)
        return [] if place is None else [who for who in place.members if (room, who) not in self.put_out]

    def _knows(self, who: str, place: Place | None) -> bool:
        return place is None or self.law.sees(who, place) or who in place.invited

    # What is done.

    def do(self, seat: int, command: Command) -> None:
        """Ask for this on this session, if it is open."""
        who, peer = SEATS[seat], self.peers[seat]
        if peer.closed is not None:
            return
        if self.holding and (
            isinstance(command, Purge) or (isinstance(command, Ban) and command.room is None)
        ):
            return  # the one takes more than a batch; the other ends sessions that would have been answered
        self.count += 1
        asked = str(self.count)
        self.asked[asked] = who, command
        self.law.now = self.core.now
        may = self.law.may(who, command)
        possible = self._is_possible(command)
        peer.tell(replace(command, id=asked))
        if not self.holding:
            answer = next(
                (one for one in peer.client.outbox.received if getattr(one, "id", None) == asked), None
            )
            assert answer is not None or peer.closed is not None, "no answer"
            if may and possible and isinstance(answer, Error):
                assert answer.code not in FORBIDDING | {Code.TOO_FAST}, (
                    f"{who} was refused what is theirs: {answer.text}"
                )
            hidden = self._hidden(who, command)
            if hidden is not None and isinstance(answer, Error):
                assert (Code.NO_SUCH_ROOM, f'There is no room called "{hidden}".') == (
                    answer.code,
                    answer.text,
                )
            self.left.clear()
            self.compare()
        for one in self.peers:
            one.client.outbox.received.clear()

    def answered(self, who: str, command: Command, answer: Answer) -> None:
        """It was done, or not: then the law has it so."""
        self.law.now = self.core.now
        if isinstance(answer, Error) or not granted(answer):
            return
        leaving = self.law.place(command.room) if isinstance(command, Leave) else None
        again = any(one == who and place is leaving for one, place in self.left)
        assert again or self.law.may(who, command), f"{who} could {command}"
        if leaving is not None:
            self.left.append((who, leaving))
        self.law.done(who, command, answer)
        places = self.law.places
        self.public |= {
            name for name, room in self.law.names.items() if room in places and places[room].kind == "public"
        }
        if isinstance(command, Kick | Ban | Join):
            self.put_out.clear()
        self.sights = [sight for sight in self.sights if not self._may_see(sight)]

    def _is_possible(self, command: Command) -> bool:
        """Whether nothing but the law stands in the way, as far as refusals do not tell it by their codes."""
        match command:
            case Kick():
                place = self.law.place(command.room)
                return place is not None and command.user in place.members
            case Leave() | Read():
                return self.law.place(command.room) is not None
            case Delete():
                place = self.law.place(command.room)
                return place is not None and command.target in place.said
            case Invite():
                place = self.law.place(command.room)
                return place is not None and command.user not in place.members | dict.fromkeys(place.banned)
        return True

    def _hidden(self, who: str, command: Command) -> RoomRef | None:
        """What names a room in it that is hidden from them."""
        ref = getattr(command, "room", None)
        place = None if ref is None else self.law.place(ref)
        if place is None or self._knows(who, place) or isinstance(command, Decline):
            return None
        return ref

    def come_back(self, seat: int) -> None:
        """Log in again on another connection, if the law lets them."""
        who, old = SEATS[seat], self.peers[seat]
        if self.holding or (self.law.server[who] == "guest" and old.closed is not None):
            return  # a guest who was thrown out has no token any more
        self.law.now = self.core.now
        if self.law.locked and who != "gus" and self.law.server[who] not in STAFF:
            assert Code.FORBIDDEN is self.core.connect().refused(Login(name=who, password=PASSWORD)).code
            return
        old.lose()
        peer = self.peers[seat] = self.core.connect(follow=seat >= len(PEOPLE))
        login = Login(name=who, password=PASSWORD) if who != "gus" else Login(token=old.token)
        peer.token = old.token
        self._watch(seat)
        peer.tell(login)
        assert (who in self.law.banned) is (peer.session.person is None)
        if who in self.law.banned:
            peer.client.closed = peer.client.closed or old.client.closed

    def hold(self, ref: RoomRef) -> None:
        """Let what is to be written wait for the next commands, which are about the same room."""
        if not self.burst:
            self.core.store.hold()
            self.holding = True
            self.burst = [ref] * BURST

    def release(self) -> None:
        """Write it, in one batch."""
        self.burst.clear()
        self.core.store.release()
        self.holding = False
        self.left.clear()
        self.compare()

    def pass_time(self) -> None:
        self.core.pass_time()

    def compare(self) -> None:
        """What was seen was theirs before it was asked or after, and what is written is what the law says."""
        for wrong in self.wrongs:
            raise wrong
        for sight in self.sights:
            assert self._may_see(sight), f"{sight.who} was sent {sight.event}"
        self.sights.clear()
        law, ids, rows = self.law, self.ids, self.core.store.rows
        members = {
            (room, ids[who], role) for room, one in law.places.items() for who, role in one.members.items()
        }
        assert members == set(
            rows(
                "SELECT room, user, role FROM members JOIN rooms ON id = room WHERE member AND NOT destroyed"
            )
        )
        staff = {(ids[who], role) for who, role in law.server.items() if role in ("admin", "owner")}
        assert staff == set(rows("SELECT id, role FROM users WHERE role IS NOT NULL"))
        sanctions: set[tuple[str, int | None, int]] = {("ban", None, ids[who]) for who in law.banned} | {
            ("mute", None, ids[who]) for who in law.muted
        }
        for room, one in law.places.items():
            sanctions |= {("ban", room, ids[who]) for who in one.banned}
            sanctions |= {("mute", room, ids[who]) for who in one.muted}
        assert sanctions == set(rows("SELECT kind, room, user FROM sanctions"))
        complaints = {
            (number, self._number_of(one.place), one.target, ids[one.by], ids[one.author])
            for number, one in law.complaints.items()
        }
        assert complaints == set(
            rows("SELECT id, room, seq, by, author FROM reports WHERE closed_at IS NULL")
        )
        if self.count % 16 == 0:
            said = {
                (room, seq, ids[who]) for room, one in law.places.items() for seq, who in one.said.items()
            }
            found = rows(
                "SELECT room, seq, author FROM entries JOIN rooms ON id = room "
                "WHERE entries.kind = 'said' AND NOT deleted AND NOT destroyed"
            )
            assert said == set(found)


def reports_in(event: Event) -> list[Report]:
    """What was reported, as far as it tells that."""
    match event:
        case Reported():
            return [event.report]
        case ReportList():
            return event.reports
        case _:
            return []


# What can be drawn: each makes a command of a room, somebody, and a number.

Making = Callable[["World", RoomRef, str, int], Command]


def text(world: World) -> str:
    return f"q{world.count}q"


def target(world: World, ref: RoomRef, number: int) -> int:
    """A message that is in the room, if one is."""
    place = world.law.place(ref)
    said = [1] if place is None or not place.said else [*place.said][-6:]
    return said[number % len(said)]


def name_of(world: World, ref: RoomRef) -> str:
    place = world.law.place(ref)
    return "" if place is None else place.name


def code(world: World, number: int) -> str:
    codes = [*world.law.links] or ["none"]
    return "+" + codes[number % len(codes)]


COMMANDS: list[Making] = [
    *[lambda world, ref, whom, number: Say(room=ref, text=text(world))] * 6,
    *[lambda world, ref, whom, number: Join(ref)] * 5,
    *[lambda world, ref, whom, number: Role(whom, ROLES[number % 3], room=ref)] * 3,
    *[lambda world, ref, whom, number: Kick(ref, whom)] * 2,
    lambda world, ref, whom, number: Ban(whom, room=ref),
    *[lambda world, ref, whom, number: Unban(whom, room=ref)] * 2,
    lambda world, ref, whom, number: Mute(whom, room=ref),
    *[lambda world, ref, whom, number: Unmute(whom, room=ref)] * 2,
    *[lambda world, ref, whom, number: Invite(ref, whom)] * 2,
    lambda world, ref, whom, number: Uninvite(ref, user=whom),
    lambda world, ref, whom, number: MakeLink(ref, uses=1 + number % 2),
    *[lambda world, ref, whom, number: Join(code(world, number))] * 2,
    lambda world, ref, whom, number: Openings(ref),
    lambda world, ref, whom, number: Decline(ref),
    lambda world, ref, whom, number: Leave(ref),
    *[lambda world, ref, whom, number: Edit(ref, target(world, ref, number), text(world))] * 2,
    *[lambda world, ref, whom, number: Delete(ref, target(world, ref, number))] * 2,
    *[lambda world, ref, whom, number: React(ref, target(world, ref, number), "👍", on=number % 3 > 0)] * 2,
    lambda world, ref, whom, number: Pin(ref, target(world, ref, number), on=number % 3 > 0),
    lambda world, ref, whom, number: Pins(ref),
    lambda world, ref, whom, number: Draw(ref, target(world, ref, number)),
    lambda world, ref, whom, number: Purge(user=whom, room=ref),
    lambda world, ref, whom, number: Archive(ref),
    lambda world, ref, whom, number: Destroy(ref, name_of(world, ref)),
    *[lambda world, ref, whom, number: Archive(ref, on=False)] * 2,
    lambda world, ref, whom, number: Topic(ref, f"about {number}"),
    lambda world, ref, whom, number: Topic(ref),
    *[lambda world, ref, whom, number: Configure(ref, moderated=number % 3 == 0)] * 2,
    lambda world, ref, whom, number: Configure(ref),
    *[lambda world, ref, whom, number: Configure(ref, slow_seconds=number % 3)] * 2,
    lambda world, ref, whom, number: LockDown(minutes=number % 2, slow_seconds=number % 3),
    *[lambda world, ref, whom, number: LockDown(minutes=0)] * 2,
    *[lambda world, ref, whom, number: Say(room=ref, text=f"{text(world)} @{whom}")] * 2,
    lambda world, ref, whom, number: Mentions(),
    lambda world, ref, whom, number: Direct(users=[whom, PEOPLE[number % 5]]),
    lambda world, ref, whom, number: Rename(ref, NAMES[number % 4]),
    *[lambda world, ref, whom, number: History(ref)] * 2,
    lambda world, ref, whom, number: Attach(rooms=[Position(ref, 0)]),
    lambda world, ref, whom, number: Detach(ref),
    lambda world, ref, whom, number: Who(ref),
    lambda world, ref, whom, number: Members(ref),
    lambda world, ref, whom, number: Read(ref, 1),
    lambda world, ref, whom, number: Typing(ref),
    *[lambda world, ref, whom, number: ReportMessage(ref, target(world, ref, number))] * 2,
    lambda world, ref, whom, number: Reports(ref),
    lambda world, ref, whom, number: Reports(),
    *[lambda world, ref, whom, number: CloseReport(1 + number % (world.law.complained + 1))] * 2,
    lambda world, ref, whom, number: Sanctions(ref),
    lambda world, ref, whom, number: Audit(ref),
    *[lambda world, ref, whom, number: Create(NAMES[number % 4], kind="private" if number % 4 else "public")]
    * 2,
    lambda world, ref, whom, number: Direct(user=whom),
    lambda world, ref, whom, number: Rooms(),
    lambda world, ref, whom, number: Sanctions(),
    lambda world, ref, whom, number: Audit(),
    lambda world, ref, whom, number: InviteCodes(),
    lambda world, ref, whom, number: ListUsers(),
    lambda world, ref, whom, number: AskLimits(),
    lambda world, ref, whom, number: Sessions(user=whom),
    lambda world, ref, whom, number: Ban(whom),
    *[lambda world, ref, whom, number: Unban(whom)] * 2,
    lambda world, ref, whom, number: Mute(whom),
    *[lambda world, ref, whom, number: Unmute(whom)] * 2,
    lambda world, ref, whom, number: Role(whom, SERVER_ROLES[number % 3]),
]
OTHERS: list[Callable[[World, int, RoomRef], None]] = [
    *[lambda world, seat, ref: world.come_back(seat)] * 2,
    *[lambda world, seat, ref: world.hold(ref)] * 8,
    *[lambda world, seat, ref: world.pass_time()] * 2,
]
OTHER_NAMES = "come_back come_back hold hold hold hold hold hold hold hold pass_time pass_time".split()


def carry_out(world: World, deed: int) -> None:
    """A number is a deed: nothing, a command of some session, or something else that happens."""
    if deed == 0:
        return
    deed, seat = divmod(deed, len(SEATS))
    deed, kind = divmod(deed, len(COMMANDS) + len(OTHERS))
    deed, whom = divmod(deed, len(PEOPLE))
    deed, number = divmod(deed, len(REFS))
    ref = world.burst.pop() if world.burst else REFS[number]
    if kind >= len(COMMANDS):
        note(f"{SEATS[seat]}/{seat}: {OTHER_NAMES[kind - len(COMMANDS)]} {ref}")
        OTHERS[kind - len(COMMANDS)](world, seat, ref)
    else:
        command = COMMANDS[kind](world, ref, PEOPLE[whom], deed)
        note(f"{SEATS[seat]}/{seat}: {command}")
        world.do(seat, command)
    if world.holding and not world.burst:
        world.release()


@settings(max_examples=EXAMPLES)
@given(st.lists(st.integers(0, 2**22), min_size=DEEDS, max_size=DEEDS))
def test_whoever_may_not_cannot(deeds: list[int]) -> None:
    world = World()
    for deed in deeds:
        carry_out(world, deed)
    world.release()
    world.core.check()
