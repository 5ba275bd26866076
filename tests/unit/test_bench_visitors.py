"""The programs that measure notice what they are there to notice."""

import json
from collections.abc import Iterator
from pathlib import Path
from socket import socketpair

import pytest

from bench.probe import Stall, longest, stalls
from bench.visitors import Step, Visitor, Visitors
from chatd.wires.json import frame

ROOM = 7


@pytest.fixture
def visitors() -> Iterator[Visitors]:
    made = Visitors(0, ROOM)
    yield made
    made.close()


@pytest.fixture
def alice() -> Visitor:
    visitor = Visitor("alice", 10)
    visitor.step = Step.LIVE
    return visitor


def said(*seqs: int) -> bytes:
    return b"".join(frame(b'{"type":"said","room":7,"seq":%d,"text":"x"}' % seq) for seq in seqs)


def page(first: int, last: int, seqs: list[int], **fields: object) -> bytes:
    entries = [{"type": "said", "seq": seq} for seq in seqs]
    event = {"type": "attached", "entries": entries, "from": first, "to": last, "complete": True, **fields}
    return frame(json.dumps(event).encode())


def test_what_comes_in_order_is_right_wherever_it_is_cut(visitors: Visitors, alice: Visitor) -> None:
    data = said(11, 12, 13)
    for at in range(len(data)):
        visitors._take(alice, alice.rest + data[at : at + 1])
    assert ([], 13, 3) == (visitors.wrong, alice.position, visitors.deliveries)


@pytest.mark.parametrize("seqs", [(12,), (11, 11), (11, 13), (12, 11)])
def test_what_is_lost_doubled_or_out_of_order_is_wrong(
    visitors: Visitors, alice: Visitor, seqs: tuple[int, ...]
) -> None:
    visitors._take(alice, said(*seqs))
    assert visitors.wrong


def test_what_was_missed_is_counted_and_the_visitor_goes_on_after_it(
    visitors: Visitors, alice: Visitor
) -> None:
    alice.step = Step.ATTACHING
    visitors._take(alice, page(11, 12, [11, 12]) + said(13))
    assert ([], 13, 2, True) == (visitors.wrong, alice.position, alice.missed, alice.live)


@pytest.mark.parametrize(
    "data",
    [
        page(12, 13, [12, 13]),
        page(11, 13, [11, 13]),
        page(11, 12, [11, 12], gap={"from": 5, "to": 10}),
        page(11, 12, [11, 12], reset=True),
        page(11, 12, [11, 12], complete=False) + said(13),
        frame(b'{"type":"gap","room":7,"from":11,"to":12}'),
        frame(b'{"type":"error","id":"attach","code":"internal","text":"x"}'),
    ],
)
def test_a_page_with_a_hole_is_wrong(visitors: Visitors, alice: Visitor, data: bytes) -> None:
    alice.step = Step.ATTACHING
    visitors._take(alice, data)
    assert visitors.wrong


def test_a_ping_is_answered_or_the_server_would_close_the_connection(
    visitors: Visitors, alice: Visitor
) -> None:
    server, alice.sock = socketpair()
    with server, alice.sock:
        visitors._take(alice, b"\x89\x02hi" + said(11))
        assert b"\x8a\x82\0\0\0\0hi" == server.recv(100)
    assert ([], 11) == (visitors.wrong, alice.position)


def test_the_longest_stall_is_the_daemons_own(tmp_path: Path) -> None:
    notes = tmp_path / "probe"
    notes.write_text("9.0 5.0 5.0 0.0\n11.0 0.5 0.01 0.48\n12.0 0.06 0.05 0.0\n20.0 5.0 5.0 0.0\n")
    found = stalls(notes, 10, 19)
    assert [11.0, 12.0] == [stall.at for stall in found]
    assert Stall(12.0, 0.06, 0.05, 0.0) == longest(found)
    assert 0 == longest([]).own
