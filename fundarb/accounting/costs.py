"""What trading costs: fees as fractions, slippage in basis points, the same for every pair or by pair."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from fundarb.parameters import CHOICE, Number, NumberIfGiven, Parameters

BASIS_POINT = Decimal("0.0001")
FEE_MAX = Decimal("0.1")
BPS_END = Decimal(10_000)


class PairCosts(Parameters):
    """What one pair costs where it differs from the rest."""

    slippage_bps: NumberIfGiven = Field(None, ge=0, lt=BPS_END, description="as costs.slippage_bps, for this pair")
    fee_spot: NumberIfGiven = Field(None, ge=0, le=FEE_MAX, description="as costs.fee_spot, for this pair")
    fee_perp: NumberIfGiven = Field(None, ge=0, le=FEE_MAX, description="as costs.fee_perp, for this pair")


class LegCosts(NamedTuple):
    """The costs of one pair, all as fractions."""

    fee_spot: Decimal
    fee_perp: Decimal
    slippage: Decimal

    @property
    def round_trip(self) -> Decimal:
        """Both legs in and out: 2(fee_spot + fee_perp) + 4 slippage."""
        return 2 * (self.fee_spot + self.fee_perp) + 4 * self.slippage


class CostParams(Parameters):
    """Fees are fractions (0.001 = 10 bp), slippage is in basis points a leg."""

    fee_spot: Number = Field(Decimal("0.001"), ge=0, le=FEE_MAX, description="taker fee of the spot leg")
    fee_perp: Number = Field(Decimal("0.00055"), ge=0, le=FEE_MAX, description="taker fee of the perp leg")
    slippage_bps: Number = Field(Decimal(5), ge=0, lt=BPS_END, description="slippage of each leg in basis points")
    spot_fee_in: Annotated[Literal["base", "quote"], CHOICE] = Field(
        "base", description="currency in which the fee of a spot purchase is taken"
    )
    delist_haircut: Number = Field(
        Decimal("0.05"), ge=0, le=1, description="fraction of the spot price lost when a pair is delisted"
    )
    idle_apr: Number = Field(Decimal(0), ge=0, le=10, description="yearly rate that free cash earns (0.04 = 4 %)")
    impact_k: Number = Field(
        Decimal(0), ge=0, le=1000, description="market impact k in k·σ·√(Q/V), on top of slippage; 0: none"
    )
    pairs: Mapping[str, PairCosts] = Field(
        default_factory=dict, description="what single pairs cost, by name: slippage_bps, fee_spot, fee_perp"
    )

    def of(self, pair: str) -> LegCosts:
        """What `pair` costs, by the name it has in `pairs`."""
        own = self.pairs.get(pair)
        chosen = [own and getattr(own, name) for name in LegCosts._fields[:2]]
        bps = own and own.slippage_bps
        return LegCosts(
            self.fee_spot if chosen[0] is None else chosen[0],
            self.fee_perp if chosen[1] is None else chosen[1],
            (self.slippage_bps if bps is None else bps) * BASIS_POINT,
        )
