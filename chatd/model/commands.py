"""Commands: what a client may ask. `docs/protocol.md` shows each with an example."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

from chatd.model.rows import Colour, Level

Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""It fits into a JavaScript number, and into every database."""

RoomRef = Id | str
"""A room: its id, its name, or `@name`, `@name,other` for the direct room with these users.

`+CODE` in `join`, and on the same connection after it: the room that this code lets one into.
"""

UserRef = Id | str
"""A user: their id or their name."""

Text = Annotated[str, Meta(min_length=1)]
Key = Annotated[str, Meta(min_length=1, max_length=64)]
Seq = Annotated[int, Meta(ge=0, le=2**53 - 1)]
"""A place in a room's log; it fits into a JavaScript number."""

QUERY_CHARS_MOST = 100
"""Characters in a query."""
SOUGHT_CHARS_MOST = 300
LINK_USES_MOST = 10_000
LINK_DAYS_MOST = 365


class _Command(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag=str.lower):
    id: int | str | None = None
    """Chosen by the client; comes back in the answer."""


class Login(_Command, frozen=True):
    """Say who you are: by password, by token, or, with a name alone, as a guest."""

    name: str | None = None
    password: str | None = None
    code: str | None = None
    """Of one's authenticator, or a recovery code, where the account takes one beside the password."""
    token: str | None = None


class Register(_Command, frozen=True):
    """Make an account and log in to it; a guest becomes one, and stays who they are."""

    name: str
    password: str
    invitation: str | None = None
    """The code of an invitation, where `welcome` says that one is needed; or that of a server which
    nobody owns, and which the account will own."""


class Link(_Command, frozen=True):
    """Log another session in, or this one, by a code that the one shows and the other is given."""

    code: str | None = None
    """What the other side shows; absent: be shown a code for the other side."""


class Logout(_Command, frozen=True):
    """End the token that this session came with, and every session that came with it."""


class Position(Struct, frozen=True, omit_defaults=True):
    """Where a client is in one room's log."""

    room: RoomRef
    after: Seq | None = None
    """The last seq that the client has; absent: begin at the head."""


class Attach(_Command, frozen=True):
    """Receive what is said in these rooms: first what was missed, then live."""

    rooms: Annotated[list[Position], Meta(max_length=1_000)] | None = None
    """Absent: all of one's rooms, each from its head."""


class Detach(_Command, frozen=True):
    """Receive nothing more from this room on this session; membership stays."""

    room: RoomRef


class Join(_Command, frozen=True):
    """Become a member of a room that is public, or into which one is invited, and attach to it."""

    room: RoomRef
    after: Seq | None = None


class Leave(_Command, frozen=True):
    """Be a member no longer."""

    room: RoomRef


class Create(_Command, frozen=True):
    """Make a room, become its first member and attach to it."""

    name: str
    kind: Literal["public", "private"] = "public"


class Topic(_Command, frozen=True):
    """Say what a room is about, or ask."""

    room: RoomRef
    text: str | None = None
    """Empty: nothing in particular. Absent: only ask."""
    key: Key | None = None


class Direct(_Command, frozen=True):
    """Open the direct room with one other user, or up to nine: give `user` or `users`.

    It is made when it is not there yet, and attached to.
    """

    user: UserRef | None = None
    users: list[UserRef] | None = None


class Invite(_Command, frozen=True):
    """Invite somebody into a room; a private one lets them in once."""

    room: RoomRef
    user: UserRef


class Uninvite(_Command, frozen=True):
    """Take back an invitation, or end a link: give `user` or `link`."""

    room: RoomRef
    user: UserRef | None = None
    link: Id | None = None


class MakeLink(_Command, frozen=True, tag="invitelink"):
    """Make a code that lets whoever has it into a room."""

    room: RoomRef
    uses: Annotated[int, Meta(ge=1, le=LINK_USES_MOST)] | None = None
    """How many may come in by it; absent: any number."""
    days: Annotated[int, Meta(ge=1, le=LINK_DAYS_MOST)] = 7
    """How long it works."""


