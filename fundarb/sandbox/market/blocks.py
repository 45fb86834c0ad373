"""How time is cut: blocks of thirty days from the epoch on, whose ends every candle span and funding interval shares."""

from __future__ import annotations

from fundarb.sandbox.market.source import DAY, EPOCH_MS, HOUR

BLOCK_H = 720
BLOCK_MS = 30 * DAY
YEAR_H = 8760


def block_of(at_ms: int) -> int:
    """The block `at_ms` lies in; before the epoch, the first one."""
    return max(0, (at_ms - EPOCH_MS) // BLOCK_MS)


def start_of(block: int) -> int:
    """When a block starts."""
    return EPOCH_MS + block * BLOCK_MS


def hour_of(at_ms: int) -> int:
    """Full hours since the epoch."""
    return (at_ms - EPOCH_MS) // HOUR
