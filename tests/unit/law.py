"""The law of docs/permissions.md told again, in other words than the core's, over a world of its own."""

from dataclasses import dataclass, field

from chatd.model import (
    Answer,
    Archive,
    AskLimits,
    Attach,
    Attaching,
    Audit,
    Ban,
    CloseReport,
    Command,
    Configure,
    Create,
    Decline,
    Delete,
    Destroy,
    Detach,
    Direct,
    Draw,
    Edit,
    Entered,
    History,
    Invite,
    InviteCodes,
    Join,
    Kick,
    Leave,
    ListUsers,
    LockDown,
    MakeLink,
    Members,
    Mentions,
    Mute,
    Opened,
    Openings,
    Pin,
    Pins,
    Purge,
    React,
    Read,
    Rename,
    ReportMessage,
    Reports,
    Role,
    RoomRef,
    Rooms,
    Sanctions,
    Say,
    Sessions,
    Stored,
    Topic,
    Typing,
    Unban,
    Uninvite,
    Unmute,
    Who,
)

LOBBY = 1
STAFF = {"admin": 5, "owner": 6}
RANKS = {"member": 2, "moderator": 3, "owner": 4}


@dataclass
class Place:
    """A room."""

    kind: str
    name: str = ""
    members: dict[str, str] = field(default_factory=dict)
    """Who belongs to it, and what they are there."""
    moderated: bool = False
    archived: bool = False
    invited: set[str] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    slow_seconds: int = 0
    spoke_at: dict[str, int] = field(default_factory=dict)
    """When somebody who has to wait after each message said one, in milliseconds."""
    wrote: dict[int, str] = field(default_factory=dict)
    """Who wrote each message, by seq."""
    gone: set[int] = field(default_factory=set)
    """The messages that were taken out."""

    @property
    def said(self) -> dict[int, str]:
        """Who wrote what is still there."""
        return {seq: who for seq, who in self.wrote.items() if seq not in self.gone}


@dataclass
class Complaint:
    """A report that nobody has closed."""

    place: Place
    target: int
    by: str
    author: str


