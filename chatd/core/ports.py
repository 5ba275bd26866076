"""What the core asks of the outside. Everything here is passed in; the core constructs none of it."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any, Protocol

from chatd.model import (
    Account,
    Act,
    Answer,
    Appearance,
    Arrival,
    Bot,
    Change,
    Close,
    Colour,
    Draft,
    Entry,
    Event,
    Fetched,
    Filed,
    Footing,
    Glimpse,
    IconSize,
    InForce,
    Invitation,
    Invitee,
    InviteLink,
    Level,
    Listing,
    Locked,
    Look,
    Member,
    Page,
    PinnedMessage,
    Pinning,
    Place,
    Previewing,
    Profile,
    Reacting,
    Receipt,
    Room,
    RoomKind,
    RoomRole,
    RoomState,
    Said,
    SanctionKind,
    ServerRole,
    SettingName,
    Settings,
    Shown,
    Sought,
    StoredFile,
    StoredIcon,
    Token,
    User,
    UserState,
)

Spawn = Callable[[Coroutine[Any, Any, None]], None]
"""Start a coroutine; its failure is logged, never lost."""


Decide = Callable[[Footing, Footing], None]
"""Raises ChatError to refuse what needs power, by where the one who asks and the one whom it is about stand.

Called in the transaction that makes the change, in the writer's thread: whatever was decided before is
known then, and nothing comes in between.
"""
Judge = Callable[[Footing, Filed], None]
"""The same for a report, by where the one who deals with it stands in its room."""
DecideOnServer = Callable[[Footing, Footing, int], None]
"""The same, with the number of the server's owners."""
Permit = Callable[[Footing], None]
"""The same for what is done to a room: by where the one who asks stands in it."""