class Openings(_Command, frozen=True):
    """List who is invited into a room, and which links lead there."""

    room: RoomRef


class Invitations(_Command, frozen=True):
    """List one's own open invitations."""


class Decline(_Command, frozen=True):
    """Do without an invitation."""

    room: RoomRef


Target = Annotated[int, Meta(ge=-1, le=2**53 - 1)]
"""The seq of a message; -1: what one said last in this room since one came."""


class Say(_Command, frozen=True):
    """Say something in a room that one belongs to."""

    room: RoomRef
    text: str
    """Empty only beside a file."""
    key: Key | None = None
    """The sender's own name for this message; the same key again gives the first one's seq."""
    reply_to: Target | None = None
    """The seq of the message that this one answers, in the same room."""
    me: bool = False
    """Said of oneself: `* alice waves`."""
    file: str | None = None
    """The `id` of a file that one has uploaded for this room, and that no message carries yet."""


class NewBot(_Command, frozen=True):
    """Make a bot: a user that a program is. With a room, make an address that speaks there as it."""

    name: str
    room: RoomRef | None = None


class Bots(_Command, frozen=True):
    """List the bots that one has made."""


class EndBot(_Command, frozen=True):
    """End a bot that one has made: it opens nothing and says nothing any more."""

    bot: UserRef


class Upload(_Command, frozen=True):
    """Be given an address to which one file can be sent, for a room."""

    room: RoomRef
    name: str
    """What the file is called."""
    send: bool = True
    """It becomes a message by itself when it is there; otherwise it waits a day for a `say` with its id."""
    text: str = ""
    """What that message says."""
    key: Key | None = None
    reply_to: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None


class Icon(_Command, frozen=True):
    """Be given an address for the image by which one is shown or, with `room`, that room is; or remove it."""

    room: RoomRef | None = None
    remove: bool = False


class Edit(_Command, frozen=True):
    """Change what one has said."""

    room: RoomRef
    target: Target
    text: Text
    key: Key | None = None


class Delete(_Command, frozen=True):
    """Take back what one has said, or, as a moderator, what others have; nobody can bring it back."""

    room: RoomRef
    target: Target
    key: Key | None = None


class React(_Command, frozen=True):
    """Put an emoji on a message, or take it off again."""

    room: RoomRef
    target: Target
    emoji: str
    on: bool = True
    key: Key | None = None


class Pin(_Command, frozen=True):
    """Pin a message to its room, or take it down again."""

    room: RoomRef
    target: Target
    on: bool = True
    key: Key | None = None


class Pins(_Command, frozen=True):
    """List what is pinned to a room, the last pinned first."""

    room: RoomRef
    before: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    """Pinned before this one: `seq` of the last of the page before."""


DRAW_COLUMNS_MOST = 160


class Draw(_Command, frozen=True):
    """Show the image that a message carries, or what its link shows, in a few coloured dots."""

    room: RoomRef
    target: Target
    columns: Annotated[int, Meta(ge=2, le=DRAW_COLUMNS_MOST)] = 60
    """How many dots wide it is at most, and as many high."""


class History(_Command, frozen=True):
    """Read messages in their current state: before a seq (newest ones first found), after or around one."""

    room: RoomRef
    before: Seq | None = None
    after: Seq | None = None
    around: Seq | None = None
    """The seq of a message: it, and what was said before and after it."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class Read(_Command, frozen=True):
    """Move one's read position in a room; it only moves forward."""

    room: RoomRef
    seq: Seq


class Notify(_Command, frozen=True):
    """Say of what in a room one wants to be told: of all, of mentions, or of nothing."""

    room: RoomRef
    level: Level


class Place(Struct, frozen=True):
    """One message."""

    room: Id
    seq: Seq


