"""What every strategy shares: which one decides, how long a position is held at least and at most."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field

from fundarb.parameters import CHOICE, NumberOrOff, Parameters
from fundarb.strategy.band import BandParams
from fundarb.strategy.composite import CompositeParams
from fundarb.strategy.simple import SimpleParams

Mode = Literal["simple", "composite", "band", "hold", "cash"]
MODES: tuple[Mode, ...] = get_args(Mode)
TEN_YEARS_H = Decimal(87_600)


class StrategyParams(Parameters):
    """When to hold which pair."""

    mode: Annotated[Mode, CHOICE] = Field("simple", description="the strategy that decides")
    simple: SimpleParams = Field(default_factory=SimpleParams)
    composite: CompositeParams = Field(default_factory=CompositeParams)
    band: BandParams = Field(default_factory=BandParams)
    min_hold_h: NumberOrOff = Field(
        None, ge=0, le=TEN_YEARS_H, description="hours before the strategy may close a position or rotate it away"
    )
    exit_after_h: NumberOrOff = Field(
        None, ge=0, le=TEN_YEARS_H, description="hours after which a position is closed, reason `time`"
    )
