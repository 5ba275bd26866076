"""The store: what the core asks of it, each as a function of this package that a `Database` carries out."""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from chatd.model import (
    Account,
    Act,
    Appearance,
    Arrival,
    Bot,
    Change,
    ChatError,
    Code,
    Colour,
    Draft,
    Entry,
    Filed,
    InForce,
    Invitation,
    Invitee,
    InviteLink,
    Level,
    Listing,
    Locked,
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
    Sought,
    StoredFile,
    StoredIcon,
    Token,
    User,
    UserState,
)
from chatd.storage import (
    admissions,
    audit,
    bots,
    changes,
    ending,
    files,
    forgetting,
    icons,
    ignoring,
    indexing,
    invitations,
    lockdown,
    mentions,
    naming,
    overseeing,
    pages,
    pins,
    presence,
    previews,
    purging,
    reactions,
    reads,
    reports,
    roles,
    sanctions,
    searching,
    settings,
    tokens,
    totp,
    writes,
)
from chatd.storage.log import Recorded
from chatd.storage.roles import Decide, DecideOnServer
from chatd.storage.settings import Permit
from chatd.storage.writer import Settle, Work, awaited

P = ParamSpec("P")
T = TypeVar("T")

_log = Logger()


class Database(Protocol):
    """Who carries it out: with threads in `threads`."""

    publish: Callable[[Entry], None]
    """Hears each committed entry, in commit order, before its sender has the answer."""
    epoch: str
    clock: Callable[[], int]
    """Milliseconds since 1970, in any thread."""

    def append(self, draft: Draft, settle: Settle[Said]) -> None:
        """Append to a room's log, after all writes asked for before."""

    def write(self, work: Work[T]) -> Deferred[T]:
        """Carry out another write, after all that were asked for before."""

    def read(self, query: Callable[[Connection], T], even_seconds: float = 0) -> Deferred[T]:
        """Read, in a transaction of its own; answered only when a multiple of `even_seconds` has passed."""

    def ask(self, query: Callable[[Connection, int], T]) -> T:
        """Read, given the time in ms, while the caller waits: only before anybody is served."""

    async def close(self) -> None:
        """Refuse what comes from now on; resolve when all that came before is stored and answered."""


