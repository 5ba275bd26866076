"""Events: what comes out, to one client or to a room. `docs/protocol.md` shows each with an example."""

from typing import Annotated, Generic, Literal, TypeVar, get_args

from msgspec import Meta, Struct, field

from chatd.model.errors import Code
from chatd.model.limits import Limits
from chatd.model.rows import (
    Act,
    Appearance,
    Bot,
    File,
    Here,
    Invitation,
    Invitee,
    InviteLink,
    Level,
    Listing,
    LockdownState,
    Member,
    Preview,
    Profile,
    Reaction,
    Report,
    RoomKind,
    RoomRole,
    RoomState,
    Sanction,
    ServerRole,
    Settings,
    User,
    UserState,
)


# Tails hold many thousands, and a frozen one never comes to hold itself: Python's collector need not look.
class _Event(
    Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag_field="type", tag=str.lower
):
    pass


class _Answer(_Event, frozen=True, kw_only=True, tag="ok"):
    id: int | str | None = None
    """The command's `id`."""


# Entries: stored, numbered, the same for everybody.


class Said(_Event, frozen=True):
    """Somebody said something. In pages: the message in its current state."""

    room: int
    seq: int
    at: int
    """When it was stored: milliseconds since 1970, UTC."""
    sender: User = field(name="from")
    text: str
    key: str | None = None
    reply_to: int | None = None
    me: bool = False
    """Said of oneself: `* alice waves`."""
    changed: int | None = None
    """Seq of the last change to it; absent while there is none."""
    edited: bool = False
    deleted: bool = False
    """Its text is gone, and its file."""
    file: File | None = None
    reactions: tuple[Reaction, ...] = ()
    """In the order of the emoji's code points."""
    preview: Preview | None = None
    """What its first link leads to, where that was looked at."""


class Edited(_Event, frozen=True):
    """Somebody changed what they had said."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    target: int
    """The seq of the message."""
    text: str | None = None
    """What it says now; absent in pages when it was deleted since."""
    me: bool = False
    """As the message has it."""


class Deleted(_Event, frozen=True):
    """A message is gone: its row stays, without its text."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    target: int
    """The seq of the message."""
    about: User | None = None
    """Who had said it, where that is not who deleted it."""


class Reacted(_Event, frozen=True):
    """Somebody put an emoji on a message, or took it off again."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    target: int
    """The seq of the message."""
    emoji: str
    on: bool
    """False: it is taken off."""


class Previewed(_Event, frozen=True):
    """What a message's first link leads to is known now; an edit of the message takes it away again."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    """Who said the message."""
    target: int
    """The seq of the message."""
    preview: Preview | None = None
    """As the message has it; absent in pages when it has none any more."""


class Pinned(_Event, frozen=True):
    """Somebody pinned a message to the room, or took it down."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    target: int
    """The seq of the message."""
    on: bool
    """False: it was taken down."""


class Purged(_Event, frozen=True):
    """Everything that a user had said in the room up to a seq is gone."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    user: User
    up_to: int


Notice = Literal[
    "topic",
    "kicked",
    "banned",
    "unbanned",
    "muted",
    "unmuted",
    "moderated",
    "unmoderated",
    "slow",
    "retention",
    "renamed",
    "archived",
    "unarchived",
    "previews",
    "icon",
]
"""What may have happened to a room or to somebody in it."""


class Noticed(_Event, frozen=True):
    """Something happened to the room or to somebody in it."""

    room: int
    seq: int
    at: int
    sender: User = field(name="from")
    """Who did it."""
    what: Notice
    """What `text` is depends on it: `topic`: what the room is about now; `slow`: the seconds; `retention`: in
    words what is kept; `renamed`: the
    name before and the name now, with a blank between them; `previews`: `on` or `off`; `icon`: the id of the
    image by which the room is shown now, or nothing."""
    about: User | None = None
    """To whom it was done."""
    text: str = ""


Entry = Said | Edited | Deleted | Reacted | Previewed | Pinned | Purged | Noticed
"""Everything that has a seq."""


class Skipped(_Event, frozen=True):
    """An entry of somebody whom you ignore: its place in the log, so that you know of no hole."""

    room: int
    seq: int