class Store(Protocol):
    """The durable state. Every method may raise ChatError `unavailable`; a write that resolved is on disk.

    Writes are carried out in the order of the calls; reads see every write that resolved before.
    """

    epoch: str
    """A random id made with the database."""

    def append(self, draft: Draft) -> Awaitable[Said]:
        """Give the draft the room's next seq, commit it, have it published, and only then resolve.

        The author's key again: the first entry, not published again; with other content: `key_reused`.
        The author may not speak there when the writes before this one are done: `not_a_member`. `reply_to`
        names no message of that room: `no_such_message`.
        """

    def submit(self, draft: Draft, settle: Callable[[Said | Exception], None]) -> None:
        """The same, and `settle` hears the entry or the refusal, perhaps at once: for those who say so much
        that a coroutine for each message costs more than what it does."""

    def change(self, change: Change, permit: Permit | None = None) -> Awaitable[Receipt]:
        """Edit or delete a message in the same way, if `permit` allows it; what changes nothing gives what
        changed it last.

        It is not `change.of` who wrote it, or an edit comes after it was deleted: `no_such_message`.
        """

    def react(self, reacting: Reacting) -> Awaitable[Receipt]:
        """Put an emoji on a message, or take it off, in the same way; what changes nothing gives what was
        there before. It is no message, or deleted: `no_such_message`; it has enough of them: `too_many`."""

    def pin(self, pinning: Pinning, permit: Permit) -> Awaitable[Receipt]:
        """Pin a message to its room, or take it down, in the same way, if `permit` allows it; `too_many`."""

    def pins(
        self, room: int, before: int | None, without: Collection[int] = ()
    ) -> Awaitable[tuple[list[PinnedMessage], bool]]:
        """What is pinned to a room, the last pinned first, by the entries before `before`; whether there is
        more. Nothing that those in `without` said. Bounded like `messages`."""

    def set_topic(self, room: int, author: User, text: str, key: str | None = None) -> Awaitable[Receipt]:
        """Give a room another topic in the same way; for the same again the room's newest entry."""

    def settings(self, room: int) -> Awaitable[Settings]:
        """How the room works."""

    def configure(
        self, room: int, by: User, changes: Mapping[SettingName, int], permit: Permit
    ) -> Awaitable[Settings]:
        """Let the room work in another way: how it does then. Each change is noted in the log, and kept."""

    def rename(self, room: int, by: User, name: str, permit: Permit) -> Awaitable[None]:
        """Another name for the room, which keeps its last ones; `name_taken`. The same changes nothing."""

    def destroy(self, room: int, by: User, name: str, permit: Permit) -> Awaitable[list[int]]:
        """The room is there no longer, for anybody; `name` must be its. Gives who was invited into it.

        `forget_old` removes the rest."""

    def forget_old(self, told: Callable[[int, int], None]) -> Awaitable[None]:
        """Remove, a little at once, what rooms keep no longer, and what was in rooms that were deleted.

        `told` hears up to which seq the entries of a room are gone.
        """

    def purge(self, room: int | None, user: int, by: User, reason: str, decide: Decide) -> Awaitable[None]:
        """Begin to remove everything that a user has said in a room, or without one in all public rooms.

        `finish_purges` does it; in each room where there was something one entry tells so.
        """

    def finish_purges(self) -> Awaitable[None]:
        """Carry out, a little at once, all that was begun so, before a crash too."""

    def archive(self, room: int, by: User, on: bool, permit: Permit) -> Awaitable[None]:
        """Whether nothing is said in the room any more and nobody comes into it."""

    def message(self, room: int, seq: int) -> Awaitable[Said | None]:
        """One message in its current state."""

    def entries(self, room: int, after: int, upto: int | None = None) -> Awaitable[Page[Entry]]:
        """The log after `after`, up to `upto` or the head, every kind of entry: at most 200 and 256 KiB of
        text, but at least one where there is one."""

    def messages(
        self,
        room: int,
        *,
        before: int | None,
        after: int | None,
        limit: int,
        without: Collection[int] = (),
        around: int | None = None,
    ) -> Awaitable[Page[Said]]:
        """Messages in their current state, deleted ones included: the last `limit` before `before`
        (both None: of all), or the first after `after`. Bounded to 256 KiB of text.

        `without`: by nobody of these, as if they had written nothing. `around`: instead of `before` and
        `after`, this message and as many before as after it; `no_such_message`."""

    def room(self, ref: int | str, user: int) -> Awaitable[Room | None]:
        """A room by id or folded name; None where there is none that the user may know of.

        Known are public rooms, those that one belongs to, and those into which one is invited.
        """

    def direct_room(self, users: Collection[int]) -> Awaitable[Room | None]:
        """The direct room of exactly these users."""

    def open_direct(self, users: Collection[int]) -> Awaitable[Room]:
        """The same, made, with all of them as members, when it is not there."""

    def create_room(self, name: str, kind: RoomKind, creator: int) -> Awaitable[Room]:
        """A new room with its creator as member; `name_taken` when there is one, whatever its kind."""

    def join(self, user: int, room: int) -> Awaitable[Room | None]:
        """Membership, and a read position at the head unless there is one. Repeating it changes nothing.

        It uses an invitation up. None, and nothing is done, for a room that the user may not enter.
        """

    def leave(self, user: int, room: int) -> Awaitable[None]:
        """No membership any more; the read position stays."""

    def arrival(self, user: int) -> Awaitable[Arrival]:
        """What the user comes in with."""

    def room_of(self, user: int, room: int) -> Awaitable[RoomState | None]:
        """One of these rooms."""

    def read(self, user: int, room: int, seq: int) -> Awaitable[int]:
        """Move the read position forward, never past the head; gives where it is now."""

    def mentioned(self, user: int, before: Place | None, limit: int) -> Awaitable[tuple[list[Said], bool]]:
        """Messages of others that mention the user, the newest first, older than `before`, in rooms that they
        belong to and of nobody whom they ignore; and whether there is more."""

    def search(
        self, user: int, sought: Sought, before: Place | None, skip: int, limit: int
    ) -> Awaitable[tuple[list[Said], bool]]:
        """Messages that have all of this, in rooms that the user belongs to and of nobody whom they ignore:
        the newest first, older than `before`, or what fits best behind so many others; and whether there is
        more. `unavailable` where it takes too long."""

    def notify(self, user: int, room: int, level: Level) -> Awaitable[None]:
        """Keep of what in a room the user wants to be told; `not_a_member`."""

    def list_rooms(
        self, user: int, after: str, limit: int, query: str = "", archived: bool = False
    ) -> Awaitable[tuple[list[Listing], bool]]:
        """Public rooms and the user's private ones with names after `after`, and whether there are more.

        With a query those whose name or topic has each of its words, whatever their case.
        """

    def list_members(
        self, room: int, after: int, limit: int, query: str = "", only: int | None = None
    ) -> Awaitable[tuple[list[Member], int, bool]]:
        """Who belongs to the room, by name and id, after the user with the id `after` (0: from the first);
        how many in all, and whether there are more behind these. With `query` those whose name or display
        name has it in it, with `only` the user with this id."""

    def set_room_role(self, room: int, user: int, role: RoomRole, by: int, decide: Decide) -> Awaitable[bool]:
        """Give a member a role, if `decide` allows it; whether it is another one than before."""

    def set_server_role(
        self, user: int, role: ServerRole, by: int, decide: DecideOnServer
    ) -> Awaitable[bool]:
        """Give an account a role on the server, if `decide` allows it; whether it is another one."""

    def owner_count(self) -> Awaitable[int]:
        """How many own the server."""

    def owned(self, named: str | None) -> bool:
        """Whether somebody owns the server, or this account is there to. Blocks, as `all_sanctions`."""

    def found(self, user: int) -> Awaitable[bool]:
        """The account owns the server, if nobody does yet; whether that is so now."""

    def make_owner(self, name: str) -> Awaitable[bool]:
        """The account of this name owns the server, whoever else does; whether there is such an account."""

    def invite(self, room: int, user: int, by: int) -> Awaitable[Invitation | None]:
        """Invite a user; None where that was done already. `already_a_member`; `not_a_member`: who asks."""

    def uninvite(self, room: int, user: int, by: int) -> Awaitable[None]:
        """Take an invitation back; `no_such_invitation`."""

    def decline(self, user: int, ref: int | str) -> Awaitable[tuple[int, str]]:
        """Drop the user's invitation to the room of this id or folded name, which are given;
        `no_such_invitation`."""

    def invitations_of(self, user: int) -> Awaitable[list[Invitation]]:
        """The user's open invitations, the newest 100 first."""

    def make_link(
        self, room: int, by: int, digest: bytes, uses: int | None, days: int
    ) -> Awaitable[InviteLink]:
        """Let the code with this digest open the room, so many times and days long; `too_many` in one room,
        `not_a_member`: its maker."""

    def end_link(self, room: int, link: int, by: int) -> Awaitable[None]:
        """End a link of this room; `no_such_invitation`."""

    def follow_link(self, user: int, digest: bytes) -> Awaitable[Room]:
        """Membership by a code, whose use is counted; `no_such_invitation`."""

    def openings(self, room: int) -> Awaitable[tuple[list[Invitee], list[InviteLink]]]:
        """Who is invited into a room, and its open links, the newest first."""

    def create_guest(self, name: str) -> Awaitable[User]:
        """A new guest who holds `name` and is a member of the lobby; `name_taken`."""

    def create_account(
        self, name: str, password_hash: str, invitation: bytes | None = None
    ) -> Awaitable[User]:
        """A new account, member of the lobby; `name_taken`.

        It uses up the invitation of this digest; `wrong_code` where that lets nobody in any more.
        """

    def account(self, ref: int | str) -> Awaitable[Account | None]:
        """A user by id, or the user who holds this name now."""

    def hold_name(self, user: int) -> Awaitable[User]:
        """Let a guest hold a name again: its last one, or the first that is free of `bob2`, `bob3` …"""

    def free_name(self, user: int) -> Awaitable[None]:
        """A guest's name may be taken by others; the row keeps it as what its messages show."""

    def guests_holding_names(self) -> Awaitable[list[int]]:
        """Ids of the guests whose names are held."""

    def promote(self, guest: int, password_hash: str, invitation: bytes | None = None) -> Awaitable[User]:
        """The guest is an account from now on, under the name that it holds; `no_such_user` for any other.

        `invitation` as in `create_account`.
        """

    def set_password(self, known: Account, password_hash: str, keep: bytes) -> Awaitable[None]:
        """Another password; every token of the user but the one with this digest opens nothing any more.

        Raises ChatError `wrong_password` where what a login takes is not what is `known`, and `not_logged_in`
        or `forbidden` where the one to keep has ended, or is no login's.
        """

    def end_account(self, known: Account, purge: bool, decide: DecideOnServer) -> Awaitable[list[int]]:
        """Delete the account, `wrong_password` where what a login takes is not what is `known`; gives the ids
        of all rooms where it ever was.

        Its name is never given again, and its tokens open nothing. `purge`: begin to remove what it said.
        """

    def make_invitation(
        self, by: int, digest: bytes, uses: int, days: int, decide: Decide
    ) -> Awaitable[InviteLink]:
        """Keep the digest of a code for so many accounts; `too_many`.

        `decide` is given where the asker stands, twice: nobody else is concerned.
        """

    def invitations(self) -> Awaitable[list[InviteLink]]:
        """The codes with which accounts can be made, the newest first."""

    def end_invitation(self, link: int, by: int, decide: Decide) -> Awaitable[None]:
        """The code makes no more accounts; `no_such_invitation`. `decide` as in `make_invitation`."""

    def set_totp(
        self, user: int, secret: str, step: int, recovery: Sequence[bytes], by: bytes | None
    ) -> Awaitable[None]:
        """Let the user's password take a code too; the code of `step` is used, `recovery` are digests.

        `by`: the login that asks for it, refused as by `add_api_token`; `forbidden` where one is set already.
        """

    def clear_totp(self, known: Account) -> Awaitable[None]:
        """The user's password is enough again."""

    def take_totp_step(self, user: int, step: int) -> Awaitable[bool]:
        """Use the code of this time step: False when it, or that of a later one, was used before."""

    def take_recovery_code(self, user: int, digest: bytes) -> Awaitable[bool]:
        """Use a recovery code: False for one that the user does not have, or not any more."""

    def appear(self, user: int, display_name: str | None, colour: Colour | None) -> Awaitable[None]:
        """Keep how the user wants to be seen; None leaves what is there. `name_taken` for what looks like a
        name that somebody else has."""

    def profiles(self, users: Collection[int]) -> Awaitable[list[Profile]]:
        """How these want to be seen, by id, as if nobody were here; whoever does not exist is left out."""

    def set_status(self, user: int, status: str) -> Awaitable[None]:
        """Keep the words that are shown beside the name."""

    def set_away(self, user: int, away: str | None) -> Awaitable[None]:
        """Keep that the user is away, with these words, or with None that they are back."""

    def saw(self, ago: Mapping[int, int]) -> Awaitable[None]:
        """Keep when these users were last here: how many ms ago, by id, at least one."""

    def ignore(self, user: int, other: int) -> Awaitable[list[User]]:
        """The user hears nothing of the other any more: whom they ignore now, by name; `too_many`."""

    def unignore(self, user: int, other: int) -> Awaitable[list[User]]:
        """The opposite."""

    def tokens_of(self, user: int) -> Awaitable[list[Token]]:
        """The user's tokens that have not expired, those of logins and of programs, the newest first."""

    def tokens_for(self, user: int, by: int, decide: Decide) -> Awaitable[list[Token]]:
        """The same for somebody else, if `decide` allows it."""

    def end_login(self, user: int, digest: bytes, by: int, decide: Decide) -> Awaitable[None]:
        """This login of the user's opens nothing any more, if `decide` allows it."""

    def list_users(
        self, query: str, after: str, limit: int, among: Collection[int] | None
    ) -> Awaitable[tuple[list[UserState], bool]]:
        """Who has a name, by name, after a name, and whether there are more: those whose name or display name
        has the query in it, and only those `among` these ids. Nobody's connections are counted."""

    def add_token(
        self, user: int, digest: bytes, frontend: str = "", address: str = "", by: bytes | None = None
    ) -> Awaitable[None]:
        """Keep the digest of a new token for 30 days after its last use, and where it was given.

        `by`: the login that asks for it, refused as by `add_api_token`.
        """

    def use_token(self, digest: bytes) -> Awaitable[Account | None]:
        """Whose token this is; None for an unknown or expired one. Its 30 days begin anew, if they can."""

    def drop_token(self, digest: bytes) -> Awaitable[bool]:
        """A login's token opens nothing any more; False for an API token: that takes `revoke_token`."""

    def add_api_token(self, user: int, name: str, digest: bytes, by: bytes | None) -> Awaitable[None]:
        """Keep the digest of an API token, which does not expire, for a user who asks with the token `by`.

        `name_taken`, `too_many`; `forbidden` where `by` is an API token, `not_logged_in` where it has ended.
        """

    def revoke_token(self, user: int, name: str) -> Awaitable[bytes | None]:
        """The API token of this name opens nothing any more: its digest, or None where there is none."""

    def prefer(self, user: int, numbers: bool) -> Awaitable[None]:
        """Keep a setting."""

    def kick(
        self, room: int, user: int, by: User, reason: str, decide: Callable[[Footing, Footing], None]
    ) -> Awaitable[None]:
        """End a membership, and note it. `decide` is given where both stand, in the writer's thread, and
        raises ChatError to refuse; `not_a_member` where there is none to end."""

    def sanction_in_room(
        self,
        kind: SanctionKind,
        room: int,
        user: int,
        by: User,
        minutes: int | None,
        reason: str,
        decide: Callable[[Footing, Footing], None],
    ) -> Awaitable[InForce]:
        """Keep somebody out of a room, which ends the membership, or silent in it, and note it."""

    def sanction_on_server(
        self,
        kind: SanctionKind,
        user: int,
        by: User,
        minutes: int | None,
        reason: str,
        decide: Callable[[Footing, Footing], None],
    ) -> Awaitable[InForce]:
        """Keep somebody out of the server, which ends every token of theirs, or silent everywhere."""

    def ban_network(
        self,
        network: str,
        by: User,
        minutes: int | None,
        reason: str,
        decide: Callable[[Footing, Footing], None],
    ) -> Awaitable[InForce]:
        """Keep out whoever comes from there."""

    def lift(
        self,
        kind: SanctionKind,
        room: int | None,
        user: int | None,
        network: str,
        by: User,
        decide: Callable[[Footing, Footing], None],
    ) -> Awaitable[None]:
        """End one of these; `no_such_sanction`."""

    def sanctions_in_force(self, room: int | None) -> Awaitable[list[InForce]]:
        """Those of a room, or of the server; the newest first."""

    def all_sanctions(self) -> list[InForce]:
        """Those of every room and of the server. Blocks: asked once, before anybody can come."""

    def lockdown(self) -> Locked | None:
        """That of the server, while there is one. Blocks, as `all_sanctions`."""

    def lock_down(
        self, minutes: int, slow_seconds: int, reason: str, by: User, decide: Decide
    ) -> Awaitable[Locked]:
        """Let nobody new come in for so long, and so much time pass between two messages of one person in a
        room. `decide` as in `make_invitation`."""

    def open_up(self, by: User, decide: Decide) -> Awaitable[None]:
        """The opposite."""

    def report(self, room: int, target: int, by: User, note: str) -> Awaitable[Filed | None]:
        """Keep that a member reports a message of somebody else's; None where they did that already.

        `not_a_member`; `no_such_message`; `too_many` of theirs are open.
        """

    def open_reports(self, room: int | None, after: int, limit: int) -> Awaitable[tuple[list[Filed], bool]]:
        """What is reported after one of them, by number: in a room, or without one wherever nobody but the
        author keeps order; and whether there is more."""

    def close_report(self, report: int, by: User, note: str, judge: Judge) -> Awaitable[None]:
        """Somebody has dealt with it; `no_such_report`. It is kept with what those with power did."""

    def acts(
        self, room: int | None, reader: int, before: int | None, limit: int
    ) -> Awaitable[tuple[list[Act], bool]]:
        """What was done by those who have power, in a room or everywhere, the newest first; and whether there
        is more. Where it was done is hidden, if the reader may not know of the room."""

    def add_file(self, stored: StoredFile, quota_bytes: int) -> Awaitable[StoredFile]:
        """Keep a file whose contents are in their place, for a message that is to come within a day.

        `no_space` where its sender's files would have more bytes than this (0: any number); refused like a
        message where its sender may say nothing in the room.
        """

    def file(self, file: str) -> Awaitable[StoredFile | None]:
        """A file by its id, whoever may have it."""

    def used_bytes(self, user: int) -> Awaitable[int]:
        """How many bytes the files of a user have."""

    def freed_contents(self) -> Awaitable[list[bytes]]:
        """Digests of some contents that files had which are gone."""

    def unneeded(self, digests: Collection[bytes]) -> Awaitable[list[bytes]]:
        """Which of these no file and no icon has; the others are forgotten until they are freed again."""

    def removed(self, digests: Collection[bytes]) -> Awaitable[None]:
        """The contents with these digests are gone."""

    def show_user(self, user: int, stored: StoredIcon | None) -> Awaitable[Appearance]:
        """Show a user by this image, whose contents are in their place, or by none; how they want to be seen
        then. `no_such_user` where the account has ended."""

    def show_room(self, room: int, by: User, stored: StoredIcon | None, permit: Permit) -> Awaitable[None]:
        """The same for a room, and note it; nothing happens where there is none to remove."""

    def icon(self, id: str) -> Awaitable[StoredIcon | None]:
        """Such an image by its id, whoever may have it."""

    def reuse_preview(self, room: int, target: int, url: str, image: str) -> Awaitable[bool]:
        """Show with a message what was found for its first link within a day, a picture of that under the id
        `image`, and publish that it is. Whether the link is still to be looked at; where the message, or its
        room, shows nothing for it, it is not."""

    def show_preview(self, previewing: Previewing) -> Awaitable[None]:
        """Show what was found, and publish that; nothing where the message waits for it no more."""

    def make_bot(
        self, maker: int, name: str, secret: bytes, by: bytes | None, room: int | None
    ) -> Awaitable[User]:
        """A new bot of the maker's, who asks with the token `by`, refused as by `add_api_token`; `too_many`,
        `name_taken`. `secret` is the digest of its token or, with a room, of what speaks there as it."""

    def bots_of(self, maker: int) -> Awaitable[list[Bot]]:
        """The bots that a user has made, by name."""

    def end_bot(self, maker: int, bot: int) -> Awaitable[None]:
        """The bot opens nothing any more, and its name is free; `no_such_user`."""

    def hooked(self, secret: bytes) -> Awaitable[tuple[User, int] | None]:
        """Who speaks by the secret with this digest, and in which room."""


