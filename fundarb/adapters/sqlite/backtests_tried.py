"""Backtests as trials: a run that was asked for was looked at, and what was looked at could have been chosen.

What is measured against (`cash`, `hold`, and runs stored only as benchmarks) is no trial; neither is a run that the ledger
of trials holds already, such as a leader of a search."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection

import numpy as np

from fundarb.adapters.sqlite.trading_rows import Row
from fundarb.domain.instants import DAY
from fundarb.domain.market import Span
from fundarb.ports.trials import ALONE, Tried

Query = Callable[..., Awaitable[list[Row]]]
MEASURES = ("cash", "hold")
_ASKED_FOR = (
    "SELECT DISTINCT runs.id, mode, from_ms, to_ms, data_hash, params, metrics, universe FROM runs "
    "JOIN run_members ON run_members.run_id = runs.id AND role = 'run' "
    "WHERE from_ms < ? AND to_ms > ? AND mode NOT IN (?, ?) ORDER BY runs.id"
)


async def backtests_tried(query: Query, pairs: Collection[str], span: Span, metric: str) -> Tried:
    """One metric of every backtest on some of these pairs in a part of that span that is no trial of a search."""
    values, days = list[float](), list[int]()
    for row in await query(_ASKED_FOR, span.end_ms, span.start_ms, *MEASURES):
        _, mode, from_ms, to_ms, data_hash, params, metrics, universe = row
        if not set(pairs) & set(json.loads(universe)):
            continue
        flat = {**json.loads(params), "strategy.mode": mode}
        if not await _is_trial(query, (json.loads(universe), from_ms, to_ms, data_hash), flat):
            value = json.loads(metrics).get(metric)
            values.append(float("nan") if value is None else value)
            days.append(to_ms // DAY - from_ms // DAY)
    return Tried(np.array(values, dtype=np.float64), np.array(days, dtype=np.int64), np.full(len(days), ALONE))


async def _is_trial(query: Query, about: tuple[list[str], int, int, str], flat: dict[str, str | None]) -> bool:
    """Whether a search has run these parameters on the same data, by whatever version of the code."""
    from fundarb.research.search.identity import TrialNames  # who only opens a store needs no engine

    pairs, from_ms, to_ms, data_hash = about
    scopes = await query(
        "SELECT scope_id, pairs FROM trial_scopes WHERE from_ms = ? AND to_ms = ? AND data_hash = ?",
        from_ms,
        to_ms,
        data_hash,
    )
    names = [TrialNames(name, flat, ()).trial_id(flat) for name, own in scopes if json.loads(own) == pairs]
    marks = ", ".join("?" * len(names))
    return bool(names and await query(f"SELECT 1 FROM trials WHERE trial_id IN ({marks}) LIMIT 1", *names))  # noqa: S608 (marks only)
