"""Part of the second implementation of semantics.md: missing settlements (§4) and the metrics of §9."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tests.engine.plain import PlainRun
from tests.engine.plain_book import ZERO
from tests.engine.plain_market import DAY, HOUR, PairHistory

Figures = dict[str, float | None]


def missing_settlements(history: PairHistory, from_ms: int, to_ms: int) -> int:
    """Stamps that [from, to) lacks while listed; of what is stored up to `to`."""
    times = [at for at in history.times if at <= to_ms]
    gone = history.pair.gone_ms
    end = to_ms if gone is None else min(to_ms, gone)
    lacking: list[int] = []
    for row in range(1, len(times)):
        unit = _unit(history, times, row)
        if unit is not None:
            lacking += _stamps(times[row - 1], unit, Fraction(times[row]) - Fraction(unit, 2))
    if times:
        lacking += _stamps(times[-1], history.intervals[times[-1]] or 8 * HOUR, Fraction(end))
    return sum(from_ms <= at < to_ms and history.listed(at) for at in lacking)


def _unit(history: PairHistory, times: Sequence[int], row: int) -> int | None:
    gap, own = times[row] - times[row - 1], history.intervals[times[row]]
    if gap > 8 * HOUR:
        return own
    if row < 2 or row + 1 >= len(times):
        return None
    before, after = history.intervals[times[row - 1]], times[row + 1] - times[row]
    return max(before, after) if before is not None and gap > before and gap > after else None


def _stamps(before: int, unit: int, end: Fraction) -> list[int]:
    found = []
    at = before + unit
    while at < end:
        found.append(at)
        at += unit
    return found


def figures(run: PlainRun) -> Figures:
    """Every metric by name."""
    trades, days = run.folio.trades, (run.to_ms - run.from_ms) / DAY
    held = [*trades, *run.folio.held.values()]
    splits = [trade.split() for trade in trades]
    splits += [held.split(*run.marks.prices[symbol]) for symbol, held in run.folio.held.items()]
    capital, end = run.samples[0][1], run.samples[-1][1]
    net = float(end - capital)
    daily = _daily(run)
    by_day = _returns(daily)
    yearly = (float(end) / float(capital)) ** (365 / days) - 1 if end > 0 else None  # a power enlarges the last bit
    deepest = _drawdown([value for _, value in run.samples])
    hours = [(b[0] - a[0]) / HOUR for a, b in pairwise(run.samples)]
    equity_h = sum(float(value) * h for (_, value), h in zip(run.samples, hours, strict=False))
    used_h = sum(float(use) * h for use, h in zip(run.in_use, hours, strict=False))
    in_use_hours = sum(h for use, h in zip(run.in_use, hours, strict=False) if use > 0)
    nets = [split[5] for split in splits[: len(trades)]]
    won, lost = sum((net for net in nets if net > 0), ZERO), sum((net for net in nets if net < 0), ZERO)
    costs, funding = float(sum((s[2] + s[3] for s in splits), ZERO)), float(sum((s[0] for s in splits), ZERO))
    legs = [line for line in run.folio.lines if line.qty is not None and line.kind != "funding"]
    traded = float(sum(((line.qty or ZERO) * (line.price or ZERO) for line in legs), ZERO))
    booked = float(sum((line.rate or ZERO for line in run.folio.lines if line.kind == "funding"), ZERO))
    offered = sum(_positive(run, symbol) for symbol in sorted({one.pair.symbol for one in held}))
    return {
        "apr_on_capital": net / float(capital) * 365 / days,
        "cagr": yearly,
        "sharpe_daily": _sharpe(by_day, 365.0),
        "sharpe_weekly": _sharpe(_returns(daily[::7]), 365 / 7),
        "sharpe_lo": _sharpe_lo(by_day),
        "sortino": _sortino(by_day),
        "max_drawdown": deepest,
        "calmar": None if yearly is None else _over(yearly, deepest),
        "win_rate": _over(sum(net > 0 for net in nets), len(nets)),
        "profit_factor": _over(float(won), -float(lost)),
        "utilisation": _over(used_h, equity_h),
        "fee_drag": _over(costs, funding),
        "funding_capture": _over(booked, offered),
        "avg_hold_hours": _over(sum(((one.closed or 0) - one.opened) / HOUR for one in trades), len(trades)),
        "turnover": _over(traded, equity_h / sum(hours)),
        "return_on_capital": _over(net, used_h / in_use_hours if in_use_hours else 0.0),
    }


def _over(top: float, bottom: float) -> float | None:
    return top / bottom if bottom > 0 else None


def _positive(run: PlainRun, symbol: str) -> float:
    rates = run.histories[symbol].rates
    return float(sum((rate for at, rate in rates.items() if run.from_ms <= at <= run.to_ms and rate > 0), ZERO))


def _daily(run: PlainRun) -> list[Fraction]:
    values = [run.samples[0][1]]
    midnight = (run.from_ms // DAY + 1) * DAY
    while midnight <= run.to_ms:
        values.append([value for at, value in run.samples if at <= midnight][-1])
        midnight += DAY
    return values


def _returns(values: Sequence[Fraction]) -> list[float] | None:
    if any(value <= 0 for value in values):
        return None
    return [float((b - a) / a) for a, b in pairwise(values)]


def _moments(sample: list[float] | None) -> tuple[float, float] | None:
    """Mean and deviation, where there is one."""
    if sample is None or len(sample) < 2:
        return None
    mean = math.fsum(sample) / len(sample)
    deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in sample) / (len(sample) - 1))
    return (mean, deviation) if deviation > 1e-4 * abs(mean) else None


def _sharpe(sample: list[float] | None, a_year: float) -> float | None:
    found = _moments(sample)
    return None if found is None else found[0] / found[1] * math.sqrt(a_year)


def _sharpe_lo(sample: list[float] | None) -> float | None:
    found = _moments(sample)
    if found is None or sample is None:
        return None
    distance = [x - found[0] for x in sample]
    rho = math.fsum(a * b for a, b in pairwise(distance)) / math.fsum(a * a for a in distance)
    variance = 365 + 2 * math.fsum((365 - k) * rho**k for k in range(1, 365))
    return found[0] / found[1] * 365 / math.sqrt(variance) if variance > 0 else None


def _sortino(sample: list[float] | None) -> float | None:
    if sample is None or len(sample) < 2:
        return None
    below = math.sqrt(math.fsum(min(x, 0.0) ** 2 for x in sample) / len(sample))
    return math.fsum(sample) / len(sample) / below * math.sqrt(365) if below > 0 else None


def _drawdown(values: Sequence[Fraction]) -> float:
    peak, deepest = values[0], ZERO
    for value in values:
        peak = max(peak, value)
        deepest = max(deepest, (peak - value) / peak)
    return float(deepest)
