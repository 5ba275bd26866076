"""The people who are here: their sessions, and how the others see them while time passes."""

from collections import OrderedDict
from itertools import islice
from typing import Protocol

from chatd.core.rates import Bucket
from chatd.core.room import Listener, Room
from chatd.model import (
    FRONTENDS,
    Arrival,
    Change,
    Close,
    Draft,
    Edited,
    Event,
    Frontend,
    Here,
    Limits,
    RoomRole,
    RoomState,
    Said,
    ServerRole,
    User,
)

IDLE_MS = 600_000
"""Who has done nothing for so long is away."""

ASKING_PER_SAYING = 5
"""How much more often one may ask for something than say something."""

AT_ONCE = 100
"""So many people at most fade or become idle in one tick, however many were lost together: each is to be told
of in all of their rooms, which takes up to 20 µs a room."""


class Sitting(Listener, Protocol):
    """A session, as the registry sees it."""

    @property
    def shown_as(self) -> Frontend | None:
        """Through what its user is present; None: it is there for one request, and makes nobody present."""

    @property
    def address(self) -> str:
        """Where it comes from."""

    @property
    def token_digest(self) -> bytes | None:
        """The token it came with."""

    @property
    def seen_at(self) -> int:
        """When its last command came."""

    @property
    def follow(self) -> bool:
        """Whether it does not want to hear again what it said itself."""

    def tick(self, now: int) -> None:
        """Time has passed for a session that was slowed."""

    def added(self, room: Room, state: RoomState) -> None:
        """Its user belongs to this room now, not by its own doing."""

    def removed(
        self,
        room: Room,
        by_itself: bool,
        by: User | None = None,
        reason: str = "",
    ) -> None:
        """Its user belongs to this room no longer."""

    def drop(self, room: Room) -> None:
        """Hear nothing more of this room, not even what is owed already."""

    def appointed(self, role: ServerRole | RoomRole, room: int | None, by: User | None) -> None:
        """Its user has another role now, in this room or on the server."""

    def ignoring(self, users: list[User]) -> None:
        """Another session of its user has said whom they ignore."""

    def read_to(self, room: int, seq: int) -> None:
        """Another session of its user has read up to here."""

    def tell(self, event: Event) -> None:
        """Something happened that is news to its user alone."""

    def close(self, why: Close) -> None:
        """End it."""


class Saying:
    """A message, or another text for one, that a session has on its way to the disk."""

    __slots__ = ("session", "what")

    def __init__(self, session: Sitting, what: Draft | Change) -> None:
        self.session = session
        self.what = what

    def became(self, entry: Said | Edited) -> bool:
        """Whether it may be that this entry is what became of it."""
        what = self.what
        if what.room != entry.room or what.text != entry.text:
            return False
        if isinstance(what, Draft):
            return isinstance(entry, Said) and what.key == entry.key
        return isinstance(entry, Edited) and what.target == entry.target


class Person:
    """A user who is here: with a session, or until one that was lost has faded."""

    __slots__ = (
        "active_at",
        "asking_pace",
        "away",
        "here",
        "hidden",
        "idle",
        "ignored",
        "pace",
        "role",
        "rooms",
        "said",
        "saying",
        "search_pace",
        "sessions",
        "status",
        "trusted_at",
        "typed_at",
        "user",
    )

    def __init__(
        self, user: User, arrival: Arrival, limits: Limits, frontend: Frontend | None, now: int
    ) -> None:
        self.user = user
        self.role: ServerRole = arrival.role
        """On the server; what they are in a room, the room knows."""
        self.status = arrival.status
        self.away = arrival.away
        """The words that were left when going away; None for somebody who is not away by their own word."""
        self.idle = False
        """Nothing was done for so long that they are shown as away."""
        self.trusted_at = now + limits.trust_seconds * 1_000 - arrival.age_ms
        """From when on they may write links, and call everybody."""
        self.active_at = now
        """When they last did something."""
        self.here = self.as_seen(() if frontend is None else (frontend,))
        """As the others see them."""
        self.sessions: dict[Sitting, None] = {}
        self.rooms: dict[int, Room] = {}
        """Every room that the user belongs to, by id …"""
        self.hidden: dict[int, Room] = {}
        """… but the conversations with those whom they ignore: there they are present, and hear nothing."""
        self.ignored: dict[int, User] = {}
        """Whom the user does not want to hear, by id."""
        self.pace = Bucket(limits.say_per_second, limits.say_burst)
        """How fast this person may speak, through all sessions together."""
        self.asking_pace = Bucket(
            ASKING_PER_SAYING * limits.say_per_second, ASKING_PER_SAYING * limits.say_burst
        )
        self.search_pace = Bucket(limits.search_per_second, limits.search_burst)
        self.saying: dict[Saying, None] = {}
        """What is on its way to the disk, in the order in which the store will have it."""
        self.typed_at: dict[int, int] = {}
        """When their typing was last passed on, by room."""
        self.said: dict[int, int] = {}
        """The seq of what they said last, by room."""

    def as_seen(self, frontends: tuple[Frontend, ...]) -> Here:
        """How the others see them, present through these."""
        user, away = self.user, self.away is not None or self.idle
        return Here(user.id, user.name, user.kind, frontends, away, self.away or self.status)

    def hides(self, room: Room | RoomState) -> bool:
        """Whether it is a conversation with somebody whom the user ignores."""
        others = [user.id for user in room.participants if user.id != self.user.id]
        return len(others) == 1 and others[0] in self.ignored

    def keep(self, room: Room) -> bool:
        """The user belongs to this room; whether they are shown it."""
        shown = not self.hides(room)
        (self.rooms if shown else self.hidden)[room.id] = room
        return shown

    def everywhere(self) -> list[Room]:
        """Every room that the user belongs to and is present in."""
        return [*self.rooms.values(), *self.hidden.values()]


