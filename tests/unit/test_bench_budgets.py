"""The budgets of speed and memory notice what breaks them, and what grows too fast is told."""

import pytest

from bench.budgets import broken_budgets, ratios, worse_than
from bench.findings import Findings, Idle, Measured, report
from bench.growth import Growth, exponent, too_steep
from bench.systems import AUTOBAHN, CHATD, System


def measured(
    system: System, workload: str, deliveries: int = 100_000, cpu: float = 1.0, **told: float
) -> Measured:
    times = {"p50_ms": 1.0, "p99_ms": 1.0, "answer_p99_ms": 1.0, "stall_ms": 0.0, **told}
    return Measured(system.name, workload, 1.0, deliveries, cpu, 0.5, **times)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (measured(CHATD, "inbound", deliveries=11_999), "12,000 are the least"),
        (measured(CHATD, "paced", answer_p99_ms=10.1), "10 are the most"),
        (measured(CHATD, "5000", stall_ms=21), "a stall of 21 ms"),
    ],
)
def test_what_breaks_a_budget_of_its_own_is_told(row: Measured, told: str) -> None:
    [sentence] = broken_budgets(Findings([row]))
    assert told in sentence


def test_what_keeps_every_budget_is_not_told() -> None:
    rows = [
        measured(CHATD, "inbound", deliveries=12_000),
        measured(CHATD, "paced", answer_p99_ms=10),
        measured(CHATD, "light", cpu=0.6),
        measured(AUTOBAHN, "light", cpu=1.0),
    ]
    assert [] == broken_budgets(Findings(rows, [Idle("chatd", 1_000, 0, 11 * 1024 * 1_000, 12_000_000)]))


def test_a_peer_that_costs_too_little_more_is_told() -> None:
    found = Findings([measured(CHATD, "light", cpu=0.61), measured(AUTOBAHN, "light")])
    [sentence] = broken_budgets(found)
    assert "0.61 of Autobahn loop's cost; 0.6 is the most" in sentence
    [name] = ratios(found)
    assert [] == worse_than(found, {name: 0.41}, 1.5)
    assert [f"{name} was 0.40 and is 0.61."] == worse_than(found, {name: 0.40}, 1.5)


def test_connections_that_weigh_too_much_are_told_and_memory_that_stays_after_a_burst() -> None:
    heavy = Idle("chatd", 1_000, 0, 11 * 1024 * 1_000 + 1_000, 11 * 1024 * 1_000)
    kept = Idle("chatd", 1_000, 0, 1_000_000, 1_150_001)
    assert [1, 1] == [len(broken_budgets(Findings([], [row]))) for row in (heavy, kept)]


def test_a_stall_that_nobody_looked_for_is_not_told() -> None:
    row = Measured("Autobahn loop", "5000", 1.0, 1, 1.0, 0.5, 1.0, 1.0, 1.0, None)
    assert "| Autobahn loop | 1 |" in report(Findings([row]))


def test_a_cost_that_doubles_with_its_size_grows_as_its_first_power() -> None:
    points = [(10.0, 3.0), (20.0, 6.0), (40.0, 12.0)]
    assert pytest.approx(1.0) == exponent(points)
    assert pytest.approx(0.0) == exponent([(10.0, 3.0), (1_000.0, 3.0)])
    growth = Growth(
        "rooms",
        "What rooms cost",
        "rooms on disk",
        "ms",
        {"a start": points, "a page": [(1.0, 2.0), (9.0, 2.0)]},
    )
    assert ["a start grows as the 1.00th power of rooms on disk; 0.35 is the most."] == too_steep([growth])
