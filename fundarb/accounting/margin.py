"""Margin of a short perp: what is posted, where it is liquidated and what is then lost. Each figure is rounded once."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, NamedTuple

from fundarb.accounting.grid import N
from fundarb.domain.money import ONE, TWELVE, ZERO, ceil_to, quotient12

Mode = Literal["isolated", "cross", "none"]


class MarginTerms(NamedTuple):
    """How perp legs are margined."""

    mode: Mode
    leverage: Decimal


Tiers = Sequence[tuple[Decimal | None, Decimal]]
"""(up_to, ratio), sizes rising: that part of a holding's value counts at `ratio`; None is without end, beyond is nothing."""


@lru_cache(maxsize=4096)
def posted_margin(qty: Decimal, reference: Decimal, entry: Decimal, leverage: Decimal) -> Decimal:
    """qty * (M/L + M − E) of an isolated short."""
    return quotient12(qty * (reference + leverage * (reference - entry)), leverage)


def required_margin(qty: Decimal, ref: Decimal, leverage: Decimal) -> Fraction:
    """What a new isolated short will post at its reference price; exact, because it is only compared."""
    return Fraction(qty) * Fraction(ref) / Fraction(leverage)


@lru_cache(maxsize=4096)
def liquidation_level(reference: Decimal, leverage: Decimal, mmr: Decimal, fee_perp: Decimal) -> Decimal:
    """The price at which an isolated short is taken: M(1+1/L)/(1+mmr+fee)."""
    return quotient12(reference * (leverage + 1), leverage * (1 + mmr + fee_perp))


@lru_cache(maxsize=4096)
def loss_price(reference: Decimal, leverage: Decimal) -> Decimal:
    """The price at which the whole posted margin is gone: M(1+1/L)."""
    return quotient12(reference * (leverage + 1), leverage)


def published_level(entry: Decimal, leverage: Decimal, mmr: Decimal, extra_per_unit: Decimal = ZERO) -> Decimal:
    """The form Bybit publishes, E + (IM − MM)/q with both margins on the entry price; for comparison with the venue."""
    return quotient12(entry * (leverage + 1 - mmr * leverage) + extra_per_unit * leverage, leverage)


def collateral_value(tiers: Tiers, value: Decimal) -> Decimal:
    """What spot worth `value` counts as collateral, each tier for its own part."""
    counted, lower = ZERO, ZERO
    for up_to, ratio in tiers:
        upper = value if up_to is None else min(value, up_to)
        counted += max(upper - lower, ZERO) * ratio
        lower = max(lower, upper)
    return counted


def cross_level(entry: Decimal, qty: Decimal, cash: Decimal, mmr: Decimal, tiers: Tiers) -> Decimal | None:
    """The lowest price at which a cross-margined short, hedged by spot of the same size, is taken; None: nowhere.

    Solves cash + collateral(qty * P) + qty * (E − P) = mmr * qty * P tier by tier; without tiers spot counts nothing."""
    lower = counted = ZERO
    for up_to, ratio in (*tiers, (None, ZERO)):
        slope = 1 + mmr - ratio
        funds = cash + qty * entry + counted - ratio * lower
        if slope > 0 and (up_to is None or funds <= slope * up_to):
            return quotient12(max(funds, ZERO), slope * qty)
        if up_to is None:
            break
        counted, lower = counted + (up_to - lower) * ratio, up_to
    return None


def guard_due(perp_open: N, reference: N, guard: N, eps: N) -> bool:
    """Whether the perp has risen by `guard` above the reference; `eps` is a fraction of it."""
    return perp_open >= reference * (1 + guard - eps)


def cut_reference(qty: Decimal, reference: Decimal, left: Decimal, price: Decimal) -> Decimal:
    """The M of what a guard's cut at `price` leaves. One that falls short frees margin for a rise to qty * M / left, and M
    goes no further than that; rounded up, so that parts of a cut come to what the whole would."""
    if qty * reference >= left * price:
        return price
    return min(price, ceil_to(Fraction(qty * reference) / Fraction(left), TWELVE))


def liquidation_due(high: N, level: N, eps: N) -> bool:
    """Whether a candle touched the liquidation level; `eps` is a fraction of it."""
    return high >= level * (1 - eps)


def return_on_capital(annual: Decimal | Fraction, leverage: Decimal, buffer: Decimal = ZERO) -> Fraction:
    """A return on notional as one on what is tied up: spot cost + margin + buffer."""
    return Fraction(annual) / (1 + Fraction(ONE) / Fraction(leverage) + Fraction(buffer))
