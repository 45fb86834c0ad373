"""Metrics of a kernel run (semantics §9), in the order of `METRICS`; NaN is undefined."""

from __future__ import annotations

import math

import numpy as np

from fundarb.domain.instants import DAY, HOUR
from fundarb.research.kernel.compiled import compiled
from fundarb.research.kernel.positions import (
    DEEPEST,
    DUST_VALUE,
    EQUITY_H,
    FEES,
    FUNDING,
    HELD_MS,
    IN_USE_H,
    INTEREST,
    LOST,
    OPEN,
    OTHER,
    PAIR,
    PRICE,
    QTY,
    RATES,
    SLIPS,
    SPOT,
    STALE_PRICES,
    SUM_FEES,
    SUM_FUNDING,
    SUM_OTHER,
    SUM_PRICE,
    SUM_SLIPS,
    TRADED,
    TRADES,
    TURNOVER,
    USED_H,
    WINS,
    WON,
    State,
)
from fundarb.research.kernel.steps import marks
from fundarb.research.kernel.tape import AVAILABLE, Tape
from fundarb.signals.panel import Floats, Stamps
from fundarb.statistics.performance import NO_SPREAD, YEAR_DAYS

NOTHING = 1e-13  # a return, or a share of the turnover: the noise of an equity that did not move
Days = tuple[Floats, Floats]  # daily and weekly returns
NET, NET_FUNDING, NET_PRICE, NET_FEES, NET_SLIPS, NET_OTHER = range(6)


@compiled
def total(tape: Tape, state: State, out: Floats) -> None:
    """net, funding, price, fees, slippage and other: closed trades, open ones marked, interest and dust."""
    money, last = state.money, len(tape.times) - 1
    funding, price, fees = money[SUM_FUNDING], money[SUM_PRICE], money[SUM_FEES]
    slips, other = money[SUM_SLIPS], money[SUM_OTHER] + money[INTEREST]
    stale = state.counts[STALE_PRICES]
    for place in range(state.counts[OPEN]):
        slot = state.order[place]
        row = state.floats[slot]
        pair = state.whole[slot, PAIR]
        spot, perp = marks(tape.cells[pair, last], tape.known[pair, last], row, state.counts)
        funding += row[FUNDING]
        price += row[PRICE] + row[SPOT] * spot - row[QTY] * perp
        fees += row[FEES]
        slips += row[SLIPS]
        other += row[OTHER]
    state.counts[STALE_PRICES] = stale  # these marks are those of the last sample
    other += state.dust[last] - money[DUST_VALUE]
    out[NET] = funding + price - fees - slips + other
    out[NET_FUNDING], out[NET_PRICE], out[NET_FEES] = funding, price, fees
    out[NET_SLIPS], out[NET_OTHER] = slips, other


@compiled
def measure(
    tape: Tape, state: State, equity: Floats, totals: Floats, from_ms: int, midnights: Stamps, days: Days, out: Floats
) -> None:
    """Every metric; `days` get the returns, NaN where the account was ever wiped out."""
    money, counts = state.money, state.counts
    span_ms = tape.times[-1] - from_ms
    years, hours = span_ms / DAY / YEAR_DAYS, span_ms / HOUR
    daily, weekly = days
    _step_returns(equity, midnights, 1.0, daily)
    _step_returns(equity, midnights, 7.0, weekly)
    growth = equity[-1] / equity[0]
    cagr = growth ** (1.0 / years) - 1.0 if years > 0.0 and growth > 0.0 else np.nan
    out[0] = totals[NET] / equity[0] / years if years > 0.0 else np.nan
    out[1] = cagr if cagr < np.inf else np.nan
    out[2] = _sharpe(daily) * math.sqrt(YEAR_DAYS)
    out[3] = _sharpe(weekly) * math.sqrt(YEAR_DAYS / 7)
    out[4] = _sharpe(daily) * _lo_factor(daily)
    out[5] = _sortino(daily)
    if money[DEEPEST] < NOTHING:
        money[DEEPEST] = 0.0
    out[6] = money[DEEPEST]
    out[7] = _ratio(out[1], money[DEEPEST])
    out[8] = _ratio(float(counts[WINS]), float(counts[TRADES]))
    out[9] = _ratio(money[WON], money[LOST])
    out[10] = _ratio(money[IN_USE_H], money[EQUITY_H])
    funded = totals[NET_FUNDING] > NOTHING * money[TURNOVER]
    out[11] = (totals[NET_FEES] + totals[NET_SLIPS]) / totals[NET_FUNDING] if funded else np.nan
    out[12] = _ratio(money[RATES], _available(tape, state))
    out[13] = _ratio(money[HELD_MS] / HOUR, float(counts[TRADES]))
    out[14] = _ratio(money[TURNOVER], money[EQUITY_H] / hours) if hours > 0.0 else np.nan
    out[15] = _ratio(totals[NET], money[IN_USE_H] / money[USED_H]) if money[USED_H] > 0.0 else np.nan


@compiled
def _ratio(top: float, bottom: float) -> float:
    """top / bottom, undefined unless bottom is above 0."""
    return top / bottom if bottom > 0.0 else np.nan


@compiled
def _available(tape: Tape, state: State) -> float:
    found = 0.0
    for pair in range(len(tape.pairs)):
        if state.by_pair[TRADED, pair]:
            found += tape.pairs[pair, AVAILABLE]
    return found


@compiled
def _step_returns(equity: Floats, midnights: Stamps, days: float, out: Floats) -> None:
    """Returns over so many midnights, the capital first; NaN at all once a value is not above 0."""
    before, alive, step = equity[0], equity[0] > 0.0, int(days)
    for row in range(len(out)):
        value = equity[midnights[step * row + step - 1]]
        alive = alive and value > 0.0
        step_return = (value - before) / before
        out[row] = step_return if abs(step_return) > NOTHING else 0.0
        before = value
    if not alive:
        out[:] = np.nan


@compiled
def _mean(sample: Floats) -> float:
    found = 0.0
    for value in sample:
        found += value
    return found / len(sample)


@compiled
def _sharpe(sample: Floats) -> float:
    """mean / sd, undefined where there is no spread."""
    if len(sample) < 2:
        return np.nan
    mean, squares = _mean(sample), 0.0
    for value in sample:
        squares += (value - mean) ** 2
    deviation = math.sqrt(squares / (len(sample) - 1))
    return mean / deviation if deviation > NO_SPREAD * abs(mean) and deviation > 0.0 else np.nan


@compiled
def _sortino(sample: Floats) -> float:
    """mean / √mean(min(r, 0)²) · √365."""
    if len(sample) < 2:
        return np.nan
    squares = 0.0
    for value in sample:
        squares += min(value, 0.0) ** 2
    downside = math.sqrt(squares / len(sample))
    return _mean(sample) / downside * math.sqrt(YEAR_DAYS) if downside > 0.0 else np.nan


@compiled
def _lo_factor(sample: Floats) -> float:
    """η(365) with ρ_k = ρ_1^k."""
    mean = _mean(sample) if len(sample) else 0.0
    spread = lagged = before = 0.0
    for day in range(len(sample)):
        distance = sample[day] - mean
        spread += distance * distance
        if day > 0:
            lagged += before * distance
        before = distance
    rho = lagged / spread if spread > 0.0 else 0.0
    variance, power = float(YEAR_DAYS), 1.0
    for lag in range(1, YEAR_DAYS):
        power *= rho
        variance += 2.0 * (YEAR_DAYS - lag) * power
    return YEAR_DAYS / math.sqrt(variance) if variance > 0.0 else np.nan
