"""Net delta of a hedge, in base units and never in percent: what is held of the spot less what the perp leg is short."""

from __future__ import annotations

from decimal import Decimal

from fundarb.domain.instrument import Pair


def net_delta(spot: Decimal, qty: Decimal, multiplier: Decimal) -> Decimal:
    """Spot held − qty · multiplier."""
    return spot - qty * multiplier


def allowed_delta(pair: Pair) -> Decimal:
    """What lots alone can leave open: less than spot step + perp step · multiplier."""
    return pair.spot_lots.step + pair.perp_lots.step * pair.multiplier


def hedged(pair: Pair, spot: Decimal, qty: Decimal) -> bool:
    """Whether an open position is as flat as its lots allow."""
    return abs(net_delta(spot, qty, pair.multiplier)) < allowed_delta(pair)
