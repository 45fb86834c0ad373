"""How much of its margin balance a short's maintenance takes; at 1 the venue takes the short.

Isolated, each position by itself: `mark (mmr + fee) / (M (1 + 1/L) − mark)`, which is 1 at the liquidation level. Cross, the
whole account: maintenance of all shorts over cash, what they gained and their spot as collateral."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from fundarb.accounting.margin import Tiers, collateral_value
from fundarb.accounting.valuation import Held, Mark, perp_gain
from fundarb.domain.money import ZERO


def isolated_beyond(held: Held, mark: Decimal, leverage: Decimal, upkeep: Decimal, most: Decimal) -> bool:
    """Whether a position's ratio is `most` or more; `upkeep` is maintenance rate and closing fee."""
    balance = held.reference * (leverage + 1) - leverage * mark
    return leverage * mark * upkeep >= most * balance


def cross_beyond(cash: Decimal, held: Iterable[tuple[Held, Mark, Decimal]], tiers: Tiers, most: Decimal) -> bool:
    """Whether an account's ratio is `most` or more; each position with its prices and maintenance rate."""
    maintenance, balance = ZERO, cash
    for each, mark, mmr in held:
        maintenance += mmr * each.qty * mark.perp
        balance += perp_gain(each, mark.perp) + collateral_value(tiers, each.spot * mark.spot)
    return bool(maintenance) and maintenance >= most * balance
