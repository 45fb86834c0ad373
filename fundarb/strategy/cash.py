"""`cash`: nothing, ever; what idle money earns is the least a strategy must beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fundarb.domain.decision import EntryReason
from fundarb.strategy.plan import Plan, Regime, Setting

if TYPE_CHECKING:
    from fundarb.signals.panel import Panel


def prepare(panel: Panel, setting: Setting) -> Plan:
    """No entry anywhere."""
    import numpy as np

    never = np.zeros(len(panel.settlements.settled_at), dtype=np.bool_)
    regime = Regime(setting.from_ms, never, never)
    return Plan((regime,), np.zeros(len(never), dtype=np.int64), None, None, EntryReason.HOLD, None, sticky=True)
