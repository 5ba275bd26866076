"""What RFC 6455 asks of a server, as bytes; docs/conformance.md lists it."""

import base64
import hashlib
import struct

import pytest
import pytest_twisted

from tests.protocol.raw import (
    BINARY,
    CLOSE,
    CONTINUATION,
    FIN,
    PING,
    PONG,
    TEXT,
    Raw,
    ends,
    frame,
    framed,
    request,
    response,
    still_there,
    upgrade,
    websocket,
)
from tests.scenarios.house import House

ASKED = b'{"type":"ping","id":"\xe2\x82\xac\xf0\x9d\x84\x9e"}'
ANSWERED = b'{"type":"pong","id":"\xe2\x82\xac\xf0\x9d\x84\x9e"}'


async def refused(house: House, head: bytes) -> tuple[int, dict[str, str]]:
    """How a handshake is refused."""
    raw = await Raw.connect(house)
    raw.send(head)
    answer = await response(raw)
    raw.abort()
    return answer.status, answer.headers


# 4. The opening handshake


@pytest_twisted.ensureDeferred
async def test_an_opening_handshake_is_answered_with_the_digest_of_its_key(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(upgrade(Sec_WebSocket_Key="dGhlIHNhbXBsZSBub25jZQ=="))
    answer = await response(raw)
    assert (101, "websocket", "upgrade") == (
        answer.status,
        answer.headers["upgrade"].lower(),
        answer.headers["connection"].lower(),
    )
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == answer.headers["sec-websocket-accept"]
    raw.abort()


@pytest.mark.parametrize(
    "headers",
    [
        {"Upgrade": "WebSocket"},
        {"Upgrade": "other, websocket"},
        {"Connection": "keep-alive, Upgrade"},
        {"Connection": "upgrade"},
    ],
    ids=str,
)
@pytest_twisted.ensureDeferred
async def test_a_handshakes_tokens_are_found_in_lists_of_any_case(
    shared: House, headers: dict[str, str]
) -> None:
    raw = await Raw.connect(shared)
    raw.send(upgrade(**headers))
    assert 101 == (await response(raw)).status
    raw.abort()


@pytest.mark.parametrize(
    "head",
    [
        upgrade("Upgrade"),
        upgrade(Upgrade="h2c"),
        upgrade("Connection"),
        upgrade(Connection="keep-alive"),
        upgrade("Sec-WebSocket-Key"),
        upgrade(Sec_WebSocket_Key=""),
        upgrade(Sec_WebSocket_Key="c2hvcnQ="),
        upgrade(Sec_WebSocket_Key=base64.b64encode(b"x" * 17).decode()),
        upgrade(Sec_WebSocket_Key="!" * 22 + "=="),
        upgrade().replace(b"Upgrade: ", b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nUpgrade: ", 1),
        upgrade().replace(b"HTTP/1.1", b"HTTP/1.0", 1),
        upgrade().replace(b"Host: localhost\r\n", b"", 1),
        upgrade(Sec_WebSocket_Extensions="permessage-deflate; =1"),
        upgrade(Sec_WebSocket_Protocol="a b"),
    ],
    ids=range(14),
)
@pytest_twisted.ensureDeferred
async def test_a_handshake_that_is_none_gets_an_http_error(shared: House, head: bytes) -> None:
    status, headers = await refused(shared, head)
    assert 400 == status
    assert "sec-websocket-accept" not in headers


@pytest_twisted.ensureDeferred
async def test_a_handshake_is_a_get(shared: House) -> None:
    status, _ = await refused(shared, upgrade().replace(b"GET", b"POST", 1))
    assert 405 == status


@pytest.mark.parametrize("head", [upgrade(Sec_WebSocket_Version="12"), upgrade("Sec-WebSocket-Version")])
@pytest_twisted.ensureDeferred
async def test_another_version_is_told_which_one_is_spoken(shared: House, head: bytes) -> None:
    status, headers = await refused(shared, head)
    assert (426, "13", "websocket") == (status, headers["sec-websocket-version"], headers["upgrade"])


@pytest_twisted.ensureDeferred
async def test_a_foreign_origin_is_forbidden(shared: House) -> None:
    assert 403 == (await refused(shared, upgrade(Origin="http://evil.example")))[0]


@pytest_twisted.ensureDeferred
async def test_no_websocket_is_elsewhere(shared: House) -> None:
    assert 404 == (await refused(shared, upgrade(target="/elsewhere")))[0]


@pytest_twisted.ensureDeferred
async def test_what_was_not_agreed_on_is_not_used(shared: House) -> None:
    """No subprotocol and no extension is chosen from those that are offered."""
    raw = await Raw.connect(shared)
    raw.send(
        upgrade(
            Sec_WebSocket_Protocol="chat, superchat",
            Sec_WebSocket_Extensions='permessage-deflate; client_max_window_bits, x-foo; bar="b, z"',
        )
    )
    answer = await response(raw)
    assert 101 == answer.status
    assert not {"sec-websocket-protocol", "sec-websocket-extensions"} & set(answer.headers)
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_frames_may_follow_the_handshake_at_once(shared: House) -> None:
    raw = await Raw.connect(shared)
    raw.send(upgrade(), framed(TEXT, ASKED))
    assert 101 == (await response(raw)).status
    assert b'"type":"welcome"' in (await frame(raw)).payload
    assert ANSWERED == (await frame(raw)).payload
    raw.abort()


# 5.1 and 5.3. Masking


@pytest_twisted.ensureDeferred
async def test_an_unmasked_frame_ends_the_connection(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(bytes([FIN | TEXT, len(ASKED)]) + ASKED)
    assert 1002 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_the_server_masks_no_frame(shared: House) -> None:
    raw = await websocket(shared)
    for asked in (framed(TEXT, ASKED), framed(PING, b"x"), framed(CLOSE)):
        raw.send(asked)
        assert not (await frame(raw)).masked


@pytest.mark.parametrize("mask", [b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x01\x80\xfe\x7f"])
@pytest_twisted.ensureDeferred
async def test_a_payload_is_unmasked_by_its_own_mask(shared: House, mask: bytes) -> None:
    raw = await websocket(shared)
    masked = bytes(byte ^ mask[place % 4] for place, byte in enumerate(ASKED))
    raw.send(bytes([FIN | TEXT, 0x80 | len(ASKED)]) + mask + masked)
    assert ANSWERED == (await frame(raw)).payload
    raw.abort()


# 5.2. Frames


@pytest.mark.parametrize("reserved", [1, 2, 4, 7])
@pytest.mark.parametrize("opcode", [TEXT, PING])
@pytest_twisted.ensureDeferred
async def test_a_reserved_bit_ends_the_connection(shared: House, opcode: int, reserved: int) -> None:
    raw = await websocket(shared)
    raw.send(framed(opcode, b"{}", reserved=reserved))
    assert 1002 == await ends(raw)


@pytest.mark.parametrize("opcode", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15])
@pytest_twisted.ensureDeferred
async def test_a_reserved_opcode_ends_the_connection(shared: House, opcode: int) -> None:
    raw = await websocket(shared)
    raw.send(framed(opcode, b"{}"))
    assert 1002 == await ends(raw)


@pytest.mark.parametrize(
    "size",
    [
        struct.pack("!BH", 0x80 | 126, len(ASKED)),
        struct.pack("!BQ", 0x80 | 127, len(ASKED)),
        struct.pack("!BQ", 0x80 | 127, 1 << 63),
    ],
    ids=["16 bits", "64 bits", "highest bit"],
)
@pytest_twisted.ensureDeferred
async def test_a_length_that_is_not_in_its_shortest_form_ends_the_connection(
    shared: House, size: bytes
) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, ASKED, size=size))
    assert 1002 == await ends(raw)


@pytest.mark.parametrize("size", [125, 126, 127, 65_535, 65_536])
@pytest_twisted.ensureDeferred
async def test_each_form_of_a_length_is_read(shared: House, size: int) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, ASKED.ljust(size)))
    payload = (await frame(raw)).payload
    assert (ANSWERED if size < 65_537 else b"") == payload
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_frames_may_come_a_byte_at_a_time(shared: House) -> None:
    raw = await websocket(shared)
    await raw.send_slowly(framed(TEXT, ASKED[:30], fin=False) + framed(CONTINUATION, ASKED[30:]))
    assert ANSWERED == (await frame(raw)).payload
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_frames_may_come_many_at_once(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, ASKED) * 20)
    for _ in range(20):
        assert ANSWERED == (await frame(raw)).payload
    raw.abort()


