"""A band is fitted at the first decision of each month, as a backtest fits it, and kept over a restart."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from fundarb.domain.instants import DAY, HOUR
from fundarb.engine.planned import PlannedReplay
from fundarb.engine.timeline import build_timeline
from fundarb.engine.trading.picture import picture_of
from fundarb.engine.trading.thinking import Memory, Prices, Thinking
from fundarb.signals import band_fit
from fundarb.signals.band_fit import WINDOW, Edges, FittedEdges
from fundarb.signals.lookback import HORIZON, Reach
from fundarb.signals.panel import SettlementRows, Stamps
from fundarb.strategy.band import BandParams
from fundarb.strategy.params import MODES, StrategyParams
from fundarb.strategy.plan import Setting
from fundarb.strategy.table import PREPARE
from tests.signals.making import T0, built
from tests.signals.markets import market

PRICES = Prices(41.0, 0.3)
KEPT: dict[str, str] = {}


def thinking(mode: str, kept: dict[str, str], params: StrategyParams | None = None) -> Thinking:
    """A mode with a memory of its own."""

    async def recall(name: str) -> str | None:
        return kept.get(name)

    async def remember(name: str, value: str) -> None:
        kept[name] = value

    found = next(one for one in MODES if one == mode)
    return Thinking(found, params or StrategyParams(), PRICES, Memory(recall, remember))


def said(planned: PlannedReplay, event: int) -> list[object]:
    """What is said of each pair."""
    row = planned.row(event)
    return [row.entering, *((row.leaves(name), row.forecast(name)) for name in planned.names)]


async def test_month_by_month_a_band_is_that_of_a_backtest() -> None:
    made = market(7, days=200)
    from_ms = T0 + 120 * DAY
    whole = made.panel()
    timeline = build_timeline(whole, from_ms, T0 + 200 * DAY)
    events = timeline.times[:-1]
    setting = Setting(from_ms, events, PRICES.round_trip_bp, PRICES.charge_bp)
    backtest = PlannedReplay(PREPARE["band"](whole, StrategyParams(), setting), whole, timeline)
    kept: dict[str, str] = {}
    for event in [*range(0, len(events), 40), len(events) - 1]:
        at_ms = int(events[event])
        month = events[
            events.astype("datetime64[ms]").astype("datetime64[M]")
            == np.datetime64(at_ms, "ms").astype("datetime64[M]")
        ]
        mode = thinking("band", kept)
        for moment in (int(month[0]), at_ms):  # the first decision of a month is when it is fitted
            picture = picture_of(built(made.pairs, made.streams, moment), spot_from_perp=False)
            if moment == at_ms:
                assert said(await mode.planned(picture, from_ms, moment), 0) == said(backtest, event)
            else:
                await mode.planned(picture, from_ms, moment)
    assert len(kept) == len({str(at) for at in events.astype("datetime64[ms]").astype("datetime64[M]")})


async def test_a_given_band_is_not_fitted() -> None:
    kept: dict[str, str] = {}
    params = StrategyParams(band=BandParams(enter=Decimal("0.0001"), exit=Decimal("-0.00005")))
    made = market(7, days=100)
    picture = picture_of(made.panel(), spot_from_perp=False)
    await thinking("band", kept, params).planned(picture, T0, T0 + 100 * DAY)
    assert kept == {}
    assert await thinking("band", kept, params).reach(T0) == Reach()


async def test_only_the_first_decision_of_a_month_looks_back_further() -> None:
    kept = {"band 2023-11": "1 0.5"}
    fitting = Reach(HORIZON + WINDOW)
    assert await thinking("band", kept).reach(T0) == Reach()
    assert await thinking("band", kept).reach(T0 + 31 * DAY) == fitting


async def test_what_was_foreseen_is_what_is_planned_with_and_not_made_again() -> None:
    made = market(7, days=100)
    picture, anew = (picture_of(made.panel(), spot_from_perp=False) for _ in range(2))
    mode = thinking("composite", KEPT)
    await mode.foresee(picture)
    first, second = [await mode.planned(picture, T0, T0 + 100 * DAY) for _ in range(2)]
    assert first.plan.score is second.plan.score
    assert first.plan.score is not None
    assert said(first, 0) == said(await thinking("composite", KEPT).planned(anew, T0, T0 + 100 * DAY), 0)


async def test_the_month_s_band_is_fitted_before_prices_are_asked_for_and_not_within_the_decision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, kept = market(7, days=200), dict[str, str]()
    picture, anew = (picture_of(made.panel(), spot_from_perp=False) for _ in range(2))
    at_ms = T0 + 200 * DAY
    whole = said(await thinking("band", {}).planned(anew, T0, at_ms), 0)
    mode, fits = thinking("band", kept), list[int]()
    real = band_fit.fit_edges

    def counted(
        rows: SettlementRows, forecast: Stamps, until_ms: int, charge_bp: float, cost_bp: float, given: Edges
    ) -> FittedEdges:
        fits.extend([until_ms] * (given.enter is None))
        return real(rows, forecast, until_ms, charge_bp, cost_bp, given)

    monkeypatch.setattr(band_fit, "fit_edges", counted)
    await mode.foresee(picture)
    assert (fits, len(kept)) == ([at_ms], 1)
    assert said(await mode.planned(picture, T0, at_ms + 30_000), 0) == whole
    assert fits == [at_ms]


async def test_each_mode_looks_back_as_far_as_it_must() -> None:
    assert await thinking("cash", KEPT).reach(T0) == await thinking("hold", KEPT).reach(T0) == Reach(DAY, 1)
    assert await thinking("simple", KEPT).reach(T0) == Reach(16 * HOUR, 1)
    assert await thinking("composite", KEPT).reach(T0) == Reach()
