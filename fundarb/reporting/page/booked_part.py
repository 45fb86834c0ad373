"""The section on the funding of a portfolio: what was booked beside what was expected, pair by pair, then each payment."""

from __future__ import annotations

from collections.abc import Mapping

from fundarb.reporting.booked import by_pair, summary
from fundarb.reporting.page.figure import folded, section
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.material import Material
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.tables import Rows, table

MOST_ROWS = 500
PAIR_COLUMNS = ("pair", "payments", "booked", "expected", "difference", "flagged")
COLUMNS = ("time", "pair", "qty", "mark", "rate", "payment", "expected", "difference", "flagged")


def booked_part(material: Material, names: Mapping[str, str]) -> Part | None:
    """None where nothing was paid to a portfolio."""
    paid = {names[run]: rows for run, rows in material.checked.items() if rows}
    if not paid:
        return None
    intro = tag(
        "p",
        "What the ledger says was paid, beside quantity × mark × the published rate. A difference needs a reason.",
    )
    content = [one for name, rows in paid.items() for one in _of_portfolio(name, rows)]
    return Part("booked", "Payments", section("booked", "Funding, booked and expected", intro, *content))


def _of_portfolio(name: str, rows: Rows) -> list[Html]:
    """Its sum, its pairs, and its newest payments."""
    newest = list(reversed(rows))[:MOST_ROWS]
    which = "Every payment" if len(newest) == len(rows) else f"The newest {len(newest)} of {len(rows):,} payments"
    return [
        tag("p", f"{name}: {summary(rows)}."),
        table(PAIR_COLUMNS, by_pair(rows), f"Payments of {name} by pair"),
        folded(which, table(COLUMNS, newest, f"{which} of {name}, newest first")),
    ]
