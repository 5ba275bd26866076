"""Refusals and closings: every way in which chatd says no or goodbye, as two closed lists."""

import enum
from typing import NamedTuple


class Code(enum.StrEnum):
    """What was wrong, for a program. The sentence beside it is for a person."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_TYPE = "unknown_type"
    BAD_NAME = "bad_name"
    TOO_LONG = "too_long"
    TOO_FAST = "too_fast"
    TOO_MANY = "too_many"
    NOT_LOGGED_IN = "not_logged_in"
    ALREADY_LOGGED_IN = "already_logged_in"
    WRONG_PASSWORD = "wrong_password"
    WRONG_TOKEN = "wrong_token"
    TOTP_REQUIRED = "totp_required"
    WRONG_CODE = "wrong_code"
    NAME_TAKEN = "name_taken"
    NO_SUCH_USER = "no_such_user"
    NO_SUCH_ROOM = "no_such_room"
    NO_SUCH_MESSAGE = "no_such_message"
    NO_SUCH_SESSION = "no_such_session"
    NO_SUCH_TOKEN = "no_such_token"
    NO_SUCH_SANCTION = "no_such_sanction"
    NO_SUCH_REPORT = "no_such_report"
    NO_SUCH_INVITATION = "no_such_invitation"
    BAD_FILE = "bad_file"
    NO_SUCH_FILE = "no_such_file"
    ALREADY_A_MEMBER = "already_a_member"
    NOT_A_MEMBER = "not_a_member"
    FORBIDDEN = "forbidden"
    BANNED = "banned"
    MUTED = "muted"
    BAD_ORIGIN = "bad_origin"
    KEY_REUSED = "key_reused"
    NO_SPACE = "no_space"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"


HTTP_STATUS: dict[Code, int] = {
    Code.BAD_REQUEST: 400,
    Code.UNKNOWN_TYPE: 400,
    Code.BAD_NAME: 400,
    Code.KEY_REUSED: 400,
    Code.NOT_LOGGED_IN: 401,
    Code.WRONG_PASSWORD: 401,
    Code.WRONG_TOKEN: 401,
    Code.TOTP_REQUIRED: 401,
    Code.WRONG_CODE: 401,
    Code.FORBIDDEN: 403,
    Code.BANNED: 403,
    Code.MUTED: 403,
    Code.BAD_ORIGIN: 403,
    Code.NOT_A_MEMBER: 403,
    Code.NO_SUCH_USER: 404,
    Code.NO_SUCH_ROOM: 404,
    Code.NO_SUCH_MESSAGE: 404,
    Code.NO_SUCH_SESSION: 404,
    Code.NO_SUCH_TOKEN: 404,
    Code.NO_SUCH_SANCTION: 404,
    Code.NO_SUCH_REPORT: 404,
    Code.NO_SUCH_INVITATION: 404,
    Code.NO_SUCH_FILE: 404,
    Code.ALREADY_A_MEMBER: 409,
    Code.NAME_TAKEN: 409,
    Code.ALREADY_LOGGED_IN: 409,
    Code.TOO_LONG: 413,
    Code.BAD_FILE: 422,
    Code.TOO_FAST: 429,
    Code.TOO_MANY: 429,
    Code.INTERNAL: 500,
    Code.UNAVAILABLE: 503,
    Code.NO_SPACE: 507,
}
"""The HTTP status that goes with each refusal."""

MALFORMED = frozenset({Code.BAD_REQUEST, Code.UNKNOWN_TYPE, Code.TOO_LONG, Code.BAD_NAME})
"""Refusals that a correct client never earns: many of them in a row are abuse."""


class ChatError(Exception):
    """The only exception that reaches a person: a code and a sentence that they can act on."""

    def __init__(self, code: Code, text: str, retry_ms: int | None = None) -> None:
        """`retry_ms`: when trying again makes sense, in milliseconds from now."""
        super().__init__(code, text)
        self.code = code
        self.text = text
        self.retry_ms = retry_ms


class Close(enum.Enum):
    """Why the server ends a connection."""

    GOODBYE = enum.auto()
    RESTART = enum.auto()
    TOO_BIG = enum.auto()
    LOGGED_OUT = enum.auto()
    BANNED = enum.auto()
    TOO_SLOW = enum.auto()
    ABUSE = enum.auto()
    BROKEN = enum.auto()


class Closing(NamedTuple):
    """How a Close is said: a WebSocket close code (RFC 6455 section 7.4) and a sentence."""

    code: int
    text: str
    come_back: bool
    """Whether a client should connect again by itself."""


CLOSINGS: dict[Close, Closing] = {
    Close.GOODBYE: Closing(1000, "Goodbye.", False),
    Close.TOO_BIG: Closing(1009, "That message is far too big.", False),
    Close.BROKEN: Closing(1011, "Something went wrong on our side. Come back.", True),
    Close.RESTART: Closing(1012, "The server is stopping. Come back in a moment.", True),
    Close.LOGGED_OUT: Closing(4001, "You are logged out.", False),
    Close.TOO_SLOW: Closing(4002, "You did not read what was sent to you. Come back and resume.", True),
    Close.ABUSE: Closing(
        4003, "Too much of what you sent made no sense. Look at the protocol, then come back.", False
    ),
    Close.BANNED: Closing(4004, "You are banned from this server.", False),
}
"""Every closing, and whether to come back."""
