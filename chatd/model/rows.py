"""What the store keeps and gives back."""

from typing import Literal, get_args

from msgspec import Struct

UserKind = Literal["guest", "user", "bot"]
RoomKind = Literal["public", "private", "direct"]
ServerRole = Literal["owner", "admin", "user", "bot", "guest"]
"""What somebody is on the server: an owner, an admin, or what their kind says."""
RoomRole = Literal["owner", "moderator", "member"]
Colour = Literal["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink"]
"""What an avatar without an image is painted with; each has enough contrast on light and on dark."""
Frontend = Literal["web", "line"]
FRONTENDS: tuple[Frontend, ...] = get_args(Frontend)


class User(Struct, frozen=True, gc=False):
    """Who somebody is, as everybody sees it."""

    id: int
    name: str
    kind: UserKind


class Here(Struct, frozen=True, gc=False, omit_defaults=True):
    """A user who is present, and how."""

    id: int
    name: str
    kind: UserKind
    frontends: tuple[Frontend, ...]
    """Through which ones, each once and in the order in which `Frontend` names them."""
    away: bool = False
    """They said so, or have done nothing for ten minutes."""
    status: str = ""
    """A few words of their own; while they are away, those that they left for it."""

    @property
    def user(self) -> User:
        """Who it is."""
        return User(self.id, self.name, self.kind)


class Appearance(Struct, frozen=True, omit_defaults=True):
    """How a user wants to be seen, beside the name that never changes."""

    id: int
    display_name: str = ""
    """Free text; absent: the name."""
    colour: Colour | None = None
    """Absent: a client chooses one, for example by the id."""
    avatar: str | None = None
    """The id of an image: `/icons/ID` is its address."""


class Profile(Struct, frozen=True, omit_defaults=True):
    """How a user wants to be seen, who it is, and whether they are here."""

    id: int
    name: str
    kind: UserKind
    display_name: str = ""
    """Free text; absent: the name."""
    colour: Colour | None = None
    """Absent: a client chooses one, for example by the id."""
    avatar: str | None = None
    """The id of an image: `/icons/ID` is its address."""
    role: ServerRole | None = None
    """`owner` or `admin` of the server; absent: what `kind` says."""
    status: str = ""
    """What they show beside their name."""
    seen: int | None = None
    """When they were last present: milliseconds since 1970, UTC; absent while they are."""
    frontends: tuple[Frontend, ...] = ()
    """Through which they are present; absent while they are not."""
    away: bool = False
    rooms: tuple[int, ...] = ()
    """Which of the asker's rooms they are present in, conversations aside."""

    @property
    def appearance(self) -> Appearance:
        """What of it they chose themselves."""
        return Appearance(self.id, self.display_name, self.colour, self.avatar)


class UserState(Struct, frozen=True, omit_defaults=True):
    """A user as an admin sees them in the list of all."""

    id: int
    name: str
    kind: UserKind
    since: int
    """When they first came: milliseconds since 1970, UTC."""
    seen: int
    """When a session of theirs last began or, while they have none, when the last one ended."""
    display_name: str = ""
    role: ServerRole | None = None
    """`owner` or `admin` of the server; absent: what `kind` says."""
    connections: int = 0
    """How many are open now."""


class Member(Struct, frozen=True, omit_defaults=True):
    """Somebody who belongs to a room, present or not."""

    id: int
    name: str
    kind: UserKind
    role: RoomRole = "member"


class Footing(Struct, frozen=True):
    """What is written of where somebody stands."""

    user: User
    server: ServerRole
    room: RoomRole | None
    """None: they do not belong to the room that is asked about."""


SanctionKind = Literal["ban", "mute"]


class Sanction(Struct, frozen=True, omit_defaults=True):
    """What keeps somebody out, or silent."""

    kind: SanctionKind
    at: int
    """When it was imposed: milliseconds since 1970, UTC."""
    by: User
    room: int | None = None
    """Absent: on the whole server."""
    user: User | None = None
    """Absent: whoever comes from `network`."""
    network: str = ""
    """An address or network, as `192.0.2.0/24`."""
    until: int | None = None
    """Absent: for good."""
    reason: str = ""


class InForce(Struct, frozen=True):
    """A sanction, and how long it still holds; None: for good."""

    sanction: Sanction
    left_ms: int | None


SettingName = Literal["moderated", "slow_seconds", "retain_days", "retain_count", "previews"]


