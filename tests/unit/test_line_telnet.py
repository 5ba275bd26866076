"""Telnet's bytes are understood, refused, and told apart from text."""

import pytest

from chatd.wires.line.telnet import Kind, Piece, Telnet

IAC, DONT, DO, WONT, WILL, SB, SE = b"\xff", b"\xfe", b"\xfd", b"\xfc", b"\xfb", b"\xfa", b"\xf0"
ECHO, NAWS = b"\x01", b"\x1f"


def pieces(data: bytes, telnet: Telnet | None = None) -> list[Piece]:
    return list((telnet or Telnet()).feed(data))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", [(Kind.TEXT, b"plain")]),
        (b"a" + IAC + IAC + b"b", [(Kind.TEXT, b"a"), (Kind.TEXT, b"\xff"), (Kind.TEXT, b"b")]),
        (IAC + WILL + NAWS, [(Kind.REPLY, IAC + DONT + NAWS)]),
        (IAC + DO + NAWS, [(Kind.REPLY, IAC + WONT + NAWS)]),
        (IAC + DO + b"\x06", [(Kind.REPLY, IAC + WILL + b"\x06"), (Kind.MARK, b"")]),
        (IAC + DO + ECHO, [(Kind.REPLY, IAC + WONT + ECHO)]),
        (IAC + WONT + NAWS + IAC + DONT + NAWS, []),
        (IAC + SB + NAWS + b"\0P" + IAC + IAC + b"\0" + IAC + SE + b"x", [(Kind.TEXT, b"x")]),
        (IAC + b"\xf6", [(Kind.ARE_YOU_THERE, b"")]),
        (IAC + b"\xf4" + IAC + b"\xee" + IAC + b"\xf8", [(Kind.INTERRUPT, b"")] * 3),
        (IAC + b"\xf1x" + IAC + b"\xf2", [(Kind.TEXT, b"x")]),
    ],
)
def test_each_command_wherever_it_is_split(data: bytes, expected: list[Piece]) -> None:
    assert expected == pieces(data)
    telnet = Telnet()
    one_by_one = [piece for byte in data for piece in telnet.feed(bytes([byte]))]
    assert joined(expected) == joined(one_by_one)


def joined(found: list[Piece]) -> list[Piece]:
    """The same with neighbouring texts as one."""
    result: list[Piece] = []
    for kind, text in found:
        if result and kind is Kind.TEXT and result[-1][0] is Kind.TEXT:
            result[-1] = (kind, result[-1][1] + text)
        else:
            result.append((kind, text))
    return result


def test_an_answer_to_our_own_offer_is_not_answered() -> None:
    telnet = Telnet()
    telnet.echo_taken = True
    assert [] == pieces(IAC + DO + ECHO, telnet)
    assert [(Kind.REPLY, IAC + WONT + NAWS)] == pieces(IAC + DO + NAWS, telnet)


def test_two_of_us_do_not_answer_each_other_for_ever() -> None:
    one, other = Telnet(), Telnet()
    owed = IAC + WILL + ECHO + IAC + DO + NAWS
    for _ in range(3):
        owed = b"".join(data for kind, data in one.feed(owed) if kind is Kind.REPLY)
        one, other = other, one
    assert b"" == owed


@pytest.mark.parametrize("data", [IAC + WILL + NAWS, IAC + DONT + NAWS, IAC + SB + NAWS + IAC + SE])
def test_a_client_with_options_is_known_as_one(data: bytes) -> None:
    telnet = Telnet()
    pieces(data, telnet)
    assert telnet.negotiates


def test_a_client_without_options_is_not() -> None:
    telnet = Telnet()
    pieces(b"x" + IAC + IAC + IAC + b"\xf6", telnet)
    assert not telnet.negotiates
