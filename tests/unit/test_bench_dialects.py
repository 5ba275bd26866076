"""The load's members notice what is lost, doubled or in another order, whatever they speak."""

from collections.abc import Callable

import pytest

from bench.dialects import IrcMember, JsonMember, LineMember, Member, SocketIoMember


def _socket_io(seq: int) -> bytes:
    payload = b'42["said",{"type":"said","room":1,"seq":%d,"text":"m1 5 %d "}]' % (seq, seq)
    return bytes([0x81, len(payload)]) + payload


def _json(seq: int) -> bytes:
    payload = b'{"type":"said","room":1,"seq":%d,"at":1,"text":"m1 5 %d "}' % (seq, seq)
    return bytes([0x81, len(payload)]) + payload


def _line(seq: int) -> bytes:
    return b"[#lobby %d] 09:14 <m1> m1 5 %d \n" % (seq, seq)


def _irc(seq: int) -> bytes:
    return b":m1!m1@host PRIVMSG #lobby :m1 5 %d xx\r\n" % seq


def _member(kind: type[Member]) -> Member:
    member = kind.__new__(kind)
    member.name, member.room, member.rest = b"m2", "lobby", b""
    member.counter = member.deliveries = member.disorders = member.events = 0
    member.curious = False
    if isinstance(member, IrcMember):
        member.counts = {}
    elif isinstance(member, JsonMember | LineMember):
        member.next_seq = 0
    if isinstance(member, LineMember):
        member.beginning = b"[#lobby "
    return member


KINDS = [(JsonMember, _json), (SocketIoMember, _socket_io), (LineMember, _line), (IrcMember, _irc)]


@pytest.mark.parametrize(("kind", "encode"), KINDS)
@pytest.mark.parametrize(
    ("seqs", "disorders"), [((7, 8, 9), 0), ((7, 9), 1), ((7, 8, 8), 1), ((7, 9, 8), 2), ((7,), 0)]
)
def test_the_order_is_checked(
    kind: type[Member], encode: Callable[[int], bytes], seqs: tuple[int, ...], disorders: int
) -> None:
    member = _member(kind)
    data = b"".join(map(encode, seqs))
    assert member.take(data) == len(data)
    assert (member.deliveries, member.disorders) == (len(seqs), disorders)


@pytest.mark.parametrize(("kind", "encode"), KINDS)
def test_half_a_message_waits_for_its_rest(kind: type[Member], encode: Callable[[int], bytes]) -> None:
    member = _member(kind)
    data = encode(7) + encode(8)
    taken = member.take(data[:-3])
    assert (taken, member.deliveries) == (len(encode(7)), 1)
    assert member.take(data[taken:]) == len(data) - taken
    assert (member.deliveries, member.disorders) == (2, 0)
