"""Who is present in one room, and what of that is still to be told."""

from bisect import bisect_right
from typing import Literal, NamedTuple

from chatd.model import Appearance, Appeared, Here, Joined, Left, Presence, User

News = Joined | Left | Presence | Appeared

NAMES_MOST = 500
"""Above this many present, names do not travel any more, only the count …"""
NAMES_AGAIN = 400
"""… until fewer than this many are present."""


class _Touched(NamedTuple):
    """Somebody of whom there may be news."""

    user: User
    told: Here | None
    """As the room was last told; None: not present."""
    shown: int
    """How many had been shown the company when this began."""


class Company:
    """The people present in one room.

    What happens is gathered until `news` is asked for, and what came to nothing meanwhile is no news; so each
    listener may be told once a second, whatever happens.
    """

    __slots__ = (
        "_appeared",
        "_by_name",
        "_counting",
        "_moved",
        "_restless",
        "_room",
        "_shown",
        "_touched",
        "present",
    )

    def __init__(self, room: int) -> None:
        self.present: dict[int, Here] = {}
        self._room = room
        self._by_name: list[Here] | None = None
        """All of them in the order of names, until somebody comes, goes or changes."""
        self._counting = False
        self._touched: dict[int, _Touched] = {}
        self._moved: dict[int, Literal["joined", "left"]] = {}
        """Who became a member, or is one no longer."""
        self._restless: set[int] = set()
        """Of whom different listeners have been told different things."""
        self._shown = 0
        self._appeared: dict[int, Appearance] = {}
        """Who wants to be seen in another way."""

    @property
    def crowded(self) -> bool:
        """Whether they are too many for names to travel."""
        return self._counting

    def show(self) -> list[Here] | None:
        """Who is present, for somebody who hears the news from here on; None when they are too many."""
        self._shown += 1
        return self._snapshot()

    def _snapshot(self) -> list[Here] | None:
        return None if self._counting else list(self.present.values())

    def page(self, after: str, limit: int) -> tuple[list[Here], bool]:
        """Who is present, by name, after this name; and whether there are more."""
        if self._by_name is None:
            self._by_name = sorted(self.present.values(), key=_name)
        first = bisect_right(self._by_name, after, key=_name)
        page = self._by_name[first : first + limit + 1]
        return page[:limit], len(page) > limit

    def came(self, here: Here) -> None:
        """A member is here now."""
        self._put(here.user, here)

    def went(self, user: User) -> None:
        """A member is not here any more."""
        self._put(user, None)

    def changed(self, here: Here) -> None:
        """Somebody who is here is so in another way."""
        if self._counting:
            self.present[here.id] = here
            self._by_name = None
        else:
            self._put(here.user, here)

    def joined(self, here: Here) -> None:
        """Somebody who is here became a member."""
        self._put(here.user, here)
        self._move(here.id, "joined")

    def left(self, user: User) -> None:
        """Somebody who is here is a member no longer."""
        self._put(user, None)
        self._move(user.id, "left")

    def appeared(self, appearance: Appearance) -> None:
        """Somebody wants to be seen so from now on, who belongs to the room."""
        self._appeared[appearance.id] = appearance

    def _put(self, user: User, here: Here | None) -> None:
        before = _Touched(user, self.present.get(user.id), self._shown)
        first = self._touched.setdefault(user.id, before)
        if first.shown != self._shown:
            self._restless.add(user.id)
        if here is None:
            del self.present[user.id]
        else:
            self.present[user.id] = here
        self._by_name = None
        self._counting = self._counting or len(self.present) > NAMES_MOST

    def _move(self, user: int, how: Literal["joined", "left"]) -> None:
        if self._moved.setdefault(user, how) != how:
            del self._moved[user]

    def news(self) -> list[News]:
        """What there is to tell, once."""
        touched, self._touched = self._touched, {}
        appeared, self._appeared = self._appeared, {}
        moved, self._moved = self._moved, {}
        restless, self._restless = self._restless, set()
        count = len(self.present)
        if self._counting:
            self._counting = count >= NAMES_AGAIN
            if touched:
                return [Presence(room=self._room, count=count, present=self._snapshot())]
            return []
        left: list[User] = []
        joined: list[Here] = []
        came: list[Here] = []
        went: list[User] = []
        changed: list[Here] = []
        for one in touched.values():
            id = one.user.id
            here, how = self.present.get(id), moved.get(id)
            if here is None:
                if how == "left":
                    left.append(one.user)
                elif one.told is not None or id in restless:
                    went.append(one.user)
            elif one.told is not None:
                if here != one.told or id in restless:
                    changed.append(here)
            elif how == "joined":
                joined.append(here)
            else:
                came.append(here)
        events: list[News] = []
        if left:
            events.append(Left(room=self._room, users=left, count=count))
        if joined:
            events.append(Joined(room=self._room, users=joined, count=count))
        if came or went or changed:
            events.append(Presence(room=self._room, count=count, came=came, went=went, changed=changed))
        if appeared:
            events.append(Appeared(room=self._room, users=list(appeared.values())))
        return events


def _name(here: Here) -> str:
    return here.name
