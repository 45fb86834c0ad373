"""The same parameters where everything costs twice as much: an edge that does not survive that is none."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fundarb.domain.money import canonical
from fundarb.research.rules import Setup

DOUBLED = ("fee_spot", "fee_perp", "slippage_bps")


def at_doubled_costs(setup: Setup) -> Setup:
    """Fees and slippage twice as high, those of single pairs too."""
    costs = setup.costs
    pairs = {
        symbol: own.model_copy(
            update={name: 2 * value for name in DOUBLED if (value := getattr(own, name)) is not None}
        )
        for symbol, own in costs.pairs.items()
    }
    changed = {name: 2 * getattr(costs, name) for name in DOUBLED}
    dear = costs.model_copy(update={**changed, "pairs": pairs})
    flat = {
        path: canonical(2 * value) if (value := _cost(setup, path)) is not None else text
        for path, text in setup.flat.items()
    }
    return replace(setup, costs=dear, flat=flat)


def _cost(setup: Setup, path: str) -> Decimal | None:
    """What stands at a path, where that is a cost to double."""
    head, _, name = path.rpartition(".")
    if name not in DOUBLED or not head.startswith("costs"):
        return None
    own = setup.costs if head == "costs" else setup.costs.pairs[head.removeprefix("costs.pairs.")]
    value: Decimal | None = getattr(own, name)
    return value
