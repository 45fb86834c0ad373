"""How late settled rates are to be had, in words: what a backtest may assume of its fills."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from fundarb.domain.instants import MINUTE, SECOND


def publishing_words(delays_ms: Sequence[int]) -> str:
    """Median and longest delay, and the least that `backtest.delay` needs to be to have seen nine in ten."""
    if not delays_ms:
        return "how late settled rates were to be had was not seen in this time"
    median, most, longest = (float(np.quantile(delays_ms, share)) for share in (0.5, 0.9, 1))
    wanted = max(-(-most // MINUTE), 1)
    return (
        f"settled rates were to be had {median / SECOND:.1f} s after the settlement (median of {len(delays_ms)}, at most "
        f"{longest / SECOND:.1f} s); --set backtest.delay={wanted:.0f}m lets a backtest assume it, with candles of 1m"
    )
