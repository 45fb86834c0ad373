"""`simple`: the v1.0 rule. Enter while the last rates are high enough, leave when the last one is not."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from fundarb.domain.decision import EntryReason, ExitReason
from fundarb.domain.money import canonical
from fundarb.parameters import Number, Parameters, Whole, crossing
from fundarb.strategy.plan import Plan, Regime, Setting

if TYPE_CHECKING:
    from fundarb.signals.panel import Panel


class SimpleParams(Parameters):
    """Thresholds on the last settled rate, as fractions per 8 h (0.0001 = 1 bp)."""

    entry: Number = Field(Decimal("0.0003"), ge=-1, le=1, description="enter at a rate per 8 h of at least this")
    exit: Number = Field(Decimal("0.0001"), ge=-1, le=1, description="leave when the last rate per 8 h is below this")
    min_consecutive: Whole = Field(
        1, ge=1, le=1000, description="how many of the last settlements must reach entry, the newest included"
    )

    @model_validator(mode="after")
    def _exit_below_entry(self) -> Self:
        if self.exit >= self.entry:
            words = f"exit {canonical(self.exit)} is not below entry {canonical(self.entry)}; allowed: exit below entry"
            raise crossing(words, "exit", "entry")
        return self


def prepare(panel: Panel, params: SimpleParams, setting: Setting) -> Plan:
    """Enter where the last `min_consecutive` rates reach `entry`, leave below `exit`; the highest apr comes first."""
    import numpy as np

    from fundarb.signals.rates import consecutive, rate_keys

    keys = setting.remember("rates", lambda: rate_keys(panel.settlements))
    enter = consecutive(keys.at_least(params.entry), panel.settlements.offsets, params.min_consecutive)
    regime = Regime(setting.from_ms, enter, keys.below(params.exit))
    rank = keys.key if keys.key.dtype == np.int64 else np.unique(keys.key, return_inverse=True)[1].astype(np.int64)
    return Plan((regime,), rank, None, None, EntryReason.RATE, ExitReason.RATE)
