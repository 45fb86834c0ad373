"""`hold`: every pair listed at the start, entered whenever it is listed and not open, never left by choice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.domain.decision import EntryReason
from fundarb.strategy.plan import Plan, Regime, Setting

if TYPE_CHECKING:
    from fundarb.signals.panel import Panel


def prepare(panel: Panel, setting: Setting) -> Plan:
    """Every pair listed at `from` asks at every event, in symbol order."""
    import numpy as np

    never = np.zeros(len(panel.settlements.settled_at), dtype=np.bool_)
    listed = np.array([pair.listed(setting.from_ms) for pair in panel.pairs], dtype=np.bool_)
    regime, rank = Regime(setting.from_ms, never, never), np.zeros(len(never), dtype=np.int64)
    return Plan((regime,), rank, None, None, EntryReason.HOLD, None, sticky=True, always=listed)
