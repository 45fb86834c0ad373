"""The limits the gate holds every entry against."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from fundarb.parameters import NumberOrNull, NumberOrOff, Parameters, WholeOrOff


class RiskParams(Parameters):
    """A cap shrinks a target to what is left of it; everything else refuses, and says why."""

    max_positions: WholeOrOff = Field(
        5, ge=0, le=100_000, description="positions open at once; off: no limit and no rotation"
    )
    max_portfolio: NumberOrOff = Field(
        Decimal("0.5"), ge=0, le=1, description="cap of the exposure of all positions, as a fraction of equity"
    )
    pair_cap: NumberOrOff = Field(Decimal(2000), ge=0, description="cap of one position in quote currency")
    min_free_cash: NumberOrOff = Field(
        Decimal("0.1"), ge=0, le=1, description="fraction of equity an entry must leave as free cash"
    )
    max_break_even_h: NumberOrOff = Field(
        None, ge=0, description="refuse where earning the round trip back at the last rate takes more hours"
    )
    min_volume: NumberOrOff = Field(
        None, ge=0, description="refuse where the perp's quote volume of the last 24 h is less"
    )
    venue_cap: NumberOrNull = Field(
        None, ge=0, le=1, description="cap of what stands at the venue, as a fraction of equity; null: none"
    )
