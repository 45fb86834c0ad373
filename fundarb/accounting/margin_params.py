"""How the perp leg is margined: posted margin, liquidation, the guard, and collateral ratios for cross margin."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import Field, model_validator

from fundarb.domain.money import canonical
from fundarb.parameters import CHOICE, Null, Number, NumberOrOff, Parameters, Reading, crossing, read_number


class Tier(NamedTuple):
    """The part of a coin's spot value up to `up_to` (quote currency) counts as collateral at `ratio`."""

    up_to: Decimal
    ratio: Decimal


def read_tier(text: str) -> Tier:
    """`10000:0.95`."""
    up_to, _, ratio = text.partition(":")
    try:
        tier = Tier(read_number(up_to), read_number(ratio))
    except ValueError:
        raise ValueError(f"{text[:40]!r} is not written SIZE:RATIO") from None
    if tier.up_to <= 0 or not 0 <= tier.ratio <= 1:
        raise ValueError(f"{text[:40]!r} is out of bounds (a size above 0, a ratio from 0 to 1)")
    return tier


def write_tier(tier: Tier) -> str:
    """As `read_tier` takes it."""
    return f"{canonical(tier.up_to)}:{canonical(tier.ratio)}"


_TIERS = Reading("a list of SIZE:RATIO such as [10000:0.95, 50000:0.8]", read_tier, write_tier, Null.MEANS, many=True)


class MarginParams(Parameters):
    """Semantics: posted margin qty·(M/L + M − E), liquidation level M·(1 + 1/L)/(1 + mmr + fee_perp)."""

    mode: Annotated[Literal["isolated", "none", "cross"], CHOICE] = Field(
        "isolated", description="isolated: each position its own margin; none: nothing posted; cross: needs tiers"
    )
    leverage: Number = Field(Decimal(2), gt=0, le=1000, description="leverage L of the perp leg")
    mmr: Number = Field(
        Decimal("0.005"), ge=0, lt=1, description="maintenance margin rate of pairs that do not state their own"
    )
    guard: NumberOrOff = Field(
        Decimal("0.20"), ge=0, le=10, description="cut a position when its perp opens this fraction above the reference"
    )
    liq_loss: Annotated[Literal["all", "returned"], CHOICE] = Field(
        "all", description="what a liquidation costs: all of the margin, or only what the level and a taker fee take"
    )
    tiers: Annotated[tuple[Tier, ...] | None, _TIERS] = Field(
        None,
        description="collateral ratios by size of a coin's spot value in quote currency, sizes rising; "
        "what lies above the last counts nothing; null: none",
    )

    @model_validator(mode="after")
    def _tiers_fit(self) -> Self:
        if self.mode == "cross" and not self.tiers:
            raise crossing("cross needs margin.tiers; allowed: isolated, none, or cross with tiers", "mode", "tiers")
        if any(later.up_to <= earlier.up_to for earlier, later in pairwise(self.tiers or ())):
            raise crossing("the sizes do not rise; allowed: SIZE:RATIO with each size above the one before", "tiers")
        return self
