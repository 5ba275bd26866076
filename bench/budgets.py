"""What chatd's speed and memory may be beside others', and by themselves."""

from dataclasses import dataclass

from bench.findings import Findings, Measured
from bench.systems import (
    AUTOBAHN,
    AUTOBAHN_TLS,
    CHATD,
    CHATD_LINES,
    CHATD_TLS,
    NGIRCD,
    NODE_WS,
    SOCKET_IO,
    WEBSOCKETS,
    System,
)
from bench.workloads import EXPLAINED, PLAIN


@dataclass(frozen=True)
class Budget:
    """What one of chatd's costs may be, as a part of a peer's under the same workload."""

    workload: str
    what: str
    """A property of Measured: less is better, but for `per_second`."""
    peer: System
    most: float
    ours: System = CHATD


BUDGETS = (
    *(Budget("1000", "per_second", peer, 1.0) for peer in PLAIN[1:]),
    Budget("1000", "cpu_us", AUTOBAHN, 0.35),
    Budget("1000", "cpu_us", WEBSOCKETS, 0.25),
    Budget("1000", "cpu_us", CHATD, 1.0, CHATD_LINES),
    *(Budget("100", "per_second", peer, 1.0) for peer in PLAIN[1:] if peer is not NGIRCD),
    *(Budget(name, "per_second", peer, 1.0) for name in ("10", "rooms") for peer in (WEBSOCKETS, SOCKET_IO)),
    *(Budget(name, "per_second", peer, 1.25) for name in ("10", "rooms") for peer in (NODE_WS, AUTOBAHN)),
    Budget("10", "cpu_us", AUTOBAHN, 2.0),
    Budget("tls", "cpu_us", AUTOBAHN_TLS, 0.35, CHATD_TLS),
    Budget("light", "cpu_us", AUTOBAHN, 0.6),
    *(Budget("paced", what, peer, 1.2) for what in ("p50_ms", "p99_ms") for peer in PLAIN[1:]),
)

INBOUND_LEAST = 12_000
"""Messages a second that are stored, published and answered."""
ANSWER_MOST_MS = 10
"""At p99, where 20 messages a second are said."""
STALL_MOST_MS = 20
IDLE_BUDGETS_KIB = {CHATD.name: 11, CHATD_LINES.name: 4, CHATD_TLS.name: 40}
AFTER_BURST = 1.15
"""What a server may have after a burst, by what it had before: allocators keep some."""


def ratio(findings: Findings, budget: Budget) -> float | None:
    """Ours as a part of theirs, the less the better; None when one of them was not measured."""
    ours, theirs = findings.of(budget.ours, budget.workload), findings.of(budget.peer, budget.workload)
    if ours is None or theirs is None:
        return None
    mine, other = getattr(ours, budget.what), getattr(theirs, budget.what)
    return float(other / mine if budget.what == "per_second" else mine / other)


def broken_budgets(findings: Findings) -> list[str]:
    """A sentence for each budget that what was measured does not keep."""
    sentences = []
    for budget in BUDGETS:
        found = ratio(findings, budget)
        if found is not None and found > budget.most:
            sentences.append(
                f"{EXPLAINED[budget.workload]}: {budget.what} of {budget.ours.name} is {found:.2f} of"
                f" {budget.peer.name}'s cost; {budget.most} is the most."
            )
    for row in findings.measured:
        if row.system == CHATD.name:
            sentences += [f"{EXPLAINED[row.workload]}: {sentence}" for sentence in _too_slow(row)]
    return [*sentences, *_too_heavy(findings)]


def _too_slow(row: Measured) -> list[str]:
    sentences = []
    if row.workload == "inbound" and row.per_second < INBOUND_LEAST:
        sentences.append(f"{row.per_second:,.0f} messages a second; {INBOUND_LEAST:,} are the least.")
    if row.workload == "paced" and row.answer_p99_ms > ANSWER_MOST_MS:
        sentences.append(f"answers in {row.answer_p99_ms:.1f} ms at p99; {ANSWER_MOST_MS} are the most.")
    if row.stall_ms is not None and row.stall_ms > STALL_MOST_MS:
        sentences.append(f"a stall of {row.stall_ms:.0f} ms; {STALL_MOST_MS} are the most.")
    return sentences


def _too_heavy(findings: Findings) -> list[str]:
    sentences = []
    for row in findings.idle:
        most = IDLE_BUDGETS_KIB.get(row.system)
        if most is None:
            continue
        if row.bytes_each > most * 1024:
            sentences.append(
                f"An idle connection costs {row.system} {row.bytes_each / 1024:.1f} KiB; {most} are the most."
            )
        if row.after_bytes > AFTER_BURST * row.idle_bytes:
            grown = row.after_bytes / row.idle_bytes
            sentences.append(
                f"After a burst {row.system} has {grown:.2f} of what it had; {AFTER_BURST} is the most."
            )
    return sentences


def worse_than(findings: Findings, recorded: dict[str, float], times: float) -> list[str]:
    """A sentence for each ratio that is that many times worse than it was when it was recorded."""
    return [
        f"{name} was {before:.2f} and is {now:.2f}."
        for name, now in ratios(findings).items()
        if (before := recorded.get(name)) is not None and now > times * before
    ]


def ratios(findings: Findings) -> dict[str, float]:
    """The ratios of processor time that budgets are about, by name; others say more of the moment."""
    found = ((budget, ratio(findings, budget)) for budget in BUDGETS if budget.what == "cpu_us")
    return {
        f"{budget.workload}: {budget.what} of {budget.ours.name} to {budget.peer.name}": round(value, 3)
        for budget, value in found
        if value is not None
    }
