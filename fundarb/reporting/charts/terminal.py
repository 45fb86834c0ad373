"""Small plots for the terminal: a curve is told apart from another by its character, so that no colour is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from fundarb.domain.instants import DAY, iso
from fundarb.domain.result import RunResult

HEIGHT, WIDEST, NARROWEST = 14, 120, 40
LEVELS = 3
MARKERS = ("•", "x", "+", "o", "*")
FINE = "hd"  # plotext's quarter blocks, for a curve that is alone


@dataclass(frozen=True, slots=True)
class Curve:
    """Values over time, and what they are called."""

    label: str
    times: Sequence[int]
    values: Sequence[float]


def equity_plot(runs: Sequence[RunResult], width: int) -> str:
    """The curves of all runs over one axis of time; empty where there is nothing to draw, or no room."""
    curves = [
        Curve(f"equity of {run.mode}", [at_ms for at_ms, _ in run.equity], [float(value) for _, value in run.equity])
        for run in runs
    ]
    return plotted(curves, width)


def plotted(curves: Sequence[Curve], width: int, form: str = ",.2f", floor: float | None = None) -> str:
    """Curves over one axis of time, values written in this form; `floor` is a level that is always in the picture."""
    drawn = [curve for curve in curves if len(curve.times) > 1]
    if not drawn or width < NARROWEST:
        return ""
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(min(width, WIDEST), HEIGHT)
    for number, curve in enumerate(drawn):
        marker = MARKERS[number % len(MARKERS)] if len(drawn) > 1 else FINE
        figure.draw(figure.signal(list(curve.times), list(curve.values), marker=marker).lines())
    _ticks(figure, drawn, form, floor)
    page: str = figure.build().string(colorless=True)
    figure.clear()
    return "\n".join([*_legend(drawn, min(width, WIDEST)), *(line.rstrip() for line in page.splitlines())])


def _legend(drawn: Sequence[Curve], width: int) -> list[str]:
    """What is drawn with which character, above the picture, where it hides nothing."""
    if len(drawn) == 1:
        return wrap(drawn[0].label, width)
    return wrap("   ".join(f"{MARKERS[n % len(MARKERS)]} {curve.label}" for n, curve in enumerate(drawn)), width)


def _tick(at_ms: int, span_ms: int) -> str:
    """A day, and where there are few of them the minute."""
    return iso(at_ms)[:10] if span_ms > 3 * DAY else iso(at_ms)[5:16].replace("T", " ")


def _ticks(figure: Any, drawn: Sequence[Curve], form: str, floor: float | None) -> None:
    start, end = min(curve.times[0] for curve in drawn), max(curve.times[-1] for curve in drawn)
    marks = [start, (start + end) // 2, end]
    figure.ruler("x").ticks(marks, [_tick(at_ms, end - start) for at_ms in marks])
    values = [value for curve in drawn for value in curve.values]
    low, high = min(values), max(values)
    levels = [low + (high - low) * step / LEVELS for step in range(LEVELS + 1)]
    if floor is not None and low < floor < high:  # in place of the level nearest to it
        nearest = min(range(len(levels)), key=lambda place: abs(levels[place] - floor))
        levels[nearest] = floor
    figure.ruler("y").ticks(levels, [f"{level:{form}}" for level in levels])
