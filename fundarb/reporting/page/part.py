"""One section of the page with the charts in it: what a section is made into, and what the page is made of."""

from __future__ import annotations

from dataclasses import dataclass

from fundarb.reporting.page.chart import Chart
from fundarb.reporting.page.markup import Html


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is its anchor, `title` how the contents call it."""

    name: str
    title: str
    html: Html
    charts: tuple[Chart, ...] = ()
