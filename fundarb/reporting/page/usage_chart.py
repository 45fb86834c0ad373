"""How much of the capital was at work over time, and in how many positions."""

from __future__ import annotations

import numpy as np

from fundarb.domain.result import RunResult
from fundarb.reporting.figures import percent
from fundarb.reporting.page.chart import Chart, Spec, axis, layout, line, note, time_axis
from fundarb.reporting.page.thinning import Floats, kept_rows
from fundarb.reporting.page.usage import Usage, usage

HEIGHT = 330


def usage_chart(run: RunResult, name: str, number: int) -> Chart | None:
    """Of one run; None where it does not say how its legs were margined."""
    found = usage(run)
    if found is None:
        return None
    mean, most = percent(run.metrics["utilisation"]), int(found.positions.max())
    return Chart(
        name=f"usage-{number}",
        title=f"Capital that {name} had at work",
        caption="Spot cost and posted margin as a share of equity, and the perp legs at what they were sold for; "
        f"below, positions open. On average over time {mean or 'nothing'} was in use.",
        alt=f"Share of equity in use over time, on average {mean or 'none'}; at most {most} positions at once.",
        traces=_traces(found),
        layout=layout(
            HEIGHT,
            xaxis=time_axis(anchor="y2"),
            yaxis=axis(domain=[0.36, 1.0], tickformat=".0%", rangemode="tozero"),
            yaxis2=axis(domain=[0.0, 0.24], rangemode="tozero", tickformat="d", nticks=4),
            annotations=[note("positions", 0.25)],
        ),
    )


def _traces(found: Usage) -> list[Spec]:
    """Steps, because a position is there or is not."""
    at_work, exposed = _share(found, found.in_use), _share(found, found.exposure)
    counts = found.positions.astype(np.float64)
    rows, own, counted = (kept_rows(one) for one in (at_work, exposed, counts))
    filled = {"fill": "tozeroy", "fillcolor": "@wash"}
    traces = [
        line("capital in use", found.times[rows], at_work[rows], "@accent", hover="%{y:.1%}", **filled),
        line("perp exposure at cost", found.times[own], exposed[own], "@run2", dash="dash", hover="%{y:.1%}"),
        line("positions", found.times[counted], counts[counted], "@ink", yaxis="y2", width=1.2, hover="%{y:.0f}"),
    ]
    for trace in traces:
        trace["line"]["shape"] = "hv"
    return traces


def _share(found: Usage, values: Floats) -> Floats:
    """Of equity; nothing where there is none left."""
    share = np.zeros(len(values), dtype=np.float64)
    np.divide(values, found.equity, out=share, where=found.equity > 0)
    return share