class Incoming(Protocol):
    """Bytes on their way in, under a temporary name. Awaited one call after the other."""

    path: str
    """Where they lie, for a program on this machine that looks into them."""

    @property
    def digest(self) -> bytes:
        """The SHA-256 digest of what was written so far."""

    def write(self, data: bytes) -> Awaitable[None]:
        """More of them."""

    def keep(self) -> Awaitable[None]:
        """Put them in their place, safe from a crash."""

    def discard(self) -> Awaitable[None]:
        """Forget them; does nothing after `keep`."""


class Media(Protocol):
    """Looks into files."""

    def look(self, path: str, head: bytes) -> Awaitable[Look]:
        """What the file is that lies there and begins so; for an image others are made of it.

        `bad_file` for an image that is broken or too big.
        """


class Squares(Protocol):
    """Makes icons of images."""

    def icon(self, path: str, head: bytes) -> Awaitable[dict[IconSize, str]]:
        """Where the square images lie that were made of the one there, which begins so; `bad_file` also for
        what is no image."""


class Painter(Protocol):
    """Makes dots of images."""

    def paint(self, path: str, columns: int) -> Awaitable[list[str]]:
        """The image that lies there, at most so wide and so high; rows of `rrggbb`. `bad_file`."""


class Pages(Protocol):
    """Looks into pages of the web."""

    def glimpse(self, path: str, charset: str, url: str) -> Awaitable[Glimpse]:
        """What the page from `url` says of itself that lies there, in HTML, sent as `charset`.

        `bad_file` where that takes too long.
        """