def text_of(entry: Entry) -> str:
    """The text that an entry carries, which is what it costs to keep and to send."""
    match entry:
        case Said() | Noticed():
            return entry.text
        case Edited():
            return entry.text or ""
        case Deleted() | Reacted() | Previewed() | Pinned() | Purged():
            return ""


_EMOJI_BYTES = 48
_ID_BYTES = 8


def size_of(entry: Entry) -> int:
    """About how many bytes an entry has that another one has not: UTF-8 of its texts, and its reactions."""
    size = len(text_of(entry).encode())
    if isinstance(entry, Said) and entry.reactions:
        size += sum(_EMOJI_BYTES + _ID_BYTES * len(one.users) for one in entry.reactions)
    if isinstance(entry, Said | Previewed) and entry.preview is not None:
        size += entry.preview.bytes
    return size


# Told to a room or to a person; not stored.


class Welcome(_Event, frozen=True):
    """The first event of every connection."""

    server: str
    epoch: str
    """Another epoch than last time: forget all positions."""
    limits: dict[str, int]
    auth: dict[str, bool]
    """`guests`: a name alone is enough. `registration`: accounts can be made; `invitation`: with the
    code of an invitation only. `plaintext`: passwords may be sent through this connection. `lockdown`: only
    who has a token comes in, and admins. While nobody owns the server: `unowned`, and `founds` where an
    account that is made on this connection will own it."""
    user: User | None = None
    """Who the connection is logged in as, by its cookie or bearer token."""


class Typed(_Event, frozen=True, tag="typing"):
    """Somebody is writing."""

    room: int
    user: User


class Mentioned(_Event, frozen=True):
    """A message mentions you."""

    room: int
    seq: int
    sender: User = field(name="from")


class Joined(_Event, frozen=True):
    """Somebody who is present became a member."""

    room: int
    users: list[Here]
    count: int
    """How many are present now, they included."""


class Left(_Event, frozen=True):
    """Somebody is a member no longer, and so not present in the room any more."""

    room: int
    users: list[User]
    count: int
    """How many are present now, without them."""


class Presence(_Event, frozen=True):
    """Who came, went and is present in another way, gathered per second; with nothing but `count`, too many
    are present for names to travel."""

    room: int
    count: int
    """How many are present now."""
    present: list[Here] | None = None
    """A new snapshot, when the room shrank enough for names to travel again."""
    came: list[Here] = field(default_factory=list)
    went: list[User] = field(default_factory=list)
    changed: list[Here] = field(default_factory=list)
    """Who is present as before, but through other frontends, away or back, or with another status."""


class Appeared(_Event, frozen=True):
    """How people who belong to the room want to be seen from now on; not told where too many are present for
    names to travel."""

    room: int
    users: list[Appearance]


class Added(_Event, frozen=True):
    """You belong to this room now; another of your sessions, or another person, did it."""

    rooms: list[RoomState]


class Removed(_Event, frozen=True):
    """You belong to this room no longer."""

    room: int
    by: User | None = None
    """Who removed you; absent when it was you, on another session."""
    reason: str = ""
    destroyed: bool = False
    """The room is deleted, with everything in it."""


class Appointed(_Event, frozen=True):
    """You have another role now, in a room or on the server."""

    role: ServerRole | RoomRole
    room: int | None = None
    """Absent: on the server."""
    by: User | None = None
    """Who gave it; absent when that was the server's operator."""


class Renamed(_Event, frozen=True):
    """A room that you belong to has another name."""

    room: int
    name: str


class Ended(_Event, frozen=True):
    """A conversation of yours is over, because somebody in it has deleted their account."""

    room: int
    name: str
    """What it is called now."""
    user: User
    """Who it was, as they are called now."""


class Ignoring(_Event, frozen=True):
    """Whom you ignore from now on; another of your sessions said so."""

    users: list[User]


class Reported(_Event, frozen=True):
    """Somebody has reported a message, and you are one of those who keep order there."""

    report: Report


class Invited(_Event, frozen=True):
    """Somebody wants you to come into this room."""

    room: int
    name: str
    by: User
    at: int


class Uninvited(_Event, frozen=True):
    """An invitation of yours is open no longer: it was taken back, or another of your sessions declined."""

    room: int
    name: str


