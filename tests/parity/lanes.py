"""One set through both lanes: every difference in words, and what happened to the positions."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from fundarb.domain.ledger import LEG_KINDS
from fundarb.domain.result import METRICS, RunResult
from fundarb.domain.trial import COUNTS, TOTALS
from fundarb.research.backtest import run_mode
from fundarb.research.fast_lane import WORTH_SORTING, FastLane
from fundarb.research.kernel import positions as kernel
from fundarb.research.kernel.lane import Traced, run_traced
from fundarb.research.rules import Setup
from fundarb.research.search.exact_lane import outcomes
from fundarb.research.stage import Stage
from tests.engine.markets import Market
from tests.engine.running import setup_of, stage_of

OF_TURNOVER = 1e-6  # what net may differ by
METRIC = 1e-7
NOISE = 1e-14  # of equity: what a float of it may be off by; a ratio to a deviation of that order shows it
REASONS = {
    kernel.BY_TIME: "time",
    kernel.BY_STALE: "stale",
    kernel.BY_ROTATION: "rotated",
    kernel.BY_END: "end",
    kernel.BY_LIQUIDATION: "liquidation",
    kernel.BY_GUARD: "guard",
    kernel.BY_DELISTING: "delisting",
}
OWN_REASON = {"simple": "rate", "composite": "score", "band": "band"}
MORE: dict[str, tuple[str, ...]] = {
    "risk.venue_cap": ("null", "null", "0.3", "0"),
    "strategy.composite.weights.carry": ("0.7", "0.7", "0.31", "3"),
    "strategy.composite.weights.persistence": ("0.08", "0", "0.5"),
    "strategy.composite.weights.trend": ("0.06", "0.9"),
    "strategy.composite.weights.stability": ("0.08", "0", "0.123456789"),
    "strategy.composite.weights.basis": ("0.08", "0", "1"),
    "strategy.composite.enter": ("0.05", "0.3", "0.5"),
    "strategy.composite.exit": ("0.01", "0.2", "0.29"),
    "strategy.band.enter": ("0.00001", "0.00022", "0.0001"),
    "strategy.band.exit": ("-0.0003", "0", "-0.0001"),
    "risk.min_free_cash": ("0", "0", "0.3"),
}
Trade = tuple[str, int, int, str]


@dataclass(frozen=True)
class Both:
    """One set, run by each lane."""

    exact: RunResult
    fast: Traced
    symbols: tuple[str, ...]


def variations(market: Market, seed: int, count: int) -> list[dict[str, str]]:
    """A market's parameters with some that it leaves alone, some more willing to trade, drawn anew for each."""
    noise = Random(seed)
    return [market.sets | {path: noise.choice(texts) for path, texts in MORE.items()} for _ in range(count)]


def run_both(stage: Stage, setup: Setup, mode: str) -> Both:
    """The run of each; the fast one twice, its score mixed and its voice shared, which must come to the same."""
    lane, from_ms = FastLane(stage, mode), stage.timeline.from_ms
    [(_, alone)], [(_, many)] = lane.voiced([setup]), lane.voiced([setup] * WORTH_SORTING)
    fast, shared = (run_traced(lane.tape, sets, 0, from_ms, 10_000) for sets in (alone, many))
    assert np.array_equal(fast.trades, shared.trades)
    assert np.array_equal(fast.outcomes.metrics, shared.outcomes.metrics, equal_nan=True)
    exact = asyncio.run(run_mode(stage, setup, mode))
    return Both(exact, fast, tuple(pair.symbol for pair in stage.panel.pairs))


def run_both_on(market: Market, sets: Mapping[str, str], mode: str) -> Both:
    """The same on a made-up market."""
    setup = setup_of(sets, [stream.pair for stream in market.world])
    return run_both(stage_of(market.world, setup, *market.span), setup, mode)


def differences(both: Both) -> list[str]:
    """Everything on which the lanes disagree."""
    return [*_trades(both), *_figures(both)]


def happened(both: Both) -> Counter[str]:
    """What befell the positions of a run."""
    counts = {name: getattr(both.exact.counts, name) for name in COUNTS}
    return Counter({**counts, "open": len(both.exact.open)}) + Counter(
        f"left by {trade.close_reason}" for trade in both.exact.trades
    )


def _trades(both: Both) -> Iterator[str]:
    own = OWN_REASON[both.exact.mode]
    mine = sorted(_trade(both, row, own) for row in both.fast.trades.tolist())
    theirs = sorted((t.pair, t.opened_ms, t.closed_ms or 0, str(t.close_reason)) for t in both.exact.trades)
    if mine != theirs:
        yield f"trades: {[x for x in mine if x not in theirs]} for {[x for x in theirs if x not in mine]}"


def _trade(both: Both, row: list[float], own: str) -> Trade:
    pair, opened, closed, reason = row[: kernel.T_QTY]
    return both.symbols[int(pair)], int(opened), int(closed), REASONS.get(int(reason), own)


def _figures(both: Both) -> Iterator[str]:
    mine, theirs = both.fast.outcomes, outcomes([both.exact])
    turnover = sum(float((line.qty or 0) * (line.price or 0)) for line in both.exact.ledger if line.kind in LEG_KINDS)
    for name, got, wanted in zip(TOTALS, mine.totals[0], theirs.totals[0], strict=True):
        if not abs(got - wanted) <= OF_TURNOVER * turnover + METRIC:
            yield f"{name}: {got}, {wanted} expected"
    for name, got, wanted in zip(COUNTS, mine.counts[0], theirs.counts[0], strict=True):
        if got != wanted:
            yield f"{name}: {got}, {wanted} expected"
    if not np.allclose(mine.daily[0], theirs.daily[0], rtol=METRIC, atol=METRIC * 1e-2, equal_nan=True):
        yield f"daily: {mine.daily[0]}, {theirs.daily[0]} expected"
    blurred = _blurred(theirs.daily[0], theirs.metrics[0][METRICS.index("max_drawdown")])
    for name, got, wanted in zip(METRICS, mine.metrics[0], theirs.metrics[0], strict=True):
        if not _same(got, wanted, METRIC + blurred.get(name, 0.0)):
            yield f"{name}: {got}, {wanted} expected"


def _same(got: float, wanted: float, relative: float) -> bool:
    return math.isclose(got, wanted, rel_tol=relative, abs_tol=1e-9) or (math.isnan(got) and math.isnan(wanted))


def _blurred(daily: np.ndarray[tuple[int], np.dtype[np.float64]], drawdown: float) -> dict[str, float]:
    """The share of each ratio that is nothing but the noise of floats, where what it is divided by is next to none."""
    spread = float(daily.std()) if len(daily) else 0.0
    below = math.sqrt(float((np.minimum(daily, 0.0) ** 2).mean())) if len(daily) else 0.0
    by = {"sharpe_daily": spread, "sharpe_weekly": spread, "sharpe_lo": spread, "sortino": below, "calmar": drawdown}
    return {name: NOISE / value for name, value in by.items() if value > 0}
