"""The markets of a stored pair, as the venue would list them."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instrument import LotRule, Pair
from fundarb.sandbox.market.coins import SPOT_STAYS_MS, Coin
from fundarb.sandbox.market.grid import Grid
from fundarb.sandbox.market.listing import Tradable
from fundarb.sandbox.market.source import Category, Instrument

_MOST_LOTS = 10**9
_LEAST_TURNOVER = 1e4  # of a market nobody saw trade
_CAP = Decimal("0.02")


def coin_of(pair: Pair, price: float, turnover: float) -> Coin:
    """The underlying, as far as a store knows it."""
    name = pair.spot.partition("/")[0] if pair.spot else pair.base
    return Coin(
        name, price, max(turnover, _LEAST_TURNOVER), multiplier=int(pair.multiplier), spot=pair.spot is not None
    )


def market_of(pair: Pair, category: Category, coin: Coin, grids: tuple[Grid, Grid], first_ms: int) -> Tradable:
    """The perp or the spot of a pair whose candles begin at `first_ms`."""
    price, volume = grids
    perp = category == "linear"
    lots = pair.perp_lots if perp else pair.spot_lots
    symbol = pair.compact if perp else (pair.spot or "").replace("/", "")
    launch_ms = first_ms if pair.first_seen_ms is None else min(pair.first_seen_ms, first_ms)
    gone_ms = pair.gone_ms if perp or pair.gone_ms is None else pair.gone_ms + SPOT_STAYS_MS
    instrument = Instrument(
        symbol=symbol,
        category=category,
        base=pair.base if perp else coin.name,
        quote="USDT",
        contract="LinearPerpetual" if perp else "",
        kind="",
        tick=price.step,
        step=lots.step,
        min_qty=lots.min_qty,
        min_notional=lots.min_notional,
        max_qty=lots.step * _MOST_LOTS,
        max_market_qty=lots.step * _MOST_LOTS,
        launch_ms=launch_ms,
        announced_ms=launch_ms,
        delivery_announced_ms=gone_ms if perp else None,
        gone_ms=gone_ms,
        max_leverage=Decimal(25) if perp else Decimal(0),
        maintenance=Decimal("0.01") if pair.mmr is None else pair.mmr,
        funding_cap=_CAP if perp else Decimal(0),
    )
    units = coin.multiplier if perp else 1
    return Tradable(instrument, coin, units, price, _lot_grid(lots), volume, coin.turnover)


def _lot_grid(lots: LotRule) -> Grid:
    """The finest decimal grid of whole lots."""
    exponent = lots.step.adjusted()
    while Decimal(1).scaleb(exponent) % lots.step:
        exponent += 1
    return Grid(-exponent)
