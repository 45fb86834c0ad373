"""No component knows the future, and none remembers more than it says: to the last bit, on random markets."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fundarb.domain.instants import DAY
from fundarb.signals import composite as composite_module
from fundarb.signals.composite import COMPONENTS, composite
from fundarb.signals.dispersion import dispersion
from fundarb.signals.ema import ema
from fundarb.signals.explain import Terms, explain
from fundarb.signals.lookback import lookback
from fundarb.signals.open_interest import OpenInterest
from fundarb.signals.panel import Panel
from fundarb.signals.persistence import run_length
from fundarb.signals.rates import apr, consecutive, rate_keys
from tests.signals.causality import assert_causal, moments_of, trailing
from tests.signals.making import built
from tests.signals.markets import market

WEIGHTS = {"carry": 0.7, "persistence": 0.08, "trend": 0.06, "stability": 0.08, "basis": 0.08, "volume": 0.1}
seeds = st.integers(0, 2**32)


def everything(panel: Panel) -> Mapping[str, Any]:
    """Every column the score and the plans are made of."""
    look, keys = lookback(panel.settlements), rate_keys(panel.settlements)
    found = composite(panel, WEIGHTS, 0.3, frozenset())
    spread = dispersion(look)
    entering = keys.at_least(Decimal("0.0001"))
    return {
        "score": found.score,
        "forecast": found.forecast,
        **found.components,
        **{f"ema {n}": ema(look, n) for n in (3, 9, 21, 90)},
        "median": spread.median,
        "sigma": spread.sigma,
        "run": run_length(look),
        "apr": apr(panel.settlements),
        "entering": entering,
        "three times": consecutive(entering, panel.settlements.offsets, 3),
        "leaving": keys.below(Decimal("0.00005")),
    }


def assert_every_component_is_causal(seed: int, count: int) -> None:
    """The test itself."""
    made = market(seed)
    assert_causal(everything, made, moments_of(made, seed, count))


@given(seeds)
@settings(max_examples=12)
def test_every_component_is_causal_over_its_stated_lookback(seed: int) -> None:
    assert_every_component_is_causal(seed, 8)


def test_every_component_of_the_score_is_among_what_is_compared_and_says_something() -> None:
    found = everything(market(2).panel())
    assert set(found) >= set(COMPONENTS)
    assert all(np.isfinite(found[name]).sum() > 50 for name in COMPONENTS)


FEEDS = ("carry", "persistence", "trend", "stability", "basis", "volume", "forecast", "last_closes")


@pytest.mark.parametrize("feed", FEEDS)
def test_a_component_that_looks_one_settlement_ahead_is_caught_by_the_same_test(
    feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is replaced, where the score is put together, by itself one row later."""
    honest = getattr(composite_module, feed)

    def foresees(*given: Any) -> Any:
        found = honest(*given)
        if isinstance(found, tuple):
            return tuple(np.append(values[1:], values[-1:]) for values in found)
        return np.append(found[1:], found[-1:])

    monkeypatch.setattr(composite_module, feed, foresees)
    with pytest.raises(AssertionError, match="of what was known then"):
        assert_every_component_is_causal(2, 60)


def test_a_signal_that_reads_the_next_settlement_is_caught() -> None:
    def foresees(panel: Panel) -> Mapping[str, Any]:
        return {"next rate": np.append(panel.settlements.rate[1:], 0.0)}

    made = market(1)
    with pytest.raises(AssertionError, match="of what was known then"):
        assert_causal(foresees, made, moments_of(made, 1, 8))


def test_a_signal_that_reads_a_candle_before_it_has_closed_is_caught() -> None:
    def foresees(panel: Panel) -> Mapping[str, Any]:
        closes = panel.perp.close[panel.perp.rows(0)]
        at = np.searchsorted(panel.perp.open_at[panel.perp.rows(0)], panel.settlements.settled_at)
        return {"close of the candle opening now": closes[np.minimum(at, len(closes) - 1)]}

    made = market(1)
    with pytest.raises(AssertionError, match="of what was known then"):
        assert_causal(foresees, made, [(0, row) for row in range(150, 170)])


def test_a_signal_that_remembers_everything_is_caught() -> None:
    def remembers(panel: Panel) -> Mapping[str, Any]:
        return {"running sum": np.cumsum(panel.settlements.rate)}

    made = market(1, pairs=1)
    rows = len(made.streams[0].settlements.rate)
    with pytest.raises(AssertionError, match="of the trailing window"):
        assert_causal(remembers, made, [(0, rows - 1)])


@given(seeds)
@settings(max_examples=4)
def test_an_explanation_is_causal_over_its_stated_lookback(seed: int) -> None:
    """Band and HAR look back a year for samples; each sample 120 or 30 days more."""
    made = market(seed, days=620)
    rng = np.random.default_rng(seed)
    seen = OpenInterest(np.arange(made.until_ms - 620 * DAY, made.until_ms, DAY // 4), rng.gamma(9, 1, 620 * 4))
    whole, terms = made.panel(), Terms(0.3, 20.5)
    for index, row in ((0, -1), (1, -40)):
        at_ms = int(made.streams[index].settlements.settled_at[row])
        known = OpenInterest(seen.observed_at[seen.observed_at <= at_ms], seen.quantity[seen.observed_at <= at_ms])
        expected = explain(whole, index, at_ms, terms, seen)
        assert expected["forecast_bp"] is not None or expected["rate_8h_bp"] is not None
        assert explain(built(made.pairs, made.streams, at_ms), index, at_ms, terms, known) == expected
        window = [trailing(one, at_ms, (365 + 120) * DAY) for one in made.streams]
        assert explain(built(made.pairs, window, at_ms), index, at_ms, terms, known) == expected
