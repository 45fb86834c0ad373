"""Trials and walk-forwards to report, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import product

from fundarb.domain.folds import Drift, Fold, FoldResult, OutOfSample, WalkForward
from fundarb.domain.honesty import Against, Honesty
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.domain.result import METRICS
from fundarb.domain.trial import COUNTS, Trial

T0 = 1_704_067_200_000
ENTRY, EXIT = "strategy.simple.entry", "strategy.simple.exit"

PASSING = Honesty(
    days=700,
    trials=1240,
    sampled=64,
    sharpe=6.5,
    sharpe_low=4.2,
    sharpe_high=8.8,
    block_days=3.0,
    psr=0.9999,
    dsr=0.97,
    luck=3.1,
    min_track_record_days=60.0,
    min_backtest_days=90.0,
    pbo=0.02,
    pbo_blocks=16,
    loss_probability=0.0,
    likeness=0.4,
    path_sharpes=(4.0, 5.0, 6.0),
    against=(Against("cash", 0.001, 0.002), Against("hold", 0.03, 0.02)),
)
LATER = OutOfSample(
    days=360,
    net=Decimal("1234.5"),
    equity=Decimal("11234.5"),
    trades=40,
    apr_on_capital=0.125,
    sharpe_daily=3.2,
    sortino=5.0,
    max_drawdown=0.01,
    sharpe_low=1.1,
    sharpe_high=5.3,
    block_days=4.0,
    lacking=None,
)


def trial(number: int, params: Mapping[str, str | None], place: tuple[int, ...] | None, sharpe: float | None) -> Trial:
    """With a Sharpe ratio; its other metrics are undefined or small."""
    metrics = dict.fromkeys(METRICS, 0.125) | {"sharpe_daily": sharpe, "profit_factor": None}
    return Trial(number, params, place, metrics, 12.345678901234567, dict.fromkeys(COUNTS, 3))


def grid(axes: Mapping[str, Sequence[str | None]], sharpes: Sequence[float | None]) -> list[Trial]:
    """Every combination, the last axis moving fastest."""
    places = product(*(range(len(values)) for values in axes.values()))
    return [
        trial(number, {path: axes[path][index] for path, index in zip(axes, place, strict=True)}, place, sharpe)
        for number, (place, sharpe) in enumerate(zip(places, sharpes, strict=True))
    ]


def fold(number: int, params: Mapping[str, str | None] | None) -> FoldResult:
    """A stretch of thirty days after ninety, a week between; without params an idle one."""
    start = T0 + number * 30 * DAY
    spans = Fold(number, Span(start, start + 83 * DAY), Span(start + 90 * DAY, start + 120 * DAY))
    idle, capital = params is None, Decimal(10_000)
    return FoldResult(
        fold=spans,
        params=params,
        place=None if idle else (1, 2),
        in_sample=None if idle else 4.5,
        neighbourhood=None if idle else 4.25,
        out_of_sample=None if idle else 1.5,
        trades=0 if idle else 7,
        avg_hold_hours=None if idle else 30.0,
        capital=capital,
        equity=capital if idle else capital + Decimal("12.5"),
        daily=(0.0,) * 30,
    )


def walk(*folds: FoldResult, drift: tuple[Drift, ...] = (), out: OutOfSample = LATER) -> WalkForward:
    """These folds in one."""
    return WalkForward("sharpe_daily", False, folds, drift, out)
