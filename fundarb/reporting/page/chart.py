"""A chart as data: what plotly.js draws, and the words that say the same. Colours are roles (`@ink`), which the page turns
into those of its theme; times are minutes of the epoch, which it writes as UTC, whatever zone the reader is in."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from fundarb.domain.instants import MINUTE
from fundarb.reporting.page.thinning import Floats, Stamps

Spec = dict[str, Any]
RUN_ROLES = ("@run1", "@run2", "@run3", "@run4", "@run5", "@run6")
BENCHMARK_ROLE, MANY_ROLE = "@bench", "@many"
BENCHMARK_DASHES = {"cash": "dot", "hold": "dash", "simple": "dashdot"}
FONT = 'ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
WORDED = ("name", "text", "x", "y")  # of a trace: what may hold words of others, and never a colour
_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Chart:
    """`caption` says what is to be seen, `alt` what one would see, for who cannot."""

    name: str
    title: str
    caption: str
    alt: str
    traces: list[Spec]
    layout: Spec

    @property
    def height(self) -> int:
        """In pixels, wherever it is drawn."""
        return int(self.layout["height"])

    @property
    def spec(self) -> Spec:
        """What plotly.js is handed. It reads tags in words, so that words are escaped for it."""
        return {"data": [{**trace, **_escaped(trace)} for trace in self.traces], "layout": self.layout}


def _escaped(trace: Spec) -> Spec:
    return {key: _plain(trace[key]) for key in WORDED if key in trace}


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return escape(value, quote=False) if isinstance(value, str) else value


def minutes(times: Stamps) -> Spec:
    """Times on an axis."""
    return {"minutes": [moment(at_ms) for at_ms in times.tolist()]}


def moment(at_ms: int) -> int | float:
    """A time as a number of minutes, whole where it is."""
    return at_ms // MINUTE if at_ms % MINUTE == 0 else round(at_ms / MINUTE, 4)


def numbers(values: Floats | Iterable[float]) -> list[float | None]:
    """As many digits as can be seen; nothing where there is no number."""
    return [float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None for value in map(float, values)]


def line(name: str, times: Stamps, values: Floats, color: str, **more: Any) -> Spec:
    """A curve over time; `dash`, `width` and `hover` are its looks, all else is plotly's."""
    looks = {"color": color, "width": more.pop("width", 1.6), "dash": more.pop("dash", "solid")}
    hover = more.pop("hover", "%{y:,.2f}")
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": minutes(times),
        "y": numbers(values),
        "line": looks,
        "hovertemplate": hover,
        **more,
    }


def layout(height: int, **more: Any) -> Spec:
    """The look that all charts share."""
    return {
        "height": height,
        "margin": {"l": 64, "r": 12, "t": 34, "b": 30},
        "font": {"family": FONT, "size": 12, "color": "@muted"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "hovermode": "x unified",
        "hoverlabel": {"bgcolor": "@paper", "bordercolor": "@rule", "font": {"color": "@ink"}},
        "legend": {"orientation": "h", "x": 0, "xanchor": "left", "y": 1.0, "yanchor": "bottom"},
        "showlegend": True,
        **more,
    }


def axis(**more: Any) -> Spec:
    """An axis with a faint grid."""
    return {"gridcolor": "@rule", "linecolor": "@rule", "zerolinecolor": "@faint", "automargin": True, **more}


def time_axis(**more: Any) -> Spec:
    """An axis of time."""
    return axis(type="date", hoverformat="%Y-%m-%d %H:%M", showgrid=False, **more)


def note(text: str, y: float, **more: Any) -> Spec:
    """A few words at the left edge, above what lies beneath that height (0 to 1)."""
    place = {"xref": "paper", "yref": "paper", "x": 0, "y": y, "xanchor": "left", "yanchor": "bottom"}
    return {"text": text, "showarrow": False, "font": {"size": 12, "color": "@muted"}, **place, **more}


def extremes(values: Floats) -> tuple[float, float]:
    """The least and the greatest that there is; zeros where nothing is."""
    known = values[~(values != values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)


def roles(names: Iterable[str], benchmarks: Mapping[str, str]) -> dict[str, Spec]:
    """The colour and dash of each run by its label; of many runs the later ones look alike. Values of `benchmarks` are
    their modes."""
    found: dict[str, Spec] = {}
    for number, name in enumerate(names):
        known = number < len(RUN_ROLES)
        found[name] = {
            "color": RUN_ROLES[number] if known else MANY_ROLE,
            "dash": "solid",
            "width": 2.0 if known else 1.0,
        }
    for name, mode in benchmarks.items():
        found[name] = {"color": BENCHMARK_ROLE, "dash": BENCHMARK_DASHES.get(mode, "dot"), "width": 1.2}
    return found
