"""What each command does, and what it is answered with."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from chatd.core.actions.admissions import invite_code, invite_codes, uninvite_code
from chatd.core.actions.arriving import come_in, enter, login, logout, register
from chatd.core.actions.asking import check_served
from chatd.core.actions.bots import bots, end_bot, new_bot
from chatd.core.actions.changing import delete, edit, react, topic
from chatd.core.actions.drawing import draw
from chatd.core.actions.ignoring import ignore, unignore
from chatd.core.actions.invitations import decline, invitations, invite, make_link, openings, uninvite
from chatd.core.actions.linking import link
from chatd.core.actions.locking import lock_down
from chatd.core.actions.managing import archive, configure, destroy, rename
from chatd.core.actions.mentioning import mentions, notify
from chatd.core.actions.moderating import acts, ban, kick, mute, sanctions, unban, unmute
from chatd.core.actions.oneself import appear, delete_account, describe, end, password, sessions
from chatd.core.actions.overseeing import end_anothers, limits, list_users, sessions_of
from chatd.core.actions.pinning import pin, pins
from chatd.core.actions.places import own_room
from chatd.core.actions.presence import away, status
from chatd.core.actions.purging import purge
from chatd.core.actions.reporting import close_report, report, reports
from chatd.core.actions.roles import claim, members, set_role
from chatd.core.actions.rooms import attach, create, direct, history, join, leave, read
from chatd.core.actions.searching import search
from chatd.core.actions.speaking import say, typing
from chatd.core.actions.tokens import new_token, revoke, tokens
from chatd.core.actions.totp import totp
from chatd.core.actions.uploading import icon, upload
from chatd.core.permissions import Action
from chatd.model import (
    Account,
    Answer,
    Appear,
    Archive,
    AskLimits,
    Attach,
    Audit,
    Away,
    Ban,
    Bots,
    Claim,
    CloseReport,
    Command,
    Configure,
    Create,
    Decline,
    Delete,
    DeleteAccount,
    Destroy,
    Detach,
    Direct,
    Done,
    Draw,
    Edit,
    End,
    EndBot,
    History,
    Icon,
    Ignore,
    Ignored,
    IgnoredList,
    Invitations,
    Invite,
    InviteCode,
    InviteCodes,
    Join,
    Kick,
    Leave,
    Link,
    ListUsers,
    LockDown,
    Login,
    Logout,
    MakeLink,
    Members,
    Mentions,
    Mute,
    NewBot,
    NewToken,
    Notify,
    Openings,
    Password,
    Pin,
    Ping,
    Pins,
    Pong,
    Prefer,
    Present,
    Purge,
    React,
    Read,
    Register,
    Rename,
    ReportMessage,
    Reports,
    Revoke,
    Role,
    RoomList,
    Rooms,
    Sanctions,
    Say,
    Search,
    Sessions,
    Status,
    Tokens,
    Topic,
    Totp,
    Typing,
    Unban,
    Unignore,
    Uninvite,
    UninviteCode,
    Unmute,
    Upload,
    Users,
    Who,
)

if TYPE_CHECKING:
    from chatd.core.session import Session

__all__ = ["carry_out", "enter", "serve"]


async def serve(session: Session, command: Command, account: Account, digest: bytes) -> Answer:
    """Do what one request of the account's user asks, who came by the token with this digest."""
    person = await come_in(session, account, digest)
    check_served(session, person, command)
    return await carry_out(session, command)


