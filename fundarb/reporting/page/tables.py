"""Rows as a table of the page, with the very cells that the tables of the terminal have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fundarb.reporting.page.markup import Html, tag

Rows = Sequence[Mapping[str, Any]]
LOOK = "look"  # of a row that names one: its class


def table(columns: Sequence[str], rows: Rows, caption: str, *, titles: Mapping[str, str] | None = None) -> Html:
    """A table that scrolls by itself where it is too wide; `titles` rename columns, the first column heads its rows."""
    named, numeric = titles or {}, {name for name in columns if _numeric(name, rows)}
    heads = [
        tag("th", named.get(name, words(name)), scope="col", class_="n" if name in numeric else None)
        for name in columns
    ]
    body = [
        tag(
            "tr",
            [_cell(row[name], name, name == columns[0], name in numeric) for name in columns],
            class_=row.get(LOOK),
        )
        for row in rows
    ]
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", heads)), tag("tbody", body))
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def figures(pairs: Sequence[tuple[str, Any]], caption: str) -> Html:
    """A narrow table of a name and a value each."""
    rows = [{"figure": name, "value": value} for name, value in pairs]
    return table(("figure", "value"), rows, caption)


def words(name: str) -> str:
    """A column's name as a person writes it."""
    return name.replace("_", " ")


def shown(value: Any) -> str:
    """A cell as it is read; what is undefined is a dash."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _cell(value: Any, name: str, heading: bool, numeric: bool) -> Html:
    text, looks = shown(value), "n" if numeric else None
    if heading:
        return tag("th", text, scope="row", class_=looks, data_column=name)
    if name == "net" and text.startswith("-") and text.strip("-0.,"):
        looks = "n loss"
    return tag("td", text, class_=looks, data_column=name)


def _numeric(name: str, rows: Rows) -> bool:
    """Whether a column stands to the right: numbers do, and dashes where there might have been some."""
    return not any(isinstance(row[name], (str, bool)) and row[name] != "" for row in rows)