@dataclass
class Law:
    """What is the case, and so who may do what."""

    server: dict[str, str]
    """What everybody is on the server: guest, user, admin, owner."""
    places: dict[int, Place] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    """Which rooms are, or were, called so."""
    links: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By code, where it leads, and for how many more."""
    banned: set[str] = field(default_factory=set)
    muted: set[str] = field(default_factory=set)
    complaints: dict[int, Complaint] = field(default_factory=dict)
    """By the numbers that they were given in turn."""
    complained: int = 0
    """How many there have been."""
    now: int = 0
    """Milliseconds."""
    locked_until: int = 0
    locked_seconds: int = 0
    """How slow every room is meanwhile."""

    @property
    def locked(self) -> bool:
        """Whether nobody new comes in."""
        return self.now < self.locked_until

    def place(self, ref: RoomRef) -> Place | None:
        """The room that this names."""
        room = self.names.get(ref.lower(), 0) if isinstance(ref, str) else ref
        return self.places.get(room)

    def direct(self, first: str, second: str) -> Place | None:
        """The conversation of these two."""
        for place in self.places.values():
            if place.kind == "direct" and place.members.keys() == {first, second}:
                return place
        return None

    def rank(self, who: str, place: Place) -> int:
        """How high somebody stands in a room; 0: they have no part in it."""
        if place.kind == "direct":
            return 2 if who in place.members else 0
        staff = STAFF.get(self.server[who], 0)
        if who in place.members:
            return max(staff, RANKS[place.members[who]])
        return staff if place.kind == "public" else 0

    def sees(self, who: str, place: Place) -> bool:
        """Whether the room exists for them."""
        return place.kind == "public" or who in place.members

    def speaks(self, who: str, place: Place) -> bool:
        """Whether they may say something there now."""
        return self.takes_part(who, place) and (not place.moderated or self.rank(who, place) >= 3)

    def slowness_ms(self, who: str, place: Place) -> int:
        """How long they wait there from one message to the next."""
        if self.server[who] in STAFF or self.rank(who, place) >= 3:
            return 0
        return max(place.slow_seconds, self.locked_seconds if self.locked else 0) * 1_000

    def waits(self, who: str, place: Place) -> bool:
        """Whether it is too soon for another message of theirs."""
        spoke_at = place.spoke_at.get(who)
        return spoke_at is not None and self.now < spoke_at + self.slowness_ms(who, place)

    def takes_part(self, who: str, place: Place) -> bool:
        """Whether they may leave any trace there."""
        silenced = who in place.muted or who in self.muted
        return who in place.members and not silenced and not place.archived

    def keeps_order(self, who: str, place: Place, least: int = 3) -> bool:
        """Whether they have power in a room."""
        return place.kind != "direct" and self.rank(who, place) >= least

    def judges(self, who: str, number: int) -> bool:
        """Whether they deal with this report."""
        complaint = self.complaints.get(number)
        if complaint is None or complaint.author == who:
            return False
        place = complaint.place
        keepers = {one for one, role in place.members.items() if RANKS[role] > RANKS["member"]}
        if place.kind == "direct" or not keepers - {complaint.author}:
            return self.server[who] in STAFF
        return self.keeps_order(who, place)

    def may(self, who: str, command: Command) -> bool:
        """Whether somebody may do this, were it possible."""
        match command:
            case Rooms() | Create() | Direct() | Decline() | Mentions():
                return True
            case LockDown():
                return self.server[who] in STAFF
            case InviteCodes() | ListUsers() | AskLimits() | Sanctions(room=None) | Audit(room=None):
                return self.server[who] in STAFF
            case Reports(room=None):
                return self.server[who] in STAFF
            case Ban(room=None) | Unban(room=None) | Mute(room=None) | Unmute(room=None):
                mine, theirs = STAFF.get(self.server[who], 0), STAFF.get(self.server[str(command.user)], 0)
                return mine > theirs
            case Sessions() if command.user == who:
                return True
            case Sessions():
                return STAFF.get(self.server[who], 0) > STAFF.get(self.server[str(command.user)], 0)
            case CloseReport():
                return self.judges(who, command.report)
            case Role(room=None):
                return self._may_appoint(who, str(command.user), command.role)
            case Attach(rooms=[position]):
                place = self.place(position.room)
                return place is not None and who in place.members
            case Join(room=str() as ref) if ref.startswith("+"):
                room, uses = self.links.get(ref[1:], (0, 0))
                place = self.places.get(room)
                if place is None or who in place.members:
                    return place is not None
                return uses > 0 and who not in place.banned and not place.archived
        place = self.place(getattr(command, "room", None) or 0)
        if place is None:
            return isinstance(command, Leave | Read)  # of what was deleted a moment ago; nobody else notices
        return self._may_in(place, who, command)

    def _may_in(self, place: Place, who: str, command: Command) -> bool:
        inside, talk = who in place.members, place.kind == "direct"
        match command:
            case Join():
                asked = place.kind == "public" or (place.kind == "private" and who in place.invited)
                return inside or (asked and who not in place.banned and not place.archived)
            case Say():
                return self.speaks(who, place) and not self.waits(who, place)
            case Typing():
                heard = not place.moderated or self.rank(who, place) >= 3
                return inside and heard and not place.archived
            case Edit():
                return self.speaks(who, place) and place.said.get(command.target) == who
            case Delete():
                author = place.wrote.get(command.target)
                return inside if author == who else self.keeps_order(who, place)
            case React():
                return self.takes_part(who, place)
            case Pin():
                pins = self.rank(who, place) >= 3 or (place.kind != "public" and not place.moderated)
                return self.takes_part(who, place) and pins
            case Topic(text=str()):
                return self.speaks(who, place) and not talk
            case Topic() | History() | Pins() | Draw() | Who() | Members() | Read() | Detach():
                return inside
            case Leave():
                return inside and not talk
            case Invite() | Uninvite() | MakeLink() | Openings():
                return inside and not talk and not place.archived
            case Kick() | Ban() | Unban() | Mute() | Unmute() | Purge():
                above = self.rank(who, place) > self.rank(str(command.user), place)
                return self.keeps_order(who, place) and above
            case ReportMessage():
                return inside and place.said.get(command.target, who) != who
            case Sanctions() | Audit() | Reports():
                return self.keeps_order(who, place)
            case Configure(moderated=None, slow_seconds=None):
                return self.sees(who, place)
            case Rename() | Archive() | Destroy() if place is self.places[LOBBY]:
                return False
            case Configure() | Rename() | Archive() | Destroy():
                return self.keeps_order(who, place, 4)
            case Role():
                return self._may_appoint_in(place, who, str(command.user), command.role)
        raise AssertionError(f"the law has no word about {command}")

    def _may_appoint(self, who: str, whom: str, role: str) -> bool:
        mine, theirs = STAFF.get(self.server[who], 0), STAFF.get(self.server[whom], 0)
        if who == whom and mine >= max(5, STAFF.get(role, 0)):
            last = mine == 6 and [*self.server.values()].count("owner") == 1
            return role == "owner" or not last
        return mine == 6 and mine > theirs and self.server[whom] != "guest"

    def _may_appoint_in(self, place: Place, who: str, whom: str, role: str) -> bool:
        mine = self.rank(who, place)
        if who == whom:
            return place.kind != "direct" and who in place.members and mine >= max(3, RANKS[role])
        return self.keeps_order(who, place, 4) and whom in place.members and mine > self.rank(whom, place)

    def done(self, who: str, command: Command, answer: Answer) -> None:
        """It was done: what is the case from now on."""
        match command, answer:
            case Create(), Entered(rooms=[state]):
                self.places[state.room] = Place(command.kind, command.name, {who: "owner"})
                self.names[command.name] = state.room
            case Direct(), Entered(rooms=[state]):
                people = (who, *map(str, command.users or [str(command.user)]))
                self.places.setdefault(state.room, Place("direct", "", dict.fromkeys(people, "member")))
            case LockDown(), _:
                self.locked_until = self.now + (command.minutes or 0) * 60_000
                self.locked_seconds = command.slow_seconds
            case Join(room=str() as ref), _ if ref.startswith("+"):
                room, uses = self.links[ref[1:]]
                if who not in self.places[room].members:
                    self._enter(self.places[room], who)
                    self.links[ref[1:]] = room, uses - 1
            case MakeLink(), Opened():
                self.links[answer.code] = answer.room, command.uses or 1_000
            case Ban(room=None), _:
                self.banned.add(str(command.user))
            case Unban(room=None), _:
                self.banned.discard(str(command.user))
            case Mute(room=None), _:
                self.muted.add(str(command.user))
            case Unmute(room=None), _:
                self.muted.discard(str(command.user))
            case Role(room=None), _:
                self.server[str(command.user)] = command.role
            case Destroy(), _:
                gone = [room for room, place in self.places.items() if place is self.place(command.room)]
                self.names = {name: room for name, room in self.names.items() if room not in gone}
                self.links = {code: link for code, link in self.links.items() if link[0] not in gone}
                lost = {id(self.places.pop(room)) for room in gone}
                self.complaints = {
                    number: one for number, one in self.complaints.items() if id(one.place) not in lost
                }
            case Rename(), _:
                for room, renamed in self.places.items():
                    if renamed is self.place(command.room):
                        renamed.name = command.name
                        self.names[command.name] = room
                        break
            case CloseReport(), _:
                del self.complaints[command.report]
            case Decline(), _:
                place = self.place(command.room)
                assert place is not None and who in place.invited, "there was nothing to decline"
                place.invited.discard(who)
            case _:
                place = self.place(getattr(command, "room", None) or 0)
                if place is not None:
                    self._done_in(place, who, command, answer)

    def _done_in(self, place: Place, who: str, command: Command, answer: Answer) -> None:
        match command, answer:
            case Join(), _:
                self._enter(place, who)
            case Leave(), _:
                place.members.pop(who, None)
            case Kick(), _:
                place.members.pop(str(command.user), None)
            case Ban(), _:
                place.members.pop(str(command.user), None)
                place.banned.add(str(command.user))
            case Unban(), _:
                place.banned.discard(str(command.user))
            case Mute(), _:
                place.muted.add(str(command.user))
            case Unmute(), _:
                place.muted.discard(str(command.user))
            case Invite(), _:
                place.invited.add(str(command.user))
            case Uninvite(), _:
                place.invited.discard(str(command.user))
            case Role(), _:
                place.members[str(command.user)] = command.role
            case Configure(moderated=bool() as moderated), _:
                place.moderated = moderated
            case Configure(slow_seconds=int() as seconds), _:
                place.slow_seconds = seconds
            case Archive(), _:
                place.archived = command.on
            case Purge(), _:
                place.gone |= {seq for seq, author in place.wrote.items() if author == command.user}
            case Say(), Stored():
                place.wrote[answer.seq] = who
                if self.slowness_ms(who, place):
                    place.spoke_at[who] = self.now
            case Delete(), _:
                place.gone.add(command.target)
            case ReportMessage(), _:
                self._complain(Complaint(place, command.target, who, place.said[command.target]))

    def _complain(self, new: Complaint) -> None:
        same = [
            one
            for one in self.complaints.values()
            if one.place is new.place and (one.target, one.by) == (new.target, new.by)
        ]
        if not same:
            self.complained += 1
            self.complaints[self.complained] = new

    def _enter(self, place: Place, who: str) -> None:
        place.members.setdefault(who, "member")
        place.invited.discard(who)


def granted(answer: Answer) -> bool:
    """Whether an attachment was."""
    return not isinstance(answer, Attaching) or not answer.refused
