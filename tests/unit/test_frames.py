"""Whole text frames, read without Autobahn: exactly those, and exactly what is in them."""

from hypothesis import given
from hypothesis import strategies as st

from chatd.frontends.frames import text_payload

MOST = 70_000


def masked(payload: bytes, mask: bytes, first: int = 0x81) -> bytes:
    """As RFC 6455 section 5.2 and 5.3 have it, byte by byte."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    return bytes([first]) + length + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))


payloads = st.binary(max_size=400) | st.sampled_from([0, 1, 125, 126, 127, 65_535]).map(
    lambda size: (b"0123456789abcde" * 4_400)[:size]
)
masks = st.binary(min_size=4, max_size=4)


@given(payloads, masks, st.binary(max_size=9), st.binary(max_size=9))
def test_a_whole_frame_is_read_wherever_it_stands(
    payload: bytes, mask: bytes, before: bytes, after: bytes
) -> None:
    whole = masked(payload, mask)
    found = text_payload(before + whole + after, len(before), MOST)
    assert found == (payload, len(before) + len(whole))


@given(st.binary(max_size=300), masks, st.data())
def test_part_of_a_frame_is_left(payload: bytes, mask: bytes, data: st.DataObject) -> None:
    whole = masked(payload, mask)
    assert text_payload(whole[: data.draw(st.integers(0, len(whole) - 1))], 0, MOST) is None


@given(st.integers(0, 255).filter(lambda first: first != 0x81), masks)
def test_every_other_frame_is_left(first: int, mask: bytes) -> None:
    assert text_payload(masked(b"hello", mask, first), 0, MOST) is None


@given(st.binary(min_size=6, max_size=300))
def test_whatever_comes_is_a_frame_in_its_shortest_form_or_left(data: bytes) -> None:
    found = text_payload(data, 0, MOST)
    if found is not None:
        payload, end = found
        start = end - len(payload) - 4
        assert masked(payload, data[start : start + 4]) == data[:end]


def test_a_frame_that_is_not_masked_is_left() -> None:
    assert text_payload(b"\x81\x05hello plus", 0, MOST) is None


def test_a_length_that_is_not_in_its_shortest_form_is_left() -> None:
    assert text_payload(b"\x81\xfe\x00\x05" + bytes(4) + b"hello", 0, MOST) is None
    assert text_payload(b"\x81\xff" + (5).to_bytes(8) + bytes(4) + b"hello", 0, MOST) is None


def test_what_is_too_long_is_left() -> None:
    assert text_payload(masked(bytes(1_000), bytes(4)), 0, 999) is None
    assert text_payload(masked(bytes(1_000), bytes(4)), 0, 1_000) == (bytes(1_000), 1_008)
    assert text_payload(masked(bytes(66_000), bytes(4)), 0, MOST) is None