class Mentions(_Command, frozen=True):
    """List the messages that mention one, the newest first, in the rooms that one belongs to."""

    before: Place | None = None
    """Older than this one: the last of the page before."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Search(_Command, frozen=True):
    """Find what was said in the rooms that one belongs to."""

    query: Annotated[str, Meta(min_length=1, max_length=SOUGHT_CHARS_MOST)]
    """Words and "phrases", all of which a message must have, and `from:NAME`, `in:ROOM`, `before:DAY`,
    `after:DAY`, `has:link`."""
    order: Literal["newest", "best"] = "newest"
    before: Place | None = None
    """With the newest first: older than this one, the last of the page before."""
    skip: Annotated[int, Meta(ge=0, le=1_000)] = 0
    """With what fits best first: how many came before."""
    limit: Annotated[int, Meta(ge=1, le=100)] = 20


class Rooms(_Command, frozen=True):
    """List the rooms that one may see, by name."""

    query: Annotated[str, Meta(max_length=QUERY_CHARS_MOST)] = ""
    """Only rooms whose name or topic has each of these words, whatever their case."""
    archived: bool = False
    """The archived ones, which are left out otherwise."""
    after: str | None = None
    """Names after this one: the last name of the page before."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class Who(_Command, frozen=True):
    """List who is present in a room, by name."""

    room: RoomRef
    after: str | None = None
    """Names after this one: the last name of the page before."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class Members(_Command, frozen=True):
    """List who belongs to a room, present or not, by name."""

    room: RoomRef
    after: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    """Whoever comes after this user: the id of the last one of the page before."""
    query: Annotated[str, Meta(max_length=QUERY_CHARS_MOST)] = ""
    """Only those whose name or display name has this in it."""
    user: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    """Only the one with this id."""
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class Role(_Command, frozen=True):
    """Say what somebody is from now on, in a room or on the server."""

    user: UserRef
    role: Literal["owner", "admin", "user", "moderator", "member"]
    """In a room `owner`, `moderator` or `member`; on the server `owner`, `admin` or `user`."""
    room: RoomRef | None = None
    """Absent: on the server."""


MINUTES_MOST = 5_256_000
"""Ten years."""
Minutes = Annotated[int, Meta(ge=1, le=MINUTES_MOST)]


SLOW_SECONDS_MOST = 21_600
"""Six hours."""
RETAIN_DAYS_MOST = 3_650
RETAIN_COUNT_MOST = 10_000_000


class Configure(_Command, frozen=True):
    """Change how a room works, or ask; what is absent stays as it is."""

    room: RoomRef
    moderated: bool | None = None
    """Whether only moderators and owners speak."""
    slow_seconds: Annotated[int, Meta(ge=0, le=SLOW_SECONDS_MOST)] | None = None
    """How long a plain member waits from one message to the next; 0: not at all."""
    retain_days: Annotated[int, Meta(ge=0, le=RETAIN_DAYS_MOST)] | None = None
    """How long the entries of the log are kept; 0: for good."""
    retain_count: Annotated[int, Meta(ge=0, le=RETAIN_COUNT_MOST)] | None = None
    """How many of the newest entries are kept; 0: all."""
    previews: bool | None = None
    """Whether the server looks at what links lead to."""


class Rename(_Command, frozen=True):
    """Give a room another name; the one before goes on leading to it."""

    room: RoomRef
    name: str


class Archive(_Command, frozen=True):
    """Let nothing more be said in a room, and nobody come into it; who is in it goes on reading."""

    room: RoomRef
    on: bool = True
    """False: let it live again."""


class Destroy(_Command, frozen=True):
    """Delete a room, with everything in it, for everybody and for good."""

    room: RoomRef
    name: str
    """The room's name, as a sign that it is meant."""


class Kick(_Command, frozen=True):
    """Remove somebody from a room; they may come back."""

    room: RoomRef
    user: UserRef
    reason: str = ""


class Ban(_Command, frozen=True):
    """Keep somebody out of a room, or, as an admin, out of the server, with all who come from an address."""

    user: UserRef | None = None
    network: str | None = None
    """Instead of `user`: an address or a network, as `192.0.2.0/24`."""
    room: RoomRef | None = None
    """Absent: out of the server."""
    minutes: Minutes | None = None
    """Absent: for good."""
    reason: str = ""


