"""The list of stored runs as a table for people: ids cut short, days and minutes, as many columns as fit the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fundarb.reporting.figures import amount, fitting, minute

COLUMNS = ("run_id", "group", "role", "mode", "from", "to", "stored_at", "net", "trades")
FIRST = ("run_id", "group", "mode", "role", "net", "trades", "stored_at", "from", "to")
ID_DIGITS = 8  # enough to name one


def listed(rows: Sequence[Mapping[str, Any]], width: int) -> tuple[tuple[str, ...], list[dict[str, Any]]]:
    """The columns that fit, and the rows as they are read."""
    shown = [
        {
            **row,
            **{name: row[name][:ID_DIGITS] for name in ("run_id", "group")},
            **{name: row[name][:10] for name in ("from", "to")},
            "stored_at": minute(row["stored_at"]),
            "net": amount(row["net"]),
        }
        for row in rows
    ]
    return fitting(COLUMNS, FIRST, shown, width), shown
