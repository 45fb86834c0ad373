"""A map of a search: its metric over two parameters, and beside it the same averaged over the neighbourhood of each set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import numpy as np

from fundarb.domain.money import canonical
from fundarb.reporting.page.chart import Chart, Spec, axis, layout
from fundarb.reporting.parameter_maps import Cells, ParameterMap

ROW_PX, LEAST_PX, MOST_PX = 22, 260, 620
LONGEST_LABEL = 8
MOST_LETTERED = 12  # columns in which the figures themselves have room
_KINDS = ("score", "neighbourhood")


def map_charts(found: ParameterMap, metric: str, names: Mapping[str, str], number: int, *, less: bool) -> list[Chart]:
    """The two charts of a map, one where only one parameter was varied; `less` says that less of the metric is better."""
    if found.across is None:
        return [_profile(found, metric, names[found.down], number)]
    return [_chart(found, metric, names, number, kind, less=less) for kind in _KINDS]


def best_cell(cells: Cells, *, less: bool) -> tuple[int, int, float]:
    """Row, column and value of the best there is."""
    known = ((row, column, value) for row, column, value in _known(cells))
    return (min if less else max)(known, key=lambda cell: cell[2])


def _known(cells: Cells) -> Iterator[tuple[int, int, float]]:
    for row, values in enumerate(cells):
        for column, value in enumerate(values):
            if value is not None:
                yield row, column, value


def _chart(found: ParameterMap, metric: str, names: Mapping[str, str], number: int, kind: str, *, less: bool) -> Chart:
    cells: Cells = getattr(found, kind)
    rows, columns = labels(found.rows), labels(found.columns)
    down, across = names[found.down], names[found.across or ""]
    row, column, value = best_cell(cells, less=less)
    what = metric if kind == "score" else f"{metric} of the neighbourhood"
    place = f"{down} {found.rows[row]}, {across} {found.columns[column]}"
    return Chart(
        name=f"map-{number}-{kind}",
        title=what,
        caption=_CAPTIONS[kind],
        alt=f"A map of {what} over {down} (down) and {across} (across). The best is {value:.2f} at {place}.",
        traces=[_tiles(found, (rows, columns), kind, less), _ring(rows[row], columns[column])],
        layout=layout(
            min(MOST_PX, max(LEAST_PX, 90 + ROW_PX * len(found.rows))),
            xaxis=axis(type="category", title={"text": across, "standoff": 6}, showgrid=False, tickangle=-90),
            yaxis=axis(type="category", title={"text": down, "standoff": 6}, showgrid=False, autorange="reversed"),
            margin={"l": 64, "r": 8, "t": 8, "b": 56},
            showlegend=False,
            hovermode="closest",
        ),
    )


_CAPTIONS = {
    "score": "Each cell by itself. The ring marks the best; the worst twentieth share one colour.",
    "neighbourhood": "Averaged with the sets one step away: a plateau stays what it is, a lucky peak fades.",
}


def labels(values: Sequence[str]) -> list[str]:
    """Values short enough to stand beside one another, unless two would look the same."""
    short = [_short(value) for value in values]
    return short if len(set(short)) == len(values) else list(values)


def _short(value: str) -> str:
    number = value.rstrip("…")
    if len(number) <= LONGEST_LABEL:
        return value
    try:
        return canonical(Decimal(f"{Decimal(number):.3e}")) + value[len(number) :]
    except ArithmeticError:
        return f"{number[:LONGEST_LABEL]}…"


def _tiles(found: ParameterMap, names: tuple[list[str], list[str]], kind: str, less: bool) -> Spec:
    """Both kinds over one range of colours, so that they can be held against each other."""
    low, high = _colour_range([value for one in _KINDS for _, _, value in _known(getattr(found, one))], less)
    lettered = len(found.columns) <= MOST_LETTERED
    return {
        "type": "heatmap",
        "name": kind,
        "x": names[1],
        "y": names[0],
        "z": [list(row) for row in getattr(found, kind)],
        "zmin": low,
        "zmax": high,
        "colorscale": [[0, "@low"], [0.5, "@middle"], [1, "@high"]],
        "reversescale": less,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {"thickness": 10, "outlinewidth": 0, "tickfont": {"color": "@muted"}},
        "hovertemplate": "%{y} · %{x}: %{z:.3f}<extra></extra>",
        **({"texttemplate": "%{z:.2f}", "textfont": {"size": 10}} if lettered else {}),
    }


def _colour_range(values: Sequence[float], less: bool) -> tuple[float, float]:
    """All but the worst twentieth, which would leave nothing to tell the good ones apart by."""
    low, high = np.quantile(np.array(values), (0.0, 0.95) if less else (0.05, 1.0)).tolist()
    return low, high


def _ring(row: str, column: str) -> Spec:
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [column],
        "y": [row],
        "hoverinfo": "skip",
        "marker": {"symbol": "circle-open", "size": 20, "color": "@ring", "line": {"width": 2.5}},
    }


def _profile(found: ParameterMap, metric: str, name: str, number: int) -> Chart:
    """The metric over a single parameter."""
    looks = {"score": ("@price", "solid"), "neighbourhood": ("@run2", "dash")}
    traces = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": metric if kind == "score" else "of the neighbourhood",
            "x": labels(found.rows),
            "y": [row[0] for row in getattr(found, kind)],
            "line": {"color": color, "dash": dash},
        }
        for kind, (color, dash) in looks.items()
    ]
    low, high = min(v for _, _, v in _known(found.score)), max(v for _, _, v in _known(found.score))
    return Chart(
        name=f"map-{number}",
        title=f"{metric} over {name}",
        caption="The metric by itself, and averaged with the values one step away.",
        alt=f"{metric} over {name}, between {low:.2f} and {high:.2f}.",
        traces=traces,
        layout=layout(300, xaxis=axis(type="category", title={"text": name}), yaxis=axis()),
    )
