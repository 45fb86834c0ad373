"""A market of which less is to be had than there might be: every level of a book is cut to a share of it, in whole lots, and
what is less than a lot is no level. Prices stay, and who looks at a book sees what who trades with it gets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from fundarb.domain.money import ZERO, floor_to
from fundarb.sandbox.market.source import Category, Instrument, Level, MarketSource, Quote, Row, Series

_SEARCHED = 200  # levels, at least, of which the best that something is left of are found


def share_key(category: Category, symbol: str) -> str:
    """What a market's share stands under."""
    return f"{category}:{symbol}"


class ThinnedMarket:
    """Fills `MarketSource` from another; `shares` may change at any time, and a market without one is whole."""

    def __init__(self, whole: MarketSource, shares: Mapping[str, Decimal]) -> None:
        self._whole, self._shares = whole, shares
        self._steps = {(each.category, each.symbol): each.step for each in whole.instruments()}

    def instruments(self) -> Sequence[Instrument]:
        """As they are."""
        return self._whole.instruments()

    def announced_interval_ms(self, symbol: str, at_ms: int) -> int:
        """As it is."""
        return self._whole.announced_interval_ms(symbol, at_ms)

    def settlements(self, symbol: str, first_ms: int, last_ms: int, newest: int) -> list[tuple[int, str]]:
        """As they are."""
        return self._whole.settlements(symbol, first_ms, last_ms, newest)

    def candles(self, symbol: str, series: Series, span_ms: int, first_ms: int, last_ms: int, now_ms: int) -> list[Row]:
        """As they are."""
        return self._whole.candles(symbol, series, span_ms, first_ms, last_ms, now_ms)

    def open_interest(self, symbol: str, span_ms: int, first_ms: int, last_ms: int) -> list[tuple[int, str]]:
        """As it is."""
        return self._whole.open_interest(symbol, span_ms, first_ms, last_ms)

    def quote(self, symbol: str, category: Category, at_ms: int) -> Quote:
        """The best of what is left; a side of which nothing is keeps its price, with nothing resting on it."""
        quote = self._whole.quote(symbol, category, at_ms)
        if share_key(category, symbol) not in self._shares:
            return quote
        bids, asks = self.book(symbol, category, at_ms, 1)
        return replace(quote, bid=_best(bids, quote.bid), ask=_best(asks, quote.ask))

    def book(self, symbol: str, category: Category, at_ms: int, depth: int) -> tuple[list[Level], list[Level]]:
        """The best levels of which something is left."""
        share = self._shares.get(share_key(category, symbol))
        if share is None:
            return self._whole.book(symbol, category, at_ms, depth)
        step = self._steps[category, symbol]
        bids, asks = self._whole.book(symbol, category, at_ms, max(depth, _SEARCHED))
        return _left(bids, share, step)[:depth], _left(asks, share, step)[:depth]


def _best(levels: Sequence[Level], whole: Level) -> Level:
    return levels[0] if levels else Level(whole.price, ZERO)


def _left(levels: Sequence[Level], share: Decimal, step: Decimal) -> list[Level]:
    cut = (Level(price, floor_to(size * share, step)) for price, size in levels)
    return [level for level in cut if level.size]