class ReadTo(_Event, frozen=True, tag="read"):
    """Another of your sessions has read up to here."""

    room: int
    seq: int


class Notifying(_Event, frozen=True, tag="notify"):
    """Another of your sessions has said of what in this room you want to be told."""

    room: int
    level: Level


class Linked(_Event, frozen=True):
    """Somebody has logged in as you, by a code of yours or one that you gave."""

    session: str
    """Names it in `end`."""
    frontend: str
    address: str


class Gap(_Event, frozen=True):
    """Entries that this session was not sent, from and to inclusive, because it read too slowly."""

    room: int
    first: int = field(name="from")
    last: int = field(name="to")


class Missing(Struct, frozen=True):
    """Entries that no longer exist, from and to inclusive."""

    first: int = field(name="from")
    last: int = field(name="to")


class Attached(_Event, frozen=True):
    """A page of what was missed; the last one has `complete`, and from then on the room is live."""

    room: int
    name: str
    kind: RoomKind
    topic: str
    head: int
    count: int
    """How many are present."""
    entries: list[Entry]
    first: int = field(name="from")
    """The entries cover the seqs `from` to `to`, inclusive; `to` is `from` - 1 where there are none."""
    last: int = field(name="to")
    complete: bool
    """Nothing more was missed: the room is live."""
    present: list[Here] | None = None
    """Who is present, in the last page; absent when they are too many."""
    moderated: bool = False
    """Only moderators and owners speak."""
    slow_seconds: int = 0
    """How long a plain member waits from one message to the next."""
    archived: bool = False
    """Nothing is said in it any more, and nobody comes into it."""
    icon: str | None = None
    """The id of the image by which the room is shown."""
    gap: Missing | None = None
    """Entries before `from` that were missed and no longer exist."""
    reset: bool = False
    """`after` was beyond the head: the client's positions belong to another log and must be forgotten."""


# Answers: to one command, on the session that gave it.


class Done(_Answer, frozen=True):
    """It was done, and there is nothing to say about it."""


class LoggedIn(_Answer, frozen=True):
    """Who you are now, and your rooms."""

    user: User
    rooms: list[RoomState]
    token: str | None = None
    """Comes back as this user: in `login`, as a bearer token, or as a guest's `/resume CODE`."""
    numbers: bool = False
    """What `prefer` kept."""
    role: ServerRole | None = None
    """`owner` or `admin` of the server; absent: what the kind of `user` says."""
    status: str = ""
    """What `status` kept."""
    away: str | None = None
    """The words with which you went `away`, perhaps none; absent: you did not, or are back."""
    ignored: list[User] = field(default_factory=list)
    """Whom you ignore, by name."""
    invitations: list[Invitation] = field(default_factory=list)
    """The open ones, the newest first."""


class LinkCode(_Answer, frozen=True):
    """What to type on the other side; it works once."""

    code: str
    expires_ms: int
    """How long it works, in milliseconds from now."""


class TotpSecret(_Answer, frozen=True):
    """What an authenticator needs; it is told this once, and `totp` with a first `code` confirms it."""

    secret: str
    """Base32, to type."""
    uri: str
    """The same as `otpauth://…`, to show as a QR code."""


class RecoveryCodes(_Answer, frozen=True):
    """The second factor is on. Each of these replaces a code once; they are told this once."""

    recovery: list[str]


class Refused(Struct, frozen=True):
    """A room that could not be attached, and why."""

    room: int | str
    code: Code
    text: str


class Attaching(_Answer, frozen=True):
    """These rooms send `attached` now."""

    rooms: list[int]
    refused: list[Refused] = field(default_factory=list)


class Entered(_Answer, frozen=True):
    """The room that was joined, created or opened."""

    rooms: Annotated[list[RoomState], Meta(min_length=1, max_length=1)]


class Opened(_Answer, frozen=True):
    """A code that lets people into a room; it is shown once."""

    room: int
    code: str
    path: str
    """Where on this server's page it leads in: `/join/CODE`."""
    link: InviteLink


class OpeningList(_Answer, frozen=True):
    """The ways into a room, the newest first."""

    room: int
    invited: list[Invitee]
    links: list[InviteLink]


class InvitationList(_Answer, frozen=True):
    """One's own open invitations, the newest first."""

    invitations: list[Invitation]


