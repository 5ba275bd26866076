"""What one client is answered and told, as lines. What a whole room is sent is in `render`."""

from collections.abc import Sequence
from typing import assert_never

from chatd.model import (
    LOBBY,
    ActList,
    Added,
    Appeared,
    Appointed,
    Attached,
    Attaching,
    BotList,
    BotMade,
    Configured,
    Deleted,
    Done,
    Drawn,
    Edited,
    Ended,
    Entered,
    Error,
    Event,
    Found,
    Gap,
    IconSet,
    IgnoredList,
    Ignoring,
    InvitationList,
    InviteCodeList,
    InviteCodeMade,
    Invited,
    Joined,
    Left,
    LimitList,
    LinkCode,
    Linked,
    Listing,
    LockedDown,
    LoggedIn,
    MemberList,
    Mentioned,
    MentionList,
    Messages,
    Noticed,
    Notifying,
    Opened,
    OpeningList,
    PinList,
    Pinned,
    PinnedMessage,
    Pins,
    Pong,
    Prefer,
    Presence,
    Present,
    Previewed,
    Profile,
    Profiles,
    Purged,
    Reacted,
    ReadTo,
    RecoveryCodes,
    Removed,
    Renamed,
    Reported,
    ReportList,
    RoomList,
    Rooms,
    RoomState,
    Said,
    SanctionList,
    SessionList,
    Skipped,
    Stored,
    TokenList,
    TokenMade,
    TotpSecret,
    Typed,
    Uninvited,
    Uploaded,
    UploadPlace,
    User,
    UserList,
    Welcome,
    Who,
)
from chatd.wires.line import invitations
from chatd.wires.line.accounts import (
    ask_code,
    show_link_code,
    show_linked,
    show_new_token,
    show_recovery_codes,
    show_secret,
    show_sessions,
    show_tokens,
)
from chatd.wires.line.admissions import show_invite_code, show_invite_codes
from chatd.wires.line.answers import Slot
from chatd.wires.line.bots import show_bots, show_new_bot
from chatd.wires.line.files import show_drawn, show_place
from chatd.wires.line.locking import show_lockdown
from chatd.wires.line.managing import show_configured
from chatd.wires.line.moderating import (
    show_acts,
    show_sanctions,
)
from chatd.wires.line.overseeing import show_limits, show_users
from chatd.wires.line.pages import listed, page, removal
from chatd.wires.line.people import names, others
from chatd.wires.line.presence import seen, still_away, words
from chatd.wires.line.render import moment, news, shown
from chatd.wires.line.reporting import show_reported, show_reports
from chatd.wires.line.roles import called, show_appointed, show_members
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.talk import PAGE_OF_PEOPLE, Talk, label_of, refusal

_NAMED = 20
"""So many people or rooms are named; more are counted."""
_UNREAD_MOST = 1_000
"""Unread messages are counted up to here (model.RoomState)."""


