"""The open interest of a pair as its stored snapshots saw it; those that did not see it count for nothing."""

from __future__ import annotations

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.ports.market import MarketReader
from fundarb.signals.open_interest import OpenInterest
from fundarb.signals.volume import LOOKBACK

EARLIER_MS = LOOKBACK + 10 * DAY  # the signal is read at the last settlement, and asks what lay before its 31 days


async def seen_interest(reader: MarketReader, symbol: str, at_ms: int) -> OpenInterest:
    """What was observed by then, oldest first, as far back as the signal looks."""
    span = Span(max(0, at_ms - EARLIER_MS), at_ms + 1)
    seen = [
        (one.observed_at_ms, float(one.open_interest))
        for one in await reader.snapshots(symbol, span, at_ms)
        if one.open_interest is not None
    ]
    observed_at = np.array([when for when, _ in seen], dtype=np.int64)
    return OpenInterest(observed_at, np.array([quantity for _, quantity in seen], dtype=np.float64))