async def carry_out(session: Session, command: Command) -> Answer:
    """Do what the command asks; raises ChatError when it is refused."""
    match command:
        case Login():
            return await login(session, command)
        case Register():
            return await register(session, command)
        case Link():
            return await link(session, command)
        case Ping():
            return Pong(id=command.id)
    person = session.somebody()
    match command:
        case Say():
            return await say(session, person, command)
        case NewBot():
            return await new_bot(session, person, command)
        case Bots():
            return await bots(session, person, command.id)
        case EndBot():
            return await end_bot(session, person, command)
        case Upload():
            return await upload(session, person, command)
        case Icon():
            return await icon(session, person, command)
        case Edit():
            return await edit(session, person, command)
        case Delete():
            return await delete(session, person, command)
        case React():
            return await react(session, person, command)
        case Pin():
            return await pin(session, person, command)
        case Pins():
            return await pins(session, person, command)
        case Draw():
            return await draw(session, person, command)
        case Search():
            return await search(session, person, command)
        case Mentions():
            return await mentions(session, person, command)
        case Notify():
            return await notify(session, person, command)
        case Attach():
            return await attach(session, person, command)
        case Detach():
            session.attachments.drop(await own_room(session, command.room, Action.READ))
            return Done(id=command.id)
        case Join():
            return await join(session, person, command)
        case Leave():
            return await leave(session, person, command)
        case Create():
            return await create(session, person, command)
        case Topic():
            return await topic(session, person, command)
        case Direct():
            return await direct(session, person, command)
        case Invite():
            return await invite(session, person, command)
        case Uninvite():
            return await uninvite(session, person, command)
        case MakeLink():
            return await make_link(session, person, command)
        case Openings():
            return await openings(session, person, command)
        case Invitations():
            return await invitations(session, person, command)
        case Decline():
            return await decline(session, person, command)
        case History():
            return await history(session, person, command)
        case Read():
            return await read(session, person, command)
        case Rooms():
            rooms, more = await session.registry.store.list_rooms(
                person.user.id, command.after or "", command.limit, command.query, command.archived
            )
            return RoomList(id=command.id, rooms=rooms, more=more)
        case Who():
            room = await own_room(session, command.room, Action.READ)
            company = room.company
            users, more = company.page(command.after or "", command.limit)
            return Present(id=command.id, room=room.id, users=users, count=len(company.present), more=more)
        case Members():
            return await members(session, command)
        case Role():
            return await set_role(session, person, command)
        case Configure():
            return await configure(session, person, command)
        case Rename():
            return await rename(session, person, command)
        case Archive():
            return await archive(session, person, command)
        case Destroy():
            return await destroy(session, person, command)
        case Kick():
            return await kick(session, person, command)
        case Ban():
            return await ban(session, person, command)
        case Unban():
            return await unban(session, person, command)
        case Mute():
            return await mute(session, person, command)
        case Unmute():
            return await unmute(session, person, command)
        case Purge():
            return await purge(session, person, command)
        case LockDown():
            return await lock_down(session, person, command)
        case ReportMessage():
            return await report(session, person, command)
        case Reports():
            return await reports(session, person, command)
        case CloseReport():
            return await close_report(session, person, command)
        case Audit():
            return await acts(session, person, command)
        case Sanctions():
            return await sanctions(session, person, command)
        case Claim():
            return await claim(session, person, command)
        case Typing():
            return await typing(session, person, command)
        case Prefer():
            await session.registry.store.prefer(person.user.id, command.numbers)
            return Done(id=command.id)
        case Away():
            return await away(session, person, command)
        case Status():
            return await status(session, person, command)
        case Appear():
            return await appear(session, person, command)
        case Users():
            return await describe(session, person, command)
        case Ignore():
            return await ignore(session, person, command)
        case Unignore():
            return await unignore(session, person, command)
        case Ignored():
            return IgnoredList(id=command.id, ignored=list(person.ignored.values()))
        case Password():
            return await password(session, person, command)
        case DeleteAccount():
            return await delete_account(session, person, command)
        case Totp():
            return await totp(session, person, command)
        case ListUsers():
            return await list_users(session, person, command)
        case AskLimits():
            return limits(session, person, command)
        case Sessions(user=None):
            return await sessions(session, person, command)
        case Sessions():
            return await sessions_of(session, person, command)
        case End(user=None):
            return await end(session, person, command)
        case End():
            return await end_anothers(session, person, command)
        case Tokens():
            return await tokens(session, person, command)
        case NewToken():
            return await new_token(session, person, command)
        case InviteCode():
            return await invite_code(session, person, command)
        case InviteCodes():
            return await invite_codes(session, person, command)
        case UninviteCode():
            return await uninvite_code(session, person, command)
        case Revoke():
            return await revoke(session, person, command)
        case Logout():
            return await logout(session, person, command)
        case _:
            assert_never(command)