# 5.4. Fragmentation


@pytest_twisted.ensureDeferred
async def test_a_message_may_come_in_fragments(shared: House) -> None:
    """Empty ones too; the first and the last of three bytes are in the middle of a character."""
    raw = await websocket(shared)
    raw.send(
        framed(TEXT, ASKED[:22], fin=False),
        framed(CONTINUATION, fin=False),
        framed(CONTINUATION, ASKED[22:26], fin=False),
        framed(CONTINUATION, ASKED[26:]),
    )
    assert ANSWERED == (await frame(raw)).payload
    await still_there(raw)
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_control_frames_may_come_between_fragments(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(
        framed(TEXT, ASKED[:10], fin=False),
        framed(PING, b"in the middle"),
        framed(PONG, b"nobody asked"),
        framed(CONTINUATION, ASKED[10:]),
    )
    assert (FIN | PONG, False, b"in the middle") == await frame(raw)
    assert ANSWERED == (await frame(raw)).payload
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_close_between_fragments_is_answered(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, ASKED[:10], fin=False), framed(CLOSE, struct.pack("!H", 1000)))
    assert 1000 == await ends(raw)


@pytest.mark.parametrize(
    "frames",
    [
        framed(CONTINUATION, ASKED),
        framed(CONTINUATION, ASKED, fin=False),
        framed(TEXT, ASKED[:10], fin=False) + framed(TEXT, ASKED[10:]),
        framed(TEXT, ASKED[:10], fin=False) + framed(BINARY, ASKED[10:]),
        framed(PING, b"x", fin=False),
        framed(CLOSE, struct.pack("!H", 1000), fin=False),
    ],
    ids=["continues nothing", "goes on with nothing", "text inside", "binary inside", "ping", "close"],
)
@pytest_twisted.ensureDeferred
async def test_fragments_that_are_no_message_end_the_connection(shared: House, frames: bytes) -> None:
    raw = await websocket(shared)
    raw.send(frames)
    assert 1002 == await ends(raw)