def tell(talk: Talk, event: Event) -> None:
    """Write an event to the client's output, and remember what it says."""
    match event:
        case LoggedIn():
            _logged_in(talk, event)
        case LinkCode():
            show_link_code(talk, event)
        case Linked():
            show_linked(talk, event)
        case TotpSecret():
            show_secret(talk, event)
        case RecoveryCodes():
            show_recovery_codes(talk, event)
        case InviteCodeMade():
            show_invite_code(talk, event)
        case InviteCodeList():
            show_invite_codes(talk, event)
        case Entered():
            _entered(talk, event)
        case Attaching():
            _attaching(talk, event)
        case Attached():
            _attached(talk, event)
        case Added():
            _added(talk, event)
        case Removed():
            _removed(talk, event)
        case Renamed():
            talk.rename(event.room, f"#{event.name}")
        case Ended():
            _ended(talk, event)
        case Appointed():
            show_appointed(talk, event)
        case Invited() | Uninvited():
            _interject(talk, invitations.told(event))
        case InvitationList():
            invitations.list_own(talk, event)
        case OpeningList():
            invitations.list_openings(talk, event)
        case Opened():
            invitations.opened(talk, event)
        case Present():
            _present(talk, event)
        case Reported():
            show_reported(talk, event)
        case LockedDown():
            show_lockdown(talk, event)
        case ReportList():
            show_reports(talk, event)
        case ActList():
            show_acts(talk, event)
        case SanctionList():
            show_sanctions(talk, event)
        case Configured():
            show_configured(talk, event)
        case MemberList():
            show_members(talk, event)
        case Profiles():
            _profiles(talk, event)
        case IgnoredList():
            _ignored(talk, event)
        case UserList():
            show_users(talk, event)
        case LimitList():
            show_limits(talk, event)
        case SessionList():
            show_sessions(talk, event)
        case TokenList():
            show_tokens(talk, event)
        case TokenMade():
            show_new_token(talk, event)
        case RoomList():
            _room_list(talk, event)
        case Messages():
            _history(talk, event)
        case Drawn():
            show_drawn(talk, event)
        case PinList():
            _pins(talk, event)
        case Found():
            _found(talk, event)
        case MentionList():
            _mentions(talk, event)
        case Stored():
            _stored(talk, event)
        case BotMade():
            show_new_bot(talk, event)
        case BotList():
            show_bots(talk, event)
        case UploadPlace():
            show_place(talk, event)
        case Error():
            _error(talk, event)
        case Done():
            _done(talk, event)
        case Pong():
            talk.answers.finish(talk.answers.slot(event.id), "")
        case Gap():
            _gap(talk, event)
        case Said() | Edited() | Deleted() | Reacted() | Previewed() | Pinned() | Purged() | Noticed():
            _interject(talk, shown(event, talk.label(event.room), talk.numbers, talk.zone, None, talk.web))
        case Skipped() | Typed() | Mentioned() | Joined() | Left() | Presence() | Appeared():
            _interject(talk, shown(event, talk.label(event.room), talk.numbers, talk.zone, None, talk.web))
        case Welcome() | ReadTo() | Notifying() | Ignoring() | Uploaded() | IconSet():
            pass
        case _:
            assert_never(event)


def _logged_in(talk: Talk, event: LoggedIn) -> None:
    slot = talk.answers.slot(event.id)
    talk.user = event.user
    for state in event.rooms:
        talk.learn(state.room, state.name, state.kind)
    if not talk.numbers_chosen:
        talk.numbers = event.numbers
    elif event.user.kind == "user" and talk.numbers != event.numbers:
        numbers = talk.numbers
        talk.ask(lambda id: Prefer(id=id, numbers=numbers))
    lobby = talk.known(label_of(LOBBY))
    home = lobby if lobby is not None else next(iter(talk.rooms), None)
    talk.place.confirm(slot.choice or talk.place.choose(home), home)
    if home is None:
        greeting = f"{_you_are(event)} You are in no room. /join ROOM enters one.{_code(event)}"
        waiting = still_away(event) + invitations.awaiting(event.invitations)
        talk.answers.finish(slot, news(greeting) + waiting)
    else:
        slot.login = event
        _await(talk, home, slot)


def _entered(talk: Talk, event: Entered) -> None:
    slot = talk.answers.slot(event.id)
    state = event.rooms[0]
    label = talk.learn(state.room, state.name, state.kind)
    if slot.where is not None:  # `/topic` asked
        topic = f"The topic of {label} is {quoted(state.topic)}." if state.topic else f"{label} has no topic."
        talk.answers.finish(slot, news(topic))
        return
    if slot.choice is not None:
        talk.place.confirm(slot.choice, state.room)
    _await(talk, state.room, slot)


def _await(talk: Talk, room: int, slot: Slot) -> None:
    _stop_awaiting(talk, room)
    talk.awaited[room] = slot


