"""What is done to the servers that `bench.fanout` compares: who sits where, and who says how much."""

from dataclasses import dataclass

from bench.systems import (
    AUTOBAHN,
    AUTOBAHN_TLS,
    CHATD,
    CHATD_LINES,
    CHATD_MIXED,
    CHATD_TLS,
    INSPIRCD,
    NGIRCD,
    NODE_WS,
    SOCKET_IO,
    WEBSOCKETS,
    System,
)

PLAIN = (CHATD, AUTOBAHN, WEBSOCKETS, NODE_WS, SOCKET_IO, NGIRCD, INSPIRCD)


@dataclass(frozen=True)
class Workload:
    """Who sits where, and who says how much."""

    name: str
    explained: str
    members: int
    rooms: int = 1
    senders: int = 10
    unanswered: int = 2
    """Messages that each sender keeps in flight."""
    pace: float = 0
    """Messages per second of all senders together, whatever is answered; 0: as fast as answers come."""
    systems: tuple[System, ...] = PLAIN
    """Those that it is meant for."""


_TWO = "10 of them keep 2 messages each unanswered"

WORKLOADS = (
    Workload("10", f"10 members in one room; {_TWO}", 10, systems=(*PLAIN, CHATD_LINES)),
    Workload("100", f"100 members in one room; {_TWO}", 100),
    Workload(
        "1000",
        f"1,000 members in one room; {_TWO}",
        1_000,
        systems=(*PLAIN, CHATD_LINES, CHATD_MIXED),
    ),
    Workload("5000", f"5,000 members in one room; {_TWO}", 5_000),
    Workload("tls", f"1,000 members in one room over TLS; {_TWO}", 1_000, systems=(CHATD_TLS, AUTOBAHN_TLS)),
    Workload(
        "rooms",
        "1,000 rooms of 10 members; one of each room keeps one message unanswered",
        10_000,
        rooms=1_000,
        senders=1_000,
        unanswered=1,
    ),
    Workload(
        "light",
        "100 members in one room; one of them keeps one message unanswered",
        100,
        senders=1,
        unanswered=1,
    ),
    Workload(
        "paced",
        "1,000 members in one room; 10 of them say 20 messages a second together",
        1_000,
        pace=20,
    ),
    Workload(
        "inbound",
        "100 rooms, each with one member who keeps 2 messages unanswered",
        100,
        rooms=100,
        senders=100,
    ),
)
EXPLAINED = {workload.name: workload.explained for workload in WORKLOADS}

QUICK_WORKLOADS = ("10", "100", "1000", "light")
QUICK_SYSTEMS = (CHATD, AUTOBAHN, WEBSOCKETS)