class Stored(_Answer, frozen=True):
    """It is committed, and everybody sees it under this seq; what changes nothing has an earlier one."""

    room: int
    seq: int
    at: int


class BotMade(_Answer, frozen=True):
    """A new bot, and how one comes as it; the secret is told this once."""

    bot: User
    token: str | None = None
    """In `login`, or as a bearer token, it comes in as the bot; absent for one that has a `hook`."""
    hook: str | None = None
    """An address on this server: what is sent there by POST, the bot says in its room."""
    room: int | None = None


class BotList(_Answer, frozen=True):
    """One's bots, by name."""

    bots: list[Bot]


class UploadPlace(_Answer, frozen=True):
    """Where the file is to be sent."""

    put: str
    """An address on this server that takes one body, by PUT, and asks for nothing else."""
    expires_ms: int
    """How long it works, in milliseconds from now."""


class Uploaded(_Answer, frozen=True):
    """The file is there: the answer to its body, which comes by HTTP."""

    room: int
    file: File
    seq: int | None = None
    """Of the message that carries it; absent while none does."""
    at: int | None = None


class IconSet(_Answer, frozen=True):
    """The image is there, and shown: the answer to its body, which comes by HTTP."""

    icon: str
    """Its id: `/icons/ID` is its address."""
    room: int | None = None
    """Whose icon it is; absent: one's own."""


class Messages(_Answer, frozen=True):
    """A page of messages in their current state, ascending."""

    room: int
    entries: list[Said]
    first: int = field(name="from")
    """The page covers the seqs `from` to `to`, inclusive: a message that is not in it was removed."""
    last: int = field(name="to")
    complete: bool
    """Nothing lies beyond this page in the direction asked."""


class Hit(Struct, frozen=True):
    """A message that was found."""

    message: Said
    marks: list[tuple[int, int]]
    """Where the words stand in its text: from and to, in characters (code points)."""


class Found(_Answer, frozen=True):
    """Messages that were searched for, in the order that was asked for."""

    messages: list[Hit]
    more: bool


class MentionList(_Answer, frozen=True):
    """Messages that mention you, the newest first."""

    messages: list[Said]
    more: bool


class PinnedMessage(Struct, frozen=True):
    """A message that is pinned to its room."""

    seq: int
    """That of the entry which pinned it."""
    at: int
    by: User
    message: Said


class PinList(_Answer, frozen=True):
    """A page of what is pinned to a room, the last pinned first."""

    room: int
    pins: list[PinnedMessage]
    more: bool


class Drawn(_Answer, frozen=True):
    """An image, in dots."""

    room: int
    seq: int
    """Of the message."""
    file: File
    rows: list[str]
    """From the top; each dot is six hexadecimal digits, `rrggbb`."""


class RoomList(_Answer, frozen=True):
    """A page of the list of rooms."""

    rooms: list[Listing]
    more: bool


class Present(_Answer, frozen=True):
    """A page of who is present in a room, by name."""

    room: int
    users: list[Here]
    count: int
    """How many are present in all."""
    more: bool


class Configured(_Answer, frozen=True):
    """How a room works."""

    room: int
    settings: Settings


class SanctionList(_Answer, frozen=True):
    """Who is kept out or silent, the newest first."""

    sanctions: list[Sanction]


class LockedDown(_Answer, frozen=True):
    """Whether the server is locked down."""

    lockdown: LockdownState | None = None
    """Absent: it is not."""


class ReportList(_Answer, frozen=True):
    """A page of open reports, the oldest first."""

    reports: list[Report]
    more: bool


class ActList(_Answer, frozen=True):
    """A page of the audit log, the newest act first."""

    acts: list[Act]
    more: bool


class MemberList(_Answer, frozen=True):
    """A page of who belongs to a room, by name."""

    room: int
    members: list[Member]
    count: int
    """How many belong to it in all."""
    more: bool


class Profiles(_Answer, frozen=True):
    """How users want to be seen."""

    profiles: list[Profile]


class IgnoredList(_Answer, frozen=True):
    """Whom you ignore, by name."""

    ignored: list[User]


