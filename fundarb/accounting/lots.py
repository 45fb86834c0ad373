"""How much to trade: one lot grid for both legs, orders net of the base-coin fee, minimums. Nothing is rounded up but the
spot order that must cover its own fee."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from fundarb.accounting.grid import N, covering_steps, floored, whole_steps
from fundarb.domain.instrument import Pair
from fundarb.domain.money import ZERO


@lru_cache(maxsize=4096)
def common_step(perp_step: Decimal, spot_step: Decimal, multiplier: Decimal) -> Decimal:
    """The least quantity in perp units that is whole on both grids: lcm(perp_step, spot_step / multiplier)."""
    perp, spot = Fraction(perp_step), Fraction(spot_step) / Fraction(multiplier)
    least = Fraction(lcm(perp.numerator, spot.numerator), gcd(perp.denominator, spot.denominator))
    return Decimal((least / perp).numerator) * perp_step


def lot_step(pair: Pair) -> Decimal:
    """`common_step` of a pair."""
    return common_step(pair.perp_lots.step, pair.spot_lots.step, pair.multiplier)


def affordable_qty(target: N, ref: N, step: N, eps: N) -> N:
    """floor(target / ref, step)."""
    return whole_steps(target, ref * step, eps) * step


def entry_qty(target: Decimal | Fraction, ref: Decimal, step: Decimal) -> Decimal:
    """Perp units for a target in quote currency; a fraction (a share of `size_usd`) stays exact. 0 for none or less."""
    if target <= 0:
        return ZERO
    if isinstance(target, Fraction):
        return affordable_qty(Decimal(target.numerator), ref * target.denominator, step, ZERO)
    return affordable_qty(target, ref, step, ZERO)


def spot_order(qty: N, multiplier: N, fee_spot: N, spot_step: N, eps: N, fee_in_base: bool) -> N:
    """Base units to buy so that, fee taken, `qty * multiplier` arrives: ceil(qty * multiplier / (1 − fee), spot_step)."""
    if not fee_in_base:
        return qty * multiplier
    return covering_steps(qty * multiplier, spot_step * (1 - fee_spot), eps) * spot_step


def sellable(spot: N, spot_step: N, eps: N) -> N:
    """What of a spot holding can be sold; the rest is dust."""
    return floored(spot, spot_step, eps)


def guard_qty(qty: N, reference: N, perp_open: N, step: N, eps: N) -> N:
    """What a guard leaves of a position: floor(qty * M / open, step)."""
    return whole_steps(qty * reference, perp_open * step, eps) * step


def guard_excess(spot: N, new_qty: N, multiplier: N, spot_step: N, eps: N) -> N:
    """Spot to sell when the perp leg is cut to `new_qty`."""
    return floored(max(spot - new_qty * multiplier, 0 * spot), spot_step, eps)


def below_minimum(pair: Pair, qty: Decimal, ref: Decimal) -> bool:
    """Whether a quantity fails a minimum of either leg; equality passes, nothing at all does not."""
    notional = qty * ref
    return (
        qty <= 0
        or qty < pair.perp_lots.min_qty
        or qty * pair.multiplier < pair.spot_lots.min_qty
        or notional < pair.perp_lots.min_notional
        or notional < pair.spot_lots.min_notional
    )
