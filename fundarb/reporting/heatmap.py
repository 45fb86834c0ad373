"""Scores over the two parameters that matter most, as a map of shades for the terminal: a plateau is where to stand, a peak
is luck. No colour is needed; over the parameters that are not drawn scores are averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from textwrap import wrap

from fundarb.domain.trial import Trial
from fundarb.reporting.short_names import short_names
from fundarb.reporting.sweep_table import rounded_metric

SHADES = "·░▒▓█"
BEST, UNKNOWN = "*", "-"
MOST_ROWS, NARROWEST, WIDEST = 24, 40, 120
LONGEST_LABEL = 12
_BETWEEN = 1

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Scored:
    place: tuple[int, ...]
    score: float


@dataclass(frozen=True, slots=True)
class _Axis:
    """A side of the map: its place among the grid's axes, its name, its values, and how many of them share a line."""

    index: int
    name: str
    values: tuple[str, ...]
    shared: int = 1

    @property
    def lines(self) -> int:
        """Rows or columns of the map."""
        return -(-len(self.values) // self.shared)

    def label(self, line: int) -> str:
        """The value there; the first of several, with three dots."""
        text = self.values[line * self.shared]
        label = f"{text}…" if self.shared > 1 else text
        return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"

    def at_most(self, lines: int) -> _Axis:
        """The same with values sharing lines until so few are left."""
        return _Axis(self.index, self.name, self.values, -(-len(self.values) // max(1, lines)))

    def line_of(self, scored: _Scored) -> int:
        """Where a set stands along it; the single line of an axis that is not drawn."""
        return scored.place[self.index] // self.shared if self.index >= 0 else 0


_NONE = _Axis(-1, "", ("",))


def heatmap(
    trials: Sequence[Trial], scores: Sequence[float | None], metric: str, width: int, *, less_is_better: bool = False
) -> str:
    """One cell a pair of values, `*` the best; empty where there is no grid, nothing to compare, or no room."""
    known = [
        _Scored(trial.place, score)
        for trial, score in zip(trials, scores, strict=True)
        if trial.place is not None and score is not None and isfinite(score)
    ]
    axes = _axes(trials, known)
    if len(known) < 2 or not axes or width < NARROWEST:
        return ""
    down, across = axes[0].at_most(MOST_ROWS), axes[1] if len(axes) > 1 else _NONE
    cells = _cells(known, down, across)
    side = max(len(down.name), *(len(down.label(line)) for line in range(down.lines)))
    cell = max(len(_text(metric, value)) for value in cells.values()) + len(SHADES[0]) + len(BEST) + 1
    if across is not _NONE:
        cell = max(cell, *(len(across.label(line)) for line in range(across.lines)))
        across = across.at_most((min(width, WIDEST) - side) // (cell + _BETWEEN))
        cells = _cells(known, down, across)
    best = (min if less_is_better else max)(cells, key=cells.__getitem__)
    lines = _drawn(metric, cells, down, across, best, (side, cell), less_is_better)
    return "\n".join([*wrap(_title(metric, down, across, len(axes)), width), *lines])


def _axes(trials: Sequence[Trial], known: Sequence[_Scored]) -> list[_Axis]:
    """Axes with more than one value, those first along which the mean score varies most."""
    placed = [trial for trial in trials if trial.place is not None]
    if not placed:
        return []
    names = short_names(tuple(placed[0].params))
    found = []
    for index, path in enumerate(placed[0].params):
        texts: dict[int, str] = {}
        for trial in placed:
            assert trial.place is not None
            texts.setdefault(trial.place[index], "null" if trial.params[path] is None else str(trial.params[path]))
        if len(texts) > 1:
            values = tuple(texts.get(place, "") for place in range(max(texts) + 1))
            found.append(_Axis(index, names[path], values))
    return sorted(found, key=lambda axis: -_spread(known, axis.index))


def _spread(known: Sequence[_Scored], index: int) -> float:
    """How far apart the mean scores of an axis' values are."""
    groups: dict[int, list[float]] = {}
    for one in known:
        groups.setdefault(one.place[index], []).append(one.score)
    means = [fmean(group) for group in groups.values()]
    return max(means, default=0.0) - min(means, default=0.0)


def _cells(known: Sequence[_Scored], down: _Axis, across: _Axis) -> dict[Cell, float]:
    """Mean score of the sets of each cell; cells without any are not there."""
    groups: dict[Cell, list[float]] = {}
    for one in known:
        groups.setdefault((down.line_of(one), across.line_of(one)), []).append(one.score)
    return {cell: fmean(group) for cell, group in groups.items()}


def _title(metric: str, down: _Axis, across: _Axis, axes: int) -> str:
    over = f" over {down.name} (down)" + ("" if across is _NONE else f" and {across.name} (across)")
    rest = axes - (1 if across is _NONE else 2)
    return f"{metric}{over}" + (f", mean over {rest} other parameter{'s' * (rest > 1)}" if rest else "")


def _drawn(
    metric: str,
    cells: dict[Cell, float],
    down: _Axis,
    across: _Axis,
    best: Cell,
    widths: tuple[int, int],
    less_is_better: bool,
) -> list[str]:
    """A line of labels where there is an axis across, then a line a value."""
    side, cell = widths
    gap = " " * _BETWEEN
    low, high = min(cells.values()), max(cells.values())
    lines = []
    if across is not _NONE:
        labels = gap.join(across.label(column).rjust(cell) for column in range(across.lines))
        lines.append(f"{' ' * side}{gap}{labels}")
    for row in range(down.lines):
        shown = []
        for column in range(across.lines):
            value = cells.get((row, column))
            text = UNKNOWN if value is None else f"{_shade(value, low, high, less_is_better)} {_text(metric, value)}"
            shown.append((BEST * ((row, column) == best) + text).rjust(cell))
        lines.append(f"{down.label(row).rjust(side)}{gap}{gap.join(shown)}")
    return [line.rstrip() for line in lines]


def _shade(value: float, low: float, high: float, less_is_better: bool) -> str:
    share = (value - low) / (high - low) if high > low else 1.0
    share = 1.0 - share if less_is_better and high > low else share
    return SHADES[min(int(share * len(SHADES)), len(SHADES) - 1)]


def _text(metric: str, value: float) -> str:
    return str(rounded_metric(metric, value))
