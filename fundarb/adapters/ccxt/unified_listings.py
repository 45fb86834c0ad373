"""What a venue lists, from ccxt's unified markets: perps and the spot markets they go with, in base units.

ccxt lists what trades now, so of these venues the dead are not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fundarb.adapters.ccxt.digits import number, stamp
from fundarb.adapters.ccxt.multiples import underlying
from fundarb.domain.instrument import LotRule, Pair
from fundarb.domain.money import ONE, ZERO
from fundarb.ports.venue import Listed

_TICK_SIZE = 4  # ccxt's mode in which a precision is the step itself


@dataclass(frozen=True, slots=True)
class UnifiedMarket:
    """A perp, and how many base units one of its contracts is."""

    listed: Listed
    contract_size: Decimal


def markets_of(markets: Iterable[Mapping[str, Any]], quote: str, precision_mode: int) -> dict[str, UnifiedMarket]:
    """Every linear perp settled in `quote`, by symbol."""
    known = list(markets)
    spots = {market["base"]: market for market in known if market["spot"] and market["quote"] == quote}
    found = {
        market["symbol"]: _market(market, spots, precision_mode)
        for market in known
        if market["swap"] and market["linear"] and market["quote"] == quote and market["settle"] == quote
    }
    return dict(sorted(found.items()))


def _market(market: Mapping[str, Any], spots: Mapping[str, Mapping[str, Any]], precision_mode: int) -> UnifiedMarket:
    base, multiplier = underlying(market["base"], spots)
    spot = spots.get(base)
    size = number(market["contractSize"]) or ONE
    perp_lots = _lots(market, size, precision_mode)
    pair = Pair(
        symbol=market["symbol"],
        spot=spot["symbol"] if spot else None,
        multiplier=multiplier,
        perp_lots=perp_lots,
        spot_lots=_lots(spot, ONE, precision_mode) if spot else perp_lots,  # never used: there is nothing to buy
        first_seen_ms=stamp(market.get("created")),
    )
    leaves_ms = stamp(market.get("expiry"))
    return UnifiedMarket(Listed(pair, market["active"] is not False, None, leaves_ms, None), size)


def _lots(market: Mapping[str, Any], size: Decimal, precision_mode: int) -> LotRule:
    """The grid of a market, contracts counted in base units."""
    precision, limits = market["precision"]["amount"], market["limits"]
    step = number(precision)
    if step is None:
        raise ValueError(f"{market['symbol']} has no lot step")
    if precision_mode != _TICK_SIZE:
        step = ONE.scaleb(-int(step))
    return LotRule(
        step=step * size,
        min_qty=(number(limits["amount"].get("min")) or ZERO) * size,
        min_notional=number(limits["cost"].get("min")) or ZERO,
    )
