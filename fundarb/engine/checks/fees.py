"""The account's taker fees beside the configured ones: one who pays more than is reckoned with enters too early."""

from __future__ import annotations

from collections.abc import Mapping

from fundarb.accounting.fees import PairCosts
from fundarb.domain.money import canonical
from fundarb.engine.checks.finding import Finding, well, wrong
from fundarb.errors import ConfigError
from fundarb.ports.trading import TakerFees

CHECK = "fees"


def judge_fees(paid: Mapping[str, TakerFees], costs: Mapping[str, PairCosts]) -> Finding:
    """Of these pairs."""
    dearer: list[str] = []
    cheaper: list[str] = []
    for pair, fees in paid.items():
        for leg, real, reckoned in (
            ("spot", fees.spot, costs[pair].fee_spot),
            ("perp", fees.perp, costs[pair].fee_perp),
        ):
            words = f"{leg} of {pair} costs {canonical(real)}, configured are {canonical(reckoned)}"
            if real != reckoned:
                (dearer if real > reckoned else cheaper).append(words)
    if dearer:
        remedy = "raise costs.fee_spot and costs.fee_perp, or those of costs.pairs, to what the account pays"
        return wrong(CHECK, ", ".join(dearer), remedy, ConfigError)
    if cheaper:
        return well(CHECK, ", ".join(cheaper), "costs.fee_spot and costs.fee_perp could be lowered")
    return well(CHECK, f"as configured ({', '.join(paid)})")
