"""The section of a comparison: the figures in which the runs differ, and by how much."""

from __future__ import annotations

from fundarb.reporting.comparing import side_by_side
from fundarb.reporting.page.figure import section
from fundarb.reporting.page.material import Material
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.tables import table


def comparing_part(material: Material) -> Part | None:
    """None where nothing was asked to be compared."""
    if not material.compared or len(material.runs) < 2:
        return None
    columns, rows = side_by_side(material.runs)
    caption = "Circumstances and parameters that differ, then every figure; changes are against the first run"
    content = table(columns, rows, caption, titles={name: name for name in columns})
    return Part("compared", "Side by side", section("compared", "Side by side", content))
