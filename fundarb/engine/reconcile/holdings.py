"""What is held, market by market: shorts of the venue beside those of a book, coins of the wallet beside spot and dust."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from fundarb.accounting.book import Book
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO, canonical
from fundarb.domain.orders import Leg
from fundarb.engine.orders.booking import QUOTE_COIN, base_coin, coins_booked
from fundarb.engine.reconcile.facts import VenueFacts
from fundarb.engine.reconcile.plan import Difference, Kind


def shorts_of(venue: VenueFacts) -> dict[str, Decimal]:
    """The venue's shorts by market; a long is a short below zero."""
    found: dict[str, Decimal] = {}
    for position in venue.positions:
        found[position.market] = found.get(position.market, ZERO) - position.qty
    return found


def short_differences(venue: VenueFacts, book: Book, skipped: Iterable[str]) -> list[Difference]:
    """Perps whose size is not the book's."""
    held = shorts_of(venue)
    booked = {pair: holding.qty for pair, holding in book.positions.items() if holding.qty}
    found = []
    for market in sorted((held.keys() | booked.keys()) - set(skipped)):
        there, here = held.get(market, ZERO), booked.get(market, ZERO)
        if there != here:
            found.append(Difference(Kind.POSITION, market, f"{canonical(there)} short", f"{canonical(here)} short"))
    return found


def coin_differences(
    venue: VenueFacts, book: Book, pairs: Mapping[str, Pair], skipped: Iterable[str]
) -> list[Difference]:
    """Coins of pairs by a lot or more off; coins of no pair are none of fundarb's business."""
    booked, steps = coins_booked(book, pairs), _coarsest_steps(pairs)
    found = []
    for coin in sorted(steps.keys() - {QUOTE_COIN} - set(skipped)):
        there, here = venue.coins.get(coin, ZERO), booked.get(coin, ZERO)
        if abs(there - here) >= steps[coin]:
            found.append(Difference(Kind.COIN, coin, canonical(there), canonical(here)))
    return found


def pair_of(market: str, leg: Leg, pairs: Mapping[str, Pair], book: Book) -> str:
    """The pair a market belongs to, one that is held before others; the market itself where it belongs to none."""
    if leg is Leg.PERP:
        return market
    fitting = sorted(name for name, pair in pairs.items() if pair.spot == market)
    return next((name for name in fitting if name in book.positions), fitting[0] if fitting else market)


def pair_of_coin(coin: str, pairs: Mapping[str, Pair], book: Book) -> str:
    """The pair a coin is the base of, one that is held before others."""
    fitting = sorted(name for name, pair in pairs.items() if pair.spot and base_coin(pair) == coin)
    return next((name for name in fitting if name in book.positions), fitting[0])


def prices_of(name: str, venue: VenueFacts, book: Book) -> tuple[Decimal | None, Decimal | None]:
    """Entry and mark of a pair's perp at the venue; of one that is held no longer, what the book knows."""
    for position in venue.positions:
        if position.market == name:
            return position.entry, position.mark
    held = book.positions.get(name)
    return None, (held.fair_perp or None) if held else None


def spot_left_for(name: str, venue: VenueFacts, book: Book, pairs: Mapping[str, Pair]) -> Decimal:
    """What of a pair's coin is in the wallet and booked under no other pair, and as no dust."""
    coin, held = base_coin(pairs[name]), book.positions.get(name)
    others = coins_booked(book, pairs).get(coin, ZERO) - (held.spot if held else ZERO)
    return max(venue.coins.get(coin, ZERO) - others, ZERO)


def _coarsest_steps(pairs: Mapping[str, Pair]) -> dict[str, Decimal]:
    """The coarsest lot of each coin: what is below it cannot be traded away."""
    found: dict[str, Decimal] = {}
    for pair in pairs.values():
        if pair.spot:
            coin = base_coin(pair)
            found[coin] = max(found.get(coin, ZERO), pair.spot_lots.step)
    return found