class Attendance:
    """How everybody who is here is present. Time is in milliseconds.

    Who loses a connection is shown through that frontend for a while all the same: most are back before
    anybody need know. Nothing here is done for each command but to move one entry of a dict.
    """

    def __init__(self, people: dict[int, Person], fade_ms: int) -> None:
        """`people`: everybody who is here, by id."""
        self._people = people
        self._fade_ms = fade_ms
        self._fading: dict[tuple[int, Frontend | None], int] = {}
        """Until when somebody is shown through a frontend of which they have no session, soonest first.

        None: until when somebody is kept here, and not shown, who has made a request.
        """
        self._awake: OrderedDict[int, None] = OrderedDict()
        """Who is not idle; whoever did something last comes last."""
        self._gone: dict[int, int] = {}
        """Since when people are gone of whom that is not stored yet."""

    def begin(self, person: Person, frontend: Frontend | None, now: int) -> None:
        """They have a session through this frontend."""
        user = person.user.id
        self._fading.pop((user, frontend), None)
        if frontend is None:
            return
        self._gone.pop(user, None)
        if not person.here.frontends:
            self.active(person, now)
        elif not person.idle:
            self._awake[user] = None

    def lose(self, person: Person, frontend: Frontend | None, now: int) -> None:
        """A session of theirs through this frontend was lost."""
        self._fading.pop((person.user.id, frontend), None)
        self._fading[person.user.id, frontend] = now + self._fade_ms

    def end(self, person: Person, seen_at: int) -> None:
        """They are not here any more, since then."""
        user = person.user.id
        self._awake.pop(user, None)
        for frontend in (*FRONTENDS, None):
            self._fading.pop((user, frontend), None)
        if person.here.frontends:
            self._gone[user] = seen_at

    def hide(self, person: Person, seen_at: int) -> None:
        """They are kept here for their requests alone, since then."""
        self._awake.pop(person.user.id, None)
        self._gone[person.user.id] = seen_at

    def active(self, person: Person, now: int) -> None:
        """They did something."""
        person.active_at = now
        person.idle = False
        self._awake[person.user.id] = None
        self._awake.move_to_end(person.user.id)

    def see(self, person: Person) -> bool:
        """Look at somebody again; whether they are present in another way than before."""
        before = person.here
        person.here = person.as_seen(self._frontends(person))
        return person.here != before

    def _frontends(self, person: Person) -> tuple[Frontend, ...]:
        through = {session.shown_as for session in person.sessions}
        return tuple(one for one in FRONTENDS if one in through or (person.user.id, one) in self._fading)

    def stays(self, person: Person) -> bool:
        """Whether they have a session of any kind, or a lost one that has not faded."""
        fading = ((person.user.id, one) in self._fading for one in (*FRONTENDS, None))
        return bool(person.sessions) or any(fading)

    def faded(self, now: int) -> dict[Person, int]:
        """Whose lost session has not come back in time, and when it was lost: some, the others next time."""
        over = [place for place, until in islice(self._fading.items(), AT_ONCE) if until <= now]
        lost: dict[Person, int] = {}
        for user, frontend in over:
            lost[self._people[user]] = self._fading.pop((user, frontend)) - self._fade_ms
        return lost

    def dozed_off(self, now: int) -> list[Person]:
        """Who is idle from now on: some, the others next time."""
        idle: list[Person] = []
        for user in islice(self._awake, AT_ONCE):
            person = self._people[user]
            if person.active_at + IDLE_MS > now:
                break
            person.idle = True
            idle.append(person)
        for person in idle:
            del self._awake[person.user.id]
        return idle

    def take_gone(self, now: int) -> dict[int, int]:
        """How long ago people were here who are gone; each is given once."""
        gone, self._gone = self._gone, {}
        return {user: now - seen_at for user, seen_at in gone.items()}
