"""Sizing: how much quote currency a request asks for."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fundarb.domain.money import canonical
from fundarb.parameters import CHOICE, Number, Parameters, crossing


class SizingParams(Parameters):
    """Fixed, or by conviction: larger with the score, smaller in a drawdown and beside correlated positions."""

    mode: Annotated[Literal["fixed", "conviction"], CHOICE] = Field(
        "fixed", description="fixed: size_usd for each; conviction: by score (a mode without a score stays fixed)"
    )
    size_usd: Number = Field(Decimal(1000), gt=0, description="fixed: target of one position in quote currency")
    size_min: Number = Field(Decimal(200), ge=0, description="conviction: target at a score of c_min or less")
    size_max: Number = Field(Decimal(2000), gt=0, description="conviction: target at a score of c_max or more")
    c_min: Number = Field(Decimal("0.60"), ge=0, le=1, description="conviction: score at which size_min grows")
    c_max: Number = Field(Decimal("0.80"), ge=0, le=1, description="conviction: score at which size_max is reached")
    drawdown_start: Number = Field(
        Decimal("0.02"), ge=0, le=1, description="conviction: drawdown (fraction of the peak) at which sizes shrink"
    )
    drawdown_stop: Number = Field(
        Decimal("0.10"), ge=0, le=1, description="conviction: drawdown at which sizes are zero"
    )
    rho: Number = Field(
        Decimal(0), ge=0, le=1, description="conviction: assumed correlation of positions; the n-th shrinks by it"
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.size_min > self.size_max:
            raise crossing(self._crossed("size_min", "above", "size_max", "at most"), "size_min", "size_max")
        for low, high in (("c_min", "c_max"), ("drawdown_start", "drawdown_stop")):
            if getattr(self, low) >= getattr(self, high):
                raise crossing(self._crossed(low, "not below", high, "below"), low, high)
        return self

    def _crossed(self, low: str, stands: str, high: str, allowed: str) -> str:
        found, bound = canonical(getattr(self, low)), canonical(getattr(self, high))
        return f"{low} {found} is {stands} {high} {bound}; allowed: {low} {allowed} {high}"
