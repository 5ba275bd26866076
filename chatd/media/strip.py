"""Takes out of an image whatever is not the image: where and when it was taken, by what, and every comment.

Nothing is decoded, so nothing is lost: pixels, colours, transparency and animation stay as they are. What
comes after the image's end goes too. Whatever the formats do not name here is dropped, rather than kept.
"""

import re
import struct

KEPT_PNG = frozenset(
    b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD pHYs acTL fcTL fdAT".split()
)
KEPT_WEBP = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"ICCP"})
LOOPS = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
"""The applications' extensions of GIF that say how often an animation is shown."""

PNG = b"\x89PNG\r\n\x1a\n"
_SCAN_END = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
"""A marker that ends a scan: not a stuffed byte, and no restart marker (ITU T.81, section B.1.1)."""


class Broken(Exception):
    """The bytes are not what their format asks for."""


def strip(kind: str, data: bytes, orientation: int = 1) -> bytes:
    """The image of this Pillow format without anything else, to be shown turned as this EXIF value says.

    Only a JPEG can say so afterwards. Raises Broken.
    """
    try:
        match kind:
            case "JPEG":
                return _jpeg(data, orientation)
            case "PNG":
                return _png(data)
            case "GIF":
                return _gif(data)
            case "WEBP":
                return _webp(data)
            case _:
                raise Broken
    except (IndexError, struct.error):
        raise Broken from None


def _jpeg(data: bytes, orientation: int) -> bytes:
    out = [data[:2], _exif(orientation) if orientation != 1 else b""]
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:
            at += 1
        if data[at] != 0xFF:
            raise Broken
        marker = data[at + 1]
        if marker == 0xD9:
            return b"".join([*out, b"\xff\xd9"])
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
            continue
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if end > len(data) or end < at + 4:
            raise Broken
        if _is_kept(marker, data[at + 4 : at + 18]):
            out.append(data[at:end])
        if marker == 0xDA:
            found = _SCAN_END.search(data, end)
            if found is None:
                return b"".join([*out, data[end:], b"\xff\xd9"])
            out.append(data[end : found.start()])
            end = found.start()
        at = end


def _is_kept(marker: int, beginning: bytes) -> bool:
    match marker:
        case 0xE0:
            return beginning.startswith(b"JFIF\0")
        case 0xE2:
            return beginning.startswith(b"ICC_PROFILE\0")
        case 0xEE:
            return beginning.startswith(b"Adobe")
        case _:
            return not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _exif(orientation: int) -> bytes:
    """The least that says how an image is turned: one directory with one entry (Exif 2.3, section 4.6.4)."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    body = b"Exif\0\0" + struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + bytes(4)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _png(data: bytes) -> bytes:
    if not data.startswith(PNG):
        raise Broken
    out, at = [PNG], len(PNG)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise Broken
        if name in KEPT_PNG:
            out.append(data[at:end])
        if name == b"IEND":
            return b"".join(out)
        at = end


def _gif(data: bytes) -> bytes:
    at = 13 + _table(data[10])
    out = [data[:at]]
    while True:
        begin = at
        match data[at]:
            case 0x3B:
                return b"".join([*out, b";"])
            case 0x21:
                at = _blocks(data, at + 2)
                looping = data[begin + 1] == 0xFF and data[begin + 3 : begin + 14] in LOOPS
                if data[begin + 1] == 0xF9 or looping:
                    out.append(data[begin:at])
            case 0x2C:
                at = _blocks(data, at + 11 + _table(data[at + 9]))
                out.append(data[begin:at])
            case _:
                raise Broken


def _table(flags: int) -> int:
    """How many bytes the table of colours has that these flags tell of."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _blocks(data: bytes, at: int) -> int:
    """Where the blocks end that begin here."""
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise Broken
    whole = min(len(data), 8 + struct.unpack_from("<I", data, 4)[0])
    out, at = [b"WEBP"], 12
    while at + 8 <= whole:
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > whole:
            raise Broken
        body = data[at + 8 : end]
        if name == b"VP8X":
            body = bytes([body[0] & ~0x0C]) + body[1:]  # neither EXIF nor XMP follows
        if name in KEPT_WEBP:
            out.append(struct.pack("<4sI", name, length) + body + bytes(length & 1))
        at = end + (length & 1)
    content = b"".join(out)
    return b"RIFF" + struct.pack("<I", len(content)) + content
