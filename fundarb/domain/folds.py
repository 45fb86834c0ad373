"""Walk-forward: stretches to learn on, later stretches to be judged on, and what came of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from fundarb.domain.market import Span


@dataclass(frozen=True, slots=True)
class Fold:
    """Parameters are chosen on `train`, which ends a purge before `test` begins, and judged on `test`."""

    number: int
    train: Span
    test: Span


@dataclass(frozen=True, slots=True)
class FoldResult:
    """What was chosen on a fold's training stretch and what it did on the one after; nothing chosen means idle cash.

    `in_sample`, `neighbourhood` and `out_of_sample` are of the metric chosen by; `daily` are the returns of the test."""

    fold: Fold
    params: Mapping[str, str | None] | None
    place: tuple[int, ...] | None
    in_sample: float | None
    neighbourhood: float | None
    out_of_sample: float | None
    trades: int
    avg_hold_hours: float | None
    capital: Decimal
    equity: Decimal
    daily: tuple[float, ...] = field(repr=False)

    @property
    def net(self) -> Decimal:
        """What the test stretch earned."""
        return self.equity - self.capital


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the choice along one axis of the grid moved from fold to fold, in steps of the grid."""

    path: str
    steps: tuple[int, ...]
    median: float
    stable: bool


@dataclass(frozen=True, slots=True)
class OutOfSample:
    """All test stretches in one: the only figures of a walk-forward that count. Sharpe ratios are of a year.

    `sharpe_low` and `sharpe_high` bound 95 % of what it might as well have been; None with the reason in `lacking`."""

    days: int
    net: Decimal
    equity: Decimal
    trades: int
    apr_on_capital: float | None
    sharpe_daily: float | None
    sortino: float | None
    max_drawdown: float | None
    sharpe_low: float | None
    sharpe_high: float | None
    block_days: float | None
    lacking: str | None


@dataclass(frozen=True, slots=True)
class WalkForward:
    """The folds in order, how the choice drifted, and the concatenated out-of-sample stretches."""

    metric: str
    anchored: bool
    folds: tuple[FoldResult, ...]
    drift: tuple[Drift, ...]
    out_of_sample: OutOfSample