# 5.5. Control frames


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
@pytest_twisted.ensureDeferred
async def test_a_control_frame_of_more_than_125_bytes_ends_the_connection(shared: House, opcode: int) -> None:
    raw = await websocket(shared)
    raw.send(framed(opcode, b"\x03\xe8" + b"x" * 124))
    assert 1002 == await ends(raw)


@pytest.mark.parametrize("payload", [b"", b"\x00\xff\x80", b"x" * 125])
@pytest_twisted.ensureDeferred
async def test_a_ping_gets_a_pong_with_its_payload(shared: House, payload: bytes) -> None:
    raw = await websocket(shared)
    raw.send(framed(PING, payload))
    assert (FIN | PONG, False, payload) == await frame(raw)
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_pong_that_nobody_asked_for_is_not_answered(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(PONG, b"x"))
    await still_there(raw)
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_nothing_is_answered_after_a_close(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, struct.pack("!H", 1000)), framed(PING, b"late"), framed(TEXT, ASKED))
    assert 1000 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_nothing_is_answered_after_a_fault(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, b"{}", reserved=1), framed(PING, b"late"), framed(TEXT, ASKED))
    assert 1002 == await ends(raw)


# 5.6 and 8.1. Text


@pytest.mark.parametrize(
    "payload",
    [
        b'{"type":"ping","id":"\xff"}',
        b'{"type":"ping","id":"\xc0\xaf"}',
        b'{"type":"ping","id":"\xed\xa0\x80"}',
        b'{"type":"ping","id":"\xf4\x90\x80\x80"}',
        b'{"type":"ping","unknown":"\xff"}',
        b'{"type":"ping"}\xe2\x82',
        b"\xff",
    ],
    ids=["never", "overlong", "surrogate", "too high", "in an unknown field", "cut off", "no JSON"],
)
@pytest_twisted.ensureDeferred
async def test_text_that_is_not_utf8_ends_the_connection(shared: House, payload: bytes) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, payload))
    assert 1007 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_a_character_may_be_split_but_the_message_must_be_whole(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(TEXT, ASKED[:22], fin=False), framed(CONTINUATION, ASKED[22:23] + ASKED[24:]))
    assert 1007 == await ends(raw)


# 7. Closing


@pytest.mark.parametrize(
    "payload",
    [b"", *(struct.pack("!H", code) for code in (1000, 1001, 1003, 1007, 1011, 3000, 3999, 4000, 4999))],
)
@pytest_twisted.ensureDeferred
async def test_a_close_is_answered_and_the_connection_ended_by_the_server(
    shared: House, payload: bytes
) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, payload))
    assert 1000 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_a_close_may_have_a_reason(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, struct.pack("!H", 1000) + "até".encode().ljust(123, b".")))
    assert 1000 == await ends(raw)


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535])
@pytest_twisted.ensureDeferred
async def test_a_close_code_that_nobody_may_send_is_a_fault(shared: House, code: int) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, struct.pack("!H", code)))
    assert 1002 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_half_a_close_code_is_a_fault(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, b"\x03"))
    assert 1002 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_a_close_reason_that_is_not_utf8_is_a_fault(shared: House) -> None:
    raw = await websocket(shared)
    raw.send(framed(CLOSE, struct.pack("!H", 1000) + b"\xff"))
    assert 1007 == await ends(raw)


@pytest_twisted.ensureDeferred
async def test_a_message_that_is_too_big_is_said_to_be(shared: House) -> None:
    """By its header already: nothing of it has come."""
    raw = await websocket(shared)
    raw.send(bytes([FIN | TEXT, 0x80 | 127]) + struct.pack("!Q", 1 << 40) + b"mask")
    assert 1009 == await ends(raw)


def test_the_digest_is_that_of_the_rfcs_own_example() -> None:
    """Section 1.3; so the test above compares with the right thing."""
    digest = hashlib.sha1(b"dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    assert b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == base64.b64encode(digest)


@pytest_twisted.ensureDeferred
async def test_a_server_that_ends_the_connection_says_so_first(shared: House) -> None:
    """And ends it when that was answered."""
    raw = await websocket(shared)
    raw.send(framed(TEXT, b"nonsense") * 30)
    while (last := await frame(raw)).first != FIN | CLOSE:
        assert b'"code":"bad_request"' in last.payload
    assert 4003 == last.code
    raw.send(framed(CLOSE, last.payload[:2]))
    assert b"" == await raw.rest()


@pytest_twisted.ensureDeferred
async def test_a_plain_request_for_the_websockets_address_is_refused(shared: House) -> None:
    assert 400 == (await refused(shared, request("GET", "/ws")))[0]
