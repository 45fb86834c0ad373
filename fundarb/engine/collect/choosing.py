"""Which pairs a run is about: those named, else those the store has, and in an empty store the busiest hedgeable ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from fundarb.domain.instrument import Pair
from fundarb.domain.market import Span
from fundarb.domain.naming import resolve_pairs
from fundarb.errors import VenueUnreadable
from fundarb.ports.venue import Listed, Ticker

FIRST = 30  # pairs in an empty store


@dataclass(frozen=True, slots=True)
class Wish:
    """Pairs as asked for: by name, the busiest, or all; never those excluded (symbols)."""

    names: Sequence[str] = ()
    top: int | None = None
    everything: bool = False
    exclude: Sequence[str] = ()

    def by_turnover(self, stored: Sequence[str]) -> bool:
        """Whether turnover decides, given what is stored."""
        return not self.names and not self.everything and (self.top is not None or not set(stored) - set(self.exclude))


@dataclass(frozen=True, slots=True)
class Choice:
    """The pairs of a run; a universe to be stored where one was chosen, with the time if by turnover."""

    symbols: tuple[str, ...]
    stores_universe: bool = False
    chosen_ms: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from: all known instruments, the venue's list and tickers, and what is stored."""

    pairs: Sequence[Pair]
    listed: Sequence[Listed]
    tickers: Sequence[Ticker]
    stored: Sequence[str]


def choose(wish: Wish, offer: Offer, span: Span, now_ms: int) -> Choice:
    """The pairs of this run."""
    excluded = set(wish.exclude)
    if wish.names:
        return Choice(tuple(s for s in resolve_pairs(wish.names, offer.pairs) if s not in excluded))
    if wish.everything:
        symbols = tuple(s for s in _hedgeable_in(offer.pairs, span) if s not in excluded)
        return Choice(symbols, stores_universe=True, words=f"all {len(symbols)} pairs with a spot market")
    if not wish.by_turnover(offer.stored):
        return Choice(tuple(s for s in offer.stored if s not in excluded))
    return _busiest(wish.top or FIRST, offer, excluded, now_ms)


def _hedgeable_in(pairs: Sequence[Pair], span: Span) -> list[str]:
    """Pairs with a spot market that were listed at some time of the span, dead ones included."""
    return [
        pair.symbol
        for pair in pairs
        if pair.spot is not None
        and (pair.first_seen_ms is None or pair.first_seen_ms < span.end_ms)
        and (pair.gone_ms is None or pair.gone_ms > span.start_ms)
    ]


def _busiest(count: int, offer: Offer, excluded: set[str], now_ms: int) -> Choice:
    turnover: Mapping[str, Decimal] = {
        one.symbol: one.quote_volume for one in offer.tickers if one.quote_volume is not None
    }
    open_now = [
        one.pair.symbol
        for one in offer.listed
        if one.trading and one.pair.spot is not None and one.pair.symbol in turnover and one.pair.symbol not in excluded
    ]
    ranked = sorted(open_now, key=lambda symbol: (-turnover[symbol], symbol))[:count]
    if not ranked:
        raise VenueUnreadable(
            "the venue quotes no turnover of any pair with a spot market, so none can be chosen by it"
        )
    names = ", ".join(symbol.partition("/")[0] for symbol in ranked)
    words = f"the {len(ranked)} pairs of highest turnover that have a spot market: {names}"
    return Choice(tuple(sorted(ranked)), stores_universe=True, chosen_ms=now_ms, words=words)
