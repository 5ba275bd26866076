"""Keeping order at a terminal: the verbs, and how bans and mutes are listed."""

import re

from chatd.model import (
    MINUTES_MOST,
    Act,
    ActList,
    Audit,
    Ban,
    ChatError,
    Code,
    Kick,
    Mute,
    Purge,
    RoomRef,
    Sanction,
    SanctionList,
    Sanctions,
    Unban,
    Unmute,
    valid_reason,
)
from chatd.wires.line.render import moment, news
from chatd.wires.line.safe import quoted, visible
from chatd.wires.line.talk import Talk
from chatd.wires.line.words import Verb, nothing, number, one_word, user_name

_DURATION = re.compile(r"([1-9]\d{0,5})([mhd])")
_SEQ_MOST = 2**53 - 1
_MINUTES = {"m": 1, "h": 60, "d": 1_440}


# Commands.


def _kick(talk: Talk, rest: str) -> None:
    word, _, why = rest.partition(" ")
    name, reason, room = user_name(word), valid_reason(why), talk.current()
    talk.ask(
        lambda id: Kick(id=id, room=room, user=name, reason=reason),
        done=f"{name} is in {talk.label(room)} no longer.",
    )


def _ban(talk: Talk, rest: str) -> None:
    _keep_out(talk, rest, talk.current())


def _server_ban(talk: Talk, rest: str) -> None:
    _keep_out(talk, rest, None)


def _keep_out(talk: Talk, rest: str, room: RoomRef | None) -> None:
    whom, minutes, reason = _sentence(rest)
    done = f"{visible(whom)} is banned from {_place(talk, room)}{_lasting(minutes)}."
    if room is None and _is_network(whom):
        talk.ask(lambda id: Ban(id=id, network=whom, minutes=minutes, reason=reason), done=done)
    else:
        name = user_name(whom)
        talk.ask(lambda id: Ban(id=id, user=name, room=room, minutes=minutes, reason=reason), done=done)


def _mute(talk: Talk, rest: str) -> None:
    _silence(talk, rest, talk.current())


def _server_mute(talk: Talk, rest: str) -> None:
    _silence(talk, rest, None)


def _silence(talk: Talk, rest: str, room: RoomRef | None) -> None:
    whom, minutes, reason = _sentence(rest)
    name = user_name(whom)
    talk.ask(
        lambda id: Mute(id=id, user=name, room=room, minutes=minutes, reason=reason),
        done=f"{name} is muted {_in(talk, room)}{_lasting(minutes)}.",
    )


def _unban(talk: Talk, rest: str) -> None:
    name, room = user_name(rest), talk.current()
    talk.ask(
        lambda id: Unban(id=id, user=name, room=room), done=f"{name} may enter {talk.label(room)} again."
    )


def _server_unban(talk: Talk, rest: str) -> None:
    whom = one_word(rest)
    done = f"{visible(whom)} may come in again."
    if _is_network(whom):
        talk.ask(lambda id: Unban(id=id, network=whom), done=done)
    else:
        name = user_name(whom)
        talk.ask(lambda id: Unban(id=id, user=name), done=done)


def _unmute(talk: Talk, rest: str) -> None:
    _unsilence(talk, rest, talk.current())


def _server_unmute(talk: Talk, rest: str) -> None:
    _unsilence(talk, rest, None)


def _unsilence(talk: Talk, rest: str, room: RoomRef | None) -> None:
    name = user_name(rest)
    talk.ask(
        lambda id: Unmute(id=id, user=name, room=room), done=f"{name} may speak {_in(talk, room)} again."
    )


def _purge(talk: Talk, rest: str) -> None:
    word, _, why = rest.partition(" ")
    reason, room = valid_reason(why), talk.current()
    if word.isascii() and word.isdigit():
        target = number(word, 1, _SEQ_MOST)
        talk.ask(
            lambda id: Purge(id=id, target=target, room=room, reason=reason),
            done=f"All that the author of {target} said in {talk.label(room)} is deleted.",
        )
        return
    name = user_name(word)
    talk.ask(
        lambda id: Purge(id=id, user=name, room=room, reason=reason),
        done=f"All that {name} said in {talk.label(room)} is deleted.",
    )


def _server_purge(talk: Talk, rest: str) -> None:
    word, _, why = rest.partition(" ")
    name, reason = user_name(word), valid_reason(why)
    talk.ask(
        lambda id: Purge(id=id, user=name, reason=reason),
        done=f"All that {name} said in public rooms is deleted.",
    )


def _bans(talk: Talk, rest: str) -> None:
    nothing(rest)
    room = talk.current()
    talk.ask(lambda id: Sanctions(id=id, room=room))


def _server_bans(talk: Talk, rest: str) -> None:
    nothing(rest)
    talk.ask(lambda id: Sanctions(id=id))