class Settings(Struct, frozen=True, omit_defaults=True):
    """How a room works; its owners change it."""

    moderated: bool = False
    """Only moderators and owners speak."""
    slow_seconds: int = 0
    """How long a plain member waits from one message to the next; 0: not at all."""
    retain_days: int = 0
    """How long entries are kept; 0: for good."""
    retain_count: int = 0
    """How many of the newest entries are kept; 0: all."""
    previews: bool = False
    """Whether the server looks at what links lead to."""

    def kept(self) -> str:
        """What is kept, in words; empty for everything."""
        days, count = self.retain_days, self.retain_count
        parts = [f"{days} day{'' if days == 1 else 's'}"] if days else []
        parts += [f"the newest {count} entries" if count > 1 else "the newest entry"] if count else []
        return ", at most ".join(parts)


Deed = Literal[
    "kick",
    "ban",
    "unban",
    "mute",
    "unmute",
    "server ban",
    "server unban",
    "server mute",
    "server unmute",
    "role",
    "server role",
    "claim",
    "delete",
    "configure",
    "rename",
    "purge",
    "server purge",
    "close report",
    "lockdown",
    "lockdown end",
    "archive",
    "unarchive",
    "destroy",
    "end session",
    "invite code",
    "invite code end",
]
"""What somebody did who had the power to."""


class Act(Struct, frozen=True, omit_defaults=True):
    """One row of the audit log."""

    act: int
    """Its number: 1, 2, 3 …"""
    at: int
    """Milliseconds since 1970, UTC."""
    by: User
    what: Deed
    room: int | None = None
    """Absent: on the server, or, where `hidden`, in a room that the reader may not know of."""
    room_name: str = ""
    about: User | None = None
    """To whom it was done."""
    detail: str = ""
    """The reason, the new role, the address; absent where `hidden`."""
    hidden: bool = False
    """In a private room that the reader does not belong to, which stays unnamed."""


class LockdownState(Struct, frozen=True, omit_defaults=True):
    """Nobody new comes in: no guests, accounts and logins, but those of admins. Whoever is in stays."""

    at: int
    """Since when: milliseconds since 1970, UTC."""
    by: User
    until: int
    slow_seconds: int
    """How long one waits in every room from one message to the next."""
    reason: str = ""


class Locked(Struct, frozen=True):
    """A lockdown, and how long it still lasts."""

    state: LockdownState
    left_ms: int


class Report(Struct, frozen=True, omit_defaults=True):
    """A message that somebody reported to those who keep order."""

    report: int
    """Its number, which `closereport` takes."""
    at: int
    """Milliseconds since 1970, UTC."""
    by: User
    """Who reported it."""
    author: User
    """Who said it."""
    note: str = ""
    room: int | None = None
    """Absent where `hidden`."""
    room_name: str = ""
    seq: int | None = None
    """Of the message; absent where `hidden`."""
    text: str | None = None
    """What the message says now; absent when it was deleted."""
    hidden: bool = False
    """In a room that the reader may not know of, which stays unnamed."""


class Filed(Struct, frozen=True):
    """A report, and who is to deal with it."""

    report: Report
    """With everything in it."""
    kind: RoomKind
    for_server: bool
    """Nobody keeps order in its room but perhaps the author: it is for the server's admins."""


class Token(Struct, frozen=True):
    """What the store keeps of a token."""

    digest: bytes
    frontend: str
    """Through which frontend it was given: `web` or `line`."""
    address: str
    """Where that connection came from."""
    created_at: int
    used_at: int
    """When somebody last came in by it; 0 for an API token that nobody has used."""
    name: str | None = None
    """An API token's name; None for a login."""


class Account(Struct, frozen=True):
    """What only the server knows of a user."""

    user: User
    password_hash: str | None
    """An argon2 hash in its own encoded form; None for a guest or a bot."""
    numbers: bool
    """The setting that `prefer` keeps."""
    totp: str | None = None
    """The secret of the authenticator, in base32, where a login by password takes a code too."""
    staff: bool = False
    """They own the server or are an admin of it."""


Level = Literal["all", "mentions", "nothing"]
"""Of what in a room somebody wants to be told beside its window."""