def _stop_awaiting(talk: Talk, room: int, attached: Attached | None = None) -> None:
    """Finish the answer that waits for this room; without `attached`, nobody knows who is in it."""
    slot = talk.awaited.pop(room, None)
    if slot is None:
        return
    there = _there(talk, room, attached)
    if slot.login is None:
        talk.answers.finish(slot, news(there))
    else:
        greeting = news(f"{_you_are(slot.login)} {there}{_code(slot.login)}")
        waiting = _unread(talk, slot.login.rooms, room) + invitations.awaiting(slot.login.invitations)
        talk.answers.finish(slot, greeting + still_away(slot.login) + waiting)


def _attaching(talk: Talk, event: Attaching) -> None:
    talk.resuming.update(event.rooms)
    refused = "".join(refusal(room.code, room.text) for room in event.refused)
    talk.answers.finish(talk.answers.slot(event.id), refused)


def _attached(talk: Talk, event: Attached) -> None:
    if event.room not in talk.rooms:
        talk.learn(event.room, event.name, event.kind)
    label = talk.label(event.room)
    if event.complete:
        _stop_awaiting(talk, event.room, event)
    lines = ""
    if event.reset:
        lines += news(f"reset {label}; its numbers began anew, forget those that you kept")
    if event.gap is not None:
        lines += news(f"gap {label} {event.gap.first} {event.gap.last}; those are gone")
    lines += page(event.entries, label, talk.numbers, talk.zone, talk.web)
    if event.complete and event.room in talk.resuming:
        talk.resuming.discard(event.room)
        lines += news(f"complete {label} {event.head}")
    talk.answers.interject(lines.encode(), event.room)


def _gap(talk: Talk, event: Gap) -> None:
    _stop_awaiting(talk, event.room)
    talk.resuming.discard(event.room)
    label = talk.label(event.room)
    since = f"/since {label.removeprefix('#')} {event.first - 1}"
    _interject(talk, news(f"gap {label} {event.first} {event.last}; {since}"))


def _added(talk: Talk, event: Added) -> None:
    for state in event.rooms:
        label = talk.learn(state.room, state.name, state.kind)
        if state.kind != "direct":  # its first message says all
            _interject(talk, news(f"You are now in {label}."))


def _removed(talk: Talk, event: Removed) -> None:
    if event.room not in talk.rooms:
        return
    _stop_awaiting(talk, event.room)
    label = talk.label(event.room)
    nowhere = " Your lines go nowhere until /switch ROOM chooses another." if talk.lose(event.room) else ""
    _interject(talk, news(f"{removal(event, label)}{nowhere}"))


def _done(talk: Talk, event: Done) -> None:
    slot = talk.answers.slot(event.id)
    told = [slot.outcome] if slot.outcome else []
    room = talk.known(label_of(slot.where)) if isinstance(slot.where, str) else slot.where
    if room in talk.rooms:
        _stop_awaiting(talk, room)
        told.append(f"You left {talk.label(room)}.")
        talk.lose(room)
    if slot.choice is not None and talk.place.holds(slot.choice):
        talk.place.confirm(slot.choice, slot.choice.room)
        told.append(_lines_go(talk))
    talk.answers.finish(slot, news(" ".join(told)) if told else "")


def _present(talk: Talk, event: Present) -> None:
    slot = talk.answers.slot(event.id)
    label = talk.label(event.room, slot.where)
    if slot.choice is not None:  # `/switch` asked whether one is in this room
        talk.place.confirm(slot.choice, event.room)
        talk.answers.finish(slot, news(f"Lines go to {label} now."))
        return
    rows = [event.users[at : at + _NAMED] for at in range(0, len(event.users), _NAMED)]
    for row in rows:
        slot.text += news(f"In {label} ({event.count} here): {', '.join(seen(here) for here in row)}")
    if event.more and rows:
        after = event.users[-1].name
        talk.commands.append(Who(id=slot.number, room=event.room, after=after, limit=PAGE_OF_PEOPLE))
    else:
        talk.answers.finish(slot, "")


