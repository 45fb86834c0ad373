"""Equity of every run and benchmark over time, and beneath it how far each was below its highest so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fundarb.domain.instants import iso
from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount, percent
from fundarb.reporting.page.chart import Chart, Spec, axis, layout, line, note, time_axis
from fundarb.reporting.page.thinning import Floats, Stamps, thinned

HEIGHT = 460


def equity_chart(runs: Sequence[RunResult], names: Mapping[str, str], looks: Mapping[str, Spec]) -> Chart:
    """The first runs are the ones asked for; `names` are their labels by id, `looks` their colours by label."""
    traces = [trace for run in reversed(runs) for trace in _traces(run, names[run.run_id], looks[names[run.run_id]])]
    return Chart(
        name="equity",
        title="Equity and drawdown",
        caption="Above, what the account was worth at each sample; below, how far that was beneath its highest so far. "
        "Times are UTC. Drag to zoom, double click to see all again.",
        alt="Lines of equity over time. " + " ".join(_words(run, names[run.run_id]) for run in runs),
        traces=traces,
        layout=layout(
            HEIGHT,
            xaxis=time_axis(anchor="y2"),
            yaxis=axis(domain=[0.36, 1.0], tickformat=",.0f"),
            yaxis2=axis(domain=[0.0, 0.26], tickformat=".2~%", anchor="x", rangemode="tozero"),
            annotations=[note("drawdown", 0.27)],
            legend={"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "traceorder": "reversed"},
        ),
    )


def _traces(run: RunResult, name: str, look: Spec) -> list[Spec]:
    times, values = samples(run)
    fallen = drawdown(values)
    shown = {"legendgroup": name, **look}
    return [
        line(name, *thinned(times, values), **shown),
        line(name, *thinned(times, -fallen), yaxis="y2", showlegend=False, hover="%{y:.2%}", **shown),
    ]


def samples(run: RunResult) -> tuple[Stamps, Floats]:
    """Equity as arrays."""
    times = np.array([at_ms for at_ms, _ in run.equity], dtype=np.int64)
    return times, np.array([float(value) for _, value in run.equity], dtype=np.float64)


def drawdown(values: Floats) -> Floats:
    """How far each sample is beneath the highest so far, as a fraction of that."""
    highest = np.maximum.accumulate(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(highest > 0, (highest - values) / highest, np.nan)


def _words(run: RunResult, name: str) -> str:
    (first_ms, first), (last_ms, last) = run.equity[0], run.equity[-1]
    deepest = percent(run.metrics["max_drawdown"])
    fell = "" if deepest is None else f", at most {deepest} below its highest"
    return f"{name}: from {amount(first)} on {iso(first_ms)[:10]} to {amount(last)} on {iso(last_ms)[:10]}{fell}."
