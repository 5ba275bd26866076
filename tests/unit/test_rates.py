"""Token buckets and doors: what is allowed at once, in the long run, and what is forgotten."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatd.core.rates import MINUTE_MS, Bucket, Doors, Rates
from chatd.model import ChatError, Code


def test_a_burst_goes_at_once_and_then_as_many_as_flow_in() -> None:
    bucket = Bucket(5, 10)
    assert 10 == sum(bucket.take(0) for _ in range(100))
    assert 5 == sum(bucket.take(now) for now in range(1, 1_001))


def test_an_empty_bucket_says_when_to_come_back() -> None:
    bucket = Bucket(5, 1)
    bucket.take(0)
    wait = bucket.wait_ms(0)
    assert 200 <= wait <= 201
    assert not bucket.take(wait - 2)
    assert bucket.take(wait)


def test_a_rate_of_zero_allows_everything() -> None:
    bucket = Bucket(0, 0)
    assert all(bucket.take(0) for _ in range(1_000))


def test_a_burst_of_zero_still_lets_one_through() -> None:
    bucket = Bucket(1, 0)
    assert [True, False] == [bucket.take(0), bucket.take(0)]


def test_a_clock_that_steps_back_costs_nothing_but_the_step() -> None:
    bucket = Bucket(1, 1)
    assert bucket.take(1_000_000)
    assert not bucket.take(500_000)
    assert bucket.take(501_001)


@given(st.lists(st.integers(0, 5_000), max_size=60))
def test_in_any_stretch_a_bucket_gives_no_more_than_burst_and_rate(waits: list[int]) -> None:
    bucket, now, taken = Bucket(2, 3), 0, 0
    for wait in waits:
        now += wait
        taken += bucket.take(now)
    assert taken <= 3 + now * 2 / 1_000


def test_keys_are_counted_apart() -> None:
    rates = Rates(1)
    rates.count("a", 0)
    rates.check("b", 0, "Wait.")
    with pytest.raises(ChatError) as refusal:
        rates.check("a", 0, "Wait.")
    assert (Code.TOO_FAST, "Wait.") == (refusal.value.code, refusal.value.text)
    assert refusal.value.retry_ms is not None
    rates.check("a", refusal.value.retry_ms, "Wait.")


def test_checking_costs_nothing() -> None:
    rates = Rates(1)
    for _ in range(10):
        rates.check("a", 0, "Wait.")


def test_a_limit_of_zero_keeps_nothing_and_refuses_nobody() -> None:
    rates = Rates(0)
    for _ in range(10):
        rates.count("a", 0)
        rates.check("a", 0, "Wait.")
    assert 0 == len(rates)


def test_what_holds_nobody_up_is_forgotten() -> None:
    rates = Rates(2)
    rates.count("a", 0)
    rates.count("b", MINUTE_MS)
    rates.forget(MINUTE_MS)
    assert 1 == len(rates)
    rates.forget(2 * MINUTE_MS)
    assert 0 == len(rates)


def test_only_so_many_connections_are_open_from_one_address() -> None:
    doors = Doors(2, 0)
    doors.enter("a", 0)
    doors.enter("a", 0)
    doors.enter("b", 0)
    with pytest.raises(ChatError) as refusal:
        doors.enter("a", 0)
    assert Code.TOO_MANY is refusal.value.code
    doors.leave("a")
    doors.enter("a", 0)


def test_only_so_many_connections_are_made_in_a_minute() -> None:
    doors = Doors(0, 2)
    for _ in range(2):
        doors.enter("a", 0)
        doors.leave("a")
    with pytest.raises(ChatError) as refusal:
        doors.enter("a", 0)
    assert Code.TOO_FAST is refusal.value.code
    doors.enter("a", MINUTE_MS)


def test_whoever_is_refused_at_the_door_is_not_counted() -> None:
    doors = Doors(1, 2)
    doors.enter("a", 0)
    for _ in range(10):
        with pytest.raises(ChatError):
            doors.enter("a", 0)
    doors.leave("a")
    doors.enter("a", 0)


def test_doors_forget_quiet_addresses() -> None:
    doors = Doors(1, 1)
    doors.enter("a", 0)
    doors.leave("a")
    doors.forget(MINUTE_MS)
    doors.enter("a", MINUTE_MS)
    with pytest.raises(ChatError):
        doors.enter("a", MINUTE_MS)