class Store:
    """Keeps everything; `chatd.core.ports.Store` says what each method gives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._learning = False
        self.epoch = database.epoch

    @property
    def publish(self) -> Callable[[Entry], None]:
        """Hears each committed entry."""
        return self._database.publish

    @publish.setter
    def publish(self, publish: Callable[[Entry], None]) -> None:
        self._database.publish = publish

    async def close(self) -> None:
        """Refuse what comes from now on; resolve when all that came before is stored and answered."""
        await self._database.close()

    # Logs

    def append(self, draft: Draft) -> Deferred[Said]:
        return awaited(partial(self._database.append, draft))

    def submit(self, draft: Draft, settle: Settle[Said]) -> None:
        self._database.append(draft, settle)

    def change(self, change: Change, permit: Permit | None = None) -> Deferred[Receipt]:
        return self._record(changes.change, change, permit)

    def react(self, reacting: Reacting) -> Deferred[Receipt]:
        return self._record(reactions.react, reacting)

    def pin(self, pinning: Pinning, permit: Permit) -> Deferred[Receipt]:
        return self._record(pins.pin, pinning, permit)

    def pins(
        self, room: int, before: int | None, without: Collection[int] = ()
    ) -> Deferred[tuple[list[PinnedMessage], bool]]:
        return self._read(pins.pinned, room, before, without)

    def set_topic(self, room: int, author: User, text: str, key: str | None = None) -> Deferred[Receipt]:
        return self._record(changes.set_topic, room, author, text, key)

    def settings(self, room: int) -> Deferred[Settings]:
        return self._read(settings.settings, room)

    def configure(
        self, room: int, by: User, changes: Mapping[SettingName, int], permit: Permit
    ) -> Deferred[Settings]:
        return self._record(settings.configure, room, by, changes, permit)

    def rename(self, room: int, by: User, name: str, permit: Permit) -> Deferred[None]:
        return self._record(naming.rename, room, by, name, permit)

    def destroy(self, room: int, by: User, name: str, permit: Permit) -> Deferred[list[int]]:
        return self._write(forgetting.destroy, room, by, name, permit)

    async def forget_old(self, told: Callable[[int, int], None]) -> None:
        place = 0
        while (step := await self._write(forgetting.forget, place)) is not None:
            place = step.room
            if step.upto is not None:
                told(step.room, step.upto)
            if step.emptied:
                rest = await self._read(forgetting.rest_of, step.room)
                await self._write(forgetting.forget_rest, step.room, rest)

    def purge(self, room: int | None, user: int, by: User, reason: str, decide: Decide) -> Deferred[None]:
        return self._write(purging.purge, room, user, by, reason, decide)

    async def finish_purges(self) -> None:
        while await self._record(purging.carry_on):
            pass

    def archive(self, room: int, by: User, on: bool, permit: Permit) -> Deferred[None]:
        return self._record(settings.archive, room, by, on, permit)

    def message(self, room: int, seq: int) -> Deferred[Said | None]:
        return self._read(pages.message, room, seq)

    def entries(self, room: int, after: int, upto: int | None = None) -> Deferred[Page[Entry]]:
        return self._read(pages.entries, room, after, upto)

    def messages(
        self,
        room: int,
        *,
        before: int | None,
        after: int | None,
        limit: int,
        without: Collection[int] = (),
        around: int | None = None,
    ) -> Deferred[Page[Said]]:
        return self._read(pages.messages, room, before, after, limit, without, around)

    def mentioned(self, user: int, before: Place | None, limit: int) -> Deferred[tuple[list[Said], bool]]:
        return self._read(mentions.mentioned, user, before, limit)

    def search(
        self, user: int, sought: Sought, before: Place | None, skip: int, limit: int
    ) -> Deferred[tuple[list[Said], bool]]:
        query = partial(searching.search, user=user, sought=sought, before=before, skip=skip, limit=limit)
        return self._database.read(query, searching.EVEN_SECONDS)

    # Rooms

    def room(self, ref: int | str, user: int) -> Deferred[Room | None]:
        return self._read(reads.room_for, ref, user)

    def direct_room(self, users: Collection[int]) -> Deferred[Room | None]:
        return self._read(reads.find_direct, users)

    def open_direct(self, users: Collection[int]) -> Deferred[Room]:
        return self._write(writes.open_direct, users)

    def create_room(self, name: str, kind: RoomKind, creator: int) -> Deferred[Room]:
        return self._write(writes.create_room, name, kind, creator)

    def join(self, user: int, room: int) -> Deferred[Room | None]:
        return self._write(invitations.join, user, room)

    def leave(self, user: int, room: int) -> Deferred[None]:
        return self._write(writes.leave, user, room)

    def arrival(self, user: int) -> Deferred[Arrival]:
        return self._read(_arrival, user, self._database.clock())

    def room_of(self, user: int, room: int) -> Deferred[RoomState | None]:
        return self._read(reads.state, user, room)

    def read(self, user: int, room: int, seq: int) -> Deferred[int]:
        return self._write(writes.read, user, room, seq)

    def notify(self, user: int, room: int, level: Level) -> Deferred[None]:
        return self._write(mentions.notify, user, room, level)

    def list_rooms(
        self, user: int, after: str, limit: int, query: str = "", archived: bool = False
    ) -> Deferred[tuple[list[Listing], bool]]:
        return self._read(reads.list_rooms, user, after, limit, query, archived)

    # Roles

    def list_members(
        self, room: int, after: int, limit: int, query: str = "", only: int | None = None
    ) -> Deferred[tuple[list[Member], int, bool]]:
        return self._read(roles.list_members, room, after, limit, query, only)

    def set_room_role(self, room: int, user: int, role: RoomRole, by: int, decide: Decide) -> Deferred[bool]:
        return self._write(roles.set_room_role, room, user, role, by, decide)

    def set_server_role(self, user: int, role: ServerRole, by: int, decide: DecideOnServer) -> Deferred[bool]:
        return self._write(roles.set_server_role, user, role, by, decide)

    def owner_count(self) -> Deferred[int]:
        return self._read(roles.owner_count)

    def owned(self, named: str | None) -> bool:
        return self._database.ask(partial(roles.owned, named))

    def found(self, user: int) -> Deferred[bool]:
        return self._write(roles.found, user)

    def make_owner(self, name: str) -> Deferred[bool]:
        return self._write(roles.make_owner, name)

    # Invitations

    def invite(self, room: int, user: int, by: int) -> Deferred[Invitation | None]:
        return self._write(invitations.invite, room, user, by)

    def uninvite(self, room: int, user: int, by: int) -> Deferred[None]:
        return self._write(invitations.uninvite, room, user, by)

    def decline(self, user: int, ref: int | str) -> Deferred[tuple[int, str]]:
        return self._write(invitations.decline, user, ref)

    def invitations_of(self, user: int) -> Deferred[list[Invitation]]:
        return self._read(invitations.invitations_of, user)

    def make_link(
        self, room: int, by: int, digest: bytes, uses: int | None, days: int
    ) -> Deferred[InviteLink]:
        return self._write(invitations.make_link, room, by, digest, uses, days)

    def end_link(self, room: int, link: int, by: int) -> Deferred[None]:
        return self._write(invitations.end_link, room, link, by)

    def follow_link(self, user: int, digest: bytes) -> Deferred[Room]:
        return self._write(invitations.follow_link, user, digest)

    def openings(self, room: int) -> Deferred[tuple[list[Invitee], list[InviteLink]]]:
        return self._write(invitations.openings, room)

    # Users

    def create_guest(self, name: str) -> Deferred[User]:
        return self._write(writes.create_user, name, None)

    def create_account(
        self, name: str, password_hash: str, invitation: bytes | None = None
    ) -> Deferred[User]:
        return self._write(writes.create_user, name, password_hash, invitation)

    def account(self, ref: int | str) -> Deferred[Account | None]:
        return self._read(reads.account, ref)

    def hold_name(self, user: int) -> Deferred[User]:
        return self._write(writes.hold_name, user)

    def free_name(self, user: int) -> Deferred[None]:
        return self._write(writes.free_name, user)

    def guests_holding_names(self) -> Deferred[list[int]]:
        return self._read(reads.guests_holding_names)

    def promote(self, guest: int, password_hash: str, invitation: bytes | None = None) -> Deferred[User]:
        return self._write(writes.promote, guest, password_hash, invitation)

    def set_password(self, known: Account, password_hash: str, keep: bytes) -> Deferred[None]:
        return self._write(writes.set_password, known, password_hash, keep)

    def end_account(self, known: Account, purge: bool, decide: DecideOnServer) -> Deferred[list[int]]:
        return self._write(ending.end_account, known, purge, decide)

    def make_invitation(
        self, by: int, digest: bytes, uses: int, days: int, decide: Decide
    ) -> Deferred[InviteLink]:
        return self._write(admissions.make_invitation, by, digest, uses, days, decide)

    def invitations(self) -> Deferred[list[InviteLink]]:
        return self._write(admissions.invitations)

    def end_invitation(self, link: int, by: int, decide: Decide) -> Deferred[None]:
        return self._write(admissions.end_invitation, link, by, decide)

    def set_totp(
        self, user: int, secret: str, step: int, recovery: Sequence[bytes], by: bytes | None
    ) -> Deferred[None]:
        return self._write(totp.set_totp, user, secret, step, recovery, by)

    def clear_totp(self, known: Account) -> Deferred[None]:
        return self._write(totp.clear_totp, known)

    def take_totp_step(self, user: int, step: int) -> Deferred[bool]:
        return self._write(totp.take_totp_step, user, step)

    def take_recovery_code(self, user: int, digest: bytes) -> Deferred[bool]:
        return self._write(totp.take_recovery_code, user, digest)

    def appear(self, user: int, display_name: str | None, colour: Colour | None) -> Deferred[None]:
        return self._write(writes.appear, user, display_name, colour)

    def profiles(self, users: Collection[int]) -> Deferred[list[Profile]]:
        return self._read(reads.profiles, users)

    def ignore(self, user: int, other: int) -> Deferred[list[User]]:
        return self._write(ignoring.ignore, user, other)

    def unignore(self, user: int, other: int) -> Deferred[list[User]]:
        return self._write(ignoring.unignore, user, other)

    def set_status(self, user: int, status: str) -> Deferred[None]:
        return self._write(presence.set_status, user, status)

    def set_away(self, user: int, away: str | None) -> Deferred[None]:
        return self._write(presence.set_away, user, away)

    def saw(self, ago: Mapping[int, int]) -> Deferred[None]:
        return self._write(presence.saw, ago)

    def tokens_of(self, user: int) -> Deferred[list[Token]]:
        return self._write(tokens.tokens_of, user)

    def tokens_for(self, user: int, by: int, decide: Decide) -> Deferred[list[Token]]:
        return self._write(overseeing.tokens_for, user, by, decide)

    def end_login(self, user: int, digest: bytes, by: int, decide: Decide) -> Deferred[None]:
        return self._write(overseeing.end_login, user, digest, by, decide)

    def list_users(
        self, query: str, after: str, limit: int, among: Collection[int] | None
    ) -> Deferred[tuple[list[UserState], bool]]:
        return self._read(overseeing.list_users, query, after, limit, among)

    def add_token(
        self, user: int, digest: bytes, frontend: str = "", address: str = "", by: bytes | None = None
    ) -> Deferred[None]:
        return self._write(tokens.add_token, user, digest, frontend, address, by)

    async def use_token(self, digest: bytes) -> Account | None:
        try:
            return await self._write(tokens.use_token, digest)
        except ChatError as error:
            if error.code is not Code.UNAVAILABLE:
                raise
        # A full disk shuts nobody out who wants to read.
        return await self._read(tokens.find_token, self._database.clock(), digest)

    def drop_token(self, digest: bytes) -> Deferred[bool]:
        return self._write(tokens.drop_token, digest)

    def add_api_token(self, user: int, name: str, digest: bytes, by: bytes | None) -> Deferred[None]:
        return self._write(tokens.add_api_token, user, name, digest, by)

    def revoke_token(self, user: int, name: str) -> Deferred[bytes | None]:
        return self._write(tokens.revoke_token, user, name)

    def prefer(self, user: int, numbers: bool) -> Deferred[None]:
        return self._write(writes.prefer, user, numbers)

    async def prune(self) -> int:
        """Remove expired tokens and keys past their time, a few at once, and give how many. Called hourly."""
        removed = 0
        while some := await self._write(writes.prune):
            removed += some
        first = True
        while await self._write(_tidy, first):
            first = False
        return removed

    async def learn(self) -> None:
        """Bring the index of search on to what was said, a little at once. Called every few seconds."""
        if self._learning:
            return
        self._learning = True
        try:
            behind = await self._read(indexing.behind)
            if behind >= indexing.MANY:
                _log.info(
                    "{count} entries are not in the index of search yet: it is filled while chatd runs, some"
                    " thousands a second, and until then a search in many rooms may be refused",
                    count=behind,
                )
            while behind and await self._write(_learn):
                pass
            if behind >= indexing.MANY:
                _log.info("the index of search is filled")
        except ChatError:
            pass  # The store stops, or cannot write, which the log says: the next call goes on.
        finally:
            self._learning = False

    # Order

    def kick(self, room: int, user: int, by: User, reason: str, decide: Decide) -> Deferred[None]:
        return self._record(sanctions.kick, room, user, by, reason, decide)

    def sanction_in_room(
        self,
        kind: SanctionKind,
        room: int,
        user: int,
        by: User,
        minutes: int | None,
        reason: str,
        decide: Decide,
    ) -> Deferred[InForce]:
        return self._record(sanctions.sanction_in_room, kind, room, user, by, minutes, reason, decide)

    def sanction_on_server(
        self, kind: SanctionKind, user: int, by: User, minutes: int | None, reason: str, decide: Decide
    ) -> Deferred[InForce]:
        return self._write(sanctions.sanction_on_server, kind, user, by, minutes, reason, decide)

    def ban_network(
        self, network: str, by: User, minutes: int | None, reason: str, decide: Decide
    ) -> Deferred[InForce]:
        return self._write(sanctions.ban_network, network, by, minutes, reason, decide)

    def lift(
        self, kind: SanctionKind, room: int | None, user: int | None, network: str, by: User, decide: Decide
    ) -> Deferred[None]:
        return self._record(sanctions.lift, kind, room, user, network, by, decide)

    def sanctions_in_force(self, room: int | None) -> Deferred[list[InForce]]:
        return self._write(sanctions.in_force, room)

    def all_sanctions(self) -> list[InForce]:
        return self._database.ask(sanctions.all_in_force)

    def lockdown(self) -> Locked | None:
        return self._database.ask(lockdown.current)

    def lock_down(
        self, minutes: int, slow_seconds: int, reason: str, by: User, decide: Decide
    ) -> Deferred[Locked]:
        return self._write(lockdown.lock_down, minutes, slow_seconds, reason, by, decide)

    def open_up(self, by: User, decide: Decide) -> Deferred[None]:
        return self._write(lockdown.open_up, by, decide)

    def report(self, room: int, target: int, by: User, note: str) -> Deferred[Filed | None]:
        return self._write(reports.report, room, target, by, note)

    def open_reports(self, room: int | None, after: int, limit: int) -> Deferred[tuple[list[Filed], bool]]:
        return self._read(reports.open_reports, room, after, limit)

    def close_report(self, report: int, by: User, note: str, judge: reports.Judge) -> Deferred[None]:
        return self._write(reports.close_report, report, by, note, judge)

    def acts(
        self, room: int | None, reader: int, before: int | None, limit: int
    ) -> Deferred[tuple[list[Act], bool]]:
        return self._read(audit.acts, room, reader, before, limit)

    # Files

    def add_file(self, stored: StoredFile, quota_bytes: int) -> Deferred[StoredFile]:
        return self._write(files.add, stored, quota_bytes)

    def file(self, file: str) -> Deferred[StoredFile | None]:
        return self._read(files.stored_file, file)

    def used_bytes(self, user: int) -> Deferred[int]:
        return self._read(files.used_bytes, user)

    def freed_contents(self) -> Deferred[list[bytes]]:
        return self._read(files.freed_contents)

    def unneeded(self, digests: Collection[bytes]) -> Deferred[list[bytes]]:
        return self._write(files.unneeded, digests)

    def removed(self, digests: Collection[bytes]) -> Deferred[None]:
        return self._write(files.removed, digests)

    # Icons

    def show_user(self, user: int, stored: StoredIcon | None) -> Deferred[Appearance]:
        return self._write(icons.show_user, user, stored)

    def show_room(self, room: int, by: User, stored: StoredIcon | None, permit: Permit) -> Deferred[None]:
        return self._record(icons.show_room, room, by, stored, permit)

    def icon(self, id: str) -> Deferred[StoredIcon | None]:
        return self._read(icons.icon, id)

    # Previews

    def reuse_preview(self, room: int, target: int, url: str, image: str) -> Deferred[bool]:
        return self._record(previews.reuse, room, target, url, image)

    def show_preview(self, previewing: Previewing) -> Deferred[None]:
        return self._record(previews.show, previewing)

    # Bots

    def make_bot(
        self, maker: int, name: str, secret: bytes, by: bytes | None, room: int | None
    ) -> Deferred[User]:
        return self._write(bots.make, maker, name, secret, by, room)

    def bots_of(self, maker: int) -> Deferred[list[Bot]]:
        return self._read(bots.bots_of, maker)

    def end_bot(self, maker: int, bot: int) -> Deferred[None]:
        return self._write(bots.end, maker, bot)

    def hooked(self, secret: bytes) -> Deferred[tuple[User, int] | None]:
        return self._read(bots.hooked, secret)

    # How it is done

    def _write(
        self, work: Callable[Concatenate[Connection, int, P], T], *args: P.args, **named: P.kwargs
    ) -> Deferred[T]:
        return self._record(lambda connection, now: Recorded(work(connection, now, *args, **named)))

    def _record(
        self,
        work: Callable[Concatenate[Connection, int, P], Recorded[T]],
        *args: P.args,
        **named: P.kwargs,
    ) -> Deferred[T]:
        """Carry out a write that adds to the log."""
        return self._database.write(lambda connection, now: work(connection, now, *args, **named))

    def _read(
        self, query: Callable[Concatenate[Connection, P], T], *args: P.args, **named: P.kwargs
    ) -> Deferred[T]:
        return self._database.read(lambda connection: query(connection, *args, **named))


def _arrival(connection: Connection, user: int, now: int) -> Arrival:
    role, rooms = roles.server_role(connection, user), reads.states(connection, user)
    return Arrival(
        role,
        rooms,
        ignoring.ignored(connection, user),
        invitations.invitations_of(connection, user),
        *presence.words_of(connection, user),
        age_ms=max(0, now - reads.created_at(connection, user)),
    )


def _tidy(connection: Connection, now: int, first: bool) -> bool:
    return indexing.tidy(connection, first)


def _learn(connection: Connection, now: int) -> bool:
    return indexing.learn(connection)
