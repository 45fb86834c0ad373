"""What concerns a backtest alone."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fundarb.parameters import CHOICE, Flag, Parameters


class BacktestParams(Parameters):
    """How a range ends, and what to do for want of spot candles."""

    close_at_end: Flag = Field(True, description="close every position at the end of the range, reason `end`")
    spot_source: Annotated[Literal["spot", "perp"], CHOICE] = Field(
        "spot", description="perp: the perp's price stands in for pairs without any spot candle, and results say so"
    )
