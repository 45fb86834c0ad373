"""Where shorts are liquidated, and which of them were: by candles that closed since the last look, and by the mark now."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import NamedTuple

from fundarb.accounting.book import Book
from fundarb.accounting.holding import Holding
from fundarb.accounting.margin import cross_level, liquidation_level
from fundarb.accounting.valuation import Mark, cross_spare
from fundarb.domain.money import ZERO
from fundarb.engine.simulation import SimulationRules
from fundarb.engine.trading.live_view import LiveView


class Taken(NamedTuple):
    """A short that the venue took: which, when that was known, and at what level."""

    symbol: str
    at_ms: int
    level: Decimal


class Levels:
    """Liquidation levels under one set of rules."""

    def __init__(self, rules: SimulationRules) -> None:
        self._rules = rules

    def touched(self, live: LiveView, book: Book, since_ms: int) -> list[Taken]:
        """What was taken in (since, now], in order of time, then symbol."""
        found = []
        for held in book.in_order():
            level = self.level(live, book, held) if held.qty else None
            at_ms = None if level is None else self._touched_ms(live, held, level, since_ms)
            if level is not None and at_ms is not None:
                found.append(Taken(held.pair, at_ms, level))
        return sorted(found, key=lambda taken: (taken.at_ms, taken.symbol))

    def level(self, live: LiveView, book: Book, held: Holding) -> Decimal | None:
        """The price at which a short is taken; None where nothing is."""
        rules, pair = self._rules, held.pair
        mmr = partial(self._mmr, live)
        match rules.margin.mode:
            case "isolated":
                fee = rules.costs(pair).fee_perp
                return liquidation_level(held.reference, rules.margin.leverage, mmr(pair), fee)
            case "cross":
                spare = cross_spare(book, pair, partial(_closes, live), mmr, rules.tiers)
                return cross_level(held.entry, held.qty, spare, mmr(pair), rules.tiers)
            case "none":
                return None

    def _touched_ms(self, live: LiveView, held: Holding, level: Decimal, since_ms: int) -> int | None:
        """The close of the first candle that touched, else now where the mark does."""
        if since_ms < live.at_ms:
            until_ms = live.picture.panel.until_ms
            at_ms = live.market(held.pair).touches.next_liquidation(level, held.opened_ms, since_ms, until_ms)
            if at_ms is not None:
                return at_ms
        quote = live.quote(held.pair)
        mark = None if quote is None else quote.ticker.mark
        return live.at_ms if mark is not None and mark >= level else None

    def _mmr(self, live: LiveView, symbol: str) -> Decimal:
        mmr = live.pair(symbol).mmr
        return self._rules.mmr if mmr is None else mmr


def _closes(live: LiveView, symbol: str) -> Mark:
    """The last closes known; 0 where there is none yet."""
    perp, spot = live.closes(symbol)
    return Mark(ZERO if spot is None else spot, ZERO if perp is None else perp)
