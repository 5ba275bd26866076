"""People in a story: the same verbs, whatever they came through. What one frontend cannot do is not here."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class Message(NamedTuple):
    """Something said, as whoever heard it was told."""

    room: str
    """`#lobby`, or `@alice` for the direct room with alice."""
    seq: int
    author: str
    text: str
    me: bool = False
    edits: int | None = None
    """It is another text for the message with this seq."""
    answers: int | None = None
    """It answers the message with this seq."""


class Login(NamedTuple):
    """One of somebody's sessions, as they are told."""

    name: str
    frontend: str
    address: str
    this: bool


class Seen(NamedTuple):
    """How somebody is present."""

    frontends: tuple[str, ...]
    away: bool = False
    status: str = ""


class Refusal(Exception):
    """The server said no."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class Person(Protocol):
    """Somebody with one connection at a time. Rooms are called `#lobby`, `@alice`.

    Each verb returns when the server has answered; a refusal is raised as Refusal.
    """

    frontend: str
    name: str
    unread: dict[str, int]
    """How much the last login said was unread, by room; rooms with nothing unread are left out."""
    mentioned: dict[str, int]
    """How much of it mentions one."""
    gaps: list[tuple[str, int, int]]
    """Room, first and last of what was skipped because one read too slowly."""

    async def enter(self, name: str) -> None:
        """Connect if need be, and be a guest."""

    async def register(self, name: str, password: str, invitation: str | None = None) -> None:
        """Connect if need be, and make an account."""

    async def new_invite_code(self) -> str:
        """A code with which somebody else makes an account."""

    async def log_in(self, name: str, password: str, code: str | None = None) -> None:
        """Connect if need be, and be who has this account; `code` where it takes one too."""

    async def begin_totp(self, password: str) -> str:
        """The secret for one's authenticator."""

    async def confirm_totp(self, code: str) -> list[str]:
        """Turn the second factor on; gives the recovery codes."""

    async def end_totp(self, password: str, code: str) -> None: ...

    async def become_account(self, password: str) -> None:
        """Make the guest that one is an account."""

    async def change_password(self, current: str, password: str) -> None: ...

    async def delete_account(self, password: str, messages: str, code: str | None = None) -> None:
        """Be gone for good; one's messages `stay` or `go`. The connection ends."""

    async def is_logged_out(self) -> None:
        """Wait for the server to end the connection, and say why."""

    async def appear(self, display_name: str, colour: str) -> None:
        """Say how one wants to be seen."""

    async def profile(self, name: str) -> tuple[str, str]:
        """The display name and the colour that somebody chose."""

    async def go_away(self, words: str = "") -> None: ...
    async def be_back(self) -> None: ...
    async def set_status(self, words: str) -> None: ...

    async def meet(self, name: str) -> Seen | None:
        """How somebody is present anywhere; None: they are not, and were seen before."""

    async def sessions(self) -> list[Login]:
        """Where one is logged in."""

    async def end_session(self, name: str) -> None: ...

    async def new_token(self, name: str) -> str:
        """An API token, which is told this once."""

    async def log_in_by_token(self, token: str) -> None:
        """Connect if need be, and be who has made this token."""

    async def tokens(self) -> dict[str, bool]:
        """The names of one's API tokens, and whether they were ever used."""

    async def revoke(self, name: str) -> None: ...

    async def show_code(self) -> str:
        """Connect if need be, and be shown a code for the other side."""

    async def give_code(self, code: str) -> None:
        """Let in whoever shows this code."""

    async def take_code(self, code: str) -> None:
        """Connect if need be, and be who shows this code."""

    async def is_let_in(self) -> None:
        """Wait until somebody has given the code that one shows."""

    async def learns_of_login(self) -> str:
        """Wait until one is told that somebody logged in by a code of one's own; gives where from."""

    async def ignore(self, name: str) -> list[str]:
        """Hear nothing more of somebody; gives whom one ignores now."""

    async def unignore(self, name: str) -> list[str]:
        """Hear them again; gives whom one ignores now."""

    async def come_back(self) -> None:
        """Connect again as the guest that one was, and ask for all that was missed."""

    async def say(self, room: str, text: str, *, me: bool = False) -> int:
        """The seq under which it is stored."""

    async def reply(self, room: str, seq: int, text: str) -> int:
        """Answer a message; gives the answer's seq."""

    async def edit(self, room: str, seq: int, text: str) -> int:
        """Say something else instead; -1 is what one said last. The seq of the change."""

    async def delete(self, room: str, seq: int) -> int: ...

    async def react(self, room: str, seq: int, emoji: str, *, on: bool = True) -> int:
        """Put an emoji on a message, or take it off; gives the entry's seq."""

    async def reactions(self, room: str, seq: int) -> dict[str, int]:
        """How often each emoji is on a message."""

    async def pin(self, room: str, seq: int, *, on: bool = True) -> int:
        """Pin a message to its room, or take it down; gives the entry's seq."""

    async def pins(self, room: str) -> list[str]:
        """What is pinned to a room, the last pinned first."""

    async def mentions(self) -> list[str]:
        """What mentions one, the newest first."""

    async def search(self, query: str) -> list[str]:
        """What is found, the newest first."""

    async def set_level(self, room: str, level: str) -> None:
        """Say of what in a room one wants to be told."""

    async def set_topic(self, room: str, text: str) -> None: ...

    async def topic(self, room: str) -> str:
        """What a room is about."""

    def shout(self, room: str, texts: Sequence[str]) -> None:
        """Say all of this in a room that one is in, and wait for nothing."""

    async def answered(self) -> list[int]:
        """The seqs of all that was shouted."""

    async def hear(self, number: int) -> list[Message]:
        """The next messages, without those of this very connection."""

    async def hears_nothing(self) -> None:
        """Nothing came that was not looked at."""

    async def see(self, news: str) -> None:
        """Wait until this was told: `bob joined #dev`, `bob left #dev`, `bob came #dev`, `bob went #dev`,
        `moderator of #dev`, `admin of the server`, `bob deleted 4712 in #dev`,
        `bob deleted 4712 of alice in #dev`, `messages of bob are gone in #dev`,
        `bob reported mallory in #dev: an insult`, `bob: #dev is about plans`,
        `alice removed me from #dev`, `@alice is over`.
        """

    async def give_role(self, name: str, role: str, room: str | None = None) -> None:
        """Say what somebody is in a room, or on the server."""

    async def members(self, room: str) -> dict[str, str]:
        """Who belongs to the room, and what they are there."""

    async def sees_nothing(self) -> None:
        """Nothing was told of anybody that was not looked for."""

    async def order(self, what: str, whom: str, room: str | None, minutes: int | None = None) -> None:
        """`kick`, `ban`, `unban`, `mute` or `unmute` somebody; without a room on the server."""

    async def configure(self, room: str, setting: str, value: str) -> None:
        """Change how a room works; the setting and its value as at a terminal."""

    async def rename(self, room: str, name: str) -> None: ...

    async def archive(self, room: str, *, on: bool = True) -> None: ...

    async def destroy(self, room: str) -> None: ...

    async def archived(self) -> list[str]:
        """The rooms that are archived, as far as they may be known."""

    async def purge(self, whom: str | int, room: str | None) -> None:
        """Delete all that somebody, or the author of a message, said in a room, or in all public ones."""

    async def lock_down(self, minutes: int) -> None:
        """Let nobody new come in for so long; 0: no longer."""

    async def report(self, room: str, seq: int, note: str) -> None: ...

    async def reports(self, room: str | None) -> list[tuple[int, str, str]]:
        """The open ones of a room, or those for the server's admins: number, author and text."""

    async def close_report(self, number: int) -> None: ...

    async def sanctions(self, room: str | None) -> list[str]:
        """`bob, banned`, `carol, muted`: who is kept out or silent, the newest first."""

    async def is_banned(self) -> None:
        """The server has ended the connection, and said why."""

    async def create(self, room: str, *, private: bool = False) -> None: ...
    async def join(self, room: str) -> None: ...
    async def leave(self, room: str) -> None: ...

    async def invite(self, name: str, room: str) -> None: ...

    async def uninvite(self, name: str, room: str) -> None: ...

    async def decline(self, room: str) -> None: ...

    async def invitations(self) -> list[str]:
        """The rooms into which one is invited."""

    async def make_door(self, room: str, uses: int) -> str:
        """A code that lets so many people into the room."""

    async def join_by_code(self, code: str) -> str:
        """The room that it opened."""

    async def ways_in(self, room: str) -> tuple[list[str], list[int]]:
        """Who is invited into a room, and the numbers of the codes that open it."""

    async def close_door(self, room: str, number: int) -> None:
        """End a code by its number."""

    async def rooms(self, words: str = "") -> list[str]:
        """The rooms that one may know of, direct ones aside; with words, those that have them."""

    async def who(self, room: str) -> list[str]:
        """The names of those present."""

    async def company(self, room: str) -> dict[str, Seen]:
        """The same, and how they are present."""

    async def history(self, room: str, limit: int) -> list[Message]:
        """The last messages, one's own among them."""

    async def show(self, room: str, seq: int) -> list[Message]:
        """A message, by its permanent link, and what was said around it."""

    async def catch_up(self, room: str, after: int) -> list[Message]:
        """Everything in the room after this seq, one's own messages among them; then live."""

    async def read(self, room: str) -> None:
        """Have read everything in the room; a line client does it by saying something."""

    def stop_reading(self) -> None:
        """Let everything lie that comes."""

    def read_again(self) -> None: ...

    async def recover(self) -> list[Message]:
        """Wait until a gap was shown, and fill it; gives all that was heard till then, some of it twice."""

    async def drop(self) -> None:
        """Lose the connection."""

    async def say_goodbye(self) -> None:
        """End the connection so that the server knows it was meant."""


def ref(room: str) -> str:
    """How a command names it."""
    return room.removeprefix("#")
