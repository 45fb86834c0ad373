"""The rows of `signals` as tables: flat for CSV, rounded and as wide as the terminal for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from textwrap import wrap
from typing import Any

from fundarb.reporting.charts.sparkline import sparkline
from fundarb.reporting.figures import amount, fitting, percent
from fundarb.signals.composite import COMPONENTS

COLUMNS = (
    *("pair", "settled_at", "interval_h", "rate", "rate_8h", "apr", "forecast", *COMPONENTS, "score"),
    *("enter", "exit", "held", "reason", "break_even_settlements", "expected_net_bp", "flags"),
)
PEOPLE_COLUMNS = ("pair", "settled_at", "interval_h", "rate", "rate_8h", "rates", *COLUMNS[5:])
FIRST = (
    *("pair", "score", "enter", "exit", "reason", "apr", "rate_8h", "held", "rates", "forecast", "flags"),
    *("expected_net_bp", "settled_at", "break_even_settlements", "interval_h", *COMPONENTS, "rate"),
)
REASON_WIDTH = 44
LAST_RATES = 12
Rows = Sequence[Mapping[str, Any]]


def flat_rows(documents: Rows) -> list[dict[str, Any]]:
    """The components as columns of their own, the flags as words."""
    return [{**row, **row["components"], "flags": " ".join(row["flags"])} for row in documents]


def people_rows(documents: Rows, rates_of: Callable[[str], Sequence[float]]) -> list[dict[str, Any]]:
    """Rates as percentages, the last ones as bars, the rest at a few decimals, long reasons on several lines."""
    return [
        {
            **row,
            "rates": sparkline(rates_of(row["pair"]), LAST_RATES),
            **{name: amount(row[name]) for name in (*COMPONENTS, "score", "forecast", "expected_net_bp")},
            **{name: percent(row[name], 4) for name in ("rate", "rate_8h")},
            "apr": percent(row["apr"]),
            "reason": "\n".join(wrap(row["reason"], REASON_WIDTH)),
        }
        for row in flat_rows(documents)
    ]


def fitting_columns(rows: Rows, width: int) -> tuple[str, ...]:
    """What fits, what decides first."""
    return fitting(PEOPLE_COLUMNS, FIRST, rows, width)
