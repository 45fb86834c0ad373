"""What a cycle saw of the pairs that mattered to it, small enough to be kept with each cycle: those held, and the best."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from fundarb.domain.money import canonical
from fundarb.engine.planned import PlannedReplay, PlannedRow
from fundarb.signals.panel import Panel
from fundarb.signals.rounding import twelve_decimal

BEST = 12  # beside those held


def sights(planned: PlannedReplay, panel: Panel, held: Collection[str], best: int = BEST) -> dict[str, list[Any]]:
    """By pair: the last settled rate, score, forecast in basis points, and what the plan wants of it."""
    row, found = planned.row(0), {}
    ranked = _by_rank(planned)
    for name in [*ranked[:best], *(name for name in ranked[best:] if name in held)]:
        place = int(planned.timeline.row_at[0, planned.index[name]])
        score, forecast = planned.score(0, name), row.forecast(name)
        found[name] = [
            canonical(panel.settlements.rate_exact(place)),
            None if score is None else canonical(score),
            None if forecast is None else canonical(twelve_decimal(forecast)),
            _wanted(row, name),
        ]
    return found


def _by_rank(planned: PlannedReplay) -> list[str]:
    """Every pair that has settled, the best first."""
    rows, rank = planned.timeline.row_at[0], planned.plan.rank
    ranks = {name: int(rank[rows[i]]) if len(rank) else 0 for name, i in planned.index.items() if rows[i] >= 0}
    return sorted(ranks, key=lambda name: (-ranks[name], name))


def _wanted(row: PlannedRow, name: str) -> str | None:
    if name in row.entering:
        return "enter"
    return "exit" if row.leaves(name) else None