class Unban(_Command, frozen=True):
    """Let them in again."""

    user: UserRef | None = None
    network: str | None = None
    room: RoomRef | None = None


class Mute(_Command, frozen=True):
    """Keep somebody silent in a room, or, as an admin, everywhere."""

    user: UserRef
    room: RoomRef | None = None
    minutes: Minutes | None = None
    reason: str = ""


class Unmute(_Command, frozen=True):
    """Let them speak again."""

    user: UserRef
    room: RoomRef | None = None


class Purge(_Command, frozen=True):
    """Delete all that somebody has said in a room, or, as an admin, in every public room."""

    user: UserRef | None = None
    target: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    """Instead of `user`: the seq of a message in `room`, whose author is meant."""
    room: RoomRef | None = None
    """Absent: every public room."""
    reason: str = ""


class Sanctions(_Command, frozen=True):
    """List who is kept out of a room or silent there, or, as an admin, on the server."""

    room: RoomRef | None = None


class Audit(_Command, frozen=True):
    """Read what those with power did, the newest first: in a room, or, as an admin, everywhere."""

    room: RoomRef | None = None
    before: Annotated[int, Meta(ge=1, le=2**53 - 1)] | None = None
    """Acts before this one: the last of the page before."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


LOCKDOWN_MINUTES_MOST = 43_200
"""30 days."""


class LockDown(_Command, frozen=True):
    """Let nobody new come in for a while, and slow every room; or, without `minutes`, ask."""

    minutes: Annotated[int, Meta(ge=0, le=LOCKDOWN_MINUTES_MOST)] | None = None
    """How long; 0: no longer. Absent: only ask."""
    slow_seconds: Annotated[int, Meta(ge=0, le=SLOW_SECONDS_MOST)] = 30
    """How long a plain member waits, in every room, from one message to the next; 0: not at all."""
    reason: str = ""


class ReportMessage(_Command, frozen=True, tag="report"):
    """Tell those who keep order of a message."""

    room: RoomRef
    target: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    """The seq of the message."""
    note: str = ""
    """Why."""


class Reports(_Command, frozen=True):
    """List the open reports, the oldest first: of a room, or, as an admin, from where nobody keeps order."""

    room: RoomRef | None = None
    after: Annotated[int, Meta(ge=0, le=2**53 - 1)] = 0
    """Reports after this one: the last of the page before."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class CloseReport(_Command, frozen=True):
    """Have done with a report."""

    report: Id
    note: str = ""
    """What was done about it."""


class Claim(_Command, frozen=True):
    """Become the owner of a server that has none, by the code that it printed when it started."""

    code: str


class Typing(_Command, frozen=True):
    """Tell the others in the room that one is writing; it fades by itself after 6 seconds."""

    room: RoomRef


class Prefer(_Command, frozen=True):
    """Keep a setting with one's account, for every session to come."""

    numbers: bool
    """Whether the line frontend shows each message's seq."""


class Away(_Command, frozen=True):
    """Be shown as away, or as back; what one does in between changes nothing."""

    on: bool = True
    text: str | None = None
    """Shown instead of one's status while one is away."""


class Status(_Command, frozen=True):
    """Say in a few words what others should know; an empty text says nothing any more."""

    text: str


class Appear(_Command, frozen=True):
    """Say how one wants to be seen; what is absent stays as it is."""

    display_name: str | None = None
    colour: Colour | None = None


class Users(_Command, frozen=True):
    """Ask how these users want to be seen."""

    users: Annotated[list[UserRef], Meta(max_length=100)]


class Ignore(_Command, frozen=True):
    """Hear and read nothing any more of what this user says; nobody else is told."""

    user: UserRef


class Unignore(_Command, frozen=True):
    """Hear and read this user again."""

    user: UserRef


class Ignored(_Command, frozen=True):
    """List whom one ignores."""


