"""What the store refuses, in words for a person."""

from chatd.model import ChatError, Code, SanctionKind, sanctioned, size


def unavailable() -> ChatError:
    """The disk is full, the database is locked or broken: nothing was stored."""
    return ChatError(
        Code.UNAVAILABLE, "The server cannot store or read anything just now. Try again.", retry_ms=1_000
    )


def stopping() -> ChatError:
    """The store is closed or closing."""
    return ChatError(Code.UNAVAILABLE, "The server is stopping. Come back in a moment.", retry_ms=2_000)


def unstorable() -> ChatError:
    """A number past 64 bits, or half a character."""
    return ChatError(Code.BAD_REQUEST, "That has a number or a character that cannot be stored.")


def key_reused() -> ChatError:
    """The sender's key already stands for something else."""
    return ChatError(Code.KEY_REUSED, "You used that key for another message. Choose a new key.")


def no_such_message() -> ChatError:
    """`reply_to` names nothing."""
    return ChatError(Code.NO_SUCH_MESSAGE, "The message that you answer is not in this room.")


def no_such_target() -> ChatError:
    """What is to be changed is no message, or gone, or somebody else's."""
    return ChatError(Code.NO_SUCH_MESSAGE, "That message is not in this room, or it was deleted.")


def too_many_emoji(most: int) -> ChatError:
    """The message has as many different ones as it may have."""
    return ChatError(
        Code.TOO_MANY, f"That message has {most} different emoji, which is as many as it may have."
    )


def too_many_reactions(most: int) -> ChatError:
    """The message has as many reactions in all as it may have."""
    return ChatError(Code.TOO_MANY, f"That message has {most} reactions, which is as many as it may have.")


def too_many_pins(most: int) -> ChatError:
    """The room has as many as it may have."""
    return ChatError(
        Code.TOO_MANY, f"{most} messages are pinned here, which is as many as may be. Take one down."
    )


def no_such_room() -> ChatError:
    """The id names no room."""
    return ChatError(Code.NO_SUCH_ROOM, "There is no such room.")


def too_many_ignored(most: int) -> ChatError:
    """The user ignores as many as one may."""
    return ChatError(
        Code.TOO_MANY, f"You ignore {most} people, which is as many as one may. Unignore one first."
    )


def no_such_user() -> ChatError:
    """The id names no user."""
    return ChatError(Code.NO_SUCH_USER, "There is no such user.")


def not_a_member() -> ChatError:
    """The user has no place in the room."""
    return ChatError(Code.NOT_A_MEMBER, "You do not belong to this room.")


def token_name_taken(name: str) -> ChatError:
    """The user has an API token of this name."""
    return ChatError(
        Code.NAME_TAKEN, f'You have a token "{name}" already. Revoke it, or choose another name.'
    )


def too_many_tokens(most: int) -> ChatError:
    """The user has as many API tokens as one may have."""
    return ChatError(Code.TOO_MANY, f"You have {most} tokens, which is as many as one may have. Revoke one.")


def only_a_login() -> ChatError:
    """Asked by somebody who came with an API token."""
    return ChatError(Code.FORBIDDEN, "Whoever came by a token cannot do this. Log in with your password.")


def password_changed() -> ChatError:
    """A login takes something else since the password was checked, or there is no such account any more."""
    return ChatError(Code.WRONG_PASSWORD, "Your password or your authenticator was changed meanwhile.")


def conversation_over() -> ChatError:
    """Somebody in a direct room has deleted their account."""
    return ChatError(Code.FORBIDDEN, "This conversation is over: somebody in it has deleted their account.")


def no_such_report() -> ChatError:
    """Nobody has reported it, or it is dealt with."""
    return ChatError(Code.NO_SUCH_REPORT, "There is no such open report.")


def own_message() -> ChatError:
    """Who reports has said it."""
    return ChatError(Code.BAD_REQUEST, "That is a message of your own, which you can delete.")


def too_many_reports(most: int) -> ChatError:
    """The user has reported as much as one may before somebody has looked at it."""
    return ChatError(Code.TOO_MANY, f"{most} of your reports are still open. Wait until some are closed.")


def locked_down(reason: str, left_ms: int) -> ChatError:
    """The server is closed to whoever is new."""
    return _sanctioned(Code.FORBIDDEN, "The server is locked down", reason, left_ms)


def totp_is_on() -> ChatError:
    """There is a second factor already."""
    return ChatError(Code.FORBIDDEN, "You have an authenticator already. End that first, then begin anew.")


def no_such_invitation() -> ChatError:
    """Nobody is invited so, or not any more."""
    return ChatError(Code.NO_SUCH_INVITATION, "There is no such invitation, or no longer.")


def wrong_invitation() -> ChatError:
    """The code of an invitation lets nobody in: which of the reasons it is stays unsaid."""
    return ChatError(Code.WRONG_CODE, "This code is unknown, used or expired. Ask for another one.")


