"""The plan: what a strategy thinks of every settlement of every pair, before any portfolio is looked at.

Scores and forecasts are whole numbers of 1e-12 (the 12 decimals at which they are compared), so that arrays compare
exactly as the Decimals they stand for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fundarb.domain.decision import EntryReason, ExitReason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNIT = 10**12
ABSENT = -(2**63)


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Rows stand beside `panel.settlements`; ABSENT marks a missing score or forecast.

    `rank` orders entries at one event, highest first, ties by symbol; `rotates` asks decide for the swap of semantics §7."""

    enter: NDArray[np.bool_]
    exit: NDArray[np.bool_]
    rank: NDArray[np.float64]
    score: NDArray[np.int64] | None
    forecast: NDArray[np.int64] | None
    entry_reason: EntryReason
    exit_reason: ExitReason | None
    rotates: bool = False
