"""What trading costs: fees as fractions, slippage in basis points, the same for every pair or by pair."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from fundarb.accounting.fees import BASE, PairCosts
from fundarb.parameters import CHOICE, Number, NumberIfGiven, Parameters

BASIS_POINT = Decimal("0.0001")
FEE_MAX = Decimal("0.1")
BPS_END = Decimal(10_000)


class PairCostParams(Parameters):
    """What one pair costs where it differs from the rest."""

    slippage_bps: NumberIfGiven = Field(None, ge=0, lt=BPS_END, description="as costs.slippage_bps, for this pair")
    fee_spot: NumberIfGiven = Field(None, ge=0, le=FEE_MAX, description="as costs.fee_spot, for this pair")
    fee_perp: NumberIfGiven = Field(None, ge=0, le=FEE_MAX, description="as costs.fee_perp, for this pair")


_AS_ALL = PairCostParams()


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
    pairs: Mapping[str, PairCostParams] = Field(
        default_factory=dict, description="what single pairs cost, by name: slippage_bps, fee_spot, fee_perp"
    )

    def of(self, pair: str) -> PairCosts:
        """What `pair` costs, by the name it has in `pairs`."""
        own = self.pairs.get(pair, _AS_ALL)
        bps = self.slippage_bps if own.slippage_bps is None else own.slippage_bps
        return PairCosts(
            fee_spot=self.fee_spot if own.fee_spot is None else own.fee_spot,
            fee_perp=self.fee_perp if own.fee_perp is None else own.fee_perp,
            slippage=bps * BASIS_POINT,
            fee_in_base=self.spot_fee_in == BASE,
        )
