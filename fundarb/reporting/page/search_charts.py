"""How a search looks beside luck: the scores of all its trials, and every Sharpe ratio there is of its winner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fundarb.domain.folds import OutOfSample
from fundarb.reporting.page.chart import Chart, Spec, axis, layout, note
from fundarb.reporting.page.histogram_bars import bars
from fundarb.reporting.sweep_pictures import Histogram

Figures = Mapping[str, Any]


def scores_chart(scores: Histogram, metric: str, winner: float | None, luck: float | None) -> Chart:
    """Bars of how many trials had which score; `luck` is what the best of so many worthless ones would show, if known."""
    marks = [("the winner", winner, "@accent"), ("luck alone", luck, "@fees")]
    lines, notes = [], []
    for words, value, color in marks:
        if value is not None:
            lines.append(_upright(value, color))
            notes.append(note(words, 1.0, x=value, xref="x", xanchor="center", font={"size": 12, "color": color}))
    known, without = sum(scores.counts), f"; {scores.undefined:,} have none" if scores.undefined else ""
    return Chart(
        name="scores",
        title=f"{metric} of all trials",
        caption=f"How many of the {known:,} trials came to which {metric}{without}. A winner that stands no further out "
        "than luck alone would put the best of so many has shown nothing.",
        alt=f"A histogram of {metric} between {scores.edges[0]:.2f} and {scores.edges[-1]:.2f}"
        + "".join(f"; {words} at {value:.2f}" for words, value, _ in marks if value is not None)
        + ".",
        traces=[bars("trials", scores, "%{y:,} trials around %{x:.2f}")],
        layout=layout(
            290,
            margin={"l": 64, "r": 12, "t": 34, "b": 52},
            xaxis=axis(title={"text": metric}),
            yaxis=axis(tickformat=","),
            bargap=0.08,
            shapes=lines,
            annotations=notes,
            showlegend=False,
            hovermode="closest",
        ),
    )


def intervals_chart(statistics: Figures, out: OutOfSample | None) -> Chart | None:
    """A row for each Sharpe ratio of the winner with what it might as well have been; None where there is none."""
    rows = _rows(statistics, out)
    if not rows:
        return None
    words = "; ".join(
        f"{name}: {value:.2f}" + ("" if low is None else f" ({low:.2f} to {high:.2f})")
        for name, value, low, high in rows
    )
    return Chart(
        name="intervals",
        title="Sharpe ratios, and how sure they are",
        caption="Points are what was measured, bars 95 % of what it might as well have been (of the unseen histories: "
        "from the worst to the best). Only what lies above luck, and whose bar lies above zero, is worth trading.",
        alt=f"Sharpe ratios of a year. {words}.",
        traces=[_row(*row) for row in rows],
        layout=layout(
            100 + 44 * len(rows),
            margin={"l": 64, "r": 12, "t": 8, "b": 52},
            xaxis=axis(title={"text": "Sharpe ratio of a year"}, zeroline=True, zerolinewidth=2),
            yaxis=axis(type="category", autorange="reversed", showgrid=False),
            showlegend=False,
            hovermode="closest",
        ),
    )


Row = tuple[str, float, float | None, float | None]


def _rows(found: Figures, out: OutOfSample | None) -> list[Row]:
    rows: list[Row] = []
    if found.get("sharpe") is not None:
        rows.append(("winner, as found", found["sharpe"], found["sharpe_low"], found["sharpe_high"]))
    paths = found.get("path_sharpes") or []
    if paths:
        rows.append(("unseen histories", paths[len(paths) // 2], paths[0], paths[-1]))
    if out is not None and out.sharpe_daily is not None:
        rows.append(("out of sample", out.sharpe_daily, out.sharpe_low, out.sharpe_high))
    if rows and found.get("luck_sharpe") is not None:
        rows.append(("luck alone", found["luck_sharpe"], None, None))
    return rows


def _row(name: str, value: float, low: float | None, high: float | None) -> Spec:
    bars = {} if low is None or high is None else {"array": [high - value], "arrayminus": [value - low]}
    luck = not bars and name == "luck alone"
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [value],
        "y": [name],
        "marker": {
            "size": 11,
            "symbol": "x-thin-open" if luck else "circle",
            "color": "@fees" if luck else "@accent",
            "line": {"width": 2},
        },
        "hovertemplate": "%{y}: %{x:.2f}<extra></extra>",
        **({"error_x": {"type": "data", "symmetric": False, "thickness": 2, "width": 6, **bars}} if bars else {}),
    }


def _upright(value: float, color: str) -> Spec:
    return {"type": "line", "x0": value, "x1": value, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": color}}
