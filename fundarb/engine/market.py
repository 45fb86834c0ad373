"""The replayed market: each pair's legs as series of exact prices, made when first looked at."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from fundarb.domain.instants import DAY
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO
from fundarb.engine.prices import CandleSeries, Series, StandInSeries
from fundarb.engine.touches import NEVER, Touches, build_touches
from fundarb.signals.panel import Panel, SettlementRows


@dataclass(slots=True)
class PairMarket:
    """Both legs of one pair, its mark candles and its settlements."""

    pair: Pair
    index: int
    perp: CandleSeries
    spot: Series
    mark: CandleSeries
    touches: Touches
    settlements: SettlementRows
    perp_marks: bool  # no mark candle is stored: payments fall on the perp's own prices

    def payment_mark(self, at_ms: int) -> Decimal | None:
        """The mark of a settlement: mark open, perp open, else the perp's last close of at most 24 h."""
        price = self.mark.opening(at_ms) if len(self.mark) else None
        if price is None:
            price = self.perp.opening(at_ms)
        if price is None:
            last = self.perp.last_close(at_ms)
            price = last.price if last is not None and at_ms - last.at_ms <= DAY else None
        return price

    def common_close(self, at_ms: int) -> tuple[Decimal, Decimal, int] | None:
        """(spot, perp, when) at the last time known at which both legs closed."""
        until, reach = at_ms, 2 * DAY
        floor = min(int(self.perp.open_at[0]), at_ms) if len(self.perp) else at_ms
        while True:
            spot = {close.at_ms: close.price for close in self.spot.closes_between(until - reach, until)}
            for close in reversed(self.perp.closes_between(until - reach, until)):
                if close.at_ms in spot:
                    return spot[close.at_ms], close.price, close.at_ms
            if until - reach < floor:
                return None
            until, reach = until - reach, reach * 2

    def perp_quote_volume(self, at_ms: int) -> Decimal:
        """Σ volume·(open+close)/2 of the candles closing in the last 24 h, of the shortest interval among them, exact."""
        closed_at = self.perp.open_at + self.perp.span_ms
        traded = ~np.isnan(self.perp.volumes)
        inside = np.flatnonzero((closed_at > at_ms - DAY) & (closed_at <= at_ms) & traded)
        if not len(inside):
            return ZERO
        rows = inside[self.perp.span_ms[inside] == self.perp.span_ms[inside].min()].tolist()
        price = self.perp.price
        half = Decimal("0.5")
        return sum((self.perp.volume(row) * (price("open", row) + price("close", row)) * half for row in rows), ZERO)


class Market:
    """All pairs of a panel; `spot_from_perp` lets the perp stand in where no spot candle is stored."""

    def __init__(self, panel: Panel, *, spot_from_perp: bool) -> None:
        self.panel = panel
        self.index = {pair.symbol: i for i, pair in enumerate(panel.pairs)}
        self.stand_ins = frozenset(
            pair.symbol
            for i, pair in enumerate(panel.pairs)
            if spot_from_perp and panel.spot.offsets[i] == panel.spot.offsets[i + 1]
        )
        self._pairs: dict[str, PairMarket] = {}
        self._gone = {pair.symbol: pair.gone_ms for pair in panel.pairs if pair.gone_ms is not None}
        self.first_gone_ms = min(self._gone.values(), default=NEVER)

    def here(self, symbol: str, at_ms: int) -> bool:
        """Whether a pair is not gone yet."""
        gone_ms = self._gone.get(symbol)
        return gone_ms is None or at_ms < gone_ms

    def of(self, symbol: str) -> PairMarket:
        """One pair's market, by its symbol."""
        found = self._pairs.get(symbol)
        if found is None:
            found = self._pairs[symbol] = self._build(self.index[symbol])
        return found

    def _build(self, index: int) -> PairMarket:
        pair, panel = self.panel.pairs[index], self.panel
        perp, mark = CandleSeries(panel.perp, index), CandleSeries(panel.mark, index)
        spot: Series = (
            StandInSeries(perp, pair.multiplier) if pair.symbol in self.stand_ins else CandleSeries(panel.spot, index)
        )
        return PairMarket(pair, index, perp, spot, mark, build_touches(perp, mark), panel.settlements, not len(mark))
