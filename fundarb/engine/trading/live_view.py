"""The world at one look: closes and settlements from the store, as a backtest would know them, and live prices of both legs.

What is decided rests on the former, what is traded and what positions are worth on the latter."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.domain.instants import DAY
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO
from fundarb.engine.market import PairMarket
from fundarb.engine.trading.picture import Picture
from fundarb.ports.feed import Known, Marked
from fundarb.ports.quotes import PairQuote


class LiveView:
    """Fills the port `View`. `boundary_ms` is the settlement that is to be decided on; None between two of them."""

    __slots__ = ("_quotes", "at_ms", "boundary_ms", "last", "picture")

    def __init__(
        self, at_ms: int, picture: Picture, quotes: Mapping[str, PairQuote], boundary_ms: int | None = None
    ) -> None:
        self.at_ms, self.picture, self.boundary_ms, self.last = at_ms, picture, boundary_ms, False
        self._quotes = quotes

    def later(self, at_ms: int) -> LiveView:
        """The same prices a moment later, when something is done after the step that they were looked up for."""
        return type(self)(max(self.at_ms, at_ms), self.picture, self._quotes)

    def unpriced(self, at_ms: int) -> UnpricedView:
        """What is known without the prices, which are not to be had any more."""
        return UnpricedView(max(self.at_ms, at_ms), self.picture, {})

    @property
    def leaving(self) -> frozenset[str]:
        """The pairs of which prices tell that they end: heard of at once, where a list of pairs is read once a day."""
        return frozenset(symbol for symbol, quote in self._quotes.items() if quote.ticker.leaves_ms is not None)

    def pair(self, symbol: str) -> Pair:
        """Lots and listing of a pair."""
        return self.market(symbol).pair

    def market(self, symbol: str) -> PairMarket:
        """The stored market of a pair."""
        return self.picture.market.of(symbol)

    def quote(self, symbol: str) -> PairQuote | None:
        """The live prices of a pair, where there are any."""
        return self._quotes.get(symbol)

    def known(self, pair: str) -> Known:
        """Last closes and last settlement of a pair."""
        return self.picture.known(pair)

    def closes(self, pair: str) -> tuple[Decimal | None, Decimal | None]:
        """The last closes known of perp and spot."""
        market, until_ms = self.market(pair), self.picture.panel.until_ms
        return market.perp.last_price(until_ms), market.spot.last_price(until_ms)

    def quote_volume(self, pair: str) -> Decimal:
        """The perp's quote volume of the last 24 h of candles."""
        return self.market(pair).perp_quote_volume(self.picture.panel.until_ms)

    def tradable(self, pair: str) -> bool:
        """Whether both legs have bid and ask."""
        quote = self.quote(pair)
        return quote is not None and quote.perp is not None and quote.spot is not None

    def marked(self, pair: str) -> Marked | None:
        """Half way between bid and ask of both legs, else the closes of the last time both had one."""
        quote = self.quote(pair)
        if quote is not None and quote.perp is not None and quote.spot is not None:
            return Marked(quote.spot.mid, quote.perp.mid, stale=False)
        common = self.market(pair).common_close(self.picture.panel.until_ms)
        return None if common is None else Marked(common[0], common[1], self.at_ms - common[2] > DAY)

    def spot_marked(self, pair: str) -> Marked | None:
        """The spot half way between bid and ask, else its last close."""
        quote = self.quote(pair)
        if quote is not None and quote.spot is not None:
            return Marked(quote.spot.mid, ZERO, stale=False)
        last = self.market(pair).spot.last_close(self.picture.panel.until_ms)
        return None if last is None else Marked(last.price, ZERO, self.at_ms - last.at_ms > DAY)

    def dust_worth(self, book: Book) -> Decimal:
        """All dust, each pair's at its spot's last close known; nothing where there is none."""
        worth = ZERO
        for symbol, qty in book.dust.items():
            if symbol in self.picture.market.index:
                worth += qty * (self.market(symbol).spot.last_price(self.picture.panel.until_ms) or ZERO)
        return worth


class UnpricedView(LiveView):
    """A moment at which the venue told no prices: what positions are worth is not known, and not guessed from closes."""

    __slots__ = ()

    def marked(self, pair: str) -> Marked | None:
        """Nothing."""
        return None

    def spot_marked(self, pair: str) -> Marked | None:
        """Nothing."""
        return None