class Password(_Command, frozen=True):
    """Change one's password, and end every other session."""

    current: str
    password: str


class DeleteAccount(_Command, frozen=True):
    """Be gone for good: what one is called and showed of oneself is wiped, and every session ends."""

    password: str
    messages: Literal["stay", "go"]
    """What becomes of all that one has said: it stays, by somebody called `deleted`, or is deleted too."""
    code: str | None = None
    """Of one's authenticator, or a recovery code, where the account takes one beside the password."""


class Totp(_Command, frozen=True):
    """Let one's password take a code of an authenticator too (RFC 6238), or no longer."""

    on: bool
    password: str | None = None
    """Needed to begin, and to end."""
    code: str | None = None
    """Needed to confirm what was begun, and to end."""


class ListUsers(_Command, frozen=True):
    """List, as an admin, everybody who has a name on the server, by name."""

    query: Annotated[str, Meta(max_length=QUERY_CHARS_MOST)] = ""
    """Only those whose name or display name has this in it."""
    connected: bool = False
    """Only those who are connected."""
    after: str = ""
    """Names after this one: the last name of the page before."""
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


class AskLimits(_Command, frozen=True, tag="limits"):
    """Ask, as an admin, what limits the operator has set."""


class Sessions(_Command, frozen=True):
    """List one's own sessions, or, as an admin, those of somebody else."""

    user: UserRef | None = None
    """Whose; absent: one's own."""


class End(_Command, frozen=True):
    """End one of one's own sessions, or, as an admin, one of somebody else's."""

    session: str
    user: UserRef | None = None
    """Whose it is; absent: one's own."""


class Tokens(_Command, frozen=True):
    """List one's API tokens."""


class NewToken(_Command, frozen=True):
    """Make an API token: what a program logs in with as its owner."""

    name: str
    """A name as users have one; of one's own tokens each has another."""


class Revoke(_Command, frozen=True):
    """End one of one's own API tokens, and every session that came with it."""

    name: str


class InviteCode(_Command, frozen=True):
    """Make a code with which people make accounts, where they need one."""

    uses: Annotated[int, Meta(ge=1, le=LINK_USES_MOST)] = 1
    """For how many accounts."""
    days: Annotated[int, Meta(ge=1, le=LINK_DAYS_MOST)] = 7
    """How long it works."""


class InviteCodes(_Command, frozen=True):
    """List the codes with which accounts can be made."""


class UninviteCode(_Command, frozen=True):
    """Let a code make no more accounts."""

    link: Id


class Ping(_Command, frozen=True):
    """Ask for a pong. Whatever was asked before it has been answered when the pong comes."""


Command = (
    Login
    | Register
    | Link
    | Logout
    | Attach
    | Detach
    | Join
    | Leave
    | Create
    | Topic
    | Direct
    | Invite
    | Uninvite
    | MakeLink
    | Openings
    | Invitations
    | Decline
    | Say
    | Upload
    | Icon
    | NewBot
    | Bots
    | EndBot
    | Edit
    | Delete
    | React
    | Pin
    | Pins
    | Draw
    | History
    | Read
    | Notify
    | Mentions
    | Search
    | Rooms
    | Who
    | Members
    | Role
    | Configure
    | Rename
    | Archive
    | Destroy
    | Kick
    | Ban
    | Unban
    | Mute
    | Unmute
    | Purge
    | Sanctions
    | Audit
    | LockDown
    | ReportMessage
    | Reports
    | CloseReport
    | Claim
    | Typing
    | Prefer
    | Away
    | Status
    | Appear
    | Users
    | Ignore
    | Unignore
    | Ignored
    | Password
    | DeleteAccount
    | Totp
    | ListUsers
    | AskLimits
    | Sessions
    | End
    | Tokens
    | NewToken
    | Revoke
    | InviteCode
    | InviteCodes
    | UninviteCode
    | Ping
)
"""Everything that a client may ask."""

COMMANDS: dict[str, type[Command]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Command)}
"""Each command by the word that names it on the wire."""