class Web(Protocol):
    """The web, as far as it may be looked at."""

    def fetch(self, url: str) -> Awaitable[Fetched | None]:
        """The page or the image at this address; None: there is none, or this server may not have it."""


class FileStore(Protocol):
    """Contents of files, each under the SHA-256 digest of its bytes. Every method may raise ChatError."""

    def begin(self) -> Awaitable[Incoming]:
        """Take in a new content."""

    def take_in(self, path: str) -> Awaitable[Incoming]:
        """The same with what lies there already, and belongs to this store from now on."""

    def length(self, digest: bytes) -> Awaitable[int]:
        """How many bytes it has; `no_such_file` where there is no such content."""

    def read(self, digest: bytes, start: int, count: int) -> Awaitable[bytes]:
        """Some of the bytes; `no_such_file` where there is no such content."""

    def remove(self, digest: bytes, doomed: Callable[[], bool]) -> Awaitable[bool]:
        """Free the space if `doomed`, asked in another thread, still says so; no content comes to its place
        in between. Whether it did."""

    def free_bytes(self) -> Awaitable[int]:
        """How much more the disk can take."""


class Auth(Protocol):
    """Secrets: what needs randomness or much time."""

    def hash(self, password: str) -> Awaitable[str]:
        """The password's hash in its encoded form; `unavailable` with `retry_ms` when too many wait."""

    def verify(self, password_hash: str | None, password: str) -> Awaitable[bool]:
        """Whether it fits; a hash of None takes the same time and never fits."""

    def new_token(self) -> str:
        """A secret of 256 bits."""

    def new_api_token(self) -> str:
        """The same, in letters and digits behind a prefix by which people and scanners know it."""

    def new_code(self, groups: int = 3) -> str:
        """A secret of 20 bits a group that a person can type: `k7f3-9qx2-m4tz`; 2 groups or 3."""

    def new_totp_secret(self) -> str:
        """A secret for an authenticator: 160 bits in base32."""

    def totp_uri(self, secret: str, name: str) -> str:
        """The secret as authenticators read it, for the user of this name."""

    def totp_step(self, secret: str, code: str) -> int | None:
        """Which time step this is the code of: now's, the one before or the one after; None: of none."""

    def digest(self, token: str) -> bytes:
        """What is stored of a token: 32 bytes; the same for every way of writing a code (case, blanks)."""