def too_many_invitations(most: int) -> ChatError:
    """As many codes are open as may be."""
    return ChatError(Code.TOO_MANY, f"There are {most} open codes. End one first: /invitecodes lists them.")


def login_ended() -> ChatError:
    """The token of the session that asks has ended meanwhile."""
    return ChatError(Code.NOT_LOGGED_IN, "You are logged out. Log in again.")


def already_a_member(name: str) -> ChatError:
    """Who is in the room needs no invitation."""
    return ChatError(Code.ALREADY_A_MEMBER, f'"{name}" is in this room already.')


def banned_from_there(name: str) -> ChatError:
    """Who is kept out of the room is not invited into it."""
    return ChatError(Code.FORBIDDEN, f'"{name}" is banned from this room.')


def no_such_link() -> ChatError:
    """The code opens nothing: which of the reasons it is stays unsaid."""
    return ChatError(Code.NO_SUCH_INVITATION, "This code is unknown or has expired. Ask for another one.")


def too_many_links(most: int) -> ChatError:
    """The room has as many as it may have."""
    return ChatError(Code.TOO_MANY, f"This room has {most} open links. End one first: /openings lists them.")


def user_name_taken(name: str) -> ChatError:
    """Somebody holds the name."""
    return ChatError(Code.NAME_TAKEN, f'The name "{name}" is taken. Choose another one.')


def looks_like(name: str) -> ChatError:
    """Somebody else has a name that looks like what one wants to be called."""
    return ChatError(
        Code.NAME_TAKEN, f'That looks like "{name}", which is somebody else. Choose another one.'
    )


def room_name_taken(name: str) -> ChatError:
    """A room, perhaps one that the person may not see, has the name."""
    return ChatError(Code.NAME_TAKEN, f'The name "{name}" is taken by another room. Choose another one.')


def not_there(name: str) -> ChatError:
    """Somebody whom one wants to remove does not belong to the room."""
    return ChatError(Code.NOT_A_MEMBER, f'"{name}" does not belong to this room.')


def no_such_sanction() -> ChatError:
    """There is no ban or mute to lift."""
    return ChatError(Code.NO_SUCH_SANCTION, "There is nothing to lift. Ask for the list.")


def banned_from_room(reason: str, left_ms: int | None) -> ChatError:
    """The user may not enter the room."""
    return _sanctioned(Code.BANNED, "You are banned from this room", reason, left_ms)


def may_not_speak(kind: SanctionKind, everywhere: bool, reason: str, left_ms: int | None) -> ChatError:
    """The user may say nothing in the room."""
    if kind == "mute":
        where = "" if everywhere else " in this room"
        return _sanctioned(Code.MUTED, f"You may say nothing{where}", reason, left_ms)
    where = "server" if everywhere else "room"
    return _sanctioned(Code.BANNED, f"You are banned from this {where}", reason, left_ms)


def only_moderators() -> ChatError:
    """The room is one where only moderators speak."""
    return ChatError(Code.FORBIDDEN, "Only moderators and owners of this room may speak.")


def archived() -> ChatError:
    """The room is read only."""
    return ChatError(Code.FORBIDDEN, "This room is archived: it can be read, and nothing else.")


def wrong_room_name() -> ChatError:
    """A room is deleted only by whoever can say what it is called."""
    return ChatError(Code.BAD_REQUEST, "That is not what the room is called, so it was not deleted.")


def too_soon(slow_seconds: int, left_ms: int) -> ChatError:
    """The room is slow, and the user has said something a moment ago."""
    left = -(-left_ms // 1_000)
    text = f"Slow mode: one message every {_seconds(slow_seconds)}. Wait {_seconds(left)} more."
    return ChatError(Code.TOO_FAST, text, retry_ms=left_ms)


def _seconds(count: int) -> str:
    return "1 second" if count == 1 else f"{count} seconds"


def _sanctioned(code: Code, what: str, reason: str, left_ms: int | None) -> ChatError:
    return ChatError(code, sanctioned(what, reason, left_ms), retry_ms=left_ms)


def no_such_file() -> ChatError:
    """The file is not there, not for the one who asks, or in a message already."""
    return ChatError(Code.NO_SUCH_FILE, "There is no such file, or it was sent already.")


def quota_full(quota_bytes: int) -> ChatError:
    """The user's files are as many as may be."""
    return ChatError(
        Code.NO_SPACE,
        f"Your files may have {size(quota_bytes)} together. Delete some that you do not need.",
    )


def disk_full() -> ChatError:
    """The disk has no room for a file."""
    return ChatError(Code.NO_SPACE, "The server's disk is full. Tell whoever runs it.")


def no_such_bot() -> ChatError:
    """The user has made no such bot."""
    return ChatError(Code.NO_SUCH_USER, "You have made no such bot, or it has ended. /bots lists yours.")


def too_many_bots(most: int) -> ChatError:
    """The user has made as many as one may."""
    return ChatError(Code.TOO_MANY, f"You have {most} bots, which is as many as one may have. End one first.")
