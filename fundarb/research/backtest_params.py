"""What concerns a backtest alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fundarb.domain.instants import MINUTE
from fundarb.parameters import CHOICE, Duration, Flag, Parameters


class BacktestParams(Parameters):
    """How a range ends, what to do for want of spot candles, and when orders of a settlement fill."""

    close_at_end: Flag = Field(True, description="close every position at the end of the range, reason `end`")
    spot_source: Annotated[Literal["spot", "perp"], CHOICE] = Field(
        "spot", description="perp: the perp's price stands in for pairs without any spot candle, and results say so"
    )
    delay: Duration = Field(
        0,
        ge=0,
        le=59 * MINUTE,
        description="time from a settlement to the fills decided at it, at the open of the candles that open then",
    )