class Bus(Protocol):
    """How a committed entry reaches every node; in one process: straight back to the registry."""

    def publish(self, entry: Entry) -> None:
        """Called by the store for every committed entry, in commit order."""


class Wire(Protocol):
    """A pure translation of events into the bytes of one kind of client, in one variant.

    Two clients with the same wire object are sent the same bytes for the same room event.
    """

    personal: bool
    """Whether a direct room's frames differ by recipient."""

    def encode(self, event: Shown, label: str, quoted: Said | None = None) -> bytes:
        """The bytes to send; empty when this wire does not show the event.

        `label` is how the recipient calls the room: `#lobby`, or `@alice` for a direct room. `quoted` is the
        message that it answers, as that is now.
        """


class Frame:
    """Bytes owed to many: encoded once, queued by reference."""

    __slots__ = ("data", "room", "seq")

    def __init__(self, data: bytes, room: int, seq: int) -> None:
        """`seq` is the entry's, or 0 for an event that is not stored. `room` is 0 for an answer."""
        self.data = data
        self.room = room
        self.seq = seq


class Outbox(Protocol):
    """Bytes owed to one connection. Order is kept; what it owes is bounded."""

    wire: Wire

    @property
    def congested(self) -> bool:
        """Whether more than half the bound is owed, so that nothing more should be asked for."""

    def put(self, frame: Frame) -> bool:
        """Owe a room's frame; False, and nothing is owed, when that would pass the bound."""

    def drop_room(self, room: int) -> None:
        """Forget the frames of this room that have not left yet."""

    def drained(self) -> Awaitable[None]:
        """Resolves when nothing is owed any more, or the connection is gone."""


class Client(Protocol):
    """The frontend's side of one session."""

    @property
    def outbox(self) -> Outbox:
        """Where its rooms' frames go."""

    def send(self, event: Event) -> None:
        """Owe an answer, or an event for this session alone; never dropped."""

    def read_on(self, wanted: bool) -> None:
        """Whether more commands are wanted from this client now."""

    def close(self, why: Close) -> None:
        """Send what is owed, then last words, then end the connection."""


__all__ = [
    "Answer",
    "Auth",
    "Bus",
    "Client",
    "FileStore",
    "Frame",
    "Incoming",
    "Media",
    "Outbox",
    "Spawn",
    "Store",
    "Wire",
]
