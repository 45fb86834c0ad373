"""The sections on runs: what they came to, equity, and each taken apart over time, by month and by pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount, percent, significant
from fundarb.reporting.page.calendar import calendar
from fundarb.reporting.page.chart import Spec
from fundarb.reporting.page.equity_chart import equity_chart
from fundarb.reporting.page.figure import figure, folded, section
from fundarb.reporting.page.flow_chart import flow_chart
from fundarb.reporting.page.markup import Html, tag
from fundarb.reporting.page.material import Material
from fundarb.reporting.page.part import Part
from fundarb.reporting.page.tables import LOOK, shown, table
from fundarb.reporting.page.usage_chart import usage_chart
from fundarb.reporting.parts import PART_COLUMNS, part_document, parts
from fundarb.reporting.run_document import run_document
from fundarb.reporting.run_table import PERCENTS, rounded, run_table

Names = Mapping[str, str]
COLUMNS = ("net", "apr_on_capital", "sharpe_daily", "max_drawdown", "trades", "win_rate", "utilisation")
SOURCES = ("funding", "price", "fees", "slippage", "other", "equity")
STRIP = ("net", "apr_on_capital", "sharpe_daily", "max_drawdown", "trades", "utilisation")
GROUPS = ("totals", "metrics", "counts")


def results_part(material: Material, names: Names) -> Part:
    """The figures of every run and benchmark; of a single run they come large first."""
    roles = [("run", run) for run in material.runs] + [("benchmark", run) for run in material.benchmarks]
    rows = [
        {**row, "run": names[run.run_id], LOOK: row["role"]}
        for row, (_, run) in zip(run_table(roles), roles, strict=True)
    ]
    alone = len(material.runs) == 1 or material.sweep is not None
    content = [
        _strip(rows[0]) if alone else None,
        table(("run", *COLUMNS, *SOURCES), rows, "What every run came to, benchmarks last"),
        folded("Every figure", _every_figure(material, names)),
    ]
    if len(material.detailed) < len(material.runs):
        content.append(tag("p", _left_out(material)))
    return Part("results", "Result", section("results", "Result", *content))


def equity_part(material: Material, names: Names, looks: Mapping[str, Spec]) -> Part:
    """Everybody's equity in one picture."""
    chart = equity_chart(material.every, names, looks)
    return Part("equity", "Equity", section("equity", "Equity", figure(chart)), (chart,))


def apart_parts(material: Material, names: Names) -> Iterator[Part]:
    """Each run taken apart."""
    for number, run in enumerate(material.detailed, 1):
        name = names[run.run_id]
        charts = [one for one in (flow_chart(run, name, number), usage_chart(run, name, number)) if one is not None]
        title = f"Where it came from: {name}"
        content = [
            *map(figure, charts[:1]),
            calendar(run, name),
            *map(figure, charts[1:]),
            folded("By month", _by(run, name, "month")),
            folded("By pair", _by(run, name, "pair")),
            folded("By the reason a position was left for", _by(run, name, "reason")),
        ]
        anchor = f"apart-{number}"
        yield Part(anchor, name, section(anchor, title, *content), tuple(charts))


def _left_out(material: Material) -> str:
    which = "the winner is" if material.sweep is not None else f"the first {len(material.detailed)} runs are"
    return f"Below {which} taken apart. A page of any other: fundarb report RUN --html FILE."


def _strip(row: Mapping[str, Any]) -> Html:
    """A few figures, large."""
    cells = [
        tag("div", tag("dt", name.replace("_", " ")), tag("dd", shown(row[name]), data_figure=name)) for name in STRIP
    ]
    return tag("dl", cells, class_="strip")


def _every_figure(material: Material, names: Names) -> Html:
    """A row a figure, a column a run: totals, metrics, counts."""
    shown = (*material.detailed, *material.benchmarks)
    documents = {names[run.run_id]: run_document(run, trades=False, equity=False) for run in shown}
    flat = {name: dict(_flat(document)) for name, document in documents.items()}
    figures = dict.fromkeys(figure for one in flat.values() for figure in one)
    rows = [{"figure": figure, **{name: flat[name].get(figure) for name in flat}} for figure in figures]
    titles = {name: name for name in flat}
    return table(("figure", *flat), rows, "Totals, metrics and counts of every run", titles=titles)


def _flat(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for group in GROUPS:
        for name, value in document[group].items():
            if isinstance(value, Mapping):
                yield from ((f"{name}: {reason}", count) for reason, count in value.items())
            else:
                yield name, _figure(group, name, value)


def _figure(group: str, name: str, value: Any) -> Any:
    """Money at two decimals, shares as percentages, statistics at six digits, counts as they are."""
    if group == "totals":
        return amount(value)
    return percent(value) if name in PERCENTS else significant(value)


def _by(run: RunResult, name: str, by: str) -> Html:
    """The table of `report --by`."""
    rows = [
        {column: rounded(column, cell) for column, cell in part_document(part, by).items()} for part in parts(run, by)
    ]
    return table((by, *PART_COLUMNS), rows, f"{name} by {by}")
