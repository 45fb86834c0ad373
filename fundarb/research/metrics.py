"""The metrics of a run (semantics §9): from its samples, its trades and its ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.domain.ledger import LEG_KINDS, LedgerLine, LineKind
from fundarb.domain.money import ZERO
from fundarb.domain.position import Split
from fundarb.domain.result import TradeRow
from fundarb.signals.panel import Panel
from fundarb.statistics.performance import (
    YEAR_DAYS,
    cagr,
    daily_values,
    max_drawdown,
    ratio,
    returns,
    sharpe,
    sharpe_lo,
    sortino,
    weekly_values,
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the metrics are computed from."""

    from_ms: int
    to_ms: int
    times: Sequence[int]
    equity: Sequence[Decimal]
    in_use: Sequence[float]
    split: Split
    trades: Sequence[TradeRow]
    open: Sequence[TradeRow]
    ledger: Sequence[LedgerLine]


def metrics(run: Evidence, panel: Panel) -> Mapping[str, float | None]:
    """Every metric by name."""
    days = (run.to_ms - run.from_ms) / DAY
    daily = daily_values(run.times, run.equity, run.from_ms, run.to_ms)
    by_day, by_week = returns(daily), returns(weekly_values(daily))
    yearly, deepest = cagr(run.equity[0], run.equity[-1], days), max_drawdown(run.equity)
    net = float(run.split.net)
    hours = np.diff(np.asarray(run.times, dtype=np.int64)) / HOUR
    equity_h = float(np.dot(np.array([float(x) for x in run.equity[:-1]]), hours))
    in_use = np.asarray(run.in_use[:-1])
    in_use_h, used_h = float(np.dot(in_use, hours)), float(hours[in_use > 0].sum())
    wins = [float(trade.split.net) for trade in run.trades if trade.split.net > 0]
    losses = [float(trade.split.net) for trade in run.trades if trade.split.net < 0]
    total_h, (rates, traded) = float(hours.sum()), _booked(run.ledger)
    return {
        "apr_on_capital": net / float(run.equity[0]) * YEAR_DAYS / days if days > 0 < run.equity[0] else None,
        "cagr": yearly,
        "sharpe_daily": sharpe(by_day, YEAR_DAYS),
        "sharpe_weekly": sharpe(by_week, YEAR_DAYS / 7),
        "sharpe_lo": sharpe_lo(by_day),
        "sortino": sortino(by_day),
        "max_drawdown": deepest,
        "calmar": None if yearly is None else ratio(yearly, deepest),
        "win_rate": ratio(len(wins), len(run.trades)),
        "profit_factor": ratio(sum(wins), -sum(losses)),
        "utilisation": ratio(in_use_h, equity_h),
        "fee_drag": ratio(float(run.split.fees + run.split.slippage), float(run.split.funding)),
        "funding_capture": ratio(float(rates), _offered(run, panel)),
        "avg_hold_hours": _average_hold(run.trades),
        "turnover": None if total_h <= 0 else ratio(float(traded), equity_h / total_h),
        "return_on_capital": None if used_h <= 0 else ratio(net, in_use_h / used_h),
    }


def _booked(ledger: Iterable[LedgerLine]) -> tuple[Decimal, Decimal]:
    """Σ rates booked, and all fill, guard, liquidation and delisting notionals, each at its price."""
    rates = traded = ZERO
    for line in ledger:
        if line.kind is LineKind.FUNDING:
            rates += line.rate or ZERO
        elif line.kind in LEG_KINDS:
            traded += (line.qty or ZERO) * (line.price or ZERO)
    return rates, traded


def _average_hold(trades: Sequence[TradeRow]) -> float | None:
    """Mean hours of closed trades."""
    held = [(trade.closed_ms - trade.opened_ms) / HOUR for trade in trades if trade.closed_ms is not None]
    return ratio(sum(held), len(held))


def _offered(run: Evidence, panel: Panel) -> float:
    """Σ positive rates in [from, to] of the pairs traded."""
    settled, available = panel.settlements, 0.0
    traded = {trade.pair for trade in (*run.trades, *run.open)}
    for index, pair in enumerate(panel.pairs):
        if pair.symbol not in traded:
            continue
        rows = settled.rows(index)
        first, last = settled.settled_at[rows].searchsorted((run.from_ms, run.to_ms + 1))
        rates = settled.rate[rows][first:last]
        available += float(rates[rates > 0].sum())
    return available
