"""Open interest as one function of time: it breathes slowly, and is counted on both sides as the venue does."""

from __future__ import annotations

import numpy as np

from fundarb.sandbox.market.blocks import BLOCK_MS, block_of, start_of
from fundarb.sandbox.market.grid import Counts
from fundarb.sandbox.market.latent import Latent, Latents
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.source import HOUR

_OF_TURNOVER = 0.5  # of a day's, both sides together


def interest_at(latents: Latents, tradable: Tradable, stamps: Counts) -> Counts:
    """Open interest at ascending stamps, in lots."""
    coin = tradable.coin
    usual = tradable.turnover * _OF_TURNOVER / (coin.price * tradable.units)
    found = [np.empty(0)]
    if stamps.size:
        for number in range(block_of(int(stamps[0])), block_of(int(stamps[-1])) + 1):
            lower, upper = np.searchsorted(stamps, (start_of(number), start_of(number) + BLOCK_MS))
            found.append(_within(latents.at(coin, start_of(number)), stamps[lower:upper]))
    return tradable.lot.counts(usual * np.exp(np.concatenate(found)))


def _within(latent: Latent, stamps: Counts) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.interp((stamps - latent.start_ms) / HOUR, np.arange(len(latent.log_interest)), latent.log_interest)