class SessionState(Struct, frozen=True, omit_defaults=True):
    """One of a user's sessions: a login, with all connections that came by its token."""

    session: str
    """Names it in `end`; not a secret."""
    frontend: str
    address: str
    """Where the login came from."""
    since: int
    """When it began: milliseconds since 1970, UTC."""
    seen: int
    """When somebody last came in by it."""
    connections: int
    """How many are open now."""
    idle_ms: int | None = None
    """How long ago the last command came through one of them."""
    this: bool = False
    """It is the one that asks."""


class UserList(_Answer, frozen=True):
    """A page of those who have a name on the server, by name."""

    users: list[UserState]
    more: bool
    """There are others after the last of these."""


class LimitList(_Answer, frozen=True):
    """What limits the operator has set; 0 turns one off."""

    limits: Limits


class SessionList(_Answer, frozen=True):
    """The sessions of one user, the newest first."""

    sessions: list[SessionState]


class TokenState(Struct, frozen=True, omit_defaults=True):
    """One of a user's API tokens; the secret itself is never told again."""

    name: str
    since: int
    """When it was made: milliseconds since 1970, UTC."""
    connections: int
    """How many came by it and are open now."""
    seen: int | None = None
    """When somebody last came in by it; absent: never."""


class TokenList(_Answer, frozen=True):
    """One's own API tokens, the newest first."""

    tokens: list[TokenState]


class TokenMade(_Answer, frozen=True):
    """A new API token; it is told this once."""

    name: str
    token: str
    """A secret: in `login`, or as a bearer token, it comes in as its owner."""


class InviteCodeMade(_Answer, frozen=True):
    """A code with which people make accounts; it is told this once."""

    code: str
    path: str
    """Where this server's page takes it: `/?invite=CODE`."""
    link: InviteLink


class InviteCodeList(_Answer, frozen=True):
    """The codes with which accounts can be made, the newest first."""

    links: list[InviteLink]


class Pong(_Answer, frozen=True, tag="pong"):
    """The answer to `ping`."""


class Error(_Answer, frozen=True, tag="error"):
    """A refusal: a code for programs, a sentence for people."""

    code: Code
    text: str
    retry_ms: int | None = None
    """When trying again makes sense, in milliseconds from now."""


Answer = (
    Done
    | LoggedIn
    | LinkCode
    | TotpSecret
    | RecoveryCodes
    | Attaching
    | Entered
    | Opened
    | OpeningList
    | InvitationList
    | Stored
    | BotMade
    | BotList
    | UploadPlace
    | Uploaded
    | IconSet
    | Messages
    | PinList
    | Drawn
    | MentionList
    | Found
    | RoomList
    | Present
    | MemberList
    | Configured
    | SanctionList
    | ActList
    | LockedDown
    | ReportList
    | Profiles
    | IgnoredList
    | UserList
    | LimitList
    | SessionList
    | TokenList
    | TokenMade
    | InviteCodeMade
    | InviteCodeList
    | Pong
    | Error
)
"""What a command is answered with."""


class Gathered(_Event, frozen=True):
    """Who reacted to one message within a few seconds: for wires that show one line for it all.

    Wires that pass on each `Reacted` leave it out.
    """

    room: int
    target: int
    came: dict[str, list[User]]
    """Who put which emoji on it."""
    went: dict[str, list[User]]
    """Who took which off again."""
    message: Said | None = None
    """What it is about, where that is known."""


RoomEvent = Entry | Skipped | Typed | Mentioned | Joined | Left | Presence | Appeared
"""What everybody attached to a room is sent: encoded once."""

Shown = RoomEvent | Gathered
"""What a wire is given for a room: it shows each event its own way, or not."""

Event = (
    RoomEvent
    | Welcome
    | Added
    | Removed
    | Invited
    | Uninvited
    | Appointed
    | Reported
    | Renamed
    | Ended
    | Ignoring
    | ReadTo
    | Notifying
    | Linked
    | Gap
    | Attached
    | Answer
)
"""Everything that comes out."""

EVENTS: tuple[type[Event], ...] = get_args(Event)
"""Every event that comes out."""


E = TypeVar("E", bound=Entry)


class Page(Struct, Generic[E], frozen=True):
    """A stretch of one room's log: everything from `first` to `last` that still exists, ascending."""

    entries: list[E]
    first: int
    last: int
    complete: bool
    """Nothing lies beyond it in the direction asked."""
