"""What kind of thing a file is, by its first bytes: its name and what its sender says decide nothing."""

import re

HEAD_BYTES = 4096
"""How much of a file is looked at."""

SMALL_SIDE = 320
"""The longest side of an image's small one, in pixels."""
SMALL_TYPE = "image/webp"

UNKNOWN = "application/octet-stream"
TEXT = "text/plain; charset=utf-8"

SAFE = frozenset(
    "image/png image/jpeg image/gif image/webp audio/mpeg audio/ogg audio/flac audio/wav audio/mp4 "
    "video/mp4 video/webm video/ogg".split()
) | {TEXT}
"""What a browser shows by itself: nothing in it is carried out."""

_BEGINNINGS = (
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"\x1a\x45\xdf\xa3", "video/webm"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


def image_begins(head: bytes) -> bool:
    """Whether it may be an image of a kind that is shown; only opening it tells."""
    return head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def kind_of(head: bytes) -> str:
    """The media type of what begins so, unless an image does."""
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[4:8] == b"ftyp":
        return "audio/mp4" if head[8:11] == b"M4A" else "video/mp4"
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return "audio/wav"
    if head[:4] == b"OggS":
        return "video/ogg" if b"theora" in head[:64] else "audio/ogg"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "audio/mpeg"  # a frame of MPEG audio, layer III, without a tag before it
    return TEXT if _is_text(head) else UNKNOWN


def _is_text(head: bytes) -> bool:
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"  # the last character is cut
    return True
