"""A small plot of equity for the terminal: a curve a run, told apart by its character, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fundarb.domain.instants import iso
from fundarb.domain.result import RunResult

HEIGHT, WIDEST, NARROWEST = 14, 120, 40
LEVELS = 3
MARKERS = ("•", "x", "+", "o", "*")
FINE = "hd"  # plotext's quarter blocks, for a curve that is alone


def equity_plot(runs: Sequence[RunResult], width: int) -> str:
    """The curves of all runs over one axis of time; empty where there is nothing to draw, or no room."""
    drawn = [run for run in runs if len(run.equity) > 1]
    if not drawn or width < NARROWEST:
        return ""
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(min(width, WIDEST), HEIGHT)
    for number, run in enumerate(drawn):
        figure.draw(_curve(figure, run, MARKERS[number % len(MARKERS)] if len(drawn) > 1 else FINE))
    start, end = min(run.from_ms for run in drawn), max(run.to_ms for run in drawn)
    marks = [start, (start + end) // 2, end]
    figure.ruler("x").ticks(marks, [iso(at_ms)[:10] for at_ms in marks])
    values = [float(value) for run in drawn for _, value in run.equity]
    levels = [min(values) + (max(values) - min(values)) * step / LEVELS for step in range(LEVELS + 1)]
    figure.ruler("y").ticks(levels, [f"{level:,.2f}" for level in levels])
    page: str = figure.build().string(colorless=True)
    figure.clear()
    return "\n".join(line.rstrip() for line in page.splitlines())


def _curve(figure: Any, run: RunResult, marker: str) -> Any:
    curve = figure.signal([at_ms for at_ms, _ in run.equity], [float(value) for _, value in run.equity], marker=marker)
    curve.lines()
    curve.label(f"equity of {run.mode}")
    return curve