def _profiles(talk: Talk, event: Profiles) -> None:
    slot = talk.answers.slot(event.id)
    if slot.choice is not None:  # `/register` of a guest, who had chosen a room for a login
        talk.place.refuse(slot.choice)
    talk.answers.finish(slot, "".join(_profile(talk, profile) for profile in event.profiles))


def _profile(talk: Talk, profile: Profile) -> str:
    user = User(profile.id, profile.name, profile.kind)
    if talk.user is not None and talk.user.id == user.id and talk.user.kind != user.kind:
        talk.user = user
        who = called(user, profile.role)
        return news(f"You are {who}, with an account. /login {visible(user.name)} comes back.")
    facts = [called(user, profile.role, profile.frontends)]
    if profile.display_name:
        facts.append(quoted(profile.display_name))
    if profile.colour is not None:
        facts.append(profile.colour)
    facts += words(profile)
    if profile.rooms and (talk.user is None or talk.user.id != user.id):
        facts.append(f"in {' '.join(talk.label(room) for room in profile.rooms)}")
    if profile.seen is not None:
        facts.append(f"last seen {moment(profile.seen, talk.zone)}")
    return news(", ".join(facts))


def _ignored(talk: Talk, event: IgnoredList) -> None:
    whom = ", ".join(visible(user.name) for user in event.ignored) or "nobody"
    talk.answers.finish(talk.answers.slot(event.id), news(f"You ignore {whom}."))


def _room_list(talk: Talk, event: RoomList) -> None:
    slot = talk.answers.slot(event.id)
    slot.text += "".join(_listed(room) for room in event.rooms)
    if event.more and event.rooms:
        after = event.rooms[-1].name
        again = Rooms(id=slot.number, after=after, query=slot.query, archived=slot.archived)
        talk.commands.append(again)
    elif slot.text:
        talk.answers.finish(slot, "")
    elif slot.query:
        talk.answers.finish(
            slot, news("No room has these words in its name or topic. /rooms lists them all.")
        )
    elif slot.archived:
        talk.answers.finish(slot, news("No room is archived."))
    else:
        talk.answers.finish(slot, news("There are no rooms. /create ROOM makes one."))


def _history(talk: Talk, event: Messages) -> None:
    slot = talk.answers.slot(event.id)
    label = talk.label(event.room)
    found = page(event.entries, label, talk.numbers or slot.numbered, talk.zone, talk.web) or news(
        f"end of history {label}"
    )
    talk.answers.finish(slot, found)


def _pins(talk: Talk, event: PinList) -> None:
    slot = talk.answers.slot(event.id)
    label = talk.label(event.room)
    slot.text += "".join(_pin(talk, one, label) for one in event.pins)
    if event.more and event.pins:
        before = event.pins[-1].seq
        talk.commands.append(Pins(id=slot.number, room=event.room, before=before))
    else:
        talk.answers.finish(slot, "" if slot.text else news(f"Nothing is pinned in {label}."))


def _found(talk: Talk, event: Found) -> None:
    """The messages, each in its room, the newest last as everywhere."""
    said = [hit.message for hit in reversed(event.messages)]
    more = news("There is more: say it more exactly, or when: before:DAY.") if event.more else ""
    none = news("Nothing was found.")
    talk.answers.finish(
        talk.answers.slot(event.id), more + listed(said, talk.label, talk.zone, talk.web) or none
    )


def _mentions(talk: Talk, event: MentionList) -> None:
    """The messages, each in its room, the newest last as everywhere; there is no second page."""
    none = news("Nobody has mentioned you.")
    talk.answers.finish(
        talk.answers.slot(event.id), listed(reversed(event.messages), talk.label, talk.zone, talk.web) or none
    )


def _pin(talk: Talk, pinned: PinnedMessage, label: str) -> str:
    """Who pinned it and when, and the message with its number."""
    by = f"Pinned by {visible(pinned.by.name)}, {moment(pinned.at, talk.zone)}"
    return news(by) + shown(pinned.message, label, True, talk.zone, None, talk.web)


