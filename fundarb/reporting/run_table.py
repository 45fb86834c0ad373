"""Runs as a table for people: the columns of `run_rows`, rounded, as many of them as the terminal is wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount, percent
from fundarb.reporting.run_document import RUN_COLUMNS, SPLIT, run_rows

FIRST = (
    *("role", "mode", "net", "apr_on_capital", "sharpe_daily", "max_drawdown", "trades"),
    *(
        "funding",
        "fees",
        "price",
        "slippage",
        "other",
        "win_rate",
        "run_id",
        "utilisation",
        "equity",
        "fee_drag",
        "flags",
    ),
)
PERCENTS = frozenset({"apr_on_capital", "max_drawdown", "win_rate", "utilisation", "fee_drag"})
AMOUNTS = frozenset({*SPLIT, "equity", "sharpe_daily"})
ORDER = tuple(name for name in RUN_COLUMNS if name in FIRST)


def run_table(runs: Sequence[tuple[str, RunResult]]) -> list[dict[str, Any]]:
    """One row a run: money and ratios at two decimals, shares as percentages."""
    return [{name: rounded(name, row[name]) for name in RUN_COLUMNS} for row in run_rows(runs)]


def rounded(name: str, value: Any) -> Any:
    """A cell as people read it, by the name of its column."""
    if name in PERCENTS:
        return percent(value)
    return amount(value) if name in AMOUNTS else value
