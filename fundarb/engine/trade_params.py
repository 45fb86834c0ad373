"""What concerns trading alone: rhythm, trust in the clock, and the stops. A stop is off until it is given a level."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from fundarb.domain.instants import DAY, HOUR, MINUTE, SECOND
from fundarb.parameters import Duration, NumberOrNull, Parameters, Whole


class TradeParams(Parameters):
    """Of no effect on a backtest."""

    poll: Duration = Field(
        10 * SECOND, ge=200, le=8 * HOUR, description="time between two looks at the market for guard, delta and exits"
    )
    reconcile_every: Duration = Field(
        5 * MINUTE, ge=SECOND, le=DAY, description="time between two comparisons of the journal with the venue"
    )
    max_skew_ms: Whole = Field(
        1000,
        ge=1,
        le=60_000,
        description="difference to the venue's clock, in milliseconds, beyond which nothing starts or is entered",
    )
    max_spread_bps: NumberOrNull = Field(
        None, gt=0, lt=Decimal(10_000), description="no entry while a leg's bid and ask stand further apart; null: off"
    )
    drawdown_stop: NumberOrNull = Field(
        None,
        gt=0,
        le=1,
        description="drawdown (fraction of the peak, flows apart) that halts entries; null: off; a start is 0.10",
    )
    daily_loss: NumberOrNull = Field(
        None,
        gt=0,
        le=1,
        description="loss of a UTC day (fraction of equity, flows apart) that halts entries; null: off",
    )
    flatten_margin: NumberOrNull = Field(
        None,
        gt=0,
        le=1,
        description="maintenance over margin balance at which a position (cross: every one) is closed; liquidation is at 1; "
        "null: off; a start is 0.8",
    )
