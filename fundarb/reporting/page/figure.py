"""A chart and a section as elements: what can be seen, what is to be seen, and the same in words."""

from __future__ import annotations

from collections.abc import Iterable

from fundarb.reporting.page.chart import Chart
from fundarb.reporting.page.markup import Content, Html, tag


def figure(chart: Chart) -> Html:
    """A place for a chart, which is drawn when it comes into sight; its height is kept, so that nothing jumps."""
    canvas = tag(
        "div",
        class_="canvas",
        data_chart=chart.name,
        style=f"height:{chart.height}px",
        role="img",
        tabindex="0",
        aria_label=f"{chart.title}. {chart.alt}",
    )
    said = tag("figcaption", chart.caption) if chart.caption else None
    return tag("figure", tag("h3", chart.title), canvas, said, id=f"chart-{chart.name}")


def figures_of(charts: Iterable[Chart | None], *, columns: bool = False) -> Html:
    """Charts one beneath the other, or beside each other where there is room."""
    return tag("div", [figure(chart) for chart in charts if chart is not None], class_="grid" if columns else "stack")


def section(name: str, title: str, *content: Content) -> Html:
    """A part of the page that its contents name."""
    return tag("section", tag("h2", title, id=f"{name}-title"), *content, id=name, aria_labelledby=f"{name}-title")


def folded(title: str, *content: Content) -> Html:
    """What only some want to see: opened by a click, by a key, or by printing."""
    return tag("details", tag("summary", title), *content)