def _stored(talk: Talk, event: Stored) -> None:
    slot = talk.answers.slot(event.id)
    receipt = news(f"stored {talk.label(event.room, slot.where)} {event.seq}") if talk.receipts else ""
    talk.answers.finish(slot, receipt)


def _error(talk: Talk, event: Error) -> None:
    slot = talk.answers.slot(event.id)
    if slot.choice is not None:
        talk.place.refuse(slot.choice)
    prompt = "" if slot.entering is None else ask_code(talk, slot.entering, event)
    talk.answers.finish(slot, refusal(event.code, event.text) + prompt)
    if event.id is None:  # something failed that nobody asked for, such as attaching to one's rooms
        await_nothing(talk)


def await_nothing(talk: Talk) -> None:
    """Finish the answers that wait for a room which will not be attached."""
    for room in list(talk.awaited):
        _stop_awaiting(talk, room)


def _ended(talk: Talk, event: Ended) -> None:
    label = talk.rooms.get(event.room)
    if label is not None:
        talk.rename(event.room, event.name)
        now = talk.rooms[event.room]
        _interject(talk, f"* {label} is over, for an account in it was deleted. To read it: /switch {now}\n")


def _interject(talk: Talk, text: str) -> None:
    talk.answers.interject(text.encode())


def _you_are(login: LoggedIn) -> str:
    return f"You are {called(login.user, login.role)}."


def _code(login: LoggedIn) -> str:
    """How a guest comes back; an account has its password."""
    if login.token is None or login.user.kind != "guest":
        return ""
    return f" To come back: /resume {visible(login.token)}"


def _there(talk: Talk, room: int, attached: Attached | None) -> str:
    """Which room one is in now, who else is there, and what it is about."""
    label = talk.label(room)
    if attached is None:
        return f"You are in {label}."
    topic = f" Topic: {quoted(attached.topic)}." if attached.topic else ""
    me = talk.user.id if talk.user is not None else None
    company = [user for user in attached.present or () if user.id != me]
    if company:
        return f"You are in {label} with {names(company, _NAMED)}.{topic}"
    if attached.present is None and attached.count > 1:
        return f"You are in {label} with {others(attached.count - 1)}.{topic}"
    return f"You are alone in {label}.{topic}"


def _unread(talk: Talk, rooms: Sequence[RoomState], home: int) -> str:
    """What was missed in the current room, and which other rooms one has."""
    lines = ""
    also = []
    for state in rooms:
        label = talk.label(state.room)
        waiting = _waiting(state)
        if state.room != home:
            also.append(f"{label} ({waiting})" if waiting else label)
        elif waiting:
            since = f"/since {label.removeprefix('#')} {state.read}"
            lines = news(f"{waiting} in {label}: {since}")
    if also:
        more = f" and {others(len(also) - _NAMED)}" if len(also) > _NAMED else ""
        lines += news(f"Also: {', '.join(also[:_NAMED])}{more}")
    return lines


def _waiting(state: RoomState) -> str:
    """What is unread in a room, as far as one wants to be told: `3 unread`, `3 unread, 1 for you`."""
    facts = []
    if state.unread and state.notify == "all":
        facts.append(f"{_count(state.unread)} unread")
    if state.mentions and state.notify != "nothing":
        facts.append(f"{_count(state.mentions)} for you")
    return ", ".join(facts)


def _count(unread: int) -> str:
    return f"{_UNREAD_MOST}+" if unread >= _UNREAD_MOST else str(unread)


def _lines_go(talk: Talk) -> str:
    room = talk.place.room
    if room is None:
        return "You are in no room. /join ROOM enters one; /rooms lists them."
    return f"Lines go to {talk.label(room)} now."


def _listed(room: Listing) -> str:
    facts = [f"#{visible(room.name)}", "1 member" if room.members == 1 else f"{room.members} members"]
    if room.kind != "public":
        facts.append(room.kind)
    if room.member:
        facts.append("joined")
    if room.topic:
        facts.append(f"topic {quoted(room.topic)}")
    return news(", ".join(facts))