class Room(Struct, frozen=True):
    """A room as stored; `head` is the seq of its newest entry, 0 when it has none."""

    id: int
    kind: RoomKind
    name: str
    """Empty for a direct room."""
    topic: str
    head: int
    floor: int
    """Entries up to this seq are gone."""
    participants: tuple[User, ...] = ()
    """For a direct room: exactly who is in it, sorted by id."""
    moderated: bool = False
    """Only moderators and owners speak."""
    slow_seconds: int = 0
    """How long a plain member waits from one message to the next."""
    ended: bool = False
    """A conversation in which nobody speaks any more: somebody in it has deleted their account."""
    archived: bool = False
    """Nothing is said in it any more, and nobody comes into it."""
    invited: bool = False
    """Whether the asker has an invitation to it."""
    icon: str | None = None
    """The id of the image by which it is shown."""


class RoomState(Struct, frozen=True, omit_defaults=True):
    """One of a user's rooms, as that user sees it."""

    room: int
    name: str
    """The room's name; `@alice` for the direct room with alice."""
    kind: RoomKind
    topic: str
    head: int
    """Seq of the newest entry."""
    read: int
    """Seq up to which the user has read."""
    unread: int
    """Others' messages after `read`, counted to at most 1,000."""
    participants: tuple[User, ...] = ()
    role: RoomRole = "member"
    """What the user is in the room."""
    moderated: bool = False
    """Only moderators and owners speak."""
    slow_seconds: int = 0
    """How long a plain member waits from one message to the next."""
    ended: bool = False
    """A conversation in which nobody speaks any more: somebody in it has deleted their account."""
    archived: bool = False
    """Nothing is said in it any more, and nobody comes into it."""
    mentions: int = 0
    """How many of the unread ones mention the user, counted to at most 1,000."""
    notify: Level = "all"
    icon: str | None = None
    """The id of the image by which it is shown: `/icons/ID` is its address."""


class Invitation(Struct, frozen=True):
    """Somebody wants a user to come into a room."""

    room: int
    name: str
    by: User
    at: int
    """When: milliseconds since 1970, UTC."""


class Arrival(Struct, frozen=True):
    """What somebody comes in with."""

    role: ServerRole
    rooms: list[RoomState]
    """Every room that the user belongs to, by name, direct ones last."""
    ignored: list[User]
    """Whom the user ignores, by name."""
    invitations: list[Invitation]
    """The open ones, the newest 100 first."""
    status: str = ""
    """A few words that are shown beside the name."""
    away: str | None = None
    """The words that were left when going away, perhaps none; None for somebody who is not away."""
    age_ms: int = 0
    """How long ago they first came, as a guest or an account."""


class Listing(Struct, frozen=True, omit_defaults=True):
    """A room in the list of rooms."""

    room: int
    name: str
    kind: RoomKind
    topic: str
    members: int
    member: bool
    """Whether the asker belongs to it."""
    icon: str | None = None
    """As in `RoomState`."""
    unread: int = 0
    mentions: int = 0
    """Both as in `RoomState`, where the asker belongs to it."""


class Invitee(Struct, frozen=True):
    """The same, as those in the room see it."""

    user: User
    by: User
    at: int


class InviteLink(Struct, frozen=True, omit_defaults=True):
    """A code that lets people into a room, as those in the room see it; the code itself is not kept."""

    link: int
    """Names it in `uninvite`; not a secret."""
    by: User
    at: int
    expires: int
    """When it ends: milliseconds since 1970, UTC."""
    used: int
    """How many came in by it."""
    uses: int | None = None
    """How many may; absent: any number."""


class Bot(Struct, frozen=True, omit_defaults=True):
    """A bot, as its maker sees it."""

    bot: User
    since: int
    """When it was made: milliseconds since 1970, UTC."""
    room: int | None = None
    """The only one that it speaks in, by an address; absent for one that comes in by its token."""


class File(Struct, frozen=True, gc=False, omit_defaults=True):
    """A file that a message carries, or will."""

    id: str
    """Nobody can guess it: a part of its address, `/f/ID/NAME`."""
    name: str
    """What its sender called it; nothing is decided by it."""
    type: str
    """A media type, found in its bytes."""
    bytes: int
    width: int | None = None
    """In pixels, as it is shown; absent for what is no image."""
    height: int | None = None
    placeholder: str | None = None
    """A blurred image to show until the real one has come: a tiny WebP in base64."""

    @property
    def is_image(self) -> bool:
        """Whether there are smaller images of it."""
        return self.width is not None


