"""The frames of which nearly all that clients send consists, read at once (RFC 6455 section 5.2)."""

_FINAL_TEXT = 0x81
_MASKED = 0x80
_LENGTH_FOLLOWS = 126


def text_payload(data: bytes, at: int, most: int) -> tuple[bytes, int] | None:
    """The payload of the frame that begins at `at`, and where the frame ends.

    None for all that is not a whole, final, masked text frame without extensions, with a payload of at most
    `most` (and 65,535) bytes: Autobahn knows what is to be done with it, and with what is no frame at all.
    """
    have = len(data) - at
    if have < 6 or data[at] != _FINAL_TEXT:
        return None
    length = data[at + 1] - _MASKED
    start = at + 2
    if length == _LENGTH_FOLLOWS:
        length = int.from_bytes(data[start : start + 2])
        start += 2
        if length < _LENGTH_FOLLOWS:
            return None
    elif not 0 <= length < _LENGTH_FOLLOWS:
        return None
    begin = start + 4
    end = begin + length
    if length > most or end > at + have:
        return None
    mask = data[start:begin] * (length // 4 + 1)
    unmasked = int.from_bytes(data[begin:end]) ^ int.from_bytes(mask[:length])
    return unmasked.to_bytes(length), end
