"""Net of a run by year and month, one cell a month, shaded by how much it was: the monthly table at a glance."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fundarb.domain.money import ZERO
from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount
from fundarb.reporting.months import month_splits
from fundarb.reporting.page.markup import Html, tag

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
DARKEST = 45  # per cent of the colour that the month of the largest move has


def calendar(run: RunResult, name: str) -> Html:
    """A row a year; a month that the run does not touch is empty, the years add up to the change of equity."""
    nets = {month: split.net for month, split in month_splits(run).items()}
    years = dict.fromkeys(month[:4] for month in nets)
    largest = max(map(abs, nets.values()), default=ZERO)
    heads = [tag("th", text, scope="col", class_="n" if number else None) for number, text in enumerate(_HEADS)]
    rows = [tag("tr", tag("th", year, scope="row"), _months(year, nets, largest), _sum(year, nets)) for year in years]
    caption = f"Net of {name} by month"
    whole = tag("table", tag("caption", caption), tag("thead", tag("tr", heads)), tag("tbody", rows), class_="calendar")
    return tag("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


_HEADS = ("year", *MONTHS, "year's net")


def _months(year: str, nets: Mapping[str, Decimal], largest: Decimal) -> list[Html]:
    cells = []
    for number in range(1, len(MONTHS) + 1):
        month = f"{year}-{number:02}"
        net = nets.get(month)
        shade = round(DARKEST * float(abs(net)) / float(largest)) if net and largest else 0
        look = None if not shade else f"--shade:{shade}%"
        kind = "n" if net is None or not shade else "n lost" if net < 0 else "n gained"
        cells.append(tag("td", "" if net is None else str(amount(net)), class_=kind, style=look, data_month=month))
    return cells


def _sum(year: str, nets: Mapping[str, Decimal]) -> Html:
    whole = sum((net for month, net in nets.items() if month.startswith(year)), ZERO)
    return tag("td", str(amount(whole)), class_="n sum")
