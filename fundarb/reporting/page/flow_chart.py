"""Where the result of a run came from as time went by: a line for each part of it, which together make net."""

from __future__ import annotations

import numpy as np

from fundarb.domain.result import RunResult
from fundarb.reporting.figures import amount
from fundarb.reporting.page.chart import Chart, axis, layout, line, time_axis
from fundarb.reporting.page.flows import flows

HEIGHT = 330
COSTS = ("fees", "slippage")  # what lowers net is drawn downwards
_LOOKS = {
    "funding": ("@funding", "solid"),
    "price": ("@price", "dash"),
    "fees": ("@fees", "dot"),
    "slippage": ("@slippage", "dashdot"),
    "other": ("@other", "longdash"),
}


def flow_chart(run: RunResult, name: str, number: int) -> Chart:
    """Of one run; `number` tells it from the others on the page."""
    steps = flows(run)
    times = np.array([step.at_ms for step in steps], dtype=np.int64)
    traces = []
    for part, (color, dash) in _LOOKS.items():
        sign = -1.0 if part in COSTS else 1.0
        values = np.array([sign * float(getattr(step.split, part)) for step in steps])
        traces.append(line(f"− {part}" if part in COSTS else part, times, values, color, dash=dash))
    net = np.array([float(step.split.net) for step in steps])
    traces.append(line("net", times, net, "@ink", width=2.4))
    split = run.totals.split
    parts = ", ".join(f"{part} {amount(getattr(split, part))}" for part in _LOOKS)
    return Chart(
        name=f"flow-{number}",
        title=f"What {name} earned, and from what",
        caption="Added up from the start. Fees and slippage are drawn downwards: the five thin lines make the thick one.",
        alt=f"Cumulative lines. At the end: {parts}; net {amount(split.net)}.",
        traces=traces,
        layout=layout(HEIGHT, xaxis=time_axis(), yaxis=axis(tickformat=",.0f", zeroline=True)),
    )
