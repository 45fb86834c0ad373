"""Hourly candles of a made market: where each series runs between the hours of its coin, how far it strays within them, and
what is traded. Every candle opens where the one before closed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fundarb.sandbox.market.bars import TURNOVER, Bars, empty, joined
from fundarb.sandbox.market.blocks import BLOCK_H, block_of, hour_of, start_of
from fundarb.sandbox.market.decay import Floats
from fundarb.sandbox.market.grid import Counts, Grid
from fundarb.sandbox.market.latent import PREMIUMS_A_BP, Latent, Latents
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.recent import Recent
from fundarb.sandbox.market.source import EPOCH_MS, HOUR, Series
from fundarb.sandbox.market.streams import Streams, bells, quarters

PREMIUM = Grid(8)

_YEAR_MS = 365 * 86_400_000
_ONE = 1e4 * PREMIUMS_A_BP  # a premium of 1
_SPOT_NOISE = 0.3e-4
_MARK_SHARE = 0.6  # of the perp's premium that its mark shows
_DATED_CARRY = 0.06  # a year
_DATED_SHARE = 0.3  # of the perp's premium that a dated future shows
_STRAY = 0.3  # of the hour's volatility, on average, beyond open and close


class Line(NamedTuple):
    """One series of one market."""

    tradable: Tradable
    series: Series

    @property
    def price(self) -> Grid:
        """The grid its prices lie on."""
        return PREMIUM if self.series == "premium" else self.tradable.price

    @property
    def traded(self) -> bool:
        """Whether there is a volume."""
        return self.series in ("spot", "linear")


class MadeHours:
    """The hourly candles of one seed's markets."""

    def __init__(self, streams: Streams, latents: Latents, kept: int) -> None:
        self._streams, self._latents = streams, latents
        self._recent: Recent[tuple[Line, int], Bars] = Recent(kept, self._made)

    def span_ms(self, line: Line) -> int:
        """An hour."""
        return HOUR

    def bars(self, line: Line, first_ms: int, last_ms: int) -> Bars:
        """The candles that start in [first, last] while the market trades."""
        life = line.tradable.instrument
        first_ms = max(first_ms, EPOCH_MS, life.launch_ms)
        if life.gone_ms is not None:
            last_ms = min(last_ms, life.gone_ms - 1)
        if last_ms < first_ms:
            return empty()
        blocks = range(block_of(first_ms), block_of(last_ms) + 1)
        return joined([self._recent((line, number)) for number in blocks]).within(first_ms, last_ms)

    def standing(self, line: Line, at_ms: int) -> int:
        """Within the market's life."""
        return line.tradable.living(at_ms)

    def _made(self, key: tuple[Line, int]) -> Bars:
        line, number = key
        latent = self._latents.at(line.tradable.coin, start_of(number))
        if line.series == "premium":
            return _straight(latent)
        first = hour_of(latent.start_ms)
        words = self._streams.words(f"hours/{line.tradable.coin.name}", 2 * first, 2 * BLOCK_H).reshape(-1, 2)
        values = np.exp(latent.log_price) * line.tradable.units * self._over_index(line, latent, first)
        opens, closes = values[:-1], values[1:]
        stray = -np.log(quarters(words[:, 0])[:, :2]) * _STRAY * latent.volatility[:, None]
        ends = line.price.counts(values)
        high = line.price.counts(np.maximum(opens, closes) * np.exp(stray[:, 0]))
        low = np.maximum(line.price.counts(np.minimum(opens, closes) * np.exp(-stray[:, 1])), 1)
        start_ms = latent.start_ms + HOUR * np.arange(BLOCK_H, dtype=np.int64)
        if not line.traded:
            nothing = np.zeros(BLOCK_H, dtype=np.int64)
            return Bars(start_ms, ends[:-1], high, low, ends[1:], nothing, nothing)
        typical = (ends[:-1] + high + low + ends[1:]).astype(np.float64) * (line.price.size / 4)
        lots = _lots(line.tradable, latent, bells(words[:, 1]), typical)
        turnover = TURNOVER.counts(lots * line.tradable.volume.size * typical)
        return Bars(start_ms, ends[:-1], high, low, ends[1:], lots, turnover)

    def _over_index(self, line: Line, latent: Latent, first: int) -> Floats:
        """What the series is of its index at each knot."""
        premium = latent.premium / _ONE
        if line.series == "index":
            return np.ones(BLOCK_H + 1)
        if line.series == "spot":
            noise = self._streams.words(f"spot/{line.tradable.coin.name}", first, BLOCK_H + 1)
            return 1.0 + _SPOT_NOISE * bells(noise)
        if line.tradable.delivers_ms is None:
            return 1.0 + premium * (_MARK_SHARE if line.series == "mark" else 1.0)
        knots = latent.start_ms + HOUR * np.arange(BLOCK_H + 1)
        carry = _DATED_CARRY * np.maximum(line.tradable.delivers_ms - knots, 0) / _YEAR_MS
        return 1.0 + carry + premium * (0.0 if line.series == "mark" else _DATED_SHARE)


def _straight(latent: Latent) -> Bars:
    """The premium runs straight from hour to hour, so that the settled rates can be computed from its candles."""
    opens, closes = latent.premium[:-1], latent.premium[1:]
    start_ms = latent.start_ms + HOUR * np.arange(BLOCK_H, dtype=np.int64)
    nothing = np.zeros(BLOCK_H, dtype=np.int64)
    return Bars(start_ms, opens, np.maximum(opens, closes), np.minimum(opens, closes), closes, nothing, nothing)


def _lots(tradable: Tradable, latent: Latent, mood: Floats, typical: Floats) -> Counts:
    """What is traded in each hour: more by day, and more the further the price goes."""
    hour = np.arange(BLOCK_H) % 24
    by_day = 1.0 + 0.35 * np.sin((hour - 8) * (np.pi / 12))
    moved = np.abs(np.diff(latent.log_price)) / np.maximum(latent.volatility, 1e-9)
    busy = np.exp(0.4 * mood - 0.08) * by_day * (0.6 + 0.5 * np.minimum(moved, 6.0))
    return tradable.volume.counts(tradable.turnover / 24 * busy / typical)