def _audit(talk: Talk, rest: str) -> None:
    limit, room = _how_many(rest), talk.current()
    talk.ask(lambda id: Audit(id=id, room=room, limit=limit))


def _server_audit(talk: Talk, rest: str) -> None:
    limit = _how_many(rest)
    talk.ask(lambda id: Audit(id=id, limit=limit))


def _how_many(rest: str) -> int:
    return number(rest, 1, _ACTS_MOST) if rest else _ACTS


_ACTS = 20
_ACTS_MOST = 200
_WHO_LONG_WHY = "USER [TIME] [REASON]"

MODERATING = (
    Verb("kick", "USER [REASON]", "remove somebody from the current room", _kick),
    Verb("ban", _WHO_LONG_WHY, "keep somebody out of the current room, for 30m, 12h, 7d or for good", _ban),
    Verb("unban", "USER", "let them in again", _unban),
    Verb("mute", _WHO_LONG_WHY, "keep somebody silent in the current room", _mute),
    Verb("unmute", "USER", "let them speak again", _unmute),
    Verb("purge", "USER|N [REASON]", "delete all that somebody, or N's author, said here", _purge),
    Verb("bans", "", "list who is banned from the current room or muted in it", _bans),
    Verb(
        "serverban",
        "USER|ADDRESS [TIME] [REASON]",
        "keep somebody, or an address or network, out of the server",
        _server_ban,
    ),
    Verb("serverunban", "USER|ADDRESS", "let them in again", _server_unban),
    Verb("servermute", _WHO_LONG_WHY, "keep somebody silent everywhere", _server_mute),
    Verb("serverunmute", "USER", "let them speak again", _server_unmute),
    Verb("serverpurge", "USER [REASON]", "delete all that somebody said in public rooms", _server_purge),
    Verb("audit", "[N]", f"list the last {_ACTS} acts of those with power in the current room, or N", _audit),
    Verb("serveraudit", "[N]", "list those of the whole server", _server_audit),
    Verb("serverbans", "", "list who is banned from the server or muted on it", _server_bans),
)
"""The commands that keep order, in the order of `/help`."""


# What one is told.


def show_sanctions(talk: Talk, event: SanctionList) -> None:
    """List who is kept out or silent."""
    lines = "".join(news(_listed(talk, one)) for one in event.sanctions)
    talk.answers.finish(talk.answers.slot(event.id), lines or news("Nobody is banned or muted."))


def show_acts(talk: Talk, event: ActList) -> None:
    """List what was done, the oldest first, as one reads a log."""
    lines = "".join(news(_act(talk, one)) for one in reversed(event.acts))
    talk.answers.finish(talk.answers.slot(event.id), lines or news("Nothing was done yet."))


def _act(talk: Talk, one: Act) -> str:
    facts = [moment(one.at, talk.zone), f"{visible(one.by.name)}: {one.what}"]
    if one.about is not None:
        facts[1] += f" {visible(one.about.name)}"
    if one.hidden:
        facts[1] += " in a private room"
    elif one.room is not None:
        facts[1] += f" in #{visible(one.room_name or str(one.room))}"
    return ", ".join(facts) + (f": {quoted(one.detail)}" if one.detail else "")


def _listed(talk: Talk, one: Sanction) -> str:
    whom = visible(one.network if one.user is None else one.user.name)
    what = "banned" if one.kind == "ban" else "muted"
    until = f" until {moment(one.until, talk.zone)}" if one.until is not None else ""
    reason = f": {quoted(one.reason)}" if one.reason else ""
    return f"{whom}, {what}{until} by {visible(one.by.name)}{reason}"


def _sentence(rest: str) -> tuple[str, int | None, str]:
    """Whom, for how many minutes, and why."""
    whom, _, why = rest.partition(" ")
    word, _, reason = why.strip().partition(" ")
    found = _DURATION.fullmatch(word)
    minutes = int(found[1]) * _MINUTES[found[2]] if found else None
    if minutes is not None and minutes > MINUTES_MOST:
        raise ChatError(Code.BAD_REQUEST, "That is longer than ten years. Leave the time out for good.")
    return one_word(whom), minutes, valid_reason(reason if found else why)


def _is_network(word: str) -> bool:
    """No name has a dot or a colon in it, and every address has."""
    return "." in word or ":" in word


def _in(talk: Talk, room: RoomRef | None) -> str:
    return "everywhere" if room is None else f"in {talk.label(room)}"


def _place(talk: Talk, room: RoomRef | None) -> str:
    return "the server" if room is None else talk.label(room)


def _lasting(minutes: int | None) -> str:
    if minutes is None:
        return ""
    fitting = (("day", 1_440), ("hour", 60), ("minute", 1))
    unit, length = next(one for one in fitting if minutes % one[1] == 0)
    count = minutes // length
    return f" for {count} {unit}{'' if count == 1 else 's'}"
