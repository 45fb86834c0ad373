"""Market impact on top of slippage: k · σ · √(Q/V), σ the perp's daily volatility, Q the order, V the day's volume.

Off unless `costs.impact_k` is above 0. It is a float until it becomes part of a price: then it has 12 decimals."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np

from fundarb.accounting.fees import PairCosts
from fundarb.domain.instants import DAY
from fundarb.domain.money import ONE, ZERO, score12
from fundarb.engine.market import PairMarket

LOOKBACK = 30 * DAY
MIN_CLOSES = 24
LARGEST = 0.5  # no model says more of a market than that it will not bear the order


def with_impact(costs: PairCosts, market: PairMarket, qty: Decimal, at_ms: int, k: Decimal) -> PairCosts:
    """The costs of trading `qty` now; as they are where impact is off. A sale never fetches less than nothing."""
    if not k or not qty:
        return costs
    return costs._replace(slippage=min(costs.slippage + impact(market, qty, at_ms, k), ONE))


def impact(market: PairMarket, qty: Decimal, at_ms: int, k: Decimal) -> Decimal:
    """The fraction by which an order moves the price; the most there is where nothing traded."""
    last, traded = market.perp.last_close(at_ms), market.perp_quote_volume(at_ms)
    if last is None:
        return ZERO
    if traded <= 0:
        return score12(LARGEST)
    share = float(qty * last.price) / float(traded)
    return score12(min(float(k) * daily_volatility(market, at_ms) * math.sqrt(share), LARGEST))


def daily_volatility(market: PairMarket, at_ms: int) -> float:
    """Standard deviation of log returns of the last 30 days' closes, scaled to a day; 0 with less than a day of them."""
    closes = market.perp.closes_between(at_ms - LOOKBACK, at_ms)
    if len(closes) < MIN_CLOSES:
        return 0.0
    steps = np.diff(np.log([float(close.price) for close in closes]))
    span = (closes[-1].at_ms - closes[0].at_ms) / len(steps)
    return float(steps.std(ddof=1)) * math.sqrt(DAY / span)
