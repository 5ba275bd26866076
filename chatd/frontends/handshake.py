"""The opening handshake of a WebSocket: what RFC 6455 section 4.2.1 asks a server to look at."""

import base64
import binascii
import re

from twisted.web.http_headers import Headers

VERSION = "13"

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER = rf'{_TOKEN}(?:\s*=\s*(?:{_TOKEN}|"(?:[^"\\]|\\.)*"))?'
_EXTENSION = rf"{_TOKEN}(?:\s*;\s*{_PARAMETER})*"
_PROTOCOLS = re.compile(rf"\s*{_TOKEN}(?:\s*,\s*{_TOKEN})*\s*")
_EXTENSIONS = re.compile(rf"\s*{_EXTENSION}(?:\s*,\s*{_EXTENSION})*\s*")
"""Section 9.1. Nothing of it is used, but what is none of it is a fault."""


def speaks_our_version(headers: Headers) -> bool:
    """Whether the client asks for the only version there is."""
    return _values(headers, "Sec-WebSocket-Version") == [VERSION]


def fault(protocol: bytes, headers: Headers) -> str | None:
    """What is wrong with a handshake, as a sentence; None for a right one. `protocol` is HTTP's version."""
    if protocol != b"HTTP/1.1":
        return "A WebSocket begins with HTTP/1.1."
    if "websocket" not in _list(headers, "Upgrade"):
        return "This is the address of a WebSocket."
    if "upgrade" not in _list(headers, "Connection"):
        return "The Connection header of a WebSocket's handshake names Upgrade."
    keys = _values(headers, "Sec-WebSocket-Key")
    if len(keys) != 1 or not _is_key(keys[0]):
        return "Sec-WebSocket-Key is sixteen bytes in base 64."
    for name, form in (("Sec-WebSocket-Protocol", _PROTOCOLS), ("Sec-WebSocket-Extensions", _EXTENSIONS)):
        values = _values(headers, name)
        if values and form.fullmatch(",".join(values)) is None:
            return f"{name} is no list of names."
    return None


def _values(headers: Headers, name: str) -> list[str]:
    return [value.decode("latin-1").strip() for value in headers.getRawHeaders(name.encode(), [])]


def _list(headers: Headers, name: str) -> list[str]:
    return [item.strip().lower() for value in _values(headers, name) for item in value.split(",")]


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