class Preview(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the first link of a message leads to, as the page there says of itself."""

    url: str
    """The link, as it stands in the message."""
    title: str
    site: str
    """What the site calls itself, or its host's name."""
    description: str = ""
    image: File | None = None
    """A small picture, kept by this server."""

    @property
    def bytes(self) -> int:
        """About how many it has."""
        image = 0 if self.image is None else _IMAGE_BYTES
        texts = (self.url, self.title, self.site, self.description)
        return image + sum(len(text.encode()) for text in texts)


_IMAGE_BYTES = 512
"""Of what is told of an image, most are those of its placeholder."""


FileSize = Literal["", "small", "large"]
"""Which of an image's contents: the whole one, or one of its thumbnails."""


IconSize = Literal["small", "large"]


class StoredFile(Struct, frozen=True):
    """What the store keeps of a file."""

    file: File
    room: int
    """Who may read this room may have it, once a message carries it."""
    user: User
    """Who uploaded it; until then it is theirs alone."""
    seq: int | None
    """The message that carries it."""
    contents: dict[FileSize, bytes]
    """By which SHA-256 digest the bytes of each size are found."""


class StoredIcon(Struct, frozen=True):
    """What the store keeps of an image by which a user or a room is shown."""

    id: str
    """Nobody can guess it, and no other image ever has it: its address is `/icons/ID`."""
    room: int | None
    """Whose icon it is; None: a user's."""
    contents: dict[IconSize, bytes]
    """By which SHA-256 digest the bytes of each size are found."""


class Reaction(Struct, frozen=True, gc=False):
    """One emoji on a message."""

    emoji: str
    users: tuple[int, ...]
    """Who reacted with it: ids, ascending."""


class Look(Struct, frozen=True):
    """What was found in a file."""

    type: str
    width: int | None = None
    height: int | None = None
    placeholder: str | None = None
    images: dict[FileSize, str] = {}
    """Where the images that were made of it lie; one for "" takes its place."""
    bytes: int = 0
    """How many the one has that takes its place."""


class Fetched(Struct, frozen=True):
    """What came from the web."""

    url: str
    """Where it was in the end."""
    type: str
    """The media type that it was sent as, in lower case."""
    charset: str
    """As it was said to be; perhaps nothing, or nonsense."""
    body: bytes
    whole: bool
    """False: `body` is only its beginning."""


class Glimpse(Struct, frozen=True):
    """What a page says of itself; each may be empty, and is one line."""

    title: str = ""
    site: str = ""
    description: str = ""
    image: str = ""
    """The address of a picture."""


class Previewing(Struct, frozen=True):
    """What was found for the first link of a message, on its way to it."""

    room: int
    target: int
    """The seq of the message."""
    preview: Preview
    image: StoredFile | None = None
    """That of `preview`, whose contents are in their place."""


class Calls(Struct, frozen=True):
    """Whom a message mentions."""

    names: tuple[str, ...]
    """These users, where they belong to the room."""
    everybody: bool = False
    """All who belong to it."""
    present: tuple[int, ...] = ()
    """Ids of those who were present, where it mentions them all."""


class Draft(Struct, frozen=True):
    """A message on its way into the log: everything but its seq and time."""

    room: int
    author: User
    text: str
    key: str | None = None
    reply_to: int | None = None
    me: bool = False
    file: str | None = None
    """The id of an upload of the author's that the message carries."""
    content: str | None = None
    """What tells a retry from another message, in place of the file's id, which is another one each time."""
    calls: Calls | None = None
    reads: bool = False
    """Its author has read what came before it."""


class Change(Struct, frozen=True):
    """A change of a message, on its way into the log."""

    room: int
    author: User
    """Who changes it."""
    target: int
    """The seq of the message."""
    of: int
    """Whose message it must be: who may change it was decided by this user's id."""
    text: str | None
    """What it shall say; None deletes it."""
    key: str | None = None
    calls: Calls | None = None


class Reacting(Struct, frozen=True):
    """A reaction to a message, on its way into the log."""

    room: int
    author: User
    target: int
    """The seq of the message."""
    emoji: str
    on: bool
    """False takes it back."""
    key: str | None = None


class Pinning(Struct, frozen=True):
    """A message pinned to its room, or no longer, on its way into the log."""

    room: int
    author: User
    target: int
    """The seq of the message."""
    on: bool
    """False takes it down."""
    key: str | None = None


class Receipt(Struct, frozen=True):
    """Where in a log something was stored."""

    room: int
    seq: int
    at: int
