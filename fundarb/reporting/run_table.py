"""Runs as a table for people: the columns of `run_rows`, rounded, as many of them as the terminal is wide."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from fundarb.domain.result import RunResult
from fundarb.reporting.charts.sparkline import sparkline
from fundarb.reporting.figures import amount, percent
from fundarb.reporting.run_document import RUN_COLUMNS, SPLIT, run_rows

FIRST = (
    *("role", "mode", "net", "apr_on_capital", "sharpe_daily", "max_drawdown", "trades"),
    *(
        "curve",
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
PERCENTS = frozenset(
    {"apr_on_capital", "cagr", "max_drawdown", "win_rate", "utilisation", "fee_drag", "return_on_capital"}
)
AMOUNTS = frozenset({*SPLIT, "equity", "sharpe_daily"})
TABLE_COLUMNS = ("role", "mode", "curve", *(name for name in RUN_COLUMNS if name not in ("role", "mode")))
CURVE = 16


def run_table(runs: Sequence[tuple[str, RunResult]]) -> list[dict[str, Any]]:
    """One row a run: its equity as bars, money and ratios at two decimals, shares as percentages."""
    return [
        {"curve": equity_bars(run), **{name: rounded(name, row[name]) for name in RUN_COLUMNS}}
        for row, (_, run) in zip(run_rows(runs), runs, strict=True)
    ]


def equity_bars(run: RunResult) -> str:
    """The equity of a run, looked at in as many equal steps of time as there are bars."""
    times = [at_ms for at_ms, _ in run.equity]
    if len(times) < 2:
        return ""
    looks = (times[0] + (times[-1] - times[0]) * (step + 1) // CURVE for step in range(CURVE))
    return sparkline([float(run.equity[bisect_right(times, at_ms) - 1][1]) for at_ms in looks], CURVE)


def rounded(name: str, value: Any) -> Any:
    """A cell as people read it, by the name of its column."""
    if name in PERCENTS:
        return percent(value)
    return amount(value) if name in AMOUNTS else value
