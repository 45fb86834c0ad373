"""Cells of text as a table of a page that scrolls by itself where it is too wide."""

from __future__ import annotations

from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.scene_tables import Cells


def cells_table(cells: Cells, caption: str) -> Html:
    """The columns of a terminal's table; the first one heads its rows."""
    heads = [tag("th", name, scope="col", class_=_side(cells, name)) for name in cells.columns]
    rows = [
        tag(
            "tr",
            [
                _cell(cells, name, text, place == 0)
                for place, (name, text) in enumerate(zip(cells.columns, row, strict=True))
            ],
        )
        for row in cells.rows
    ]
    table = tag("table", tag("caption", caption), tag("thead", tag("tr", heads)), tag("tbody", rows))
    return tag("div", table, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cell(cells: Cells, name: str, text: str, heading: bool) -> Html:
    if heading:
        return tag("th", text, scope="row", data_column=name)
    lost = name == "net" and text.startswith("-")
    side = _side(cells, name)
    return tag("td", text or "–", class_=f"{side or ''} loss".strip() if lost else side, data_column=name)


def _side(cells: Cells, name: str) -> str | None:
    return None if name in cells.left else "n"
