"""The breaker goes closed, open, half-open and back; what reduces risk passes always."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fundarb.engine.breaker import CircuitBreaker, State


@dataclass
class Time:
    """Milliseconds that a test moves."""

    ms: int = 1_000_000

    def __call__(self) -> int:
        return self.ms


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> CircuitBreaker:
    return CircuitBreaker(time, failures=3, cooldown_ms=10_000, longest_ms=35_000)


def fail(breaker: CircuitBreaker, times: int = 3) -> None:
    for number in range(times):
        breaker.failed(f"no answer {number}")


def test_it_stays_closed_until_enough_failures_in_a_row(breaker: CircuitBreaker) -> None:
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 2)
    assert breaker.allows(reduces_risk=False)
    assert breaker.why is None


def test_open_it_refuses_new_risk_says_why_and_lets_the_rest_pass(breaker: CircuitBreaker) -> None:
    fail(breaker)
    assert (breaker.state, breaker.why) == (State.OPEN, "no answer 2")
    assert not breaker.allows(reduces_risk=False)
    assert breaker.allows(reduces_risk=True)


def test_after_the_cooldown_one_trial_goes_out_and_closes_it(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker)
    time.ms += 10_000
    assert breaker.state is State.HALF_OPEN
    assert [breaker.allows(reduces_risk=False) for _ in range(3)] == [True, False, False]
    breaker.succeeded()
    assert (breaker.state, breaker.why) == (State.CLOSED, None)
    assert breaker.allows(reduces_risk=False)


def test_a_failed_trial_opens_it_for_twice_as_long_up_to_a_bound(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker)
    for cooldown_ms in (10_000, 20_000, 35_000, 35_000):
        time.ms += cooldown_ms - 1
        assert breaker.state is State.OPEN
        time.ms += 1
        assert breaker.allows(reduces_risk=False)
        breaker.failed("still not")
    assert breaker.state is State.OPEN


def test_closed_again_it_starts_from_the_first_cooldown(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker)
    time.ms += 10_000
    breaker.failed("still not")
    time.ms += 20_000
    breaker.succeeded()
    fail(breaker)
    time.ms += 10_000
    assert breaker.state is State.HALF_OPEN


def test_a_trial_that_never_comes_back_is_given_up_on(breaker: CircuitBreaker, time: Time) -> None:
    fail(breaker)
    time.ms += 10_000
    assert breaker.allows(reduces_risk=False)
    time.ms += 9_999
    assert not breaker.allows(reduces_risk=False)
    time.ms += 1
    assert breaker.allows(reduces_risk=False)


def test_reads_that_come_back_well_while_it_is_open_do_not_close_it_early(breaker: CircuitBreaker) -> None:
    fail(breaker)
    breaker.succeeded()
    assert not breaker.allows(reduces_risk=False)


@given(
    st.lists(st.one_of(st.just("succeeded"), st.just("failed"), st.just("ask"), st.integers(0, 50_000)), max_size=60)
)
def test_whatever_happens_reducing_risk_passes_and_it_can_always_recover(steps: list[str | int]) -> None:
    time = Time()
    breaker = CircuitBreaker(time, failures=3, cooldown_ms=10_000, longest_ms=40_000)
    for step in steps:
        if isinstance(step, int):
            time.ms += step
        elif step == "ask":
            breaker.allows(reduces_risk=False)
        else:
            breaker.succeeded() if step == "succeeded" else breaker.failed("no")
        assert breaker.allows(reduces_risk=True)
    time.ms += 80_000
    assert breaker.allows(reduces_risk=False)
    breaker.succeeded()
    assert breaker.state is State.CLOSED
