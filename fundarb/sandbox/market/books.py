"""Order books around a price: narrow and deep where much is traded, refreshed every second, the same whenever asked."""

from __future__ import annotations

import numpy as np

from fundarb.sandbox.market.grid import Counts
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.source import Level
from fundarb.sandbox.market.streams import Streams, Words, bells, quarters

MOST_LEVELS = 1024

_REFRESHED_MS = 1000
_NARROW = 1e-5  # the spread where a billion is traded a day
_LEVEL_SHARE = 1.5e-5  # of a day's turnover rests on a level
_LEAST_LEVEL = 400.0  # USDT
_GAP = 1e-5  # between levels, at most about so much of the price


def book_around(
    streams: Streams, tradable: Tradable, last: int, at_ms: int, depth: int
) -> tuple[list[Level], list[Level]]:
    """Bids and asks around the last price (in ticks), best first, at most `depth` each."""
    depth = min(depth, MOST_LEVELS)
    name = f"book/{tradable.instrument.category}/{tradable.instrument.symbol}"
    place = at_ms // _REFRESHED_MS * 2 * MOST_LEVELS
    price = last * tradable.price.size
    spread = max(1, round(_NARROW * (1e9 / tradable.turnover) ** 0.4 * last))
    words = streams.words(name, place, depth)
    below = min(int(quarters(words[:1])[0, 3] * (spread + 1)), spread)
    bids, bid_lots = _side(tradable, words, price)
    asks, ask_lots = _side(tradable, streams.words(name, place + MOST_LEVELS, depth), price)
    best_bid = max(last - below, 1)
    return _levels(tradable, best_bid - bids, bid_lots), _levels(tradable, best_bid + spread + asks, ask_lots)


def _side(tradable: Tradable, words: Words, price: float) -> tuple[Counts, Counts]:
    """How far each level is from the best one, in ticks, and what rests on it, in lots."""
    chance = quarters(words)
    gaps = 1 + np.floor(chance[:, 0] * _GAP * price / tradable.price.size).astype(np.int64)
    gaps[0] = 0
    resting = max(_LEAST_LEVEL, tradable.turnover * _LEVEL_SHARE) * np.exp(0.5 * bells(words))
    resting *= 1.0 + 0.05 * np.arange(len(words))
    return np.cumsum(gaps), np.maximum(tradable.lot.counts(resting / price), 1)


def _levels(tradable: Tradable, prices: Counts, lots: Counts) -> list[Level]:
    return [
        Level(tradable.price.decimal(price), tradable.lot.decimal(lot))
        for price, lot in zip(prices.tolist(), lots.tolist(), strict=True)
        if price > 0
    ]
