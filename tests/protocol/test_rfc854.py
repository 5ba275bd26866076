"""What RFC 854 and 855 ask of a server, as bytes; docs/conformance.md lists it."""

import pytest
import pytest_twisted

from tests.protocol.raw import Raw
from tests.scenarios.house import House

SE, NOP, DM, BRK, IP, AO, AYT, EC, EL, GA, SB, WILL, WONT, DO, DONT, IAC = range(240, 256)
ECHO, SUPPRESS_GO_AHEAD, NAWS = 1, 3, 31


async def greeted(house: House) -> Raw:
    raw = await Raw.connect(house, "line")
    await raw.until(b"\n")
    return raw


async def enters(raw: Raw, name: bytes, data: bytes) -> None:
    """Log in under a name that these bytes spell."""
    raw.send(data)
    assert b"* You are " + name + b" (guest)" in await raw.until(b"\n")


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\0"], ids=["CR LF", "LF", "CR NUL"])
@pytest_twisted.ensureDeferred
async def test_a_line_has_one_of_three_ends(shared: House, end: bytes) -> None:
    """RFC 854 says CR LF; pipes send LF, and some clients CR NUL for the Enter key."""
    raw = await greeted(shared)
    name = f"end{end.hex()}".encode()
    await enters(raw, name, b"/nick " + name + end)
    raw.abort()


@pytest.mark.parametrize("verb", [WILL, DO], ids=["WILL", "DO"])
@pytest_twisted.ensureDeferred
async def test_every_option_is_refused(shared: House, verb: int) -> None:
    raw = await greeted(shared)
    for option in (ECHO, SUPPRESS_GO_AHEAD, NAWS, 0, 254, 255):
        raw.send(bytes([IAC, verb, option]))
        assert bytes([IAC, DONT if verb == WILL else WONT, option]) == await raw.take(3)
    raw.abort()


@pytest.mark.parametrize("verb", [WONT, DONT], ids=["WONT", "DONT"])
@pytest_twisted.ensureDeferred
async def test_a_refusal_is_not_answered(shared: House, verb: int) -> None:
    """An option is off already, and no two programs may answer each other for ever."""
    raw = await greeted(shared)
    raw.send(*(bytes([IAC, verb, option]) for option in (ECHO, SUPPRESS_GO_AHEAD, NAWS)), bytes([IAC, AYT]))
    assert bytes([IAC]) not in await raw.until(b"\n")
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_who_asks_whether_we_are_there_sees_that_we_are(shared: House) -> None:
    raw = await greeted(shared)
    raw.send(bytes([IAC, AYT]))
    assert (await raw.until(b"\n")).startswith(b"* ")
    raw.abort()


@pytest.mark.parametrize("command", [IP, EL], ids=["IP", "EL"])
@pytest_twisted.ensureDeferred
async def test_a_line_is_taken_back(shared: House, command: int) -> None:
    raw = await greeted(shared)
    name = f"taken{command}".encode()
    await enters(raw, name, b"/nick wrong" + bytes([IAC, command]) + b"/nick " + name + b"\r\n")
    raw.abort()


@pytest.mark.parametrize(
    "command", [NOP, DM, BRK, AO, EC, GA, SE], ids=["NOP", "DM", "BRK", "AO", "EC", "GA", "SE"]
)
@pytest_twisted.ensureDeferred
async def test_a_command_that_says_nothing_to_us_is_no_text(shared: House, command: int) -> None:
    raw = await greeted(shared)
    name = f"quiet{command}".encode()
    await enters(raw, name, b"/ni" + bytes([IAC, command]) + b"ck " + name + b"\r\n")
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_byte_255_of_text_comes_twice(shared: House) -> None:
    """And then is text, which is not UTF-8, and is answered as such."""
    raw = await greeted(shared)
    raw.send(b"/nick a" + bytes([IAC, IAC]) + b"b\r\n")
    assert (await raw.until(b"\n")).startswith(b"! bad_request: ")
    raw.abort()


@pytest.mark.parametrize(
    "inside",
    [b"", b"\x00\x50\x00\x18", b"text /quit\r\n", bytes([IAC, IAC]), bytes([IAC, IAC, SE]), b"x" * 10_000],
    ids=["empty", "size", "a line", "255", "255 and SE", "long"],
)
@pytest_twisted.ensureDeferred
async def test_a_subnegotiation_is_no_text(shared: House, inside: bytes) -> None:
    raw = await greeted(shared)
    name = f"sub{len(inside)}x".encode()
    negotiated = bytes([IAC, SB, NAWS]) + inside + bytes([IAC, SE])
    await enters(raw, name, b"/ni" + negotiated + b"ck " + name + b"\r\n")
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_commands_may_be_split_anywhere(shared: House) -> None:
    raw = await greeted(shared)
    commands = bytes([IAC, WILL, NAWS, IAC, SB, NAWS, 0, 80, IAC, IAC, IAC, SE, IAC, DO, ECHO, IAC, NOP])
    await raw.send_slowly(b"/nick sp" + commands + b"lit\r\n")
    assert bytes([IAC, DONT, NAWS, IAC, WONT, ECHO]) == await raw.take(6)
    assert b"* You are split (guest)" in await raw.until(b"\n")
    raw.abort()


@pytest_twisted.ensureDeferred
async def test_a_password_is_not_echoed_where_the_client_speaks_telnet(shared: House) -> None:
    """RFC 857: who says WILL ECHO, echoes; and then the agreement to it is not answered."""
    raw = await greeted(shared)
    raw.send(bytes([IAC, WONT, NAWS]), b"/login nobody\r\n")
    await raw.until(bytes([IAC, WILL, ECHO]))
    raw.send(bytes([IAC, DO, ECHO]), b"wrong password\r\n")
    assert bytes([IAC, DO, ECHO]) not in await raw.until(bytes([IAC, WONT, ECHO]))
    assert b"! wrong_password: " in await raw.until(b"\n")
    raw.abort()
