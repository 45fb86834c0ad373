"""What each strategy asks for: thresholds to the trillionth, order, regimes, and what it needs before it can decide."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.instants import DAY, HOUR
from fundarb.signals.composite import composite as score_all
from fundarb.signals.panel import Panel
from fundarb.strategy import band, cash, composite, hold, simple
from fundarb.strategy.band import BandParams, as_bp
from fundarb.strategy.composite import CompositeParams, Weights
from fundarb.strategy.params import MODES
from fundarb.strategy.plan import ABSENT, Plan, Setting, at_least_units
from fundarb.strategy.simple import SimpleParams
from fundarb.strategy.table import PREPARE
from tests.signals import plain_band
from tests.signals.making import NOTHING, T0, built, pair, settlements
from tests.signals.markets import market
from tests.signals.reference import Streams


def panel_of(*pairs: list[tuple[float, float]]) -> Panel:
    """Pairs settling at (hours after T0, rate), without candles."""
    streams = [Streams(settlements(*rows), NOTHING, NOTHING, NOTHING) for rows in pairs]
    return built([pair(f"P{n}") for n in range(len(pairs))], streams, T0 + 10_000 * DAY)


def setting(panel: Panel, charge_bp: float = 0.0) -> Setting:
    """Every settlement is an event."""
    stamps = np.unique(panel.settlements.settled_at)
    return Setting(int(stamps[0]), stamps, 41.0, charge_bp)


def every_8h(*rates: float) -> list[tuple[float, float]]:
    return [(8.0 * n, rate) for n, rate in enumerate((0.0, *rates))]


@given(st.decimals(-2, 2, places=15, allow_nan=False))
def test_the_least_unit_that_counts_is_a_trillionth_below_the_threshold(threshold: Decimal) -> None:
    least = at_least_units(threshold)
    bound = Fraction(threshold) - Fraction(1, 10**12)
    assert Fraction(least, 10**12) >= bound > Fraction(least - 1, 10**12)


@pytest.mark.parametrize(("text", "units"), [("0.6", 599_999_999_999), ("0", -1), ("0.0000000000005", 0)])
def test_a_score_a_trillionth_short_still_enters(text: str, units: int) -> None:
    assert at_least_units(Decimal(text)) == units


def test_simple_enters_at_entry_and_leaves_below_exit() -> None:
    panel = panel_of(every_8h(3e-4, 2.9e-4, 1e-4, 0.99e-4))
    plan = simple.prepare(panel, SimpleParams(), setting(panel))
    assert plan.regimes[0].enter.tolist() == [False, True, False, False, False]
    assert plan.regimes[0].exit.tolist() == [False, False, False, False, True]
    assert (plan.entry_reason, plan.exit_reason, plan.rotates) == (EntryReason.RATE, ExitReason.RATE, False)


def test_simple_asks_that_many_of_the_last_settlements_whatever_holes_lie_between() -> None:
    panel = panel_of([(0, 9e-4), (8, 3e-4), (16, 3e-4), (100, 3e-4), (108, 2e-4), (116, 3e-4)])
    three = simple.prepare(panel, SimpleParams(min_consecutive=3), setting(panel))
    assert three.regimes[0].enter.tolist() == [False, False, False, True, False, False]


def test_simple_ranks_by_apr_so_that_equal_aprs_of_any_interval_tie() -> None:
    panel = panel_of([(0, 0), (8, 4e-4)], [(4, 0), (8, 2e-4)], [(7, 0), (8, 0.5000001e-4)])
    rank = simple.prepare(panel, SimpleParams(), setting(panel)).rank
    assert rank[1] == rank[3] < rank[5]


def test_simple_ranks_rates_no_float_can_tell_apart() -> None:
    lower, higher = Decimal("0.00031234567890123456"), Decimal("0.00031234567890123457")
    streams = []
    for exact in (higher, lower):
        one = settlements((0, 0.0), (8, float(exact)))
        one.wide["rate"] = {1: exact}  # type: ignore[index]  # made here, shared with nobody
        streams.append(Streams(one, NOTHING, NOTHING, NOTHING))
    panel = built([pair("A"), pair("B")], streams, T0 + DAY)
    rank = simple.prepare(panel, SimpleParams(), setting(panel)).rank
    assert rank.dtype == np.int64
    assert rank[1] > rank[3]


def test_composite_enters_and_leaves_on_its_score() -> None:
    panel = market(2).panel()
    params = CompositeParams(enter=Decimal("0.55"), exit=Decimal("0.45"), rotate=False)
    plan = composite.prepare(panel, params, setting(panel, 0.3))
    score = plan.score
    assert score is not None
    there = score != ABSENT
    assert (plan.regimes[0].enter == (there & (score >= 549_999_999_999))).all()
    assert (plan.regimes[0].exit == (there & (score < 449_999_999_999))).all()
    assert (plan.rank[there] == score[there]).all()
    assert not plan.rotates
    assert plan.ready_ms == panel.settlements.settled_at[there].min()
    assert plan.history_ms == 7 * DAY


def test_a_score_or_forecast_counts_from_a_trillionth_below_its_threshold_on() -> None:
    panel = market(2).panel()
    plain = composite.prepare(panel, CompositeParams(), setting(panel))
    assert plain.score is not None
    assert plain.forecast is not None
    row = int(np.flatnonzero(plain.score != ABSENT)[-1])
    for more, stays in ((1, True), (2, False)):
        at = Decimal(int(plain.score[row]) + more).scaleb(-12)
        regime = composite.prepare(panel, CompositeParams(enter=at, exit=at), setting(panel)).regimes[-1]
        assert (regime.enter[row], regime.exit[row]) == (stays, not stays)
        edge = Decimal(int(plain.forecast[row]) + more).scaleb(-16)
        entering = band_plan(panel, BandParams(enter=edge, exit=edge - 1), setting(panel)).regimes[-1]
        leaving = band_plan(panel, BandParams(enter=Decimal(1), exit=edge), setting(panel)).regimes[-1]
        assert (entering.enter[row], leaving.exit[row]) == (stays, not stays)


def test_a_pair_without_a_forecast_neither_enters_nor_leaves() -> None:
    panel = panel_of(every_8h(*[-50e-4] * 21))
    plan = composite.prepare(panel, CompositeParams(), setting(panel))
    assert plan.score is not None
    assert set(plan.score.tolist()) == {ABSENT}
    assert not (plan.regimes[0].enter | plan.regimes[0].exit).any()


def test_the_charge_for_idle_capital_lowers_every_score() -> None:
    panel = market(2).panel()
    free, charged = (composite.prepare(panel, CompositeParams(), setting(panel, charge)).score for charge in (0, 1.0))
    assert free is not None
    assert charged is not None
    there = free != ABSENT
    assert (charged[there] < free[there]).all()
    assert (charged[~there] == ABSENT).all()


def band_plan(panel: Panel, params: BandParams, at: Setting) -> Plan:
    return band.prepare(panel, (params, CompositeParams()), at)


def test_a_band_with_given_edges_compares_the_forecast_with_them() -> None:
    panel = market(2).panel()
    plan = band_plan(panel, BandParams(enter=Decimal("0.0001"), exit=Decimal("0.00002")), setting(panel, 0.3))
    forecast = plan.forecast
    assert forecast is not None
    there, last = forecast != ABSENT, plan.regimes[-1]
    assert (last.enter == (there & (forecast >= 10**12 - 1))).all()
    assert (last.exit == (there & (forecast < 2 * 10**11 - 1))).all()
    assert (plan.entry_reason, plan.exit_reason) == (EntryReason.BAND, ExitReason.BAND)
    weights = Weights().named()
    assert plan.score is not None
    np.testing.assert_array_equal(plan.score, score_all(panel, weights, 0.3, frozenset()).score)


def test_a_band_enters_nothing_before_ninety_days_of_forecasts_but_may_leave() -> None:
    panel = market(2, days=140).panel()
    plan = band_plan(panel, BandParams(enter=Decimal("-0.9"), exit=Decimal(-1)), setting(panel))
    assert plan.forecast is not None
    there = plan.forecast != ABSENT
    ready_ms = int(panel.settlements.settled_at[there].min()) + 90 * DAY
    assert plan.ready_ms == ready_ms
    assert plan.history_ms == 97 * DAY
    assert {regime.since_ms for regime in plan.regimes} > {ready_ms}
    for regime in plan.regimes:
        assert regime.enter.any() == (regime.since_ms >= ready_ms)


def test_a_band_is_fitted_at_the_first_event_of_the_run_and_of_each_month() -> None:
    panel = market(9, days=260).panel()
    at = Setting(T0 + 100 * DAY, np.arange(T0 + 100 * DAY, T0 + 260 * DAY, 8 * HOUR), 41.0, 0.25)
    plan = band_plan(panel, BandParams(), at)
    forecast = plan.forecast
    assert forecast is not None
    months = at.event_times.astype("datetime64[ms]").astype("datetime64[M]")
    fitted = [int(at.event_times[months == month][0]) for month in np.unique(months)]
    assert [regime.since_ms for regime in plan.regimes if regime.since_ms in fitted] == fitted
    assert {regime.since_ms for regime in plan.regimes} - set(fitted) <= {plan.ready_ms}
    pairs = [
        {
            int(s): int(f) / 1e12
            for s, f in zip(panel.settlements.settled_at[rows], forecast[rows], strict=True)
            if f != ABSENT
        }
        for rows in (panel.settlements.rows(n) for n in range(2))
    ]
    for since_ms in fitted[-2:]:
        enter, leave = plain_band.edges(pairs, since_ms, 0.25, 20.5)
        regime = next(one for one in plan.regimes if one.since_ms == since_ms)
        clear = (forecast != ABSENT) & (np.abs(forecast - enter * 1e12) > 1e6) & (np.abs(forecast - leave * 1e12) > 1e6)
        assert clear.sum() > 0.99 * (forecast != ABSENT).sum()
        assert (regime.enter == (forecast >= enter * 1e12))[clear].all()
        assert (regime.exit == (forecast < leave * 1e12))[clear].all()


def test_a_market_without_any_forecast_never_lets_the_band_enter() -> None:
    panel = panel_of(every_8h(1e-4, 1e-4))
    plan = band_plan(panel, BandParams(), setting(panel))
    assert not any((regime.enter | regime.exit).any() for regime in plan.regimes)
    assert plan.ready_ms is not None
    assert plan.ready_ms > T0 + 10**6 * DAY


def test_edges_are_given_as_fractions_and_compared_in_basis_points() -> None:
    assert as_bp(Decimal("0.000033")) == Decimal("0.33")
    assert as_bp(None) is None


def test_hold_asks_for_every_pair_listed_at_the_start_and_for_no_other() -> None:
    names = [pair("A"), pair("B", first=T0 + DAY), pair("C", first=T0 - DAY, gone=T0), pair("D", gone=T0 + 1)]
    streams = [Streams(settlements((0, 1e-4)), NOTHING, NOTHING, NOTHING)] * 4
    panel = built(names, streams, T0 + 9 * DAY)
    plan = hold.prepare(panel, setting(panel))
    assert plan.always is not None
    assert plan.always.tolist() == [True, False, False, True]
    assert plan.sticky
    assert not (plan.regimes[0].enter | plan.regimes[0].exit).any()


def test_cash_asks_for_nothing() -> None:
    panel = market(2).panel()
    plan = cash.prepare(panel, setting(panel))
    assert not (plan.regimes[0].enter | plan.regimes[0].exit).any()
    assert plan.always is None


def test_every_mode_stands_in_the_table() -> None:
    assert set(PREPARE) == set(MODES)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (SimpleParams, {"entry": Decimal("0.0001"), "exit": Decimal("0.0001")}),
        (BandParams, {"enter": Decimal("0.0001"), "exit": Decimal("0.0001")}),
        (SimpleParams, {"min_consecutive": 0}),
        (Weights, {"carry": Decimal(0)}),
    ],
)
def test_thresholds_that_cross_and_a_score_without_carry_are_refused(kind: type, values: dict[str, Decimal]) -> None:
    with pytest.raises(ValidationError):
        kind(**values)
